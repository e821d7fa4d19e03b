"""What stands in the log: an envelope around each fact, and how a command's facts get theirs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Generic, TypeVar
from uuid import UUID, uuid5

import attrs

from zroute_core.checking import Text, Whole, checked
from zroute_core.errors import CommandIdReused, ConfigurationError, InvalidInput

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


def event_id(command_id: UUID, number: int) -> UUID:
    """The id of the `number`-th fact (from 0) of a command: the same whenever the command is sent again."""
    return uuid5(command_id, str(number))


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
                key_id=None,
                payload=fact.payload,
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
