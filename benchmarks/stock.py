"""The same people in the stock `eventsourcing` library, used as its documentation shows.

An aggregate with an event class for each kind of fact, and the information that our envelope carries: who, what for,
under which command, in which conversation; its own `timestamp` is when it was recorded. Days and ids stand as texts and
parts as dicts, which is the least that its JSON transcoder can be asked to do. Its aggregate only adds up minutes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import attrs
from eventsourcing.application import Application
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import Tracking
from eventsourcing.projection import Projection
from eventsourcing.sqlite import SQLiteConnection, SQLiteConnectionPool, SQLiteDatastore, SQLiteTrackingRecorder

from benchmarks.world import World
from zroute_core.adapters.converter import TAGS
from zroute_core.kernel.log import Envelope


class Participant(Aggregate):
    """Somebody's trajectory. Its event classes stand on it, one for each kind of fact: see `KINDS`."""

    def __init__(self) -> None:
        self.minutes: dict[str, int] = {}
        self.missed = 0

    def spend(self, component: str, minutes: int) -> None:
        self.minutes[component] = self.minutes.get(component, 0) + minutes


def _nothing(event: Any, participant: Participant) -> None:
    """Most kinds of facts say nothing of minutes."""


def _missed(_: Any, participant: Participant) -> None:
    participant.missed += 1


APPLY: Mapping[str, Any] = {
    "lesson-attended": lambda event, one: one.spend(event.lesson["component"], event.lesson["minutes"]),
    "activity-attended": lambda event, one: one.spend(event.activity["component"], event.activity["minutes"]),
    "internship-hours-logged": lambda event, one: one.spend("language-internship", event.minutes),
    "coaching-held": lambda event, one: one.spend("coaching", event.minutes),
    "pvt-session-attended": lambda event, one: one.spend("pvt", event.minutes),
    "map-hours-logged": lambda event, one: one.spend("map", event.minutes),
    "lesson-missed": _missed,
    "activity-missed": _missed,
}

INFORMATION = ("actor", "purpose", "command_id", "correlation_id")


def _kind(tag: str, cls: type[Any]) -> type[Any]:
    """An event class like one written by hand: its fields annotated, its `apply`, its name on the aggregate."""
    names = [one.name for one in attrs.fields(cls)]
    body = {
        "__module__": __name__,
        "__qualname__": f"Participant.{cls.__name__}",
        "__annotations__": {**dict.fromkeys(names, Any), **dict.fromkeys(INFORMATION, str)},
        "apply": APPLY.get(tag, _nothing),
    }
    base = Aggregate.Created if tag == "trajectory-opened" else Aggregate.Event
    made: type[Any] = cast("Any", type(base))(cls.__name__, (base,), body)
    setattr(Participant, cls.__name__, made)
    return made


KINDS = {tag.partition("/")[0]: _kind(tag.partition("/")[0], cls) for tag, cls in TAGS.items()}


class Participants(Application[UUID]):
    """The stock application: no snapshots, no cache, no compression, no cipher."""


def stock_app(path: Path) -> Participants:
    """On the stock SQLite recorder, which is as durable as SQLite is by default: WAL with synchronous=FULL."""
    return Participants(env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path)})


def stock_event(envelope: Envelope, participant: Participant | None) -> Participant:
    """One fact, triggered on the aggregate it belongs to; the aggregate is made by the first one."""
    told = {
        **json.loads(envelope.payload),
        "actor": envelope.actor.id,
        "purpose": envelope.actor.purpose,
        "command_id": str(envelope.command_id),
        "correlation_id": str(envelope.correlation_id),
    }
    if participant is None:
        create = cast("Any", Participant)._create  # the way the documentation gives for an id of one's own
        return cast("Participant", create(KINDS[envelope.tag], id=envelope.stream, **told))
    participant.trigger_event(KINDS[envelope.tag], **told)
    return participant


def participant_of(app: Participants, one: UUID) -> Participant:
    """Somebody, as the repository loads them."""
    return cast("Participant", cast("Any", app.repository).get(one))


def one_more(app: Participants, participant: Participant, told: Envelope) -> None:
    """A command of one fact, about somebody who is in memory."""
    app.save(stock_event(told, participant))


def fill(app: Participants, world: World) -> None:
    """Record a whole world, in the same order as ours, a page of it at a time."""
    known: dict[UUID, Participant] = {}
    waiting: dict[UUID, Participant] = {}
    for number, envelope in enumerate(world.envelopes(), start=1):
        known[envelope.stream] = stock_event(envelope, known.get(envelope.stream))
        waiting[envelope.stream] = known[envelope.stream]
        if number % 1000 == 0 or number == world.size:
            app.save(*waiting.values())
            waiting.clear()


# ── its projection ───────────────────────────────────────────────────────────────────────────────────────────


class MinutesView(SQLiteTrackingRecorder):
    """A row for each fact that tells of time, written with its position: a commit for each event."""

    def construct_create_table_statements(self) -> list[str]:
        return [
            *super().construct_create_table_statements(),
            "CREATE TABLE IF NOT EXISTS minutes ("
            "participant TEXT, event TEXT, day TEXT, component TEXT, minutes INTEGER, "
            "PRIMARY KEY (participant, event))",
        ]

    def add(self, row: tuple[str, str, str, str, int], tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute("INSERT INTO minutes VALUES (?, ?, ?, ?, ?)", row)
            self._insert_tracking(cursor, tracking)


class Minutes(Projection[MinutesView]):
    """Which minutes count, for what?"""

    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        told = _time(domain_event)
        if told is None:
            self.view.insert_tracking(tracking)
        else:
            key = f"{domain_event.originator_version}"
            self.view.add((str(domain_event.originator_id), key, domain_event.on, *told), tracking)


def _time(event: Any) -> tuple[str, int] | None:
    match type(event).__name__:
        case "LessonAttended":
            return event.lesson["component"], event.lesson["minutes"]
        case "ActivityAttended":
            return event.activity["component"], event.activity["minutes"]
        case "InternshipHoursLogged":
            return "language-internship", event.minutes
        case "CoachingHeld":
            return "coaching", event.minutes
        case "PvtSessionAttended":
            return "pvt", event.minutes
        case "MapHoursLogged":
            return "map", event.minutes
        case _:
            return None


class _AtNormal(SQLiteConnectionPool):
    def _create_connection(self) -> SQLiteConnection:
        connection = super()._create_connection()
        connection.cursor().execute("PRAGMA synchronous = NORMAL")
        return connection


def minutes_view(path: Path) -> MinutesView:
    """In a file of its own, as durable as our tables: synchronous=NORMAL, since what is lost can be followed again."""
    datastore = SQLiteDatastore(str(path))
    datastore.pool.close()
    datastore.pool = _AtNormal(db_name=str(path))
    view = MinutesView(datastore)
    view.create_table()
    return view


def follow(app: Participants, projection: Minutes, limit: int) -> int:
    """What its runners do for each event, in order; how many there were."""
    done = 0
    for event, tracking in _events(app, limit):
        projection.process_event(event, tracking)
        done += 1
    return done


def _events(app: Participants, limit: int) -> Iterator[tuple[Any, Tracking]]:
    at = 0
    while at < limit:
        page = app.recorder.select_notifications(start=at + 1, limit=min(100, limit - at))
        if not page:
            return
        for notification in page:
            at = notification.id
            yield app.mapper.to_domain_event(notification), Tracking(app.name, notification.id)
