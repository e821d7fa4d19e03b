"""A log with people who do not exist in it, and what the tests of the projections ask of tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid5

from zroute_core.adapters.codec import JsonCodec
from zroute_core.adapters.converter import TAGS
from zroute_core.adapters.memory import MemoryEventStore
from zroute_core.adapters.memory_tables import MemoryReadModelStore
from zroute_core.domain.events import Fact, LessonAttended
from zroute_core.domain.values import Component, Lesson, Modality
from zroute_core.histories import Histories
from zroute_core.kernel.log import Actor, Batch, Context, Encoded, Envelope
from zroute_core.kernel.ports import Codec, EventStore, ReadModels
from zroute_core.kernel.tables import Fold, Row
from zroute_core.projections import PROJECTIONS, Projection
from zroute_core.projections.folding import Folding
from zroute_core.testing.clock import TickingClock
from zroute_core.testing.samples import DAY, INTAKE, OPENED

ANNE, BO, CEM = (UUID(int=number << 100) for number in (1, 2, 3))
PEOPLE = (ANNE, BO, CEM)
TEACHER = Actor("teacher-7", "z-route")

NEWER = {**TAGS, "lesson-of-tomorrow/1": LessonAttended}
"""A catalogue with a tag that today's does not have."""


def start() -> TickingClock:
    return TickingClock(datetime(2024, 1, 1, tzinfo=UTC))


def lesson(key: str, minutes: int = 60) -> LessonAttended:
    return LessonAttended(DAY, Lesson(key, Component.LANGUAGE, minutes, "school", Modality.IN_CLASS))


def write(log: EventStore, who: UUID, *facts: Encoded) -> tuple[Envelope, ...]:
    """One command with these facts for one participant."""
    version = len(log.read_stream(who))
    return log.append([Batch(who, version, facts)], Context(uuid5(who, str(version)), TEACHER))


def tell(log: EventStore, who: UUID, *facts: Fact) -> tuple[Envelope, ...]:
    return write(log, who, *map(JsonCodec().encode, facts))


def poison(log: EventStore, who: UUID) -> None:
    """A fact that today's catalogue does not know: a lesson of 45 minutes."""
    fact = JsonCodec().encode(lesson("tomorrow", 45))
    write(log, who, Encoded("lesson-of-tomorrow", 1, fact.payload))


def opened(log: EventStore, *people: UUID) -> None:
    for who in people:
        tell(log, who, OPENED, INTAKE)


def folding(
    log: EventStore, codec: Codec[Fact] | None = None, projections: Sequence[Projection] = PROJECTIONS
) -> Folding:
    codec = codec or JsonCodec()
    return Folding(log, codec, Histories(log, codec, (), start()).programme, projections)


def views(projections: Sequence[Projection] = PROJECTIONS) -> MemoryReadModelStore:
    return MemoryReadModelStore([one.table for one in projections])


def new_log() -> MemoryEventStore:
    return MemoryEventStore(start())


def folds(store: ReadModels) -> dict[UUID, Fold]:
    return {one.participant: one for one in store.page(limit=10_000).folds}


def rows(store: ReadModels, table: str) -> list[Row]:
    return [row for one in store.page(limit=10_000, tables=[table]).folds for row in one.rows.get(table, ())]


def minutes(store: ReadModels) -> dict[UUID, int]:
    """What a report would add up."""
    total: dict[UUID, int] = {}
    for who, *_, some in rows(store, "minutes"):
        total[who] = total.get(who, 0) + some
    return total
