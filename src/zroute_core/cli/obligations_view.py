"""`zroute obligations`: what must still be done, and what does not apply and why."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from zroute_core.cli.words import day, hours, item, times, words
from zroute_core.domain.values import Regime
from zroute_core.read_models.obligations import (
    Obligation,
    ObligationKind,
    Obligations,
    ObligationState,
    Unit,
)

NAMES = {
    ObligationKind.PIP: "plan (PIP)",
    ObligationKind.LEARNING_ABILITY_TEST: "learning ability test",
    ObligationKind.PVT_HOURS: "PVT: hours",
    ObligationKind.PVT_DECLARATION: "PVT: declaration",
    ObligationKind.MAP_HOURS: "MAP: practical hours",
    ObligationKind.MAP_THEMES: "MAP: themes",
    ObligationKind.MAP_INTERVIEW: "MAP: final interview",
    ObligationKind.COURSE_HOURS: "course hours",
    ObligationKind.PARTICIPATION_HOURS: "participation hours",
    ObligationKind.KNM_EXAM: "KNM exam",
    ObligationKind.PROGRESS_INTERVIEW: "progress interview",
    ObligationKind.FINAL_INTERVIEW: "final interview",
    ObligationKind.COMPLETION: "completion",
    ObligationKind.CERTIFICATE: "certificate",
}

TOLD = {ObligationState.NOT_APPLICABLE, ObligationState.UNKNOWN, ObligationState.OPEN}
"""Whose reason stands beside them: the others speak for themselves."""


def show_obligations(console: Console, answer: Obligations) -> None:
    """Print it."""
    console.print(f"Obligations on {day(answer.day)}", style="bold")
    if answer.regime is Regime.PILOT:
        console.print(f"None: {_sentence(answer.lines[0])}")
        return
    route = f"{words(answer.route)} route" if answer.route else "no route yet"
    console.print(f"{words(answer.target_group)}, {route}\n")
    table = Table(box=None, pad_edge=False)
    table.add_column("what", no_wrap=True)
    table.add_column("how it stands")
    table.add_column("so far", justify="right", no_wrap=True)
    for one in answer.lines:
        table.add_row(NAMES[one.kind], _stands(one), _amount(one))
    console.print(table)
    told: dict[str, list[str]] = {}
    for one in answer.lines:
        if one.state in TOLD:
            told.setdefault(f"{_sentence(one)} ({one.why.rule})", []).append(NAMES[one.kind])
    if told:
        console.print("\nWhy:", style="bold")
    for sentence, names in told.items():
        item(console, f"{', '.join(names)}: {sentence}")


def _stands(one: Obligation) -> str:
    match one.state:
        case ObligationState.MET:
            return f"met on {day(one.met_on)}" if one.met_on else "met"
        case ObligationState.OPEN:
            return "to be done, no last day known"
        case ObligationState.DUE:
            return f"to be done by {day(one.due)}"
        case ObligationState.OVERDUE:
            return f"OVERDUE since {day(one.due)}"
        case ObligationState.NOT_APPLICABLE:
            return f"does not apply ({words(one.because)})" if one.because else "does not apply"
        case ObligationState.UNKNOWN:
            return "not known yet"


def _amount(one: Obligation) -> str:
    amount = one.amount
    if amount is None or (one.state is ObligationState.NOT_APPLICABLE and not amount.done):
        return ""
    match amount.unit:
        case Unit.MINUTES:
            needed = f" of {hours(amount.needed)}" if amount.needed else ""
            return f"{hours(amount.done)}{needed}"
        case Unit.THEMES:
            return f"{amount.done} of {amount.needed}"
        case Unit.TIMES:
            return times(amount.done)


def _sentence(one: Obligation) -> str:
    return one.why.sentence.en
