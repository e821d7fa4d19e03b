"""Our logs as recorders of the `eventsourcing` library, so that an application of that library runs on them.

A stored event is an entry of the log: its originator the stream, its topic the tag, its state the payload. So it stands
under everything the log promises: positions without gaps, in the order of commits, under one Merkle root, and durable
when it is acknowledged. Where the library counts the versions of a stream otherwise than the log (from 0, or with holes
between snapshots), its version stands behind the topic: `accounts:Opened@0`.

    PERSISTENCE_MODULE = zroute_core.adapters.process_recorder
    ZROUTE_LOG         = sqlite:///accounts.db, or postgresql://...  (one log for each application)
    ZROUTE_SNAPSHOTS   = the log of its snapshots; beside the file of a SQLite log when it is not given
    ZROUTE_ACTOR       = who writes, and
    ZROUTE_PURPOSE     = what for, in every entry

What stays the library's own: a topic is an import path, and reading an event imports what it names. This is for
applications of that library; participants have `zroute_core.open`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast
from uuid import UUID, uuid4

from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    DatabaseError,
    DataError,
    InfrastructureFactory,
    InfrastructureFactoryError,
    IntegrityError,
    InterfaceError,
    InternalError,
    Notification,
    NotSupportedError,
    OperationalError,
    PersistenceError,
    ProcessRecorder,
    StoredEvent,
    Subscription,
    Tracking,
)
from eventsourcing.utils import Environment, EnvType, resolve_topic

from zroute_core.adapters.clock import SystemClock
from zroute_core.adapters.sqlite import SqliteEventStore
from zroute_core.errors import (
    CommitOutcomeUnknown,
    ConcurrencyError,
    IntegrityViolation,
    InvalidInput,
    OutOfOrder,
    ReadOnlyStore,
    StoreBusy,
    StoreClosed,
    StoreError,
    StoreFull,
    StoreUnavailable,
    ZRouteError,
)
from zroute_core.kernel.log import Actor, Envelope, Logged, event_id, kind_fits
from zroute_core.kernel.merkle import Frontier
from zroute_core.kernel.ports import Clock

T = TypeVar("T")

PAGE = 1000
"""Entries read at once."""

POLL_SECONDS = 0.2
"""A subscription looks again after this long, whether it was woken or not; so long may it take to stop."""

LIBRARY = Actor("eventsourcing", "application events")
"""Who writes, where nobody says it."""

HIGHEST = 2**63 - 1

COUNTED_OTHERWISE = re.compile(r"(.+)@([0-9]{1,19})")


class TrackedLog(Protocol):
    """What a store of ours must have: `SqliteEventStore` and `PostgresEventStore` do."""

    def extend(
        self, envelopes: Sequence[Envelope], *, after: int | None = None, tracking: tuple[str, int] | None = None
    ) -> int: ...

    def read_stream(self, stream: UUID, *, after: int = 0) -> Sequence[Envelope]: ...

    def read_all(self, *, after: int = 0, limit: int = PAGE) -> Sequence[Logged]: ...

    def head(self) -> Frontier: ...

    def tracked(self, name: str) -> int | None: ...

    def wait(self, after: int, seconds: float) -> None: ...

    def close(self) -> None: ...


class LogRecorder(ProcessRecorder):
    """Records the events of an application, and how far it has followed others, in one of our logs.

    Streams are UUIDs, their versions begin at 0 or 1 and come one by one: a hole is refused as a conflict is, with
    IntegrityError. All errors are the library's own, without a value in them. Safe to share between threads. The store
    is closed by whoever opened it.
    """

    def __init__(self, store: TrackedLog, clock: Clock | None = None, actor: Actor = LIBRARY) -> None:
        self._store = store
        self._clock = clock or SystemClock()
        self._actor = actor

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Add events, in the order given, with the `tracking` beside them: all in one transaction. Their positions.

        Raises IntegrityError when a stream has moved on or the tracking does not rise, DataError for what is no event,
        NotSupportedError for a stream that is no UUID, OperationalError when the store does not answer.
        """
        tracking: Tracking | None = kwargs.get("tracking")
        envelopes = list(_in_envelopes(stored_events, self._next, self._clock, self._actor))
        if not envelopes and tracking is None:
            return []
        last = _extended(self._store, envelopes, tracking)
        return list(range(last - len(envelopes) + 1, last + 1))

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """The events of one stream with a version above `gt`, up to and including `lte`."""
        stream = _stream(originator_id)
        # A version counted from 0 stands one place further: what is above `gt` is above it in the log too.
        entries = _asked(lambda: self._store.read_stream(stream, after=max(gt or 0, 0)))
        return _selected(map(_stored, entries), gt, lte, desc, limit)

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Events of all streams from position `start` to `stop`, both included, unless `inclusive_of_start` is False.

        With `topics`, only those; the log is read through for them.
        """
        after = 0 if start is None else start - 1 if inclusive_of_start else start
        found: list[Notification] = []
        while len(found) < limit:
            wanted = PAGE if topics else min(PAGE, limit - len(found))
            page = self.page(max(after, 0), wanted)
            within = [one for one in page if stop is None or one.id <= stop]
            found.extend(one for one in within if not topics or one.topic in topics)
            if len(within) < wanted:
                break
            after = page[-1].id
        return found[:limit]

    def page(self, after: int, limit: int) -> Sequence[Notification]:
        """At most `limit` events of all streams above position `after`, whatever their topic."""
        return [_notification(one) for one in _asked(lambda: self._store.read_all(after=after, limit=limit))]

    def max_notification_id(self) -> int | None:
        """The position of the last event; None when there is none."""
        return _asked(self._store.head).size or None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[ApplicationRecorder]:
        """Events above position `gt` as they come: it waits for more until it is stopped."""
        return LogSubscription(self, gt, topics)

    def wait_for_more(self, after: int, seconds: float) -> None:
        """Until something may stand above position `after`, at the latest after `seconds`."""
        _asked(lambda: self._store.wait(after, seconds))

    def insert_tracking(self, tracking: Tracking) -> None:
        """How far an application was followed. Raises IntegrityError when that is not further than before."""
        _extended(self._store, (), tracking)

    def max_tracking_id(self, application_name: str) -> int | None:
        return _asked(lambda: self._store.tracked(application_name))

    def _next(self, one: StoredEvent, before: Envelope | None) -> int:
        """The place of an event behind the one before it."""
        if before is None:
            earlier = self._store.read_stream(_stream(one.originator_id), after=max(one.originator_version - 2, 0))
            before = earlier[-1] if earlier else None
        if before is None and one.originator_version in {0, 1}:
            return 1
        if before is None or _stored(before).originator_version + 1 != one.originator_version:
            raise IntegrityError("the stream does not stand at the version before: read it again")
        return before.version + 1


class LogSubscription(Subscription[LogRecorder]):
    """Follows a log on the thread that asks it for the next event; nothing runs beside it.

    Whatever wakes it, it reads from where it stopped, and it looks by itself every `POLL_SECONDS`: a signal that comes
    early, late or not at all loses no event. Events of other topics are passed over once.
    """

    def __init__(self, recorder: LogRecorder, gt: int | None = None, topics: Sequence[str] = ()) -> None:
        super().__init__(recorder, gt, topics)
        self._position = gt or 0
        self._ready: Iterator[Notification] = iter(())

    def __next__(self) -> Notification:
        while not self._has_been_stopped:
            if (notification := next(self._ready, None)) is not None:
                return notification
            if page := self._recorder.page(self._position, PAGE):
                self._position = page[-1].id
                self._ready = (one for one in page if not self._topics or one.topic in self._topics)
            else:
                self._recorder.wait_for_more(self._position, POLL_SECONDS)
        raise StopIteration


class SnapshotRecorder(AggregateRecorder):
    """Records snapshots in a log of their own: of each stream any version, once, in whatever order they are taken.

    All snapshots of a stream are read for one of them.
    """

    def __init__(self, store: TrackedLog, clock: Clock | None = None, actor: Actor = LIBRARY) -> None:
        self._store = store
        self._clock = clock or SystemClock()
        self._actor = actor

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        """Add snapshots, all in one transaction. Raises as `LogRecorder.insert_events`."""
        if len({(one.originator_id, one.originator_version) for one in stored_events}) < len(stored_events):
            raise IntegrityError("a version was given twice")
        envelopes = list(_in_envelopes(stored_events, self._next, self._clock, self._actor))
        if envelopes:
            _extended(self._store, envelopes, None)
        return None

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """The snapshots of one stream at a version above `gt`, up to and including `lte`."""
        stream = _stream(originator_id)
        entries = map(_stored, _asked(lambda: self._store.read_stream(stream)))
        return _selected(sorted(entries, key=lambda one: one.originator_version), gt, lte, desc, limit)

    def _next(self, one: StoredEvent, before: Envelope | None) -> int:
        earlier = self._store.read_stream(_stream(one.originator_id))
        if any(_stored(entry).originator_version == one.originator_version for entry in earlier):
            raise IntegrityError("this version stands there already")
        return (before.version if before else len(earlier)) + 1


class LogFactory(InfrastructureFactory[LogRecorder]):
    """Opens the logs that the environment names, and makes recorders on them. `close` closes them.

    Raises InfrastructureFactoryError for an environment that cannot work, OperationalError and its kin when a log
    cannot be opened.
    """

    ZROUTE_LOG = "ZROUTE_LOG"
    ZROUTE_SNAPSHOTS = "ZROUTE_SNAPSHOTS"
    ZROUTE_ACTOR = "ZROUTE_ACTOR"
    ZROUTE_PURPOSE = "ZROUTE_PURPOSE"
    ORIGINATOR_ID_TYPE = "ORIGINATOR_ID_TYPE"

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        if self.env.get(self.ORIGINATOR_ID_TYPE, "uuid").lower() != "uuid":
            raise InfrastructureFactoryError("a stream of this log is a UUID: ORIGINATOR_ID_TYPE must be uuid")
        self._actor = _asked(
            lambda: Actor(
                self.env.get(self.ZROUTE_ACTOR, LIBRARY.id), self.env.get(self.ZROUTE_PURPOSE, LIBRARY.purpose)
            )
        )
        self._log = _opened(self.env.get(self.ZROUTE_LOG, ""), self.ZROUTE_LOG)
        self._snapshots: TrackedLog | None = None

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:  # noqa: ARG002  the library's own
        """A recorder beside the log of events, as an application uses it for its snapshots."""
        if self._snapshots is None:
            self._snapshots = _opened(self._place_of_snapshots(), self.ZROUTE_SNAPSHOTS)
        return SnapshotRecorder(self._snapshots, actor=self._actor)

    def application_recorder(self) -> ApplicationRecorder:
        return self._recorder(self.APPLICATION_RECORDER_TOPIC)

    def process_recorder(self) -> ProcessRecorder:
        return self._recorder(self.PROCESS_RECORDER_TOPIC)

    def tracking_recorder(self, tracking_recorder_class: type[LogRecorder] | None = None) -> LogRecorder:
        """A view that keeps its events and its position in the log: `LogRecorder`, or a subclass of it."""
        return self._recorder(self.TRACKING_RECORDER_TOPIC, tracking_recorder_class)

    def close(self) -> None:
        self._log.close()
        if self._snapshots is not None:
            self._snapshots.close()

    def _recorder(self, variable: str, kind: type[LogRecorder] | None = None) -> LogRecorder:
        topic = self.env.get(variable)
        found: Any = kind or (resolve_topic(topic) if topic else LogRecorder)
        if not (isinstance(found, type) and issubclass(found, LogRecorder)):
            raise InfrastructureFactoryError("must be LogRecorder or a subclass of it")
        return found(self._log, actor=self._actor)

    def _place_of_snapshots(self) -> str:
        log = self.env.get(self.ZROUTE_LOG, "")
        beside = f"{log}.snapshots" if log.startswith(SQLITE) else ""
        return self.env.get(self.ZROUTE_SNAPSHOTS) or beside


# ── logs ─────────────────────────────────────────────────────────────────────────────────────────────────────

SQLITE = "sqlite:///"


def _opened(url: str, variable: str) -> TrackedLog:
    if url.startswith(SQLITE) and url != SQLITE:
        return _asked(lambda: SqliteEventStore(Path(url.removeprefix(SQLITE))))
    if url.startswith(("postgresql://", "postgres://")):
        with suppress(ImportError):
            from zroute_core.adapters.postgres import PostgresEventStore

            return _asked(lambda: PostgresEventStore(url))
        raise InfrastructureFactoryError("PostgreSQL needs its driver: pip install 'zroute_core[postgres]'")
    raise InfrastructureFactoryError(f"give {variable}: sqlite:///file.db or postgresql://host/database")


def _extended(store: TrackedLog, envelopes: Sequence[Envelope], tracking: Tracking | None) -> int:
    """The position of the last. An answer that was lost is looked for in the log."""
    moved = None if tracking is None else (tracking.application_name, tracking.notification_id)
    failure: ZRouteError
    try:
        return store.extend(envelopes, tracking=moved)
    except ZRouteError as error:
        failure = error
    if isinstance(failure, StoreError) and envelopes:
        with suppress(ZRouteError):
            if (position := _found(store, envelopes[-1])) is not None:
                return position
    raise _translated(failure)


def _found(store: TrackedLog, one: Envelope) -> int | None:
    """The position of an entry, when it stands in the log: it is looked for from the end, where it must be."""
    entries = store.read_stream(one.stream, after=one.version - 1)
    if not entries or entries[0].event_id != one.event_id:
        return None
    stop = store.head().size
    while stop > 0:
        start = max(0, stop - PAGE)
        for entry in store.read_all(after=start, limit=stop - start):
            if entry.envelope.event_id == one.event_id:
                return entry.position
        stop = start
    return None


def _asked(work: Callable[[], T]) -> T:
    """Whoever uses the library knows its errors, not ours."""
    failure: ZRouteError
    try:
        return work()
    except ZRouteError as error:
        failure = error
    raise _translated(failure)


def _translated(error: ZRouteError) -> PersistenceError:
    said = str(error)
    if isinstance(error, ConcurrencyError | OutOfOrder):
        return IntegrityError(said)
    if isinstance(error, StoreClosed):
        return InterfaceError(said)
    if isinstance(error, ReadOnlyStore):
        return NotSupportedError(said)
    if isinstance(error, StoreBusy | StoreFull | StoreUnavailable | CommitOutcomeUnknown):
        return OperationalError(said)
    if isinstance(error, IntegrityViolation):
        return InternalError(said)
    return DataError(said) if isinstance(error, InvalidInput) else DatabaseError(said)


# ── events and entries ───────────────────────────────────────────────────────────────────────────────────────


def _in_envelopes(
    stored_events: Sequence[StoredEvent],
    place_of: Callable[[StoredEvent, Envelope | None], int],
    clock: Clock,
    actor: Actor,
) -> Iterator[Envelope]:
    """One call is one command."""
    command, moment = uuid4(), clock.now()
    last: dict[UUID, Envelope] = {}
    for number, one in enumerate(stored_events):
        stream = _stream(one.originator_id)
        _check(one)
        place = _asked(partial(place_of, one, last.get(stream)))
        last[stream] = Envelope(
            stream=stream,
            version=place,
            event_id=event_id(command, number),
            tag=_tag(one.topic, one.originator_version, place),
            schema_version=1,
            recorded_at=moment,
            actor=actor,
            command_id=command,
            correlation_id=command,
            causation_id=None,
            key_id=None,
            payload=one.state,
        )
        yield last[stream]


def _stream(originator_id: object) -> UUID:
    if isinstance(originator_id, UUID):
        return originator_id
    raise NotSupportedError("a stream of this log is a UUID")


def _check(one: StoredEvent) -> None:
    topic, version, state = (cast("object", field) for field in (one.topic, one.originator_version, one.state))
    if not (type(version) is int and 0 <= version <= HIGHEST):
        raise DataError("a version is a whole number of at least 0")
    if not (isinstance(topic, str) and topic.isprintable() and _asked(lambda: kind_fits(topic, 1))):
        raise DataError("a topic is a composed text (NFC) that can be printed")
    if type(state) is not bytes:
        raise DataError("a state is bytes")


def _tag(topic: str, version: int, place: int) -> str:
    return topic if version == place and not COUNTED_OTHERWISE.fullmatch(topic) else f"{topic}@{version}"


def _counted(one: Envelope) -> tuple[str, int]:
    """The topic, and the version as the library counts it."""
    if (otherwise := COUNTED_OTHERWISE.fullmatch(one.tag)) is not None:
        return otherwise[1], int(otherwise[2])
    return one.tag, one.version


def _stored(one: Envelope) -> StoredEvent:
    topic, version = _counted(one)
    return StoredEvent(one.stream, version, topic, one.payload)


def _notification(one: Logged) -> Notification:
    topic, version = _counted(one.envelope)
    return Notification(one.envelope.stream, version, topic, one.envelope.payload, one.position)


def _selected(
    events: Iterator[StoredEvent] | Sequence[StoredEvent],
    gt: int | None,
    lte: int | None,
    desc: bool,
    limit: int | None,
) -> Sequence[StoredEvent]:
    within = [
        one
        for one in events
        if (gt is None or one.originator_version > gt) and (lte is None or one.originator_version <= lte)
    ]
    if desc:
        within.reverse()
    return within[:limit]
