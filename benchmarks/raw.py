"""The baseline on SQLite: the same bytes put in a table by the `sqlite3` module, and nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from zroute_core.adapters.sqlite_rows import COLUMNS
from zroute_core.adapters.sqlite_schema import migrate

Row = tuple[Any, ...]

NAMES = ["position", *(name.strip() for name in COLUMNS.split(",")), "leaf"]

ADD = f"INSERT INTO events ({', '.join(NAMES)}) VALUES ({', '.join('?' * len(NAMES))})"  # noqa: S608  our own names
ALL = f"SELECT {', '.join(NAMES)} FROM events WHERE position > ? ORDER BY position"  # noqa: S608


def rows_of(path: Path, after: int = 0) -> list[Row]:
    """What stands in a store of ours: the bytes that the baseline is to write."""
    with connected(path) as connection:
        return connection.execute(ALL, (after,)).fetchall()


def plain_table(path: Path, rows: Iterable[Row] = ()) -> None:
    """A table with the same columns and a primary key: no check, no trigger, no other index."""
    with connected(path) as connection:
        connection.execute(f"CREATE TABLE events (position INTEGER PRIMARY KEY, {', '.join(NAMES[1:])})")
        connection.execute("BEGIN")
        connection.executemany(ADD, rows)
        connection.execute("COMMIT")


def same_tables(path: Path) -> None:
    """The tables of our own store, with their checks, indexes and triggers."""
    migrate(path)


@contextmanager
def connected(path: Path) -> Iterator[sqlite3.Connection]:
    """As durable as ours: a write-ahead log, and what is committed is on the disk."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        yield connection


def commit(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """These rows in a transaction of their own."""
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(ADD, rows)
    connection.execute("COMMIT")
