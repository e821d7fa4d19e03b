"""What happened, as a person reads it: in the order of the days, with who wrote it down and what was corrected."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import attrs

from zroute_core.domain.events import Fact, FactCorrected, FactRetracted
from zroute_core.domain.history import last_words, subjects
from zroute_core.errors import NotFound
from zroute_core.kernel.log import Recorded
from zroute_core.read_models.telling import tell


@attrs.frozen
class TimelineLine:
    """One entry of the log, as a sentence."""

    on: date
    """The day it speaks of: a correction stands at the day of what it says."""
    recorded_at: datetime
    """When it was written down."""
    recorded_by: str
    sentence: str = attrs.field(repr=False)
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
    lines = [_line(entry, day_told(entry.event, told.get(subject[entry.event_id])), standing) for entry in entries]
    known = sorted((line for line in lines if line.on <= until), key=lambda line: line.on)
    if not known:
        raise NotFound("the trajectory was not opened yet", field="participant")
    return Timeline(tuple(known))


def day_told(event: Fact, told_first: Fact | None) -> date:
    """The day an entry speaks of: a correction of that of the new form, a retraction of that of the fact it is about.

    `told_first` is the entry that told of the fact first, where it is at hand.
    """
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
