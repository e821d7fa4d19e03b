"""The log on a PostgreSQL server: durable, without gaps, one call of a function on the server for each command.

Writers are put in order by a lock on the server, and a connection that breaks is no reason to give up or to guess: the
same command is sent again, and the unique id of its first fact tells whether it was there. Reading works on a standby.
The tables are made beforehand, by `zroute migrate`; whoever writes is a member of `zroute_writer` and owns nothing.
Needs the extra `postgres`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from time import monotonic, sleep
from typing import TypeVar
from uuid import UUID

from psycopg import Cursor, errors

from zroute_core.adapters.clock import SystemClock
from zroute_core.adapters.postgres_checks import checked
from zroute_core.adapters.postgres_deadline import (
    RETRY_SECONDS,
    Broke,
    Connections,
    DeadlineConnection,
    Refused,
)
from zroute_core.adapters.postgres_listening import Listener
from zroute_core.adapters.postgres_rows import COLUMNS, Row, envelopes_of, pack
from zroute_core.errors import (
    CommandIdReused,
    CommitOutcomeUnknown,
    ConcurrencyError,
    IntegrityViolation,
    InvalidInput,
    InvalidNumber,
    OutOfOrder,
    ReadOnlyStore,
    RootMismatch,
    SequenceGap,
    StoreError,
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
    check_batches,
    event_id,
    seal,
    settled,
    unfit,
)
from zroute_core.kernel.merkle import Frontier
from zroute_core.kernel.ports import Clock

T = TypeVar("T")

# ── all statements of the store ──────────────────────────────────────────────────────────────────────────────

APPEND = "SELECT zroute.append(%b, %b::integer, %b::bigint, %b::text, %b::bigint)"

# One statement sees one moment of the log: where a stream stands is told by the one that reads it, also when it has
# nothing to read.
STREAM = f"""
SELECT (SELECT version FROM zroute.streams WHERE stream = %b) AS stands,
    (SELECT leaf FROM zroute.events WHERE position = %b) AS seen, pg_is_in_recovery() AS follows, position, {COLUMNS}
FROM (SELECT) AS always LEFT JOIN zroute.events ON stream = %b AND version >= %b ORDER BY version"""  # noqa: S608
ALL = f"""
SELECT (SELECT size FROM zroute.log_head),
    (SELECT leaf FROM zroute.events WHERE position = %b) AS seen, pg_is_in_recovery() AS follows, position, {COLUMNS}
FROM (SELECT) AS always
LEFT JOIN (SELECT * FROM zroute.events WHERE position > %b ORDER BY position LIMIT %b) AS page ON true
ORDER BY position"""  # noqa: S608  our own names
OF_COMMAND = f"""
SELECT {COLUMNS} FROM zroute.events
WHERE position >= (SELECT position FROM zroute.events WHERE event_id = %b) AND position < coalesce(
    (SELECT position FROM zroute.events
        WHERE position > (SELECT position FROM zroute.events WHERE event_id = %b) AND command_id <> %b
        ORDER BY position LIMIT 1),
    9223372036854775807)
