"""What may each municipality report? Minutes and whole hours are worked out by hand."""

from datetime import date, timedelta

import attrs
import pytest
from hypothesis import given

from zroute_core.domain.act import GroupChange
from zroute_core.domain.events import (
    ActivityAttended,
    Fact,
    LessonAttended,
    MapHoursLogged,
    MovedToMunicipality,
    PvtSessionAttended,
    TargetGroupChanged,
)
from zroute_core.domain.history import History
from zroute_core.domain.hours import minutes_of
from zroute_core.domain.national import WI2021
from zroute_core.domain.programme import Category
from zroute_core.domain.values import Component, TargetGroup
from zroute_core.errors import NotFound
from zroute_core.read_models.hours import Hours, Total, Totals, hours
from zroute_core.testing.samples import ACT_DAY, ACTIVITY, LESSON, NOTICE, OPENED_UNDER_THE_ACT, PIP_DAY
from zroute_core.testing.scenario import history
from zroute_core.testing.strategies import opened_histories

DAY = NOTICE + timedelta(days=7)
MOVED = MovedToMunicipality(PIP_DAY, "0153")


def of(*facts: Fact) -> Hours:
    return hours(history(OPENED_UNDER_THE_ACT, *facts).facts, WI2021, ACT_DAY)


def lesson(on: date, key: str, minutes: int, in_intake: bool = False) -> Fact:
    return LessonAttended(on, attrs.evolve(LESSON, key=key, minutes=minutes, starts=None, in_intake=in_intake))


def activity(on: date, key: str, minutes: int) -> Fact:
    return ActivityAttended(on, attrs.evolve(ACTIVITY, key=key, minutes=minutes, starts=None))


def by_municipality(answer: Hours) -> dict[str, tuple[int, int, int, int]]:
    """Minutes of the intake's lessons, other lessons, participation, and not counted."""
    return {one.municipality: minutes(one.totals) for one in answer.municipalities}


def minutes(totals: Totals) -> tuple[int, int, int, int]:
    return (
        totals.intake_course.minutes,
        totals.course.minutes,
        totals.participation.minutes,
        totals.not_counted.minutes,
    )


def test_each_kind_of_minute_in_its_own_total() -> None:
    told = of(
        lesson(DAY, "l-1", 50, in_intake=True),
        lesson(DAY, "l-2", 130),
        activity(DAY, "a-1", 45),
        PvtSessionAttended(DAY, "p-1", 120),
        MapHoursLogged(DAY, "m-1", 60),
    )
    assert by_municipality(told) == {"0392": (50, 130, 45, 180)}


def test_whole_hours_are_rounded_down_once_at_the_end() -> None:
    """Three lessons of 50 minutes are 150 minutes: 2 hours. Each rounded alone they would be 0."""
    told = of(*(lesson(DAY, f"l-{number}", 50) for number in range(3)))
    assert told.total.course == Total(150, 2)


def test_lessons_of_the_intake_stand_apart_also_where_they_count() -> None:
    counting = attrs.evolve(WI2021, intake_course_counts=True)
    facts = history(OPENED_UNDER_THE_ACT, lesson(DAY, "l-1", 60, in_intake=True)).facts
    assert counting.category(Component.LANGUAGE, in_intake=True) is Category.COURSE
    assert hours(facts, counting, ACT_DAY).total.intake_course == Total(60, 1)


def test_after_a_move_each_municipality_has_its_own_and_nothing_counts_twice() -> None:
    """119 + 119 minutes: 1 hour and 1 hour to report, though together they would be 3."""
    told = of(lesson(DAY, "l-1", 119), MOVED, lesson(PIP_DAY + timedelta(days=1), "l-2", 119))
    assert by_municipality(told) == {"0392": (0, 119, 0, 0), "0153": (0, 119, 0, 0)}
    assert [one.totals.course.hours for one in told.municipalities] == [1, 1]
    assert told.total.course == Total(238, 3)
    assert [one.since for one in told.municipalities] == [NOTICE, PIP_DAY]


def test_the_day_of_the_move_is_of_the_new_municipality_whatever_was_written_first() -> None:
    told = of(lesson(PIP_DAY, "before", 60), MOVED, lesson(PIP_DAY, "after", 30))
    assert by_municipality(told) == {"0392": (0, 0, 0, 0), "0153": (0, 90, 0, 0)}


def test_who_comes_back_goes_on_with_the_first_total() -> None:
    back = MovedToMunicipality(PIP_DAY + timedelta(days=10), "0392")
    told = of(lesson(DAY, "l-1", 60), MOVED, back, lesson(PIP_DAY + timedelta(days=11), "l-2", 60))
    assert by_municipality(told) == {"0392": (0, 120, 0, 0), "0153": (0, 0, 0, 0)}


def test_a_lesson_told_late_goes_where_the_participant_was_then() -> None:
    assert by_municipality(of(MOVED, lesson(DAY, "late", 60)))["0392"] == (0, 60, 0, 0)


def test_the_group_is_the_one_of_now_and_the_hours_stay() -> None:
    changed = TargetGroupChanged(
        PIP_DAY, TargetGroup.FAMILY_OR_OTHER_MIGRANT, GroupChange.OTHER_RIGHTS_GRANTED_ON_REQUEST
    )
    told = of(activity(DAY, "a-1", 60), changed)
    assert (told.target_group, told.total.participation.minutes) == (TargetGroup.FAMILY_OR_OTHER_MIGRANT, 60)


def test_before_it_was_opened_there_are_no_hours() -> None:
    with pytest.raises(NotFound):
        hours((), WI2021, ACT_DAY)


@given(opened_histories(WI2021))
def test_the_municipalities_together_have_every_minute_once(told: History) -> None:
    answer = hours(told.facts, WI2021, ACT_DAY)
    added = tuple(map(sum, zip(*by_municipality(answer).values(), strict=True)))
    assert added == minutes(answer.total)
    assert sum(added) == sum(minutes_of(one.fact) for one in told.facts)
    for one in answer.municipalities:
        assert one.totals.course.hours == one.totals.course.minutes // 60
