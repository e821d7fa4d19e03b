"""`zroute why`: the facts and the rules behind one number."""

from __future__ import annotations

from datetime import date

from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from zroute_core.cli.words import day, hours, words
from zroute_core.read_models.why import Question, Why

TITLES = {
    Question.COURSE_MINUTES: "course hours followed",
    Question.PARTICIPATION_MINUTES: "participation hours followed",
    Question.COURSE_TARGET: "target of course hours",
    Question.PARTICIPATION_TARGET: "target of participation hours",
    Question.COURSE_LEFT: "course hours left",
    Question.PARTICIPATION_LEFT: "participation hours left",
    Question.COURSE_PACE: "course hours a week that what is left asks",
    Question.PARTICIPATION_PACE: "participation hours a week that what is left asks",
    Question.PIP_IN_FORCE: "PIP in force",
    Question.PIP_DUE: "last day for the first PIP",
    Question.TERM_SINCE: "first day of the term",
    Question.TERM_UNTIL: "first day after the term",
}


def show_why(console: Console, why: Why) -> None:
    """The number; the facts, with what each adds; the rules."""
    console.print(f"{TITLES[why.question]} on {day(why.day)}: {_value(why.value)}", style="bold")
    console.print(f"{why.programme}, by the rules as known on {day(why.rulebook)}")
    if why.facts:
        sums = any(one.contribution is not None for one in why.facts)
        console.print()
        table = Table(box=None, pad_edge=False)
        table.add_column("day", no_wrap=True)
        table.add_column("fact")
        if sums:
            table.add_column("adds", justify="right", no_wrap=True)
        table.add_column("then", justify="right", no_wrap=True)
        for one in why.facts:
            sentence = f"{one.sentence} (corrected)" if one.corrected_by else one.sentence
            adds = [_added(one.contribution)] if sums else []
            table.add_row(str(one.on), sentence, *adds, _value(one.value))
        console.print(table)
    else:
        console.print("No fact has changed it.")
    for name, number in why.parts.items():
        console.print(f"{words(name)}: {hours(number) if name.startswith('minutes') else number}")
    console.print("\nBecause of", style="bold")
    for rule in why.rules:
        console.print(Padding.indent(f"{rule.rule}: {rule.sentence.en}", 2))
        console.print(Padding.indent(rule.source, 4))
        if rule.link:
            console.print(Padding.indent(rule.link, 4))


def _added(minutes: int | None) -> str:
    if minutes is None:
        return ""
    return f"{'-' if minutes < 0 else '+'}{hours(abs(minutes))}"


def _value(value: int | date | str | None) -> str:
    match value:
        case None:
            return "none"
        case int():
            return hours(value)
        case date():
            return day(value)
        case key:
            return key
