"""What a projection looks at: what stands on record about one participant, and the rows that follow from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import attrs

from zroute_core.domain.events import Fact
from zroute_core.domain.history import History, InForce
from zroute_core.domain.programme import Programme
from zroute_core.domain.trajectory import Trajectory
from zroute_core.kernel.log import Recorded
from zroute_core.kernel.tables import Table


@attrs.frozen
class OnRecord:
    """What stands on record about one participant. It knows no day of today: a table is not asked on a day."""

    entries: tuple[Recorded[Fact], ...]
    """As recorded, oldest first."""
    facts: tuple[InForce, ...]
    """The facts in force, in the order in which they happened."""
    status: Trajectory
    """Folded over the facts in force."""
    programme: Programme
    """Of the municipality the participant is with, else the national one."""

    @classmethod
    def of(cls, entries: tuple[Recorded[Fact], ...], programme_of: Callable[[History], Programme]) -> OnRecord:
        """Corrections are applied here, once for all tables."""
        history = History.of(entries)
        return cls(entries, history.facts, history.trajectory, programme_of(history))


@attrs.frozen
class Projection:
    """A table, and the function from what stands on record about one participant to the values of its rows."""

    table: Table
    rows: Callable[[OnRecord], Iterable[tuple[Any, ...]]]
    """Pure. Without the participant, which the table puts in front."""
