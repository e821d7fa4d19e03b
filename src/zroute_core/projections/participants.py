"""Who is there, where, and how far on the way? One row a participant."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import Any

from zroute_core.domain.events import GuideAssigned, GuideReleased
from zroute_core.kernel.tables import Column, Kind, Table
from zroute_core.projections.on_record import OnRecord, Projection
from zroute_core.read_models.caseload import Seen, project

TABLE = Table(
    "participants",
    1,
    "Who is there, where, and how far on the way? One row for each trajectory that was opened.",
    (),
    (
        Column("municipality", Kind.TEXT, "CBS code of the municipality the participant is with now."),
        Column("opened_by", Kind.TEXT, "CBS code of the municipality that opened the trajectory."),
        Column("regime", Kind.TEXT, "Under which rules it runs: `Regime`."),
        Column("target_group", Kind.TEXT, "As it is now: `TargetGroup`."),
        Column("programme", Kind.TEXT, "The programme whose rules and amounts hold for the participant."),
        Column("opened_on", Kind.DAY, "When the trajectory was opened."),
        Column("interrupted_on", Kind.DAY, "Since when it stands still; empty while it does not.", nullable=True),
        Column("ended_on", Kind.DAY, "When it ended.", nullable=True),
        Column("end_reason", Kind.TEXT, "Why it ended: `EndReason`.", nullable=True),
        Column("guide", Kind.TEXT, "The fixed contact now: the municipality's own reference.", nullable=True),
        Column("pip", Kind.TEXT, "The PIP in force.", nullable=True),
        Column("route", Kind.TEXT, "The route of the PIP in force: `Route`.", nullable=True),
        Column("term_since", Kind.DAY, "The first day of the term.", nullable=True),
        Column("term_until", Kind.DAY, "The first day after the term.", nullable=True),
        Column("route_completed_on", Kind.DAY, "When the route was completed.", nullable=True),
        Column("duty_ended_on", Kind.DAY, "When the duty ended.", nullable=True),
        Column("entries", Kind.INTEGER, "How many entries the history has."),
        Column("last_on", Kind.DAY, "The last day of which a fact in force tells."),
        Column("last_recorded_at", Kind.MOMENT, "When the last entry was written down."),
    ),
)


def rows(told: OnRecord) -> Iterator[tuple[Any, ...]]:
    """One row, or none when no opening is in force."""
    now = told.status
    opened, ended, duty = now.opened, now.ended, now.duty
    if opened is None or now.municipality is None or now.target_group is None:
        return
    of_guides = (one.fact for one in told.facts if isinstance(one.fact, GuideAssigned | GuideReleased))
    guides = reduce(project, of_guides, Seen()).guides
    yield (
        now.municipality,
        opened.municipality,
        opened.regime.value,
        now.target_group.value,
        told.programme.name,
        opened.on,
        now.interrupted.since if now.interrupted and now.interrupted.runs and not ended else None,
        ended.on if ended else None,
        ended.reason.value if ended else None,
        guides[-1] if guides and not ended else None,
        duty.pip.pip if duty.pip else None,
        duty.route.value if duty.route else None,
        duty.term.since if duty.term else None,
        duty.term.until if duty.term else None,
        duty.completed,
        duty.ended.on if duty.ended else None,
        len(told.entries),
        told.facts[-1].fact.on,
        told.entries[-1].recorded_at,
    )


PARTICIPANTS = Projection(TABLE, rows)
