"""Who needs attention, and why? Days are counted by hand.

Notice on 4 March 2024: the PIP is due on 13 May 2024. The PIP is of 15 April 2024: the last day of the term is
15 April 2027.
"""

from datetime import date, timedelta
from functools import reduce
from uuid import UUID

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zroute_core.domain.act import DutyEndReason, ExemptionCode, ExemptionKind, Instance, Route
from zroute_core.domain.events import (
    CoachingHeld,
    DutyEnded,
    DutyNotified,
    ExemptionGranted,
    Fact,
    GuideAssigned,
    GuideReleased,
    IntakeHeld,
    LessonAttended,
    MovedToMunicipality,
    PipAnnulled,
    PipRevoked,
    ProgressInterviewHeld,
    RouteCompleted,
    TrajectoryEnded,
    TrajectoryInterrupted,
    TrajectoryResumed,
)
from zroute_core.domain.history import History, InForce
from zroute_core.domain.national import PILOT, WI2021
from zroute_core.domain.values import EndReason, InterruptionReason, Modality, TargetGroup
from zroute_core.read_models.caseload import (
    Attention,
    Caseload,
    Concern,
    Gathered,
    Reason,
    Seen,
    caseload,
    include,
    project,
)
from zroute_core.testing.samples import (
    ADOPTED,
    GUIDE,
    INTAKE,
    LESSON,
    NOTICE,
    OPENED,
    OPENED_UNDER_THE_ACT,
    PIP,
    PIP_DAY,
    START,
)
from zroute_core.testing.scenario import history
from zroute_core.testing.strategies import lawful_histories

PIP_DUE, LAST_DAY = date(2024, 5, 13), date(2027, 4, 15)
NOTIFIED = DutyNotified(NOTICE, NOTICE)
LONG = 10_000
NOTHING_ELSE = Attention(LONG * -1, -LONG, 10_000_000, LONG, LONG, LONG, LONG, LONG)
"""Thresholds that nobody reaches, to look at one concern at a time."""


def asked(*people: tuple[Fact, ...], day: date, attention: Attention = NOTHING_ELSE) -> Caseload:
    gathered = Gathered(day, attention)
    for number, facts in enumerate(people, start=1):
        known = [one for one in history(*facts).facts if one.fact.on <= day]
        gathered = include(gathered, UUID(int=number), known, WI2021)
    return caseload(gathered)


def reasons(*facts: Fact, day: date, attention: Attention = NOTHING_ELSE) -> tuple[Reason, ...]:
    cases = asked((OPENED_UNDER_THE_ACT, *facts), day=day, attention=attention).cases
    return cases[0].reasons if cases else ()


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (PIP_DUE - timedelta(days=29), ()),
        (PIP_DUE - timedelta(days=28), (Reason(Concern.PIP_DUE, PIP_DUE, 28),)),
        (PIP_DUE, (Reason(Concern.PIP_DUE, PIP_DUE, 0),)),
        (PIP_DUE + timedelta(days=1), (Reason(Concern.PIP_OVERDUE, PIP_DUE, -1),)),
    ],
)
def test_the_pip_is_due_and_then_overdue(day: date, expected: tuple[Reason, ...]) -> None:
    watching = attrs.evolve(NOTHING_ELSE, pip_due_within_days=28)
    assert reasons(NOTIFIED, day=day, attention=watching) == expected


def test_once_there_is_a_pip_it_is_no_longer_due() -> None:
    assert reasons(NOTIFIED, PIP, day=PIP_DUE, attention=attrs.evolve(NOTHING_ELSE, pip_due_within_days=28)) == ()


def test_a_pip_that_fell_leaves_somebody_without_one() -> None:
    annulled = PipAnnulled(date(2025, 3, 3), "pip-1", Instance.COURT, "ruling")
    assert reasons(PIP, annulled, day=date(2025, 3, 13)) == (Reason(Concern.PIP_FELL, date(2025, 3, 3), 10),)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (LAST_DAY - timedelta(days=183), ()),
        (LAST_DAY - timedelta(days=182), (Reason(Concern.TERM_ENDING, LAST_DAY, 182),)),
        (LAST_DAY, (Reason(Concern.TERM_ENDING, LAST_DAY, 0),)),
        (LAST_DAY + timedelta(days=1), (Reason(Concern.TERM_OVER, LAST_DAY, -1),)),
    ],
)
def test_the_term_is_ending_and_then_over(day: date, expected: tuple[Reason, ...]) -> None:
    assert reasons(PIP, day=day, attention=attrs.evolve(NOTHING_ELSE, term_ends_within_days=182)) == expected


