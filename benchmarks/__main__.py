"""`python -m benchmarks`: every script in a process of its own, and the whole table against the targets."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from benchmarks import report
from benchmarks.measure import FEWEST_RUNS, Figure, in_a_process

SCRIPTS = (
    "command",
    "bulk_import",
    "postgres",
    "load",
    "replay",
    "projection",
    "growth",
    "cohort",
    "group_lesson",
    "writers",
    "bytes_a_fact",
    "hashing",
)
"""In the order of the lines they measure. The national archive has a command of its own: `benchmarks.national`."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("scripts", nargs="*", metavar="script", help=f"some of: {', '.join(SCRIPTS)}")
    parser.add_argument("--runs", type=int, default=FEWEST_RUNS, help=f"turns of each (default {FEWEST_RUNS})")
    parser.add_argument("--size", type=int, help="for every script, in its own measure: to try them out")
    parser.add_argument("--write", type=Path, help="the page whose table is to be replaced")
    asked = parser.parse_args()
    if unknown := set(asked.scripts) - set(SCRIPTS):
        parser.error(f"no such script: {', '.join(sorted(unknown))}")
    figures: list[Figure] = []
    failed: list[str] = []
    for script in asked.scripts or SCRIPTS:
        print(f"{script} ...", file=sys.stderr, flush=True)  # noqa: T201  it takes a while
        try:
            figures += in_a_process(f"benchmarks.{script}", size=asked.size, runs=asked.runs)
        except subprocess.CalledProcessError:
            failed.append(script)
    figures.sort(key=lambda one: one.line)
    print(report.table(figures))  # noqa: T201  a command line prints
    if failed:
        print(f"could not be measured: {', '.join(failed)}", file=sys.stderr)  # noqa: T201
    if asked.write:
        report.write(asked.write, "bench", figures, asked.runs)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
