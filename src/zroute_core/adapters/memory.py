"""A store in memory. It keeps the whole contract, so it stands in for any other; start a new store from here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from threading import Lock
from uuid import UUID

from zroute_core.adapters.clock import SystemClock
from zroute_core.errors import StoreClosed, WrongExpectedVersion
from zroute_core.kernel.log import Batch, Context, Envelope, Logged, check_batches, seal, settled
from zroute_core.kernel.ports import Clock


class MemoryEventStore:
    """Lives as long as the process. Safe to share between threads."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._lock = Lock()
        self._log: list[Envelope] = []
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
            for envelope in envelopes:
                self._streams[envelope.stream].append(envelope)
            self._log.extend(envelopes)
            self._commands[context.command_id] = envelopes
            return envelopes

    def read_stream(self, stream: UUID, *, after: int = 0) -> Sequence[Envelope]:
        with self._lock:
            self._check_open()
            return tuple(self._streams.get(stream, ())[after:])

    def read_all(self, *, after: int = 0, limit: int = 1000) -> Sequence[Logged]:
        with self._lock:
            self._check_open()
            page = self._log[after : after + limit]
            return tuple(Logged(position, one) for position, one in enumerate(page, start=after + 1))

    def close(self) -> None:
        self._closed = True

    def _check_open(self) -> None:
        if self._closed:
            raise StoreClosed("this store was closed: open it again")
