"""What stands in the log: an envelope around each fact, and how a command's facts get theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha1, sha256
from struct import Struct
from struct import error as StructError
from typing import TYPE_CHECKING, Annotated, Generic, TypeVar
from unicodedata import is_normalized
from uuid import UUID

import attrs

from zroute_core.checking import Text, Whole, check_for, checked
from zroute_core.errors import CommandIdReused, ConfigurationError, InvalidInput, LeafMismatch
from zroute_core.kernel.merkle import leaf_hash
from zroute_core.kernel.prefixed import NONE, SIXTEEN, THIRTY_TWO, prefixed, texts, version_then

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

    def holding(self, payload: bytes, key_id: str | None = None, key_commitment: bytes | None = None) -> Encoded:
        """The same kind of fact with another payload. What was checked is not checked again."""
        made, put = object.__new__(Encoded), object.__setattr__
        put(made, "tag", self.tag)
        put(made, "schema_version", self.schema_version)
        put(made, "payload", payload)
        put(made, "key_id", key_id)
        put(made, "key_commitment", key_commitment)
        return made


@attrs.frozen
class Batch:
    """Facts for one stream, which the writer read up to and including `expected_version` (0: not there yet)."""

    stream: UUID
    expected_version: int
    facts: tuple[Encoded, ...]


UNFIT = (ValueError, TypeError, OverflowError, AttributeError, StructError)
"""What Python raises where a field cannot be one of ours."""


def unfit() -> InvalidInput:
    """What is said when such a field was given."""
    return InvalidInput("one of these entries has a value that cannot stand in a log", field="envelopes")


Row = tuple[bytes, int, bytes, str, int, int, str, str, bytes, bytes, bytes | None, str | None, bytes | None, bytes]
"""The fields of an envelope as they are stored, in the order of the leaf: ids as their bytes, the moment in
microseconds."""


@attrs.frozen
class Envelope:
    """One fact as it stands in the log.

    One that was read knows its row; of ids, moment and actor it makes those that are asked for, and most never are.
    """

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
    row: Row = attrs.field(init=False, eq=False, repr=False)
    """The same as it is stored."""

    @staticmethod
    def of_row(row: Row) -> Envelope:
        """The envelope of a row that was made here, or came `under` a leaf."""
        made, put = object.__new__(Envelope), object.__setattr__
        put(made, "row", row)
        put(made, "version", row[1])
        put(made, "tag", row[3])
        put(made, "schema_version", row[4])
        put(made, "payload", row[13])
        return made

    @staticmethod
    def under(leaf: bytes, row: Row) -> Envelope:
        """The envelope of a row that was read, beside the leaf it stands under. Raises LeafMismatch unless it does."""
        try:
            if leaf_of(*row) == leaf and fits(row):
                return Envelope.of_row(row)
        except UNFIT:
            pass
        raise changed()

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            """What was not asked for before. Raises LeafMismatch for a field of a row that nobody could have made."""
            made = _row_of(self) if name == "row" else _field_of(self.row, name)
            object.__setattr__(self, name, made)
            return made

    def leaf(self) -> bytes:
        """Its hash in the Merkle tree of the log, over the payload as it stands here."""
        return leaf_of(*self.row)


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
    if not _are_batches(batches):
        raise InvalidInput("give of each stream its id, its version and its facts", field="batches")
    if len({batch.stream for batch in batches}) != len(batches):
        raise InvalidInput("name each stream once", field="batches")
    if not batches or not all(batch.facts for batch in batches):
        raise InvalidInput("give at least one fact for each stream", field="batches")


def _are_batches(batches: Sequence[Batch]) -> bool:
    """By their types, exactly: a version 1.0 is no version, whatever it is equal to."""
    try:
        known = all((type(one.stream), type(one.expected_version)) == (UUID, int) for one in batches)
        return known and {type(fact.payload) for one in batches for fact in one.facts} <= {bytes}
    except (TypeError, AttributeError):
        return False


def seal(batches: Sequence[Batch], context: Context, recorded_at: datetime) -> Iterator[Envelope]:
    """Put the facts of one command in their envelopes, over all its streams in the order given.

    Raises ConfigurationError when the clock gave no moment in UTC.
    """
    if recorded_at.utcoffset() != timedelta(0):
        raise ConfigurationError("the clock of a store must give the moment in UTC")
    at, command = microseconds(recorded_at), context.command_id.bytes
    correlation = command if context.correlation_id is None else context.correlation_id.bytes
    causation = None if context.causation_id is None else context.causation_id.bytes
    number = 0
    for batch in batches:
        stream = batch.stream.bytes
        for version, fact in enumerate(batch.facts, start=batch.expected_version + 1):
            yield Envelope.of_row(
                (
                    stream,
                    version,
                    event_id(context.command_id, number).bytes,
                    fact.tag,
                    fact.schema_version,
                    at,
                    context.actor.id,
                    context.actor.purpose,
                    command,
                    correlation,
                    causation,
                    fact.key_id,
                    fact.key_commitment or None,
                    fact.payload,
                )
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

_HEAD = prefixed(b"zroute.event.v1") + SIXTEEN
_RECORDED = Struct(">IIIq")


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
    return leaf_hash(
        b"".join(
            (
                _HEAD,
                stream,
                version_then(8, version, 16),
                event_id,
                texts(tag),
                _RECORDED.pack(4, schema_version, 8, recorded_at),
                texts(actor, purpose),
                SIXTEEN,
                command_id,
                SIXTEEN,
                correlation_id,
                NONE if causation_id is None else SIXTEEN + causation_id,
                _key(key_id, key_commitment),
                THIRTY_TWO,
                sha256(payload).digest(),
            )
        )
    )


@lru_cache(maxsize=1024)
def _key(key_id: str | None, key_commitment: bytes | None) -> bytes:
    return prefixed((key_id or "").encode()) + prefixed(key_commitment or b"")


# ── fields and rows ──────────────────────────────────────────────────────────────────────────────────────────

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """A moment as the log counts it: whole microseconds since 1970 in UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(microseconds: int) -> datetime:
    """The moment, in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)


_EARLIEST = microseconds(datetime(1, 1, 1, tzinfo=UTC))
_LATEST = microseconds(datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))


def _row_of(one: Envelope) -> Row:
    return (
        one.stream.bytes,
        one.version,
        one.event_id.bytes,
        one.tag,
        one.schema_version,
        microseconds(one.recorded_at),
        one.actor.id,
        one.actor.purpose,
        one.command_id.bytes,
        one.correlation_id.bytes,
        None if one.causation_id is None else one.causation_id.bytes,
        one.key_id,
        one.key_commitment,
        one.payload,
    )


def fits(row: Row) -> bool:
    """Can each of its fields be one? A leaf, which only has the right types, does not say so: it can be made anew."""
    try:
        ids = len(row[0]) == len(row[2]) == len(row[8]) == len(row[9]) == 16
        caused = row[10] is None or len(row[10]) == 16
        _actor(row[6], row[7])
        kind = type(row[4]) is int and kind_fits(row[3], row[4])  # else what is known of 1 is said of True
        return ids and caused and kind and _EARLIEST <= row[5] <= _LATEST and (row[11] is None or _key_fits(row[11]))
    except (TypeError, InvalidInput):
        return False


@lru_cache(maxsize=1024)
def kind_fits(tag: str, schema_version: int) -> bool:
    """Can this be the kind of a fact, to the letter? Raises InvalidInput, or says no where `Encoded` would compose."""
    return Encoded(tag, schema_version, b"").tag == tag


_amiss = check_for(Reference)


@lru_cache(maxsize=1024)
def _key_fits(key_id: str) -> bool:
    """The same of a key, of which there is one for each participant: more than are remembered, so in less time."""
    return not _amiss(key_id, "key_id") and is_normalized("NFC", key_id)


def _field_of(row: Row, name: str) -> object:
    read = _FIELDS.get(name)
    if read is None:
        raise AttributeError(name)
    try:
        return read(row)
    except (ValueError, TypeError, OverflowError, InvalidInput):
        pass
    raise changed()


def changed() -> LeafMismatch:
    """What is said of an entry that is not what its leaf says."""
    return LeafMismatch("an entry of the log is not what was written there")


def _id(name: bytes) -> UUID:
    if len(name) != 16:
        raise ValueError
    return UUID(int=int.from_bytes(name))


_known_id = lru_cache(maxsize=1024)(_id)
"""Of a stream or a command, which come again; the id of an event does not."""


@lru_cache(maxsize=1024)
def _actor(who: str, purpose: str) -> Actor:
    """The same few write most; an actor checks its texts when it is made. Raises InvalidInput."""
    actor = Actor(who, purpose)
    if (actor.id, actor.purpose) != (who, purpose):
        raise InvalidInput("must be composed (NFC)", field="actor")
    return actor


_FIELDS: Mapping[str, Callable[[Row], object]] = {
    "stream": lambda row: _known_id(row[0]),
    "event_id": lambda row: _id(row[2]),
    "recorded_at": lambda row: moment(row[5]),
    "actor": lambda row: _actor(row[6], row[7]),
    "command_id": lambda row: _known_id(row[8]),
    "correlation_id": lambda row: _known_id(row[9]),
    "causation_id": lambda row: None if row[10] is None else _id(row[10]),
    "key_id": lambda row: row[11] or None,  # the leaf takes all that is empty for none
    "key_commitment": lambda row: row[12] or None,
}
