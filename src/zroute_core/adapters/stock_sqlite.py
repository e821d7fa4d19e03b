"""A store on the stock SQLite recorder of the `eventsourcing` library."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from zroute_core.adapters.recorder import RecorderEventStore, opened
from zroute_core.errors import NotAStore
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
    return opened(recorder, recorder.create_table, datastore.close, clock)


def _is_ours(path: Path) -> bool:
    """An empty file may become a store; a SQLite file is one when it has the recorder's table or no table at all."""
    try:
        with sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        connection.close()
    except sqlite3.Error:
        return False
    return not tables or "stored_events" in tables
