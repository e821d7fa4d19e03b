"""What a decision remembers."""

from collections.abc import Sequence
from datetime import date, time
from functools import reduce

import attrs
from hypothesis import given
from hypothesis import strategies as st

from zroute_core.domain.events import (
    FactCorrected,
    FactRetracted,
    GroupFormed,
    GroupLeft,
    Happened,
    InternshipEnded,
    InternshipHoursLogged,
    InternshipStarted,
    LessonAttended,
    TrajectoryInterrupted,
    TrajectoryResumed,
)
from zroute_core.domain.periods import Period
from zroute_core.domain.trajectory import EMPTY, Membership, Placement, Slot, evolve, fold, name_of, slot_of
from zroute_core.domain.values import Component, EndReason, InterruptionReason
from zroute_core.testing.samples import (
    ATTENDED,
    DAY,
    FACT_SAMPLES,
    GROUP,
    INTAKE,
    INTERNSHIP,
    LATER_DAY,
    LESSON,
    OPENED,
)


def test_periods_open_and_close() -> None:
    facts: tuple[Happened, ...] = (
        OPENED,
        INTAKE,
        GroupFormed(DAY, GROUP, 6),
        InternshipStarted(DAY, INTERNSHIP),
        TrajectoryInterrupted(DAY, InterruptionReason.ILLNESS),
    )
    open_ones = fold(facts)
    assert open_ones.groups == {"groep-1": Membership(GROUP, Period(DAY))}
    assert open_ones.internships == {"stage-1": Placement(INTERNSHIP, Period(DAY))}
    assert open_ones.interrupted == Period(DAY)
    closing: tuple[Happened, ...] = (
        GroupLeft(LATER_DAY, "groep-1", EndReason.COMPLETED),
        InternshipEnded(LATER_DAY, "stage-1", EndReason.COMPLETED),
        TrajectoryResumed(LATER_DAY),
    )
    closed = fold(closing, open_ones)
    assert closed.groups["groep-1"].period == Period(DAY, LATER_DAY)
    assert closed.internships["stage-1"].period == Period(DAY, LATER_DAY)
    assert closed.interrupted == Period(DAY, LATER_DAY)


def test_a_lesson_takes_its_stretch_of_the_day() -> None:
    assert slot_of(ATTENDED) == Slot(570, 690)  # 09:30 is 570 minutes after midnight; 120 minutes long
    without = LessonAttended(DAY, attrs.evolve(LESSON, starts=None))
    assert slot_of(without) is None
    midnight = LessonAttended(DAY, attrs.evolve(LESSON, starts=time(23, 0), minutes=60))
    assert slot_of(midnight) == Slot(1380, 1440)


def test_evolve_leaves_the_trajectory_it_was_given_alone() -> None:
    before = fold((OPENED, INTAKE))
    after = evolve(before, ATTENDED)
    assert (before.recorded, before.minutes) == (frozenset(), {})
    assert (after.recorded, after.minutes) == (frozenset({"lesson les-1"}), {ATTENDED.on: 120})


def test_evolve_follows_any_fact_from_nothing() -> None:
    """What ends without having begun, what is told twice: `evolve` does not judge."""
    for fact in FACT_SAMPLES.values():
        if not hasattr(fact, "replacement") and isinstance(fact, Happened):
            assert fold((fact, fact)) is not EMPTY or name_of(fact) is None


def test_hours_count_on_the_internship_as_it_began_last() -> None:
    """And those at one that nobody recorded count as work internship."""
    hours = InternshipHoursLogged(DAY, INTERNSHIP.key, "log-1", 60)
    again = attrs.evolve(INTERNSHIP, component=Component.WORK_INTERNSHIP)
    before = attrs.evolve(INTERNSHIP, component=Component.LANGUAGE_INTERNSHIP)
    facts = (hours, InternshipStarted(DAY, before), hours, hours, InternshipStarted(DAY, again), hours)
    assert fold(facts).spent == {
        (Component.WORK_INTERNSHIP, False): 120,  # the first hour and the last
        (Component.LANGUAGE_INTERNSHIP, False): 120,
    }


def test_a_trajectory_that_nothing_is_added_to_stays_the_same_one() -> None:
    before = fold((OPENED, ATTENDED))
    assert fold((), before) is before


HAPPENED: Sequence[Happened] = [
    one for one in FACT_SAMPLES.values() if not isinstance(one, FactCorrected | FactRetracted)
]


@given(st.lists(st.tuples(st.sampled_from(HAPPENED), st.sampled_from([DAY, LATER_DAY])), max_size=15))
def test_fact_by_fact_or_all_at_once_is_the_same(drawn: list[tuple[Happened, date]]) -> None:
    """Facts of every kind, in any order and more than once."""
    facts = [attrs.evolve(fact, on=day) for fact, day in drawn]
    assert reduce(evolve, facts, EMPTY) == fold(facts)
