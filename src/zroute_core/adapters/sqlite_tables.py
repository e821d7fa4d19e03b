"""Read models in a SQLite file of their own, beside the log: real tables, to be read with any tool.

Readers see views with the names of the tables. What stands behind them is one generation of tables, and changing over
to the next is changing the views, in one transaction. The file may be thrown away at any time and made again.

How values stand there: a UUID as its text, a day as `2024-03-01`, a moment as `2024-03-01T09:30:00.000000Z`, yes and
no as 1 and 0.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from datetime import date, datetime
from itertools import islice
from os import getpid
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar
from uuid import UUID

from zroute_core.adapters.sqlite_file import PATIENCE, make, may_be_written, open_from_now_on
from zroute_core.adapters.sqlite_schema import WHAT_IT_IS, connected, file_of, translated, writes_ahead
from zroute_core.errors import (
    IntegrityViolation,
    InvalidNumber,
    NotAStore,
    OutOfOrder,
    SchemaMismatch,
    StoreClosed,
    StoreUnavailable,
    ZRouteError,
)
from zroute_core.kernel.tables import (
    LAST_POSITION,
    Column,
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

APPLICATION_ID = 0x5A525657
"""`ZRVW`: what stands in the header of a file with read models of this library."""

VERSION = 1

HIGHEST = 2**63 - 1
"""What SQLite counts up to."""

AT_ONCE = 16
"""Participants whose rows are compared and written together."""

# ── all statements of the store ──────────────────────────────────────────────────────────────────────────────
#
# Names of tables and columns come from the definitions in the code, which `check_tables` has looked at; values are
# bound. A generation has a number, and its tables that number behind their names.

GENERATIONS = """
CREATE TABLE generations (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    position INTEGER NOT NULL CHECK (position >= 0),
    revision INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    leaf TEXT NOT NULL,
    serves INTEGER NOT NULL CHECK (serves IN (0, 1))
) STRICT"""

ONE_SERVES = "CREATE UNIQUE INDEX one_serves ON generations (serves) WHERE serves = 1"

FOLDS = """
CREATE TABLE folds__{number} (
    participant TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    code TEXT,
    error TEXT,
    tries INTEGER,
    entry INTEGER
) STRICT, WITHOUT ROWID"""

WHO_IS_PARKED = "CREATE INDEX parked__{number} ON folds__{number} (participant) WHERE code IS NOT NULL"

STATE_VIEW = "CREATE VIEW state AS SELECT number AS generation, position FROM generations WHERE serves = 1"

PARKED_VIEW = """
CREATE VIEW parked AS SELECT participant, version, code, error, tries, entry, position AS last_position
FROM folds__{number} WHERE code IS NOT NULL"""

SERVING = "SELECT number, position, revision, fingerprint, leaf FROM generations WHERE serves = 1"
STANDS = "SELECT number, position, revision, fingerprint, leaf FROM generations WHERE number = ?"
SERVES = "SELECT serves FROM generations WHERE number = ?"
OTHERS = "SELECT number FROM generations WHERE number <> ? AND (? OR serves = 0)"
BEGIN = "INSERT INTO generations (position, leaf, revision, fingerprint, serves) VALUES (?, ?, 0, ?, 0)"
MOVE = "UPDATE generations SET position = ?, leaf = ?, revision = revision + 1 WHERE number = ?"
REST = "UPDATE generations SET serves = 0 WHERE serves = 1"
SERVE = "UPDATE generations SET serves = 1 WHERE number = ?"
FORGET = "DELETE FROM generations WHERE number = ?"
FIND = "SELECT * FROM folds__{number} WHERE participant > ? ORDER BY participant LIMIT ?"
FIND_PARKED = "SELECT * FROM folds__{number} WHERE code IS NOT NULL ORDER BY participant"
PUT = "INSERT OR REPLACE INTO folds__{number} VALUES (?, ?, ?, ?, ?, ?, ?)"
BETWEEN = "SELECT {columns} FROM {table}__{number} WHERE participant > ? AND participant <= ? ORDER BY {keys}"
OF = "SELECT {columns} FROM {table}__{number} WHERE participant IN ({marks})"
ADD = "INSERT INTO {table}__{number} ({columns}) VALUES ({marks})"
TAKE = "DELETE FROM {table}__{number} WHERE {keys}"
VIEWS = "SELECT name FROM sqlite_master WHERE type = 'view'"

SQL_TYPES = {
    Kind.TEXT: "TEXT",
    Kind.INTEGER: "INTEGER",
    Kind.DAY: "TEXT",
    Kind.MOMENT: "TEXT",
    Kind.UUID: "TEXT",
    Kind.BOOLEAN: "INTEGER",
}


def create_table(table: Table, number: int) -> str:
    """The table of one generation: typed, and clustered by participant."""
    columns = ",\n    ".join(_column(one) for one in table.columns)
    keys = ", ".join(_quoted(one) for one in table.keys)
    return f"CREATE TABLE {table.name}__{number} (\n    {columns},\n    PRIMARY KEY ({keys})\n) STRICT, WITHOUT ROWID"


def create_view(table: Table, number: int) -> str:
    """The name that readers know, with how far each row goes."""
    columns = ", ".join(f"t.{_quoted(one.name)}" for one in table.columns)
    return (
        f"CREATE VIEW {table.name} AS SELECT {columns}, f.position AS {LAST_POSITION.name} "  # noqa: S608  our own names
        f"FROM {table.name}__{number} t JOIN folds__{number} f ON f.participant = t.participant"
    )


def _column(column: Column) -> str:
    check = f" CHECK ({_quoted(column.name)} IN (0, 1))" if column.kind is Kind.BOOLEAN else ""
    return f"{_quoted(column.name)} {SQL_TYPES[column.kind]}{'' if column.nullable else ' NOT NULL'}{check}"


def _quoted(name: str) -> str:
    return f'"{name}"'


def _names(columns: Iterable[str]) -> str:
    return ", ".join(map(_quoted, columns))


class SqliteReadModelStore:
    """Keeps these tables in a SQLite file, made when it is not there. Safe to share between threads and processes.

    Raises NotAStore when the file is something else, SchemaMismatch when a newer library made it, or a StoreError.
    """

    def __init__(self, path: Path, tables: Sequence[Table]) -> None:
        check_tables(tables)
        self._path = path.absolute()
        self._tables = tuple(tables)
        self._fingerprint = fingerprint(tables)
        self._lock = RLock()
        self._writer: sqlite3.Connection | None = None
        self._closed = False
        self._process = getpid()
        _make(self._path)
        self._file = file_of(self._path)
        open_from_now_on(self)
        self._write(_set_up)

    def serving(self) -> Generation | None:
        return self._read(lambda connection: _generation(connection.execute(SERVING)))

    def page(self, *, after: UUID | None = None, limit: int = 100, tables: Sequence[str] | None = None) -> Page:
        wanted = [one for one in self._tables if tables is None or one.name in tables]

        def read(connection: sqlite3.Connection) -> Page:
            generation = self._ours(_generation(connection.execute(SERVING)))
            number, start = generation.number, "" if after is None else str(after)
            found = connection.execute(FIND.format(number=number), (start, max(0, min(limit, HIGHEST)))).fetchall()
            rows: dict[str, dict[str, tuple[Row, ...]]] = {who: {} for who, *_ in found}
            for table in wanted if found else ():
                for who, some in _rows_between(connection, table, number, start, found[-1][0]):
                    if who not in rows:
                        raise IntegrityViolation("the tables hold rows of somebody they do not know: rebuild them")
                    rows[who][table.name] = some
            return Page(generation.position, tuple(_fold(row, rows[row[0]]) for row in found))

        return self._read(read)

    def parked(self, generation: int) -> Sequence[Fold]:
        def read(connection: sqlite3.Connection) -> Sequence[Fold]:
            self._ours(_generation(connection.execute(STANDS, (generation,))))
            return [_fold(row, {}) for row in connection.execute(FIND_PARKED.format(number=generation))]

        return self._read(read)

    def write(self, at: Generation, position: int, folds: Iterable[Fold], *, leaf: str = "") -> Generation:
        def write(connection: sqlite3.Connection) -> Generation:
            stands = self._ours(_generation(connection.execute(STANDS, (at.number,))))
            if (stands.position, stands.revision) != (at.position, at.revision) or position < at.position:
                raise OutOfOrder("the read models do not stand where this batch begins")
            self._put(connection, at.number, folds)
            connection.execute(MOVE, (position, leaf, at.number))
            return Generation(at.number, position, at.revision + 1, at.fingerprint, leaf)

        return self._write(write)

    def begin(self, position: int, *, leaf: str = "") -> Generation:
        def write(connection: sqlite3.Connection) -> Generation:
            number = connection.execute(BEGIN, (position, leaf, self._fingerprint)).lastrowid or 0
            _drop_others(connection, number, also_serving=False)
            for statement in (FOLDS, WHO_IS_PARKED):
                connection.execute(statement.format(number=number))
            for table in self._tables:
                connection.execute(create_table(table, number))
            return Generation(number, position, 0, self._fingerprint, leaf)

        return self._write(write)

    def fill(self, generation: int, folds: Iterable[Fold]) -> None:
        def write(connection: sqlite3.Connection) -> None:
            self._ours(_generation(connection.execute(STANDS, (generation,))))
            if connection.execute(SERVES, (generation,)).fetchone() != (0,):
                raise OutOfOrder("these read models serve already: they are written batch by batch")
            self._put(connection, generation, folds)

        self._write(write)

    def serve(self, generation: int, *, earlier: bool = False) -> None:
        def write(connection: sqlite3.Connection) -> None:
            new = self._ours(_generation(connection.execute(STANDS, (generation,))))
            old = _generation(connection.execute(SERVING))
            if old is not None and new.position < old.position and not earlier:
                raise OutOfOrder("these read models stand before those that serve: let them catch up first")
            connection.execute(REST)
            connection.execute(SERVE, (generation,))
            for (view,) in connection.execute(VIEWS).fetchall():
                connection.execute(f"DROP VIEW {_quoted(view)}")
            connection.execute(STATE_VIEW)
            connection.execute(PARKED_VIEW.format(number=generation))
            for table in self._tables:
                connection.execute(create_view(table, generation))

        self._write(write)
        self._write(lambda connection: _drop_others(connection, generation, also_serving=True))

    def close(self) -> None:
        self._closed = True
        with self._lock:
            self._let_go()

    def before_fork(self) -> bool:
        if not self._lock.acquire(timeout=PATIENCE):
            return False
        if self._writer is None or not self._writer.in_transaction:  # else this thread itself is writing
            self._let_go()
        return True

    def after_fork(self) -> None:
        self._lock.release()

    # ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _put(self, connection: sqlite3.Connection, number: int, folds: Iterable[Fold]) -> None:
        left = iter(folds)
        while some := list(islice(left, AT_ONCE)):
            connection.executemany(PUT.format(number=number), map(_fold_row, some))
            for table in self._tables:
                _replace(connection, table, number, some)

    def _ours(self, generation: Generation | None) -> Generation:
        if generation is None:
            raise SchemaMismatch("these read models are not there: they were not built, or others took their place")
        if generation.fingerprint != self._fingerprint:
            raise SchemaMismatch("the read models were made by another version of the library: build them anew")
        return generation

    # ── connections ──────────────────────────────────────────────────────────────────────────────────────────

    def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """In one transaction, on a connection of its own: the file is seen as it is at one moment."""
        self._check_open()
        failure: ZRouteError
        try:
            with closing(self._connect()) as connection:
                connection.execute("BEGIN")
                return work(connection)
        except ZRouteError as error:
            failure = error
        except sqlite3.Error as error:
            failure = _translated(error)
        except OverflowError:
            failure = _too_large()
        except (ValueError, TypeError):  # a value that cannot be one of ours
            failure = IntegrityViolation("the tables were changed behind the library: rebuild them")
        raise failure

    def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """In one transaction: all of it, or nothing."""
        with self._lock:
            self._check_open()
            if self._writer is not None and self._writer.in_transaction:
                raise OutOfOrder("a batch is being written: the folds of a batch may not write another one")
            failure: ZRouteError
            try:
                connection = self._writer = self._writer or self._connect()
                connection.execute("BEGIN IMMEDIATE")
                answer = work(connection)
                connection.execute("COMMIT")
                return answer
            except ZRouteError as error:
                failure = error
            except sqlite3.Error as error:
                failure = _translated(error)
            except OverflowError:
                failure = _too_large()
            finally:
                if self._writer is not None and self._writer.in_transaction:
                    self._roll_back()
            raise failure

    def _connect(self) -> sqlite3.Connection:
        connection = connected(self._path, "rw")
        failure: ZRouteError
        try:
            _check(connection)
            return connection
        except ZRouteError as error:
            failure = error
        except sqlite3.Error as error:
            failure = _translated(error)
        connection.close()
        raise failure

    def _roll_back(self) -> None:
        """A connection that cannot be rolled back is thrown away."""
        try:
            if self._writer is not None:
                self._writer.execute("ROLLBACK")
        except sqlite3.Error:
            self._let_go()

    def _let_go(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            with suppress(sqlite3.Error):
                writer.close()

    def _check_open(self) -> None:
        if self._closed:
            raise StoreClosed("this store was closed: open it again")
        if getpid() != self._process:
            raise StoreClosed("this store was opened in another process: open it again in this one")
        if file_of(self._path) != self._file:
            raise StoreUnavailable("the file of the read models was moved or replaced: open the store again")


def _make(path: Path) -> None:
    """An empty file, for its owner alone, where there is none."""
    ours = False
    with suppress(OSError, ValueError):
        ours = make(path) or may_be_written(path)
    if not ours:
        raise NotAStore("there is no place for the read models here", field="path")


def _check(connection: sqlite3.Connection) -> None:
    """Ours, or empty. Raises NotAStore, SchemaMismatch."""
    application, version, known = connection.execute(WHAT_IT_IS).fetchone()
    if (application, version, known) != (0, 0, 0):
        if application != APPLICATION_ID:
            raise NotAStore("this file does not hold the read models of this library", field="path")
        if version != VERSION:
            raise SchemaMismatch("another version of the library made these read models: throw the file away")
    writes_ahead(connection)
    # What is lost with the power goes back to an earlier batch, rows and position together: it is followed again.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA trusted_schema = 0")
    connection.execute("PRAGMA secure_delete = 1")


def _set_up(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == 0:
        connection.execute(GENERATIONS)
        connection.execute(ONE_SERVES)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")


def _drop_others(connection: sqlite3.Connection, number: int, *, also_serving: bool) -> None:
    for (old,) in connection.execute(OTHERS, (number, also_serving)).fetchall():
        pattern = f"*__{old}"
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB ?", (pattern,))
        for (name,) in names.fetchall():
            connection.execute(f"DROP TABLE {_quoted(name)}")
        connection.execute(FORGET, (old,))


def _replace(connection: sqlite3.Connection, table: Table, number: int, folds: Sequence[Fold]) -> None:
    """What stands there of these participants becomes what is given; a row that is the same is not touched."""
    columns = [one.name for one in table.columns]
    marks = ", ".join("?" * len(folds))
    query = OF.format(columns=_names(columns), table=table.name, number=number, marks=marks)
    old = set(connection.execute(query, [str(one.participant) for one in folds]))
    new = list(_to_sql(table, [row for fold in folds for row in fold.rows.get(table.name, ())]))
    if gone := old.difference(new):
        keys = " AND ".join(f"{_quoted(one)} = ?" for one in table.keys)
        places = [columns.index(one) for one in table.keys]
        connection.executemany(
            TAKE.format(table=table.name, number=number, keys=keys),
            [tuple(row[at] for at in places) for row in gone],
        )
    if come := [row for row in new if row not in old] if old else new:
        come.sort(key=_participant)
        marks = ", ".join("?" * len(columns))
        add = ADD.format(table=table.name, number=number, columns=_names(columns), marks=marks)
        connection.executemany(add, come)


def _rows_between(
    connection: sqlite3.Connection, table: Table, number: int, after: str, last: str
) -> Iterator[tuple[str, tuple[Row, ...]]]:
    """The rows of each participant, of those who have any."""
    query = BETWEEN.format(
        columns=_names(one.name for one in table.columns), table=table.name, number=number, keys=_names(table.keys)
    )
    reads = [READ[one.kind] for one in table.columns]
    found: dict[str, list[Row]] = {}
    for row in connection.execute(query, (after, last)):
        values = tuple(None if value is None else read(value) for read, value in zip(reads, row, strict=True))
        found.setdefault(row[0], []).append(values)
    for who, rows in found.items():
        yield who, tuple(rows)


# ── values ───────────────────────────────────────────────────────────────────────────────────────────────────


def _participant(row: Row) -> str:
    return str(row[0])


def _same(value: Any) -> Any:
    return value


def _moment(value: datetime) -> str:
    return value.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


WRITE: dict[Kind, Callable[[Any], Any]] = {Kind.DAY: date.isoformat, Kind.MOMENT: _moment, Kind.UUID: str}
WRITE.update({Kind.TEXT: _same, Kind.INTEGER: _same, Kind.BOOLEAN: int})

READ: dict[Kind, Callable[[Any], Any]] = {
    Kind.TEXT: _same,
    Kind.INTEGER: _same,
    Kind.DAY: date.fromisoformat,
    Kind.MOMENT: datetime.fromisoformat,
    Kind.UUID: UUID,
    Kind.BOOLEAN: bool,
}


def _to_sql(table: Table, rows: Sequence[Row]) -> Iterator[Row]:
    """Column by column, which takes a third of the time that row by row does."""
    values: list[Iterable[Any]] = []
    for column, given in zip(table.columns, zip(*rows, strict=True), strict=bool(rows)):
        write = WRITE[column.kind]
        if write is _same:
            values.append(given)
        elif column.nullable:
            values.append([None if one is None else write(one) for one in given])
        else:
            values.append(map(write, given))
    return zip(*values, strict=True)


def _generation(found: sqlite3.Cursor) -> Generation | None:
    row = found.fetchone()
    return None if row is None else Generation(*row)


def _fold_row(fold: Fold) -> Row:
    parked = fold.parked
    why = (parked.code, parked.error, parked.tries, parked.entry) if parked else (None, None, None, None)
    return (str(fold.participant), fold.version, fold.position, *why)


def _fold(row: Row, rows: dict[str, tuple[Row, ...]]) -> Fold:
    participant, version, position, code, error, tries, entry = row
    parked = None if code is None else Parked(code, error, tries, entry)
    return Fold(UUID(participant), version, position, rows, parked)


def _too_large() -> InvalidNumber:
    return InvalidNumber("a position or a number of a generation is larger than a table can hold")


def _translated(error: sqlite3.Error) -> ZRouteError:
    """A table that is gone was dropped by who made the next generation."""
    if str(error).startswith("no such table"):
        return SchemaMismatch("these read models are gone: others took their place")
    failure = translated(error)
    if isinstance(failure, IntegrityViolation):
        return IntegrityViolation("the file of the read models is damaged: throw it away, it is made anew from the log")
    return failure
