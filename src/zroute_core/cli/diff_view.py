"""`zroute diff`: what differs between two views, and which facts and rules make it so."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from typing import cast

from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from zroute_core.cli.words import day, words
from zroute_core.read_models.diff import AmountChange, Cause, Diff, FactChange, RuleChange, Seen

CAUSES = {
    Cause.HAPPENED: "happened in between",
    Cause.TOLD_LATE: "had happened, and was not yet written down",
    Cause.CORRECTED: "was corrected",
    Cause.RETRACTED: "was retracted",
    Cause.REINSTATED: "was retracted, and counts again",
    Cause.COUNTED_OTHERWISE: "counts for something else",
}


def show_diff(console: Console, diff: Diff) -> None:
    """The fields first; then what made the difference."""
    for name, seen, other in (("before", diff.before, diff.after), ("after", diff.after, diff.before)):
        console.print(f"{name + ':':7} {_seen(seen, other)}")
    if diff.same:
        console.print("\nNothing differs.")
        return
    if diff.fields:
        console.print("\nWhat differs:", style="bold")
        table = Table(box=None, pad_edge=False)
        table.add_column("field", overflow="fold")
        for title in ("before", "after"):
            table.add_column(title, overflow="fold")
        for field in diff.fields:
            table.add_row(field.path, _value(field.before), _value(field.after))
        console.print(table)
    else:
        console.print("\nNo field of this view differs.")
    if diff.facts:
        console.print(f"\nFacts that differ ({len(diff.facts)}):", style="bold")
        for fact in diff.facts:
            _show_fact(console, fact)
    if diff.rules or diff.amounts:
        console.print("\nRules that differ:", style="bold")
        for rule in diff.rules:
            _show_rule(console, rule)
        for amount in diff.amounts:
            console.print(Padding.indent(_amount(amount), 2))


def _show_fact(console: Console, fact: FactChange) -> None:
    form = fact.after or fact.before
    minutes = f" ({fact.minutes:+} minutes)" if fact.minutes else ""
    console.print(Padding.indent(f"{form.on if form else ''}  {CAUSES[fact.cause]}{minutes}", 2))
    if fact.before:
        console.print(Padding.indent(f"- {_form(fact.before.sentence, fact.before.on, fact)}", 4))
    if fact.after:
        console.print(Padding.indent(f"+ {_form(fact.after.sentence, fact.after.on, fact)}", 4))
    for one in fact.written:
        at = f"recorded {one.recorded_at:%Y-%m-%d %H:%M} UTC by {one.recorded_by}"
        console.print(Padding.indent(at if form and one.sentence == form.sentence else f"{at}: {one.sentence}", 4))


def _form(sentence: str, on: date, fact: FactChange) -> str:
    """With its day where that is what differs."""
    moved = fact.before and fact.after and fact.before.on != fact.after.on
    return f"{on}: {sentence}" if moved else sentence


def _show_rule(console: Console, rule: RuleChange) -> None:
    which = "speaks only after" if rule.speaks_after else "speaks only before"
    console.print(Padding.indent(f"{rule.rule}: {which}", 2))
    console.print(Padding.indent(f"{rule.sentence.en}\n{rule.source}", 4))


def _amount(amount: AmountChange) -> str:
    hours = " -> ".join("none" if one is None else f"{one // 60} h" for one in (amount.before, amount.after))
    return f"target of {words(amount.category)} for {words(amount.target_group)}: {hours}"


def _seen(seen: Seen, other: Seen) -> str:
    """The programme and the rulebook where they are not the same, or not of the day."""
    parts = [f"as known at {seen.known_at.isoformat(sep=' ')}" if seen.known_at else "as known now"]
    parts.append(f"on {day(seen.day)}")
    if seen.programme != other.programme:
        parts.append(f"under {seen.programme}")
    if seen.rulebook != seen.day:
        parts.append(f"rules as known on {day(seen.rulebook)}")
    return ", ".join(parts)


def _value(value: object) -> str:
    match value:
        case None:
            return "-"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case Enum():
            return words(value)
        case tuple():
            return ", ".join(map(_value, cast("tuple[object, ...]", value)))
        case _:
            return str(value)