ORDER BY position"""  # noqa: S608
POSITIONS = "SELECT position FROM zroute.events WHERE event_id = ANY(%b) ORDER BY position"
LEAVES = "SELECT position, leaf FROM zroute.events WHERE position > %b ORDER BY position LIMIT %b"
HEAD = "SELECT size, frontier FROM zroute.log_head"
SIZE = "SELECT size FROM zroute.log_head"
ENTRY = "SELECT 'zroute.entry'::regtype::oid::bigint"
TRACKED = "SELECT position FROM zroute.tracking WHERE name = %b"

# From one stream to the next in the index: a look-up for each stream, whatever the number of its entries.
TAILS = """
WITH RECURSIVE streams(stream) AS (
    (SELECT stream FROM zroute.events ORDER BY stream LIMIT 1)
    UNION ALL
    SELECT (SELECT stream FROM zroute.events WHERE stream > streams.stream ORDER BY stream LIMIT 1)
    FROM streams WHERE streams.stream IS NOT NULL
)
SELECT tail.stream, tail.version, tail.position FROM streams CROSS JOIN LATERAL (
    SELECT stream, version, position FROM zroute.events
    WHERE stream = streams.stream AND position <= %b ORDER BY version DESC LIMIT 1
) AS tail"""

NO_ENTRY = (None,) * (COLUMNS.count(",") + 2)
"""What stands in a row of STREAM as position and entry, when none is found."""

AT_ONCE = 1000
"""Entries in one call of the function."""

PAGE = 1000
"""Entries read at once where the caller does not say."""

LEAVES_AT_ONCE = 10_000

PATIENCE = 0.9
"""The share of the time left that a writer waits for others: the rest is for its own work, and its answer."""

HIGHEST = 2**63 - 1

DAY = 86_400


class PostgresEventStore:
    """Keeps the log in a PostgreSQL database: the contract, and everything `ProvenLog` and `Signal` promise.

    The URL is read by libpq, with all its parameters and the environment variables it knows. A call answers within
    `deadline` seconds, whatever the server does (an extension of many entries: each thousand of them). At most
    `pool_size` calls are under way at once; the others wait their turn. Of several hosts in the URL each is tried for
    its share of that time, and two seconds at least. Safe to share between threads.

    A connection keeps its settings from call to call, so nothing may stand in between that shares one among sessions.

    A standby, or any server with `read_only`, is only read. `allow_insecure` lets in who could change what was
    written, and servers that acknowledge what may be lost.

    Raises StoreUnavailable when the server does not answer, SchemaMismatch when `zroute migrate` should be run,
    InsecureConfiguration, ConfigurationError when this user may not use the log or what was given cannot be.
    """

    def __init__(
        self,
        url: str,
        clock: Clock | None = None,
        *,
        deadline: float = 10.0,
        read_only: bool = False,
        allow_insecure: bool = False,
        pool_size: int = 8,
    ) -> None:
        if not 0 < deadline <= DAY:
            raise InvalidNumber("must be more than nothing, and at most a day of seconds", field="deadline")
        if pool_size < 1:
            raise InvalidNumber("must be 1 or more", field="pool_size")
        self._clock = clock or SystemClock()
        self._deadline = deadline
        self._connections = Connections(
            url, deadline=deadline, size=pool_size, read_only=read_only, durable=not allow_insecure
        )
        self._read_only = checked(self._connections, read_only=read_only, allow_insecure=allow_insecure)
        self._furthest = Furthest()
        self._connections.open()
        self._listener = Listener(self._connections, self._size, listens=not self._read_only)

    def append(self, batches: Sequence[Batch], context: Context) -> tuple[Envelope, ...]:
        check_batches(batches)
        self._check_writable()
        until = monotonic() + self._deadline
        refusal: ConcurrencyError = _moved_on()
        if all(0 <= one.expected_version < HIGHEST - len(one.facts) for one in batches):
            envelopes = tuple(seal(batches, context, self._clock.now()))
            outcome, _ = self._write(partial(_append, envelopes, None, None), until)
            if isinstance(outcome, int):
                return envelopes
            refusal = outcome
        earlier = self._of_command(context.command_id, until)
        if earlier:
            return settled(earlier, batches)
        raise refusal

    def extend(
        self, envelopes: Sequence[Envelope], *, after: int | None = None, tracking: tuple[str, int] | None = None
    ) -> int:
        """As `ProvenLog` says. `tracking` moves the position of a follower in the same transaction.

        Other writers wait until all of it stands. What a connection was sent that then broke, and stands in the log
        where it was to stand, is done. Raises OutOfOrder when the position of the follower does not rise.
        """
        self._check_writable()
        _check_extension(envelopes, after, tracking)
        until = monotonic() + self._deadline
        outcome, doubtful = self._write(partial(self._extend, envelopes, after, tracking), until)
        if isinstance(outcome, int):
            return outcome
        if doubtful and (standing := self._found(envelopes)) and after in {None, standing - len(envelopes)}:
            return standing
        raise outcome

    def read_stream(self, stream: UUID, *, after: int = 0) -> Sequence[Envelope]:
        if (after := max(after, 0)) > HIGHEST:
            return ()
        first, furthest = after or 1, self._furthest  # the entry at `after` too: it must be there
        rows = self._read(STREAM, stream, furthest.position, stream, first)
        stands, leaf, follows, *entry = rows[0]
        furthest.check(leaf, may_lag=follows)
        if tuple(entry) == NO_ENTRY:
            rows = []
        if [row[5] for row in rows] != list(range(first, first + len(rows))):
            raise SequenceGap("a history has a gap: a fact of it is missing")
        if stands != rows[-1][5] if rows else (stands or 0) >= first:
            raise SequenceGap("a history lost its end, or is not at the version that was kept")
        return self._held(rows[1:] if after else rows)

    def read_all(self, *, after: int = 0, limit: int = PAGE) -> Sequence[Logged]:
        after, limit = max(after, 0), min(limit, HIGHEST)
        if limit <= 0 or after > HIGHEST:
            return ()
        furthest = self._furthest
        rows = self._read(ALL, furthest.position, after, limit)
        size, leaf, follows, *entry = rows[0]
        furthest.check(leaf, may_lag=follows)
        if tuple(entry) == NO_ENTRY:
            rows = []
        positions = [row[3] for row in rows]
        end = after + len(rows)
        if positions != list(range(after + 1, end + 1)) or (len(rows) < limit and end < size):
            raise _gap()
        return tuple(map(Logged, positions, self._held(rows)))

    def head(self) -> Frontier:
        ((size, roots),) = self._read(HEAD)
        try:
            return Frontier.from_bytes(size, roots)
        except InvalidNumber:
            pass
        raise RootMismatch("the head of the log was changed")

    def size(self) -> int:
        """How many entries the log has."""
        return self._size(None)

    def leaves(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        size = self.size()
        return self._leaves(max(start, 0), size if stop is None else min(stop, size))

    def tails(self, until: int) -> Iterable[tuple[UUID, int, int]]:
        """Each stream with the version and the position of its last entry at or below position `until`."""
        found = self._read(TAILS, min(until, HIGHEST))
        return [(UUID(bytes=stream), version, position) for stream, version, position in found]

    def tracked(self, name: str) -> int | None:
        """How far the follower with this name has come; None when it has not begun."""
        _check_name(name)
        rows = self._read(TRACKED, name)
        return int(rows[0][0]) if rows else None

    def wait(self, after: int, seconds: float) -> None:
        """As `Signal` says, whoever appends. On a standby, and while the server is away, it looks now and then."""
        self._listener.wait(after, seconds)

    def close(self) -> None:
        self._connections.close()
        self._listener.close()

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────

    def _read(self, query: str, *values: object, until: float | None = None) -> list[Row]:
        until = monotonic() + self._deadline if until is None else until
        return self._connections.ask(partial(_rows, query, values), until)

    def _held(self, rows: Sequence[Row]) -> tuple[Envelope, ...]:
        """The entries of these rows."""
        found = envelopes_of(row[4:] for row in rows)
        if rows:
            self._furthest = self._furthest.or_at(rows[-1][3], rows[-1][-1])
        return found

    def _size(self, until: float | None) -> int:
        return int(self._read(SIZE, until=until)[0][0])

    def _leaves(self, start: int, stop: int) -> Iterator[bytes]:
        while start < stop:
            rows = self._read(LEAVES, start, min(LEAVES_AT_ONCE, stop - start))
            if [position for position, _ in rows] != list(range(start + 1, start + 1 + len(rows))) or not rows:
                raise _gap()
            yield from (leaf for _, leaf in rows)
            start += len(rows)

    def _of_command(self, command_id: UUID, until: float) -> tuple[Envelope, ...]:
        """What this command did before. Raises CommitOutcomeUnknown when that cannot be found out."""
        first = event_id(command_id, 0)
        try:
            return envelopes_of(self._read(OF_COMMAND, first, first, command_id, until=until))
        except StoreError:
            pass
        raise _unknown()

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────

    def _write(self, work: Callable[[DeadlineConnection], int], until: float) -> tuple[int | ConcurrencyError, bool]:
        """The position of the last entry, or why nothing was stored; and whether it was sent more than once.

        A connection that breaks meanwhile may have done it or not. It is sent again, and the ids of the entries see to
        it that they come once. Raises CommitOutcomeUnknown when that comes to no end in time, else a StoreError.
        """
        sent = False
        failure: ZRouteError
        while True:
            try:
                return self._connections.once(partial(_in_these_tables, work), until), sent
            except Broke:
                sent = True
                sleep(RETRY_SECONDS / 4)
            except Refused as refused:
                failure = _meaning(refused)
                break
            except ZRouteError as error:
                failure = error
                break
        if isinstance(failure, ConcurrencyError):
            return failure, sent
        raise _unknown() if sent else failure

    def _extend(
        self,
        envelopes: Sequence[Envelope],
        after: int | None,
        tracking: tuple[str, int] | None,
        connection: DeadlineConnection,
    ) -> int:
        if len(envelopes) <= AT_ONCE:
            return _append(envelopes, after, tracking, connection)
        _entry_of(connection)  # before: in a pipeline it would be waited for
        with connection.transaction(), connection.pipeline():
            sent = [
                self._chunk(envelopes, start, after if start == 0 else None, tracking, connection)
                for start in range(0, len(envelopes), AT_ONCE)
            ]
            return _position(sent[-1])

    def _chunk(
        self,
        envelopes: Sequence[Envelope],
        start: int,
        after: int | None,
        tracking: tuple[str, int] | None,
        connection: DeadlineConnection,
    ) -> Cursor[Row]:
        """Sent while the server is still busy with the one before, which shows that it is there: the time is new."""
        connection.until = monotonic() + self._deadline
        stop = start + AT_ONCE
        return _sent(envelopes[start:stop], after, tracking if stop >= len(envelopes) else None, connection)

    def _found(self, envelopes: Sequence[Envelope]) -> int | None:
        """Of the last of these, when they stand in the log one behind the other."""
        if not envelopes:
            return None
        try:
            found = [one for (one,) in self._read(POSITIONS, [envelopes[0].event_id, envelopes[-1].event_id])]
            return found[-1] if found and found[-1] - found[0] == len(envelopes) - 1 else None
        except StoreError:
            pass
        raise _unknown()

    def _check_writable(self) -> None:
        self._connections.check_open()
        if self._read_only:
            raise ReadOnlyStore("this store was opened for reading, or its server only follows another one")


# ── what is given ────────────────────────────────────────────────────────────────────────────────────────────


def _check_extension(envelopes: Sequence[Envelope], after: int | None, tracking: tuple[str, int] | None) -> None:
    if tracking is not None:
        _check_name(tracking[0])
        if not 0 <= tracking[1] <= HIGHEST:
            raise InvalidNumber("must be a position", field="tracking")
    if after is not None and not _counts(after, 0):
        raise _elsewhere()
    with suppress(*UNFIT):
        if all(_counts(one.version, 1) for one in envelopes):
            return
        raise _carried_on()
    raise unfit()


def _counts(number: object, low: int) -> bool:
    """Whatever else it is, no entry stands at it."""
    return isinstance(number, int | float) and low <= number <= HIGHEST


def _check_name(follower: str) -> None:
    with suppress(UnicodeError):
        follower.encode()
        return
    raise InvalidInput("must be a text that can be written down", field="tracking")


# ── on a connection ──────────────────────────────────────────────────────────────────────────────────────────


def _rows(query: str, values: Sequence[object], connection: DeadlineConnection) -> list[Row]:
    return connection.execute(query.encode(), values, prepare=True, binary=True).fetchall()


def _in_these_tables(work: Callable[[DeadlineConnection], T], connection: DeadlineConnection) -> T:
    """Once more, when they were made anew since this connection saw them: what it keeps of them is no longer so."""
    try:
        return work(connection)
    except (errors.InternalError_, errors.DatatypeMismatch, errors.UndefinedFunction):
        now = _entry_now(connection)
        if now == connection.entry:
            raise
    connection.execute("DEALLOCATE ALL")
    connection.entry = now
    return work(connection)


def _entry_of(connection: DeadlineConnection) -> int:
    """The number of the type `zroute.entry` in this database, as this connection knows it."""
    if connection.entry is None:
        connection.entry = _entry_now(connection)
    return connection.entry


def _entry_now(connection: DeadlineConnection) -> int:
    row = connection.execute(ENTRY, prepare=False).fetchone()  # prepared, it would stay as it was
    return 0 if row is None else int(row[0])


def _append(
    envelopes: Sequence[Envelope], after: int | None, tracking: tuple[str, int] | None, connection: DeadlineConnection
) -> int:
    return _position(_sent(envelopes, after, tracking, connection))


def _sent(
    envelopes: Sequence[Envelope], after: int | None, tracking: tuple[str, int] | None, connection: DeadlineConnection
) -> Cursor[Row]:
    entries = pack(envelopes, _entry_of(connection))
    patience = max(1, int((connection.until - monotonic()) * PATIENCE * 1000))
    values = (entries, patience, after, *(tracking or (None, None)))
    return connection.execute(APPEND.encode(), values, prepare=True, binary=True)


def _position(cursor: Cursor[Row]) -> int:
    row = cursor.fetchone()
    return 0 if row is None else int(row[0])


# ── what goes wrong ──────────────────────────────────────────────────────────────────────────────────────────


def _meaning(refused: Refused) -> ZRouteError:
    match refused.state, refused.constraint:
        case _, "events_event_id_key":
            return CommandIdReused("one of these events stands in the log already")
        case _, "events_version_once" | "events_version_follows" | "events_version_check":
            return _moved_on()
        case "ZR002", _:
            return _elsewhere()
        case "ZR003", _:
            return OutOfOrder("a follower goes forward only")
        case _, "events_pkey":
            return IntegrityViolation("the log goes on beyond its head: entries were put in past the library")
        case _:
            return StoreError(*refused.args)


def _moved_on() -> WrongExpectedVersion:
    return WrongExpectedVersion("the stream has moved on since it was read: read it again")


def _carried_on() -> WrongExpectedVersion:
    return WrongExpectedVersion("a stream is not at the version before the one that was given")


def _elsewhere() -> WrongExpectedVersion:
    return WrongExpectedVersion("the log does not stand at the position that was given")


def _gap() -> SequenceGap:
    return SequenceGap("the log has a gap: an entry is missing")


def _unknown() -> CommitOutcomeUnknown:
    return CommitOutcomeUnknown("the store stopped answering: send the same command again, with its id")
