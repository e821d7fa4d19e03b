"""A row of the columnar side path: an entry of the log, with as much of its fact as questions about cohorts need.

What is not asked of everybody together is left out, and so are all texts that people typed: reasons and notes, goals,
plans, providers, coaches, why somebody was absent, what a guide is called. What stays are minutes, municipalities, how
a trajectory ended, scores, and what people said they think of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from zroute_core.domain.events import (
    AssessmentRecorded,
    Fact,
    FactCorrected,
    FactRetracted,
    Happened,
    InternshipHoursLogged,
    InternshipStarted,
    MovedToMunicipality,
    OwnJudgementGiven,
    TrajectoryEnded,
    TrajectoryOpened,
)
from zroute_core.domain.hours import spent
from zroute_core.errors import StoreError
from zroute_core.kernel.log import Logged

ENVELOPE = {
    "position": pl.Int64(),
    "who": pl.Int64(),
    "participant": pl.String(),
    "version": pl.Int32(),
    "event_id": pl.String(),
    "tag": pl.String(),
    "schema_version": pl.Int16(),
    "recorded_at": pl.Datetime("us", "UTC"),
    "actor": pl.String(),
    "purpose": pl.String(),
    "command_id": pl.String(),
    "leaf": pl.Binary(),
}
"""The entry. `who` is the position of the participant's first entry: the same person by a number."""

TOLD = {
    "fact": pl.String(),
    "about": pl.String(),
    "on": pl.Date(),
}
"""Which kind of fact the entry tells of, and its day: of a correction the kind and the day of its new form, of a
retraction none and its own. `about` is the event id that a correction or a retraction names."""

DETAILS = {
    "municipality": pl.String(),
    "component": pl.String(),
    "minutes": pl.Int16(),
    "in_intake": pl.Boolean(),
    "internship": pl.String(),
    "reason": pl.String(),
    "instrument": pl.String(),
    "instrument_version": pl.String(),
    "domain": pl.String(),
    "moment": pl.String(),
    "score": pl.Int16(),
    "understands_more": pl.String(),
    "content": pl.String(),
    "wants_to_go_on": pl.String(),
}
"""What the fact says, where it says it. `reason` is why a trajectory ended. The component of hours at an internship
stands at the start of that internship."""

SCHEMA = {**ENVELOPE, **TOLD, **DETAILS}

NOTHING = (None,) * len(DETAILS)


def name_of(kind: type[Fact]) -> str:
    """What a kind of fact is called in the column `fact`."""
    return kind.tag.partition("/")[0]


def row_of(logged: Logged, who: int, leaf: bytes, fact: Fact) -> tuple[Any, ...]:
    """One row, in the order of SCHEMA."""
    one = logged.envelope
    return (
        logged.position,
        who,
        str(one.stream),
        one.version,
        str(one.event_id),
        one.tag,
        one.schema_version,
        one.recorded_at,
        one.actor.id,
        one.actor.purpose,
        str(one.command_id),
        leaf,
        *_told(fact),
    )


def frame_of(rows: Sequence[tuple[Any, ...]]) -> pl.DataFrame:
    """Rows as columns."""
    columns: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [()] * len(SCHEMA)
    return pl.DataFrame(
        [pl.Series(name, values, kind) for (name, kind), values in zip(SCHEMA.items(), columns, strict=True)]
    )


def read(frame: pl.LazyFrame) -> pl.DataFrame:
    """What was asked for. Raises StoreError when the files do not give it."""
    try:
        return frame.collect(engine="streaming")
    except (OSError, pl.exceptions.PolarsError):
        pass
    raise StoreError("the files of these columns cannot be read: check them, or throw the folder away and make it anew")


def _told(fact: Fact) -> tuple[Any, ...]:
    match fact:
        case FactRetracted(on=on, fact=about):
            return (None, str(about), on, *NOTHING)
        case FactCorrected(fact=about, replacement=form):
            return (name_of(type(form)), str(about), form.on, *_details(form))
        case happened:
            return (name_of(type(happened)), None, happened.on, *_details(happened))


def _details(fact: Happened) -> tuple[Any, ...]:
    said: dict[str, Any]
    match fact:
        case TrajectoryOpened(municipality=code) | MovedToMunicipality(municipality=code):
            said = {"municipality": code}
        case TrajectoryEnded(reason=reason):
            said = {"reason": reason.value}
        case InternshipStarted(internship=it):
            said = {"internship": it.key, "component": it.component.value}
        case InternshipHoursLogged(internship=key, minutes=minutes):
            said = {"internship": key, "minutes": minutes, "in_intake": False}
        case AssessmentRecorded():
            said = {
                "instrument": fact.instrument,
                "instrument_version": fact.version,
                "domain": fact.domain,
                "moment": fact.moment.value,
                "score": fact.score,
            }
        case OwnJudgementGiven():
            said = {
                "understands_more": fact.understands_more.value,
                "content": fact.content.value,
                "wants_to_go_on": fact.wants_to_go_on.value,
            }
        case _:
            time = spent(fact, {})
            if time is None:
                return NOTHING
            said = {"component": time.component.value, "minutes": time.minutes, "in_intake": time.in_intake}
    return tuple(map(said.get, DETAILS))
