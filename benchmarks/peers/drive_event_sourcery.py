"""`python-event-sourcery` on SQLAlchemy: its event store, its subscription, and its Projector with cursors by stream.

One session for each commit, load and reading, as a web request has; a batch of the subscription is projected in one
transaction, which is the user's own choice there: the library commits nothing by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from time import perf_counter
from typing import Any, ClassVar
from uuid import UUID

from driving import Rebuilt, Sizes, main
from event_sourcery import EventStore, StreamId
from event_sourcery.event import Context, ContextComponent, Event, WrappedEvent
from event_sourcery.event_sourcing import Aggregate, Repository
from event_sourcery.read_model import Projector
from event_sourcery_sqlalchemy import SQLAlchemyBackend, configure_models
from event_sourcery_sqlalchemy.cursors_dao import SqlAlchemyCursorsDao
from event_sourcery_sqlalchemy.models.default import DefaultProjectorCursor
from facts import Lesson, Totals
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Engine
from sqlalchemy.orm import DeclarativeBase, Session

CATEGORY = "participant"
LARGEST_BATCH = 1000
WAITING = 1.0
"""Seconds that its subscription waits for a batch to become full. All are full here: their size divides the log."""


class Base(DeclarativeBase):
    """Its tables."""


configure_models(Base)


class LessonAttended(Event):
    """Somebody followed a lesson. The day is a text: its event is stored as a dict of what JSON knows."""

    day: str
    lesson: str
    component: str
    minutes: int
    provider: str
    modality: str


class Said(ContextComponent):
    """Who says so, what for, and under which command."""

    __context_name__: ClassVar[str] = "said"

    actor: str
    purpose: str
    command_id: UUID


class Participant(Aggregate):
    """Somebody's lessons, added up."""

    category = CATEGORY

    def __init__(self) -> None:
        self.lessons = 0
        self.minutes = 0

    def __apply__(self, event: Event) -> None:
        match event:
            case LessonAttended():
                self.lessons += 1
                self.minutes += event.minutes
            case _:
                raise NotImplementedError


class Sourcery:
    """On SQLite, with the pragmas that make it durable set on each connection, or on PostgreSQL."""

    packages = ("python-event-sourcery", "SQLAlchemy", "pydantic", "psycopg2-binary")

    def __init__(self, database: str) -> None:
        self._engine = _engine(database, synchronous="FULL")
        Base.metadata.create_all(self._engine)

    def append(self, stream: UUID, version: int, lessons: Sequence[Lesson]) -> None:
        with Session(self._engine) as session:
            first = lessons[0]
            said = Said(actor=first.actor, purpose=first.purpose, command_id=first.command_id)
            context = Context(correlation_id=first.correlation_id).with_component(said)
            events = [
                WrappedEvent.wrap(_event(one), at, context=context) for at, one in enumerate(lessons, version + 1)
            ]
            _store(session).append(*events, stream_id=_id(stream), expected_version=version)
            session.commit()

    def load(self, stream: UUID) -> Totals:
        with Session(self._engine) as session:
            repository = Repository[Participant](_store(session))
            with repository.aggregate(_id(stream), Participant()) as loaded:
                return Totals(loaded.aggregate.lessons, loaded.aggregate.minutes)

    def read_all(self) -> Totals:
        with Session(self._engine) as session:
            batches, each, last = self._subscription(session)
            lessons = minutes = 0
            for _ in range(0, last, each):
                for recorded in next(batches):
                    lessons += 1
                    minutes += recorded.wrapped_event.event.minutes
        return Totals(lessons, minutes)

    def rebuild(self, views: str, sizes: Sizes) -> Rebuilt:
        engine = _engine(views, synchronous="NORMAL")
        Base.metadata.create_all(engine)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE totals (stream VARCHAR(36) PRIMARY KEY, lessons INT, minutes INT)"))
        with Session(self._engine) as reading, Session(engine) as writing:
            batches, each, last = self._subscription(reading)
            until = min(last, -(-sizes.followed // each) * each)
            add = text(
                "INSERT INTO totals VALUES (:stream, 1, :minutes) ON CONFLICT (stream) DO UPDATE "
                "SET lessons = totals.lessons + 1, minutes = totals.minutes + excluded.minutes"
            )

            def project(wrapped: WrappedEvent[Any], stream: StreamId) -> None:
                writing.execute(add, {"stream": str(UUID(bytes=stream.bytes)), "minutes": wrapped.event.minutes})

            cursors = SqlAlchemyCursorsDao(writing, DefaultProjectorCursor)
            projector = Projector(_store(reading), "totals", cursors, project)
            began = perf_counter()
            for _ in range(0, until, each):
                for recorded in next(batches):
                    projector.project(recorded.wrapped_event, recorded.stream_id)
                writing.commit()
            seconds = perf_counter() - began
            found = writing.execute(text("SELECT stream, lessons, minutes FROM totals")).all()
        engine.dispose()
        return Rebuilt({UUID(one): Totals(lessons, minutes) for one, lessons, minutes in found}, 0, until, seconds)

    def close(self) -> None:
        self._engine.dispose()

    def _subscription(self, session: Session) -> tuple[Any, int, int]:
        """Batches of the whole log, how many events are in each, and how many in all."""
        backend = SQLAlchemyBackend().configure(session)
        last = backend.event_store.position or 0
        each = gcd(last, LARGEST_BATCH)
        batches = backend.subscriber.start_from(0).to_category(CATEGORY).build_batch(size=each, timelimit=WAITING)
        return batches, each, last


def _store(session: Session) -> EventStore:
    return SQLAlchemyBackend().configure(session).event_store


def _id(stream: UUID) -> StreamId:
    return StreamId(uuid=stream, category=CATEGORY)


def _event(told: Lesson) -> LessonAttended:
    return LessonAttended(
        day=told.day.isoformat(),
        lesson=told.lesson,
        component=told.component,
        minutes=told.minutes,
        provider=told.provider,
        modality=told.modality,
    )


def _engine(database: str, synchronous: str) -> Engine:
    if database.startswith("postgresql:"):
        return create_engine(database.replace("postgresql:", "postgresql+psycopg2:", 1))
    engine = create_engine(database)

    @event.listens_for(engine, "connect")
    def durable(connection: Any, _: object) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")

    return engine


if __name__ == "__main__":
    main(Sourcery)
