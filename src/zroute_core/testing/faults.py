"""A store that fails when it is told to: for whatever stands above the port, and lives with what a store may do."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from enum import Enum
from uuid import UUID

from zroute_core.errors import CommitOutcomeUnknown, StoreBusy
from zroute_core.kernel.log import Batch, Context, Envelope, Logged
from zroute_core.kernel.ports import EventStore


class Failure(Enum):
    """What an append may come to besides being done."""

    REFUSED = "StoreBusy, and nothing is stored"
    LOST_BEFORE = "CommitOutcomeUnknown, and nothing is stored"
    LOST_AFTER = "CommitOutcomeUnknown, and it is stored"


class FailingStore:
    """Any store, of which the next appends fail as `will` said. Everything else is as in that store."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._coming: deque[Failure] = deque()

    def will(self, *failures: Failure) -> None:
        """Each of the next appends takes one, in this order; those after them succeed."""
        self._coming.extend(failures)

    def append(self, batches: Sequence[Batch], context: Context) -> tuple[Envelope, ...]:
        failure = self._coming.popleft() if self._coming else None
        if failure is Failure.REFUSED:
            raise StoreBusy("another writer held the store for too long: try again")
        if failure is Failure.LOST_BEFORE:
            raise _unknown()
        written = self._store.append(batches, context)
        if failure is Failure.LOST_AFTER:
            raise _unknown()
        return written

    def read_stream(self, stream: UUID, *, after: int = 0) -> Sequence[Envelope]:
        return self._store.read_stream(stream, after=after)

    def read_all(self, *, after: int = 0, limit: int = 1000) -> Sequence[Logged]:
        return self._store.read_all(after=after, limit=limit)

    def close(self) -> None:
        self._store.close()


def _unknown() -> CommitOutcomeUnknown:
    return CommitOutcomeUnknown("the store stopped answering: send the same command again, with its id")
