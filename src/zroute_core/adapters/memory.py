"""A store in memory. It keeps the whole contract, so it stands in for any other; start a new store from here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from threading import Condition
from uuid import UUID

from zroute_core.adapters.clock import SystemClock
from zroute_core.errors import CommandIdReused, StoreClosed, WrongExpectedVersion
from zroute_core.kernel.log import Batch, Context, Envelope, Logged, check_batches, seal, settled
from zroute_core.kernel.merkle import Frontier
from zroute_core.kernel.ports import Clock


class MemoryEventStore:
    """Lives as long as the process. Safe to share between threads."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._lock = Condition()
        self._log: list[Envelope] = []
        self._leaves: list[bytes] = []
        self._head = Frontier()
        self._streams: defaultdict[UUID, list[Envelope]] = defaultdict(list)
        self._commands: dict[UUID, tuple[Envelope, ...]] = {}
        self._closed = False

    def append(self, batches: Sequence[Batch], context: Context) -> tuple[Envelope, ...]:
        check_batches(batches)
        with self._lock:
            self._check_open()
            if context.command_id in self._commands:
                return settled(self._commands[context.command_id], batches)
            for batch in batches:
                if len(self._streams.get(batch.stream, ())) != batch.expected_version:
                    raise WrongExpectedVersion("the stream has moved on since it was read: read it again")
            envelopes = tuple(seal(batches, context, self._clock.now()))
            self._add(envelopes)
            return envelopes

    def read_stream(self, stream: UUID, *, after: int = 0) -> Sequence[Envelope]:
        with self._lock:
            self._check_open()
            return tuple(self._streams.get(stream, ())[max(after, 0) :])

    def read_all(self, *, after: int = 0, limit: int = 1000) -> Sequence[Logged]:
        with self._lock:
            self._check_open()
            after = max(after, 0)
            page = self._log[after : after + max(limit, 0)]
            return tuple(Logged(position, one) for position, one in enumerate(page, start=after + 1))

    def head(self) -> Frontier:
        with self._lock:
            self._check_open()
            return self._head

    def leaves(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        with self._lock:
            self._check_open()
            return iter(self._leaves[max(start, 0) : stop])

    def extend(self, envelopes: Sequence[Envelope], *, after: int | None = None) -> int:
        with self._lock:
            self._check_open()
            if after not in {None, self._head.size}:
                raise WrongExpectedVersion("the log does not stand at the position that was given")
            ids = [one.event_id for one in (*self._log, *envelopes)]
            if len(set(ids)) < len(ids):
                raise CommandIdReused("one of these events stands in the log already")
            versions: dict[UUID, int] = {}
            for one in envelopes:
                expected = versions.get(one.stream, len(self._streams.get(one.stream, ()))) + 1
                if one.version != expected:
                    raise WrongExpectedVersion("a stream is not at the version before the one that was given")
                versions[one.stream] = expected
            self._add(envelopes)
            return self._head.size

    def tails(self, until: int) -> Sequence[tuple[UUID, int, int]]:
        with self._lock:
            self._check_open()
            known = {one.stream: (one.version, position) for position, one in enumerate(self._log[:until], start=1)}
            return tuple((stream, *tail) for stream, tail in known.items())

    def wait(self, after: int, seconds: float) -> None:
        with self._lock:
            self._lock.wait_for(lambda: self._closed or self._head.size > after, seconds)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._lock.notify_all()

    def _add(self, envelopes: Sequence[Envelope]) -> None:
        leaves = [one.leaf() for one in envelopes]
        for envelope in envelopes:
            self._streams[envelope.stream].append(envelope)
            self._commands[envelope.command_id] = (*self._commands.get(envelope.command_id, ()), envelope)
        self._log.extend(envelopes)
        self._leaves.extend(leaves)
        self._head = self._head.followed_by(leaves)
        self._lock.notify_all()

    def _check_open(self) -> None:
        if self._closed:
            raise StoreClosed("this store was closed: open it again")
