"""`zroute rules`: the rules of the act, as they were known on a day."""

from __future__ import annotations

from datetime import date

from rich.console import Console
from rich.table import Table

from zroute_core.cli.words import day
from zroute_core.domain.programme import Evidence
from zroute_core.domain.rulebook import Rule

HEADINGS = {
    Evidence.VERIFIED: "Read in an official text (V)",
    Evidence.SECONDARY: "Read in a text that cites an official one (S)",
    Evidence.INFERRED: "Inferred (I): may warn, never refuses",
    Evidence.MEMORY: "NOT VERIFIED (M): nothing here rests on it",
    Evidence.HOUSE: "No law: what keeps a record consistent (H)",
}


def show_rules(console: Console, rules: tuple[Rule, ...], on: date) -> None:
    """Print them, by how well they are known."""
    console.print(f"\nThe rules of the Wet inburgering 2021 as known on {day(on)}", style="bold")
    for evidence, heading in HEADINGS.items():
        found = [one for one in rules if one.evidence is evidence]
        if found:
            console.print(f"\n{heading}", style="bold")
            console.print(_table(found, on))
    console.print(f"\n{len(rules)} rules.\n")


def _table(rules: list[Rule], on: date) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("rule", overflow="fold")
    table.add_column("sentence", ratio=1)
    table.add_column("what it does")
    table.add_column("valid")
    for one in rules:
        table.add_row(one.id, one.sentence.en, one.force.value, _valid(one, on))
    return table


def _valid(rule: Rule, on: date) -> str:
    """`from 2022-01-01`, and whether it speaks of the day that was asked."""
    if rule.since is None and rule.until is None:
        return "always"
    days = " ".join(f"{word} {one}" for word, one in (("from", rule.since), ("before", rule.until)) if one)
    return days if rule.in_force_on(on) else f"{days}: not on this day"
