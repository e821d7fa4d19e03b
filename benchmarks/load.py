"""Line 4: loading one participant of 800 facts, beside `repository.get` of the stock library.

Ours reads the history from SQLite, holds every entry against its leaf (and decrypts it), decodes it, applies the
corrections and folds the whole trajectory. The stock aggregate, plain in both lines, adds up minutes. Neither keeps
anything from one load to the next; the file is in the page cache for both. A warm load is the second of one history,
which asks the store only for what is new.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from benchmarks.measure import Figure, amount, by_turns, in_a_process, main, ratio, repeated, timed, told
from benchmarks.ours import fill, histories, log_in
from benchmarks.stock import Participants, participant_of, stock_app
from benchmarks.stock import fill as fill_stock
from benchmarks.world import World
from zroute_core.kernel.ports import EventStore

SIZE = 15
WHAT = "participants, of 800 facts each"

WARM = 1000
"""Warm loads in a turn."""


def figures(size: int, runs: int) -> list[Figure]:
    """Three, and the same three under `python -O`, where the stock library's assertions are gone."""
    found = _figures(size, runs)
    if __debug__:
        found += in_a_process("benchmarks.load", size=size, runs=runs, flags=["-O"])
    return found


def _figures(size: int, runs: int) -> list[Figure]:
    world = World(size)
    people = world.participants()
    with TemporaryDirectory(prefix="zroute-bench-") as folder:
        plain_path, encrypted_path = Path(folder, "plain.db"), Path(folder, "encrypted.db")
        fill(plain_path, world, encrypted=False)
        fill(encrypted_path, world, encrypted=True)
        app = stock_app(Path(folder, "stock.db"))
        plain, encrypted = log_in(plain_path, encrypted=False), log_in(encrypted_path, encrypted=True)
        try:
            fill_stock(app, world)
            taken = by_turns(
                runs,
                {
                    "stock": lambda: _get(app, people),
                    "plain": lambda: _load(plain, people),
                    "encrypted": lambda: _load(encrypted, people),
                    "warm": lambda: _load_again(encrypted, people[0]),
                },
            )
        finally:
            app.close()
            plain.close()
            encrypted.close()
    flag = "" if __debug__ else ", python -O"
    stock = f"stock {told(taken['stock'], size)}"
    return [
        ratio(
            4,
            f"load of a participant{flag}, plain, times as fast as stock",
            taken["stock"],
            taken["plain"],
            target=8,
            at_least=True,
            detail=f"{told(taken['plain'], size)}, {stock}",
        ),
        ratio(
            4,
            f"load of a participant{flag}, encrypted, times as fast as stock (plain)",
            taken["stock"],
            taken["encrypted"],
            target=5,
            at_least=True,
            detail=f"{told(taken['encrypted'], size)}, {stock}",
        ),
        amount(4, f"warm load{flag}", [seconds / WARM * 1e6 for seconds in taken["warm"]], "µs", target=20),
    ]


def _load(log: EventStore, people: Sequence[UUID]) -> float:
    def load() -> None:
        reading = histories(log)  # which has nothing in memory
        for one in people:
            reading.read(one)

    return timed(load)


def _load_again(log: EventStore, person: UUID) -> float:
    reading = histories(log)
    reading.read(person)
    return repeated(WARM, lambda _: reading.read(person))


def _get(app: Participants, people: Sequence[UUID]) -> float:
    return repeated(len(people), lambda number: participant_of(app, people[number]))


if __name__ == "__main__":
    main("benchmarks.load", figures, SIZE, WHAT)
