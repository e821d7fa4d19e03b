"""Line 2: adding many facts to a SQLite store at once, beside a raw `executemany` into the same tables.

Both get their facts in memory, ours as envelopes and the baseline as rows, and write all of them in one transaction;
the tables, with their checks, indexes and triggers, are the same. Ours looks at versions and events, hashes each leaf
and keeps the tree. Encrypted facts come as an archive brings them: sealed, and stored as they stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import raw
from benchmarks.measure import Figure, Turn, by_turns, main, ratio, timed, told
from benchmarks.ours import envelopes_of, fill
from benchmarks.world import World
from zroute_core.adapters.sqlite import SqliteEventStore
from zroute_core.kernel.log import Envelope

SIZE = 60
WHAT = "participants, of 800 facts each"


def figures(size: int, runs: int) -> list[Figure]:
    """Two ratios: encrypted and plain."""
    world = World(size)
    found: list[Figure] = []
    for encrypted, target in ((True, 0.60), (False, 0.75)):
        with TemporaryDirectory(prefix="zroute-bench-") as folder:
            bench = _Bench(Path(folder), world, encrypted=encrypted)
            taken = by_turns(runs, {"ours": bench.ours, "raw": bench.raw})
        found.append(
            ratio(
                2,
                f"bulk import on SQLite, {'encrypted' if encrypted else 'plain'}, of raw",
                taken["raw"],
                taken["ours"],
                target=target,
                at_least=True,
                detail=f"{told(taken['ours'], world.size)} a fact, raw {told(taken['raw'], world.size)}",
            )
        )
    return found


class _Bench:
    """The same facts, as envelopes and as rows; each turn has a new file."""

    ours: Turn
    raw: Turn

    def __init__(self, folder: Path, world: World, *, encrypted: bool) -> None:
        envelopes = list(envelopes_of(world, encrypted=encrypted))
        template = folder / "template.db"
        fill(template, world, encrypted=encrypted)
        rows = raw.rows_of(template)
        self.ours = lambda: _extend(_fresh(folder), envelopes)
        self.raw = lambda: _insert(_fresh(folder), rows)


def _extend(path: Path, envelopes: Sequence[Envelope]) -> float:
    store = SqliteEventStore(path)
    try:
        return timed(lambda: store.extend(envelopes))
    finally:
        store.close()


def _insert(path: Path, rows: Sequence[raw.Row]) -> float:
    raw.same_tables(path)
    with raw.connected(path) as connection:
        return timed(lambda: raw.commit(connection, rows))


def _fresh(folder: Path) -> Path:
    for old in folder.glob("turn.db*"):
        old.unlink()
    return folder / "turn.db"


if __name__ == "__main__":
    main("benchmarks.bulk_import", figures, SIZE, WHAT)
