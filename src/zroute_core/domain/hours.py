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
    CoachingHeld,
    Fact,
    FactCorrected,
    FactRetracted,
    GroupFormed,
    GroupJoined,
    GroupLeft,
    GuideAssigned,
    GuideReleased,
    Happened,
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
from zroute_core.domain.values import Component, Internship


@attrs.frozen
class Spent:
    """Time that somebody spent."""

    component: Component
    provider: str | None
    """Who gave it: the provider, the coach, or who arranged the internship."""
    minutes: int


def minutes_of(fact: Fact) -> int:
    """The whole minutes a fact tells of; 0 when it tells of none."""
    time = None if isinstance(fact, FactCorrected | FactRetracted) else spent(fact, {})
    return 0 if time is None else time.minutes


def spent(fact: Happened, internships: Mapping[str, Internship]) -> Spent | None:
    """The time a fact tells of, given the internships that began before it; None when it tells of none."""
    match fact:
        case LessonAttended(lesson=it) | ActivityAttended(activity=it):
            return Spent(it.component, it.provider, it.minutes)
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
        ):
            return None
        case _:
            assert_never(fact)
