"""A store in memory. It keeps the whole contract, so it stands in for any other; start a new store from here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import takewhile
from threading import Condition
from uuid import UUID

from zroute_core.adapters.clock import SystemClock
from zroute_core.errors import CommandIdReused, StoreClosed, WrongExpectedVersion
from zroute_core.kernel.log import (
    UNFIT,
    Batch,
    Context,
    Envelope,
    Logged,
    Row,
    check_batches,
    event_id,
    fits,
    leaf_of,
    seal,
    settled,
    unfit,
)
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
        self._streams: defaultdict[bytes, list[Envelope]] = defaultdict(list)
        self._places: dict[bytes, int] = {}
        self._closed = False

    def append(self, batches: Sequence[Batch], context: Context) -> tuple[Envelope, ...]:
        check_batches(batches)
        with self._lock:
            self._check_open()
            if earlier := self._of_command(context.command_id):
                return settled(earlier, batches)
            for batch in batches:
                if self._version(batch.stream.bytes) != batch.expected_version:
                    raise WrongExpectedVersion("the stream has moved on since it was read: read it again")
            envelopes = tuple(seal(batches, context, self._clock.now()))
            self._add([one.row for one in envelopes])
            return envelopes

    def read_stream(self, stream: UUID, *, after: int = 0) -> Sequence[Envelope]:
        with self._lock:
            self._check_open()
            return tuple(self._streams.get(stream.bytes, ())[max(after, 0) :])

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
            return iter(self._leaves[max(start, 0) : None if stop is None else max(stop, 0)])

    def extend(self, envelopes: Sequence[Envelope], *, after: int | None = None) -> int:
        with self._lock:
            self._check_open()
            if after is not None and after != self._head.size:
                raise WrongExpectedVersion("the log does not stand at the position that was given")
            rows = _rows(envelopes)
            self._check_versions(rows)
            self._add(rows)
            return self._head.size

    def tails(self, until: int) -> Sequence[tuple[UUID, int, int]]:
        with self._lock:
            self._check_open()
            known = {
                one.stream: (one.version, position) for position, one in enumerate(self._log[: max(until, 0)], start=1)
            }
            return tuple((stream, *tail) for stream, tail in known.items())

    def wait(self, after: int, seconds: float) -> None:
        with self._lock:
            self._lock.wait_for(lambda: self._closed or self._head.size > after, seconds)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._lock.notify_all()

    def _version(self, stream: bytes) -> int:
        return len(self._streams.get(stream, ()))

    def _of_command(self, command_id: UUID) -> tuple[Envelope, ...]:
        """What this command did before: its first fact, and what of the same command stands behind that."""
        start = self._places.get(event_id(command_id, 0).bytes, len(self._log))
        entries = map(self._log.__getitem__, range(start, len(self._log)))
        return tuple(takewhile(lambda one: one.row[8] == command_id.bytes, entries))

    def _check_versions(self, rows: Sequence[Row]) -> None:
        """Each is the next one of its stream."""
        versions: dict[bytes, int] = {}
        for stream, version, *_ in rows:
            if version != versions.get(stream, self._version(stream)) + 1:
                self._check_once(rows)
                raise WrongExpectedVersion("a stream is not at the version before the one that was given")
            versions[stream] = version

    def _check_once(self, rows: Sequence[Row]) -> None:
        ids = {row[2] for row in rows}
        if len(ids) < len(rows) or not ids.isdisjoint(self._places):
            raise CommandIdReused("one of these events stands in the log already")

    def _add(self, rows: Sequence[Row]) -> None:
        leaves = _leaves(rows)
        self._check_once(rows)
        for row in rows:
            self._places[row[2]] = len(self._log)
            self._log.append(Envelope.of_row((*row[:-1], bytes(row[-1]))))  # not what its writer may still change
            self._streams[row[0]].append(self._log[-1])
        self._leaves.extend(leaves)
        self._head = self._head.followed_by(leaves)
        self._lock.notify_all()

    def _check_open(self) -> None:
        if self._closed:
            raise StoreClosed("this store was closed: open it again")


def _rows(envelopes: Sequence[Envelope]) -> list[Row]:
    """Raises InvalidInput where there is a field that cannot be one."""
    with suppress(*UNFIT):
        return [one.row for one in envelopes]
    raise unfit()


def _leaves(rows: Sequence[Row]) -> list[bytes]:
    """Raises InvalidInput for a value that cannot stand in a log."""
    with suppress(*UNFIT):
        leaves = [leaf_of(*row) for row in rows]
        if all(map(fits, rows)):
            return leaves
    raise unfit()
