"""What was written down, when, by whom, and does it still count? One row for each entry of a history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zroute_core.domain.history import last_words, subjects
from zroute_core.kernel.tables import Column, Kind, Table
from zroute_core.projections.on_record import OnRecord, Projection
from zroute_core.read_models.timeline import day_told

TABLE = Table(
    "entries",
    1,
    "What was written down, when, by whom, and does it still count? One row for each entry of a history, the mistakes "
    "and their corrections included. What an entry tells stands in the log only.",
    ("version",),
    (
        Column("version", Kind.INTEGER, "1, 2, 3 ... in the history of the participant."),
        Column("event_id", Kind.UUID, "The id of the entry."),
        Column("tag", Kind.TEXT, "What kind of fact it is."),
        Column("schema_version", Kind.INTEGER, "In which version of that kind it was written."),
        Column("day", Kind.DAY, "The day it speaks of: of a correction that of what it says."),
        Column("recorded_at", Kind.MOMENT, "When it was written down."),
        Column("recorded_by", Kind.TEXT, "Who wrote it down: a reference that the organisation can resolve."),
        Column("purpose", Kind.TEXT, "What for."),
        Column("command_id", Kind.UUID, "Under which command."),
        Column("about", Kind.UUID, "The entry that told the fact it speaks about; of a fact itself its own id."),
        Column("in_force", Kind.BOOLEAN, "No for what was corrected or retracted later."),
    ),
)


def rows(told: OnRecord) -> Iterator[tuple[Any, ...]]:
    """One for each entry, also when no opening is in force."""
    about, standing = subjects(told.entries), last_words(told.entries)
    first = {entry.event_id: entry.event for entry in told.entries}
    for entry in told.entries:
        envelope, subject = entry.envelope, about[entry.event_id]
        yield (
            envelope.version,
            entry.event_id,
            envelope.tag,
            envelope.schema_version,
            day_told(entry.event, first.get(subject)),
            envelope.recorded_at,
            envelope.actor.id,
            envelope.actor.purpose,
            envelope.command_id,
            subject,
            entry.event_id in standing,
        )


ENTRIES = Projection(TABLE, rows)