def test_a_week_that_asks_more_than_there_is() -> None:
    """80 weeks before the end 96,000 minutes ask 1,200 a week: the most there is. A week later they ask 1,216."""
    full = attrs.evolve(NOTHING_ELSE, most_minutes_a_week=1200)
    day = date(2027, 4, 16) - timedelta(weeks=80)
    assert reasons(PIP, day=day, attention=full) == ()
    assert reasons(PIP, day=day + timedelta(weeks=1), attention=full) == (
        Reason(Concern.FALLING_BEHIND, None, None, 1216),
    )


def test_a_pace_that_ends_after_the_term_counts_once_it_has_settled() -> None:
    """600 of 48,000 minutes in 26 weeks and a day, 183 days: 14,457 days more. 47,400 in 130 weeks: 365 a week."""
    settling = attrs.evolve(NOTHING_ELSE, forecast_after_weeks=26)
    family = attrs.evolve(OPENED_UNDER_THE_ACT, target_group=TargetGroup.FAMILY_OR_OTHER_MIGRANT)
    told = (family, PIP, LessonAttended(date(2024, 5, 1), attrs.evolve(LESSON, minutes=600, starts=None)))
    settled = date(2024, 4, 16) + timedelta(weeks=26)
    assert asked(told, day=settled - timedelta(days=1), attention=settling).cases == ()
    (case,) = asked(told, day=settled, attention=settling).cases
    assert case.reasons == (Reason(Concern.FALLING_BEHIND, settled + timedelta(days=14_457), None, 365),)


def test_hours_of_the_z_route_are_asked_of_the_z_route_only() -> None:
    full = attrs.evolve(NOTHING_ELSE, most_minutes_a_week=1)
    assert reasons(attrs.evolve(PIP, route=Route.B1), day=date(2026, 1, 1), attention=full) == ()


def test_no_talk_for_long() -> None:
    """The last of coaching, interviews and intake; before the first, the opening."""
    watching = attrs.evolve(NOTHING_ELSE, no_contact_days=90)
    assert reasons(day=NOTICE + timedelta(days=90), attention=watching) == ()
    since_opening = NOTICE + timedelta(days=91)
    assert reasons(day=since_opening, attention=watching) == (Reason(Concern.NO_CONTACT, NOTICE, 91),)
    talks: tuple[Fact, ...] = (
        IntakeHeld(PIP_DAY, (), ()),
        CoachingHeld(PIP_DAY, "t", "coach", 30, Modality.ONLINE),
        ProgressInterviewHeld(PIP_DAY, "i"),
    )
    for talk in talks:
        assert reasons(talk, day=since_opening, attention=watching) == ()


def test_a_plan_without_a_progress_interview_for_long() -> None:
    watching = attrs.evolve(NOTHING_ELSE, no_progress_interview_days=182)
    late = PIP_DAY + timedelta(days=183)
    assert reasons(PIP, day=PIP_DAY + timedelta(days=182), attention=watching) == ()
    assert reasons(PIP, day=late, attention=watching) == (Reason(Concern.NO_PROGRESS_INTERVIEW, PIP_DAY, 183),)
    assert reasons(PIP, ProgressInterviewHeld(PIP_DAY + timedelta(days=1), "i"), day=late, attention=watching) == ()


def test_interrupted_for_long() -> None:
    watching = attrs.evolve(NOTHING_ELSE, interrupted_days=90)
    stopped = TrajectoryInterrupted(PIP_DAY, InterruptionReason.ILLNESS)
    day = PIP_DAY + timedelta(days=91)
    assert reasons(stopped, day=day, attention=watching) == (Reason(Concern.INTERRUPTED, PIP_DAY, 91),)
    assert reasons(stopped, TrajectoryResumed(day), day=day, attention=watching) == ()


def test_a_trajectory_without_a_plan() -> None:
    watching = attrs.evolve(NOTHING_ELSE, no_plan_days=70)
    day = NOTICE + timedelta(days=71)
    assert reasons(day=day, attention=watching) == (Reason(Concern.NO_PLAN, NOTICE, 71),)
    assert reasons(PIP, day=day, attention=watching) == ()


