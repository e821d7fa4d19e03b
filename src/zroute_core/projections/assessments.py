"""Which scores are in force? One row for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zroute_core.domain.events import AssessmentRecorded
from zroute_core.kernel.tables import Column, Kind, Table
from zroute_core.projections.on_record import OnRecord, Projection

TABLE = Table(
    "assessments",
    1,
    "Which scores are in force? One row for each. Scores of two versions of an instrument are never compared.",
    ("event_id",),
    (
        Column("event_id", Kind.UUID, "The entry that told of it first; a correction keeps its id."),
        Column("day", Kind.DAY, "When it was measured."),
        Column("instrument", Kind.TEXT, "Measured with what."),
        Column("instrument_version", Kind.TEXT, "Which version of it."),
        Column("domain", Kind.TEXT, "Domain or skill."),
        Column("moment", Kind.TEXT, "Moment of measurement: `Moment`."),
        Column("score", Kind.INTEGER, "The score."),
        Column("lowest", Kind.INTEGER, "The lowest score of the scale."),
        Column("highest", Kind.INTEGER, "The highest score of the scale."),
    ),
)


def rows(told: OnRecord) -> Iterator[tuple[Any, ...]]:
    """None when no opening is in force."""
    if told.status.opened is None:
        return
    for one in told.facts:
        match one.fact:
            case AssessmentRecorded() as it:
                yield (
                    one.event_id,
                    it.on,
                    it.instrument,
                    it.version,
                    it.domain,
                    it.moment.value,
                    it.score,
                    it.lowest,
                    it.highest,
                )
            case _:
                pass


ASSESSMENTS = Projection(TABLE, rows)
