"""What is planned, and what came of it? One row for each component with its provider."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from zroute_core.kernel.tables import Column, Kind, Table
from zroute_core.projections.on_record import OnRecord, Projection
from zroute_core.read_models.plan import plan

TABLE = Table(
    "plan_lines",
    1,
    "What is planned, and what came of it? One row for each component with its provider, as the last plan says. The "
    "notes of the plan do not stand here: they belong to the history.",
    ("line",),
    (
        Column("line", Kind.INTEGER, "1, 2, 3 ... in the order of the plan."),
        Column("component", Kind.TEXT, "What it is: `Component`."),
        Column("provider", Kind.TEXT, "With whom; empty where the plan leaves that open.", nullable=True),
        Column(
            "planned_minutes_a_week",
            Kind.INTEGER,
            "What the plan says now; empty for what was followed without standing in it, 0 for no fixed rhythm.",
            nullable=True,
        ),
        Column("since", Kind.DAY, "Since when the plan says so; without a plan, since when it was followed."),
        Column("realised_minutes", Kind.INTEGER, "In the whole trajectory, also before the plan said so."),
    ),
)


def rows(told: OnRecord) -> Iterator[tuple[Any, ...]]:
    """None when no opening is in force."""
    if told.status.opened is None:
        return
    # What of the plan depends on a day, the mean a week and what is overdue, is no column here.
    for number, line in enumerate(plan(told.facts, date.max).components, start=1):
        yield (
            number,
            line.component.value,
            line.provider,
            line.planned_minutes_a_week,
            line.since,
            line.realised_minutes,
        )


PLAN_LINES = Projection(TABLE, rows)
