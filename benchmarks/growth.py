"""Line 8: does a store slow down as it grows? The same commands and replay on a small log and on a large one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from uuid import UUID

from benchmarks.measure import Figure, Turn, by_turns, main, percentile, ratio, timed, told
from benchmarks.ours import Writer, fill, log_in
from benchmarks.replay import PAGE
from benchmarks.world import CODEC, FACTS, GROUP, World
from zroute_core.kernel.ports import EventStore

SIZE = 375
WHAT = "participants in the large log, of 800 facts each"

SMALL = 13
"""Participants in the small one: some ten thousand facts."""

COMMANDS = 300
"""A turn: one in a hundred of them is slower than the 99th percentile."""

SLICES = 5
"""Pages that a turn replays, spread over the log."""


def figures(size: int, runs: int) -> list[Figure]:
    """Two ratios: the 99th percentile of an append, and the replay of a fact."""
    with TemporaryDirectory(prefix="zroute-bench-") as folder:
        path = Path(folder, "large.db")
        fill(path, World(size), encrypted=True)
        return compare(path, size, runs)


def compare(path: Path, size: int, runs: int) -> list[Figure]:
    """A log with so many participants that is there already, beside a small one. Commands are added to it."""
    with TemporaryDirectory(prefix="zroute-bench-") as folder:
        small = Path(folder, "small.db")
        fill(small, World(SMALL), encrypted=True)
        logs = {"small": log_in(small, encrypted=True), "large": log_in(path, encrypted=True)}
        sizes = {"small": SMALL * FACTS, "large": size * FACTS}
        people = {"small": World(SMALL).participants(), "large": World(size).participants()[-GROUP:]}
        try:
            writers = {name: _Appending(log, people[name]) for name, log in logs.items()}
            taken = by_turns(
                runs,
                {
                    **{f"append {name}": writer.turn for name, writer in writers.items()},
                    **{f"replay {name}": _replaying(log, sizes[name]) for name, log in logs.items()},
                },
            )
        finally:
            for log in logs.values():
                log.close()
    facts = f"{sizes['large']:,} facts, {sizes['small']:,}"
    return [
        ratio(
            8,
            f"append, 99th percentile, {facts}",
            taken["append large"],
            taken["append small"],
            target=2,
            detail=f"{told(taken['append large'])}, small {told(taken['append small'])}",
        ),
        ratio(
            8,
            f"replay of a fact, {facts}",
            taken["replay large"],
            taken["replay small"],
            target=1.6,
            detail=f"{told(taken['replay large'])}, small {told(taken['replay small'])}",
        ),
    ]


class _Appending:
    """Goes on where it stopped, so that every turn finds the log a little larger."""

    def __init__(self, log: EventStore, people: Sequence[UUID]) -> None:
        versions = {one: len(log.read_stream(one)) for one in people}
        self._writer = Writer(log, versions, name=sum(versions.values()))
        self._number = 0

    def turn(self) -> float:
        """The 99th percentile of an append."""
        seconds: list[float] = []
        for _ in range(COMMANDS):
            self._number += 1
            began = perf_counter()
            self._writer.one_fact(self._number)
            seconds.append(perf_counter() - began)
        return percentile(seconds, 0.99)


def _replaying(log: EventStore, size: int) -> Turn:
    def replayed() -> int:
        done = 0
        for slice_ in range(SLICES):
            for logged in log.read_all(after=size * slice_ // SLICES, limit=PAGE):
                one = logged.envelope
                CODEC.decode(one.tag, one.schema_version, one.payload)
                done += 1
        return done

    def turn() -> float:
        """Seconds a fact."""
        done: list[int] = []
        return timed(lambda: done.append(replayed())) / done[0]

    return turn


if __name__ == "__main__":
    main("benchmarks.growth", figures, SIZE, WHAT)
