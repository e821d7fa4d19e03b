"""What happened, as a person reads it: in the order of the days, with who wrote it down and what was corrected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import assert_never
from uuid import UUID

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
from zroute_core.domain.history import last_words, subjects
from zroute_core.domain.values import Activity, Lesson
from zroute_core.errors import NotFound
from zroute_core.kernel.log import Recorded


@attrs.frozen
class TimelineLine:
    """One entry of the log, as a sentence."""

    on: date
    """The day it speaks of: a correction stands at the day of what it says."""
    recorded_at: datetime
    """When it was written down."""
    recorded_by: str
    sentence: str
    event_id: UUID
    in_force: bool
    """False for what was corrected or retracted later: it stays to be read, and counts no more."""


@attrs.frozen
class Timeline:
    """The answer."""

    lines: tuple[TimelineLine, ...]


def timeline(entries: Sequence[Recorded[Fact]], until: date) -> Timeline:
    """Every entry about a day up to and including `until`, by that day and then as recorded.

    Raises NotFound before the trajectory was opened.
    """
    told = {entry.event_id: entry.event for entry in entries}
    standing, subject = last_words(entries), subjects(entries)
    lines = [_line(entry, _day(entry.event, told.get(subject[entry.event_id])), standing) for entry in entries]
    known = sorted((line for line in lines if line.on <= until), key=lambda line: line.on)
    if not known:
        raise NotFound("the trajectory was not opened yet", field="participant")
    return Timeline(tuple(known))


def _day(event: Fact, told_first: Fact | None) -> date:
    """The day an entry speaks of: a correction of that of the new form, a retraction of that of the fact."""
    match event:
        case FactCorrected(replacement=form):
            return form.on
        case FactRetracted(on=on):
            return told_first.on if told_first else on
        case happened:
            return happened.on


def _line(entry: Recorded[Fact], on: date, standing: frozenset[UUID]) -> TimelineLine:
    return TimelineLine(
        on=on,
        recorded_at=entry.recorded_at,
        recorded_by=entry.envelope.actor.id,
        sentence=tell(entry.event),
        event_id=entry.event_id,
        in_force=entry.event_id in standing,
    )


def tell(fact: Fact) -> str:
    """The fact as one sentence."""
    match fact:
        case TrajectoryOpened():
            return f"Trajectory opened by municipality {fact.municipality} ({_words(fact.target_group.value)})."
        case IntakeHeld():
            return f"Broad intake held: {_list(part.value for part in fact.parts)}; {len(fact.goals)} learning goals."
        case TrajectoryInterrupted():
            return f"Trajectory interrupted: {_words(fact.reason.value)}."
        case TrajectoryResumed():
            return "Trajectory resumed."
        case TrajectoryEnded():
            return f"Trajectory ended: {_words(fact.reason.value)}."
        case PlanAdopted():
            return f"Plan adopted: {_list(one.component.value for one in fact.components)}."
        case PlanRevised():
            return f"Plan revised: {fact.reason}"
        case AgreementReviewed():
            return f"Agreement {fact.agreement} {'was kept' if fact.kept else 'was not kept'}."
        case GuideAssigned():
            return f"Fixed contact from now on: {fact.guide.role} {fact.guide.key}."
        case GuideReleased():
            return f"No longer the fixed contact: {fact.guide}."
        case LanguageBuddyMatched():
            return f"Matched with language buddy {fact.buddy}."
        case LanguageBuddyLeft():
            return f"The match with language buddy {fact.buddy} ended: {_words(fact.reason.value)}."
        case GroupFormed():
            return f"Group {fact.group.key} ({fact.group.level}) formed with {fact.size} participants."
        case GroupJoined():
            return f"Joined group {fact.group.key} ({fact.group.level}), now {fact.size} participants."
        case GroupLeft():
            return f"Left group {fact.group}: {_words(fact.reason.value)}."
        case LessonAttended():
            return f"Followed {_what(fact.lesson)}."
        case LessonMissed():
            return f"Missed {_what(fact.lesson)}: {_words(fact.reason.value)}."
        case LessonCancelled():
            return f"Cancelled {_what(fact.lesson)}: {_words(fact.reason.value)}."
        case HomeworkHandedIn():
            return f"Handed in homework {fact.homework}."
        case ActivityAttended():
            return f"Took part in {_what(fact.activity)}."
        case ActivityMissed():
            return f"Missed {_what(fact.activity)}: {_words(fact.reason.value)}."
        case ActivityCancelled():
            return f"Cancelled {_what(fact.activity)}: {_words(fact.reason.value)}."
        case InternshipStarted():
            kind = _words(fact.internship.component.value)
            return f"{kind.capitalize()} {fact.internship.key} started at {fact.internship.host}."
        case InternshipHoursLogged():
            return f"Worked {fact.minutes} minutes at internship {fact.internship}."
        case InternshipEnded():
            return f"Internship {fact.internship} ended: {_words(fact.reason.value)}."
        case CoachingHeld():
            return f"Coaching talk of {fact.minutes} minutes with {fact.coach}, {_words(fact.modality.value)}."
        case AssessmentRecorded():
            scale = f"{fact.lowest}-{fact.highest}"
            return (
                f"Measured {_words(fact.domain)} at {fact.moment.value}: {fact.score} on {scale} ({fact.instrument})."
            )
        case OwnJudgementGiven():
            return (
                f"Says at {fact.moment.value}: understands more: {fact.understands_more.value}, "
                f"content: {fact.content.value}, wants to go on: {fact.wants_to_go_on.value}."
            )
        case FactCorrected():
            return f"Correction: {tell(fact.replacement)} Reason: {fact.reason}"
        case FactRetracted():
            return f"Retraction of an earlier entry. Reason: {fact.reason}"
        case _:
            assert_never(fact)


def _what(it: Lesson | Activity) -> str:
    what = f"{_words(it.component.value)}{' lesson' if isinstance(it, Lesson) else ''}"
    theme = f" about {it.theme}" if it.theme else ""
    tolk = ", with an interpreter" if isinstance(it, Activity) and it.interpreter else ""
    return f"{what}{theme}, {it.minutes} minutes, {_words(it.modality.value)}, {it.provider}{tolk}"


def _words(value: str) -> str:
    return value.replace("-", " ")


def _list(values: Iterable[str]) -> str:
    return ", ".join(_words(value) for value in values)
