"""Every command: what follows from it, and nothing when it happened already."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import get_args
from uuid import UUID

import attrs
import pytest

from tests.domain.test_act_decisions import UNDER_THE_ACT
from zroute_core.domain.decisions import (
    AdoptPlan,
    AssignGuide,
    AttendActivity,
    AttendLesson,
    CancelActivity,
    CancelLesson,
    Command,
    CorrectFact,
    EndInternship,
    EndLanguageBuddyMatch,
    EndTrajectory,
    GiveOwnJudgement,
    HandInHomework,
    HoldCoaching,
    HoldIntake,
    InterruptTrajectory,
    JoinGroup,
    LeaveGroup,
    LogInternshipHours,
    MatchLanguageBuddy,
    MissActivity,
    MissLesson,
    OpenTrajectory,
    RecordAssessment,
    RecordTogether,
    ReleaseGuide,
    ResumeTrajectory,
    RetractFact,
    ReviewAgreement,
    RevisePlan,
    StartInternship,
)
from zroute_core.domain.events import (
    FACTS,
    ActivityAttended,
    ActivityCancelled,
    ActivityMissed,
    AgreementReviewed,
    AssessmentRecorded,
    CoachingHeld,
    Fact,
    FactCorrected,
    FactRetracted,
    GroupFormed,
    GroupJoined,
    GroupLeft,
    GuideAssigned,
    GuideReleased,
    HomeworkHandedIn,
    IntakeHeld,
    InternshipEnded,
    InternshipHoursLogged,
    InternshipStarted,
    LanguageBuddyLeft,
    LanguageBuddyMatched,
    LessonAttended,
    LessonCancelled,
    LessonMissed,
    OwnJudgementGiven,
    PlanAdopted,
    PlanRevised,
    TrajectoryEnded,
    TrajectoryInterrupted,
    TrajectoryOpened,
    TrajectoryResumed,
)
from zroute_core.domain.values import AbsenceReason, EndReason, InterruptionReason, Moment, Score
from zroute_core.errors import NotFound
from zroute_core.testing.samples import (
    ADOPTED,
    AGREEMENT,
    ATTENDED,
    COMMAND_SAMPLES,
    DAY,
    FACT_SAMPLES,
    GOAL,
    GROUP,
    INTAKE,
    LATER_DAY,
    LESSON,
    OPENED,
    PERSON,
)
from zroute_core.testing.scenario import given, history

READY = (OPENED, INTAKE)

FOLLOWS: Mapping[type[Command], tuple[tuple[Fact, ...], type[Fact]]] = {
    OpenTrajectory: ((), TrajectoryOpened),
    HoldIntake: ((OPENED,), IntakeHeld),
    InterruptTrajectory: ((OPENED,), TrajectoryInterrupted),
    ResumeTrajectory: ((OPENED, FACT_SAMPLES[TrajectoryInterrupted]), TrajectoryResumed),
    EndTrajectory: ((OPENED,), TrajectoryEnded),
    AdoptPlan: (READY, PlanAdopted),
    RevisePlan: ((*READY, FACT_SAMPLES[PlanAdopted]), PlanRevised),
    ReviewAgreement: ((*READY, FACT_SAMPLES[PlanAdopted]), AgreementReviewed),
    AssignGuide: ((OPENED,), GuideAssigned),
    ReleaseGuide: ((OPENED, FACT_SAMPLES[GuideAssigned]), GuideReleased),
    MatchLanguageBuddy: ((OPENED,), LanguageBuddyMatched),
    EndLanguageBuddyMatch: ((OPENED, FACT_SAMPLES[LanguageBuddyMatched]), LanguageBuddyLeft),
    HoldCoaching: ((OPENED,), CoachingHeld),
    JoinGroup: ((OPENED,), GroupJoined),
    LeaveGroup: ((OPENED, FACT_SAMPLES[GroupFormed]), GroupLeft),
    AttendLesson: (READY, LessonAttended),
    MissLesson: (READY, LessonMissed),
    CancelLesson: ((OPENED,), LessonCancelled),
    HandInHomework: ((OPENED,), HomeworkHandedIn),
    AttendActivity: ((OPENED,), ActivityAttended),
    MissActivity: ((OPENED,), ActivityMissed),
    CancelActivity: ((OPENED,), ActivityCancelled),
    StartInternship: (READY, InternshipStarted),
    LogInternshipHours: ((*READY, FACT_SAMPLES[InternshipStarted]), InternshipHoursLogged),
    EndInternship: ((*READY, FACT_SAMPLES[InternshipStarted]), InternshipEnded),
    GiveOwnJudgement: ((OPENED,), OwnJudgementGiven),
    CorrectFact: ((*READY, ATTENDED), FactCorrected),
    RetractFact: ((*READY, ATTENDED), FactRetracted),
}
"""What stood before, and the fact whose sample follows. The two commands of many facts have their tests below."""


def test_every_command_stands_here() -> None:
    here = set(FOLLOWS) | set(UNDER_THE_ACT) | {RecordAssessment, RecordTogether}
    assert here == set(COMMAND_SAMPLES) == set(get_args(Command))


def test_every_fact_follows_from_a_command() -> None:
    """A fact that nobody can record is no part of the vocabulary. Two of them have tests of their own below."""
    follows = {fact for _, fact in (*FOLLOWS.values(), *UNDER_THE_ACT.values())}
    assert follows | {AssessmentRecorded, GroupFormed} == set(FACTS)


@pytest.mark.parametrize("command", FOLLOWS, ids=lambda command: command.__name__)
def test_its_fact_follows(command: type[Command]) -> None:
    before, fact = FOLLOWS[command]
    given(*before).when(COMMAND_SAMPLES[command]).then(FACT_SAMPLES[fact])


@pytest.mark.parametrize("command", FOLLOWS, ids=lambda command: command.__name__)
def test_asked_again_gives_nothing(command: type[Command]) -> None:
    before, fact = FOLLOWS[command]
    given(*before, FACT_SAMPLES[fact]).when(COMMAND_SAMPLES[command]).then_nothing()


@pytest.mark.parametrize(
    "command", [one for one in FOLLOWS if one is not OpenTrajectory], ids=lambda command: command.__name__
)
def test_nothing_comes_of_it_without_a_trajectory(command: type[Command]) -> None:
    decided = given().when(COMMAND_SAMPLES[command])
    if command in {CorrectFact, RetractFact}:
        assert decided.then_fails(NotFound).field == "fact"
    else:
        assert decided.error is not None
        assert "not-before-opening" in getattr(decided.error, "rules", ())


def test_each_score_of_a_sitting_is_a_fact_of_its_own() -> None:
    sitting = COMMAND_SAMPLES[RecordAssessment]
    speaking = AssessmentRecorded(DAY, "pilot-language", "2020", 0, 4, "speaking", 1, Moment.T0)
    reading = AssessmentRecorded(DAY, "pilot-language", "2020", 0, 4, "reading", 0, Moment.T0)
    given(OPENED).when(sitting).then(speaking, reading)
    given(OPENED, speaking).when(sitting).then(reading)
    given(OPENED, speaking, reading).when(sitting).then_nothing()


def test_one_bad_score_refuses_the_whole_sitting() -> None:
    scores = (Score("speaking", 1), Score("reading", 5))
    given(OPENED).when(RecordAssessment(DAY, "pilot-language", "2020", Moment.T0, scores)).then_refused("on-its-scale")


def test_a_group_is_formed_or_joined() -> None:
    given(OPENED).when(JoinGroup(DAY, GROUP, 6, founding=True)).then(GroupFormed(DAY, GROUP, 6))
    given(OPENED).when(JoinGroup(DAY, GROUP, 7)).then(GroupJoined(DAY, GROUP, 7))


def test_a_refusal_says_what_and_why_and_whose_but_not_what_was_typed() -> None:
    error = given(OPENED).when(MissLesson(DAY, LESSON, AbsenceReason.ILL)).error
    assert error is not None
    assert error.code == "rule-violation"
    assert "The broad intake comes first" in str(error)
    assert "Wet inburgering 2021 art. 14" in str(error)
    assert not any(typed in str(error) for typed in ("les-1", "Nova", "ill", str(PERSON)))


def test_a_second_interruption_on_another_day_is_no_repetition() -> None:
    first = TrajectoryInterrupted(DAY, InterruptionReason.ILLNESS)
    given(OPENED, first).when(InterruptTrajectory(OPENED.on, InterruptionReason.ILLNESS)).then_refused(
        "interruption-in-turn"
    )


# ── what makes sense only together ───────────────────────────────────────────────────────────────────────────

STOP, GO = InterruptTrajectory(DAY, InterruptionReason.ILLNESS), ResumeTrajectory(LATER_DAY)
STOPPED, WENT = TrajectoryInterrupted(DAY, InterruptionReason.ILLNESS), TrajectoryResumed(LATER_DAY)
MONTH = timedelta(days=30)


def test_an_interruption_told_late_is_told_with_its_resumption() -> None:
    """Another one, a month later, stands on record: each half alone would contradict it."""
    later = tuple(attrs.evolve(one, on=one.on + MONTH) for one in (STOPPED, WENT))
    given(OPENED, *later).when(STOP).then_refused("interruption-in-turn")
    given(OPENED, *later).when(GO).then_refused("interruption-in-turn")
    given(OPENED, *later).when(RecordTogether((STOP, GO))).then(STOPPED, WENT)
    given(OPENED, *later, STOPPED, WENT).when(RecordTogether((STOP, GO))).then_nothing()


def test_an_earlier_membership_is_told_late() -> None:
    formed = GroupFormed(DAY + MONTH, GROUP, 6)
    join, leave = JoinGroup(DAY, GROUP, 7), LeaveGroup(LATER_DAY, GROUP.key, EndReason.HEALTH)
    given(OPENED, formed).when(join).then_refused("begins-once")
    given(OPENED, formed).when(RecordTogether((join, leave))).then(
        GroupJoined(DAY, GROUP, 7), GroupLeft(LATER_DAY, GROUP.key, EndReason.HEALTH)
    )


def test_what_was_recorded_as_the_first_plan_was_a_revision() -> None:
    recorded = attrs.evolve(ADOPTED, on=LATER_DAY)
    revised = PlanRevised(LATER_DAY, recorded.goals, recorded.components, recorded.agreements, "More lessons.")
    first = AdoptPlan(DAY, (GOAL,), ())
    right = CorrectFact(LATER_DAY, UUID(int=3), revised, "It was a change of the first plan.")
    given(*READY, recorded).when(first).then_refused("plan-in-turn")
    given(*READY, recorded).when(right).then_refused("plan-in-turn")
    given(*READY, recorded).when(RecordTogether((first, right))).then(
        PlanAdopted(DAY, (GOAL,), (), ()), FactCorrected(LATER_DAY, UUID(int=3), revised, right.reason)
    )


def test_one_refusal_refuses_all_that_is_told_together() -> None:
    future = AttendLesson(LATER_DAY + MONTH, LESSON)
    given(*READY).when(RecordTogether((STOP, GO, future)), said_on=LATER_DAY).then_refused("not-in-the-future")


def test_a_trajectory_opened_for_the_wrong_person_is_retracted_as_a_whole() -> None:
    one_by_one = RetractFact(DAY, UUID(int=1), "Another person.")
    given(*READY).when(one_by_one).then_refused("not-before-opening")
    whole = RecordTogether((RetractFact(DAY, UUID(int=2), "Another person."), one_by_one))
    decided = given(*READY).when(whole)
    assert decided.decision is not None
    assert len(decided.decision.facts) == 2


# ── corrections are judged too ───────────────────────────────────────────────────────────────────────────────


def test_a_correction_is_not_made_in_the_future_nor_before_the_opening() -> None:
    for correction in (
        CorrectFact(LATER_DAY, UUID(int=3), SHORTER, "Ended early."),
        RetractFact(LATER_DAY, UUID(int=3), "Another person."),
    ):
        given(*READY, ATTENDED).when(correction, said_on=DAY).then_refused("not-in-the-future")
        early = attrs.evolve(correction, on=OPENED.on - timedelta(days=1))
        given(*READY, ATTENDED).when(early).then_refused("not-before-opening")


def test_an_objection_from_before_does_not_excuse_the_new_form() -> None:
    """The fact was in the future when it was said, and it is said again for another day in the future."""
    next_year = attrs.evolve(ATTENDED, on=date(2021, 9, 14))
    correction = CorrectFact(OPENED.on, UUID(int=3), next_year, "Another day.")
    given(*READY, ATTENDED).when(correction, said_on=OPENED.on).then_refused("not-in-the-future")


def test_a_correction_that_was_set_aside_can_be_corrected_all_the_same() -> None:
    """Whoever names the first of two corrections speaks about the fact behind them, and speaks last."""
    two = (
        FactCorrected(LATER_DAY, UUID(int=3), SHORTER, "Ended early."),
        FactCorrected(LATER_DAY, UUID(int=3), LessonMissed(DAY, LESSON, AbsenceReason.ILL), "Was not there."),
    )
    longer = LessonAttended(DAY, attrs.evolve(LESSON, minutes=150))
    third = CorrectFact(LATER_DAY, UUID(int=4), longer, "Half an hour longer.")
    given(*READY, ATTENDED, *two).when(third).then(FactCorrected(LATER_DAY, UUID(int=4), longer, third.reason))
    assert history(*READY, ATTENDED, *two, FactCorrected(LATER_DAY, UUID(int=4), longer, "x")).facts[-1].fact == longer


def test_an_agreement_that_left_the_plan_can_still_be_looked_at() -> None:
    dropped = PlanRevised(LATER_DAY, (), (), (), "Less is more.")
    review = ReviewAgreement(LATER_DAY, AGREEMENT.key, False)
    given(*READY, ADOPTED, dropped).when(review).then(AgreementReviewed(LATER_DAY, AGREEMENT.key, False))
    given(*READY, ADOPTED).when(ReviewAgreement(LATER_DAY, "never", True)).then_refused("agreement-in-plan")


SHORTER = LessonAttended(DAY, attrs.evolve(LESSON, minutes=60))
