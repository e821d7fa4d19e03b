"""The one connection that writes to a SQLite file: a group of commands in one transaction, and the head behind them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import Enum
from hashlib import sha256
from threading import Lock
from time import monotonic
from typing import Any

from zroute_core.adapters.sqlite_file import PATIENCE
from zroute_core.adapters.sqlite_queue import Waiting, unknown
from zroute_core.adapters.sqlite_rows import Row
from zroute_core.adapters.sqlite_schema import FOREIGN, LOCK_SECONDS, let_go, translated
from zroute_core.errors import (
    CommandIdReused,
    InvalidNumber,
    RootMismatch,
    SequenceGap,
    StoreBusy,
    StoreClosed,
    StoreFull,
    ZRouteError,
)
from zroute_core.kernel.log import UNFIT
from zroute_core.kernel.merkle import Frontier

HEAD = "SELECT size, frontier, digest, (SELECT coalesce(max(position), 0) FROM events) FROM log_head"
MOVE_HEAD = "UPDATE log_head SET size = ?, frontier = ?, digest = ?"


class Stage(Enum):
    """How far a transaction came."""

    BEGINNING = 1
    WRITING = 2
    COMMITTING = 3


class SpoiledError(Exception):
    """A piece of work is refused when some of it is written already: nothing of the transaction can stay."""

    def __init__(self, refusal: Exception) -> None:
        super().__init__()
        self.refusal = refusal


class Writer:
    """Writes for groups of those who wait.

    `connect` opens the connection, where there is none; `grown` is told how many entries there are then. Safe to share
    between threads: one group after the other.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection], grown: Callable[[int], None]) -> None:
        self._connect = connect
        self._grown = grown
        self._closed = False
        self._connection: sqlite3.Connection | None = None
        self._writing = Lock()
        self._left: tuple[Row | None, Frontier] = None, Frontier()

    def write(self, group: Sequence[Waiting[Any]]) -> None:
        """All in one transaction, or each by itself; each is told what became of its own."""
        with self._writing:
            if self._closed:  # while they waited
                for one in group:
                    one.error = closed()
            else:
                self._together(group, monotonic() + LOCK_SECONDS)

    def close(self) -> None:
        self._closed = True
        with self._writing:
            self._let_go()

    def before_fork(self) -> bool:
        """Nothing is written, and no connection open, until `after_fork`; False where that does not come about."""
        if not self._writing.acquire(timeout=PATIENCE):
            return False
        self._let_go()
        return True

    def after_fork(self) -> None:
        self._writing.release()

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            let_go(connection)

    def _together(self, group: Sequence[Waiting[Any]], until: float) -> None:
        """All in one transaction. When that fails, each by itself, so that each is told what became of its own.

        Nothing new is begun after `until`.
        """
        stage, failure = self._transaction(group)
        if failure is None:
            return
        for one in group:
            if stage is Stage.COMMITTING and self._found_out(one):
                continue
            if stage is Stage.BEGINNING:
                one.error = failure
            elif len(group) == 1:
                # A commit whose bytes were written and not brought to the disk may stand there after a crash.
                sure = stage is Stage.WRITING or isinstance(failure, StoreBusy | StoreFull)
                one.error = failure if sure else unknown()
            elif monotonic() < until:
                self._together([one], until)
            else:
                one.error = StoreBusy("other writers held the store for too long: try again")

    def _transaction(self, group: Sequence[Waiting[Any]]) -> tuple[Stage, Exception | None]:
        """How far it came, and what failed. Answers are given out when all of it stands."""
        stage = Stage.BEGINNING
        told: list[tuple[Waiting[Any], object, Exception | None]] = []
        try:
            connection = self._connection = self._connection or self._connect()
            connection.execute("BEGIN IMMEDIATE")
            head = before = self._head_before(connection)
            stage = Stage.WRITING
            for one in group:
                one.since, written = before.size, connection.total_changes
                try:
                    answer, head = one.work(connection, head)
                    told.append((one, answer, None))
                except FOREIGN:
                    raise
                except Exception as refusal:  # whatever it is, a clock's own error as well: it is told who asked
                    if connection.total_changes != written:
                        raise SpoiledError(refusal) from None
                    told.append((one, None, refusal))
            kept = self._left
            if head.size > before.size:
                moved = (head.size, head.to_bytes(), digest_of(head))
                connection.execute(MOVE_HEAD, moved)
                kept = (*moved, head.size), head
            stage = Stage.COMMITTING
            connection.execute("COMMIT")
            self._left = kept
        except ZRouteError as error:
            self._roll_back()
            return stage, error
        except SpoiledError as error:
            self._roll_back()
            return stage, error.refusal
        except FOREIGN as error:
            self._roll_back()
            return stage, translated(error)
        except BaseException:
            self._roll_back()
            raise
        for one, answer, refused in told:
            one.done, one.outcome, one.error = True, answer, refused
        self._grown(head.size)
        return stage, None

    def _head_before(self, connection: sqlite3.Connection) -> Frontier:
        """What was left there by this store itself need not be looked into again."""
        row, head = connection.execute(HEAD).fetchone(), self._left[1]
        return head if row == self._left[0] else head_of(row)

    def _found_out(self, one: Waiting[Any]) -> bool:
        """The commit failed, or its answer was lost: does the log tell what became of this one?"""
        try:
            connection = self._connection = self._connection or self._connect()
            found = one.find(connection, one.since)
        except CommandIdReused as refusal:
            one.error = refusal
        except (ZRouteError, *FOREIGN):
            self._roll_back()
            one.error = unknown()
        else:
            one.done, one.outcome = found is not None, found
        return one.done or one.error is not None

    def _roll_back(self) -> None:
        """Never leave a connection inside a transaction: one that cannot be rolled back is thrown away."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        with suppress(sqlite3.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        let_go(connection)


# ── the head ─────────────────────────────────────────────────────────────────────────────────────────────────


def head_in(connection: sqlite3.Connection) -> Frontier:
    return head_of(connection.execute(HEAD).fetchone())


def head_of(row: Any) -> Frontier:
    """Raises RootMismatch, or SequenceGap when the entries do not end where it says."""
    with suppress(InvalidNumber, *UNFIT):
        size, roots, digest, last = row
        head = Frontier.from_bytes(size, roots)
        if digest == digest_of(head) and last == size:
            return head
        if last < size:
            raise SequenceGap("the log ends before its head: entries are missing")
    raise RootMismatch("the head of the log was changed, or there are entries behind it")


def digest_of(head: Frontier) -> bytes:
    return sha256(head.size.to_bytes(8, "big") + head.to_bytes()).digest()


def closed() -> StoreClosed:
    return StoreClosed("this store was closed: open it again")
