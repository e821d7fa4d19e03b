"""The broad intake: calls that were not answered, and the learning ability test."""

from datetime import date
from decimal import Decimal

import pytest

from tests.domain.act.scenes import OPENING, after, opened, under_the_act
from zroute_core.domain.act import LearningAbility, Sanction, WaiverGround
from zroute_core.domain.decisions import (
    MissIntakeCall,
    ProposeSanction,
    RecordLearningAbility,
    WaiveLearningAbilityTest,
)
from zroute_core.domain.events import (
    IntakeCallMissed,
    LearningAbilityTested,
    LearningAbilityTestWaived,
    SanctionProposed,
)
from zroute_core.domain.values import IntakePart

DAY = date(2025, 4, 7)
MISSED = tuple(IntakeCallMissed(DAY, call) for call in (1, 2, 3))


def proposing(sanction: Sanction, euros: int, key: str = "p-new") -> ProposeSanction:
    return ProposeSanction(DAY, key, sanction, euros, "Did not answer.")


def proposed(sanction: Sanction, euros: int, key: str) -> SanctionProposed:
    return SanctionProposed(DAY, key, sanction, euros, "Did not answer.")


def test_R_BI_07_calls_come_in_turn() -> None:
    under_the_act(*opened()).when(MissIntakeCall(DAY, 2)).then_refused("intake-calls-in-turn")
    under_the_act(*opened(), MISSED[0]).when(MissIntakeCall(DAY, 2)).then(MISSED[1])
    under_the_act(*opened(), *MISSED[:2]).when(MissIntakeCall(DAY, 3)).then(MISSED[2])


def test_R_BI_07_a_warning_follows_the_first_call() -> None:
    warning = proposing(Sanction.INTAKE_WARNING, 0)
    under_the_act(*opened()).when(warning).then_refused("intake-ladder")
    assert under_the_act(*opened(), MISSED[0]).when(warning).error is None


def test_R_BI_07_a_fine_follows_the_second_call_and_one_more_the_third() -> None:
    fine, first = proposing(Sanction.INTAKE_FINE, 250), proposed(Sanction.INTAKE_FINE, 250, "p-1")
    second = proposed(Sanction.INTAKE_FINE, 250, "p-2")
    under_the_act(*opened(), MISSED[0]).when(fine).then_refused("intake-ladder")
    assert under_the_act(*opened(), *MISSED[:2]).when(fine).error is None
    under_the_act(*opened(), *MISSED[:2], first).when(fine).then_refused("intake-ladder")
    assert under_the_act(*opened(), *MISSED, first).when(fine).error is None
    under_the_act(*opened(), *MISSED, first, second).when(fine).then_refused("intake-ladder")


@pytest.mark.parametrize(("euros", "allowed"), [(0, True), (125, True), (250, True), (251, False)])
def test_R_SAN_01_the_fine_is_250_or_lower(euros: int, allowed: bool) -> None:
    decided = under_the_act(*opened(), *MISSED).when(proposing(Sanction.INTAKE_FINE, euros))
    if allowed:
        assert decided.error is None
    else:
        decided.then_refused("intake-fine-is-fixed")


def test_R_BI_07_a_warning_costs_nothing() -> None:
    under_the_act(*opened(), MISSED[0]).when(proposing(Sanction.INTAKE_WARNING, 1)).then_refused("intake-fine-is-fixed")


@pytest.mark.parametrize(("euros", "allowed"), [(800, True), (801, False)])
def test_R_SAN_02_the_effort_fine_is_800_at_most(euros: int, allowed: bool) -> None:
    decided = under_the_act(*opened()).when(proposing(Sanction.EFFORT_FINE, euros))
    if allowed:
        assert decided.error is None
    else:
        decided.then_refused("effort-fine-at-most-800")


def test_R_BI_03_unknown_is_a_value_of_its_own() -> None:
    assert len({LearningAbility.UNKNOWN, LearningAbility.B1_NOT_REACHABLE, LearningAbility.B1_REACHABLE}) == 3
    told = LearningAbilityTested(DAY, LearningAbility.UNKNOWN)
    under_the_act(*opened()).when(RecordLearningAbility(DAY, LearningAbility.UNKNOWN)).then(told)
    found = after(*opened(), told).duty.tested
    assert found is not None
    assert found.result is LearningAbility.UNKNOWN
    assert after(*opened()).duty.tested is None


def test_R_BI_03_the_score_is_exact() -> None:
    """DUO writes "012,50" and "7,00"."""
    record = RecordLearningAbility(DAY, LearningAbility.B1_NOT_REACHABLE, Decimal("7.00"), Decimal("12.50"))
    told = LearningAbilityTested(DAY, LearningAbility.B1_NOT_REACHABLE, Decimal("7.00"), Decimal("12.50"))
    under_the_act(*opened()).when(record).then(told)
    assert told.needed is not None
    assert told.score is not None
    assert told.needed - told.score == Decimal("5.50")


def test_R_BI_06_the_test_may_lawfully_be_left_out() -> None:
    waived = LearningAbilityTestWaived(DAY, WaiverGround.AUDITORY_IMPAIRMENT)
    under_the_act(*opened()).when(WaiveLearningAbilityTest(DAY, WaiverGround.AUDITORY_IMPAIRMENT)).then(waived)
    duty = after(*opened(), waived).duty
    assert duty.waived == waived
    assert duty.tested is None


def test_R_BI_01_the_broad_intake_has_three_parts() -> None:
    assert len(IntakePart) == 3
    assert opened()[1].on == OPENING
