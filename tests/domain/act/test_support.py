"""Offer, social guidance, financial relief, and fines for being late."""

from datetime import date

import pytest

from tests.domain.act.scenes import ASYLUM, FAMILY, ONE_DAY, PIP_DATE, opened, pip, under_the_act
from zroute_core.domain.act import GroupChange, Permit, Sanction
from zroute_core.domain.decisions import (
    EndFinancialRelief,
    EndSocialGuidance,
    OfferCourse,
    OverrideRule,
    ProposeSanction,
    RecordTogether,
    StartFinancialRelief,
    StartSocialGuidance,
    judge,
)
from zroute_core.domain.events import (
    CourseOffered,
    Fact,
    FinancialReliefEnded,
    FinancialReliefStarted,
    SanctionProposed,
    SocialGuidanceEnded,
    SocialGuidanceStarted,
    TargetGroupChanged,
)
from zroute_core.domain.national import WI2021
from zroute_core.domain.values import TargetGroup
from zroute_core.testing.scenario import history

# ── offer and guidance ───────────────────────────────────────────────────────────────────────────────────────


def test_R_OFF_02_a_course_is_offered_to_an_asylum_holder_with_a_pip() -> None:
    on_the_day = OfferCourse(PIP_DATE, "Nova College")
    under_the_act(*opened(), pip()).when(on_the_day).then(CourseOffered(PIP_DATE, "Nova College"))
    rule = "offer-to-asylum-with-a-pip"
    under_the_act(*opened()).when(on_the_day).then_refused("offer-to-asylum-with-a-pip")
    under_the_act(*opened(), pip()).when(OfferCourse(PIP_DATE - ONE_DAY, "Nova College")).then_refused(rule)
    under_the_act(*opened(FAMILY), pip()).when(on_the_day).then_refused(rule)


def test_R_MB_01_social_guidance_is_for_asylum_holders_and_takes_turns() -> None:
    start, started = StartSocialGuidance(PIP_DATE), SocialGuidanceStarted(PIP_DATE)
    ended = SocialGuidanceEnded(PIP_DATE + ONE_DAY)
    under_the_act(*opened(FAMILY)).when(start).then_refused("guidance-to-asylum")
    under_the_act(*opened()).when(start).then(started)
    under_the_act(*opened(), started).when(StartSocialGuidance(PIP_DATE + ONE_DAY)).then_refused("guidance-to-asylum")
    under_the_act(*opened()).when(EndSocialGuidance(PIP_DATE)).then_refused("guidance-to-asylum")
    assert under_the_act(*opened(), started, ended).when(StartSocialGuidance(PIP_DATE + 2 * ONE_DAY)).error is None


# ── financial relief (ontzorgen) ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("permit", Permit)
@pytest.mark.parametrize("benefit", [True, False])
def test_R_ONT_01_its_group_is_narrower_than_the_asylum_group(permit: Permit, benefit: bool) -> None:
    """Family with a regular permit belongs to the asylum group of the act (R-GRP-03), and not to this one."""
    decided = under_the_act(*opened(ASYLUM)).when(StartFinancialRelief(PIP_DATE, permit, benefit))
    if permit is Permit.ASYLUM_FIXED_TERM and benefit:
        assert decided.error is None
    else:
        decided.then_refused("relief-for-its-own-group")


def test_R_ONT_01_it_begins_and_ends_in_turn() -> None:
    started = FinancialReliefStarted(PIP_DATE, Permit.ASYLUM_FIXED_TERM, True)
    again = StartFinancialRelief(PIP_DATE + ONE_DAY, Permit.ASYLUM_FIXED_TERM, True)
    under_the_act(*opened()).when(EndFinancialRelief(PIP_DATE)).then_refused("relief-for-its-own-group")
    under_the_act(*opened(), started).when(again).then_refused("relief-for-its-own-group")


