"""Participation activities and internships."""

from __future__ import annotations

from datetime import date
from typing import TypeAlias, assert_never

import attrs

from zroute_core.checking import checked
from zroute_core.domain.events import (
    ActivityAttended,
    ActivityCancelled,
    ActivityMissed,
    Happened,
    InternshipEnded,
    InternshipHoursLogged,
    InternshipStarted,
)
from zroute_core.domain.values import (
    AbsenceReason,
    Activity,
    CancellationReason,
    EndReason,
    Internship,
    Key,
    Minutes,
)


@attrs.frozen(field_transformer=checked)
class AttendActivity:
    """Record that the participant took part in an activity."""

    on: date
    activity: Activity


@attrs.frozen(field_transformer=checked)
class MissActivity:
    """Record that the participant was not there."""

    on: date
    activity: Activity
    reason: AbsenceReason


@attrs.frozen(field_transformer=checked)
class CancelActivity:
    """Record that the activity did not take place."""

    on: date
    activity: Activity
    reason: CancellationReason


@attrs.frozen(field_transformer=checked)
class StartInternship:
    """Begin an internship (stage) or language internship (taalstage)."""

    on: date
    internship: Internship


@attrs.frozen(field_transformer=checked)
class LogInternshipHours:
    """Record the minutes worked at the internship on one day."""

    on: date
    internship: Key
    log: Key
    minutes: Minutes


@attrs.frozen(field_transformer=checked)
class EndInternship:
    """End the internship."""

    on: date
    internship: Key
    reason: EndReason


ParticipationCommand: TypeAlias = (
    AttendActivity | MissActivity | CancelActivity | StartInternship | LogInternshipHours | EndInternship
)


def propose_participation(command: ParticipationCommand) -> tuple[Happened, ...]:
    match command:
        case AttendActivity(on, activity):
            return (ActivityAttended(on, activity),)
        case MissActivity(on, activity, reason):
            return (ActivityMissed(on, activity, reason),)
        case CancelActivity(on, activity, reason):
            return (ActivityCancelled(on, activity, reason),)
        case StartInternship(on, internship):
            return (InternshipStarted(on, internship),)
        case LogInternshipHours(on, key, log, minutes):
            return (InternshipHoursLogged(on, key, log, minutes),)
        case EndInternship(on, key, reason):
            return (InternshipEnded(on, key, reason),)
        case _:
            assert_never(command)
