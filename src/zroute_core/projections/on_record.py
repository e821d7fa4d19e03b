"""What a projection looks at: what stands on record about one participant, and the rows that follow from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import attrs

from zroute_core.domain.events import (
    DutyEnded,
    Fact,
    GuideAssigned,
    GuideReleased,
    Happened,
    MovedToMunicipality,
    PipAnnulled,
    PipDecided,
    PipRestored,
    PipRevoked,
    RouteCompleted,
    TargetGroupChanged,
    TermExtended,
    TrajectoryEnded,
    TrajectoryInterrupted,
    TrajectoryOpened,
    TrajectoryResumed,
)
from zroute_core.domain.history import History, InForce, effective
from zroute_core.domain.programme import Programme
from zroute_core.domain.trajectory import Trajectory, fold
from zroute_core.kernel.log import Recorded
from zroute_core.kernel.tables import Table

STATUS: tuple[type[Happened], ...] = (
    TrajectoryOpened,
    TrajectoryInterrupted,
    TrajectoryResumed,
    TrajectoryEnded,
    GuideAssigned,
    GuideReleased,
    TargetGroupChanged,
    MovedToMunicipality,
    PipDecided,
    PipRevoked,
    PipAnnulled,
    PipRestored,
    TermExtended,
    RouteCompleted,
    DutyEnded,
)
"""The facts about where somebody stands. Folding the lessons as well would take most of the time of a rebuild."""


@attrs.frozen
class OnRecord:
    """What stands on record about one participant. It knows no day of today: a table is not asked on a day."""

    entries: tuple[Recorded[Fact], ...]
    """As recorded, oldest first."""
    facts: tuple[InForce, ...]
    """The facts in force, in the order in which they happened."""
    status: Trajectory
    """Folded over the facts in force that are a STATUS; whatever else a trajectory holds is empty."""
    programme: Programme
    """Of the municipality the participant is with, else the national one."""

    @classmethod
    def of(cls, entries: tuple[Recorded[Fact], ...], programme_of: Callable[[History], Programme]) -> OnRecord:
        """Corrections are applied here, once for all tables."""
        facts = effective(entries)
        status = fold(one.fact for one in facts if isinstance(one.fact, STATUS))
        return cls(entries, facts, status, programme_of(History(entries, facts, status)))


@attrs.frozen
class Projection:
    """A table, and the function from what stands on record about one participant to the values of its rows."""

    table: Table
    rows: Callable[[OnRecord], Iterable[tuple[Any, ...]]]
    """Pure. Without the participant, which the table puts in front."""
