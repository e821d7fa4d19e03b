"""What a fact adds to somebody's hours: how many whole minutes, on which component, with whom.

Every view that counts minutes asks here, so that a minute counts the same everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

import attrs

from zroute_core.domain.events import (
    ActivityAttended,
    ActivityCancelled,
    ActivityMissed,
    AgreementReviewed,
    AssessmentRecorded,
    CertificateHandedOut,
    CoachingHeld,
    CourseOffered,
    DispensationGranted,
    DutyEnded,
    DutyNotified,
    ExamTaken,
    ExemptionGranted,
    ExemptionWithdrawn,
    Fact,
    FactCorrected,
    FactRetracted,
    FinalInterviewHeld,
    FinancialReliefEnded,
    FinancialReliefStarted,
    GroupFormed,
    GroupJoined,
    GroupLeft,
    GuideAssigned,
    GuideReleased,
    Happened,
    HomeworkHandedIn,
    IntakeCallMissed,
    IntakeHeld,
    InternshipEnded,
    InternshipHoursLogged,
    InternshipStarted,
    LanguageBuddyLeft,
    LanguageBuddyMatched,
    LearningAbilityTested,
    LearningAbilityTestWaived,
    LessonAttended,
    LessonCancelled,
    LessonMissed,
    MapHoursLogged,
    MapInterviewHeld,
    MapThemeCovered,
    MovedToMunicipality,
    OutsideInformationReceived,
    OwnJudgementGiven,
    ParticipationDeclarationSigned,
    PipAnnulled,
    PipDecided,
    PipRestored,
    PipRevoked,
    PlanAdopted,
    PlanRevised,
    ProgressInterviewHeld,
    PvtSessionAttended,
    RouteCompleted,
    RuleOverridden,
    SanctionProposed,
    SocialGuidanceEnded,
    SocialGuidanceStarted,
    TargetGroupChanged,
    TermExtended,
    TermExtensionRefused,
    TrajectoryEnded,
    TrajectoryInterrupted,
    TrajectoryOpened,
    TrajectoryResumed,
)
from zroute_core.domain.values import Component, Internship


@attrs.frozen
class Spent:
    """Time that somebody spent."""

    component: Component
    provider: str | None
    """Who gave it: the provider, the coach, or who arranged the internship."""
    minutes: int
    in_intake: bool = False
    """A lesson of the broad intake."""


def minutes_of(fact: Fact) -> int:
    """The whole minutes a fact tells of; 0 when it tells of none."""
    time = None if isinstance(fact, FactCorrected | FactRetracted) else spent(fact, {})
    return 0 if time is None else time.minutes


def spent(fact: Happened, internships: Mapping[str, Internship]) -> Spent | None:
    """The time a fact tells of, given the internships that began before it; None when it tells of none."""
    match fact:
        case LessonAttended(lesson=it):
            return Spent(it.component, it.provider, it.minutes, it.in_intake)
        case ActivityAttended(activity=it):
            return Spent(it.component, it.provider, it.minutes)
        case PvtSessionAttended(minutes=minutes):
            return Spent(Component.PVT, None, minutes)
        case MapHoursLogged(minutes=minutes):
            return Spent(Component.MAP, None, minutes)
        case CoachingHeld(coach=coach, minutes=minutes):
            return Spent(Component.COACHING, coach, minutes)
        case InternshipHoursLogged(internship=key, minutes=minutes):
            at = internships.get(key)
            # Hours at an internship that nobody recorded are hours all the same.
            return Spent(at.component if at else Component.WORK_INTERNSHIP, at.arranged_by if at else None, minutes)
        case (
            TrajectoryOpened()
            | IntakeHeld()
            | TrajectoryInterrupted()
            | TrajectoryResumed()
            | TrajectoryEnded()
            | PlanAdopted()
            | PlanRevised()
            | AgreementReviewed()
            | GuideAssigned()
            | GuideReleased()
            | LanguageBuddyMatched()
            | LanguageBuddyLeft()
            | GroupFormed()
            | GroupJoined()
            | GroupLeft()
            | LessonMissed()
            | LessonCancelled()
            | HomeworkHandedIn()
            | ActivityMissed()
            | ActivityCancelled()
            | InternshipStarted()
            | InternshipEnded()
            | AssessmentRecorded()
            | OwnJudgementGiven()
            | DutyNotified()
            | TargetGroupChanged()
            | MovedToMunicipality()
            | ExemptionGranted()
            | ExemptionWithdrawn()
            | DispensationGranted()
            | DutyEnded()
            | IntakeCallMissed()
            | LearningAbilityTested()
            | LearningAbilityTestWaived()
            | OutsideInformationReceived()
            | PipDecided()
            | PipRevoked()
            | PipAnnulled()
            | PipRestored()
            | TermExtended()
            | TermExtensionRefused()
            | ParticipationDeclarationSigned()
            | MapThemeCovered()
            | MapInterviewHeld()
            | ExamTaken()
            | ProgressInterviewHeld()
            | FinalInterviewHeld()
            | RouteCompleted()
            | CertificateHandedOut()
            | CourseOffered()
            | SocialGuidanceStarted()
            | SocialGuidanceEnded()
            | FinancialReliefStarted()
            | FinancialReliefEnded()
            | SanctionProposed()
            | RuleOverridden()
        ):
            return None
        case _:
            assert_never(fact)
