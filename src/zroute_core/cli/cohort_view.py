"""`zroute cohort`: what changed for everybody together."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from zroute_core.cli.words import mean, municipality, signed, words
from zroute_core.domain.instruments import PILOT_LANGUAGE, PILOT_SELF_RELIANCE
from zroute_core.pilots import Factsheet
from zroute_core.read_models.cohort import Cohort, MeanChange


def show_cohort(console: Console, cohort: Cohort, factsheet: Factsheet | None = None) -> None:
    """Print it, with the factsheet's figures beside it when they are given."""
    beside = f" (factsheet: {factsheet.participants})" if factsheet else ""
    console.print(f"{cohort.participants} participants{beside}", style="bold")
    console.print(", ".join(f"{municipality(code)} {n}" for code, n in cohort.by_municipality.items()))
    if cohort.ended:
        console.print("Ended: " + ", ".join(f"{words(reason)} {n}" for reason, n in cohort.ended.items()))
    stated = (
        {
            PILOT_LANGUAGE.key: f"{factsheet.language_change:+}",
            PILOT_SELF_RELIANCE.key: f"{factsheet.self_reliance_change:+}",
        }
        if factsheet
        else {}
    )
    if cohort.means:
        console.print(
            f"\nMean change from {cohort.first.value} to {cohort.last.value}, "
            "over the n people measured at both moments"
        )
        console.print(_table([one for one in cohort.means if one.domain is None], stated))
        console.print(_table([one for one in cohort.means if one.domain and one.municipality is None], {}))
    for sentence, counts in (
        ("understand more", cohort.understands_more),
        ("are content", cohort.content),
        ("want to go on", cohort.wants_to_go_on),
    ):
        if counts:
            console.print(f"Say they {sentence}: " + ", ".join(f"{words(said)} {n}" for said, n in counts.items()))


def _table(lines: list[MeanChange], stated: dict[str, str]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("instrument")
    table.add_column("of")
    for title in ("start", "end", "change", "n", *(["factsheet"] if stated else [])):
        table.add_column(title, justify="right")
    before = ""
    for line in lines:
        whose = words(line.domain) if line.domain else municipality(line.municipality) if line.municipality else "all"
        whole = line.municipality is None and line.domain is None
        row = [
            "" if line.instrument == before else words(line.instrument),
            whose,
            mean(line.start),
            mean(line.end),
            signed(line.change),
            str(line.n),
            *([stated.get(line.instrument, "") if whole else ""] if stated else []),
        ]
        table.add_row(*row, style="bold" if whole else None)
        before = line.instrument
    return table
