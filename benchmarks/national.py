"""Lines 7, 8 and 9: the national archive, some 12 million facts of 15,000 people, on this machine.

First a question about everybody, asked of the columns beside a plain log, and of that log. Then a read model is made
anew from an encrypted one, on one core and on two, beside the floor (bytes in memory to a sum, nothing checked); its
peak of memory, beside that of a twelfth of the archive; and commands and replay, beside a log of ten thousand facts.
The logs are made for it and thrown away: at most some 9 GB at one time.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from contextlib import closing
from itertools import islice
from pathlib import Path
from statistics import median

from benchmarks import growth, rebuilding, report
from benchmarks.floor import floor, in_memory
from benchmarks.measure import FEWEST_RUNS, Figure, amount, by_turns, in_a_process, ratio, sentence, timed, told
from benchmarks.ours import fill
from benchmarks.world import FACTS, World
from zroute_core.adapters.sqlite import SqliteEventStore

PEOPLE = 15_000

SAMPLE = 240_000
"""Facts that the floor goes through in a turn: each costs the same, and all of them would not fit in memory."""


def figures(people: int, runs: int, folder: Path, *, encrypted: bool) -> list[Figure]:
    """All that is aimed at for an archive of this size."""
    folder.mkdir(parents=True, exist_ok=True)
    world, twelfth = World(people), World(max(people // 12, 1))
    path = _archive(folder, world, encrypted=encrypted)
    small = _archive(folder, twelfth, encrypted=encrypted)
    tables = folder / "tables.db"
    entries = in_memory(islice(world.envelopes(), SAMPLE))
    done: dict[str, list[rebuilding.Rebuilt]] = {"one": [], "two": [], "twelfth": []}

    def rebuilt(name: str, log: Path, workers: int, facts: int) -> float:
        done[name].append(rebuilding.in_a_process(log, tables, workers, encrypted=encrypted))
        return done[name][-1].seconds / facts

    taken = by_turns(
        runs,
        {
            "floor": lambda: timed(lambda: floor(entries)) / len(entries),
            "one": lambda: rebuilt("one", path, 1, world.size),
            "two": lambda: rebuilt("two", path, 2, world.size),
            "twelfth": lambda: rebuilt("twelfth", small, 1, twelfth.size),
        },
    )
    size = f"{world.size / 1e6:.3g} million facts"
    peak = [one.own_mib for one in done["one"]]
    peak_of_twelfth = [one.own_mib for one in done["twelfth"]]
    both = median([one.own_mib + 2 * one.worker_mib for one in done["two"]])
    seconds = {name: told([one.seconds for one in some]) for name, some in done.items()}
    return [
        ratio(
            7,
            f"{size}: rebuild on one core, of the floor",
            taken["one"],
            taken["floor"],
            target=1.0,
            detail=f"{seconds['one']}, {told(taken['one'])} a fact, floor {told(taken['floor'])}",
        ),
        ratio(
            7,
            f"{size}: rebuild on two cores, of the floor",
            taken["two"],
            taken["floor"],
            target=0.55,
            detail=f"{seconds['two']}, {told(taken['two'])} a fact",
        ),
        amount(7, f"{size}: peak memory", peak, "MiB", target=160, detail=f"on two cores together {both:.0f} MiB"),
        ratio(
            7,
            f"{size}: peak memory, of that at {twelfth.size / 1e6:.3g} million",
            peak,
            peak_of_twelfth,
            target=1.5,
            detail=f"{median(peak):.0f} MiB, {median(peak_of_twelfth):.0f} MiB",
        ),
        *growth.compare(path, people, runs),
    ]


def _archive(folder: Path, world: World, *, encrypted: bool) -> Path:
    """The log of this world; made when it is not there, or not whole."""
    path = folder / f"{world.people}-{'encrypted' if encrypted else 'plain'}.db"
    if path.exists():
        with closing(SqliteEventStore(path)) as store:
            if store.head().size >= world.size:  # commands may have been added to it
                return path
        for old in folder.glob(f"{path.name}*"):
            old.unlink()
    seconds = timed(lambda: fill(path, world, encrypted=encrypted))
    gigabytes = path.stat().st_size / 1e9
    print(f"made a log of {world.size:,} facts in {seconds:.0f} s, {gigabytes:.2f} GB", file=sys.stderr)  # noqa: T201
    return path


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.national", description=__doc__)
    parser.add_argument("--size", type=int, default=PEOPLE, help=f"people, of {FACTS} facts each (default {PEOPLE})")
    parser.add_argument("--runs", type=int, default=FEWEST_RUNS, help=f"turns of each (default {FEWEST_RUNS})")
    parser.add_argument("--folder", type=Path, default=Path("build/national"), help="where the logs are made")
    parser.add_argument("--keep", action="store_true", help="keep the logs for the next time: 7 GB")
    parser.add_argument("--plain", action="store_true", help="payloads are not encrypted")
    parser.add_argument("--write", type=Path, help="the page whose table is to be replaced")
    asked = parser.parse_args()
    of_columns = in_a_process("benchmarks.cohort", size=asked.size, runs=asked.runs)
    try:
        found = figures(asked.size, asked.runs, asked.folder, encrypted=not asked.plain) + of_columns
    finally:
        if not asked.keep:
            shutil.rmtree(asked.folder, ignore_errors=True)
    for figure in found:
        print(sentence(figure))  # noqa: T201  a command line prints
    if asked.write:
        report.write(asked.write, "bench-national", found, asked.runs)


if __name__ == "__main__":
    main()
