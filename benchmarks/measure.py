"""How a figure is made: ours and the baseline by turns in one run, their ratio each time, and the median of those.

Whatever else the machine does meets both of a pair alike. Who goes first changes with every turn. The garbage collector
runs as it always does; it starts each turn with nothing to collect, and leaves alone what was prepared for the turns.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from time import perf_counter
from typing import Any

import attrs

FEWEST_RUNS = 5
"""For a figure that is published. Fewer are for trying a script out."""

Turn = Callable[[], float]
"""Does its work once, and says how many seconds of it count."""


@attrs.frozen
class Figure:
    """One line of the table: what was measured, in which unit, and what was aimed at."""

    line: int
    """Of the table of targets."""
    what: str
    measured: float
    unit: str
    """`x` for a ratio; else a unit of time or memory."""
    target: float | None = None
    """None for a figure that only explains the one beside it."""
    at_least: bool = False
    """The target is the least that is asked; else it is the most."""
    lowest: float | None = None
    highest: float | None = None
    """Of all turns: how far the median can be trusted."""
    detail: str = ""
    """The two measured values behind a ratio, or the size."""

    @property
    def met(self) -> bool | None:
        """Is the target met? None where there is none."""
        if self.target is None:
            return None
        return self.measured >= self.target if self.at_least else self.measured <= self.target


def timed(work: Callable[[], object]) -> float:
    """How many seconds the work takes."""
    began = perf_counter()
    work()
    return perf_counter() - began


def repeated(times: int, work: Callable[[int], object]) -> float:
    """How many seconds it takes to do the work so often; it is told which time it is, from 0."""
    began = perf_counter()
    for number in range(times):
        work(number)
    return perf_counter() - began


def by_turns(runs: int, turns: Mapping[str, Turn]) -> Mapping[str, tuple[float, ...]]:
    """The seconds of each, run after run: forwards in one run, backwards in the next."""
    taken: dict[str, list[float]] = {name: [] for name in turns}
    gc.collect()
    gc.freeze()
    try:
        for run in range(runs):
            for name in list(turns)[:: 1 if run % 2 == 0 else -1]:
                gc.collect()
                taken[name].append(turns[name]())
    finally:
        gc.unfreeze()
    return {name: tuple(seconds) for name, seconds in taken.items()}


def ratio(
    line: int,
    what: str,
    above: Sequence[float],
    below: Sequence[float],
    *,
    target: float | None = None,
    at_least: bool = False,
    detail: str = "",
) -> Figure:
    """The median of `above` / `below`, pair by pair as they were measured side by side."""
    ratios = [one / other for one, other in zip(above, below, strict=True)]
    return Figure(line, what, median(ratios), "x", target, at_least, min(ratios), max(ratios), detail)


def amount(
    line: int, what: str, values: Sequence[float], unit: str, *, target: float | None = None, detail: str = ""
) -> Figure:
    """The median of values that stand for themselves."""
    return Figure(line, what, median(values), unit, target, False, min(values), max(values), detail)


def told(seconds: Sequence[float], pieces: int = 1) -> str:
    """The median time of one of so many pieces, as a person reads it."""
    each = median(seconds) / pieces
    for scale, unit in ((1, "s"), (1e3, "ms"), (1e6, "µs")):
        if each * scale >= 1 or unit == "µs":
            return f"{each * scale:.3g} {unit}"
    raise AssertionError("unreachable: the last unit takes all the rest")


def percentile(values: Sequence[float], part: float) -> float:
    """The value that this part of all values does not go beyond."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


# ── a script on the command line ─────────────────────────────────────────────────────────────────────────────


def main(script: str, figures: Callable[[int, int], Sequence[Figure]], size: int, what: str) -> None:
    """`python -m benchmarks.<script>`: measure, and print; as JSON for whoever puts the table together."""
    parser = argparse.ArgumentParser(prog=f"python -m {script}", description=sys.modules["__main__"].__doc__)
    parser.add_argument("--size", type=int, default=size, help=f"{what} (default {size})")
    parser.add_argument("--runs", type=int, default=FEWEST_RUNS, help=f"turns of each (default {FEWEST_RUNS})")
    parser.add_argument("--json", action="store_true", help="one figure a line, for a program")
    asked = parser.parse_args()
    for figure in figures(asked.size, asked.runs):
        print(written(figure) if asked.json else sentence(figure))  # noqa: T201  a command line prints


def sentence(figure: Figure) -> str:
    """A figure in a line of text."""
    target = "" if figure.target is None else f", target {'>=' if figure.at_least else '<='} {figure.target:g}"
    verdict = {None: "", True: ": met", False: ": NOT met"}[figure.met]
    spread = "" if figure.lowest is None else f" ({figure.lowest:.3g} to {figure.highest:.3g})"
    detail = f"  [{figure.detail}]" if figure.detail else ""
    return f"{figure.line:>2}  {figure.what}: {figure.measured:.3g} {figure.unit}{spread}{target}{verdict}{detail}"


def written(figure: Figure) -> str:
    """A figure as a line of JSON."""
    return json.dumps(attrs.asdict(figure), ensure_ascii=False)


def read(line: str) -> Figure:
    """What `written` wrote."""
    fields: dict[str, Any] = json.loads(line)
    return Figure(**fields)


def in_a_process(script: str, *, size: int | None, runs: int, flags: Sequence[str] = ()) -> list[Figure]:
    """Another script's figures, from a process of its own: with an empty memory, and these flags of Python."""
    command = [sys.executable, *flags, "-m", script, "--json", "--runs", str(runs)]
    if size is not None:
        command += ["--size", str(size)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603  our own script
    return [read(line) for line in done.stdout.splitlines()]
