"""Connections to PostgreSQL that give up in time: whatever the server, the network or the pool does, a call ends.

A server that is stopped still lets its kernel answer, so no timeout of TCP or of the server itself is enough. The
deadline is looked at here, while waiting, and a connection that missed it is broken and thrown away.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from logging import NullHandler, getLogger
from math import ceil, inf
from os import getpid
from threading import BoundedSemaphore
from time import monotonic, sleep
from typing import Any, TypeVar

import psycopg
from psycopg import errors
from psycopg.adapt import Buffer, Dumper
from psycopg.conninfo import conninfo_attempts, conninfo_to_dict, timeout_from_conninfo
from psycopg.pq import Format, TransactionStatus
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from zroute_core.errors import (
    ConfigurationError,
    IntegrityViolation,
    ReadOnlyStore,
    SchemaMismatch,
    StoreBusy,
    StoreClosed,
    StoreError,
    StoreFull,
    StoreUnavailable,
    ZRouteError,
)

T = TypeVar("T")

CONNECT_SECONDS = 5
"""How long one host is tried at most, when the URL does not say."""

LEAST_SECONDS = 2
"""How long libpq tries a host at least."""

RETRY_SECONDS = 0.2
"""How long to wait before a server that is not there is tried again."""

SESSION = """
SELECT set_config(name, value, false) FROM (VALUES
    ('client_encoding', 'UTF8'), ('timezone', 'UTC'), ('default_transaction_isolation', 'read committed'),
    ('statement_timeout', %(milliseconds)s), ('idle_in_transaction_session_timeout', %(milliseconds)s),
    ('synchronous_commit', CASE WHEN %(durable)s AND current_setting('synchronous_commit') <> 'remote_apply'
        THEN 'on' ELSE current_setting('synchronous_commit') END),
    ('default_transaction_read_only', CASE WHEN %(read_only)s
        THEN 'on' ELSE current_setting('default_transaction_read_only') END)
) AS setting(name, value)"""

getLogger("psycopg").addHandler(NullHandler())  # its warnings name hosts: they go where logs are asked for, if anywhere


class Packed(bytes):
    """A parameter that is already in PostgreSQL's binary form; its type is the one the statement has there."""


class _PackedDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Packed) -> Buffer | None:
        return obj


class DeadlinePassed(psycopg.OperationalError):
    """The server did not answer in time."""


class Broke(StoreUnavailable):
    """The connection broke under a piece of work: whether the server did it is not known."""


