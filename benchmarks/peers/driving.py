"""What the driver of a peer does, and its command line: fill a log, or measure the five kinds of work once.

Runs in the peer's own environment, with the standard library alone. Every answer of a peer is held against what the
lessons come to: a peer that answers quickly and wrongly ends the run.
"""

# ruff: noqa: T201  the answer is what is printed

from __future__ import annotations

import gc
import json
import sqlite3
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from importlib.metadata import version
from platform import python_version
from time import perf_counter
from typing import Protocol
from uuid import UUID

from facts import Lesson, Totals, added, command, commands, stream_id, total_of_stream, totals_between

WARMING_UP = 20
"""Commits and one load before the clock runs."""

WRITERS = 10
"""Streams that the measured commits go to, in turn."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    streams: int
    lessons: int
    """In each stream."""
    commits: int
    """Of one lesson."""
    tens: int
    """Commits of ten lessons."""
    loads: int
    followed: int
    """Lessons that a projection follows which takes them one by one."""

    @property
    def log(self) -> int:
        """Lessons in the log."""
        return self.streams * self.lessons


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a projection stored, and which lessons of the log it had: from place `start` up to `stop`."""

    totals: Mapping[UUID, Totals]
    start: int
    stop: int
    seconds: float
    """Without making the table, and without asking it."""


class Cannot(Exception):
    """A peer has no such thing; the sentence says what it is that it has not."""


class Driver(Protocol):
    """A peer, with its log in one database. Everything goes over its public API."""

    @property
    def packages(self) -> Sequence[str]:
        """Whose versions belong to the figures."""
        ...

    def __init__(self, database: str) -> None:
        """Open the log, and make its tables when they are not there. `sqlite:///path` or `postgresql://...`"""
        ...

    def append(self, stream: UUID, version: int, lessons: Sequence[Lesson]) -> None:
        """Add lessons in one durable commit, which fails unless the stream is at `version`."""
        ...

    def load(self, stream: UUID) -> Totals:
        """Read a stream into an aggregate or a state, with nothing kept from before."""
        ...

    def read_all(self) -> Totals:
        """Read the whole log in order."""
        ...

    def rebuild(self, views: str, sizes: Sizes) -> Rebuilt:
        """Make totals by stream in another database, with the peer's own projections. Raises Cannot."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


def main(peer: Callable[[str], Driver]) -> None:
    """`drive_....py fill LOG SIZES` or `drive_....py measure LOG COMMITS VIEWS SIZES`, with JSON on the last line."""
    work, *databases, told = sys.argv[1:]
    sizes = Sizes(**json.loads(told))
    if work == "fill":
        print(json.dumps(fill(peer, databases[0], sizes)))
    elif work == "measure":
        log, commits, views = databases
        print(json.dumps(measure(peer, log, commits, views, sizes)))
    else:
        raise SystemExit("say fill or measure")


def fill(peer: Callable[[str], Driver], log: str, sizes: Sizes) -> dict[str, object]:
    """Write the whole log."""
    driver = peer(log)
    try:
        for stream, at, lessons in commands(sizes.streams, sizes.lessons):
            driver.append(stream_id(stream), at, lessons)
        if log.startswith("sqlite:///"):
            _must_be_durable(log.removeprefix("sqlite:///"))
        versions = {name: version(name) for name in driver.packages}
    finally:
        driver.close()
    return {"python": python_version(), "versions": versions}


def measure(peer: Callable[[str], Driver], log: str, commits: str, views: str, sizes: Sizes) -> dict[str, object]:
    """Seconds of each kind of work, a piece: a commit, a load, a lesson of the log."""
    seconds: dict[str, float] = {}
    cannot: dict[str, str] = {}
    writing = peer(commits)
    try:
        seconds["one"], seconds["ten"] = _commits(writing, sizes)
    finally:
        writing.close()
    reading = peer(log)
    try:
        seconds["load"] = _loads(reading, sizes)
        began = _from_here()
        found = reading.read_all()
        seconds["read"] = (perf_counter() - began) / sizes.log
        _must_be(found, added(list(totals_between(sizes.streams, sizes.lessons, 0, sizes.log).values())))
        gc.collect()
        try:
            rebuilt = reading.rebuild(views, sizes)
        except Cannot as reason:
            cannot["rebuild"] = str(reason)
        else:
            seconds["rebuild"] = rebuilt.seconds / (rebuilt.stop - rebuilt.start)
            expected = totals_between(sizes.streams, sizes.lessons, rebuilt.start, rebuilt.stop)
            _must_be(dict(rebuilt.totals), expected)
    finally:
        reading.close()
    return {"seconds": seconds, "cannot": cannot, "sizes": asdict(sizes)}


def _commits(driver: Driver, sizes: Sizes) -> tuple[float, float]:
    versions = dict.fromkeys(range(WRITERS), 0)

    def commit(turn: int, count: int) -> None:
        stream = turn % WRITERS
        driver.append(stream_id(stream), versions[stream], command(stream, versions[stream], count))
        versions[stream] += count

    for turn in range(WARMING_UP):
        commit(turn, 1)
    began = _from_here()
    for turn in range(sizes.commits):
        commit(turn, 1)
    one = (perf_counter() - began) / sizes.commits
    began = _from_here()
    for turn in range(sizes.tens):
        commit(turn, 10)
    ten = (perf_counter() - began) / sizes.tens
    for stream, length in versions.items():
        _must_be(driver.load(stream_id(stream)), total_of_stream(stream, length))
    return one, ten


def _loads(driver: Driver, sizes: Sizes) -> float:
    driver.load(stream_id(0))
    found: list[Totals] = []
    began = _from_here()
    for turn in range(sizes.loads):
        found.append(driver.load(stream_id(turn % sizes.streams)))
    taken = (perf_counter() - began) / sizes.loads
    _must_be(found, [total_of_stream(turn % sizes.streams, sizes.lessons) for turn in range(sizes.loads)])
    return taken


def _must_be_durable(path: str) -> None:
    """WAL stands in the file. A peer that says nothing of synchronous gets what this build of SQLite does: FULL."""
    with closing(sqlite3.connect(path)) as connection:
        modes = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    if modes != ["wal", 2]:
        raise SystemExit("SQLite is not as durable as the others: nothing was measured")


def _from_here() -> float:
    gc.collect()
    return perf_counter()


def _must_be(found: object, expected: object) -> None:
    if found != expected:
        raise SystemExit("a peer's answer is not what the lessons come to: nothing was measured")
