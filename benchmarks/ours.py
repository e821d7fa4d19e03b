"""The library as it is used: stores, encrypted or plain, filled with a world; and commands through the front door."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from uuid import UUID

from benchmarks.world import CODEC, SCHOOL, World, command_id, pages
from zroute_core.adapters.clock import SystemClock
from zroute_core.adapters.sealing import SealedEventStore
from zroute_core.adapters.sqlite import SqliteEventStore
from zroute_core.domain.decisions import AttendLesson, HandInHomework, HoldGroupLesson, RecordTogether
from zroute_core.domain.events import Fact, HomeworkHandedIn, LessonAttended
from zroute_core.domain.values import Component, Lesson, Modality, Setting
from zroute_core.histories import NATIONAL, Histories
from zroute_core.kernel.log import Batch, Context, Envelope, Logged, seal
from zroute_core.kernel.ports import EventStore, Key
from zroute_core.projections.folding import Folding
from zroute_core.projections.on_record import Projection
from zroute_core.trajectories import Trajectories

CLOCK = SystemClock()

LATER = date(2026, 9, 7)
"""A Monday after everything in the world."""


class MadeUpKeys:
    """A key for each participant, in memory; made from the id, so that every process has the same ones."""

    def __init__(self) -> None:
        self._keys: dict[str, Key] = {}

    def key_of(self, stream: UUID) -> Key:
        return self.key(f"key-{stream}")

    def key(self, key_id: str) -> Key:
        found = self._keys.get(key_id)
        if found is None:
            found = self._keys[key_id] = Key(key_id, blake2b(key_id.encode(), digest_size=32).digest())
        return found


KEYS = MadeUpKeys()


def log_in(path: Path, *, encrypted: bool) -> EventStore:
    """The store in this SQLite file."""
    return sealed(SqliteEventStore(path)) if encrypted else SqliteEventStore(path)


def sealed(store: EventStore) -> SealedEventStore:
    """The store with encrypted payloads."""
    return SealedEventStore(store, KEYS)


def histories(log: EventStore) -> Histories:
    """As the front door reads them; nothing is kept in memory yet."""
    return Histories(log, CODEC, NATIONAL, CLOCK)


def trajectories(log: EventStore) -> Trajectories:
    """The front door."""
    return Trajectories(log, CODEC, NATIONAL, CLOCK)


def envelopes_of(world: World, *, encrypted: bool) -> Iterator[Envelope]:
    """A world as it stands in a log."""
    return _sealed_envelopes(world) if encrypted else world.envelopes()


def folding_of(log: EventStore, projections: Sequence[Projection]) -> Folding:
    """What a rebuild folds with; nothing is kept in memory yet."""
    return Folding(log, CODEC, histories(log).programme, projections)


def fill(path: Path, world: World, *, encrypted: bool) -> None:
    """A new SQLite file with a whole world in it, ten thousand facts at a time."""
    store = SqliteEventStore(path)
    try:
        for page in pages(envelopes_of(world, encrypted=encrypted), 10_000):
            store.extend(page)
    finally:
        store.close()


# ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────


class Writer:
    """Facts that were decided on, on their way into one store: encoded, checked, encrypted, appended.

    `versions` says at which version each of its people is. Two of them on one store have different names: command ids
    are made from those.
    """

    def __init__(self, log: EventStore, versions: Mapping[UUID, int], *, name: int = 0) -> None:
        self._log = log
        self._people = tuple(versions)
        self._versions = dict(versions)
        self._name = name

    def one_fact(self, number: int) -> None:
        """Somebody was at a lesson."""
        self._append({self._one(number): _attended(number, "own")}, number)

    def ten_facts(self, number: int) -> None:
        """Somebody handed in the homework of ten lessons."""
        self._append({self._one(number): _homework(number)}, number)

    def group_lesson(self, number: int) -> None:
        """Everybody was at a lesson: one command."""
        self._append(dict.fromkeys(self._people, _attended(number * len(self._people), "group")), number)

    def close(self) -> None:
        self._log.close()

    def _append(self, told: Mapping[UUID, tuple[Fact, ...]], number: int) -> None:
        batches = [
            Batch(one, self._versions[one], tuple(CODEC.encode(fact) for fact in facts)) for one, facts in told.items()
        ]
        self._log.append(batches, Context(command_id(self._name, number, len(told)), SCHOOL))
        for one, facts in told.items():
            self._versions[one] += len(facts)

    def _one(self, number: int) -> UUID:
        return self._people[number % len(self._people)]


class Door:
    """The front door of one store, with its people's histories in memory, as in a program that runs."""

    def __init__(self, log: EventStore, people: Sequence[UUID]) -> None:
        self._door = trajectories(log)
        self._people = tuple(people)
        for one in people:
            self._door.progress(one)

    def one_fact(self, number: int) -> None:
        """Somebody was at a lesson."""
        day, lesson = _lesson(number, "own")
        self._door.handle(self._one(number), AttendLesson(day, lesson), by=SCHOOL, said_on=day)

    def ten_facts(self, number: int) -> None:
        """Somebody handed in the homework of ten lessons."""
        day, _ = _lesson(number, "own")
        work = tuple(HandInHomework(day, f"extra homework {number}/{part}", "work") for part in range(10))
        self._door.handle(self._one(number), RecordTogether(work), by=SCHOOL, said_on=day)

    def group_lesson(self, number: int) -> None:
        """Everybody was at a lesson: one command."""
        day, lesson = _lesson(number * len(self._people), "group")
        self._door.handle_together(HoldGroupLesson(day, lesson, self._people), by=SCHOOL, said_on=day)

    def close(self) -> None:
        self._door.close()

    def _one(self, number: int) -> UUID:
        return self._people[number % len(self._people)]


