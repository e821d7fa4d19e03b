"""What is planned, and what came of it?"""

from datetime import date, timedelta

import attrs
import pytest
from hypothesis import given

from zroute_core.domain.act import Instance, Route
from zroute_core.domain.duty import Term
from zroute_core.domain.events import (
    ActivityAttended,
    AgreementReviewed,
    CoachingHeld,
    Fact,
    GroupFormed,
    GroupLeft,
    GuideAssigned,
    GuideReleased,
    IntakeHeld,
    InternshipHoursLogged,
    InternshipStarted,
    LanguageBuddyLeft,
    LanguageBuddyMatched,
    LessonAttended,
    PipAnnulled,
    PipRestored,
    PipRevoked,
    PlanAdopted,
    PlanRevised,
    TrajectoryEnded,
)
from zroute_core.domain.history import History
from zroute_core.domain.national import WI2021
from zroute_core.domain.values import Agreement, Component, EndReason, Guide, LearningGoal, Modality, PlannedComponent
from zroute_core.errors import NotFound
from zroute_core.read_models.plan import (
    AgreementState,
    BuddyLine,
    ComponentLine,
    GroupLine,
    GuideLine,
    PipLine,
    PipState,
    Plan,
    PlanChange,
    plan,
)
from zroute_core.testing.samples import (
    ACTIVITY,
    DAY,
    GOAL,
    GROUP,
    GUIDE,
    INTAKE,
    INTERNSHIP,
    LESSON,
    OPENED,
    OPENED_UNDER_THE_ACT,
    PIP,
    START,
)
from zroute_core.testing.scenario import history
from zroute_core.testing.strategies import opened_histories

LANGUAGE = PlannedComponent(Component.LANGUAGE, 360, "Nova College")
SPORT = PlannedComponent(Component.SPORT, 90, "sports club")
LIBRARY = Agreement("library", "Become a member of the library.", date(2020, 10, 1))
BIKE = Agreement("bike", "Learn to ride a bicycle.")
BANK = Agreement("bank", "Make an appointment at the bank.", date(2020, 9, 20))
ADOPTED = PlanAdopted(DAY, (GOAL,), (LANGUAGE, SPORT), (LIBRARY, BIKE, BANK))
LATER = date(2020, 9, 29)  # four weeks after the opening of 1 September


def of(*facts: Fact, day: date = LATER) -> Plan:
    return plan(history(OPENED, INTAKE, *facts).facts, day)


def test_before_there_is_a_plan_the_goals_are_those_of_the_intake() -> None:
    view = of()
    assert (view.adopted_on, view.goals, view.components, view.agreements) == (None, INTAKE.goals, (), ())


def test_planned_and_realised_stand_side_by_side() -> None:
    view = of(
        ADOPTED,
        LessonAttended(DAY, LESSON),  # 120
        LessonAttended(DAY, attrs.evolve(LESSON, key="les-2", minutes=55, starts=None)),  # 175
        ActivityAttended(DAY, ACTIVITY),  # a workshop of 90, not in the plan
        InternshipStarted(DAY, INTERNSHIP),
        InternshipHoursLogged(DAY, "stage-1", "monday", 240),
        CoachingHeld(DAY, "t-1", "coach", 45, Modality.ONLINE),
    )
    # From 14 up to and including 29 September are 16 days: 175 * 7 / 16 = 76.6, 90: 39.4, 240: 105, 45: 19.7.
    assert view.components == (
        ComponentLine(Component.LANGUAGE, "Nova College", 360, DAY, 175, 76, None),
        ComponentLine(Component.WORKSHOP, "budget coach", None, DAY, 90, 39, None),
        ComponentLine(Component.SPORT, "sports club", 90, DAY, 0, 0, None),
        ComponentLine(Component.LANGUAGE_INTERNSHIP, "Agros", None, DAY, 240, 105, None),
        ComponentLine(Component.COACHING, "coach", None, DAY, 45, 19, None),
    )


