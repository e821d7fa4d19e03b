"""Line 6: making a persisted read model anew, beside the stock library's projection with its commit for each event.

The same question on both sides: which minutes count, for what? Ours reads and decrypts each history, applies its
corrections and writes rows and position with `projections.rebuild`; the stock projection follows its own log, a row and
its tracking at a time. The files of both are as durable: synchronous=NORMAL, for what is lost can be followed again.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import Figure, by_turns, main, ratio, timed, told
from benchmarks.ours import fill, folding_of, log_in
from benchmarks.stock import Minutes, Participants, follow, minutes_view, stock_app
from benchmarks.stock import fill as fill_stock
from benchmarks.world import World
from zroute_core.adapters.sqlite_tables import SqliteReadModelStore
from zroute_core.kernel.ports import EventStore
from zroute_core.projections.minutes import MINUTES
from zroute_core.projections.rebuilding import rebuild

SIZE = 30
WHAT = "participants, of 800 facts each"

FOLLOWED = 2000
"""Events that the stock projection follows in a turn: each costs the same."""


def figures(size: int, runs: int) -> list[Figure]:
    """One ratio: how many times as fast, fact by fact."""
    world = World(size)
    followed = min(FOLLOWED, world.size)
    with TemporaryDirectory(prefix="zroute-bench-") as name:
        folder = Path(name)
        fill(folder / "ours.db", world, encrypted=True)
        log, app = log_in(folder / "ours.db", encrypted=True), stock_app(folder / "stock.db")
        try:
            fill_stock(app, world)
            number = count()
            taken = by_turns(
                runs,
                {
                    "stock": lambda: _follow(app, folder / f"stock-{next(number)}.db", followed) / followed,
                    "ours": lambda: _rebuild(log, folder / f"ours-{next(number)}.db") / world.size,
                },
            )
        finally:
            app.close()
            log.close()
    detail = f"{told(taken['ours'])} a fact, stock {told(taken['stock'])}"
    what = "rebuild of a persisted read model, times as fast as stock"
    return [ratio(6, what, taken["stock"], taken["ours"], target=50, at_least=True, detail=detail)]


def _rebuild(log: EventStore, path: Path) -> float:
    views = SqliteReadModelStore(path, [MINUTES.table])
    try:
        return timed(lambda: rebuild(folding_of(log, [MINUTES]), views))
    finally:
        views.close()


def _follow(app: Participants, path: Path, events: int) -> float:
    view = minutes_view(path)
    try:
        return timed(lambda: follow(app, Minutes(view), events))
    finally:
        view.datastore.close()


if __name__ == "__main__":
    main("benchmarks.projection", figures, SIZE, WHAT)