# Facts that were decided on are there before: they are made in the first turn, and the same in all others.


@lru_cache(maxsize=10_000)
def _attended(number: int, kind: str) -> tuple[Fact, ...]:
    return (LessonAttended(*_lesson(number, kind)),)


@lru_cache(maxsize=10_000)
def _homework(number: int) -> tuple[Fact, ...]:
    day, _ = _lesson(number, "own")
    return tuple(HomeworkHandedIn(day, f"extra homework {number}/{part}", "work") for part in range(10))


def _lesson(number: int, kind: str) -> tuple[date, Lesson]:
    """A short lesson; no more than a few on one day."""
    day = LATER + timedelta(days=number // 60)
    key = f"extra {kind} lesson {number}"
    return day, Lesson(key, Component.LANGUAGE, 60, "Nova College", Modality.IN_CLASS, Setting.GROUP, None, "work")


# ── a world, encrypted ───────────────────────────────────────────────────────────────────────────────────────


class _Straight:
    """A store that hands on what it is given, as a log would hold it: `SealedEventStore` encrypts on the way."""

    def __init__(self) -> None:
        self.at = CLOCK.now()
        self.envelopes: list[Envelope] = []

    def append(self, batches: Sequence[Batch], context: Context) -> tuple[Envelope, ...]:
        stored = tuple(seal(batches, context, self.at))
        self.envelopes.extend(stored)
        return stored

    def read_stream(self, stream: UUID, *, after: int = 0) -> Sequence[Envelope]:
        raise NotImplementedError

    def read_all(self, *, after: int = 0, limit: int = 1000) -> Sequence[Logged]:
        raise NotImplementedError

    def close(self) -> None:
        self.envelopes.clear()


def _sealed_envelopes(world: World) -> Iterator[Envelope]:
    straight = _Straight()
    store = sealed(straight)
    for command in world.commands():
        straight.at = command.recorded_at
        store.append(command.batches, command.context)
        yield from straight.envelopes
        straight.envelopes.clear()


def total(entries: Iterable[object]) -> int:
    """How many there are."""
    return sum(1 for _ in entries)
