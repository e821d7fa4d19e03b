"""One sample of every fact and of every command, about somebody who does not exist."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from uuid import UUID

from zroute_core.domain.decisions import (
    Absent,
    AdoptPlan,
    AssignGuide,
    AttendActivity,
    AttendLesson,
    CancelActivity,
    CancelGroupActivity,
    CancelGroupLesson,
    CancelLesson,
    Command,
    CorrectFact,
    EndInternship,
    EndLanguageBuddyMatch,
    EndTrajectory,
    FormGroup,
    GiveOwnJudgement,
    GroupCommand,
    HandInHomework,
    HoldCoaching,
    HoldGroupActivity,
    HoldGroupLesson,
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
from zroute_core.domain.values import (
    AbsenceReason,
    Activity,
    Agreement,
    Answer,
    CancellationReason,
    Component,
    EndReason,
    Group,
    Guide,
    IntakePart,
    Internship,
    InterruptionReason,
    LearningGoal,
    Lesson,
    Modality,
    Moment,
    PlannedComponent,
    Regime,
    Score,
    Setting,
    TargetGroup,
)

START = date(2020, 9, 1)
DAY = date(2020, 9, 14)
LATER_DAY = date(2020, 10, 12)
PERSON = UUID("3f0c2a56-5b1e-4a55-9f0e-6a0a4d1c7e21")
SOMEBODY = UUID("8a4b1f6e-0f2d-4c3b-8f57-2b9d3f6c1a02")

LESSON = Lesson(
    "les-1", Component.LANGUAGE, 120, "Nova College", Modality.IN_CLASS, Setting.GROUP, "groep-1", "work", time(9, 30)
)
ACTIVITY = Activity(
    "budget-1", Component.WORKSHOP, 90, "budget coach", Modality.MIXED, "money", True, True, time(13, 30)
)
INTERNSHIP = Internship("stage-1", Component.LANGUAGE_INTERNSHIP, "nursery garden", "Agros")
GROUP = Group("groep-1", "alfa", "Nova College")
GUIDE = Guide("coach-1", "work coach (werkcoach)")
GOAL = LearningGoal("doctor", "Make an appointment with the doctor.")
PLANNED = PlannedComponent(Component.LANGUAGE, 360, "Nova College", "two mornings")
AGREEMENT = Agreement("library", "Become a member of the library.", LATER_DAY)

OPENED = TrajectoryOpened(START, "0392", TargetGroup.ASYLUM_STATUS_HOLDER, Regime.PILOT)
INTAKE = IntakeHeld(START, tuple(IntakePart), (GOAL,))
ADOPTED = PlanAdopted(DAY, (GOAL,), (PLANNED,), (AGREEMENT,))
ATTENDED = LessonAttended(DAY, LESSON)

_FACTS: tuple[Fact, ...] = (
    OPENED,
    INTAKE,
    TrajectoryInterrupted(DAY, InterruptionReason.CHILDBIRTH),
    TrajectoryResumed(LATER_DAY),
    TrajectoryEnded(LATER_DAY, EndReason.COMPLETED),
    ADOPTED,
    PlanRevised(LATER_DAY, (GOAL,), (PLANNED,), (AGREEMENT,), "Schools are closed: lessons go on online."),
    AgreementReviewed(LATER_DAY, "library", True),
    GuideAssigned(START, GUIDE),
    GuideReleased(LATER_DAY, "coach-1"),
    LanguageBuddyMatched(DAY, "buddy-1"),
    LanguageBuddyLeft(LATER_DAY, "buddy-1", EndReason.MOVED),
    GroupFormed(DAY, GROUP, 6),
    GroupJoined(DAY, GROUP, 7),
    GroupLeft(LATER_DAY, "groep-1", EndReason.CHANGED_GROUP),
    ATTENDED,
    LessonMissed(DAY, LESSON, AbsenceReason.ILL),
    LessonCancelled(DAY, LESSON, CancellationReason.PROVIDER),
    HomeworkHandedIn(DAY, "huiswerk-1", "work"),
    ActivityAttended(DAY, ACTIVITY),
    ActivityMissed(DAY, ACTIVITY, AbsenceReason.CHILDCARE),
    ActivityCancelled(DAY, ACTIVITY, CancellationReason.PANDEMIC),
    InternshipStarted(DAY, INTERNSHIP),
    InternshipHoursLogged(DAY, "stage-1", "2020-09-14", 240),
    InternshipEnded(LATER_DAY, "stage-1", EndReason.COMPLETED),
    CoachingHeld(DAY, "talk-1", "work coach", 45, Modality.ONLINE, "work"),
    AssessmentRecorded(DAY, "pilot-language", "2020", 0, 4, "speaking", 1, Moment.T0),
    OwnJudgementGiven(LATER_DAY, Moment.T2, Answer.YES, Answer.YES, Answer.UNCLEAR),
    FactCorrected(LATER_DAY, UUID(int=3), LessonMissed(DAY, LESSON, AbsenceReason.ILL), "Was not there after all."),
    FactRetracted(LATER_DAY, UUID(int=3), "Written down for the wrong person."),
)

FACT_SAMPLES: Mapping[type[Fact], Fact] = {type(fact): fact for fact in _FACTS}
"""A sample of every fact of the catalogue."""

_COMMANDS: tuple[Command, ...] = (
    OpenTrajectory(START, "0392", TargetGroup.ASYLUM_STATUS_HOLDER, Regime.PILOT),
    HoldIntake(START, tuple(IntakePart), (GOAL,)),
    InterruptTrajectory(DAY, InterruptionReason.CHILDBIRTH),
    ResumeTrajectory(LATER_DAY),
    EndTrajectory(LATER_DAY, EndReason.COMPLETED),
    AdoptPlan(DAY, (GOAL,), (PLANNED,), (AGREEMENT,)),
    RevisePlan(LATER_DAY, (GOAL,), (PLANNED,), (AGREEMENT,), "Schools are closed: lessons go on online."),
    ReviewAgreement(LATER_DAY, "library", True),
    AssignGuide(START, GUIDE),
    ReleaseGuide(LATER_DAY, "coach-1"),
    MatchLanguageBuddy(DAY, "buddy-1"),
    EndLanguageBuddyMatch(LATER_DAY, "buddy-1", EndReason.MOVED),
    HoldCoaching(DAY, "talk-1", "work coach", 45, Modality.ONLINE, "work"),
    JoinGroup(DAY, GROUP, 7),
    LeaveGroup(LATER_DAY, "groep-1", EndReason.CHANGED_GROUP),
    AttendLesson(DAY, LESSON),
    MissLesson(DAY, LESSON, AbsenceReason.ILL),
    CancelLesson(DAY, LESSON, CancellationReason.PROVIDER),
    HandInHomework(DAY, "huiswerk-1", "work"),
    AttendActivity(DAY, ACTIVITY),
    MissActivity(DAY, ACTIVITY, AbsenceReason.CHILDCARE),
    CancelActivity(DAY, ACTIVITY, CancellationReason.PANDEMIC),
    StartInternship(DAY, INTERNSHIP),
    LogInternshipHours(DAY, "stage-1", "2020-09-14", 240),
    EndInternship(LATER_DAY, "stage-1", EndReason.COMPLETED),
    RecordAssessment(DAY, "pilot-language", "2020", Moment.T0, (Score("speaking", 1), Score("reading", 0))),
    GiveOwnJudgement(LATER_DAY, Moment.T2, Answer.YES, Answer.YES, Answer.UNCLEAR),
    CorrectFact(LATER_DAY, UUID(int=3), LessonMissed(DAY, LESSON, AbsenceReason.ILL), "Was not there after all."),
    RetractFact(LATER_DAY, UUID(int=3), "Written down for the wrong person."),
    RecordTogether((InterruptTrajectory(DAY, InterruptionReason.CHILDBIRTH), ResumeTrajectory(LATER_DAY))),
)

COMMAND_SAMPLES: Mapping[type[Command], Command] = {type(command): command for command in _COMMANDS}
"""A sample of every command for one participant."""

_GROUP_COMMANDS: tuple[GroupCommand, ...] = (
    HoldGroupLesson(DAY, LESSON, (PERSON,), (Absent(SOMEBODY, AbsenceReason.ILL),)),
    HoldGroupActivity(DAY, ACTIVITY, (PERSON,), (Absent(SOMEBODY, AbsenceReason.ILL),)),
    CancelGroupLesson(DAY, LESSON, (PERSON, SOMEBODY), CancellationReason.WEATHER),
    CancelGroupActivity(DAY, ACTIVITY, (PERSON, SOMEBODY), CancellationReason.PANDEMIC),
    FormGroup(DAY, GROUP, (PERSON, SOMEBODY)),
)

GROUP_COMMAND_SAMPLES: Mapping[type[GroupCommand], GroupCommand] = {type(one): one for one in _GROUP_COMMANDS}
"""A sample of every command for many participants."""
