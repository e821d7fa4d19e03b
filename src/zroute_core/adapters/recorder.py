"""A store on any recorder of the `eventsourcing` library: in memory, SQLite, PostgreSQL, or somebody else's.

Only the recorder's interface is used. The envelope travels in front of the payload, in the state of the stored
event. One more row a command, under an id made from the command id, makes a command that is sent twice one effect:
the recorder's own unique key refuses the second. Positions are the recorder's: they rise in the order it gives
them, with gaps. What the stock recorders themselves do not promise (durable order under every failure, types in
their tables, a proof against change) this store cannot add.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, TypeVar, cast
from uuid import UUID, uuid5

import attrs
from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    Notification,
    OperationalError,
    PersistenceError,
    StoredEvent,
)

from zroute_core.adapters.clock import SystemClock
from zroute_core.adapters.codec import read_json, write_json
from zroute_core.adapters.converter import from_plain, to_plain
from zroute_core.checking import Text, checked
from zroute_core.errors import (
    CommitOutcomeUnknown,
    InvalidInput,
    MalformedEvent,
    StoreBusy,
    StoreClosed,
    StoreError,
    StoreUnavailable,
    WrongExpectedVersion,
    ZRouteError,
)
from zroute_core.kernel.log import Actor, Batch, Context, Envelope, Logged, Reference, check_batches, seal, settled
from zroute_core.kernel.ports import Clock

T = TypeVar("T")

Hexadecimal = Annotated[str, Text(200)]

COMMAND_TOPIC = "command/1"
HIGHEST = 2**63 - 1

TOPIC = re.compile(r".+/[1-9][0-9]{0,3}")


@attrs.frozen(field_transformer=checked)
class _Header:
    """What stands in front of a payload."""

    event_id: UUID
    recorded_at: datetime
    actor: Actor
    command_id: UUID
    correlation_id: UUID
    causation_id: UUID | None
    key_id: Reference | None
    key_commitment: Hexadecimal | None = None


@attrs.frozen(field_transformer=checked)
class _Stretch:
    """The versions that a command added to one stream."""

    stream: UUID
    after: int
    count: int


@attrs.frozen(field_transformer=checked)
class _Stretches:
    """What a command wrote."""

    stretches: tuple[_Stretch, ...]


class RecorderEventStore:
    """Keeps the log on an `ApplicationRecorder`. Safe to share between threads as far as the recorder is."""

    def __init__(
        self,
        recorder: ApplicationRecorder,
        clock: Clock | None = None,
        close: Callable[[], None] | None = None,
    ) -> None:
        self._recorder = recorder
        self._clock = clock or SystemClock()
        self._close = close
        self._closed = False

    def append(self, batches: Sequence[Batch], context: Context) -> tuple[Envelope, ...]:
        check_batches(batches)
        before = self._guarded(partial(self._of_command, context.command_id))
        if before:
            return settled(before, batches)
        if not self._guarded(partial(self._stands_at_expected_versions, batches)):
            return self._after(_moved_on(), batches, context)
        envelopes = tuple(seal(batches, context, self._clock.now()))
        rows = [*map(_to_row, envelopes), _command_row(batches, context.command_id)]
        failure: ZRouteError
        try:
            self._recorder.insert_events(rows)
            return envelopes
        except IntegrityError:
            failure = _moved_on()
        except OperationalError as error:
            busy = "lock" in str(error)
            failure = StoreBusy("another writer held the store for too long: try again") if busy else _not_written()
        except Exception:  # whatever the recorder's database raises: what became of the commit is asked below
            failure = _not_written()
        return self._after(failure, batches, context)

    def read_stream(self, stream: UUID, *, after: int = 0) -> Sequence[Envelope]:
        if after > HIGHEST:
            return ()
        rows = self._guarded(lambda: self._recorder.select_events(stream, gt=max(after, 0)))
        return tuple(_from_row(row) for row in rows if not _is_command(row))

    def read_all(self, *, after: int = 0, limit: int = 1000) -> Sequence[Logged]:
        found: list[Logged] = []
        after, limit = max(after, 0), min(limit, HIGHEST) if after <= HIGHEST else 0
        while len(found) < limit:
            wanted = limit - len(found)
            page = self._guarded(partial(self._page, after, wanted))
            found.extend(Logged(row.id, _from_row(row)) for row in page if not _is_command(row))
            if len(page) < wanted:
                break
            after = page[-1].id
        return tuple(found)

    def close(self) -> None:
        if not self._closed and self._close is not None:
            self._close()
        self._closed = True

    def _after(self, failure: ZRouteError, batches: Sequence[Batch], context: Context) -> tuple[Envelope, ...]:
        """The insert failed, or its answer was lost: the command's own row tells which."""
        try:
            earlier = self._of_command(context.command_id)
        except Exception:  # the database does not answer this either
            failure = CommitOutcomeUnknown("the store stopped answering: send the same command again, with its id")
            earlier = ()
        if earlier:
            return settled(earlier, batches)
        raise failure

    def _of_command(self, command_id: UUID) -> tuple[Envelope, ...]:
        rows = self._recorder.select_events(_command_stream(command_id))
        if not rows:
            return ()
        return tuple(
            _from_row(row)
            for stretch in _stretches(rows[0])
            for row in self._recorder.select_events(stretch.stream, gt=stretch.after, lte=stretch.after + stretch.count)
        )

    def _page(self, after: int, limit: int) -> Sequence[Notification]:
        return self._recorder.select_notifications(after, limit, inclusive_of_start=False)

    def _stands_at_expected_versions(self, batches: Sequence[Batch]) -> bool:
        return all(self._version(batch.stream) == batch.expected_version for batch in batches)

    def _version(self, stream: UUID) -> int:
        last = self._recorder.select_events(stream, desc=True, limit=1)
        return last[0].originator_version if last else 0

    def _guarded(self, work: Callable[[], T]) -> T:
        """Foreign exceptions stop here, and what they hold of the input with them."""
        if self._closed:
            raise StoreClosed("this store was closed: open it again")
        failure: StoreError
        try:
            return work()
        except ZRouteError:
            raise
        except PersistenceError:
            failure = StoreUnavailable("the store does not answer: try again, or ask who looks after it")
        except Exception:  # recorders let errors of their database through
            failure = StoreError("the store could not do this")
        raise failure