class DeadlineConnection(psycopg.Connection[tuple[Any, ...]]):
    """Breaks when `until` passes (as `time.monotonic` counts) while the server has not answered."""

    until = 0.0
    entry: int | None = None
    """The number of the type `zroute.entry`, once it was asked for."""

    def wait(self, gen: Generator[Any, Any, T], *args: Any, **kwargs: Any) -> T:
        return super().wait(self._in_time(gen), *args, **kwargs)

    def _in_time(self, gen: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if monotonic() > self.until:
                    self.pgconn.finish()
                    raise DeadlinePassed
                wanted = gen.send(ready)
        except StopIteration as end:
            answer: T = end.value
            return answer

    def stands(self) -> bool:
        """Whether the server is still there, as far as it can be known without asking it."""
        try:
            self.pgconn.consume_input()  # what it said while nobody listened: a farewell, perhaps
            self.pgconn.consume_input()  # and then the end
        except psycopg.Error:
            return False
        return not self.closed


class Connections:
    """A pool of such connections, all set up alike. Safe to share between threads; not between processes."""

    def __init__(self, url: str, *, deadline: float, size: int, read_only: bool, durable: bool) -> None:
        """Raises ConfigurationError for what is no URL of libpq. Nothing is connected yet, except in the background."""
        self._parameters = _parameters(url, deadline)
        self._session = {
            "milliseconds": str(max(1, ceil(deadline * 1000))),
            "read_only": read_only,
            "durable": durable,
        }
        self._free = BoundedSemaphore(size)
        self._ready: list[DeadlineConnection] = []  # given back, and sooner at hand again than from the pool
        self._process = getpid()
        self._closed = False
        self._pool: ConnectionPool[DeadlineConnection] = ConnectionPool(
            "",
            kwargs=self._parameters,
            connection_class=DeadlineConnection,
            configure=self._set_up,
            min_size=1,
            max_size=size,
            reconnect_timeout=RETRY_SECONDS,
            open=False,
        )

    def open(self) -> None:
        """From here on connections are kept ready."""
        self._pool.open()

    def close(self) -> None:
        """Closing twice is fine. What is under way is finished."""
        self._closed = True
        self._pool.close(timeout=1)
        self._give_up_ready()

    def check_open(self) -> None:
        """Raises StoreClosed."""
        if self._closed or getpid() != self._process:
            raise closed()

    def single(self, seconds: float = CONNECT_SECONDS, *, within: float = inf) -> DeadlineConnection:
        """A connection outside the pool, good for so many seconds. Its taker closes it.

        Raises StoreUnavailable when none is had within the deadline, or `within` so many seconds.
        """
        connection: DeadlineConnection | None = None
        try:
            each: Any = each_host(self._parameters, within)
            connection = DeadlineConnection.connect("", **{**self._parameters, "connect_timeout": each})
            self._set_up(connection)
            connection.until = monotonic() + seconds
            return connection
        except psycopg.Error:
            if connection is not None:
                connection.close()
        raise not_reached()

    def ask(self, work: Callable[[DeadlineConnection], T], until: float) -> T:
        """Do what may be done any number of times; again when the connection breaks, as long as there is time.

        Raises StoreUnavailable, StoreBusy, StoreClosed, or another StoreError.
        """
        while True:
            try:
                return self.once(work, until)
            except Broke:
                if monotonic() + RETRY_SECONDS >= until:
                    break
            sleep(RETRY_SECONDS / 4)
        raise gone()

    def once(self, work: Callable[[DeadlineConnection], T], until: float) -> T:
        """Do it once. Raises as `ask`, and Broke when it was begun and its outcome is not known.

        Refusals of the server whose meaning depends on the work (a constraint, a code of ours) come as `Refused`.
        """
        self.check_open()
        if not self._free.acquire(timeout=max(0.0, until - monotonic())):
            raise StoreBusy("all connections were in use for too long: try again, or open with a larger pool")
        failure: ZRouteError
        try:
            connection = self._connected(until)
            connection.until = until
            try:
                return work(connection)
            except psycopg.Error as error:
                failure = Broke(*gone().args) if connection.closed else translated(error)
            finally:
                self._give_back(connection)
        finally:
            self._free.release()
        raise failure

    def _give_back(self, connection: DeadlineConnection) -> None:
        if connection.pgconn.transaction_status == TransactionStatus.IDLE:
            self._ready.append(connection)
        else:
            self._pool.putconn(connection)
        if self._closed:  # meanwhile
            self._give_up_ready()

    def _give_up_ready(self) -> None:
        with suppress(IndexError):
            while True:
                self._pool.putconn(self._ready.pop())

    def _connected(self, until: float) -> DeadlineConnection:
        while not self._closed and (left := until - monotonic()) > 0:
            connection = self._next(min(left, RETRY_SECONDS))
            if connection is None:
                continue
            if connection.stands():
                return connection
            connection.close()
            self._pool.putconn(connection)
        raise closed() if self._closed else gone()

    def _next(self, seconds: float) -> DeadlineConnection | None:
        with suppress(IndexError):
            return self._ready.pop()
        with suppress(PoolTimeout, PoolClosed):
            return self._pool.getconn(timeout=seconds)
        return None

    def _set_up(self, connection: DeadlineConnection) -> None:
        connection.until = monotonic() + CONNECT_SECONDS
        connection.autocommit = True
        connection.adapters.register_dumper(Packed, _PackedDumper)
        # A moment comes as the number it is, microseconds since 2000, and an id as its bytes: as the leaf has them.
        for kind, read_as in (("timestamptz", "int8"), ("uuid", "bytea")):
            loader = connection.adapters.get_loader(psycopg.adapters.types[read_as].oid, Format.BINARY)
            if loader is not None:
                connection.adapters.register_loader(kind, loader)
        connection.execute(SESSION, self._session)


class Refused(StoreError):
    """The server refused; `state` is its code (SQLSTATE), `constraint` the constraint that refused, or nothing."""

    def __init__(self, state: str, constraint: str) -> None:
        super().__init__("the store could not do this; nothing of it was stored")
        self.state = state
        self.constraint = constraint


def translated(error: psycopg.Error) -> ZRouteError:
    """What an error of the driver means for whoever uses the store; nothing of its own words comes along."""
    match error:
        case errors.LockNotAvailable() | errors.QueryCanceled():
            return StoreBusy("another writer held the store for too long, or this took too long: try again")
        case errors.DeadlockDetected() | errors.SerializationFailure():
            return StoreBusy("the server chose somebody else's work over this: try again")
        case errors.DiskFull():
            return StoreFull("there is no room left where the store stands; nothing of this was stored")
        case errors.ReadOnlySqlTransaction():
            return ReadOnlyStore("this server only follows another one, or lets nobody write")
        case errors.InsufficientPrivilege():
            return StoreError("this user may not do that: log in as a member of the role that may")
        case (
            errors.UndefinedTable()
            | errors.UndefinedFunction()
            | errors.UndefinedColumn()
            | errors.UndefinedObject()
            | errors.InvalidSchemaName()
        ):
            return SchemaMismatch("the tables are not those of this version of the library: run zroute migrate")
        case errors.DataCorrupted() | errors.IndexCorrupted():
            return IntegrityViolation("the files of the server are damaged: take the last good copy")
        case psycopg.DataError():
            return StoreError("the store cannot hold one of these values; nothing of this was stored")
        case _:
            return Refused(error.sqlstate or "", error.diag.constraint_name or "")


def gone() -> StoreUnavailable:
    return StoreUnavailable("the PostgreSQL server does not answer: try again, or ask who looks after it")


def no_url() -> ConfigurationError:
    return ConfigurationError("this is no URL of a PostgreSQL database", field="url")


def not_reached() -> StoreUnavailable:
    return StoreUnavailable(
        "the PostgreSQL server does not answer, has no such database, or does not let this user in: is the URL right?",
        field="url",
    )


def closed() -> StoreClosed:
    return StoreClosed("this store was closed, or opened in another process: open it again")


def each_host(parameters: Mapping[str, Any], seconds: float) -> int:
    """How long each host is tried, so that all of them are within so many seconds; but libpq tries each for two.

    Raises the errors of the driver.
    """
    given = timeout_from_conninfo({"connect_timeout": CONNECT_SECONDS, **parameters})
    return max(LEAST_SECONDS, int(min(given, seconds / len(conninfo_attempts(parameters)))))


def _parameters(url: str, deadline: float) -> dict[str, Any]:
    """As libpq reads them, all kept, but for a patience that goes beyond the deadline."""
    each = CONNECT_SECONDS
    try:
        given = conninfo_to_dict(url)
        with suppress(psycopg.OperationalError):  # no such host: that is said when somebody connects
            each = each_host(given, deadline)
        return {"fallback_application_name": "zroute", **given, "connect_timeout": each}
    except (psycopg.Error, UnicodeError):
        pass
    raise no_url()
