"""Line 11: eight threads that write to one SQLite store at the same time, each commit on the disk.

Fairness is the number of commands of the thread that got fewest, over that of the one that got most. The baseline is
what one writes without thinking: a connection for each thread, `isolation_level` as the module has it, and a commit
after each insert of the same bytes. It reads the last position and then writes, as an event store must.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier, Thread
from time import monotonic, perf_counter

import attrs

from benchmarks import raw
from benchmarks.measure import Figure, by_turns, main
from benchmarks.ours import Writer, fill, log_in
from benchmarks.world import World
from zroute_core.errors import StoreError

SIZE = 2000
WHAT = "milliseconds a turn"

WRITERS = 8

BEFORE = 50
"""Facts in each history before the first command."""


@attrs.define
class Outcome:
    """What the threads of one turn did."""

    commands: list[int]
    """Of each thread."""
    longest: float
    """Seconds that the unluckiest command took."""
    errors: int
    """Commands that were turned away because somebody else was writing."""
    seconds: float

    @property
    def rate(self) -> float:
        return sum(self.commands) / self.seconds

    @property
    def fairness(self) -> float:
        return min(self.commands) / max(max(self.commands), 1)


Send = Callable[[int, int], None]
"""The command with this number, of this thread. Raises StoreError or sqlite3.OperationalError when turned away."""


def figures(size: int, runs: int) -> list[Figure]:
    """Four that are aimed at, and what becomes of the naive way."""
    alone: list[Outcome] = []
    together: list[Outcome] = []
    naive: list[Outcome] = []
    with TemporaryDirectory(prefix="zroute-bench-") as name:
        folder = Path(name)
        seconds = size / 1000

        def turn(kept: list[Outcome], work: Callable[[Path, float, int], Outcome], writers: int) -> Callable[[], float]:
            def measured() -> float:
                kept.append(work(_fresh(folder), seconds, writers))
                return kept[-1].seconds

            return measured

        by_turns(
            runs,
            {
                "alone": turn(alone, _ours, 1),
                "together": turn(together, _ours, WRITERS),
                "naive": turn(naive, _naive, WRITERS),
            },
        )
    rates = [many.rate / one.rate for many, one in zip(together, alone, strict=True)]
    return [
        _figure("8 writers, errors", [float(one.errors) for one in together], "errors", 0, worst=max),
        _figure("8 writers, fairness", [one.fairness for one in together], "x", 0.9, at_least=True),
        _figure("8 writers, longest wait", [one.longest * 1e3 for one in together], "ms", 20),
        _figure(
            "8 writers, times as many commands as one writer",
            rates,
            "x",
            1.4,
            at_least=True,
            detail=f"{_rate(together)} a second, one {_rate(alone)}",
        ),
        _figure("naive connections, errors", [float(one.errors) for one in naive], "errors", None),
        _figure("naive connections, fairness", [one.fairness for one in naive], "x", None),
        _figure("naive connections, longest wait", [one.longest * 1e3 for one in naive], "ms", None),
    ]


def _figure(
    what: str,
    values: Sequence[float],
    unit: str,
    target: float | None,
    *,
    at_least: bool = False,
    worst: Callable[[Sequence[float]], float] | None = None,
    detail: str = "",
) -> Figure:
    measured = (worst or _middle)(values)
    return Figure(11, what, measured, unit, target, at_least, min(values), max(values), detail)


def _rate(outcomes: Sequence[Outcome]) -> str:
    return f"{_middle([one.rate for one in outcomes]):.0f}"


def _middle(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


def _run(writers: int, seconds: float, send: Send) -> Outcome:
    """All threads begin together and stop after so many seconds."""
    commands, longest, errors = [0] * writers, [0.0] * writers, [0] * writers
    ready = Barrier(writers)

    def work(thread: int) -> None:
        ready.wait()
        until = monotonic() + seconds
        while True:
            began = perf_counter()
            try:
                send(thread, commands[thread])
                commands[thread] += 1
            except (StoreError, sqlite3.OperationalError):
                errors[thread] += 1
            longest[thread] = max(longest[thread], perf_counter() - began)
            if monotonic() >= until:  # looked at last: on a busy machine a short turn is over before it begins
                return

    threads = [Thread(target=work, args=(number,)) for number in range(writers)]
    began = perf_counter()
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return Outcome(commands, max(longest), sum(errors), perf_counter() - began)


def _ours(path: Path, seconds: float, writers: int) -> Outcome:
    """One store for all threads; each has a participant of its own."""
    world = World(WRITERS, BEFORE)
    fill(path, world, encrypted=True)
    log = log_in(path, encrypted=True)
    try:
        each = [Writer(log, {one: BEFORE}, name=number) for number, one in enumerate(world.participants()[:writers])]
        return _run(writers, seconds, lambda thread, number: each[thread].one_fact(number))
    finally:
        log.close()


def _naive(path: Path, seconds: float, writers: int) -> Outcome:
    template = path.with_name("template.db")
    if not template.exists():
        fill(template, World(WRITERS, BEFORE), encrypted=True)
    rows = raw.rows_of(template)
    raw.plain_table(path, rows)
    connections = [sqlite3.connect(path, check_same_thread=False, timeout=0.1) for _ in range(writers)]
    for connection in connections:
        connection.execute("PRAGMA synchronous = FULL")

    def send(thread: int, number: int) -> None:
        connection = connections[thread]
        try:
            connection.execute("BEGIN")
            (last,) = connection.execute("SELECT max(position) FROM events").fetchone()
            connection.execute(raw.ADD, (last + 1, *rows[number % len(rows)][1:]))
            connection.commit()
        finally:
            if connection.in_transaction:
                connection.rollback()

    try:
        return _run(writers, seconds, send)
    finally:
        for connection in connections:
            with closing(connection):
                pass


def _fresh(folder: Path) -> Path:
    for old in folder.glob("turn.db*"):
        old.unlink()
    return folder / "turn.db"


if __name__ == "__main__":
    main("benchmarks.writers", figures, SIZE, WHAT)
