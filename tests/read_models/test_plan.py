"""What is planned, and what came of it?"""

from datetime import date, timedelta

import attrs
import pytest

from zroute_core.domain.events import (
    ActivityAttended,
    AgreementReviewed,
    CoachingHeld,
    Fact,
    GroupFormed,
    GroupLeft,
    GuideAssigned,
    GuideReleased,
    InternshipHoursLogged,
    InternshipStarted,
    LanguageBuddyLeft,
    LanguageBuddyMatched,
    LessonAttended,
    PlanAdopted,
    PlanRevised,
    TrajectoryEnded,
)
from zroute_core.domain.values import Agreement, Component, EndReason, Guide, LearningGoal, Modality, PlannedComponent
from zroute_core.errors import NotFound
from zroute_core.read_models.plan import AgreementState, ComponentLine, GroupLine, GuideLine, Plan, PlanChange, plan
from zroute_core.testing.samples import ACTIVITY, DAY, GOAL, GROUP, GUIDE, INTAKE, INTERNSHIP, LESSON, OPENED, START
from zroute_core.testing.scenario import history

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
    assert view.components == (
        ComponentLine(Component.LANGUAGE, "Nova College", 360, 175, 43, None),  # 175 / 4 weeks = 43.75, down
        ComponentLine(Component.WORKSHOP, None, None, 90, 22, None),  # 22.5
        ComponentLine(Component.SPORT, "sports club", 90, 0, 0, None),
        ComponentLine(Component.LANGUAGE_INTERNSHIP, None, None, 240, 60, None),
        ComponentLine(Component.COACHING, None, None, 45, 11, None),  # 11.25
    )


@pytest.mark.parametrize(("day", "a_week"), [(DAY, 120), (START + timedelta(days=20), 60), (LATER, 30)])
def test_realised_intensity_is_a_mean_over_whole_weeks(day: date, a_week: int) -> None:
    """120 minutes: in the second week (one whole week gone), after two whole weeks, after four."""
    (line,) = of(LessonAttended(START, LESSON), day=day).components
    assert line.realised_minutes_a_week == a_week


def test_after_the_end_no_more_weeks_count() -> None:
    ended = TrajectoryEnded(START + timedelta(weeks=2), EndReason.MOVED)
    (line,) = of(LessonAttended(DAY, LESSON), ended, day=date(2021, 9, 1)).components
    assert line.realised_minutes_a_week == 60


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
            added=(Component.COACHING,),
            dropped=(Component.SPORT,),
            changed=(Component.LANGUAGE,),
        ),
    )
    assert {one.key for one in view.agreements} == {"library", "bike", "bank"}
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
    assert view.language_buddies == ("b-2",)


def test_before_it_was_opened_there_is_no_plan() -> None:
    with pytest.raises(NotFound):
        plan((), DAY)
