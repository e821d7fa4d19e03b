"""zroute_core: its own store and codec, histories as its front door reads them, and its own read models.

What it does in each line that the others do not: every entry is held against its leaf hash when it is read, and a
load folds the whole trajectory with its corrections, not only two sums.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter
from uuid import UUID

from driving import Rebuilt, Sizes, main
from facts import Lesson, Totals

from zroute_core.adapters.clock import SystemClock
from zroute_core.adapters.codec import JsonCodec
from zroute_core.adapters.sqlite_tables import SqliteReadModelStore
from zroute_core.domain.events import LessonAttended
from zroute_core.domain.values import Component, Modality
from zroute_core.domain.values import Lesson as LessonGiven
from zroute_core.histories import NATIONAL, Histories
from zroute_core.kernel.log import Actor, Batch, Context
from zroute_core.kernel.ports import ReadModelStore
from zroute_core.kernel.tables import Column, Kind, Table
from zroute_core.opening import migrate, open_log
from zroute_core.projections.folding import Folding
from zroute_core.projections.on_record import OnRecord, Projection
from zroute_core.projections.rebuilding import rebuild

TABLE = Table(
    "totals",
    1,
    "How many lessons, and how many minutes?",
    (),
    (Column("lessons", Kind.INTEGER, "Lessons."), Column("minutes", Kind.INTEGER, "Minutes.")),
)


def rows(told: OnRecord) -> Iterator[tuple[int, int]]:
    """One for each participant."""
    minutes = [one.fact.lesson.minutes for one in told.facts if isinstance(one.fact, LessonAttended)]
    yield len(minutes), sum(minutes)


class Zroute:
    """On SQLite, or on PostgreSQL as its superuser: the only one there is in a server that was made for measuring."""

    packages = ("zroute_core", "attrs", "msgspec")

    def __init__(self, database: str) -> None:
        if database.startswith("postgresql:"):
            migrate(database)
        self._log = open_log(database, allow_insecure=True)
        self._codec = JsonCodec()

    def append(self, stream: UUID, version: int, lessons: Sequence[Lesson]) -> None:
        first = lessons[0]
        context = Context(first.command_id, Actor(first.actor, first.purpose), first.correlation_id)
        facts = tuple(self._codec.encode(_fact(one)) for one in lessons)
        self._log.append([Batch(stream, version, facts)], context)

    def load(self, stream: UUID) -> Totals:
        history = self._histories().read(stream)  # with nothing in memory
        minutes = [one.fact.lesson.minutes for one in history.facts if isinstance(one.fact, LessonAttended)]
        return Totals(len(minutes), sum(minutes))

    def read_all(self) -> Totals:
        lessons = minutes = position = 0
        while page := self._log.read_all(after=position):
            for one in page:
                entry = one.envelope
                fact = self._codec.decode(entry.tag, entry.schema_version, entry.payload)
                if isinstance(fact, LessonAttended):
                    lessons += 1
                    minutes += fact.lesson.minutes
            position = page[-1].position
        return Totals(lessons, minutes)

    def rebuild(self, views: str, sizes: Sizes) -> Rebuilt:
        tables = _tables(views)
        try:
            folding = Folding(self._log, self._codec, self._histories().programme, [Projection(TABLE, rows)])
            began = perf_counter()
            rebuild(folding, tables)
            seconds = perf_counter() - began
            folds = tables.page(limit=sizes.streams + 1).folds
            totals = {one.participant: Totals(*one.rows[TABLE.name][0][1:]) for one in folds}
        finally:
            tables.close()
        return Rebuilt(totals, 0, sizes.log, seconds)

    def close(self) -> None:
        self._log.close()

    def _histories(self) -> Histories:
        return Histories(self._log, self._codec, NATIONAL, SystemClock())


def _fact(told: Lesson) -> LessonAttended:
    given = LessonGiven(told.lesson, Component(told.component), told.minutes, told.provider, Modality(told.modality))
    return LessonAttended(told.day, given)


def _tables(views: str) -> ReadModelStore:
    if views.startswith("sqlite:///"):
        return SqliteReadModelStore(Path(views.removeprefix("sqlite:///")), [TABLE])
    from zroute_core.adapters import postgres_tables, postgres_tables_schema

    postgres_tables_schema.migrate(views)
    return postgres_tables.PostgresReadModelStore(views, [TABLE])


if __name__ == "__main__":
    main(Zroute)
