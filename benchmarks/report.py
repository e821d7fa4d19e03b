"""The table of a run, for a screen and for the page in the documentation; and what it ran on."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.measure import Figure

PACKAGES = ("zroute_core", "attrs", "msgspec", "cattrs", "cryptography", "eventsourcing", "orjson", "psycopg", "polars")

HEADINGS = ("line", "what", "measured", "of all turns", "target", "", "values")

VERDICTS = {None: "", True: "met", False: "not met"}


def table(figures: Sequence[Figure]) -> str:
    """For a screen: the columns aligned, one line for each figure."""
    rows = [list(HEADINGS), *map(_cells, figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join(lines)


def write(page: Path, made_by: str, figures: Sequence[Figure], runs: int) -> None:
    """Replace what stands between the two marks of this run; all that was written by hand stays.

    Raises ValueError when the page does not have them.
    """
    text = page.read_text(encoding="utf-8")
    begin, end = (f"<!-- {made_by}: {where} -->" for where in ("begin", "end"))
    before, found, rest = text.partition(begin)
    _, ended, after = rest.partition(end)
    if not found or not ended:
        raise ValueError(f"the page needs the lines {begin} and {end}")
    lines = [*(f"- {one}" for one in conditions(runs)), "", *_markdown(figures)]
    page.write_text("\n".join([before + begin, *lines, end + after]), encoding="utf-8")


def conditions(runs: int) -> list[str]:
    """What a figure cannot be read without: the machine, the versions, the flags, the number of turns."""
    flags = {"-O": sys.flags.optimize, "-X dev": sys.flags.dev_mode, "-W": bool(sys.warnoptions)}
    given = ", ".join(name for name, given in flags.items() if given) or "no flags"
    python = f"{platform.python_implementation()} {platform.python_version()}, {given}"
    return [
        f"Made on {datetime.now(UTC):%Y-%m-%d}, of {_commit()}; the median of {runs} alternating turns.",
        f"{_processor()}, {os.cpu_count()} cores, {_memory()} of memory, {platform.system()} {platform.machine()}.",
        f"{python}; SQLite {sqlite3.sqlite_version}, WAL, synchronous=FULL where nothing else is said.",
        ", ".join(f"{name} {found}" for name in PACKAGES if (found := _version(name))) + ".",
    ]


def _markdown(figures: Sequence[Figure]) -> list[str]:
    return [
        f"| {' | '.join(HEADINGS)} |",
        f"|{'---|' * len(HEADINGS)}",
        *(f"| {' | '.join(_cells(one))} |" for one in figures),
    ]


def _cells(one: Figure) -> list[str]:
    unit = "×" if one.unit == "x" else f" {one.unit}"
    spread = "" if one.lowest is None or one.highest is None else f"{_number(one.lowest)} to {_number(one.highest)}"
    target = "" if one.target is None else f"{'≥' if one.at_least else '≤'} {one.target:g}{unit}"
    return [str(one.line), one.what, f"{_number(one.measured)}{unit}", spread, target, VERDICTS[one.met], one.detail]


def _number(value: float) -> str:
    """Three digits that count, without a power of ten."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _commit() -> str:
    """Which state of the project; said so when there were changes beside it."""
    told = [
        subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603
        for command in (["git", "rev-parse", "--short", "HEAD"], ["git", "status", "--porcelain", "--", "src"])
    ]
    return f"{told[0] or 'an unknown commit'}{' with changes' if told[1] else ''}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "an unknown processor"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "a processor")


def _memory() -> str:
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