def test_two_lines_of_one_component_stay_two() -> None:
    money = PlannedComponent(Component.TRAINING, 60, "Eurowijzer")
    digital = PlannedComponent(Component.TRAINING, 30, "DigiSterker")
    training = attrs.evolve(ACTIVITY, component=Component.TRAINING, provider="Eurowijzer")
    adopted = PlanAdopted(DAY, (), (money, digital), ())
    dropped = PlanRevised(LATER, (), (digital,), (), "Knows about money now.")
    lines = of(adopted, ActivityAttended(DAY, training)).components
    assert [(one.provider, one.planned_minutes_a_week, one.realised_minutes) for one in lines] == [
        ("Eurowijzer", 60, 90),
        ("DigiSterker", 30, 0),
    ]
    (change,) = of(adopted, dropped).changes
    assert (change.added, change.dropped, change.changed) == ((), (money,), ())


def test_a_line_without_a_provider_takes_what_no_other_line_names() -> None:
    anywhere, here = PlannedComponent(Component.TRAINING, 60), PlannedComponent(Component.TRAINING, 30, "Mindfit")
    facts = [
        ActivityAttended(
            DAY,
            attrs.evolve(ACTIVITY, key=who, component=Component.TRAINING, provider=who, minutes=minutes, starts=None),
        )
        for who, minutes in (("Mindfit", 50), ("Eurowijzer", 40), ("DigiSterker", 30))
    ]
    lines = of(PlanAdopted(DAY, (), (anywhere, here), ()), *facts).components
    assert [(one.provider, one.realised_minutes) for one in lines] == [(None, 70), ("Mindfit", 50)]


@pytest.mark.parametrize(("day", "a_week"), [(START, 120), (START + timedelta(days=6), 120), (LATER, 28)])
def test_realised_intensity_is_a_mean_since_it_began(day: date, a_week: int) -> None:
    """120 minutes on the first day: that day and that week count as a week; on 29 September 120 * 7 / 29 = 28.97."""
    (line,) = of(LessonAttended(START, LESSON), day=day).components
    assert line.realised_minutes_a_week == a_week


def test_realised_intensity_is_held_against_what_the_plan_says_since_then() -> None:
    """120 minutes before the plan, 120 in its first week, then it was changed and 60 followed."""
    lesson = attrs.evolve(LESSON, starts=None)
    facts = (
        LessonAttended(START, attrs.evolve(lesson, key="les-0")),
        ADOPTED,
        LessonAttended(date(2020, 9, 20), attrs.evolve(lesson, key="les-2")),
    )
    (line, _) = of(*facts, day=date(2020, 9, 20)).components
    assert (line.since, line.realised_minutes, line.realised_minutes_a_week) == (DAY, 240, 120)
    less = PlanRevised(date(2020, 9, 21), (), (attrs.evolve(LANGUAGE, minutes_a_week=60),), (), "Works now.")
    after = LessonAttended(date(2020, 9, 27), attrs.evolve(lesson, key="les-3", minutes=60))
    (line,) = of(*facts, less, after, day=date(2020, 10, 4)).components
    assert (line.since, line.realised_minutes, line.realised_minutes_a_week) == (date(2020, 9, 21), 300, 30)
    same = PlanRevised(date(2020, 9, 28), (), (attrs.evolve(less.components[0], note="mornings"),), (), "Mornings.")
    (line,) = of(*facts, less, after, same, day=date(2020, 10, 4)).components
    assert (line.since, line.realised_minutes_a_week) == (date(2020, 9, 21), 30)  # the intensity has not changed


def test_after_the_end_no_more_weeks_count() -> None:
    ended = TrajectoryEnded(date(2020, 9, 27), EndReason.MOVED)
    (line,) = of(LessonAttended(DAY, LESSON), ended, day=date(2021, 9, 1)).components
    assert line.realised_minutes_a_week == 60  # 120 in 14 days


