"""Switching between routes, scaling down inside one, and moving to another municipality."""

from datetime import date

import attrs
import pytest

from tests.domain.act.scenes import (
    B1,
    ELSEWHERE,
    ONE_DAY,
    O,
    Z,
    after,
    deciding,
    lessons,
    opened,
    pip,
    under_the_act,
)
from zroute_core.domain.act import Instance, PipLevel, Route
from zroute_core.domain.decisions import OverrideRule, RecordTogether
from zroute_core.domain.events import MovedToMunicipality, PipAnnulled, PipRestored, PipRevoked, RuleOverridden
from zroute_core.domain.national import WI2021
from zroute_core.domain.policies.pip import last_day_to_switch
from zroute_core.domain.programme import Category

LAST_DAY = date(2026, 11, 13)
"""A year and a half after the term began on 13 May 2025."""
TOO_LATE = LAST_DAY + ONE_DAY
BEGUN = (*opened(), pip())


def test_R_SW_01_the_last_day_is_a_year_and_a_half_after_the_term_began() -> None:
    assert last_day_to_switch(after(*BEGUN).duty) == LAST_DAY
    assert last_day_to_switch(after(*opened()).duty) == date.max


@pytest.mark.parametrize(("before", "to"), [(Z, B1), (Z, O), (B1, Z), (B1, O), (O, Z), (O, B1)])
def test_R_SW_01_any_direction_on_the_last_day_and_not_the_day_after(before: Route, to: Route) -> None:
    begun = (*opened(), pip(route=before))
    assert under_the_act(*begun).when(deciding(pip(LAST_DAY, "pip-2", to))).error is None
    under_the_act(*begun).when(deciding(pip(TOO_LATE, "pip-2", to))).then_refused("switch-within-18-months")


def test_R_SW_01_the_same_route_is_no_switch() -> None:
    assert under_the_act(*BEGUN).when(deciding(pip(TOO_LATE, "pip-2", Z))).error is None


def test_R_SW_01_whoever_revokes_and_decides_another_route_switches() -> None:
    revoked = (*BEGUN, PipRevoked(TOO_LATE, "pip-1", "To be made again."))
    under_the_act(*revoked).when(deciding(pip(TOO_LATE, "pip-2", B1))).then_refused("switch-within-18-months")
    assert under_the_act(*revoked).when(deciding(pip(TOO_LATE, "pip-2", Z))).error is None


def test_R_SW_01_after_an_annulment_nothing_is_switched_from() -> None:
    annulled = (*BEGUN, PipAnnulled(TOO_LATE, "pip-1", Instance.COURT, "ECLI:1"))
    assert under_the_act(*annulled).when(deciding(pip(TOO_LATE, "pip-2", B1))).error is None


def test_R_SW_01_a_pip_that_came_back_is_switched_from_again() -> None:
    annulled = (*BEGUN, PipAnnulled(LAST_DAY, "pip-1", Instance.COURT, "ECLI:1"))
    back = (*annulled, PipRestored(TOO_LATE, "pip-1", Instance.HIGHEST_COURT, "ECLI:2"))
    under_the_act(*back).when(deciding(pip(TOO_LATE, "pip-2", B1))).then_refused("switch-within-18-months")


def test_R_SW_01_a_programme_may_make_a_secondary_rule_advisory() -> None:
    softer = [
        attrs.evolve(one, binding=False) if one.rule == "switch-within-18-months" else one for one in WI2021.policies
    ]
    ours = attrs.evolve(WI2021, policies=tuple(softer))
    switch = deciding(pip(TOO_LATE, "pip-2", B1))
    under_the_act(*BEGUN, programme=ours).when(switch).then_advised("switch-within-18-months")


def test_R_SW_02_a_reasoned_exception_lets_a_late_switch_pass() -> None:
    switch, override = pip(TOO_LATE, "pip-2", B1), OverrideRule(TOO_LATE, "switch-within-18-months", "New facts.")
    decided = under_the_act(*BEGUN).when(RecordTogether((override, deciding(switch))))
    decided.then(RuleOverridden(TOO_LATE, "switch-within-18-months", "New facts."), switch)
    assert decided.decision is not None
    assert [(one.rule, one.binding, one.overridden) for one in decided.decision.advisories] == [
        ("switch-within-18-months", True, True)
    ]


def test_R_SW_02_an_exception_is_for_its_day_and_its_rule() -> None:
    switch = deciding(pip(TOO_LATE, "pip-2", B1))
    another_day = RuleOverridden(TOO_LATE - ONE_DAY, "switch-within-18-months", "New facts.")
    under_the_act(*BEGUN, another_day).when(switch).then_refused("switch-within-18-months")
    another_rule = RuleOverridden(TOO_LATE, "new-municipality-keeps-the-route", "New facts.")
    under_the_act(*BEGUN, another_rule).when(switch).then_refused("switch-within-18-months")


@pytest.mark.parametrize("rule", ["no-such-rule", "z-route-carries-no-level", "day-has-24-hours"])
def test_R_SW_02_an_exception_is_to_a_rule_that_knows_exceptions(rule: str) -> None:
    under_the_act(*BEGUN).when(OverrideRule(TOO_LATE, rule, "New facts.")).then_refused("override-of-a-known-rule")