def opened(make: Callable[[], ApplicationRecorder], close: Callable[[], None], clock: Clock) -> RecorderEventStore:
    """A store on the recorder that `make` makes, with its table. Raises StoreUnavailable."""
    try:
        return RecorderEventStore(make(), clock, close)
    except Exception:  # the drivers raise their own kinds, with connection strings in them
        close()
    raise StoreUnavailable("the store could not be opened, or its table could not be made: may this user do that?")


def _moved_on() -> WrongExpectedVersion:
    return WrongExpectedVersion("the stream has moved on since it was read: read it again")


def _not_written() -> StoreError:
    return StoreError("the store could not write; nothing of this command was stored")


def _command_stream(command_id: UUID) -> UUID:
    return uuid5(command_id, "command")


def _command_row(batches: Sequence[Batch], command_id: UUID) -> StoredEvent:
    stretches = _Stretches(tuple(_Stretch(one.stream, one.expected_version, len(one.facts)) for one in batches))
    return StoredEvent(_command_stream(command_id), 1, COMMAND_TOPIC, write_json(to_plain(stretches)))


def _is_command(row: StoredEvent) -> bool:
    """Not a fact whose tag happens to be that: a header, and so a line feed, stands in front of a fact."""
    return row.topic == COMMAND_TOPIC and not (type(row.state) in {bytes, memoryview} and b"\n" in bytes(row.state))


def _to_row(envelope: Envelope) -> StoredEvent:
    header = _Header(
        envelope.event_id,
        envelope.recorded_at,
        envelope.actor,
        envelope.command_id,
        envelope.correlation_id,
        envelope.causation_id,
        envelope.key_id,
        None if envelope.key_commitment is None else envelope.key_commitment.hex(),
    )
    topic = f"{envelope.tag}/{envelope.schema_version}"
    return StoredEvent(
        envelope.stream, envelope.version, topic, write_json(to_plain(header)) + b"\n" + envelope.payload
    )


def _from_row(row: StoredEvent) -> Envelope:
    """Raises MalformedEvent for a row that this library did not write: a database hands out whatever stands in it."""
    topic, stream = cast("object", row.topic), cast("object", row.originator_id)
    if type(topic) is str and TOPIC.fullmatch(topic) and type(row.state) in {bytes, memoryview}:
        tag, _, version = topic.rpartition("/")
        header, newline, payload = bytes(row.state).partition(b"\n")
        try:
            known = from_plain(read_json(header if newline else b""), _Header)
            return Envelope(
                stream=stream if isinstance(stream, UUID) else UUID(str(stream)),
                version=row.originator_version,
                event_id=known.event_id,
                tag=tag,
                schema_version=int(version),
                recorded_at=known.recorded_at,
                actor=known.actor,
                command_id=known.command_id,
                correlation_id=known.correlation_id,
                causation_id=known.causation_id,
                key_id=known.key_id,
                payload=payload,
                key_commitment=None if known.key_commitment is None else bytes.fromhex(known.key_commitment),
            )
        except (InvalidInput, ValueError):
            pass
    raise MalformedEvent("a stored row is not one of this library")


def _stretches(row: StoredEvent) -> list[_Stretch]:
    try:
        return list(from_plain(read_json(bytes(row.state)), _Stretches).stretches)
    except (InvalidInput, TypeError):
        pass
    raise MalformedEvent("a stored command row is not one of this library")
