"""A store on the stock SQLite recorder of the `eventsourcing` library."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from zroute_core.adapters.recorder import RecorderEventStore, opened
from zroute_core.errors import NotAStore
from zroute_core.kernel.ports import Clock

LOCK_SECONDS = 5
"""How long a writer waits for another. With 1 second a storm of writers met locked databases; with 5 none did."""

TABLE = "zroute_events"


def sqlite_store(path: Path, clock: Clock) -> RecorderEventStore:
    """A store in a SQLite file, made when it is not there. Raises NotAStore when the file is something else."""
    if not _fits(path):
        raise NotAStore("this is not a Z-route store, nor a place where one can be made", field="url")
    datastore = SQLiteDatastore(str(path), lock_timeout=LOCK_SECONDS)

    def make() -> SQLiteApplicationRecorder:
        recorder = SQLiteApplicationRecorder(datastore, TABLE)
        recorder.create_table()
        return recorder

    return opened(make, datastore.close, clock)


def _fits(path: Path) -> bool:
    """A store, an empty file, or no file in a folder that is there."""
    try:
        if not path.exists():
            return path.absolute().parent.is_dir()
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except (OSError, ValueError, sqlite3.Error):
        return False
    return not tables or TABLE in tables
