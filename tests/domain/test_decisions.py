"""Every command: what follows from it, and nothing when it happened already."""

from collections.abc import Mapping

import pytest

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
    ReleaseGuide,
    ResumeTrajectory,
    RetractFact,
    ReviewAgreement,
    RevisePlan,
    StartInternship,
)
from zroute_core.domain.events import (
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
from zroute_core.domain.values import AbsenceReason, InterruptionReason, Moment, Score
from zroute_core.errors import NotFound
from zroute_core.testing.samples import (
    ATTENDED,
    COMMAND_SAMPLES,
    DAY,
    FACT_SAMPLES,
    GROUP,
    INTAKE,
    LESSON,
    OPENED,
    PERSON,
)
from zroute_core.testing.scenario import given

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
"""What stood before, and the fact whose sample follows. `RecordAssessment` has many facts and its own test below."""


def test_every_command_stands_here() -> None:
    assert set(FOLLOWS) | {RecordAssessment} == set(COMMAND_SAMPLES)


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
