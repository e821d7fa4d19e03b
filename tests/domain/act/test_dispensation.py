"""A medical cap lowers what is asked of participation, down to nothing (R-Z-10)."""

from datetime import date

import pytest

from tests.domain.act.scenes import ASYLUM, AT_THE_END, FAMILY, after, opened, pip, ready_to_complete, under_the_act
from zroute_core.domain.act import DispensationGround, DispensationKind, DutyEndReason
from zroute_core.domain.decisions import CompleteRoute, EndDuty
from zroute_core.domain.events import DispensationGranted, DutyEnded, RouteCompleted
from zroute_core.domain.national import WI2021
from zroute_core.domain.programme import Category
from zroute_core.domain.values import TargetGroup

GRANTED_ON = date(2026, 1, 12)


def capped(hours: int | None, kind: DispensationKind = DispensationKind.PARTIAL) -> DispensationGranted:
    return DispensationGranted(GRANTED_ON, kind, DispensationGround.MEDICAL, hours)


@pytest.mark.parametrize(("cap", "target"), [(None, 800), (0, 0), (300, 300), (799, 799), (800, 800), (900, 800)])
def test_R_Z_10_the_target_is_the_lower_of_the_two(cap: int | None, target: int) -> None:
    held = after(*opened(), pip(), capped(cap)).duty.participation_cap
    assert WI2021.target(ASYLUM, Category.PARTICIPATION, AT_THE_END, held) == target * 60
    assert WI2021.target(ASYLUM, Category.COURSE, AT_THE_END, held) == 800 * 60
    assert WI2021.target(FAMILY, Category.PARTICIPATION, AT_THE_END, held) == 0


@pytest.mark.parametrize(
    ("cap", "minutes", "allowed"),
    [
        (0, 0, True),
        (300, 300 * 60, True),
        (300, 300 * 60 - 1, False),
        (900, 800 * 60, True),
        (900, 800 * 60 - 1, False),
    ],
)
def test_R_Z_10_completion_takes_no_more_than_the_cap(cap: int, minutes: int, allowed: bool) -> None:
    decided = under_the_act(*ready_to_complete(participation=minutes), capped(cap)).when(CompleteRoute(AT_THE_END))
    if allowed:
        decided.then(RouteCompleted(AT_THE_END))
    else:
        decided.then_refused("completion-takes-the-hours")


def test_R_Z_10_the_last_cap_that_was_named_holds() -> None:
    second = DispensationGranted(date(2026, 9, 1), DispensationKind.PARTIAL, DispensationGround.MEDICAL, 120)
    unnamed = DispensationGranted(date(2026, 10, 1), DispensationKind.PARTIAL, DispensationGround.SPECIAL_CIRCUMSTANCES)
    assert after(*opened(), capped(300), second, unnamed).duty.participation_cap == 120


def test_R_GRP_06_a_full_dispensation_caps_nothing_the_duty_ends() -> None:
    for named in (None, 100):
        assert after(*opened(), capped(named, DispensationKind.FULL)).duty.participation_cap is None
    ended = EndDuty(GRANTED_ON, DutyEndReason.FULL_DISPENSATION)
    under_the_act(*opened(), pip()).when(ended).then(DutyEnded(GRANTED_ON, DutyEndReason.FULL_DISPENSATION))


@pytest.mark.parametrize("group", TargetGroup)
def test_R_Z_10_a_cap_never_raises_a_target(group: TargetGroup) -> None:
    for cap in range(0, 2000, 100):
        uncapped = WI2021.target(group, Category.PARTICIPATION, AT_THE_END)
        assert WI2021.target(group, Category.PARTICIPATION, AT_THE_END, cap) <= uncapped
