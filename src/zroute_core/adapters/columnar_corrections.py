"""Which entries count, worked out over the columns: corrections are few, so only what is spoken about is looked at.

The table has a row for each correction and retraction, and for each entry that one of them names. What it says of them
comes from `domain.history.effective`, which is asked about exactly these entries: an entry that nobody speaks about
counts as it stands, and what the others say is all that decides.
"""

# pyright: reportUnknownMemberType=false
# The types of Polars speak of numpy, which is not needed and so not there.

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from uuid import UUID

import attrs
import polars as pl

from zroute_core.adapters.columnar_rows import read
from zroute_core.domain.events import Fact, FactCorrected, FactRetracted, TrajectoryResumed
from zroute_core.domain.history import effective

SCHEMA = {
    "who": pl.Int64(),
    "version": pl.Int32(),
    "recorded_at": pl.Datetime("us", "UTC"),
    "about": pl.Int32(),
    "retracts": pl.Boolean(),
    "counts": pl.Boolean(),
    "told": pl.Int32(),
}
"""`about` is the version of the entry that this one names: none for a fact, 0 when there is no such entry. `counts`
says whether the entry is the form in which its fact is in force, and `told` is the version that told of that fact
first: facts of one day stand in that order."""

KEY = ["who", "version"]


def nothing_corrected() -> pl.DataFrame:
    return pl.DataFrame(schema=SCHEMA)


def followed_by(table: pl.DataFrame, new: pl.DataFrame, entries: pl.LazyFrame) -> pl.DataFrame:
    """The table after new corrections (rows of the log), given all entries up to them."""
    names = new.select("who", event_id="about").unique()
    named = read(
        entries.join(names.lazy(), on=["who", "event_id"], how="semi").select(
            "who", "version", "event_id", "recorded_at", "about"
        )
    )
    versions = named.select("who", pl.col("event_id").alias("about"), pl.col("version").alias("named"))
    spoken = new.join(versions, on=["who", "about"], how="left").select(
        "who",
        "version",
        "recorded_at",
        about=pl.col("named").fill_null(0),
        retracts=pl.col("fact").is_null(),
    )
    facts = named.filter(pl.col("about").is_null()).select(
        "who", "version", "recorded_at", about=pl.lit(None, pl.Int32), retracts=pl.lit(None, pl.Boolean)
    )
    known = table.select(spoken.columns)
    whole = pl.concat([known, spoken, facts]).unique(KEY, keep="first").sort(KEY)
    touched = new.select("who").unique()
    settled = table.join(touched, on="who", how="anti")
    return pl.concat([settled, decided(whole.join(touched, on="who", how="semi"))]).sort(KEY)


def decided(entries: pl.DataFrame) -> pl.DataFrame:
    """What counts of these entries, and which fact it tells of. Those of each participant must be complete."""
    rows = entries.select("who", "version", "about", "retracts").sort(KEY).rows()
    of_each = (_decided([row[1:] for row in group]) for _, group in groupby(rows, itemgetter(0)))
    found = [one for some in of_each for one in some]
    return (
        entries.select("who", "version", "recorded_at", "about", "retracts")
        .sort(KEY)
        .with_columns(
            pl.Series("counts", [counts for counts, _ in found], pl.Boolean),
            pl.Series("told", [told for _, told in found], pl.Int32),
        )
    )


def _decided(entries: Sequence[tuple[int, int | None, bool | None]]) -> Iterator[tuple[bool, int]]:
    in_force = {
        (one.corrected_by or one.event_id).int: one.event_id.int
        for one in effective(_Entry(_id(version), _event(about, retracts)) for version, about, retracts in entries)
    }
    return ((version in in_force, in_force.get(version, version)) for version, _, _ in entries)


@attrs.frozen
class _Entry:
    """An entry by its version: what else it says decides nothing."""

    event_id: UUID
    event: Fact


_DAY = date(2000, 1, 1)
_SOMETHING = TrajectoryResumed(_DAY)
_NOBODY = 2**100
"""No entry has this version."""


@lru_cache(4096)
def _id(version: int) -> UUID:
    return UUID(int=version or _NOBODY)


@lru_cache(4096)
def _event(about: int | None, retracts: bool | None) -> Fact:
    if about is None:
        return _SOMETHING
    return FactRetracted(_DAY, _id(about), "-") if retracts else FactCorrected(_DAY, _id(about), _SOMETHING, "-")


def as_known(table: pl.DataFrame, known_at: datetime) -> pl.DataFrame:
    """The table as it was at a moment: what was recorded later decides nothing."""
    return decided(table.filter(pl.col("recorded_at") <= known_at))
