"""The file of a SQLite database, and what a process must not do to it.

The locks of SQLite belong to the process, and it loses all of them, those of its other connections as well, when it
closes any descriptor of the file. Then another process may take itself for the last one and throw the write-ahead log
away, with all that is acknowledged in it. So nobody here opens a file that is there but SQLite itself; and what is
open at a fork is let go of before, for the child has none of these locks and does not know it.
"""

from __future__ import annotations

import os
from pathlib import Path
from threading import Lock
from typing import Protocol
from weakref import WeakSet

_MAKING = Lock()
"""Who finds the file that another thread made may open it only when that thread has closed it."""


def make(path: Path) -> bool:
    """An empty file, for its owner alone. False when something stands there already. Raises OSError, ValueError."""
    with _MAKING:
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            return False
        return True


def may_be_written(path: Path) -> bool:
    """By this user, as far as it can be seen without opening it."""
    return path.is_file() and os.access(path, os.R_OK | os.W_OK)


class Forked(Protocol):
    """A store that lets go of its connections before the process forks; the parent opens them again."""

    def before_fork(self) -> None:
        """Wait until nobody writes, close what is open, and let nobody begin."""
        ...

    def after_fork(self) -> None:
        """Let them begin."""
        ...


OPEN: WeakSet[Forked] = WeakSet()
"""Every store that may have connections."""

_held: list[Forked] = []


def _before() -> None:
    _MAKING.acquire()
    for one in list(OPEN):
        one.before_fork()
        _held.append(one)


def _after() -> None:
    while _held:
        _held.pop().after_fork()
    _MAKING.release()


if hasattr(os, "register_at_fork"):  # Windows forks nothing
    os.register_at_fork(before=_before, after_in_parent=_after, after_in_child=_after)