def test_after_the_end_nothing_runs_and_nothing_is_to_be_done() -> None:
    view = of(
        ADOPTED,
        GuideAssigned(START, GUIDE),
        GroupFormed(DAY, GROUP, 6),
        LanguageBuddyMatched(DAY, "b-1"),
        AgreementReviewed(LATER, "bank", False),
        TrajectoryEnded(LATER, EndReason.MOVED),
        day=date(2021, 9, 1),
    )
    assert view.ended_on == LATER
    assert {one.key: one.state for one in view.agreements} == {
        "library": AgreementState.LAPSED,
        "bike": AgreementState.LAPSED,
        "bank": AgreementState.NOT_KEPT,
    }
    assert view.next_steps == ()
    assert view.guides == (GuideLine(GUIDE, START, LATER),)
    assert view.groups == (GroupLine(GROUP, DAY, LATER),)
    assert view.language_buddies == (BuddyLine("b-1", DAY, LATER),)


def test_a_second_intake_adds_its_goals() -> None:
    bus = LearningGoal("bus", "Take the bus alone.")
    assert of(IntakeHeld(DAY, (), (bus,))).goals == (GOAL, bus)


def test_agreements_are_open_kept_broken_or_overdue() -> None:
    view = of(ADOPTED, AgreementReviewed(LATER, "library", True))
    states = {one.key: (one.state, one.reviewed_on) for one in view.agreements}
    assert states == {
        "library": (AgreementState.KEPT, LATER),
        "bike": (AgreementState.OPEN, None),
        "bank": (AgreementState.OVERDUE, None),
    }
    assert [one.key for one in view.next_steps] == ["bank", "bike"]
    again = of(ADOPTED, AgreementReviewed(LATER, "library", True), AgreementReviewed(LATER, "library", False))
    assert {one.key: one.state for one in again.agreements}["library"] is AgreementState.NOT_KEPT


def test_an_agreement_is_overdue_the_day_after_it_was_due() -> None:
    for day, state in ((BANK.due, AgreementState.OPEN), (date(2020, 9, 21), AgreementState.OVERDUE)):
        assert day is not None
        assert {one.key: one.state for one in of(ADOPTED, day=day).agreements}["bank"] is state


def test_how_the_plan_changed_and_why() -> None:
    online = attrs.evolve(LANGUAGE, minutes_a_week=240, note="online")
    talks = PlannedComponent(Component.COACHING, 30)
    other = LearningGoal("bus", "Take the bus alone.")
    revised = PlanRevised(LATER, (other,), (online, talks), (LIBRARY,), "Schools are closed.")
    view = of(ADOPTED, revised)
    assert (view.adopted_on, view.revised_on, view.goals) == (DAY, LATER, (other,))
    assert view.changes == (
        PlanChange(
            LATER,
            "Schools are closed.",
            added=(talks,),
            dropped=(SPORT,),
            changed=(online,),
        ),
    )
    states = {one.key: one.state for one in view.agreements}
    assert states == {
        "library": AgreementState.OPEN,
        "bike": AgreementState.LAPSED,
        "bank": AgreementState.LAPSED,
    }
    assert [one.key for one in view.next_steps] == ["library"]  # what is no longer agreed asks nothing


def test_guides_groups_and_buddies_are_periods() -> None:
    next_guide = Guide("coach-2", "case director")
    view = of(
        GuideAssigned(START, GUIDE),
        GuideReleased(DAY, GUIDE.key),
        GuideAssigned(DAY, next_guide),
        GroupFormed(DAY, GROUP, 6),
        GroupLeft(LATER, GROUP.key, EndReason.CHANGED_GROUP),
        LanguageBuddyMatched(DAY, "b-1"),
        LanguageBuddyMatched(DAY, "b-2"),
        LanguageBuddyLeft(LATER, "b-1", EndReason.MOVED),
    )
    assert view.guides == (GuideLine(GUIDE, START, DAY), GuideLine(next_guide, DAY))
    assert view.groups == (GroupLine(GROUP, DAY, LATER),)
    assert view.language_buddies == (BuddyLine("b-1", DAY, LATER), BuddyLine("b-2", DAY))


def test_before_it_was_opened_there_is_no_plan() -> None:
    with pytest.raises(NotFound):
        plan((), DAY)


# ── the decision behind it ───────────────────────────────────────────────────────────────────────────────────

FIRST, SECOND, THIRD = (date(2024, 4, 15), date(2024, 9, 2), date(2025, 2, 3))


