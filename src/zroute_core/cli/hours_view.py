"""`zroute hours`: what each municipality may report."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from zroute_core.cli.words import day, municipality, words
from zroute_core.domain.values import TargetGroup
from zroute_core.read_models.hours import Hours, Total, Totals


def show_hours(console: Console, answer: Hours) -> None:
    """Print it: whole hours, and the minutes they are rounded down from."""
    console.print(f"Hours up to and including {day(answer.day)}", style="bold")
    console.print(f"{words(answer.target_group)}; each municipality reports its own line and no other\n")
    table = Table(box=None, pad_edge=False)
    table.add_column("municipality", no_wrap=True)
    table.add_column("since", no_wrap=True)
    for title in ("intake", "course", "participation", "not counted"):
        table.add_column(title, justify="right", no_wrap=True)
    for one in answer.municipalities:
        table.add_row(municipality(one.municipality), str(one.since), *_row(one.totals))
    if len(answer.municipalities) > 1:
        table.add_row("all together", "", *_row(answer.total), style="bold")
    console.print(table)
    console.print("\nWhole hours, rounded down once; between brackets the minutes.")
    console.print("Intake: lessons during the broad intake. Course: lessons at a school after it.")
    if answer.target_group is TargetGroup.FAMILY_OR_OTHER_MIGRANT:
        console.print("Participation hours are asked of asylum status holders only.")


def _row(totals: Totals) -> tuple[str, ...]:
    return tuple(_total(one) for one in (totals.intake_course, totals.course, totals.participation, totals.not_counted))


def _total(total: Total) -> str:
    return f"{total.hours} h ({total.minutes})"
