"""Which minutes count, for what, and of which municipality? One row for each fact in force that tells of time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zroute_core.domain.events import InternshipStarted, MovedToMunicipality
from zroute_core.domain.hours import spent
from zroute_core.domain.programme import Dated
from zroute_core.domain.values import Internship
from zroute_core.kernel.tables import Column, Kind, Table
from zroute_core.projections.on_record import OnRecord, Projection

TABLE = Table(
    "minutes",
    1,
    "Which minutes count, for what, and of which municipality? One row for each fact in force that tells of time, "
    "whole minutes as recorded: hours are rounded down once, after adding up.",
    ("event_id",),
    (
        Column("event_id", Kind.UUID, "The entry that told of it first; a correction keeps its id."),
        Column("day", Kind.DAY, "When it was so."),
        Column("municipality", Kind.TEXT, "CBS code of the municipality the participant was with on that day."),
        Column("component", Kind.TEXT, "What it was: `Component`."),
        Column("in_intake", Kind.BOOLEAN, "A lesson of the broad intake: in the exchange with DUO a total of its own."),
        Column("category", Kind.TEXT, "What it counts for by the participant's programme: `Category`."),
        Column("provider", Kind.TEXT, "Who gave it, or who arranged the internship.", nullable=True),
        Column("minutes", Kind.INTEGER, "Whole minutes."),
    ),
)


def rows(told: OnRecord) -> Iterator[tuple[Any, ...]]:
    """None when no opening is in force. A test holds the sums equal to those of `read_models.hours`."""
    if (opened := told.status.opened) is None:
        return
    moves = [(one.fact.on, one.fact.municipality) for one in told.facts if isinstance(one.fact, MovedToMunicipality)]
    stays = Dated(((opened.on, opened.municipality), *moves))
    internships: dict[str, Internship] = {}
    for one in told.facts:
        fact = one.fact
        if isinstance(fact, InternshipStarted):
            internships[fact.internship.key] = fact.internship
        elif time := spent(fact, internships):
            category = told.programme.category(time.component, time.in_intake)
            yield (
                one.event_id,
                fact.on,
                stays.on(fact.on),
                time.component.value,
                time.in_intake,
                category.value,
                time.provider,
                time.minutes,
            )


MINUTES = Projection(TABLE, rows)
