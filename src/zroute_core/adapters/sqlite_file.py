"""The file of a SQLite database, and what a process must not do to it.

The locks of SQLite belong to the process, and it loses all of them, those of its other connections as well, when it
closes any descriptor of the file. Then another process may take itself for the last one and throw the write-ahead log
away, with all that is acknowledged in it. So nobody here opens a file that is there but SQLite itself; and what is
open at a fork is let go of before, for the child has none of these locks and does not know it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from threading import RLock
from typing import Protocol
from weakref import WeakSet

_MAKING = RLock()
"""Who finds the file that another thread made may open it only when that thread has closed it."""


def make(path: Path) -> bool:
    """An empty file, for its owner alone. False when something stands there already. Raises OSError, ValueError."""
    with _MAKING:
        try:
            os.close(os.open(os.path.realpath(path), os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            return False
        return True


def may_be_written(path: Path) -> bool:
    """By this user, as far as it can be seen without opening it."""
    return path.is_file() and os.access(path, os.R_OK | os.W_OK)


class Forked(Protocol):
    """A store that lets go of its connections before the process forks; the parent opens them again."""

    def before_fork(self) -> bool:
        """Wait until nobody writes, close what is open, and let nobody begin. False where somebody goes on writing."""
        ...

    def after_fork(self) -> None:
        """Let them begin."""
        ...


PATIENCE = 10.0
"""Seconds that a fork waits for who is writing, were it the same thread: longer than a commit may take."""

TRIES = 3
"""How often a store is asked. A fork goes on whatever is raised before it, an interrupt as well."""

_open: WeakSet[Forked] = WeakSet()
_waiting: list[Forked] = []


def open_from_now_on(store: Forked) -> None:
    """Called by each store before it opens its first connection."""
    with _MAKING:
        _open.add(store)


def _before() -> None:
    _MAKING.acquire()
    for one in list(_open):
        for _ in range(TRIES):
            with suppress(BaseException):
                if one.before_fork():
                    _waiting.append(one)
                break


def _after() -> None:
    while _waiting:
        _waiting.pop().after_fork()
    _MAKING.release()


if hasattr(os, "register_at_fork"):  # Windows forks nothing
    os.register_at_fork(before=_before, after_in_parent=_after, after_in_child=_after)
