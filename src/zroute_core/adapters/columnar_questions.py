"""Questions about everybody together, answered from columns: exact to the fact, as the read models answer them.

Whole numbers are added up in the columns, and nothing is divided there; what is a fraction becomes one at the end.
"""

# pyright: reportUnknownMemberType=false
# The types of Polars speak of numpy, which is not needed and so not there.

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import TypeVar, cast

import attrs
import polars as pl

from zroute_core.adapters import columnar_corrections as corrections
from zroute_core.adapters.columnar_files import corrected, manifest_of, scanned
from zroute_core.adapters.columnar_rows import name_of, read
from zroute_core.domain.events import (
    AssessmentRecorded,
    Happened,
    InternshipStarted,
    MovedToMunicipality,
    OwnJudgementGiven,
    TrajectoryEnded,
    TrajectoryOpened,
)
from zroute_core.domain.values import Answer, Component, EndReason, Moment
from zroute_core.errors import InvalidChoice
from zroute_core.histories import a_day, check_moment
from zroute_core.read_models.cohort import NOBODY, Cohort, Gathered, Place, Sums
from zroute_core.read_models.cohort import cohort as table_of

E = TypeVar("E", bound=Enum)

ENTRY = ["who", "version"]

IN_ORDER = ["on", "told"]
"""The facts of one person as they happened; those of one day in the order in which they were told first."""


class Facts:
    """The facts in force, as known at a moment and valid on a day. Raises StoreError where there are no columns."""

    def __init__(self, folder: Path, known_at: datetime | None, valid_on: date | None) -> None:
        if known_at is not None:
            check_moment(known_at)
        self._day = a_day(valid_on, "valid_on")
        manifest = manifest_of(folder)
        entries, table = scanned(folder, manifest), corrected(folder, manifest)
        if known_at is not None:
            entries = entries.filter(pl.col("recorded_at") <= known_at)
            table = corrections.as_known(table, known_at)
        self._entries, self._table = entries, table

    def where(self, wanted: pl.Expr, *, in_order: bool = True) -> pl.LazyFrame:
        """Those that are wanted, a row each; `in_order` with `told`, the version that told of it first."""
        facts = self._entries.filter(pl.col("fact").is_not_null(), wanted)
        if self._day is not None:
            facts = facts.filter(pl.col("on") <= self._day)
        if not self._table.is_empty():
            away = self._table.filter(~pl.col("counts")).select(ENTRY)
            facts = facts.join(away.lazy(), on=ENTRY, how="anti")
        if not in_order:
            return facts
        forms = self._table.filter(pl.col("counts")).select(*ENTRY, "told")
        return facts.join(forms.lazy(), on=ENTRY, how="left").with_columns(told=pl.coalesce("told", "version"))

    def of(self, *kinds: type[Happened]) -> pl.LazyFrame:
        """Those of these kinds."""
        return self.where(pl.col("fact").is_in([name_of(one) for one in kinds]))


# ── minutes ──────────────────────────────────────────────────────────────────────────────────────────────────


class Period(Enum):
    """How long a stretch of time is added up."""

    WHOLE = "whole"
    YEAR = "year"
    MONTH = "month"


PERIODS: Mapping[Period, pl.Expr] = {
    Period.WHOLE: pl.lit(None, pl.Date),
    Period.YEAR: pl.col("on").dt.truncate("1y"),
    Period.MONTH: pl.col("on").dt.truncate("1mo"),
}


@attrs.frozen
class Minutes:
    """A sum of minutes."""

    municipality: str
    """With which the participants were on the day."""
    component: Component
    in_intake: bool
    """Lessons of the broad intake: whether they count is for a programme to say."""
    period: date | None
    """The first day of the year or the month; None for all time together."""
    minutes: int


SPENT = ["municipality", "component", "in_intake", "period"]


def minutes_by(facts: Facts, period: Period) -> tuple[Minutes, ...]:
    """As `columnar.minutes_by` says."""
    if not isinstance(cast("object", period), Period):
        raise InvalidChoice("must be a Period", field="period")
    places = read(facts.of(TrajectoryOpened, MovedToMunicipality).select("who", "fact", "municipality", *IN_ORDER))
    opened = _those(places, TrajectoryOpened).sort(IN_ORDER).unique("who", keep="first", maintain_order=True)
    moved = _those(places, MovedToMunicipality)
    stayed = opened.join(moved, on="who", how="anti").select("who", "municipality")
    theirs = _spent(facts, pl.lit(True)).join(stayed.lazy(), on="who").with_columns(PERIODS[period].alias("period"))
    sums = [read(theirs.group_by(SPENT).agg(pl.col("minutes").sum().cast(pl.Int64)))]
    if moved.height:
        of_movers = read(_spent(facts, pl.col("who").is_in(moved["who"].unique().to_list())))
        sums.append(_of_movers(of_movers, opened, moved, PERIODS[period]))
    lines = pl.concat([one.select(*SPENT, "minutes") for one in sums]).group_by(SPENT).agg(pl.col("minutes").sum())
    return tuple(
        Minutes(municipality, Component(component), in_intake, first, minutes)
        for municipality, component, in_intake, first, minutes in lines.sort(SPENT).rows()
    )


