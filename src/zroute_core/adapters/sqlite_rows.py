"""Envelopes as SQLite takes and gives them: rows in the order of the leaf, each held against its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from zroute_core.kernel.log import UNFIT, Envelope, fits, unfit

COLUMNS = """stream, version, event_id, tag, schema_version, recorded_at, actor, purpose, command_id, correlation_id,
    causation_id, key_id, key_commitment, payload"""

Row = tuple[Any, ...]
"""Position, the fields in the order of the leaf, and the leaf."""


def rows_of(size: int, envelopes: Sequence[Envelope]) -> list[Row]:
    """Raises InvalidInput for a value that cannot stand in a log."""
    with suppress(*UNFIT):
        rows = [(position, *one.row, one.leaf()) for position, one in enumerate(envelopes, start=size + 1)]
        if all(fits(one.row) for one in envelopes):
            return rows
    raise unfit()


def envelopes_of(rows: Iterable[Row]) -> tuple[Envelope, ...]:
    """Each entry, held against its leaf. Raises LeafMismatch for one that was changed."""
    under = Envelope.under
    return tuple([under(row[-1], row[1:-1]) for row in rows])
