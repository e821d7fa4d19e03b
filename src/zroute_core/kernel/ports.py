"""What the straight way needs from outside, each a protocol of one to four methods."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Annotated, Protocol, TypeVar
from uuid import UUID

import attrs

from zroute_core.checking import Complaint, checked
from zroute_core.errors import InvalidInput
from zroute_core.kernel.log import Batch, Context, Encoded, Envelope, Logged, Reference
from zroute_core.kernel.merkle import Frontier
from zroute_core.kernel.tables import Fold, Generation, Page

E = TypeVar("E")

Progress = Callable[[str, int, int], None]
"""Is told what is being done, how much of it is done, and how much it is: for a bar."""


def untold(what: str, done: int, of: int) -> None:
    """Nobody wants to know."""


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


class Tailed(Protocol):
    """A log that knows its streams without reading their entries."""

    def tails(self, until: int) -> Iterable[tuple[UUID, int, int]]:
        """Each stream with the version and the position of its last entry at or below position `until`."""
        ...


class ReadModels(Protocol):
    """Tables that follow the log. The contract is `zroute_core.testing.read_model_contract`."""

    def serving(self) -> Generation | None:
        """The generation that readers see; None before there is one."""
        ...

    def page(self, *, after: UUID | None = None, limit: int = 100, tables: Sequence[str] | None = None) -> Page:
        """At most `limit` participants with an id above `after`, with their rows in these tables, or in all.

        A limit below 1 gives nobody. Raises SchemaMismatch when no generation of these tables serves.
        """
        ...

    def parked(self, generation: int) -> Sequence[Fold]:
        """Who is parked in this generation, in the order of their ids."""
        ...

    def write(self, at: Generation, position: int, folds: Iterable[Fold], *, leaf: str = "") -> Generation:
        """Replace the rows of these participants and move to `position`, in one transaction: both or neither.

        `leaf` is that of the log's entry at this position: it is kept beside it.

        The folds may be made while they are written; what that raises is raised, and nothing is written then.
        Raises OutOfOrder unless the generation stands where `at` says, and `position` is not below that (the same:
        participants are looked at again); SchemaMismatch when it is gone, or its tables are others; a StoreError.
        """
        ...

    def close(self) -> None:
        """Let go of files and connections. Closing twice is fine; using it afterwards raises StoreClosed."""
        ...


class ReadModelStore(ReadModels, Protocol):
    """Tables that can be made anew beside those that serve."""

    def begin(self, position: int, *, leaf: str = "") -> Generation:
        """A new, empty generation at this position, beside the one that serves. Any other unfinished one is dropped.

        `leaf` as in `write`.
        """
        ...

    def fill(self, generation: int, folds: Iterable[Fold]) -> None:
        """Put participants in a generation that does not serve yet, in one transaction; from many processes at once.

        Raises SchemaMismatch when it is gone, or its tables are others; a StoreError.
        """
        ...

    def serve(self, generation: int, *, earlier: bool = False) -> None:
        """Let readers see this generation from now on, all tables at once; the one before it is dropped.

        `earlier` lets it take over although it stands before the one that serves: for a log that went back.
        Raises OutOfOrder when it does and may not, SchemaMismatch when it is gone, or a StoreError.
        """
        ...


class _Secret:
    """Stands behind `bytes` in an annotation: 32 of them, and not all zero."""

    def complain(self, value: bytes) -> Complaint | None:
        return None if len(value) == 32 and any(value) else (InvalidInput, "must be 32 random bytes")


@attrs.frozen(field_transformer=checked)
class Key:
    """What the payloads of one participant are encrypted with."""

    id: Reference
    """Stands in the log beside each payload; says nothing of the participant."""
    secret: Annotated[bytes, _Secret()] = attrs.field(repr=False)


class KeyRing(Protocol):
    """The keys of the participants. They stand elsewhere than the log, so that one can be destroyed."""

    def key_of(self, stream: UUID) -> Key:
        """The key to write to this stream with, made on first use: the same for whoever asks at the same time."""
        ...

    def key(self, key_id: str) -> Key:
        """The key a payload was encrypted with. Raises KeyNotFound."""
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
