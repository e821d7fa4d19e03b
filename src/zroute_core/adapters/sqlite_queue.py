"""The queue before a SQLite file: one writes at a time, for all who wait by then.

Whoever appends joins. The first in the queue leads: it writes for everybody who waits by then, and hands the lead to
the next. So eight writers share the time of one commit, none is locked out and none starves.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from threading import Event, Lock
from typing import Any, Generic, TypeVar, cast

from zroute_core.adapters.sqlite_schema import LOCK_SECONDS
from zroute_core.errors import CommitOutcomeUnknown, StoreBusy, ZRouteError
from zroute_core.kernel.merkle import Frontier

T = TypeVar("T")

MOST_AT_ONCE = 64
"""Commands in one transaction."""

Work = Callable[[sqlite3.Connection, Frontier], "tuple[T, Frontier]"]
"""Adds to the log in a transaction: from its head to its answer and the new head."""

Find = Callable[[sqlite3.Connection, int], "T | None"]
"""Looks up what became of a piece of work; the number is where the log stood before it."""


class Waiting(Generic[T]):
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
            raise unknown()
        return cast("T", self.outcome)


class Queue:
    """Those who wait. `write` writes for a group of them, and tells each what became of it; it raises nothing of that.

    Nobody waits for longer than `deadline` seconds.
    """

    def __init__(self, write: Callable[[Sequence[Waiting[Any]]], None], deadline: float) -> None:
        self._write = write
        self._deadline = deadline
        self._mutex = Lock()
        self._waiting: deque[Waiting[Any]] = deque()
        self._led = False

    def __len__(self) -> int:
        return len(self._waiting)

    def join(self, work: Work[T], find: Find[T]) -> T:
        """Wait until it is written, and lead meanwhile when it is one's turn."""
        mine = Waiting(work, find)
        try:
            with self._mutex:
                self._waiting.append(mine)
                mine.leads = not self._led
                if self._led:
                    mine.wake = Event()
                self._led = True
            if mine.wake is None or self._woken(mine, mine.wake):
                self._lead()
        except ZRouteError:
            raise
        except BaseException:  # the thread is interrupted: nobody may wait for it
            self._withdrawn(mine)
            raise
        return mine.answer()

    def _woken(self, mine: Waiting[Any], wake: Event) -> bool:
        """Wait for one's turn. Raises StoreBusy, with nothing written, when it does not come within the deadline."""
        if not wake.wait(self._deadline - LOCK_SECONDS):
            if self._withdrawn(mine):
                raise StoreBusy("other writers held the store for too long: try again")
            if not wake.wait(LOCK_SECONDS):
                raise unknown()
        return mine.leads

    def _withdrawn(self, mine: Waiting[Any]) -> bool:
        """Out of the queue, and the lead with the next if it was there already. False when it is being written."""
        with self._mutex:
            if mine not in self._waiting:
                return False
            self._waiting.remove(mine)
            if mine.leads:
                self._pass_on()
            return True

    def _lead(self) -> None:
        """Write for all who wait by now, then wake them, and one more to lead those who came since."""
        group: list[Waiting[Any]] = []
        try:
            with self._mutex:
                group.extend(self._waiting.popleft() for _ in range(min(MOST_AT_ONCE, len(self._waiting))))
            self._write(group)
        finally:
            with self._mutex:
                for one in group:
                    if one.wake is not None:
                        one.wake.set()
                self._pass_on()

    def _pass_on(self) -> None:
        """The first who waits leads next."""
        self._led = bool(self._waiting)
        for one in islice(self._waiting, 1):
            one.leads = True
            if one.wake is not None:
                one.wake.set()


def unknown() -> CommitOutcomeUnknown:
    return CommitOutcomeUnknown("the store stopped answering: send the same command again, with its id")
