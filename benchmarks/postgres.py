"""Line 3: PostgreSQL: a durable command beside one raw INSERT and beside stock, and an import beside a binary COPY.

All on one server with its defaults: fsync and synchronous_commit are on. The raw INSERT is prepared, and puts the same
bytes in a table with the same columns and a primary key, a commit each. The COPY is psycopg's own, in one transaction,
into a table with the same columns, indexes and checks; no trigger. Stock saves one event of an
aggregate that it has in memory, as ours appends to a history whose version is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import psycopg

from benchmarks.measure import Figure, Turn, by_turns, main, ratio, repeated, timed, told
from benchmarks.ours import Writer, envelopes_of, sealed
from benchmarks.postgres_server import WRITER, connected, database, drop, of_writer, server
from benchmarks.stock import Participants, fill, one_more, participant_of
from benchmarks.world import GROUP, World, pages
from zroute_core.adapters.postgres import PostgresEventStore
from zroute_core.adapters.postgres_schema import migrate
from zroute_core.kernel.log import Envelope

SIZE = 100
WHAT = "commands a turn"

LESSON = "lesson-attended"
"""What every command tells, on all three sides."""

BEFORE = 100
"""Facts in each history before the first command."""

IMPORTED = 30
"""Participants of 800 facts that a turn imports."""

TYPE_OF = {
    "position": "int8",
    "stream": "uuid",
    "version": "int8",
    "event_id": "uuid",
    "tag": "text",
    "schema_version": "int4",
    "recorded_at": "timestamptz",
    "actor": "text",
    "purpose": "text",
    "command_id": "uuid",
    "correlation_id": "uuid",
    "causation_id": "uuid",
    "key_id": "text",
    "key_commitment": "bytea",
    "payload": "bytea",
    "leaf": "bytea",
}
"""The columns of the log."""

COLUMNS = ", ".join(TYPE_OF)

RAW_TABLE = f"""
CREATE TABLE raw AS SELECT {COLUMNS} FROM zroute.events WITH NO DATA;
ALTER TABLE raw ADD PRIMARY KEY (position)"""  # noqa: S608  our own names
SAME_TABLE = "CREATE TABLE copied (LIKE zroute.events INCLUDING ALL)"
ROWS = f"SELECT {COLUMNS} FROM zroute.events WHERE position > %s ORDER BY position"  # noqa: S608
INSERT = f"INSERT INTO raw ({COLUMNS}) VALUES ({', '.join(['%b'] * len(TYPE_OF))})"  # noqa: S608
COPY = f"COPY copied ({COLUMNS}) FROM STDIN (FORMAT BINARY)"

Row = tuple[Any, ...]


def figures(size: int, runs: int) -> list[Figure]:
    """Three ratios."""
    with server() as url:
        database(url, "empty")
        migrate(f"{url.rpartition('/')[0]}/empty")
        with connected(url) as connection:
            connection.execute(f"GRANT zroute_writer TO {WRITER}".encode())
        commands = by_turns(runs, dict(_commands(url, size)))
        imports = by_turns(runs, dict(_imports(url)))
    ours = told(commands["ours"], size)
    facts = World(IMPORTED).size
    return [
        ratio(
            3,
            "a durable command of 1 fact on PostgreSQL, of one raw INSERT",
            commands["raw"],
            commands["ours"],
            target=0.80,
            at_least=True,
            detail=f"{ours}, raw {told(commands['raw'], size)}",
        ),
        ratio(
            3,
            "a durable command of 1 fact on PostgreSQL, times as fast as stock",
            commands["stock"],
            commands["ours"],
            target=3,
            at_least=True,
            detail=f"{ours}, stock {told(commands['stock'], size)}",
        ),
        ratio(
            3,
            "bulk import on PostgreSQL, encrypted, of raw binary COPY",
            imports["copy"],
            imports["ours"],
            target=0.70,
            at_least=True,
            detail=f"{told(imports['ours'], facts)} a fact, COPY {told(imports['copy'], facts)}",
        ),
    ]


# ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────


def _commands(url: str, size: int) -> Iterator[tuple[str, Turn]]:
    """Each goes on where it stopped, so that every turn finds its table a little larger: all of them alike."""
    world = World(GROUP, BEFORE)
    lessons = [one for one in world.envelopes() if one.tag == LESSON]
    own = database(url, "commands", like="empty")
    with closing(PostgresEventStore(of_writer(own))) as store:
        store.extend(list(envelopes_of(world, encrypted=True)))
    with connected(own) as connection:
        connection.execute(RAW_TABLE.encode())
        rows = [row for row in connection.execute(ROWS.encode(), (0,)) if row[4] == LESSON]
        connection.execute(f"INSERT INTO raw SELECT {COLUMNS} FROM zroute.events".encode())  # noqa: S608
    of_stock = database(url, "stock")

    def ours() -> float:
        with closing(PostgresEventStore(of_writer(own))) as store:
            versions = {one: len(store.read_stream(one)) for one in world.participants()}
            writer = Writer(sealed(store), versions, name=sum(versions.values()))
            writer.one_fact(size)  # the first one opens and prepares
            return repeated(size, writer.one_fact)

    def raw() -> float:
        with connected(own) as connection:
            ((last,),) = connection.execute("SELECT max(position) FROM raw").fetchall()
            insert(connection, (last + 1, *rows[0][1:]))
            return repeated(size, lambda at: insert(connection, (last + 2 + at, *rows[at % len(rows)][1:])))

    def insert(connection: psycopg.Connection[Any], row: Row) -> None:
        connection.execute(INSERT.encode(), row, prepare=True)

    def stock() -> float:
        with closing(_stock_app(of_stock)) as app:
            if not app.recorder.max_notification_id():
                fill(app, world)
            known = [participant_of(app, one) for one in world.participants()]
            one_more(app, known[0], lessons[0])
            return repeated(size, lambda at: one_more(app, known[at % GROUP], lessons[at % len(lessons)]))

    yield "ours", ours
    yield "raw", raw
    yield "stock", stock


def _stock_app(url: str) -> Participants:
    parts = urlsplit(url)
    return Participants(
        env={
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": parts.path.removeprefix("/"),
            "POSTGRES_HOST": str(parts.hostname),
            "POSTGRES_PORT": str(parts.port),
            "POSTGRES_USER": str(parts.username),
            "POSTGRES_PASSWORD": "none-is-asked",
        }
    )


# ── import ───────────────────────────────────────────────────────────────────────────────────────────────────


def _imports(url: str) -> Iterator[tuple[str, Turn]]:
    """Each turn into an empty table; what is written is in memory, ours as envelopes and the baseline as rows."""
    envelopes = list(envelopes_of(World(IMPORTED), encrypted=True))
    copied = database(url, "copied", like="empty")
    with closing(PostgresEventStore(of_writer(copied))) as store:
        for page in pages(envelopes):
            store.extend(page)
    with connected(copied) as connection:
        rows = connection.execute(ROWS.encode(), (0,)).fetchall()
        connection.execute(SAME_TABLE.encode())
    number = count()

    def copy() -> float:
        with connected(copied) as connection:
            connection.execute("TRUNCATE copied")
            return timed(lambda: _copy(connection, rows))

    yield "ours", lambda: _extend(url, f"imported_{next(number)}", envelopes)
    yield "copy", copy


def _extend(url: str, name: str, envelopes: Sequence[Envelope]) -> float:
    own = database(url, name, like="empty")
    try:
        with closing(PostgresEventStore(of_writer(own))) as store:
            return timed(lambda: store.extend(envelopes))
    finally:
        drop(url, name)


def _copy(connection: psycopg.Connection[Any], rows: Sequence[Row]) -> None:
    with connection.transaction(), connection.cursor() as cursor, cursor.copy(COPY.encode()) as copy:
        copy.set_types(list(TYPE_OF.values()))
        for row in rows:
            copy.write_row(row)


if __name__ == "__main__":
    main("benchmarks.postgres", figures, SIZE, WHAT)
