"""The log in a SQLite file: durable, without gaps, one writer at a time and one commit for all who wait.

Whoever appends joins a queue. The first in it leads: it writes for everybody who waits by then, in one transaction,
and hands the lead to the next. So eight writers share the time of one commit, none is locked out and none starves.
Readers have connections of their own and wait for nobody (WAL).
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from enum import Enum
from functools import partial
from hashlib import sha256
from itertools import islice
from os import getpid
from pathlib import Path
from struct import error as StructError
from threading import Condition, Event, Lock
from time import monotonic
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from zroute_core.adapters.clock import SystemClock
from zroute_core.adapters.sqlite_schema import (
    FOREIGN,
    LOCK_SECONDS,
    UNTOUCHED,
    check_schema,
    connected,
    file_of,
    let_go,
    migrate,
    mode_of,
    translated,
    unfinished,
    version_of,
)
from zroute_core.errors import (
    CommandIdReused,
    CommitOutcomeUnknown,
    InsecureConfiguration,
    IntegrityViolation,
    InvalidInput,
    InvalidNumber,
    LeafMismatch,
    OutOfOrder,
    ReadOnlyStore,
    RootMismatch,
    SequenceGap,
    StoreBusy,
    StoreClosed,
    StoreFull,
    StoreUnavailable,
    WrongExpectedVersion,
    ZRouteError,
)
from zroute_core.kernel.log import Batch, Context, Envelope, Logged, check_batches, event_id, leaf_of, seal, settled
from zroute_core.kernel.log import Row as Fields
from zroute_core.kernel.merkle import HASH_BYTES, Frontier
from zroute_core.kernel.ports import Clock

T = TypeVar("T")

# ── all statements of the store ──────────────────────────────────────────────────────────────────────────────

COLUMNS = """stream, version, event_id, tag, schema_version, recorded_at, actor, purpose, command_id, correlation_id,
    causation_id, key_id, key_commitment, payload"""

ADD = f"INSERT INTO events (position, {COLUMNS}, leaf) VALUES ({', '.join('?' * 16)})"  # noqa: S608  our own names
STREAM = f"SELECT position, {COLUMNS}, leaf FROM events WHERE stream = ? AND version > ? ORDER BY version"  # noqa: S608
ALL = f"SELECT position, {COLUMNS}, leaf FROM events WHERE position > ? ORDER BY position LIMIT ?"  # noqa: S608
OF_COMMAND = f"""
SELECT position, {COLUMNS}, leaf FROM events
WHERE position >= (SELECT position FROM events WHERE event_id = ?) ORDER BY position"""  # noqa: S608
LEAVES = "SELECT leaf FROM events WHERE position > ? ORDER BY position LIMIT ?"
POSITION = "SELECT position FROM events WHERE event_id = ?"
VERSION = "SELECT version FROM streams WHERE stream = ?"
STANDS = "SELECT (SELECT version FROM streams WHERE stream = ?), (SELECT max(version) FROM events WHERE stream = ?)"
TAILS = """
SELECT streams.stream, events.version, position FROM streams
JOIN events ON events.stream = streams.stream AND events.version = (
    SELECT version FROM events AS e WHERE e.stream = streams.stream AND position <= ? ORDER BY version DESC LIMIT 1
)"""
HEAD = "SELECT size, frontier, digest, (SELECT coalesce(max(position), 0) FROM events) FROM log_head"
SIZE = "SELECT size FROM log_head"
MOVE_HEAD = "UPDATE log_head SET size = ?, frontier = ?, digest = ?"
TRACKED = "SELECT position FROM tracking WHERE name = ?"
TRACK = """
INSERT INTO tracking VALUES (?, ?)
ON CONFLICT (name) DO UPDATE SET position = excluded.position WHERE excluded.position > position"""

PRAGMAS = {
    "synchronous": 2,  # FULL: what is acknowledged is on the disk
    "foreign_keys": 1,
    "recursive_triggers": 1,  # else INSERT OR REPLACE goes past the trigger against deleting
    "secure_delete": 1,
    "trusted_schema": 0,
    "cell_size_check": 1,
}
"""Each is asked back after it is set: a build of SQLite may not know it."""

HIGHEST = 2**63 - 1

MOST_AT_ONCE = 64
"""Commands in one transaction."""

PAGE = 1000
"""Entries read at once where the caller does not say."""

IDLE_READERS = 16
"""Connections for reading that are kept; more are opened while more threads read."""


class SqliteEventStore:
    """Keeps the log in a SQLite file: the contract, and everything `ProvenLog` promises. Safe to share between threads.

    A file that is not there, or is empty, gets its tables; an older one is left for `zroute migrate`. A call answers
    within `deadline` seconds, whoever holds the file. Opened with `read_only` nothing is added; what a writer that was
    killed left in the write-ahead log may still be brought into the file.
    Raises NotAStore, SchemaMismatch, InsecureConfiguration when SQLite does not keep its side, or StoreError.
    """

    def __init__(
        self, path: Path, clock: Clock | None = None, *, deadline: float = 10.0, read_only: bool = False
    ) -> None:
        if deadline <= LOCK_SECONDS:
            raise InvalidNumber(f"must be more than {LOCK_SECONDS:g} seconds", field="deadline")
        self._path = path.absolute()  # wherever the process goes from here
        self._clock = clock or SystemClock()
        self._deadline = deadline
        self._read_only = read_only
        self._closed = False
        self._process = getpid()
        self._idle: list[sqlite3.Connection] = []
        self._writer: sqlite3.Connection | None = None
        self._writing = Lock()
        self._mutex = Lock()
        self._queue: deque[_Waiting[Any]] = deque()
        self._led = False
        self._left: tuple[Row | None, Frontier] = None, Frontier()
        self._size = 0
        self._grown = Condition()
        self._file = (0, 0)
        if not read_only and unfinished(self._path):
            migrate(self._path)
        self._file = file_of(self._path)
        self._read(_checked)

    def append(self, batches: Sequence[Batch], context: Context) -> tuple[Envelope, ...]:
        check_batches(batches)
        return self._write(partial(self._append, batches, context), partial(_settled, batches, context))

    def extend(
        self, envelopes: Sequence[Envelope], *, after: int | None = None, tracking: tuple[str, int] | None = None
    ) -> int:
        """As `ProvenLog` says. `tracking` moves the position of a follower in the same transaction.

        Raises OutOfOrder when that does not rise.
        """
        return self._write(partial(_extended, envelopes, after, tracking), partial(_extension, envelopes))

    def read_stream(self, stream: UUID, *, after: int = 0) -> Sequence[Envelope]:
        return self._read(partial(_stream, stream.bytes, max(after, 0))) if after < HIGHEST else ()

    def read_all(self, *, after: int = 0, limit: int = PAGE) -> Sequence[Logged]:
        if limit <= 0 or after >= HIGHEST:
            return ()
        return self._read(partial(_page, max(after, 0), min(limit, HIGHEST)))

    def head(self) -> Frontier:
        return self._read(_head)

    def leaves(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        size, start = self.head().size, max(start, 0)
        stop = size if stop is None else min(stop, size)
        while start < stop:
            page = self._read(partial(_leaves, start, min(PAGE, stop - start)))
            yield from page
            start += len(page)

    def tails(self, until: int) -> Iterable[tuple[UUID, int, int]]:
        """Each stream with the version and the position of its last entry at or below position `until`."""
        return self._read(partial(_tails, min(until, HIGHEST)))

    def tracked(self, name: str) -> int | None:
        """How far the follower with this name has come; None when it has not begun."""
        row = self._read(lambda connection: connection.execute(TRACKED, (name,)).fetchone())
        return None if row is None else int(row[0])

    def wait(self, after: int, seconds: float) -> None:
        """As `Signal` says, for what is appended through this object; of other processes it knows nothing."""
        with self._grown:
            self._grown.wait_for(lambda: self._closed or self._size > after, seconds)

    def close(self) -> None:
        self._closed = True
        with self._writing:
            writer, self._writer = self._writer, None
            if writer is not None:
                let_go(writer)
        self._keep(0)
        with self._grown:
            self._grown.notify_all()

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────

    def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Foreign exceptions stop here, and what they hold of the log with them."""
        self._check_open()
        connection = self._reader()
        failure: ZRouteError
        try:
            answer = work(connection)
        except ZRouteError as error:
            failure = error
        except FOREIGN as error:
            failure = translated(error)
        except UNFIT:
            failure = _changed()
        except BaseException:
            let_go(connection)
            raise
        else:
            self._give_back(connection)
            return answer
        let_go(connection)
        raise failure

    def _reader(self) -> sqlite3.Connection:
        with suppress(IndexError):
            return self._idle.pop()
        return self._connect(reads=True)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        self._idle.append(connection)
        self._keep(0 if self._closed else IDLE_READERS)  # in this order: who closes meanwhile finds it, or it is seen

    def _keep(self, count: int) -> None:
        with suppress(IndexError):
            while len(self._idle) > count:
                let_go(self._idle.pop())

    def _connect(self, *, reads: bool) -> sqlite3.Connection:
        mode = mode_of(self._path)
        connection = connected(self._path, mode)
        failure: ZRouteError
        try:
            if mode != UNTOUCHED:
                _check_journal(connection)
            _set_up(connection, reads)
            return connection
        except ZRouteError as error:
            failure = error
        except FOREIGN as error:
            failure = translated(error)
        let_go(connection)
        raise failure

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────

    def _write(self, work: Work[T], find: Find[T]) -> T:
        """Join the queue; the first in it leads, the others are woken when theirs is done or when they lead."""
        self._check_open()
        if self._read_only:
            raise ReadOnlyStore("this store was opened for reading only")
        mine = _Waiting(work, find)
        with self._mutex:
            self._queue.append(mine)
            leads, self._led = not self._led, True
            if not leads:
                mine.wake = Event()
        if mine.wake is None or self._woken(mine, mine.wake):
            self._lead()
        return mine.answer()

    def _woken(self, mine: _Waiting[Any], wake: Event) -> bool:
        """Wait for one's turn. Raises StoreBusy, with nothing written, when it does not come within the deadline."""
        try:
            if not wake.wait(self._deadline - LOCK_SECONDS):
                if self._withdrawn(mine):
                    raise StoreBusy("other writers held the store for too long: try again")
                if not wake.wait(LOCK_SECONDS):
                    raise _unknown()
        except ZRouteError:
            raise
        except BaseException:  # the thread is interrupted while it waits: nobody may wait for it
            self._withdrawn(mine)
            raise
        return mine.leads

    def _withdrawn(self, mine: _Waiting[Any]) -> bool:
        """Out of the queue, and the lead with the next if it was there already. False when it is being written."""
        with self._mutex:
            if mine not in self._queue:
                return False
            self._queue.remove(mine)
            if mine.leads:
                self._pass_on()
            return True

    def _lead(self) -> None:
        """Write for all who wait by now, then wake them, and one more to lead those who came since."""
        group: list[_Waiting[Any]] = []
        try:
            with self._mutex:
                group.extend(self._queue.popleft() for _ in range(min(MOST_AT_ONCE, len(self._queue))))
            with self._writing:
                if self._closed:  # while they waited
                    for one in group:
                        one.error = _closed()
                else:
                    self._together(group, monotonic() + LOCK_SECONDS)
        finally:
            with self._mutex:
                for one in group:
                    if one.wake is not None:
                        one.wake.set()
                self._pass_on()

    def _pass_on(self) -> None:
        """The first who waits leads next."""
        self._led = bool(self._queue)
        for one in islice(self._queue, 1):
            one.leads = True
            if one.wake is not None:
                one.wake.set()

    def _together(self, group: Sequence[_Waiting[Any]], until: float) -> None:
        """All in one transaction. When that fails, each by itself, so that each is told what became of its own.

        Nothing new is begun after `until`.
        """
        stage, failure = self._transaction(group)
        if failure is None:
            return
        for one in group:
            if stage is _Stage.COMMITTING and self._found_out(one):
                continue
            if stage is _Stage.BEGINNING:
                one.error = failure
            elif len(group) == 1:
                # A commit whose bytes were written and not brought to the disk may stand there after a crash.
                sure = stage is _Stage.WRITING or isinstance(failure, StoreBusy | StoreFull)
                one.error = failure if sure else _unknown()
            elif monotonic() < until:
                self._together([one], until)
            else:
                one.error = StoreBusy("other writers held the store for too long: try again")

    def _transaction(self, group: Sequence[_Waiting[Any]]) -> tuple[_Stage, ZRouteError | None]:
        """How far it came, and what failed. Answers are given out when all of it stands."""
        stage = _Stage.BEGINNING
        told: list[tuple[_Waiting[Any], object, Exception | None]] = []
        try:
            connection = self._writer = self._writer or self._connect(reads=False)
            connection.execute("BEGIN IMMEDIATE")
            head = before = self._head_before(connection)
            stage = _Stage.WRITING
            for one in group:
                one.since = before.size
                try:
                    answer, head = one.work(connection, head)
                    told.append((one, answer, None))
                except FOREIGN:
                    raise
                except Exception as refusal:  # raised before anything of it is written: a clock's own error as well
                    told.append((one, None, refusal))
            kept = self._left
            if head.size > before.size:
                moved = (head.size, head.to_bytes(), _digest(head))
                connection.execute(MOVE_HEAD, moved)
                kept = (*moved, head.size), head
            stage = _Stage.COMMITTING
            connection.execute("COMMIT")
            self._left = kept
        except ZRouteError as error:
            self._roll_back()
            return stage, error
        except FOREIGN as error:
            self._roll_back()
            return stage, translated(error)
        except BaseException:
            self._roll_back()
            raise
        for one, answer, refused in told:
            one.done, one.outcome, one.error = True, answer, refused
        self._announce(head.size)
        return stage, None

    def _head_before(self, connection: sqlite3.Connection) -> Frontier:
        """What was left there by this store itself need not be looked into again."""
        row, head = connection.execute(HEAD).fetchone(), self._left[1]
        return head if row == self._left[0] else _head_of(row)

    def _found_out(self, one: _Waiting[Any]) -> bool:
        """The commit failed, or its answer was lost: does the log tell what became of this one?"""
        try:
            connection = self._writer = self._writer or self._connect(reads=False)
            found = one.find(connection, one.since)
        except CommandIdReused as refusal:
            one.error = refusal
        except (ZRouteError, *FOREIGN):
            self._roll_back()
            one.error = _unknown()
        else:
            one.done, one.outcome = found is not None, found
        return one.done or one.error is not None

    def _roll_back(self) -> None:
        """Never leave a connection inside a transaction: one that cannot be rolled back is thrown away."""
        connection, self._writer = self._writer, None
        if connection is None:
            return
        with suppress(sqlite3.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        let_go(connection)

    def _announce(self, size: int) -> None:
        with self._grown:
            self._size = size
            self._grown.notify_all()

    def _append(
        self, batches: Sequence[Batch], context: Context, connection: sqlite3.Connection, head: Frontier
    ) -> tuple[tuple[Envelope, ...], Frontier]:
        if (earlier := _settled(batches, context, connection)) is not None:
            return earlier, head
        for batch in batches:
            if _version(connection, batch.stream.bytes) != batch.expected_version:
                raise WrongExpectedVersion("the stream has moved on since it was read: read it again")
        envelopes = tuple(seal(batches, context, self._clock.now()))
        return envelopes, _add(connection, head, envelopes)

    def _check_open(self) -> None:
        if self._closed:
            raise _closed()
        if getpid() != self._process:
            raise StoreClosed("this store was opened in another process: open it again in this one")
        if file_of(self._path) != self._file:
            raise StoreUnavailable("the file of this store was moved or replaced: open the store again")


Work = Callable[[sqlite3.Connection, Frontier], "tuple[T, Frontier]"]

Find = Callable[[sqlite3.Connection, int], "T | None"]
"""Looks up what became of a piece of work; the number is where the log stood before it."""


class _Stage(Enum):
    """How far a transaction came."""

    BEGINNING = 1
    WRITING = 2
    COMMITTING = 3


class _Waiting(Generic[T]):
    """One who waits to be written for, and what became of it."""

    __slots__ = ("done", "error", "find", "leads", "outcome", "since", "wake", "work")

    def __init__(self, work: Work[T], find: Find[T]) -> None:
        self.work = work
        self.find = find
        self.wake: Event | None = None
        """None for who leads at once, and waits for nobody."""
        self.leads = False
        self.since = 0
        self.done = False
        self.outcome: T | None = None
        self.error: Exception | None = None

    def answer(self) -> T:
        if self.error is not None:
            raise self.error
        if not self.done:  # whoever wrote for it was interrupted
            raise _unknown()
        return cast("T", self.outcome)


# ── opening ──────────────────────────────────────────────────────────────────────────────────────────────────


def _check_journal(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        version_of(connection)  # another program's file is that, and nothing else
        raise InsecureConfiguration("this file has no write-ahead log: run zroute migrate")


def _set_up(connection: sqlite3.Connection, reads: bool) -> None:
    """A reader does not write; where it might, SQLite clears its side files away behind it."""
    for name, value in {**PRAGMAS, "query_only": int(reads)}.items():
        connection.execute(f"PRAGMA {name} = {value}")
        if connection.execute(f"PRAGMA {name}").fetchone() != (value,):
            raise InsecureConfiguration(f"this build of SQLite does not do {name}")


def _checked(connection: sqlite3.Connection) -> None:
    """The tables are ours to the letter, and the head stands where the entries end."""
    check_schema(connection)
    _head(connection)


# ── in a transaction ─────────────────────────────────────────────────────────────────────────────────────────


def _head(connection: sqlite3.Connection) -> Frontier:
    return _head_of(connection.execute(HEAD).fetchone())


def _head_of(row: Any) -> Frontier:
    """Raises RootMismatch, or SequenceGap when the entries do not end where it says."""
    with suppress(InvalidNumber, *UNFIT):
        size, roots, digest, last = row
        head = Frontier.from_bytes(size, roots)
        if digest == _digest(head) and last == size:
            return head
        if last < size:
            raise SequenceGap("the log ends before its head: entries are missing")
    raise RootMismatch("the head of the log was changed, or there are entries behind it")


def _digest(head: Frontier) -> bytes:
    return sha256(head.size.to_bytes(8, "big") + head.to_bytes()).digest()


def _version(connection: sqlite3.Connection, stream: bytes) -> int:
    row = connection.execute(VERSION, (stream,)).fetchone()
    if row is not None and type(row[0]) is not int:
        raise _changed()
    return 0 if row is None else row[0]


def _add(connection: sqlite3.Connection, head: Frontier, envelopes: Sequence[Envelope]) -> Frontier:
    rows = _rows(head.size, envelopes)
    connection.executemany(ADD, rows)
    return head.followed_by(row[-1] for row in rows)


def _settled(
    batches: Sequence[Batch], context: Context, connection: sqlite3.Connection, _since: int = 0
) -> tuple[Envelope, ...] | None:
    """What this command did before; None when it was not here yet. Raises CommandIdReused when that was another."""
    command = context.command_id.bytes
    earlier: list[Row] = []
    for row in connection.execute(OF_COMMAND, (event_id(context.command_id, 0).bytes,)):
        if row[9] != command:
            break
        earlier.append(row)
    return settled(_envelopes(earlier), batches) if earlier else None


def _extended(
    envelopes: Sequence[Envelope],
    after: int | None,
    tracking: tuple[str, int] | None,
    connection: sqlite3.Connection,
    head: Frontier,
) -> tuple[int, Frontier]:
    if tracking is not None and not 0 <= tracking[1] <= HIGHEST:
        raise InvalidNumber("must be a position", field="tracking")
    if after is not None and after != head.size:
        raise WrongExpectedVersion("the log does not stand at the position that was given")
    versions: dict[UUID, int] = {}
    for one in envelopes:
        expected = versions.get(one.stream)
        expected = _version(connection, one.stream.bytes) + 1 if expected is None else expected + 1
        if one.version != expected:
            if any(connection.execute(POSITION, (it.event_id.bytes,)).fetchone() for it in envelopes):
                raise _stands_already()
            raise WrongExpectedVersion("a stream is not at the version before the one that was given")
        versions[one.stream] = expected
    connection.execute("SAVEPOINT extension")
    try:
        grown = _add(connection, head, envelopes)
        if tracking is not None and connection.execute(TRACK, tracking).rowcount != 1:
            raise OutOfOrder("a follower goes forward only")
    except OutOfOrder as error:
        refused: ZRouteError = error
    except sqlite3.IntegrityError as error:
        refused = _stands_already() if error.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_UNIQUE else _unfit()
    else:
        connection.execute("RELEASE extension")
        return grown.size, grown
    connection.execute("ROLLBACK TO extension")
    raise refused


def _extension(envelopes: Sequence[Envelope], connection: sqlite3.Connection, since: int) -> int | None:
    """The position of the last of these, when they were added behind where the log stood."""
    if not envelopes:
        raise _unknown()
    row = connection.execute(POSITION, (envelopes[-1].event_id.bytes,)).fetchone()
    return row[0] if row is not None and row[0] > since else None


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────

Row = tuple[Any, ...]
"""Position, the fields in the order of the leaf, and the leaf."""

UNFIT = (ValueError, TypeError, OverflowError, AttributeError, StructError)
"""What Python raises where a field cannot be one of ours."""


def _stream(stream: bytes, after: int, connection: sqlite3.Connection) -> tuple[Envelope, ...]:
    last, standing = connection.execute(STANDS, (stream, stream)).fetchone()
    if last != standing:
        raise SequenceGap("a history is not at the version that was kept: a fact of it is missing")
    if last == (after or None):
        return ()
    rows = connection.execute(STREAM, (stream, after)).fetchall()  # what was added meanwhile can only be more
    found = [(row[1], row[2]) for row in rows]
    end = after + len(found)
    if found != [(stream, version) for version in range(after + 1, end + 1)] or end < (last or 0):
        raise SequenceGap("a history has a gap, or lost its end: a fact of it is missing")
    return _envelopes(rows)


def _page(after: int, limit: int, connection: sqlite3.Connection) -> tuple[Logged, ...]:
    (size,) = connection.execute(SIZE).fetchone()
    rows = connection.execute(ALL, (after, limit)).fetchall()
    positions = [row[0] for row in rows]
    expected = max(after, 0) + 1
    if positions != list(range(expected, expected + len(rows))) or (len(rows) < limit and expected + len(rows) <= size):
        raise SequenceGap("the log has a gap: an entry is missing")
    return tuple(map(Logged, positions, _envelopes(rows)))


def _tails(until: int, connection: sqlite3.Connection) -> list[tuple[UUID, int, int]]:
    found = connection.execute(TAILS, (until,)).fetchall()
    return [(UUID(bytes=stream), version, position) for stream, version, position in found]


def _leaves(start: int, limit: int, connection: sqlite3.Connection) -> list[bytes]:
    found = [leaf for (leaf,) in connection.execute(LEAVES, (start, limit))]
    if len(found) != limit:
        raise SequenceGap("the log has a gap: an entry is missing")
    if not all(type(leaf) is bytes and len(leaf) == HASH_BYTES for leaf in found):
        raise _changed()
    return found


def _rows(size: int, envelopes: Sequence[Envelope]) -> list[Row]:
    """Raises InvalidInput for a value that cannot stand in a log."""
    with suppress(*UNFIT):
        return [(position, *one.row, one.leaf()) for position, one in enumerate(envelopes, start=size + 1)]
    raise _unfit()


def _envelopes(rows: Sequence[Row]) -> tuple[Envelope, ...]:
    """Each entry, held against its leaf. Raises LeafMismatch for one that was changed."""
    with suppress(*UNFIT):
        return _unpacked(rows)
    raise _changed()


def _unpacked(rows: Sequence[Row]) -> tuple[Envelope, ...]:
    of_row = Envelope.of_row
    made: list[Envelope] = []
    for row in rows:
        fields = row[1:-1]
        if leaf_of(*fields) != row[-1]:
            raise _changed()
        made.append(of_row(cast("Fields", fields)))
    return tuple(made)


def _changed() -> IntegrityViolation:
    return LeafMismatch("an entry of the log is not what was written there")


def _closed() -> StoreClosed:
    return StoreClosed("this store was closed: open it again")


def _stands_already() -> CommandIdReused:
    return CommandIdReused("one of these events stands in the log already")


def _unfit() -> InvalidInput:
    return InvalidInput("one of these entries has a value that cannot stand in a log", field="envelopes")


def _unknown() -> CommitOutcomeUnknown:
    return CommitOutcomeUnknown("the store stopped answering: send the same command again, with its id")
