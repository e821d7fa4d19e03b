"""Line 12: how many bytes a fact takes on the disk, beside the table of the stock library with the same information.

Whole files, indexes and all, after a checkpoint; nothing is vacuumed. Ours is plain and holds the leaves as well.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from sqlite3 import connect
from tempfile import TemporaryDirectory

from benchmarks.measure import Figure, main
from benchmarks.ours import fill
from benchmarks.stock import fill as fill_stock
from benchmarks.stock import stock_app
from benchmarks.world import World

SIZE = 60
WHAT = "participants, of 800 facts each"


def figures(size: int, _: int) -> list[Figure]:
    """The ratio, and what encryption adds; there is nothing to repeat."""
    world = World(size)
    with TemporaryDirectory(prefix="zroute-bench-") as name:
        folder = Path(name)
        fill(folder / "plain.db", world, encrypted=False)
        fill(folder / "encrypted.db", world, encrypted=True)
        app = stock_app(folder / "stock.db")
        try:
            fill_stock(app, world)
        finally:
            app.close()
        plain, encrypted, stock = (_bytes(folder / f"{one}.db") / world.size for one in ("plain", "encrypted", "stock"))
    return [
        Figure(
            12,
            "bytes a fact, plain, of stock",
            plain / stock,
            "x",
            0.6,
            detail=f"{plain:.0f} bytes, stock {stock:.0f}",
        ),
        Figure(12, "bytes a fact, encrypted, of plain", encrypted / plain, "x", detail=f"{encrypted:.0f} bytes"),
    ]


def _bytes(path: Path) -> int:
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return path.stat().st_size


if __name__ == "__main__":
    main("benchmarks.bytes_a_fact", figures, SIZE, WHAT)
