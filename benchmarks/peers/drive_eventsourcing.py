"""`eventsourcing`: an aggregate saved by its application, and a projection run by its ProjectionRunner.

Days and ids stand in its events as texts, which is the least that its JSON transcoder can be asked to do. The aggregate
stays in memory between commits; the first lesson of a stream is the event that creates it.
"""

# ruff: noqa: ARG002  the library makes the fields of an event of the arguments

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Event
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from driving import Cannot, Rebuilt, Sizes, main
from eventsourcing.application import Application
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from facts import Lesson, Totals
from psycopg.sql import SQL, Identifier

PAGE = 1000
"""Notifications read at once."""

LONGEST = 1800.0
"""Seconds that a projection is waited for."""


class Participant(Aggregate):
    """Somebody's lessons, added up."""

    @event("FirstLessonAttended")
    def __init__(
        self,
        *,
        id: UUID,  # noqa: A002  the name that the library looks for
        day: str,
        lesson: str,
        component: str,
        minutes: int,
        provider: str,
        modality: str,
        actor: str,
        purpose: str,
        command_id: str,
        correlation_id: str,
    ) -> None:
        self._id = id
        self.lessons = 1
        self.minutes = minutes

    @event("LessonAttended")
    def attend(
        self,
        *,
        day: str,
        lesson: str,
        component: str,
        minutes: int,
        provider: str,
        modality: str,
        actor: str,
        purpose: str,
        command_id: str,
        correlation_id: str,
    ) -> None:
        self.lessons += 1
        self.minutes += minutes


class Participants(Application[UUID]):
    """The log of everybody."""

    name = "participants"


class TotalsView(PostgresTrackingRecorder):
    """Totals by stream, each event in a transaction with its tracking, as its documentation shows."""

    def __init__(self, datastore: PostgresDatastore, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs)
        self._table = Identifier("totals")
        self.sql_create_statements.append(
            SQL("CREATE TABLE IF NOT EXISTS {} (stream uuid PRIMARY KEY, lessons bigint, minutes bigint)").format(
                self._table
            )
        )
        self._add = SQL(
            "INSERT INTO {0} VALUES (%s, 1, %s) ON CONFLICT (stream) DO UPDATE "
            "SET lessons = {0}.lessons + 1, minutes = {0}.minutes + excluded.minutes"
        ).format(self._table)

    def add(self, stream: UUID, minutes: int, tracking: Tracking) -> None:
        """One lesson more."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(self._add, (stream, minutes))

    def totals(self) -> dict[UUID, Totals]:
        """All of them."""
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(SQL("SELECT stream, lessons, minutes FROM {}").format(self._table))
            return {one["stream"]: Totals(one["lessons"], one["minutes"]) for one in cursor.fetchall()}


class AddUp(Projection[TotalsView]):
    """Follows so many events and no further, and says when it began and ended."""

    name = "totals"
    until = 0
    began = ended = 0.0
    done = Event()

    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        raise NotImplementedError

    @process_event.register
    def _(self, domain_event: Participant.FirstLessonAttended, tracking: Tracking) -> None:  # type: ignore[name-defined]
        self._add(domain_event, tracking)

    @process_event.register
    def _(self, domain_event: Participant.LessonAttended, tracking: Tracking) -> None:  # type: ignore[name-defined]
        self._add(domain_event, tracking)

    def _add(self, lesson: Any, tracking: Tracking) -> None:
        if tracking.notification_id > AddUp.until:
            return
        AddUp.began = AddUp.began or perf_counter()
        self.view.add(lesson.originator_id, lesson.minutes, tracking)
        if tracking.notification_id == AddUp.until:
            AddUp.ended = perf_counter()
            AddUp.done.set()


class Stock:
    """On its SQLite or its PostgreSQL recorders."""

    packages = ("eventsourcing", "psycopg", "psycopg-pool")

    def __init__(self, database: str) -> None:
        self._env = _env(database)
        self._app = Participants(self._env)
        self._kept: dict[UUID, Participant] = {}

    def append(self, stream: UUID, version: int, lessons: Sequence[Lesson]) -> None:
        one = self._kept.get(stream)
        if one is None:
            one = self._kept[stream] = Participant(id=stream, **_fields(lessons[0]))
            lessons = lessons[1:]
        elif one.version != version:
            raise SystemExit("the aggregate that was kept is not where the stream is")
        for lesson in lessons:
            one.attend(**_fields(lesson))
        self._app.save(one)

    def load(self, stream: UUID) -> Totals:
        one: Participant = self._app.repository.get(stream)
        return Totals(one.lessons, one.minutes)

    def read_all(self) -> Totals:
        lessons = minutes = at = 0
        while page := self._app.recorder.select_notifications(start=at + 1, limit=PAGE):
            for notification in page:
                told: Any = self._app.mapper.to_domain_event(notification)
                lessons += 1
                minutes += told.minutes
            at = page[-1].id
        return Totals(lessons, minutes)

    def rebuild(self, views: str, sizes: Sizes) -> Rebuilt:
        if views.startswith("sqlite:"):
            raise Cannot("its SQLite recorder has no subscriptions, so its ProjectionRunner does not run on it")
        AddUp.until = min(sizes.followed, sizes.log)
        env = {**self._env, **{f"TOTALS_{name}": value for name, value in _env(views).items()}}
        with ProjectionRunner(
            application_class=Participants, projection_class=AddUp, view_class=TotalsView, env=env
        ) as runner:
            if not AddUp.done.wait(LONGEST):
                runner.run_forever(timeout=0)
                raise SystemExit("the projection did not come to its end")
            totals = runner.projection.view.totals()
        return Rebuilt(totals, 0, AddUp.until, AddUp.ended - AddUp.began)

    def close(self) -> None:
        self._app.close()


def _fields(told: Lesson) -> Mapping[str, Any]:
    return {
        "day": told.day.isoformat(),
        "lesson": told.lesson,
        "component": told.component,
        "minutes": told.minutes,
        "provider": told.provider,
        "modality": told.modality,
        "actor": told.actor,
        "purpose": told.purpose,
        "command_id": told.command_id.hex,
        "correlation_id": told.correlation_id.hex,
    }


def _env(database: str) -> dict[str, str]:
    if database.startswith("sqlite:///"):
        path = database.removeprefix("sqlite:///")
        return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": path}
    parts = urlsplit(database)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": parts.path.removeprefix("/"),
        "POSTGRES_HOST": parts.hostname or "",
        "POSTGRES_PORT": str(parts.port),
        "POSTGRES_USER": parts.username or "",
        "POSTGRES_PASSWORD": "",
    }


if __name__ == "__main__":
    main(Stock)
