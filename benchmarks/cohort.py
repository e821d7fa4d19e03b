"""Line 9: a question about everybody together, asked of the columns beside the log, and of the log itself.

What changed for the cohort between two moments? The columns (Parquet, asked by Polars) were made before, and are held
to the answer of the read model, which reads, decodes and folds every history: the two must be equal to the fact. The
log is plain, for so the columns are made.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import Figure, amount, by_turns, main, ratio, timed, told
from benchmarks.ours import fill, trajectories
from benchmarks.world import CODEC, World
from zroute_core.adapters import columnar
from zroute_core.adapters.sqlite import SqliteEventStore
from zroute_core.read_models.cohort import Cohort

SIZE = 150
WHAT = "participants, of 800 facts each"


def figures(size: int, runs: int) -> list[Figure]:
    """The time of the question, how many times as fast as the rows it is, and what following the log costs.

    Raises ValueError when the two answers differ.
    """
    world = World(size)
    with TemporaryDirectory(prefix="zroute-bench-") as name:
        path, columns = Path(name, "log.db"), Path(name, "columns")
        fill(path, world, encrypted=False)
        store = SqliteEventStore(path)
        try:
            made = timed(lambda: columnar.update(columns, store, CODEC))
            answers: dict[str, Cohort] = {}

            def rows() -> None:
                answers["rows"] = trajectories(store).cohort()  # a door of its own: it has no history in memory

            def asked() -> None:
                answers["columns"] = columnar.cohort(columns)

            asked()  # the first question loads the library
            taken = by_turns(runs, {"columns": lambda: timed(asked), "rows": lambda: timed(rows)})
        finally:
            store.close()
    if answers["rows"] != answers["columns"]:
        raise ValueError("the columns give another answer than the log")
    facts = f"{world.size:,} facts"
    return [
        amount(9, f"a cohort question over {facts}", taken["columns"], "s", target=1, detail="the same answer"),
        ratio(
            9,
            f"a cohort question over {facts}, times as fast as row replay",
            taken["rows"],
            taken["columns"],
            target=20,
            at_least=True,
            detail=f"{told(taken['columns'])}, rows {told(taken['rows'])}",
        ),
        Figure(9, "making the columns, a fact", made / world.size * 1e6, "µs", detail="once"),
    ]


if __name__ == "__main__":
    main("benchmarks.cohort", figures, SIZE, WHAT)
