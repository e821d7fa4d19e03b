"""What stands in the log: an envelope around each fact, and how a command's facts get theirs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha1, sha256
from struct import Struct
from typing import Annotated, Generic, TypeVar
from uuid import UUID

import attrs

from zroute_core.checking import Text, Whole, checked
from zroute_core.errors import CommandIdReused, ConfigurationError, InvalidInput
from zroute_core.kernel.merkle import leaf_hash

E = TypeVar("E")

Reference = Annotated[str, Text(200)]


@attrs.frozen(field_transformer=checked)
class Actor:
    """Who acts and what for. `id` is a reference that the organisation can resolve, never a name."""

    id: Reference
    purpose: Reference
    """The purpose of the processing (doel van de verwerking)."""


@attrs.frozen(field_transformer=checked)
class Context:
    """Under which command something is written, by whom, and what led to it."""

    command_id: UUID
    actor: Actor
    correlation_id: UUID | None = None
    """The conversation this belongs to; the command itself when not given."""
    causation_id: UUID | None = None
    """The event or command that caused this one."""


@attrs.frozen(field_transformer=checked)
class Encoded:
    """A fact as it will be stored."""

    tag: Reference
    schema_version: Annotated[int, Whole(1, 9999)]
    payload: bytes = attrs.field(repr=False)
    key_id: Reference | None = None
    """The key the payload is encrypted with; None for a plain payload."""
    key_commitment: bytes | None = attrs.field(default=None, repr=False)
    """What binds the payload to that one key: AES-GCM by itself does not."""


@attrs.frozen
class Batch:
    """Facts for one stream, which the writer read up to and including `expected_version` (0: not there yet)."""

    stream: UUID
    expected_version: int
    facts: tuple[Encoded, ...]


@attrs.frozen
class Envelope:
    """One fact as it stands in the log."""

    stream: UUID
    """Random UUID of the trajectory."""
    version: int
    """1, 2, 3 ... in its stream, without gaps."""
    event_id: UUID
    tag: str
    schema_version: int
    recorded_at: datetime
    """When it was written down (UTC)."""
    actor: Actor
    command_id: UUID
    correlation_id: UUID
    causation_id: UUID | None
    key_id: str | None
    """The key the payload is encrypted with; None for a plain payload."""
    payload: bytes = attrs.field(repr=False)
    key_commitment: bytes | None = attrs.field(default=None, repr=False)

    def leaf(self) -> bytes:
        """Its hash in the Merkle tree of the log, over the payload as it stands here."""
        return leaf_of(
            self.stream.bytes,
            self.version,
            self.event_id.bytes,
            self.tag,
            self.schema_version,
            microseconds(self.recorded_at),
            self.actor.id,
            self.actor.purpose,
            self.command_id.bytes,
            self.correlation_id.bytes,
            self.causation_id.bytes if self.causation_id else None,
            self.key_id,
            self.key_commitment,
            self.payload,
        )


@attrs.frozen
class Logged:
    """An envelope with its position in the whole log: 1, 2, 3 ... in the order of commits."""

    position: int
    envelope: Envelope


@attrs.frozen
class Recorded(Generic[E]):
    """A fact read back from the log."""

    event: E
    envelope: Envelope = attrs.field(repr=False)

    @property
    def event_id(self) -> UUID:
        return self.envelope.event_id

    @property
    def recorded_at(self) -> datetime:
        return self.envelope.recorded_at


@lru_cache(maxsize=256)
def event_id(command_id: UUID, number: int) -> UUID:
    """The id of the `number`-th fact (from 0) of a command: the same whenever the command is sent again.

    The UUID of version 5 (RFC 9562) of that number in the space of the command id, as `uuid.uuid5` makes it.
    """
    name = command_id.bytes + str(number).encode()
    return UUID(bytes=sha1(name, usedforsecurity=False).digest()[:16], version=5)


def check_batches(batches: Sequence[Batch]) -> None:
    """Every store asks this first. Raises InvalidInput unless each stream is named once, with at least one fact."""
    if len({batch.stream for batch in batches}) != len(batches):
        raise InvalidInput("name each stream once", field="batches")
    if not batches or not all(batch.facts for batch in batches):
        raise InvalidInput("give at least one fact for each stream", field="batches")


def seal(batches: Sequence[Batch], context: Context, recorded_at: datetime) -> Iterator[Envelope]:
    """Put the facts of one command in their envelopes, over all its streams in the order given.

    Raises ConfigurationError when the clock gave no moment in UTC.
    """
    if recorded_at.utcoffset() != timedelta(0):
        raise ConfigurationError("the clock of a store must give the moment in UTC")
    number = 0
    for batch in batches:
        for version, fact in enumerate(batch.facts, start=batch.expected_version + 1):
            yield Envelope(
                stream=batch.stream,
                version=version,
                event_id=event_id(context.command_id, number),
                tag=fact.tag,
                schema_version=fact.schema_version,
                recorded_at=recorded_at,
                actor=context.actor,
                command_id=context.command_id,
                correlation_id=context.correlation_id or context.command_id,
                causation_id=context.causation_id,
                key_id=fact.key_id,
                payload=fact.payload,
                key_commitment=fact.key_commitment or None,
            )
            number += 1


def settled(earlier: Sequence[Envelope], batches: Sequence[Batch]) -> tuple[Envelope, ...]:
    """The earlier effect of a command that is sent again.

    Raises CommandIdReused when the id stands in the log with other facts.
    """
    stored = [(one.stream, one.tag, one.schema_version, one.payload) for one in earlier]
    asked = [(batch.stream, one.tag, one.schema_version, one.payload) for batch in batches for one in batch.facts]
    if stored != asked:
        raise CommandIdReused("this command id was used before, for other facts: give each command its own id")
    return tuple(earlier)


# ── the leaf ─────────────────────────────────────────────────────────────────────────────────────────────────
#
# The bytes of an envelope, version 1: each field as four bytes of length (big-endian) and its bytes, in this order:
#
#     "zroute.event.v1", stream (16 bytes), version (8, big-endian), event id (16), tag (UTF-8), schema version (4),
#     recorded at (8, microseconds since 1970 in UTC), actor (UTF-8), purpose (UTF-8), command id (16),
#     correlation id (16), causation id (16 or none), key id (UTF-8 or none), key commitment (or none),
#     SHA-256 of the payload as stored (32)
#
# The payload stands there by its hash, so that a proof needs no payload and an erased one breaks no proof. The
# position is not among them: the place of the leaf in the tree says it.

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_FIRST = Struct(">I15sI16sIQI16sI")
_SECOND = Struct(">IIIqI")
_THIRD = Struct(">I16sI16sI")
_LENGTH = Struct(">I")


def leaf_of(
    stream: bytes,
    version: int,
    event_id: bytes,
    tag: str,
    schema_version: int,
    recorded_at: int,
    actor: str,
    purpose: str,
    command_id: bytes,
    correlation_id: bytes,
    causation_id: bytes | None,
    key_id: str | None,
    key_commitment: bytes | None,
    payload: bytes,
) -> bytes:
    """The leaf of an envelope whose fields are at hand as they are stored: ids as bytes, the moment in microseconds."""
    name, who, why = tag.encode(), actor.encode(), purpose.encode()
    cause, key, commitment = causation_id or b"", (key_id or "").encode(), key_commitment or b""
    return leaf_hash(
        b"".join(
            (
                _FIRST.pack(15, b"zroute.event.v1", 16, stream, 8, version, 16, event_id, len(name)),
                name,
                _SECOND.pack(4, schema_version, 8, recorded_at, len(who)),
                who,
                _LENGTH.pack(len(why)),
                why,
                _THIRD.pack(16, command_id, 16, correlation_id, len(cause)),
                cause,
                _LENGTH.pack(len(key)),
                key,
                _LENGTH.pack(len(commitment)),
                commitment,
                b"\x00\x00\x00\x20",
                sha256(payload).digest(),
            )
        )
    )


def microseconds(moment: datetime) -> int:
    """A moment as the log counts it: whole microseconds since 1970 in UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(microseconds: int) -> datetime:
    """The moment, in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)
