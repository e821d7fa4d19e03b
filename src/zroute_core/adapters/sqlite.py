"""The log in a SQLite file: durable, without gaps, one writer at a time and one commit for all who wait.

Whoever appends joins a queue (`sqlite_queue`), and one writes for all who wait, in one transaction (`sqlite_writer`).
Readers have connections of their own and wait for nobody (WAL).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from os import getpid
from pathlib import Path
from threading import Condition
from typing import TypeVar
from uuid import UUID

from zroute_core.adapters.clock import SystemClock
from zroute_core.adapters.sqlite_file import open_from_now_on
from zroute_core.adapters.sqlite_queue import Find, Queue, Work, unknown
from zroute_core.adapters.sqlite_rows import COLUMNS, Row, envelopes_of, rows_of
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
    traces_of,
    translated,
    unfinished,
    version_of,
)
from zroute_core.adapters.sqlite_writer import Writer, closed, head_in
from zroute_core.errors import (
    CommandIdReused,
    InsecureConfiguration,
    InvalidNumber,
    OutOfOrder,
    ReadOnlyStore,
    SequenceGap,
    StoreBusy,
    StoreClosed,
    StoreUnavailable,
    WrongExpectedVersion,
    ZRouteError,
)
from zroute_core.kernel.furthest import Furthest
from zroute_core.kernel.log import (
    UNFIT,
    Batch,
    Context,
    Envelope,
    Logged,
    changed,
    check_batches,
    event_id,
    seal,
    settled,
    unfit,
)
from zroute_core.kernel.merkle import HASH_BYTES, Frontier
from zroute_core.kernel.ports import Clock

T = TypeVar("T")

# ── all statements of the store ──────────────────────────────────────────────────────────────────────────────

ADD = f"INSERT INTO events (position, {COLUMNS}, leaf) VALUES ({', '.join('?' * 16)})"  # noqa: S608  our own names
STREAM = f"SELECT position, {COLUMNS}, leaf FROM events WHERE stream = ? AND version > ? ORDER BY version"  # noqa: S608
ALL = f"SELECT position, {COLUMNS}, leaf FROM events WHERE position > ? ORDER BY position LIMIT ?"  # noqa: S608
OF_COMMAND = f"""
SELECT position, {COLUMNS}, leaf FROM events
WHERE position >= (SELECT position FROM events WHERE event_id = ?) ORDER BY position"""  # noqa: S608
LEAVES = "SELECT leaf FROM events WHERE position > ? ORDER BY position LIMIT ?"
POSITION = "SELECT position FROM events WHERE event_id = ?"
VERSION = "SELECT version FROM streams WHERE stream = ?"
STANDS = """
SELECT (SELECT version FROM streams WHERE stream = ?), (SELECT max(version) FROM events WHERE stream = ?),
    (SELECT leaf FROM events WHERE position = ?)"""
TAILS = """
SELECT streams.stream, events.version, position FROM streams
JOIN events ON events.stream = streams.stream AND events.version = (
    SELECT version FROM events AS e WHERE e.stream = streams.stream AND position <= ? ORDER BY version DESC LIMIT 1
)"""
SIZE = "SELECT size, (SELECT leaf FROM events WHERE position = ?) FROM log_head"
SEEN = "SELECT (SELECT leaf FROM events WHERE position = ?)"
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

AT_ONCE = 500
"""Entries of an extension that are rows in memory at one time."""

PAGE = 1000
"""Entries read at once where the caller does not say."""

LOOKS = 5
"""How often a file that this user may not write is read before it is said that others never pause."""

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
        self._read_only = read_only
        self._closed = False
        self._process = getpid()
        self._idle: list[sqlite3.Connection] = []
        self._writer = Writer(partial(self._connect, reads=False), self._announce)
        self._queue = Queue(self._writer.write, deadline)
        self._size = 0
        self._furthest = Furthest()
        self._grown = Condition()
        self._file = (0, 0)
        self._writable = True
        if not read_only and unfinished(self._path):
            migrate(self._path)
        self._file = file_of(self._path)
        self._writable = os.access(self._path, os.W_OK)
        open_from_now_on(self)
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
        if after >= HIGHEST:
            return ()
        return self._held(self._read(partial(_stream, stream.bytes, max(after, 0), self._furthest)))

    def read_all(self, *, after: int = 0, limit: int = PAGE) -> Sequence[Logged]:
        if limit <= 0 or after >= HIGHEST:
            return ()
        rows = self._read(partial(_page, max(after, 0), min(limit, HIGHEST), self._furthest))
        return tuple(map(Logged, [row[0] for row in rows], self._held(rows)))

    def head(self) -> Frontier:
        return self._read(partial(_looked, self._furthest, head_in))

    def leaves(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        size, start = self.head().size, max(start, 0)
        stop = size if stop is None else min(stop, size)
        while start < stop:
            page = self._read(partial(_looked, self._furthest, partial(_leaves, start, min(PAGE, stop - start))))
            yield from page
            start += len(page)

    def tails(self, until: int) -> Iterable[tuple[UUID, int, int]]:
        """Each stream with the version and the position of its last entry at or below position `until`."""
        return self._read(partial(_looked, self._furthest, partial(_tails, max(0, min(until, HIGHEST)))))

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
        self._writer.close()
        self._keep(0)
        with self._grown:
            self._grown.notify_all()

    def before_fork(self) -> bool:
        """What is read by another thread at that moment stays open: fork before there are threads, or spawn."""
        self._keep(0)
        return self._writer.before_fork()

    def after_fork(self) -> None:
        self._writer.after_fork()

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────

    def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return self._read_once(work) if self._writable else self._read_untouched(work)

    def _read_untouched(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Where this user may not write, SQLite cannot say that others do: it is opened and looked at each time.

        Raises StoreBusy when they never pause.
        """
        failure: ZRouteError = StoreBusy("others write to this store all the time: let this user write the file too")
        for _ in range(LOOKS):
            before = traces_of(self._path)
            try:
                answer = self._read_once(work)
            except (ReadOnlyStore, StoreUnavailable) as error:  # as when the others close it at this very moment
                failure = error
            except ZRouteError:
                if traces_of(self._path) == before:
                    raise
            else:
                if traces_of(self._path) == before:
                    return answer
        raise failure

    def _read_once(self, work: Callable[[sqlite3.Connection], T]) -> T:
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
            failure = changed()
        except BaseException:
            let_go(connection)
            raise
        else:
            self._give_back(connection)
            return answer
        let_go(connection)
        raise failure

    def _held(self, rows: Sequence[Row]) -> tuple[Envelope, ...]:
        """The entries of these rows."""
        if not rows:
            return ()
        found, (position, *_, leaf) = envelopes_of(rows), rows[-1]
        self._furthest = self._furthest.or_at(position, leaf)
        return found

    def _reader(self) -> sqlite3.Connection:
        with suppress(IndexError):
            return self._idle.pop()
        return self._connect(reads=True)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        self._idle.append(connection)  # before it is asked whether the store was closed: who closes it finds this one
        self._keep(IDLE_READERS if self._writable and not self._closed else 0)

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
        self._check_open()
        if self._read_only:
            raise ReadOnlyStore("this store was opened for reading only")
        return self._queue.join(work, find)

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
            raise closed()
        if getpid() != self._process:
            raise StoreClosed("this store was opened in another process: open it again in this one")
        if file_of(self._path) != self._file:
            raise StoreUnavailable("the file of this store was moved or replaced: open the store again")


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
    head_in(connection)


