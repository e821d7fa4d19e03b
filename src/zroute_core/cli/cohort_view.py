"""`zroute cohort`: what changed for everybody together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from rich.console import Console
from rich.table import Table

from zroute_core.cli.words import instrument, mean, measured_with, municipality, signed, words
from zroute_core.domain.instruments import PILOT_LANGUAGE, PILOT_SELF_RELIANCE
from zroute_core.domain.values import EndReason
from zroute_core.pilots import FACTSHEET, PROGRAMMES, SPREAD_NOTE
from zroute_core.read_models.cohort import Cohort, MeanChange

STATED = {
    PILOT_LANGUAGE.key: f"{FACTSHEET.language_change:+}",
    PILOT_SELF_RELIANCE.key: f"{FACTSHEET.self_reliance_change:+}",
}

ORDER = tuple(one.municipality for one in PROGRAMMES)


def show_cohort(console: Console, cohort: Cohort, *, pilots: bool = False) -> None:
    """Print it; of the six pilots with the factsheet's figures beside it, and with what is made up marked so."""
    if pilots:
        console.print(SPREAD_NOTE, style="italic")
        console.print()
    beside = f" (factsheet: {FACTSHEET.participants})" if pilots else ""
    console.print(f"{cohort.participants} participants{beside}", style="bold")
    codes = sorted(cohort.by_municipality, key=_place)
    console.print(", ".join(f"{municipality(code)} {cohort.by_municipality[code]}" for code in codes))
    if cohort.ended:
        ended = ", ".join(f"{_ending(reason, pilots)} {n}" for reason, n in _by_number(cohort.ended.items()))
        console.print(f"Ended: {ended}")
    if cohort.means:
        console.print(
            f"\nMean change from {cohort.first.value} to {cohort.last.value}, over the n people measured at both. "
            "Each figure is rounded on its own: end minus start may differ from change by 0.01."
        )
    for (key, version), lines in groupby(cohort.means, lambda one: (one.instrument, one.version)):
        console.print()
        console.print(measured_with(key, version), style="bold")
        console.print(_table(tuple(lines), pilots))
    said = [
        f"Say they {sentence}: " + ", ".join(f"{words(answer)} {n}" for answer, n in counts.items())
        for sentence, counts in (
            ("understand more", cohort.understands_more),
            ("are content", cohort.content),
            ("want to go on", cohort.wants_to_go_on),
        )
        if counts
    ]
    if said:
        console.print()
    for line in said:
        console.print(line)


def _table(lines: tuple[MeanChange, ...], pilots: bool) -> Table:
    """All together; then by municipality, as the factsheet has them; then by domain, as the instrument has them."""
    table = Table(box=None, pad_edge=False)
    table.add_column("of", no_wrap=True)
    for title in ("start", "end", "change", "n", *(["factsheet"] if pilots else [])):
        table.add_column(title, justify="right", no_wrap=True)
    for line in _in_order(lines):
        whole = line.municipality is None and line.domain is None
        whose = words(line.domain) if line.domain else municipality(line.municipality) if line.municipality else ""
        row = [
            "all together" if whole else f"  {whose}",
            mean(line.start),
            mean(line.end),
            signed(line.change),
            str(line.n),
            *([STATED.get(line.instrument, "") if whole else "made up"] if pilots else []),
        ]
        table.add_row(*row, style="bold" if whole else None)
    return table


def _in_order(lines: tuple[MeanChange, ...]) -> Iterator[MeanChange]:
    known = instrument(lines[0].instrument, lines[0].version)
    domains = known.domains if known else ()
    yield from (one for one in lines if one.municipality is None and one.domain is None)
    yield from sorted((one for one in lines if one.municipality and one.domain is None), key=_place_of)
    mine = [one for one in lines if one.domain and one.municipality is None]
    yield from sorted(mine, key=lambda one: domains.index(one.domain or "") if one.domain in domains else len(domains))


def _place_of(line: MeanChange) -> tuple[int, str]:
    return _place(line.municipality or "")


def _place(code: str) -> tuple[int, str]:
    return (ORDER.index(code) if code in ORDER else len(ORDER), code)


def _by_number(ended: Iterable[tuple[EndReason, int]]) -> list[tuple[EndReason, int]]:
    return sorted(ended, key=lambda item: -item[1])


def _ending(reason: EndReason, pilots: bool) -> str:
    still_there = pilots and reason is EndReason.COMPLETED
    return "completed (still there when the pilot ended)" if still_there else words(reason)
