"""Which streams has a log, and where do they end?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast
from uuid import UUID

from zroute_core.errors import ConfigurationError, SequenceGap
from zroute_core.kernel.ports import EventStore, ProvenLog, Tailed

PAGE = 1_000


def size_of(log: EventStore) -> int | None:
    """How many entries a `ProvenLog` has; None of a log that is none, or stands around one that is none."""
    if hasattr(log, "head"):
        try:
            return cast("ProvenLog", log).head().size
        except ConfigurationError:
            pass
    return None


def read_tails(log: EventStore, until: int) -> Sequence[tuple[UUID, int, int]]:
    """Each stream with the version and the position of its last entry at or below position `until`.

    From what the log knows of its streams or, when it is no `Tailed`, by reading all of it. Of a `ProvenLog` nobody is
    left out: raises SequenceGap unless the versions add up to the entries there are. Raises StoreError.
    """
    size = size_of(log)
    until = until if size is None else min(until, size)  # what comes in from here on is not looked at
    tails = list(cast("Tailed", log).tails(until)) if hasattr(log, "tails") else _read(log, until)
    if size is not None and sum(version for _, version, _ in tails) != max(until, 0):
        raise SequenceGap("the streams of the log do not add up to its entries: somebody would be left out")
    return tails


def _read(log: EventStore, until: int) -> list[tuple[UUID, int, int]]:
    tails: dict[UUID, tuple[int, int]] = {}
    after = 0
    while page := log.read_all(after=after, limit=min(PAGE, until - after)) if after < until else ():
        for one in page:
            if one.position <= until:
                tails[one.envelope.stream] = one.envelope.version, one.position
        after = page[-1].position
    return [(stream, version, position) for stream, (version, position) in tails.items()]