def test_R_Z_09_hours_of_the_earlier_route_keep_counting() -> None:
    switched = (*BEGUN, *lessons(90 * 60), pip(date(2026, 3, 2), "pip-2", B1), *lessons(60, date(2026, 3, 3)))
    assert WI2021.counted(after(*switched).spent, Category.COURSE) == 91 * 60


# ── scaling down (afschalen): the same route, another level ──────────────────────────────────────────────────

IN_B1 = (*opened(), pip(route=B1, level=PipLevel.B1))
SCALED_DOWN = pip(date(2027, 3, 1), "pip-2", B1, PipLevel.A2)


@pytest.mark.parametrize(("minutes", "allowed"), [(599 * 60, False), (600 * 60 - 1, False), (600 * 60, True)])
def test_R_SW_03_from_600_course_hours_without_a_limit_of_18_months(minutes: int, allowed: bool) -> None:
    decided = under_the_act(*IN_B1, *lessons(minutes)).when(deciding(SCALED_DOWN))
    if allowed:
        decided.then(SCALED_DOWN)
    else:
        decided.then_refused("scaling-down-inside-b1")


def test_R_SW_03_a_b1_route_without_a_level_is_at_b1() -> None:
    without_a_level = (*opened(), pip(route=B1), *lessons(599 * 60))
    under_the_act(*without_a_level).when(deciding(SCALED_DOWN)).then_refused("scaling-down-inside-b1")


def test_R_SW_03_only_inside_the_b1_route() -> None:
    in_time = pip(date(2026, 9, 1), "pip-2", B1, PipLevel.A2)
    for route in (Z, O):
        elsewhere = (*opened(), pip(route=route), *lessons(600 * 60, date(2025, 5, 13)))
        under_the_act(*elsewhere).when(deciding(in_time)).then_refused("scaling-down-inside-b1")


def test_R_SW_03_who_is_at_a2_stays_there() -> None:
    scaled = (*IN_B1, *lessons(600 * 60), SCALED_DOWN)
    again = pip(date(2027, 6, 1), "pip-3", B1, PipLevel.A2)
    assert under_the_act(*scaled).when(deciding(again)).error is None


def test_R_SW_03_revoking_or_annulling_the_b1_pip_is_no_way_around_it() -> None:
    day = date(2025, 9, 1)
    for fall in (PipRevoked(day, "pip-1", "again"), PipAnnulled(day, "pip-1", Instance.COURT, "ECLI:1")):
        fallen = under_the_act(*IN_B1, fall)
        fallen.when(deciding(pip(day, "pip-2", B1, PipLevel.A2))).then_refused("scaling-down-inside-b1")


# ── moving ───────────────────────────────────────────────────────────────────────────────────────────────────

MOVING_DAY = date(2026, 1, 5)
MOVED = (*BEGUN, *lessons(90 * 60), MovedToMunicipality(MOVING_DAY, ELSEWHERE))


def test_R_PIP_07_the_new_municipality_keeps_the_route() -> None:
    keeps = pip(MOVING_DAY, "pip-2", Z, municipality=ELSEWHERE)
    under_the_act(*MOVED).when(deciding(keeps)).then(keeps)
    changes = pip(MOVING_DAY, "pip-2", B1, municipality=ELSEWHERE)
    under_the_act(*MOVED).when(deciding(changes)).then_refused("new-municipality-keeps-the-route")


def test_R_PIP_07_also_when_the_old_one_revoked_its_pip() -> None:
    revoked = (*MOVED, PipRevoked(MOVING_DAY, "pip-1", "Moved."))
    changes = pip(MOVING_DAY, "pip-2", B1, municipality=ELSEWHERE)
    under_the_act(*revoked).when(deciding(changes)).then_refused("new-municipality-keeps-the-route")


def test_R_PIP_07_it_may_switch_in_a_later_pip_of_its_own() -> None:
    own = (*MOVED, pip(MOVING_DAY, "pip-2", Z, municipality=ELSEWHERE))
    switch = pip(LAST_DAY, "pip-3", B1, municipality=ELSEWHERE)
    assert under_the_act(*own).when(deciding(switch)).error is None


def test_R_PIP_07_its_pip_does_not_lie_before_somebody_settled_there() -> None:
    early = pip(MOVING_DAY - ONE_DAY, "pip-2", Z, municipality=ELSEWHERE)
    under_the_act(*MOVED).when(deciding(early)).then_refused("pip-by-the-municipality-of-residence")
    late = pip(MOVING_DAY, "pip-2", Z)
    under_the_act(*MOVED).when(deciding(late)).then_refused("pip-by-the-municipality-of-residence")


def test_R_PIP_07_hours_and_term_move_along() -> None:
    before, now = after(*BEGUN, *lessons(90 * 60)), after(*MOVED)
    assert now.spent == before.spent
    assert now.duty.term == before.duty.term
    assert now.municipality == ELSEWHERE
