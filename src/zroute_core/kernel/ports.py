"""What the straight way needs from outside, each a protocol of one to four methods."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from zroute_core.kernel.log import Batch, Context, Encoded, Envelope, Logged
from zroute_core.kernel.merkle import Frontier

E = TypeVar("E")


class EventStore(Protocol):
    """The append-only log. Its contract is `zroute_core.testing.store_contract`."""

    def append(self, batches: Sequence[Batch], context: Context) -> tuple[Envelope, ...]:
        """Store all facts of one command over one or many streams, in one transaction: all or none.

        Sent again under the same command id it stores nothing and returns what it stored before.
        Raises WrongExpectedVersion, CommandIdReused, a StoreError, or InvalidInput when a stream is named twice or
        without a fact.
        """
        ...

    def read_stream(self, stream: UUID, *, after: int = 0) -> Sequence[Envelope]:
        """The envelopes of one stream with a version above `after`, in order. Empty when there is no such stream."""
        ...

    def read_all(self, *, after: int = 0, limit: int = 1000) -> Sequence[Logged]:
        """At most `limit` envelopes of the whole log with a position above `after`, in order."""
        ...

    def close(self) -> None:
        """Let go of files and connections. Closing twice is fine; using it afterwards raises StoreClosed."""
        ...


class ProvenLog(EventStore, Protocol):
    """A log whose positions are 1, 2, 3 ... without gaps, and that keeps the Merkle tree over them."""

    def head(self) -> Frontier:
        """The size of the log, and the frontier of its tree: `head().root()` is the root."""
        ...

    def leaves(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The leaves from index `start` (from 0, position less one) up to `stop`, page by page."""
        ...

    def extend(self, envelopes: Sequence[Envelope], *, after: int | None = None) -> int:
        """Add envelopes as they are (from another log), in one transaction; the position of the last is returned.

        `after` says at which position the log must stand, so that positions are kept; without it they come behind
        whatever there is. Raises WrongExpectedVersion when the log stands elsewhere, or a stream is not at the version
        before; CommandIdReused when one of the events stands in the log already; a StoreError.
        """
        ...


class Signal(Protocol):
    """A log that can be waited for. Only a hint: whoever follows a log reads again after each wait."""

    def wait(self, after: int, seconds: float) -> None:
        """Return as soon as something beyond position `after` may stand in the log, at the latest after `seconds`."""
        ...


class Codec(Protocol[E]):
    """Facts to bytes and back. Never imports, evaluates or guesses."""

    def encode(self, event: E) -> Encoded:
        """Raises InvalidInput when the fact would not read back the same."""
        ...

    def decode(self, tag: str, schema_version: int, payload: bytes) -> E:
        """Raises UnknownEventType, UnknownEventVersion, MalformedEvent or UpcastFailed."""
        ...


class Clock(Protocol):
    """The only source of the present moment."""

    def now(self) -> datetime:
        """The moment, in UTC."""
        ...
