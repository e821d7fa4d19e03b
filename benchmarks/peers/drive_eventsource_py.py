"""`eventsource-py`: its event store, its repository with a decider aggregate, and `replay` into a DatabaseProjection.

It is asynchronous: each piece of work runs on one event loop that stays open.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import date
from time import perf_counter
from typing import Any, Literal, TypeVar
from uuid import UUID

from driving import Rebuilt, Sizes, main
from eventsource import (
    AggregateRepository,
    DatabaseProjection,
    DeciderAggregate,
    DomainEvent,
    ExpectedVersion,
    FeedReadOptions,
    IntPositionCodec,
    PostgreSQLEventStore,
    SQLCheckpointRepository,
    SQLiteEventStore,
    StreamId,
    create_async_engine,
    handles,
    register_event,
    replay,
)
from eventsource.adapters.sql.schemas import get_schema
from facts import Lesson, Totals
from pydantic import BaseModel
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, async_sessionmaker

T = TypeVar("T")

CATEGORY = "Participant"
PAGE = 1000
"""Events read at once: what its own `replay` takes."""


@register_event
class LessonAttended(DomainEvent):
    """Somebody followed a lesson. Purpose and command id stand in the metadata; the rest has fields of its own."""

    aggregate_type: str = CATEGORY
    day: date
    lesson: str
    component: str
    minutes: int
    provider: str
    modality: str


class Added(BaseModel):
    """Somebody's lessons, added up."""

    model_config = {"frozen": True}

    lessons: int = 0
    minutes: int = 0


class Participant(DeciderAggregate[Added]):
    """Only loaded here."""

    aggregate_type = CATEGORY

    @staticmethod
    def initial_state() -> Added:
        return Added()

    @staticmethod
    def decide(command: object, state: Added) -> list[DomainEvent]:  # noqa: ARG004  nothing is decided here
        return []

    @staticmethod
    def evolve(state: Added, event: DomainEvent) -> Added:
        match event:
            case LessonAttended(minutes=minutes):
                return state.model_copy(update={"lessons": state.lessons + 1, "minutes": state.minutes + minutes})
            case _:
                return state


class AddUp(DatabaseProjection):
    """Totals by stream: each event in a transaction of its own, and its checkpoint in the next."""

    @handles(LessonAttended)
    async def add(self, connection: AsyncConnection, told: LessonAttended) -> None:
        """One lesson more."""
        statement = text(
            "INSERT INTO totals VALUES (:stream, 1, :minutes) ON CONFLICT (stream) DO UPDATE "
            "SET lessons = totals.lessons + 1, minutes = totals.minutes + excluded.minutes"
        )
        await connection.execute(statement, {"stream": str(told.aggregate_id), "minutes": told.minutes})


class Eventsource:
    """On its SQLite or its PostgreSQL store."""

    packages = ("eventsource-py", "pydantic", "SQLAlchemy", "aiosqlite", "asyncpg")

    def __init__(self, database: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._engine: AsyncEngine | None = None
        self._store: SQLiteEventStore | PostgreSQLEventStore
        if database.startswith("sqlite:///"):
            self._store = SQLiteEventStore(database.removeprefix("sqlite:///"))
        else:
            self._engine = _engine(database)
            self._store = PostgreSQLEventStore(self._engine, create_schema=True)

    def append(self, stream: UUID, version: int, lessons: Sequence[Lesson]) -> None:
        events = [_event(one, at) for at, one in enumerate(lessons, version + 1)]
        self._run(self._store.append(_id(stream), events, ExpectedVersion.exact(version)))

    def load(self, stream: UUID) -> Totals:
        repository = AggregateRepository(event_store=self._store, aggregate_factory=Participant)
        one = self._run(repository.load(stream))
        return Totals(one.state.lessons, one.state.minutes)

    def read_all(self) -> Totals:
        return self._run(self._read_all())

    def rebuild(self, views: str, sizes: Sizes) -> Rebuilt:
        return self._run(self._rebuild(views, sizes))

    def close(self) -> None:
        self._run(self._close())
        self._loop.close()

    async def _read_all(self) -> Totals:
        lessons = minutes = 0
        at = None
        while True:
            here = 0
            async for envelope in self._store.read_all(at, FeedReadOptions(limit=PAGE)):
                told: Any = envelope.event
                minutes += told.minutes
                here += 1
                at = envelope.position
            lessons += here
            if here < PAGE:
                return Totals(lessons, minutes)

    async def _rebuild(self, views: str, sizes: Sizes) -> Rebuilt:
        engine = _engine(views)
        dialect: Literal["sqlite", "postgresql"] = "sqlite" if views.startswith("sqlite:") else "postgresql"
        async with engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            run = driver.executescript if dialect == "sqlite" else driver.execute
            await run(get_schema("all", backend=dialect))  # its schema of checkpoints alone has a syntax error
            await run("CREATE TABLE totals (stream VARCHAR(36) PRIMARY KEY, lessons INT, minutes INT)")
            await connection.commit()
        start = max(sizes.log - sizes.followed, 0)  # it follows to the end, so this says where it begins
        projection = AddUp(
            async_sessionmaker(engine, expire_on_commit=False),
            checkpoint_repo=SQLCheckpointRepository(engine, enable_tracing=False),
        )
        began = perf_counter()
        report = await replay(
            self._store, projection, from_position=IntPositionCodec(self._store.store_id).encode(start)
        )
        seconds = perf_counter() - began
        report.raise_for_failures()
        async with engine.connect() as connection:
            found = (await connection.execute(text("SELECT stream, lessons, minutes FROM totals"))).all()
        await engine.dispose()
        totals = {UUID(one): Totals(lessons, minutes) for one, lessons, minutes in found}
        return Rebuilt(totals, start, sizes.log, seconds)

    async def _close(self) -> None:
        await self._store.close()
        if self._engine is not None:
            await self._engine.dispose()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)


def _id(stream: UUID) -> StreamId:
    return StreamId(aggregate_id=stream, category=CATEGORY)


def _event(told: Lesson, version: int) -> LessonAttended:
    return LessonAttended(
        aggregate_id=told.stream,
        aggregate_version=version,
        actor_id=told.actor,
        correlation_id=told.correlation_id,
        metadata={"purpose": told.purpose, "command_id": str(told.command_id)},
        day=told.day,
        lesson=told.lesson,
        component=told.component,
        minutes=told.minutes,
        provider=told.provider,
        modality=told.modality,
    )


def _engine(database: str) -> AsyncEngine:
    """Of SQLite only for read models: those are as durable as ours, synchronous=NORMAL."""
    if database.startswith("postgresql:"):
        return create_async_engine(database.replace("postgresql:", "postgresql+asyncpg:", 1))
    engine = create_async_engine(database.replace("sqlite:", "sqlite+aiosqlite:", 1))

    @event.listens_for(engine.sync_engine, "connect")
    def normal(connection: Any, _: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.close()

    return engine


if __name__ == "__main__":
    main(Eventsource)
