"""Connections to the tables that follow the log on a PostgreSQL server, and what goes wrong on them.

Needs the extra `postgres`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from math import ceil
from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg import Connection, errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from zroute_core.adapters.postgres_deadline import DeadlineConnection, each_host, no_url, not_reached
from zroute_core.errors import (
    IntegrityViolation,
    ReadOnlyStore,
    SchemaMismatch,
    StoreBusy,
    StoreError,
    StoreFull,
    StoreUnavailable,
    ZRouteError,
)

T = TypeVar("T")

DEADLINE = 10.0
"""Seconds after which a server that says nothing is given up, also in the middle of a batch."""

LONGER = 6
"""So many times as long where tables are made or dropped: a server may be busy with that, and silent."""

SESSION = """
SELECT set_config('search_path', 'zroute_views', false), set_config('TimeZone', 'UTC', false),
    set_config('lock_timeout', %s, false), set_config('idle_in_transaction_session_timeout', '10min', false)"""


class HeardConnection(DeadlineConnection):
    """Breaks when the server has said nothing for `seconds`; as long as it says something, a page may be long."""

    seconds = DEADLINE

    def wait(self, gen: Generator[Any, Any, T], *args: Any, **kwargs: Any) -> T:
        self.until = monotonic() + self.seconds
        return super().wait(self._listening(gen), *args, **kwargs)

    def _listening(self, gen: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if ready:
                    self.until = monotonic() + self.seconds
                wanted = gen.send(ready)
        except StopIteration as end:
            answer: T = end.value
            return answer


def connected(url: str, seconds: float) -> HeardConnection:
    """Within so many seconds, as far as libpq lets it. Raises StoreUnavailable, ConfigurationError."""
    connection: HeardConnection | None = None
    failure: ZRouteError
    try:
        each = each_host(conninfo_to_dict(url), seconds)
        connection = HeardConnection.connect(make_conninfo(url, connect_timeout=each), autocommit=True)
        connection.seconds = seconds
        connection.execute(SESSION, (f"{ceil(min(seconds, DEADLINE) * 500)}ms",))  # a lock is given up sooner
        return connection
    except (psycopg.ProgrammingError, UnicodeError):
        failure = no_url()
    except psycopg.Error:
        failure = not_reached()
    if connection is not None:
        connection.close()
    raise failure


def asked(connection: Connection, query: str, *values: object) -> Any:
    row = connection.execute(query.encode(), values).fetchone()
    return None if row is None else row[0]


def guarded(work: Callable[[], T], *, reads: bool = False) -> T:
    """Foreign exceptions stop here, and what they hold of rows and addresses with them.

    What the caller's own folds raise while they are written goes through; work that only reads has none.
    """
    failure: ZRouteError
    try:
        return work()
    except ZRouteError as error:
        failure = error
    except psycopg.Error as error:
        failure = _translated(error)
    except (ValueError, TypeError):  # a value that cannot be one of ours
        if not reads:
            raise
        failure = changed()
    raise failure


def _translated(error: psycopg.Error) -> ZRouteError:
    match error:
        case errors.UndefinedTable():
            return gone()
        case errors.LockNotAvailable() | errors.DeadlockDetected() | errors.SerializationFailure():
            return StoreBusy("somebody else held the read models for too long: try again")
        case errors.DiskFull() | errors.OutOfMemory():
            return StoreFull("there is no room left where the read models stand")
        case errors.ReadOnlySqlTransaction():
            return ReadOnlyStore("this database is a replica that only follows: give the one it follows")
        case errors.InsufficientPrivilege():
            return StoreError("this user may not do that: zroute_projector writes the tables, zroute_reader reads them")
        case errors.DependentObjectsStillExist():
            return StoreError("something else rests on a view whose columns change: take that away first")
        case psycopg.OperationalError() | psycopg.InterfaceError():
            return StoreUnavailable("the PostgreSQL server does not answer")
        case _:
            return StoreError("the read models could not be read or written")


def gone() -> SchemaMismatch:
    return SchemaMismatch("these read models are not there: they were not built, or others took their place")


def changed() -> IntegrityViolation:
    return IntegrityViolation("the tables were changed behind the library: rebuild them")
