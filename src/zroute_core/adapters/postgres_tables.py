"""Read models in PostgreSQL, in the schema `zroute_views` of any database: real tables, to be read with any tool.

Readers see views with the names of the tables. What stands behind them is one generation of tables, and changing over
to the next is changing the views, in one transaction. The schema is there before (`postgres_tables_schema`). Needs the
extra `postgres`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from operator import itemgetter
from os import getpid
from threading import RLock
from typing import LiteralString, TypeVar
from uuid import UUID

import psycopg
from psycopg import Connection, errors
from psycopg.sql import SQL, Composed, Identifier

from zroute_core.adapters.postgres_tables_connection import (
    DEADLINE,
    LONGER,
    HeardConnection,
    asked,
    changed,
    connected,
    gone,
    guarded,
)
from zroute_core.adapters.postgres_tables_schema import (
    EXISTS,
    ONE_AT_A_TIME,
    PROJECTOR,
    READER,
    SCHEMA,
    VERSION,
    version_of,
)
from zroute_core.errors import (
    ConfigurationError,
    OutOfOrder,
    SchemaMismatch,
    StoreBusy,
    StoreClosed,
    ZRouteError,
)
from zroute_core.kernel.tables import (
    LAST_POSITION,
    Fold,
    Generation,
    Kind,
    Page,
    Parked,
    Row,
    Table,
    check_tables,
    fingerprint,
)

T = TypeVar("T")

HIGHEST = 2**63 - 1
"""What PostgreSQL counts up to."""

AT_ONCE = 16
"""Participants whose rows are compared and written together."""

# ── all statements of the store ──────────────────────────────────────────────────────────────────────────────
#
# Names of tables and columns come from the definitions in the code, which `check_tables` has looked at; they are
# quoted all the same. Values are bound. A generation has a number, and its tables that number behind their names.

SHORT_WAIT = "SET LOCAL lock_timeout = '2s'"  # who comes to read a view waits behind who waits to change it

FOLDS = """
CREATE TABLE {folds} (
    participant uuid PRIMARY KEY,
    version bigint NOT NULL,
    position bigint NOT NULL,
    code text,
    error text,
    tries bigint,
    entry bigint
)"""
WHO_IS_PARKED = "CREATE INDEX ON {folds} (participant) WHERE code IS NOT NULL"
STATE_VIEW = "CREATE OR REPLACE VIEW state AS SELECT number AS generation, position FROM generations WHERE serves"
PARKED_VIEW = """
CREATE OR REPLACE VIEW parked AS SELECT participant, version, code, error, tries, entry, position AS last_position
FROM {folds} WHERE code IS NOT NULL"""
VIEW = "AS SELECT {columns}, f.position AS {last} FROM {table} t JOIN {folds} f ON f.participant = t.participant"
IS_MEMBER = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s AND pg_has_role(oid, 'MEMBER'))"
MADE = "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(%s) AND relkind = 'r' AND relname LIKE %s"

USABLE = "SELECT has_schema_privilege('zroute_views', 'USAGE')"
SERVING = "SELECT number, position, revision, fingerprint, leaf FROM generations WHERE serves"
STANDS = "SELECT number, position, revision, fingerprint, leaf FROM generations WHERE number = %s"
STANDS_FIRM = f"{STANDS} FOR UPDATE"
FILLABLE = "SELECT serves FROM generations WHERE number = %s FOR SHARE"
OTHERS = "SELECT number FROM generations WHERE number <> %s AND (%s OR NOT serves) FOR UPDATE"
BEGIN = """
INSERT INTO generations (position, leaf, revision, fingerprint, serves) VALUES (%s, %s, 0, %s, false)
RETURNING number"""
MOVE = "UPDATE generations SET position = %s, leaf = %s, revision = revision + 1 WHERE number = %s"
REST = "UPDATE generations SET serves = false WHERE serves"
SERVE = "UPDATE generations SET serves = true WHERE number = %s"
FORGET = "DELETE FROM generations WHERE number = %s"
FIND = "SELECT * FROM {folds} WHERE participant > %s ORDER BY participant LIMIT %s"
FIND_PARKED = "SELECT * FROM {folds} WHERE code IS NOT NULL ORDER BY participant"
PUT = """
INSERT INTO {folds} VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (participant) DO UPDATE SET version = excluded.version, position = excluded.position,
    code = excluded.code, error = excluded.error, tries = excluded.tries, entry = excluded.entry"""
BETWEEN = "SELECT {columns} FROM {table} WHERE participant > %s AND participant <= %s ORDER BY {order}"
OF = "SELECT {columns} FROM {table} WHERE participant = ANY(%s)"
ADD = "COPY {table} ({columns}) FROM STDIN (FORMAT binary)"
TAKE = "DELETE FROM {table} WHERE {keys}"

SQL_TYPES: dict[Kind, LiteralString] = {
    Kind.TEXT: "text",
    Kind.INTEGER: "int8",
    Kind.DAY: "date",
    Kind.MOMENT: "timestamptz",
    Kind.UUID: "uuid",
    Kind.BOOLEAN: "bool",
}

BEFORE_ALL = UUID(int=0)
"""No trajectory has this id."""


class PostgresReadModelStore:
    """Keeps these tables in a PostgreSQL database. Safe to share between threads; more processes may have one each.

    The URL is read by libpq, with all its parameters and the environment variables it knows. A server that says
    nothing for `deadline` seconds is given up, where it makes or drops tables after six times that; a writer waits
    that long for another one in this process. Of several hosts each is tried for its share of that, and two seconds at
    least. Raises SchemaMismatch when `migrate` was not run, or a newer library did it; ConfigurationError when this
    user may not use them; StoreUnavailable when the server does not answer.
    """

    def __init__(self, url: str, tables: Sequence[Table], *, deadline: float = DEADLINE) -> None:
        check_tables(tables)
        self._url = url
        self._deadline = deadline
        self._tables = tuple(tables)
        self._fingerprint = fingerprint(tables)
        self._locks = {True: RLock(), False: RLock()}
        self._connections: dict[bool, HeardConnection] = {}
        self._process = getpid()
        self._closed = False
        try:
            self._in_transaction(_check, writing=False)
        except ZRouteError:
            self.close()
            raise

    def serving(self) -> Generation | None:
        return self._in_transaction(lambda connection: _generation(connection, SERVING), writing=False)

    def page(self, *, after: UUID | None = None, limit: int = 100, tables: Sequence[str] | None = None) -> Page:
        wanted = [one for one in self._tables if tables is None or one.name in tables]

        def read(connection: Connection, generation: Generation) -> Page:
            number, start = generation.number, after or BEFORE_ALL
            query = SQL(FIND).format(folds=_at("folds", number))
            found = connection.execute(query, (start, max(0, min(limit, HIGHEST))), binary=True).fetchall()
            rows: dict[UUID, dict[str, tuple[Row, ...]]] = {who: {} for who, *_ in found}
            for table in wanted if found else ():
                for who, some in _rows_between(connection, table, number, start, found[-1][0]):
                    if who not in rows:
                        raise changed()
                    rows[who][table.name] = some
            return Page(generation.position, tuple(_fold(row, rows[row[0]]) for row in found))

        return self._of_serving(read)

    def parked(self, generation: int) -> Sequence[Fold]:
        def read(connection: Connection) -> Sequence[Fold]:
            self._ours(_generation(connection, STANDS, generation))
            found = connection.execute(SQL(FIND_PARKED).format(folds=_at("folds", generation)))
            return [_fold(row, {}) for row in found.fetchall()]

        return self._in_transaction(read, writing=False)

    def write(self, at: Generation, position: int, folds: Iterable[Fold], *, leaf: str = "") -> Generation:
        def write(connection: Connection) -> Generation:
            stands = self._ours(_generation(connection, STANDS_FIRM, at.number))
            if (stands.position, stands.revision) != (at.position, at.revision) or position < at.position:
                raise OutOfOrder("the read models do not stand where this batch begins")
            self._put(connection, at.number, folds)
            connection.execute(MOVE, (position, leaf, at.number))
            return Generation(at.number, position, at.revision + 1, at.fingerprint, leaf)

        return self._in_transaction(write, writing=True)

    def begin(self, position: int, *, leaf: str = "") -> Generation:
        def write(connection: Connection) -> Generation:
            connection.execute(ONE_AT_A_TIME)
            number = int(asked(connection, BEGIN, position, leaf, self._fingerprint))
            _drop_others(connection, number, also_serving=False)
            folds = _at("folds", number)
            for statement in (FOLDS, WHO_IS_PARKED):
                connection.execute(SQL(statement).format(folds=folds))
            for table in self._tables:
                connection.execute(create_table(table, number))
            _belong_to_projector(connection, [_at(one, number) for one in ("folds", *self._names)])
            return Generation(number, position, 0, self._fingerprint, leaf)

        return self._in_transaction(write, writing=True, longer=True)

    def fill(self, generation: int, folds: Iterable[Fold]) -> None:
        def write(connection: Connection) -> None:
            self._ours(_generation(connection, STANDS, generation))
            if asked(connection, FILLABLE, generation):
                raise OutOfOrder("these read models serve already: they are written batch by batch")
            self._put(connection, generation, folds)

        self._in_transaction(write, writing=True, longer=True)

    def serve(self, generation: int, *, earlier: bool = False) -> None:
        def write(connection: Connection) -> None:
            connection.execute(ONE_AT_A_TIME)
            connection.execute(SHORT_WAIT)
            new = self._ours(_generation(connection, STANDS_FIRM, generation))
            old = _generation(connection, f"{SERVING} FOR UPDATE")
            if old is not None and new.position < old.position and not earlier:
                raise OutOfOrder("these read models stand before those that serve: let them catch up first")
            connection.execute(REST)
            connection.execute(SERVE, (generation,))
            connection.execute(STATE_VIEW)
            connection.execute(SQL(PARKED_VIEW).format(folds=_at("folds", generation)))
            names = ("state", "parked", *self._names)
            for name in _names_of(connection, old.number) if old else ():
                if name not in names:
                    connection.execute(SQL("DROP VIEW IF EXISTS {}").format(Identifier(SCHEMA, name)))
            for table in self._tables:
                _show(connection, table, generation)
            _belong_to_projector(connection, [Identifier(SCHEMA, one) for one in names], "VIEW")
            if asked(connection, EXISTS, READER):
                for name in names:
                    grant = SQL("GRANT SELECT ON {} TO {}").format(Identifier(SCHEMA, name), Identifier(READER))
                    connection.execute(grant)

        self._in_transaction(write, writing=True, longer=True)
        with suppress(StoreBusy):  # somebody still reads the old tables: the next generation drops them
            self._in_transaction(
                lambda connection: _drop_others(connection, generation, also_serving=True), writing=True, longer=True
            )

    def close(self) -> None:
        self._closed = True
        for writing, lock in self._locks.items():
            with lock:
                self._let_go(writing)

    # ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _of_serving(self, read: Callable[[Connection, Generation], T]) -> T:
        """Of the generation that serves; when the next one took its place before all was read, of that."""
        tried: list[int] = []

        def work(connection: Connection) -> T:
            generation = _generation(connection, SERVING)
            tried.extend([] if generation is None else [generation.number])
            return read(connection, self._ours(generation))

        while True:
            failure: ZRouteError
            try:
                return self._in_transaction(work, writing=False)
            except SchemaMismatch as error:
                failure = error
            serving = self.serving()
            if serving is None or serving.number in tried:
                raise failure

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(table.name for table in self._tables)

    def _put(self, connection: Connection, number: int, folds: Iterable[Fold]) -> None:
        left = iter(folds)
        while some := list(islice(left, AT_ONCE)):
            with connection.cursor() as cursor:
                cursor.executemany(SQL(PUT).format(folds=_at("folds", number)), [_fold_row(one) for one in some])
            for table in self._tables:
                _replace(connection, table, number, some)

    def _ours(self, generation: Generation | None) -> Generation:
        if generation is None:
            raise gone()
        if generation.fingerprint != self._fingerprint:
            raise SchemaMismatch("the read models were made by another version of the library: build them anew")
        return generation

    # ── connections ──────────────────────────────────────────────────────────────────────────────────────────

    def _in_transaction(self, work: Callable[[Connection], T], *, writing: bool, longer: bool = False) -> T:
        """All of it, or nothing; what is read is read as it was at one moment. One connection writes, one reads."""

        def do() -> T:
            connection = self._connection(writing)
            connection.seconds = self._deadline * (LONGER if longer else 1)
            with connection.transaction():
                if not writing:
                    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                return work(connection)

        self._check_open()
        if not self._locks[writing].acquire(timeout=self._deadline * (LONGER if writing else 1)):
            raise StoreBusy("others in this process held the read models for too long: try again")
        try:
            self._check_open()
            return guarded(do, reads=not writing)
        finally:
            kept = self._connections.get(writing)
            if kept is not None and (kept.closed or kept.broken):
                self._let_go(writing)
            self._locks[writing].release()

    def _connection(self, writing: bool) -> HeardConnection:
        if writing not in self._connections:
            self._connections[writing] = connected(self._url, self._deadline)
        return self._connections[writing]

    def _let_go(self, writing: bool) -> None:
        connection = self._connections.pop(writing, None)
        if connection is not None:
            with suppress(psycopg.Error):
                connection.close()

    def _check_open(self) -> None:
        if self._closed:
            raise StoreClosed("this store was closed: open it again")
        if getpid() != self._process:
            raise StoreClosed("this store was opened in another process: open it again in this one")


# ── in a transaction ─────────────────────────────────────────────────────────────────────────────────────────


def _check(connection: Connection) -> None:
    """The schema is there, and this user may use it: without that right no table of it would be seen."""
    if version_of(connection) != VERSION:
        raise SchemaMismatch("the schema of the read models is not there: run zroute migrate", field="url")
    if not asked(connection, USABLE):
        raise ConfigurationError(
            "this user may not use the read models: log in as a member of zroute_projector or zroute_reader",
            field="url",
        )


def create_table(table: Table, number: int) -> Composed:
    """The table of one generation."""
    columns = [
        SQL("{} {}{}").format(Identifier(one.name), SQL(SQL_TYPES[one.kind]), SQL("" if one.nullable else " NOT NULL"))
        for one in table.columns
    ]
    return SQL("CREATE TABLE {} ({}, PRIMARY KEY ({}))").format(
        _at(table.name, number), SQL(", ").join(columns), _list(table.keys)
    )


def _show(connection: Connection, table: Table, number: int) -> None:
    """The view that readers know. Whoever was given rights to it keeps them, unless its columns change."""
    shown = SQL(VIEW).format(
        columns=SQL(", ").join(SQL("t.{}").format(Identifier(one.name)) for one in table.columns),
        last=Identifier(LAST_POSITION.name),
        table=_at(table.name, number),
        folds=_at("folds", number),
    )
    name = Identifier(SCHEMA, table.name)
    try:
        with connection.transaction():
            connection.execute(SQL("CREATE OR REPLACE VIEW {} {}").format(name, shown))
            return
    except errors.InvalidTableDefinition:
        pass
    connection.execute(SQL("DROP VIEW {}").format(name))
    connection.execute(SQL("CREATE VIEW {} {}").format(name, shown))


def _belong_to_projector(connection: Connection, names: Iterable[Identifier], what: LiteralString = "TABLE") -> None:
    """So that whoever follows the log can write, and make the next generation, whoever made this one."""
    if asked(connection, IS_MEMBER, PROJECTOR):
        for name in names:
            connection.execute(SQL("ALTER {} {} OWNER TO {}").format(SQL(what), name, Identifier(PROJECTOR)))


def _drop_others(connection: Connection, number: int, *, also_serving: bool) -> None:
    connection.execute(SHORT_WAIT)
    for (old,) in connection.execute(OTHERS, (number, also_serving)).fetchall():
        for name in _names_of(connection, old):
            connection.execute(SQL("DROP TABLE {}").format(_at(name, old)))
        connection.execute(FORGET, (old,))


def _names_of(connection: Connection, number: int) -> list[str]:
    """The tables of a generation, whichever version of the code made them."""
    behind = f"__{number}"
    found = connection.execute(MADE, (SCHEMA, rf"%\_\_{number}")).fetchall()
    return [name.removesuffix(behind) for (name,) in found]


def _replace(connection: Connection, table: Table, number: int, folds: Sequence[Fold]) -> None:
    """What stands there of these participants becomes what is given; a row that is the same is not touched."""
    names, place = [one.name for one in table.columns], _at(table.name, number)
    query = SQL(OF).format(columns=_list(names), table=place)
    old = set(connection.execute(query, ([one.participant for one in folds],), binary=True).fetchall())
    new = {row for fold in folds for row in fold.rows.get(table.name, ())}
    if gone := old - new:
        keys = SQL(" AND ").join(SQL("{} = %s").format(Identifier(one)) for one in table.keys)
        places = [names.index(one) for one in table.keys]
        with connection.cursor() as cursor:
            cursor.executemany(
                SQL(TAKE).format(table=place, keys=keys), [tuple(row[at] for at in places) for row in gone]
            )
    if come := new - old:
        add = SQL(ADD).format(table=place, columns=_list(names))
        with connection.cursor() as cursor, cursor.copy(add) as copy:
            copy.set_types([SQL_TYPES[one.kind] for one in table.columns])
            for row in sorted(come, key=itemgetter(0)):
                copy.write_row(row)


def _rows_between(
    connection: Connection, table: Table, number: int, after: UUID, last: UUID
) -> Iterator[tuple[UUID, tuple[Row, ...]]]:
    """The rows of each participant, of those who have any. Texts are ordered as everywhere, not as in a language."""
    kinds = {one.name: one.kind for one in table.columns}
    order = SQL(", ").join(
        SQL('{} COLLATE "C"' if kinds[one] is Kind.TEXT else "{}").format(Identifier(one)) for one in table.keys
    )
    query = SQL(BETWEEN).format(columns=_list(kinds), table=_at(table.name, number), order=order)
    found: dict[UUID, list[Row]] = {}
    moments = [at for at, kind in enumerate(kinds.values()) if kind is Kind.MOMENT]
    for row in connection.execute(query, (after, last), binary=True):
        found.setdefault(row[0], []).append(_in_utc(row, moments))
    for who, rows in found.items():
        yield who, tuple(rows)


def _in_utc(row: Row, moments: Sequence[int]) -> Row:
    """The driver gives a zone of its own to UTC: the moment is the same, and now its text is too."""
    values = list(row)
    for at in moments:
        if isinstance(values[at], datetime):
            values[at] = values[at].astimezone(UTC)
    return tuple(values)


def _at(name: str, number: int) -> Identifier:
    return Identifier(SCHEMA, f"{name}__{number}")


def _list(names: Iterable[str]) -> Composed:
    return SQL(", ").join(map(Identifier, names))


def _generation(connection: Connection, query: str, *values: object) -> Generation | None:
    row = connection.execute(query.encode(), values).fetchone()
    return None if row is None else Generation(*row)


def _fold_row(fold: Fold) -> Row:
    parked = fold.parked
    why = (parked.code, parked.error, parked.tries, parked.entry) if parked else (None, None, None, None)
    return (fold.participant, fold.version, fold.position, *why)


def _fold(row: Row, rows: dict[str, tuple[Row, ...]]) -> Fold:
    participant, version, position, code, error, tries, entry = row
    parked = None if code is None else Parked(code, error, tries, entry)
    return Fold(participant, version, position, rows, parked)
