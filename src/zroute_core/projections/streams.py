"""Which streams has a log, and where do they end?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast
from uuid import UUID

from zroute_core.kernel.ports import EventStore, Tailed

PAGE = 1_000


def read_tails(log: EventStore, until: int) -> Iterable[tuple[UUID, int, int]]:
    """Each stream with the version and the position of its last entry at or below position `until`.

    From what the log knows of its streams or, when it is no `Tailed`, by reading all of it.
    """
    if hasattr(log, "tails"):
        return cast("Tailed", log).tails(until)
    tails: dict[UUID, tuple[int, int]] = {}
    after = 0
    while page := log.read_all(after=after, limit=min(PAGE, until - after)) if after < until else ():
        for one in page:
            if one.position <= until:
                tails[one.envelope.stream] = one.envelope.version, one.position
        after = page[-1].position
    return [(stream, version, position) for stream, (version, position) in tails.items()]
