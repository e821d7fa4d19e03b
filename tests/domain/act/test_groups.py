"""The two target groups, their change both ways, and the duty that changes in order."""

from datetime import date

import pytest

from tests.domain.act.scenes import (
    ASYLUM,
    AT_THE_END,
    ELSEWHERE,
    FAMILY,
    HERE,
    ONE_DAY,
    activities,
    after,
    lessons,
    opened,
    pip,
    ready_to_complete,
    under_the_act,
)
from zroute_core.domain.act import DutyEndReason, ExemptionCode, ExemptionKind, GroupChange
from zroute_core.domain.decisions import (
    ChangeTargetGroup,
    CompleteRoute,
    EndDuty,
    MoveToMunicipality,
    WithdrawExemption,
)
from zroute_core.domain.events import DutyEnded, ExemptionGranted, RouteCompleted, TargetGroupChanged
from zroute_core.domain.national import WI2021
from zroute_core.domain.programme import Category
from zroute_core.domain.values import TargetGroup

DAY = date(2026, 6, 1)
TO_FAMILY = TargetGroupChanged(DAY, FAMILY, GroupChange.OTHER_RIGHTS_GRANTED_ON_REQUEST)
TO_ASYLUM = TargetGroupChanged(DAY, ASYLUM, GroupChange.ASYLUM_RIGHTS_GRANTED)


@pytest.mark.parametrize(("group", "course", "participation"), [(ASYLUM, 800, 800), (FAMILY, 800, 0)])
def test_R_Z_02_R_Z_03_targets_depend_on_the_group(group: TargetGroup, course: int, participation: int) -> None:
    assert WI2021.target(group, Category.COURSE, DAY) == course * 60
    assert WI2021.target(group, Category.PARTICIPATION, DAY) == participation * 60


def test_R_GRP_04_to_the_other_group_participation_is_no_longer_asked_and_hours_stay() -> None:
    before = (*ready_to_complete(ASYLUM, participation=20 * 60),)
    under_the_act(*before).when(CompleteRoute(AT_THE_END)).then_refused("completion-takes-the-hours")
    under_the_act(*before, TO_FAMILY).when(CompleteRoute(AT_THE_END)).then(RouteCompleted(AT_THE_END))
    assert after(*before, TO_FAMILY).spent == after(*before).spent


def test_R_GRP_04_to_asylum_participation_is_asked_from_then_on_and_hours_stay() -> None:
    before = (*ready_to_complete(FAMILY, participation=20 * 60),)
    under_the_act(*before).when(CompleteRoute(AT_THE_END)).then(RouteCompleted(AT_THE_END))
    under_the_act(*before, TO_ASYLUM).when(CompleteRoute(AT_THE_END)).then_refused("completion-takes-the-hours")
    now = after(*before, TO_ASYLUM)
    assert now.target_group is ASYLUM
    assert WI2021.counted(now.spent, Category.PARTICIPATION) == 20 * 60


def test_R_GRP_04_there_and_back_again() -> None:
    back = TargetGroupChanged(DAY + ONE_DAY, ASYLUM, GroupChange.ASYLUM_RIGHTS_KEPT)
    facts = (*opened(ASYLUM), pip(), *lessons(60), *activities(120), TO_FAMILY, back)
    assert after(*facts).target_group is ASYLUM
    assert after(*facts[:-1]).target_group is FAMILY
    assert after(*facts).duty.term == after(*facts[:-2]).duty.term


def test_R_GRP_04_a_change_is_to_another_group() -> None:
    same = ChangeTargetGroup(DAY, ASYLUM, GroupChange.ASYLUM_RIGHTS_KEPT)
    under_the_act(*opened(ASYLUM)).when(same).then_refused("duty-in-order")


def test_R_GRP_06_the_duty_ends_once() -> None:
    ended = DutyEnded(DAY, DutyEndReason.MORE_THAN_A_YEAR_ABROAD)
    under_the_act(*opened(), ended).when(EndDuty(DAY, DutyEndReason.OTHER)).then_refused("duty-in-order")


@pytest.mark.parametrize("reason", DutyEndReason)
def test_R_GRP_06_each_reason_ends_it(reason: DutyEndReason) -> None:
    assert after(*opened(), DutyEnded(DAY, reason)).duty.ended == DutyEnded(DAY, reason)


def test_R_GRP_07_only_an_exemption_that_holds_is_withdrawn() -> None:
    until = date(2026, 12, 31)
    granted = ExemptionGranted(DAY, ExemptionKind.TEMPORARY, ExemptionCode.ON_REQUEST, until=until)
    assert under_the_act(*opened(), granted).when(WithdrawExemption(until)).error is None
    under_the_act(*opened(), granted).when(WithdrawExemption(until + ONE_DAY)).then_refused("duty-in-order")
    under_the_act(*opened()).when(WithdrawExemption(DAY)).then_refused("duty-in-order")


def test_a_move_is_to_another_municipality() -> None:
    under_the_act(*opened()).when(MoveToMunicipality(DAY, HERE)).then_refused("duty-in-order")
    assert under_the_act(*opened()).when(MoveToMunicipality(DAY, ELSEWHERE)).error is None