def decided(on: date, pip: str, route: Route = Route.SELF_RELIANCE) -> Fact:
    return attrs.evolve(PIP, on=on, pip=pip, route=route)


def states(*facts: Fact) -> dict[str, tuple[PipState, date]]:
    view = plan(history(OPENED_UNDER_THE_ACT, *facts).facts, date(2026, 1, 1))
    in_force = [one for one in view.pips if one.state is PipState.IN_FORCE]
    assert in_force == ([view.pip] if view.pip else [])
    return {one.pip: (one.state, one.since) for one in view.pips}


def test_in_the_pilots_there_is_no_pip_and_no_term() -> None:
    view = plan(history(OPENED, INTAKE).facts, DAY)
    assert (view.pip, view.pips, view.term) == (None, (), None)


def test_the_pip_in_force_with_its_term() -> None:
    view = plan(history(OPENED_UNDER_THE_ACT, PIP).facts, date(2024, 5, 1))
    assert view.pip == PipLine("pip-1", FIRST, "0392", Route.SELF_RELIANCE, None, state=PipState.IN_FORCE, since=FIRST)
    assert view.term == Term(date(2024, 4, 16), date(2027, 4, 16))


def test_a_later_pip_replaces_the_one_before_it() -> None:
    assert states(decided(FIRST, "a"), decided(SECOND, "b")) == {
        "a": (PipState.REPLACED, SECOND),
        "b": (PipState.IN_FORCE, SECOND),
    }


def test_a_chain_of_decisions_day_by_day() -> None:
    """Annulled by the court, decided anew, and the annulment undone by the highest court: which is in force when?"""
    court = PipAnnulled(date(2025, 1, 10), "b", Instance.COURT, "ECLI:NL:RBDHA:2025:1")
    restored = PipRestored(date(2025, 12, 1), "b", Instance.HIGHEST_COURT, "ECLI:NL:RVS:2025:1")
    chain = (decided(FIRST, "a"), decided(SECOND, "b", Route.B1), court, decided(THIRD, "c"), restored)
    assert states(*chain[:3]) == {
        "a": (PipState.IN_FORCE, date(2025, 1, 10)),
        "b": (PipState.ANNULLED, date(2025, 1, 10)),
    }
    assert states(*chain[:4]) == {
        "a": (PipState.REPLACED, THIRD),
        "b": (PipState.ANNULLED, date(2025, 1, 10)),
        "c": (PipState.IN_FORCE, THIRD),
    }
    assert states(*chain) == {
        "a": (PipState.REPLACED, THIRD),
        "b": (PipState.REPLACED, date(2025, 12, 1)),
        "c": (PipState.IN_FORCE, THIRD),
    }


def test_a_restored_pip_is_in_force_again_when_none_came_after_it() -> None:
    annulled = PipAnnulled(SECOND, "a", Instance.OBJECTION, "ruling-1")
    restored = PipRestored(THIRD, "a", Instance.COURT, "ruling-2")
    assert states(decided(FIRST, "a"), annulled, restored) == {"a": (PipState.IN_FORCE, THIRD)}
    (line,) = plan(history(OPENED_UNDER_THE_ACT, decided(FIRST, "a"), annulled, restored).facts, THIRD).pips
    assert (line.by, line.ruling) == (Instance.COURT, "ruling-2")


def test_the_term_stays_when_every_pip_falls() -> None:
    revoked = PipRevoked(SECOND, "a", "Made for another person.")
    view = plan(history(OPENED_UNDER_THE_ACT, decided(FIRST, "a"), revoked).facts, THIRD)
    assert (view.pip, view.pips[0].state) == (None, PipState.REVOKED)
    assert view.term == Term(date(2024, 4, 16), date(2027, 4, 16))


@given(opened_histories(WI2021))
def test_the_pip_in_force_is_the_one_that_decisions_go_by(told: History) -> None:
    in_force = plan(told.facts, date(2030, 1, 1)).pip
    by_the_duty = told.trajectory.duty.pip
    assert (in_force and in_force.pip) == (by_the_duty and by_the_duty.pip)
