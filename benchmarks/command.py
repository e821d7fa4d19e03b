"""Line 1: a durable command on SQLite, beside a raw insert of the same bytes with a commit of its own.

Ours takes the facts that were decided on: encodes and checks them, encrypts, gives each its envelope and its leaf, adds
to the tree, and commits. The baseline knows the bytes already and puts them in a table without checks or further
indexes. Both wait for the disk. Beside it stands, without a target, the whole way through the front door: a decision
under all policies over histories of 400 facts, and then the same.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import TypeVar

from benchmarks import raw
from benchmarks.measure import Figure, Turn, by_turns, main, ratio, repeated, told
from benchmarks.ours import Door, Writer, fill, log_in
from benchmarks.world import GROUP, World

Way = TypeVar("Way", Writer, Door)

SIZE = 100
WHAT = "commands a turn"

BEFORE = 400
"""Facts in each history before the first command."""


def figures(size: int, runs: int) -> list[Figure]:
    """For commands of one fact and of ten; each with and without the decision."""
    with TemporaryDirectory(prefix="zroute-bench-") as folder:
        bench = _Bench(Path(folder), size)
        turns: dict[str, Turn] = {}
        for facts, append, send in (
            (1, Writer.one_fact, Door.one_fact),
            (10, Writer.ten_facts, Door.ten_facts),
        ):
            turns[f"raw {facts}"] = bench.raw(append, facts)
            turns[f"ours {facts}"] = bench.append(append)
            turns[f"door {facts}"] = bench.send(send)
        taken = by_turns(runs, turns)

    def of_raw(facts: int, name: str, what: str, target: float | None) -> Figure:
        mine, theirs = taken[f"{name} {facts}"], taken[f"raw {facts}"]
        detail = f"{told(mine, size)}, raw {told(theirs, size)}"
        what = f"a durable command of {facts} fact{'s' if facts > 1 else ''} on SQLite{what}, of raw"
        return ratio(1, what, theirs, mine, target=target, at_least=True, detail=detail)

    return [
        of_raw(1, "ours", "", 0.90),
        of_raw(10, "ours", "", 0.80),
        of_raw(1, "door", ", decided by all policies", None),
        of_raw(10, "door", ", decided by all policies", None),
    ]


class _Bench:
    """A store and a table with the same people in them; each turn begins with a copy."""

    def __init__(self, folder: Path, size: int) -> None:
        self._folder = folder
        self._size = size
        self._world = World(GROUP, BEFORE)
        self._ours, self._raw = folder / "ours.db", folder / "raw.db"
        fill(self._ours, self._world, encrypted=True)
        raw.plain_table(self._raw, raw.rows_of(self._ours))

    def append(self, append: Callable[[Writer, int], None]) -> Turn:
        def turn() -> float:
            log = log_in(self._fresh(self._ours), encrypted=True)
            return self._through(Writer(log, dict.fromkeys(self._world.participants(), BEFORE)), append)

        return turn

    def send(self, send: Callable[[Door, int], None]) -> Turn:
        def turn() -> float:
            log = log_in(self._fresh(self._ours), encrypted=True)
            return self._through(Door(log, self._world.participants()), send)

        return turn

    def _through(self, way: Way, send: Callable[[Way, int], None]) -> float:
        try:
            return repeated(self._size, partial(send, way))
        finally:
            way.close()

    def raw(self, append: Callable[[Writer, int], None], facts: int) -> Turn:
        self.append(append)()
        rows = raw.rows_of(self._folder / "turn.db", after=self._world.size)
        commands = [rows[at : at + facts] for at in range(0, len(rows), facts)]

        def turn() -> float:
            with raw.connected(self._fresh(self._raw)) as connection:
                return repeated(len(commands), lambda number: raw.commit(connection, commands[number]))

        return turn

    def _fresh(self, template: Path) -> Path:
        path = self._folder / "turn.db"
        for old in self._folder.glob("turn.db*"):
            old.unlink()
        copyfile(template, path)
        return path


if __name__ == "__main__":
    main("benchmarks.command", figures, SIZE, WHAT)
