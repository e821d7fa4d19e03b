"""A store on the stock PostgreSQL recorder of the `eventsourcing` library. Needs the extra `postgres`."""

from __future__ import annotations

from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import Error, connect
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from zroute_core.adapters.recorder import RecorderEventStore, opened
from zroute_core.errors import StoreUnavailable
from zroute_core.kernel.ports import Clock

OPEN_SECONDS = 5
"""How long to wait for a server that does not answer, when the store is opened."""

WAIT_SECONDS = 1
"""How long to wait for a connection and for another writer. The recorder tries ten times: some ten seconds in all."""

TABLE = "zroute_events"


def postgres_store(url: str, clock: Clock) -> RecorderEventStore:
    """A store in a PostgreSQL database; its table is made, in the schema `public`, when it is not there.

    The URL is read by libpq, with all its parameters and the environment variables it knows.
    Raises StoreUnavailable when the server does not answer.
    """
    if not _answers(url):
        raise StoreUnavailable("the PostgreSQL server does not answer, or does not let this user in", field="url")
    datastore = PostgresDatastore(
        *("", "", "", "", ""),  # where to, and as whom: given whole to the pool, below
        connect_timeout=WAIT_SECONDS,
        lock_timeout=WAIT_SECONDS,
        pool_size=1,
        max_overflow=9,
    )
    datastore.pool.kwargs = {**conninfo_to_dict(url), "connect_timeout": OPEN_SECONDS, "row_factory": dict_row}

    def make() -> PostgresApplicationRecorder:
        recorder = PostgresApplicationRecorder(datastore, events_table_name=TABLE)
        recorder.create_table()
        return recorder

    return opened(make, datastore.close, clock)


def _answers(url: str) -> bool:
    """Asked once before the recorder's pool is made, which would try for minutes."""
    try:
        connect(url, connect_timeout=OPEN_SECONDS).close()
    except Error:
        return False
    return True
