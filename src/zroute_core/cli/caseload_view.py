"""`zroute caseload`: who needs attention, and why."""

from __future__ import annotations

from rich.console import Console

from zroute_core.cli.words import day, days, hours, item, municipality
from zroute_core.read_models.caseload import Case, Caseload, Concern, Reason


def show_caseload(console: Console, answer: Caseload) -> None:
    """Print it, the most urgent first."""
    console.print(f"Who needs attention on {day(answer.day)}", style="bold")
    console.print(f"{len(answer.cases)} of {answer.participants} whose trajectory runs")
    for case in answer.cases:
        console.print(f"\n{case.participant}  {_where(case)}", style="bold")
        for reason in case.reasons:
            item(console, _told(reason))
    if answer.cases:
        console.print("\nBut for the last days of the PIP and the term, when to worry is practice and no law.")


def _where(case: Case) -> str:
    return municipality(case.municipality) + (f", {case.guide}" if case.guide else "")


def _told(reason: Reason) -> str:
    on, length = day(reason.day), days(abs(reason.days or 0))
    match reason.concern:
        case Concern.PIP_OVERDUE:
            return f"PIP overdue: it was due on {on}, {length} ago"
        case Concern.PIP_DUE:
            return f"PIP due on {on}, in {length}"
        case Concern.PIP_FELL:
            return f"no PIP in force since {on}, for {length}"
        case Concern.TERM_OVER:
            return f"the term ended on {on}, {length} ago, and the route is not completed"
        case Concern.TERM_ENDING:
            return f"the last day of the term is {on}, in {length}"
        case Concern.FALLING_BEHIND:
            done = f"done on {on}" if reason.day else "never done"
            return f"falling behind: at this pace {done}; what is left asks {hours(reason.minutes_a_week or 0)} a week"
        case Concern.INTERRUPTED:
            return f"interrupted since {on}, for {length}"
        case Concern.NO_PLAN:
            return f"no plan, and opened on {on}, {length} ago"
        case Concern.NO_CONTACT:
            return f"no talk since {on}, for {length}"
        case Concern.NO_PROGRESS_INTERVIEW:
            return f"no progress interview since {on}, for {length}"
