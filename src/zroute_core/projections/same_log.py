"""Is this the log that tables were made from? A log can be put back to what a backup has, and the tables be kept.

What tells one log from another is the leaf of the entry at the position where the tables stand: it holds the event id,
which no two commands share.
"""

from __future__ import annotations

from contextlib import suppress
from typing import cast

from zroute_core.errors import ConfigurationError, DecodeError, IntegrityViolation, KeyNotFound, RootMismatch
from zroute_core.kernel.ports import EventStore, ProvenLog
from zroute_core.kernel.tables import Generation

UNREADABLE = (IntegrityViolation, DecodeError, KeyNotFound)
"""What a log raises that cannot hand out an entry because of the entry itself."""


def leaf_at(log: EventStore, position: int) -> str | None:
    """The leaf of the entry at this position, in hex; None when the log has no entry there.

    Empty where it cannot be known: at position 0, and of an entry that cannot be read in a log without a proof.
    Raises SequenceGap or StoreError.
    """
    if position < 1:
        return ""
    if hasattr(log, "leaves"):
        with suppress(ConfigurationError):  # it stands around a log that keeps no proof
            leaf = next(iter(cast("ProvenLog", log).leaves(position - 1, position)), None)
            return None if leaf is None else leaf.hex()
    try:
        page = log.read_all(after=position - 1, limit=1)
    except UNREADABLE:
        return ""
    return page[0].envelope.leaf().hex() if page and page[0].position == position else None


def is_log_of(log: EventStore, made: Generation) -> bool:
    """Whether the log has, where the tables stand, the entry that they were made up to. Raises as `leaf_at`."""
    leaf = leaf_at(log, made.position)
    return leaf is not None and (leaf == made.leaf or not leaf or not made.leaf)


def check_log_of(log: EventStore, made: Generation) -> None:
    """Raises RootMismatch unless the tables were made from this log, and as `leaf_at`."""
    if not is_log_of(log, made):
        raise RootMismatch(
            "this log is not the one that the read models were made from: it went back, as after a backup was put"
            " back, or an entry was changed; find out which, and make the read models anew (zroute rebuild)"
        )
