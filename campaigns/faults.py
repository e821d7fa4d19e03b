"""Calls to a database that fail when we say so: the nth from now, once or for ever, before or after their effect."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import Enum
from threading import RLock
from typing import Any, TypeVar
from unittest.mock import patch

import attrs

T = TypeVar("T")

CANARY = "BSN 999990019"
"""Stands in the words of every injected error, so that a border which lets them through is seen."""


class Kind(Enum):
    """What the database says."""

    BUSY = "busy"
    FULL = "full"
    IO = "I/O error"
    LOST = "connection lost"
    INTEGRITY = "integrity"
    DAMAGED = "damaged"


class When(Enum):
    """What became of the call that failed."""

    BEFORE = "not done"
    AFTER = "done, the answer lost"
    ROLLED_BACK = "not done, and the database rolled the transaction back"


@attrs.frozen
class Plan:
    """The `nth` call from now fails (from 1), or it and all that follow."""

    nth: int
    kind: Kind
    when: When
    for_ever: bool

    def __str__(self) -> str:
        return f"call {self.nth}{' and all after' if self.for_ever else ''}: {self.kind.value}, {self.when.value}"


class Faults:
    """Counts the calls, and says which of them fail. Shared by all connections of one store."""

    def __init__(self) -> None:
        self.calls = 0
        self.fired = 0
        self._plan: Plan | None = None
        self._lock = RLock()

    def arm(self, plan: Plan | None) -> None:
        """From now on, by this plan; None: nothing fails any more."""
        with self._lock:
            self.calls, self.fired, self._plan = 0, 0, plan

    def due(self) -> Plan | None:
        """Called once for every call to the database: the plan when this call fails."""
        with self._lock:
            self.calls += 1
            plan = self._plan
            if plan is None or not (self.calls == plan.nth or (plan.for_ever and self.calls > plan.nth)):
                return None
            self.fired += 1
            return plan


# ── SQLite ───────────────────────────────────────────────────────────────────────────────────────────────────

_SQLITE: dict[Kind, tuple[type[sqlite3.Error], str, int]] = {
    Kind.BUSY: (sqlite3.OperationalError, "database is locked", sqlite3.SQLITE_BUSY),
    Kind.FULL: (sqlite3.OperationalError, "database or disk is full", sqlite3.SQLITE_FULL),
    Kind.IO: (sqlite3.OperationalError, "disk I/O error", sqlite3.SQLITE_IOERR_WRITE),
    Kind.INTEGRITY: (
        sqlite3.IntegrityError,
        "UNIQUE constraint failed: events.event_id",
        sqlite3.SQLITE_CONSTRAINT_UNIQUE,
    ),
    Kind.DAMAGED: (sqlite3.DatabaseError, "database disk image is malformed", sqlite3.SQLITE_CORRUPT),
}


def sqlite_error(kind: Kind) -> sqlite3.Error:
    """As the driver raises it, with its code."""
    if kind is Kind.LOST:
        return sqlite3.ProgrammingError(f"Cannot operate on a closed database. {CANARY}")
    error, words, code = _SQLITE[kind]
    raised = error(f"{words} {CANARY}")
    raised.sqlite_errorcode = code
    return raised


class FaultyCursor(sqlite3.Cursor):
    """A row that is fetched is a call too."""

    connection: FaultyConnection

    def execute(self, sql: str, parameters: Any = ()) -> Any:
        return self.connection.around(lambda: super(FaultyCursor, self).execute(sql, parameters))

    def executemany(self, sql: str, parameters: Iterable[Any]) -> Any:
        return self.connection.around(lambda: super(FaultyCursor, self).executemany(sql, parameters))

    def fetchone(self) -> Any:
        return self.connection.around(super().fetchone)

    def fetchall(self) -> list[Any]:
        return self.connection.around(super().fetchall)

    def __next__(self) -> Any:
        return self.connection.around(super().__next__)


class FaultyConnection(sqlite3.Connection):
    """Asks its faults before every call; so do its cursors."""

    faults: Faults

    def cursor(self, factory: Any = FaultyCursor) -> Any:
        return super().cursor(factory)

    def execute(self, *given: Any) -> sqlite3.Cursor:
        cursor: sqlite3.Cursor = self.cursor()
        return cursor.execute(*given)

    def executemany(self, *given: Any) -> sqlite3.Cursor:
        cursor: sqlite3.Cursor = self.cursor()
        return cursor.executemany(*given)

    def commit(self) -> None:
        self.around(super().commit)

    def close(self) -> None:
        """Always closes, also when it says that it could not."""
        plan = self.faults.due()
        super().close()
        if plan is not None:
            raise sqlite_error(plan.kind)

    def around(self, work: Callable[[], T]) -> T:
        plan = self.faults.due()
        if plan is None:
            return work()
        if plan.when is When.AFTER:
            work()
        if plan.when is When.ROLLED_BACK and self.in_transaction:
            super().execute("ROLLBACK")
        if plan.kind is Kind.LOST:
            super().close()
        raise sqlite_error(plan.kind)


@contextmanager
def faulty_sqlite(faults: Faults) -> Iterator[None]:
    """While this lasts, whoever connects to SQLite gets a connection that fails by these faults."""
    real = sqlite3.connect
    kind = type("Faulty", (FaultyConnection,), {"faults": faults})

    def connect(*given: Any, **named: Any) -> sqlite3.Connection:
        plan = faults.due()
        if plan is not None:
            raise sqlite_error(plan.kind)
        return real(*given, **named, factory=kind)

    with patch.object(sqlite3, "connect", connect):
        yield