def _spent(facts: Facts, whose: pl.Expr) -> pl.LazyFrame:
    """Who spent how many minutes on what, and when. Hours at an internship take their component from its start."""
    timed, at_internship = pl.col("minutes").is_not_null() & whose, pl.col("internship").is_not_null()
    columns = ["who", "on", "component", "in_intake", "minutes"]
    at_work = read(facts.where(timed & at_internship).select(*columns, "internship", "told"))
    elsewhere = facts.where(timed & ~at_internship, in_order=False).select(columns)
    if at_work.is_empty():
        return elsewhere
    starts = read(facts.of(InternshipStarted).select("who", "internship", "component", *IN_ORDER))
    begun = _last_before(at_work.drop("component"), starts, "component", by=["who", "internship"])
    # Hours at an internship that nobody recorded are hours all the same: see domain.hours.
    known = begun.with_columns(pl.col("component").fill_null(Component.WORK_INTERNSHIP.value))
    return pl.concat([elsewhere, known.select(columns).lazy()])


def _of_movers(spent: pl.DataFrame, opened: pl.DataFrame, moved: pl.DataFrame, period: pl.Expr) -> pl.DataFrame:
    """From the day of a move on a minute belongs to the new municipality, whatever was told first."""
    by_day = spent.with_columns(told=pl.lit(LAST_OF_DAY, pl.Int32))
    placed = _last_before(by_day, moved, "municipality", by=["who"])
    first = opened.select("who", first="municipality")
    return (
        placed.join(first, on="who")
        .with_columns(
            municipality=pl.coalesce("municipality", "first"), period=period, minutes=pl.col("minutes").cast(pl.Int64)
        )
        .select(*SPENT, "minutes")
    )


LAST_OF_DAY = 2**31 - 1


def _last_before(rows: pl.DataFrame, steps: pl.DataFrame, value: str, by: list[str]) -> pl.DataFrame:
    """Each row with the value of the last step before it, None where there is none."""
    at = (pl.col("on").cast(pl.Int64) * 2**32 + pl.col("told")).alias("at")
    return (
        rows.with_columns(at)
        .sort("at")
        .join_asof(steps.select(*by, value, at).sort("at"), on="at", by=by, strategy="backward", check_sortedness=False)
    )


def _those(frame: pl.DataFrame, kind: type[Happened]) -> pl.DataFrame:
    return frame.filter(pl.col("fact") == name_of(kind))


# ── the cohort ───────────────────────────────────────────────────────────────────────────────────────────────

MEASURED_WITH = ["instrument", "instrument_version"]


def cohort(facts: Facts, first: Moment, last: Moment) -> Cohort:
    """As `columnar.cohort` says."""
    if not all(isinstance(cast("object", one), Moment) for one in (first, last)):
        raise InvalidChoice("must be a Moment", field="first")
    asked = facts.of(TrajectoryOpened, TrajectoryEnded, OwnJudgementGiven, AssessmentRecorded)
    told = read(
        asked.select(
            "who",
            "fact",
            "municipality",
            "reason",
            "understands_more",
            "content",
            "wants_to_go_on",
            *MEASURED_WITH,
            "domain",
            "moment",
            "score",
            *IN_ORDER,
        )
    ).sort(IN_ORDER)
    people = _last(_those(told, TrajectoryOpened), "who").select("who", "municipality")
    ended = _last(_those(told, TrajectoryEnded), "who").join(people, on="who", how="semi")
    said = _last(_those(told, OwnJudgementGiven), "who").join(people, on="who", how="semi")
    return table_of(
        Gathered(
            first=first,
            last=last,
            participants=people.height,
            by_municipality={str(code): number for code, number in _counts(people, "municipality")},
            ended=_counted(ended, "reason", EndReason),
            sums=_sums(_those(told, AssessmentRecorded), people, first, last),
            understands_more=_counted(said, "understands_more", Answer),
            content=_counted(said, "content", Answer),
            wants_to_go_on=_counted(said, "wants_to_go_on", Answer),
        )
    )


def _sums(scores: pl.DataFrame, people: pl.DataFrame, first: Moment, last: Moment) -> Mapping[Place, Sums]:
    """The sums of which the read model makes its means: of a person the mean over the domains, of a group the sum."""
    what = ["who", *MEASURED_WITH, "domain"]
    standing = _last(scores, *what, "moment").with_columns(pl.col("score").cast(pl.Int64))
    begin, end = (standing.filter(pl.col("moment") == one.value) for one in (first, last))
    pairs = (
        begin.select(*what, start="score")
        .join(end.select(*what, end="score"), on=what)
        .join(people, on="who")
        .with_columns(over=pl.lit(1, pl.Int64))
    )
    both = [pl.col("start").sum(), pl.col("end").sum()]
    persons = pairs.group_by("who", "municipality", *MEASURED_WITH).agg(
        *both, over=pl.len().cast(pl.Int64), domain=pl.lit(None, pl.String)
    )
    columns = [*MEASURED_WITH, "municipality", "domain", "over"]
    each = pl.concat([one.select(*columns, "start", "end") for one in (pairs, persons)])
    together = each.with_columns(municipality=pl.lit(None, pl.String))
    added = pl.concat([each, together]).group_by(columns).agg(pl.len(), *both)
    sums: dict[Place, Sums] = {}
    for instrument, version, municipality, domain, over, number, start, finish in added.rows():
        place = (instrument, version, municipality, domain)
        n, starts, ends = sums.get(place, NOBODY)
        sums[place] = (n + number, starts + Fraction(start, over), ends + Fraction(finish, over))
    return sums


def _last(frame: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """Of the same thing told twice, the last word. The frame stands in order."""
    return frame.unique(keys, keep="last", maintain_order=True)


def _counts(frame: pl.DataFrame, column: str) -> list[tuple[str, int]]:
    return [(value, number) for value, number in frame.group_by(column).agg(pl.len()).rows()]


def _counted(frame: pl.DataFrame, column: str, kind: type[E]) -> Mapping[E, int]:
    return {kind(value): number for value, number in _counts(frame, column)}
