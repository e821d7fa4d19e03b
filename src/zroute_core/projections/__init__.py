"""Read models that follow the log into tables: what a table says stands in one file, and all of them in PROJECTIONS."""

from __future__ import annotations

from zroute_core.projections.assessments import ASSESSMENTS
from zroute_core.projections.entries import ENTRIES
from zroute_core.projections.minutes import MINUTES
from zroute_core.projections.on_record import Projection
from zroute_core.projections.participants import PARTICIPANTS
from zroute_core.projections.plan_lines import PLAN_LINES

__all__ = ["PROJECTIONS", "TABLES", "Projection"]

PROJECTIONS: tuple[Projection, ...] = (PARTICIPANTS, MINUTES, ASSESSMENTS, PLAN_LINES, ENTRIES)
"""Every table. Another one is a file beside these and its name here."""

TABLES = tuple(one.table for one in PROJECTIONS)
"""What a store of read models is opened with."""
