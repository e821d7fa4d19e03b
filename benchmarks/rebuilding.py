"""One rebuild of a read model in a process of its own: prints how long it took, and the most memory it held.

`python -m benchmarks.rebuilding LOG TABLES WORKERS [--plain]`
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from functools import partial
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage

import attrs

from benchmarks.measure import timed
from benchmarks.ours import folding_of, log_in
from zroute_core.adapters.sqlite_tables import SqliteReadModelStore
from zroute_core.projections.folding import Folding
from zroute_core.projections.minutes import MINUTES
from zroute_core.projections.rebuilding import rebuild

KIB = 1 if sys.platform != "darwin" else 1024
"""What the system counts the largest resident memory in."""


@attrs.frozen
class Rebuilt:
    """What a rebuild took."""

    seconds: float
    own_mib: float
    """The most memory that the process itself held."""
    worker_mib: float
    """The most that one of its workers held; 0 without workers."""


def in_a_process(log: Path, tables: Path, workers: int, *, encrypted: bool) -> Rebuilt:
    """Measured from nothing, and the tables thrown away again."""
    command = [sys.executable, "-m", "benchmarks.rebuilding", str(log), str(tables), str(workers)]
    if not encrypted:
        command.append("--plain")
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603  our own script
    finally:
        for made in tables.parent.glob(f"{tables.name}*"):
            made.unlink()
    return Rebuilt(**json.loads(done.stdout))


def opens(log: Path, tables: Path, encrypted: bool) -> tuple[Folding, SqliteReadModelStore]:
    """Both stores, also in another process."""
    return folding_of(log_in(log, encrypted=encrypted), [MINUTES]), SqliteReadModelStore(tables, [MINUTES.table])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("log", type=Path)
    parser.add_argument("tables", type=Path)
    parser.add_argument("workers", type=int)
    parser.add_argument("--plain", action="store_true")
    asked = parser.parse_args()
    opening = partial(opens, asked.log, asked.tables, not asked.plain)
    folding, views = opening()
    try:
        seconds = timed(lambda: rebuild(folding, views, workers=asked.workers, opens=opening))
    finally:
        views.close()
        folding.log.close()
    own, workers = (getrusage(whose).ru_maxrss / KIB / 1024 for whose in (RUSAGE_SELF, RUSAGE_CHILDREN))
    print(json.dumps(attrs.asdict(Rebuilt(seconds, own, workers))))  # noqa: T201  for whoever started it


if __name__ == "__main__":
    main()
