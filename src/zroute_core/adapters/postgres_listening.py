"""Waiting for a PostgreSQL log to grow: woken by NOTIFY where that can be had, looking now and then where it cannot."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from time import monotonic, sleep

import psycopg

from zroute_core.adapters.postgres_deadline import CONNECT_SECONDS, Connections, DeadlineConnection
from zroute_core.errors import StoreError

LOOK_SECONDS = 0.2
"""Who cannot be woken looks again after this long."""

LISTEN = "LISTEN zroute"
SIZE = "SELECT size FROM zroute.log_head"


class Listener:
    """One connection that listens for all who wait: one of them at it, the others in line. Safe between threads."""

    def __init__(self, connections: Connections, size: Callable[[float], int], *, listens: bool) -> None:
        """`size` asks for the size of the log until a moment; `listens` is not so of a standby: it takes no LISTEN."""
        self._connections = connections
        self._size = size
        self._listens = listens
        self._turn = Lock()
        self._connection: DeadlineConnection | None = None
        self._closed = False

    def wait(self, after: int, seconds: float) -> None:
        """Return when the log may be larger than `after`, at the latest after `seconds`; at once when closed."""
        until, in_line = monotonic() + seconds, 0.0
        while left := self._left(until):
            if self._listens and self._turn.acquire(timeout=min(in_line, left)):
                try:
                    if self._heard(after, until):
                        return
                finally:
                    self._turn.release()
                sleep(min(LOOK_SECONDS, self._left(until)))
            elif self._grown(after, until):
                return
            elif not self._listens:
                sleep(min(LOOK_SECONDS, self._left(until)))
            in_line = LOOK_SECONDS

    def close(self) -> None:
        self._closed = True
        connection = self._connection  # who is at it may let go of it at this very moment
        if connection is not None:
            connection.until = 0.0  # who is at it breaks off
        with self._turn:
            self._let_go()

    def _left(self, until: float) -> float:
        return 0.0 if self._closed else max(0.0, until - monotonic())

    def _grown(self, after: int, until: float) -> bool:
        with suppress(StoreError):
            return self._size(until) > after
        return False

    def _heard(self, after: int, until: float) -> bool:
        """Whether something came, or the time is over; no when the connection broke, or could not be had."""
        with suppress(StoreError, psycopg.Error):
            connection = self._listening(until)
            row = connection.execute(SIZE).fetchone()  # what came since is kept, and given out below
            if row is None or row[0] > after:
                return True
            connection.until = until + CONNECT_SECONDS
            if left := self._left(until):
                for _ in connection.notifies(timeout=left, stop_after=1):
                    return True
            return True
        self._let_go()
        return False

    def _listening(self, until: float) -> DeadlineConnection:
        if self._connection is None:
            self._connections.check_open()
            self._connection = self._connections.single(within=self._left(until))
            self._connection.execute(LISTEN)
        self._connection.until = monotonic() + CONNECT_SECONDS
        return self._connection

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