def test_a_pilot_with_a_plan_needs_none_and_has_no_term() -> None:
    day = START + timedelta(days=71)
    for facts, expected in (((OPENED, INTAKE), [Concern.NO_PLAN]), ((OPENED, INTAKE, ADOPTED), [])):
        seen = include(Gathered(day), UUID(int=1), history(*facts).facts, PILOT)
        assert [one.concern for case in seen.cases for one in case.reasons] == expected


@pytest.mark.parametrize(
    ("fact", "looked_at"),
    [
        (TrajectoryEnded(PIP_DAY, EndReason.MOVED), 0),
        (DutyEnded(PIP_DAY, DutyEndReason.DUTY_MET), 0),
        (RouteCompleted(PIP_DAY), 1),
        (ExemptionGranted(PIP_DAY, ExemptionKind.TEMPORARY, ExemptionCode.ON_REQUEST), 1),
    ],
)
def test_who_has_ended_completed_or_no_duty_for_now_needs_no_attention(fact: Fact, looked_at: int) -> None:
    seen = asked((OPENED_UNDER_THE_ACT, PIP, fact), day=date(2027, 6, 1), attention=Attention())
    assert (seen.participants, seen.cases) == (looked_at, ())


def test_a_case_says_where_somebody_is_and_with_whom() -> None:
    before, after = attrs.evolve(GUIDE, key="coach-0"), attrs.evolve(GUIDE, key="coach-9")
    told = (
        OPENED_UNDER_THE_ACT,
        GuideAssigned(NOTICE, before),
        GuideAssigned(PIP_DAY, after),
        GuideReleased(PIP_DAY, "coach-0"),
        MovedToMunicipality(PIP_DAY, "0153"),
    )
    (case,) = asked(told, day=date(2025, 1, 1), attention=Attention()).cases
    assert (case.participant, case.municipality, case.guide) == (UUID(int=1), "0153", "coach-9")


def test_the_most_urgent_first() -> None:
    """Overdue the longest, overdue, due; then no PIP any more; then no talk, the longest first."""
    day = date(2024, 6, 3)

    def since(on: date, *facts: Fact) -> tuple[Fact, ...]:
        return (attrs.evolve(OPENED_UNDER_THE_ACT, on=on), *facts)

    silent, quiet = since(date(2023, 1, 2), ADOPTED_THEN), since(date(2023, 2, 1), ADOPTED_THEN)
    fallen = since(NOTICE, PIP, PipRevoked(date(2024, 5, 1), "pip-1", "A mistake."))
    due = since(date(2024, 4, 1), DutyNotified(date(2024, 4, 1), date(2024, 4, 1)))  # 10 June
    overdue, long_overdue = since(NOTICE, NOTIFIED), since(NOTICE, DutyNotified(date(2024, 2, 5), NOTICE))
    seen = asked(silent, quiet, fallen, due, overdue, long_overdue, day=day, attention=Attention())
    assert [case.participant.int for case in seen.cases] == [6, 5, 4, 3, 1, 2]
    assert [case.reasons[0].concern for case in seen.cases] == [
        Concern.PIP_OVERDUE,
        Concern.PIP_OVERDUE,
        Concern.PIP_DUE,
        Concern.PIP_FELL,
        Concern.NO_CONTACT,
        Concern.NO_CONTACT,
    ]


ADOPTED_THEN = attrs.evolve(ADOPTED, on=date(2023, 3, 1))


def test_who_was_not_opened_yet_does_not_count() -> None:
    assert asked((), day=NOTICE).participants == 0


@given(lawful_histories(WI2021), st.integers(0, 40))
def test_it_folds_in_two_parts_and_leaves_the_first_as_it_was(told: History, at: int) -> None:
    facts = [one.fact for one in told.facts]
    first = reduce(project, facts[:at], Seen())
    assert reduce(project, facts[at:], first) == reduce(project, facts, Seen())
    assert first == reduce(project, facts[:at], Seen())


@given(st.lists(lawful_histories(WI2021), max_size=4), st.dates(date(2022, 1, 1), date(2030, 1, 1)))
@settings(max_examples=25)
def test_the_order_of_asking_does_not_matter(told: list[History], day: date) -> None:
    people = list(enumerate((one.facts for one in told), start=1))

    def gathered(order: list[tuple[int, tuple[InForce, ...]]]) -> Caseload:
        return caseload(
            reduce(lambda so_far, it: include(so_far, UUID(int=it[0]), it[1], WI2021), order, Gathered(day))
        )

    assert gathered(people) == gathered(people[::-1])
