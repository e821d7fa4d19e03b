"""A store on the stock PostgreSQL recorder of the `eventsourcing` library. Needs the extra `postgres`."""

from __future__ import annotations

from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import Error, connect
from psycopg.conninfo import conninfo_to_dict

from zroute_core.adapters.recorder import RecorderEventStore, opened
from zroute_core.errors import StoreUnavailable
from zroute_core.kernel.ports import Clock

LOCK_SECONDS = 5
OPEN_SECONDS = 10
"""How long to wait for another writer, and for a server that does not answer."""


def postgres_store(url: str, clock: Clock) -> RecorderEventStore:
    """A store in a PostgreSQL database; its table is made when it is not there.

    Raises StoreUnavailable when the server does not answer.
    """
    if not _answers(url):
        raise StoreUnavailable("the PostgreSQL server does not answer, or does not let this user in", field="url")
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
    )
    recorder = PostgresApplicationRecorder(datastore, events_table_name="zroute_events")
    return opened(recorder, recorder.create_table, datastore.close, clock)


def _answers(url: str) -> bool:
    """Asked once before the recorder's pool is made, which would try for minutes."""
    try:
        connect(url, connect_timeout=OPEN_SECONDS).close()
    except Error:
        return False
    return True
