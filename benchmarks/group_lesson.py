"""Line 10: a lesson of fifteen people in one atomic commit, beside a command of one fact and beside fifteen commits."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import TypeVar

from benchmarks.measure import Figure, Turn, by_turns, main, ratio, repeated, told
from benchmarks.ours import Door, Writer, fill, log_in
from benchmarks.world import GROUP, World

Way = TypeVar("Way", Writer, Door)

SIZE = 20
WHAT = "group lessons a turn"

BEFORE = 400
"""Facts in each history before the first lesson."""


def figures(size: int, runs: int) -> list[Figure]:
    """The ratio that is aimed at, the same through the front door, and how much fifteen commits would take."""
    world = World(GROUP, BEFORE)
    people = world.participants()
    with TemporaryDirectory(prefix="zroute-bench-") as folder:
        template = Path(folder, "template.db")
        fill(template, world, encrypted=True)

        def writer() -> Writer:
            return Writer(log_in(_fresh(template), encrypted=True), dict.fromkeys(people, BEFORE))

        def door() -> Door:
            return Door(log_in(_fresh(template), encrypted=True), people)

        turns: dict[str, Turn] = {
            "one": lambda: _each(writer(), Writer.one_fact, size),
            "group": lambda: _each(writer(), Writer.group_lesson, size),
            "fifteen": lambda: _each(writer(), Writer.one_fact, size * GROUP),
            "one decided": lambda: _each(door(), Door.one_fact, size),
            "group decided": lambda: _each(door(), Door.group_lesson, size),
        }
        taken = by_turns(runs, turns)
    group, one = told(taken["group"], size), told(taken["one"], size)
    decided = f"{told(taken['group decided'], size)}, one {told(taken['one decided'], size)}"
    return [
        ratio(
            10,
            "a group lesson of 15, of a command of one fact",
            taken["group"],
            taken["one"],
            target=1.7,
            detail=f"{group}, one {one}",
        ),
        ratio(
            10,
            "fifteen commits, of one group lesson",
            taken["fifteen"],
            taken["group"],
            detail=f"{told(taken['fifteen'], size)}, together {group}",
        ),
        ratio(
            10,
            "a group lesson of 15, decided by all policies, of a command of one fact",
            taken["group decided"],
            taken["one decided"],
            detail=decided,
        ),
    ]


def _each(way: Way, send: Callable[[Way, int], None], times: int) -> float:
    try:
        return repeated(times, partial(send, way))
    finally:
        way.close()


def _fresh(template: Path) -> Path:
    path = template.with_name("turn.db")
    for old in path.parent.glob("turn.db*"):
        old.unlink()
    copyfile(template, path)
    return path


if __name__ == "__main__":
    main("benchmarks.group_lesson", figures, SIZE, WHAT)