# ── in a transaction ─────────────────────────────────────────────────────────────────────────────────────────


def _version(connection: sqlite3.Connection, stream: bytes) -> int:
    row = connection.execute(VERSION, (stream,)).fetchone()
    if row is not None and type(row[0]) is not int:
        raise changed()
    return 0 if row is None else row[0]


def _add(connection: sqlite3.Connection, head: Frontier, envelopes: Sequence[Envelope]) -> Frontier:
    """Raises CommandIdReused when one of them stands in the log already."""
    rows = rows_of(head.size, envelopes)
    try:
        connection.executemany(ADD, rows)
        return head.followed_by(row[-1] for row in rows)
    except sqlite3.IntegrityError:
        if not _twice(connection, envelopes, head.size):
            raise
    raise _stands_already()


def _twice(connection: sqlite3.Connection, envelopes: Sequence[Envelope], size: int) -> bool:
    """Is one of these events given twice, or does it stand among the first entries of the log, so many?"""
    ids = {one.row[2] for one in envelopes}
    found = (connection.execute(POSITION, (one,)).fetchone() for one in ids)
    return len(ids) < len(envelopes) or any(row is not None and row[0] <= size for row in found)


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
    return settled(envelopes_of(earlier), batches) if earlier else None


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
    _check_versions(envelopes, connection)
    if tracking is not None and connection.execute(TRACK, tracking).rowcount != 1:
        raise OutOfOrder("a follower goes forward only")
    for start in range(0, len(envelopes), AT_ONCE):
        head = _add(connection, head, envelopes[start : start + AT_ONCE])
    return head.size, head


