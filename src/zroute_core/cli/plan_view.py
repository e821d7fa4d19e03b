"""`zroute plan`: what is planned for somebody, and what came of it."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from zroute_core.cli.words import day, hours, item, municipality, period, words
from zroute_core.domain.values import Component, PlannedComponent
from zroute_core.read_models.plan import AgreementLine, AgreementState, ComponentLine, PipLine, PipState, Plan

STATES = {
    AgreementState.OPEN: "open",
    AgreementState.KEPT: "kept",
    AgreementState.NOT_KEPT: "not kept",
    AgreementState.OVERDUE: "overdue, nobody recorded what became of it",
    AgreementState.LAPSED: "lapsed, nobody recorded what became of it",
}


FATES = {
    PipState.IN_FORCE: "in force",
    PipState.REPLACED: "replaced",
    PipState.REVOKED: "revoked",
    PipState.ANNULLED: "annulled",
}


def show_plan(console: Console, plan: Plan) -> None:
    """Print it."""
    console.print(f"\nPersonal plan on {day(plan.day)}", style="bold")
    if plan.adopted_on is None:
        console.print("No plan was adopted yet; these are the goals of the broad intake (brede intake).")
    else:
        revised = f", last revised {day(plan.revised_on)}" if plan.revised_on else ""
        ended = f", ended {day(plan.ended_on)}" if plan.ended_on else ""
        console.print(f"adopted {day(plan.adopted_on)}{revised}{ended}")
    for pip in plan.pips:
        item(console, _pip(pip), 0)
    if plan.pips and plan.pip is None:
        console.print("No PIP is in force.")
    for goal in plan.goals:
        item(console, f"goal: {goal.text}")
    if plan.components:
        console.print()
        console.print(_components(plan))
    console.print()
    for guide in plan.guides:
        console.print(f"Fixed contact: {guide.guide.role}, {guide.key}, {period(guide.since, guide.until)}")
    for group in plan.groups:
        console.print(
            f"Group: {group.key}, level {group.group.level}, at {group.group.provider}, "
            f"{period(group.since, group.until)}"
        )
    for buddy in plan.language_buddies:
        console.print(f"Language buddy (taalmaatje): {buddy.key}, {period(buddy.since, buddy.until)}")
    if plan.agreements:
        console.print("\nAgreed:", style="bold")
        for one in plan.agreements:
            item(console, one.text)
            item(console, _state(one), 4)
    if plan.changes:
        console.print("\nHow the plan changed:", style="bold")
        for change in plan.changes:
            item(console, f"{day(change.on)}: {change.reason}")
            for what, components in (("added", change.added), ("dropped", change.dropped), ("changed", change.changed)):
                if components:
                    item(console, f"{what}: {'; '.join(map(_line, components))}", 4)
    console.print()


def _pip(pip: PipLine) -> str:
    """`PIP pip-1 of 15 April 2024 (self reliance route, Haarlem): annulled since 3 May 2025 (court, ...)`"""
    level = f" at {pip.level.value}" if pip.level else ""
    ruled = f" ({words(pip.by)}, {pip.ruling})" if pip.by else ""
    return (
        f"PIP {pip.pip} of {day(pip.on)} ({words(pip.route)} route{level}, {municipality(pip.municipality)}): "
        f"{FATES[pip.state]} since {day(pip.since)}{ruled}"
    )


def _state(agreement: AgreementLine) -> str:
    """`due 15 March 2021: kept on 12 March 2021`"""
    due = f"due {day(agreement.due)}: " if agreement.due else ""
    reviewed = f" on {day(agreement.reviewed_on)}" if agreement.reviewed_on else ""
    return f"{due}{STATES[agreement.state]}{reviewed}"


def _line(planned: PlannedComponent) -> str:
    provider = f" by {planned.provider}" if planned.provider else ""
    note = f", {planned.note}" if planned.note else ""
    return f"{words(planned.component)}{provider} ({_planned(planned.minutes_a_week)}{note})"


def _planned(minutes_a_week: int | None) -> str:
    match minutes_a_week:
        case None:
            return "not in the plan"
        case 0:
            return "no fixed rhythm"
        case minutes:
            return hours(minutes)


def _components(plan: Plan) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("component")
    table.add_column("provider")
    for title in ("planned a week", "mean a week since", "in all"):
        table.add_column(title, justify="right", no_wrap=True)
    for line in plan.components:
        table.add_row(
            words(line.component),
            line.provider or "-",
            _planned(line.planned_minutes_a_week),
            *_realised(line),
        )
    return table


def _realised(line: ComponentLine) -> tuple[str, str]:
    """No fact tells how long somebody was with a language buddy."""
    if line.component is Component.LANGUAGE_BUDDY:
        return "-", "-"
    return f"{hours(line.realised_minutes_a_week)} ({line.since})", hours(line.realised_minutes)