def test_R_ONT_01_six_months_and_the_day_after() -> None:
    started = FinancialReliefStarted(PIP_DATE, Permit.ASYLUM_FIXED_TERM, True)  # 12 May 2025
    last = date(2025, 11, 12)
    under_the_act(*opened(), started).when(EndFinancialRelief(last)).then_advised()
    longer = under_the_act(*opened(), started).when(EndFinancialRelief(last + ONE_DAY))
    longer.then(FinancialReliefEnded(last + ONE_DAY))
    longer.then_advised("relief-for-six-months")


# ── fines for being late (R-SAN-07) ──────────────────────────────────────────────────────────────────────────

BEFORE, FROM = date(2025, 7, 8), date(2025, 7, 9)
"""The Raad van State ruled on 9 July 2025."""


def late(on: date) -> ProposeSanction:
    return ProposeSanction(on, "late-1", Sanction.LATENESS_FINE, 1000, "Not finished within the term.")


def was_late(on: date) -> SanctionProposed:
    return SanctionProposed(on, "late-1", Sanction.LATENESS_FINE, 1000, "Not finished within the term.")


def test_R_SAN_07_an_asylum_holder_is_not_fined_from_the_ruling_on() -> None:
    under_the_act(*opened(ASYLUM)).when(late(BEFORE), said_on=BEFORE).then(was_late(BEFORE))
    under_the_act(*opened(ASYLUM)).when(late(FROM), said_on=FROM).then_refused("no-lateness-fine-on-asylum")


@pytest.mark.parametrize("on", [BEFORE, FROM, date(2026, 6, 1)])
def test_R_SAN_07_it_is_about_asylum_holders_only(on: date) -> None:
    decided = under_the_act(*opened(FAMILY)).when(late(on))
    decided.then(was_late(on))
    decided.then_advised()


def test_R_SAN_07_it_follows_the_group_of_the_day() -> None:
    changed = TargetGroupChanged(FROM, FAMILY, GroupChange.OTHER_RIGHTS_GRANTED_ON_REQUEST)
    assert under_the_act(*opened(ASYLUM), changed).when(late(FROM)).error is None


def test_R_SAN_07_proven_lasting_unwillingness_takes_a_reasoned_exception() -> None:
    override = OverrideRule(FROM, "no-lateness-fine-on-asylum", "Proven and lasting unwillingness.")
    assert under_the_act(*opened(ASYLUM)).when(RecordTogether((override, late(FROM)))).error is None


def found(group: TargetGroup, *facts: Fact, rulebook: date) -> list[str]:
    """The findings, by the rules as they were known on a day."""
    record = history(*opened(group), *facts)
    judged = judge(record.facts, WI2021, date(2026, 6, 1), rulebook=rulebook)
    return [objection.rule for _, objection in judged]


def test_R_SAN_07_the_ruling_that_reaches_back_is_known_from_18_february_2026() -> None:
    fine = was_late(BEFORE)
    assert found(ASYLUM, fine, rulebook=BEFORE) == []
    assert found(ASYLUM, fine, rulebook=date(2026, 2, 17)) == []
    assert found(ASYLUM, fine, rulebook=date(2026, 2, 18)) == ["earlier-lateness-fines-reconsidered"]
    assert found(FAMILY, fine, rulebook=date(2026, 2, 18)) == []


def test_R_SAN_07_told_after_that_day_an_earlier_fine_is_remarked_and_recorded() -> None:
    told = under_the_act(*opened(ASYLUM)).when(late(BEFORE), said_on=date(2026, 2, 18))
    told.then(was_late(BEFORE))
    told.then_advised("earlier-lateness-fines-reconsidered")


def test_R_SAN_07_under_the_rules_of_2022_nothing_was_against_a_later_fine() -> None:
    assert found(ASYLUM, was_late(FROM), rulebook=date(2022, 6, 1)) == []
    assert found(ASYLUM, was_late(FROM), rulebook=FROM) == ["no-lateness-fine-on-asylum"]
