"""The stock SQLite and PostgreSQL recorders of the `eventsourcing` library, opened as stores."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from eventsourcing.persistence import ApplicationRecorder
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from zroute_core.adapters.recorder import RecorderEventStore
from zroute_core.errors import ConfigurationError, NotAStore, StoreUnavailable
from zroute_core.kernel.ports import Clock

LOCK_SECONDS = 5
"""How long a writer waits for another. With 1 second a storm of writers met locked databases; with 5 none did."""


def sqlite_store(path: Path, clock: Clock) -> RecorderEventStore:
    """A store in a SQLite file, made when it is not there. Raises NotAStore when the file is something else."""
    if path.exists() and not _is_ours(path):
        raise NotAStore("this file is not a Z-route store", field="url")
    if not path.absolute().parent.is_dir():
        raise NotAStore("there is no such folder to keep the store in", field="url")
    datastore = SQLiteDatastore(str(path), lock_timeout=LOCK_SECONDS)
    recorder = SQLiteApplicationRecorder(datastore)
    return _opened(recorder, recorder.create_table, datastore.close, clock)


def postgres_store(url: str, clock: Clock) -> RecorderEventStore:
    """A store in a PostgreSQL database; its table is made when it is not there.

    Raises ConfigurationError without the extra `postgres`, StoreUnavailable when the server does not answer.
    """
    try:
        from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
        from psycopg.conninfo import conninfo_to_dict
    except ImportError:
        missing = True
    else:
        missing = False
    if missing:
        raise ConfigurationError("PostgreSQL needs its driver: pip install 'zroute_core[postgres]'")
    parts = {key: str(value) for key, value in conninfo_to_dict(url).items()}
    datastore = PostgresDatastore(
        parts.get("dbname", "postgres"),
        parts.get("host", "localhost"),
        parts.get("port", "5432"),
        parts.get("user", ""),
        parts.get("password", ""),
        lock_timeout=LOCK_SECONDS,
        pool_size=1,
        max_overflow=9,
        pool_open_timeout=10,
    )
    recorder = PostgresApplicationRecorder(datastore, events_table_name="zroute_events")
    return _opened(recorder, recorder.create_table, datastore.close, clock)


def _opened(
    recorder: ApplicationRecorder, create_table: Callable[[], None], close: Callable[[], None], clock: Clock
) -> RecorderEventStore:
    try:
        create_table()
        return RecorderEventStore(recorder, clock, close)
    except Exception:  # the drivers raise their own kinds, with connection strings in them
        close()
    raise StoreUnavailable("the store could not be opened: does the server run, and may this user make its table?")


def _is_ours(path: Path) -> bool:
    """An empty file may become a store; a SQLite file is one when it has the recorder's table or no table at all."""
    try:
        with sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        connection.close()
    except sqlite3.Error:
        return False
    return not tables or "stored_events" in tables
