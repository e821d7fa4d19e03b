"""Commands, and the facts that follow from them: a file for each subject, and `deciding` for the way they go."""

from zroute_core.domain.decisions.corrections import CorrectFact, RetractFact
from zroute_core.domain.decisions.deciding import (
    Command,
    Decision,
    OneCommand,
    RecordTogether,
    decide,
    judge,
    new_facts,
    propose,
)
from zroute_core.domain.decisions.guidance import (
    AssignGuide,
    EndLanguageBuddyMatch,
    HoldCoaching,
    JoinGroup,
    LeaveGroup,
    MatchLanguageBuddy,
    ReleaseGuide,
)
from zroute_core.domain.decisions.lessons import AttendLesson, CancelLesson, HandInHomework, MissLesson
from zroute_core.domain.decisions.lifecycle import (
    EndTrajectory,
    HoldIntake,
    InterruptTrajectory,
    OpenTrajectory,
    ResumeTrajectory,
)
from zroute_core.domain.decisions.measurements import GiveOwnJudgement, RecordAssessment
from zroute_core.domain.decisions.participation import (
    AttendActivity,
    CancelActivity,
    EndInternship,
    LogInternshipHours,
    MissActivity,
    StartInternship,
)
from zroute_core.domain.decisions.plans import AdoptPlan, ReviewAgreement, RevisePlan
from zroute_core.domain.decisions.together import (
    Absent,
    CancelGroupActivity,
    CancelGroupLesson,
    FormGroup,
    GroupCommand,
    HoldGroupActivity,
    HoldGroupLesson,
)

__all__ = [
    "Absent",
    "AdoptPlan",
    "AssignGuide",
    "AttendActivity",
    "AttendLesson",
    "CancelActivity",
    "CancelGroupActivity",
    "CancelGroupLesson",
    "CancelLesson",
    "Command",
    "CorrectFact",
    "Decision",
    "EndInternship",
    "EndLanguageBuddyMatch",
    "EndTrajectory",
    "FormGroup",
    "GiveOwnJudgement",
    "GroupCommand",
    "HandInHomework",
    "HoldCoaching",
    "HoldGroupActivity",
    "HoldGroupLesson",
    "HoldIntake",
    "InterruptTrajectory",
    "JoinGroup",
    "LeaveGroup",
    "LogInternshipHours",
    "MatchLanguageBuddy",
    "MissActivity",
    "MissLesson",
    "OneCommand",
    "OpenTrajectory",
    "RecordAssessment",
    "RecordTogether",
    "ReleaseGuide",
    "ResumeTrajectory",
    "RetractFact",
    "ReviewAgreement",
    "RevisePlan",
    "StartInternship",
    "decide",
    "judge",
    "new_facts",
    "propose",
]
