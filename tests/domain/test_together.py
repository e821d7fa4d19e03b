"""One command for many participants becomes one command for each."""

from collections.abc import Callable
from uuid import UUID

import pytest

from zroute_core.domain.decisions import (
    Absent,
    AttendActivity,
    AttendLesson,
    CancelActivity,
    CancelGroupActivity,
    CancelGroupLesson,
    CancelLesson,
    FormGroup,
    HoldGroupActivity,
    HoldGroupLesson,
    JoinGroup,
    MissActivity,
    MissLesson,
)
from zroute_core.domain.values import AbsenceReason, CancellationReason
from zroute_core.errors import InvalidIdentifier, InvalidInput
from zroute_core.testing.samples import ACTIVITY, DAY, GROUP, LESSON

ANNA, BORIS, CHANTAL = (UUID(int=number) for number in (1, 2, 3))
ILL = AbsenceReason.ILL


def test_a_lesson_is_attended_and_missed() -> None:
    held = HoldGroupLesson(DAY, LESSON, (ANNA, BORIS), (Absent(CHANTAL, ILL),))
    attended, missed = AttendLesson(DAY, LESSON), MissLesson(DAY, LESSON, ILL)
    assert held.each() == {ANNA: attended, BORIS: attended, CHANTAL: missed}


def test_an_activity_is_attended_and_missed() -> None:
    held = HoldGroupActivity(DAY, ACTIVITY, (ANNA,), (Absent(CHANTAL, ILL),))
    assert held.each() == {ANNA: AttendActivity(DAY, ACTIVITY), CHANTAL: MissActivity(DAY, ACTIVITY, ILL)}


def test_a_cancellation_concerns_everybody_expected() -> None:
    weather, people = CancellationReason.WEATHER, (ANNA, BORIS)
    lesson = CancelGroupLesson(DAY, LESSON, people, weather)
    activity = CancelGroupActivity(DAY, ACTIVITY, people, weather)
    assert lesson.each() == dict.fromkeys(people, CancelLesson(DAY, LESSON, weather))
    assert activity.each() == dict.fromkeys(people, CancelActivity(DAY, ACTIVITY, weather))


def test_a_group_counts_its_members() -> None:
    formed = FormGroup(DAY, GROUP, (ANNA, BORIS, CHANTAL))
    assert formed.each() == dict.fromkeys((ANNA, BORIS, CHANTAL), JoinGroup(DAY, GROUP, 3, founding=True))


@pytest.mark.parametrize(
    "names_nobody_or_somebody_twice",
    [
        lambda: HoldGroupLesson(DAY, LESSON, ()),
        lambda: HoldGroupLesson(DAY, LESSON, (ANNA, ANNA)),
        lambda: HoldGroupLesson(DAY, LESSON, (ANNA,), (Absent(ANNA, ILL),)),
        lambda: HoldGroupActivity(DAY, ACTIVITY, (), (Absent(ANNA, ILL), Absent(ANNA, AbsenceReason.WORK))),
        lambda: CancelGroupLesson(DAY, LESSON, (), CancellationReason.WEATHER),
        lambda: CancelGroupActivity(DAY, ACTIVITY, (BORIS, BORIS), CancellationReason.WEATHER),
        lambda: FormGroup(DAY, GROUP, ()),
    ],
)
def test_each_participant_is_named_once_and_somebody_is_named(
    names_nobody_or_somebody_twice: Callable[[], object],
) -> None:
    with pytest.raises(InvalidIdentifier):
        names_nobody_or_somebody_twice()


def test_a_name_is_a_uuid() -> None:
    with pytest.raises(InvalidInput) as caught:
        HoldGroupLesson(DAY, LESSON, ("../../etc/passwd",))  # type: ignore[arg-type]
    assert caught.value.field == "HoldGroupLesson.present[0]"
