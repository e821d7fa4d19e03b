"""What a decision remembers."""

from datetime import time

import attrs

from zroute_core.domain.events import (
    GroupFormed,
    GroupLeft,
    Happened,
    InternshipEnded,
    InternshipStarted,
    LessonAttended,
    TrajectoryInterrupted,
    TrajectoryResumed,
)
from zroute_core.domain.periods import Period
from zroute_core.domain.trajectory import EMPTY, Membership, Placement, Slot, evolve, fold, name_of, slot_of
from zroute_core.domain.values import EndReason, InterruptionReason
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
