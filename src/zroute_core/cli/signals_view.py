"""`zroute signals`: what happened in a period that somebody must act on or know."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.table import Table

from zroute_core.cli.words import day, days, words
from zroute_core.read_models.signals import By, SignalKind, Signals


def show_signals(console: Console, answer: Signals) -> None:
    """Print it: counts first, then a line for each; late entries are counted for each participant."""
    how = "was so" if answer.by is By.ON else "was written down"
    console.print(f"What {how} from {day(answer.first)} to {day(answer.last)}", style="bold")
    if not answer.lines:
        console.print("Nothing that somebody must act on or know.")
        return
    console.print(", ".join(f"{words(kind)} {number}" for kind, number in answer.counts.items()))
    lines = [one for one in answer.lines if one.kind is not SignalKind.LATE]
    if lines:
        table = Table(box=None, pad_edge=False)
        table.add_column("day", no_wrap=True)
        table.add_column("who", no_wrap=True)
        table.add_column("what")
        for one in lines:
            late = "" if one.recorded_on == one.on else f" (recorded {one.recorded_on})"
            table.add_row(str(one.on), str(one.participant)[:8], f"{one.sentence}{late}")
        console.print()
        console.print(table)
    belated = Counter(one.participant for one in answer.lines if one.kind is SignalKind.LATE)
    if belated:
        console.print(f"\nWritten down more than {days(answer.late_after_days)} after it was so:", style="bold")
    for participant, number in belated.items():
        console.print(f"  {str(participant)[:8]}  {number} {'entry' if number == 1 else 'entries'}")