def _check_versions(envelopes: Sequence[Envelope], connection: sqlite3.Connection) -> None:
    """Each is the next one of its stream."""
    versions: dict[bytes, int] = {}
    with suppress(*UNFIT):
        for stream, version, *_ in (one.row for one in envelopes):
            expected = versions.get(stream) or _version(connection, stream)
            if version != expected + 1:
                break
            versions[stream] = version
        else:
            return
        if _twice(connection, envelopes, HIGHEST):
            raise _stands_already()
        raise WrongExpectedVersion("a stream is not at the version before the one that was given")
    raise unfit()


def _extension(envelopes: Sequence[Envelope], connection: sqlite3.Connection, since: int) -> int | None:
    """The position of the last of these, when they were added behind where the log stood."""
    if not envelopes:
        raise unknown()
    row = connection.execute(POSITION, (envelopes[-1].event_id.bytes,)).fetchone()
    return row[0] if row is not None and row[0] > since else None


def _looked(furthest: Furthest, work: Callable[[sqlite3.Connection], T], connection: sqlite3.Connection) -> T:
    if furthest.position:  # else it may be another program's file
        furthest.check(connection.execute(SEEN, (furthest.position,)).fetchone()[0])
    return work(connection)


def _stream(stream: bytes, after: int, furthest: Furthest, connection: sqlite3.Connection) -> Sequence[Row]:
    last, standing, leaf = connection.execute(STANDS, (stream, stream, furthest.position)).fetchone()
    furthest.check(leaf)
    if last != standing:
        raise SequenceGap("a history is not at the version that was kept: a fact of it is missing")
    if last == (after or None):
        return ()
    rows = connection.execute(STREAM, (stream, after)).fetchall()  # what was added meanwhile can only be more
    found = [(row[1], row[2]) for row in rows]
    end = after + len(found)
    if found != [(stream, version) for version in range(after + 1, end + 1)] or end < (last or 0):
        raise SequenceGap("a history has a gap, or lost its end: a fact of it is missing")
    return rows


def _page(after: int, limit: int, furthest: Furthest, connection: sqlite3.Connection) -> Sequence[Row]:
    size, leaf = connection.execute(SIZE, (furthest.position,)).fetchone()
    furthest.check(leaf)
    rows = connection.execute(ALL, (after, limit)).fetchall()
    positions = [row[0] for row in rows]
    expected = max(after, 0) + 1
    if positions != list(range(expected, expected + len(rows))) or (len(rows) < limit and expected + len(rows) <= size):
        raise SequenceGap("the log has a gap: an entry is missing")
    return rows


def _tails(until: int, connection: sqlite3.Connection) -> list[tuple[UUID, int, int]]:
    found = connection.execute(TAILS, (until,)).fetchall()
    return [(UUID(bytes=stream), version, position) for stream, version, position in found]


def _leaves(start: int, limit: int, connection: sqlite3.Connection) -> list[bytes]:
    found = [leaf for (leaf,) in connection.execute(LEAVES, (start, limit))]
    if len(found) != limit:
        raise SequenceGap("the log has a gap: an entry is missing")
    if not all(type(leaf) is bytes and len(leaf) == HASH_BYTES for leaf in found):
        raise changed()
    return found


def _stands_already() -> CommandIdReused:
    return CommandIdReused("one of these events stands in the log already")
