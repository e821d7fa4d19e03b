"""`zroute plan`: what is planned for somebody, and what came of it."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from zroute_core.cli.words import day, hours, words
from zroute_core.domain.values import PlannedComponent
from zroute_core.read_models.plan import Plan


def show_plan(console: Console, plan: Plan) -> None:
    """Print it."""
    console.print(f"\nPersonal plan on {day(plan.day)}", style="bold")
    if plan.adopted_on is None:
        console.print("No plan was adopted yet; these are the goals of the broad intake (brede intake).")
    else:
        revised = f", last revised {day(plan.revised_on)}" if plan.revised_on else ""
        console.print(f"adopted {day(plan.adopted_on)}{revised}")
    for goal in plan.goals:
        console.print(f"  goal: {goal.text}")
    if plan.components:
        console.print()
        console.print(_components(plan))
    for guide in plan.guides:
        until = f" until {day(guide.until)}" if guide.until else ""
        console.print(f"Fixed contact: {guide.guide.role}, {guide.guide.key}, since {day(guide.since)}{until}")
    for group in plan.groups:
        until = f" until {day(group.until)}" if group.until else ""
        console.print(f"Group: {group.group.key}, level {group.group.level}, since {day(group.since)}{until}")
    for buddy in plan.language_buddies:
        until = f" until {day(buddy.until)}" if buddy.until else ""
        console.print(f"Language buddy (taalmaatje): {buddy.buddy}, since {day(buddy.since)}{until}")
    if plan.agreements:
        console.print("\nAgreed:", style="bold")
        for one in plan.agreements:
            due = f", due {day(one.due)}" if one.due else ""
            console.print(f"  {words(one.state)}: {one.text}{due}")
    if plan.changes:
        console.print("\nHow the plan changed:", style="bold")
        for change in plan.changes:
            console.print(f"  {day(change.on)}: {change.reason}")
            for what, components in (("added", change.added), ("dropped", change.dropped), ("changed", change.changed)):
                if components:
                    console.print(f"    {what}: {', '.join(map(_line, components))}")
    console.print()


def _line(planned: PlannedComponent) -> str:
    provider = f" ({planned.provider})" if planned.provider else ""
    return f"{words(planned.component)}{provider}"


def _components(plan: Plan) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("component")
    table.add_column("provider")
    for title in ("planned a week", "realised a week", "realised in all"):
        table.add_column(title, justify="right")
    for line in plan.components:
        planned = "not planned" if line.planned_minutes_a_week is None else hours(line.planned_minutes_a_week)
        table.add_row(
            words(line.component),
            line.provider or "-",
            planned,
            hours(line.realised_minutes_a_week),
            hours(line.realised_minutes),
        )
    return table
