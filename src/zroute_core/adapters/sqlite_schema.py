"""The tables of the log in SQLite, version by version, and the step that brings a file up to them.

Append-only is enforced here, in the database: positions and versions come one by one, nothing is changed or taken
away. Triggers stop accidents and other programs; against somebody who owns the file stand the leaves and their root.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from time import monotonic, sleep

from zroute_core.adapters.migrations import Step
from zroute_core.adapters.sqlite_file import make, may_be_written
from zroute_core.errors import (
    InsecureConfiguration,
    IntegrityViolation,
    NotAStore,
    ReadOnlyStore,
    SchemaMismatch,
    StoreBusy,
    StoreError,
    StoreFull,
    StoreUnavailable,
    ZRouteError,
)

APPLICATION_ID = 0x5A524F55
"""`ZROU`: what stands in the header of a file that is a store of this library."""

LOG = """
CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream BLOB NOT NULL CHECK (length(stream) = 16),
    version INTEGER NOT NULL,
    event_id BLOB NOT NULL UNIQUE CHECK (length(event_id) = 16),
    tag TEXT NOT NULL CHECK (tag <> ''),
    schema_version INTEGER NOT NULL CHECK (schema_version > 0),
    recorded_at INTEGER NOT NULL,  -- microseconds since 1970 in UTC
    actor TEXT NOT NULL CHECK (actor <> ''),
    purpose TEXT NOT NULL CHECK (purpose <> ''),
    command_id BLOB NOT NULL CHECK (length(command_id) = 16),
    correlation_id BLOB NOT NULL CHECK (length(correlation_id) = 16),
    causation_id BLOB CHECK (length(causation_id) = 16),
    key_id TEXT CHECK (key_id <> ''),
    key_commitment BLOB,
    payload BLOB NOT NULL,
    leaf BLOB NOT NULL CHECK (length(leaf) = 32),
    UNIQUE (stream, version)
) STRICT;

-- The version each stream stands at: a history that lost its end behind our back is seen when it is read.
CREATE TABLE streams (
    stream BLOB PRIMARY KEY,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How many entries there are, the frontier of their Merkle tree, and the SHA-256 of both.
CREATE TABLE log_head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    size INTEGER NOT NULL CHECK (size >= 0),
    frontier BLOB NOT NULL,
    digest BLOB NOT NULL CHECK (length(digest) = 32)
) STRICT;

-- How far the followers of the `eventsourcing` library have come.
CREATE TABLE tracking (
    name TEXT PRIMARY KEY,
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER events_come_one_by_one BEFORE INSERT ON events
WHEN NEW.position <> coalesce((SELECT max(position) FROM events), 0) + 1
BEGIN SELECT RAISE(ABORT, 'positions come one by one'); END;

CREATE TRIGGER versions_come_one_by_one BEFORE INSERT ON events
WHEN NEW.version <> coalesce((SELECT version FROM streams WHERE stream = NEW.stream), 0) + 1
BEGIN SELECT RAISE(ABORT, 'versions come one by one'); END;

CREATE TRIGGER streams_follow_events AFTER INSERT ON events
BEGIN
    INSERT INTO streams VALUES (NEW.stream, NEW.version)
    ON CONFLICT (stream) DO UPDATE SET version = excluded.version;
END;

CREATE TRIGGER events_never_change BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'an entry never changes'); END;

CREATE TRIGGER events_never_go BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'an entry never goes'); END;

CREATE TRIGGER streams_only_grow BEFORE UPDATE ON streams
WHEN NEW.stream <> OLD.stream OR NEW.version <> OLD.version + 1
BEGIN SELECT RAISE(ABORT, 'a stream only grows'); END;

CREATE TRIGGER streams_never_go BEFORE DELETE ON streams
BEGIN SELECT RAISE(ABORT, 'a stream never goes'); END;

CREATE TRIGGER the_head_follows_events BEFORE UPDATE ON log_head
WHEN NEW.size <= OLD.size OR NEW.size <> (SELECT max(position) FROM events)
BEGIN SELECT RAISE(ABORT, 'the head follows the entries'); END;

CREATE TRIGGER the_head_never_goes BEFORE DELETE ON log_head
BEGIN SELECT RAISE(ABORT, 'the head never goes'); END;

INSERT INTO log_head VALUES (1, 0, X'', X'af5570f5a1810b7af78caf4bc70a660f0df51e42baf91d4de5b2328de0e83dfc');
"""

STEPS: tuple[Step, ...] = (Step(1, "the log: events, streams, head, tracking", LOG),)
"""A released step never changes; what is new is one more."""

VERSION = STEPS[-1].version

HEADER_BYTES = 100

LOCK_SECONDS = 5.0
"""How long one waits for another who holds the file."""


WHAT_IT_IS = """
SELECT application_id, user_version, (SELECT count(*) FROM sqlite_master)
FROM pragma_application_id, pragma_user_version"""
"""In one look, since somebody may be making it at this moment."""

FOREIGN = (sqlite3.Error, UnicodeDecodeError)
"""What the driver raises: the second where its own words quote a damaged file."""


def plan(path: Path) -> tuple[Step, ...]:
    """What `migrate` would do to this file, which need not be there yet.

    Raises NotAStore, SchemaMismatch, or InsecureConfiguration where even looking would leave files behind.
    """
    if not _has_bytes(path):
        if not path.parent.is_dir():
            raise not_a_store()
        return STEPS
    with _visit(path, mode_of(path)) as connection:
        return STEPS[version_of(connection) :]


def migrate(path: Path) -> tuple[Step, ...]:
    """Bring the file up to this version, made for its owner alone when it is not there; the steps that were done.

    May be started many times at once: one does it, in one transaction, the others wait and find it done.
    Raises NotAStore, SchemaMismatch when a newer library made it, InsecureConfiguration or StoreError.
    """
    ours = False
    with suppress(OSError, ValueError):
        ours = make(path) or may_be_written(path)
    if not ours:
        if not _has_bytes(path):
            raise not_a_store()
        if not plan(path):
            return ()  # up to date, and not ours to write
    with _visit(path, "rw") as connection:
        failure: ZRouteError
        try:
            steps = _migrated(connection)
            if writes_ahead(connection):
                return steps
            failure = InsecureConfiguration("SQLite keeps no write-ahead log here: is this a network share?")
        except FOREIGN as error:
            failure = translated(error)
        raise failure


def unfinished(path: Path) -> bool:
    """A file that is not there, is empty, or is being made by somebody at this moment: `migrate` waits for them."""
    if not _has_bytes(path):
        return True
    with _visit(path, mode_of(path)) as connection:
        failure: ZRouteError
        try:
            return version_of(connection) == 0 or connection.execute("PRAGMA journal_mode").fetchone() != ("wal",)
        except FOREIGN as error:
            failure = translated(error)
        raise failure


def writes_ahead(connection: sqlite3.Connection) -> bool:
    """Changing over to a write-ahead log does not wait for whoever else looks at the file, so it is waited here."""
    until = monotonic() + LOCK_SECONDS
    while True:
        try:
            return bool(connection.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",))
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > until:
                raise
        sleep(0.02)


UNTOUCHED = "ro&immutable=1"
"""A file that nobody writes meanwhile: SQLite needs no file beside it."""


def mode_of(path: Path) -> str:
    """How this user may open the file. Raises NotAStore, or InsecureConfiguration where reading would lock others out.

    A file that may be written, or stands where this user can write nothing, can be read. In the second case SQLite
    does not look whether others write: `traces_of` does.
    """
    if not _has_bytes(path):
        raise not_a_store()
    if os.access(path, os.W_OK):
        return "rw"
    if os.access(path.parent, os.W_OK):
        raise InsecureConfiguration(
            "this user may not write the file of the store, and would leave files beside it that lock out who may: let"
            " them write it, or give them a copy",
            field="url",
        )
    return "ro" if path.with_name(f"{path.name}-wal").exists() else UNTOUCHED


def file_of(path: Path) -> tuple[int, int]:
    """Which file stands at this path. None at all is (0, 0)."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return 0, 0
    return found.st_dev, found.st_ino


def traces_of(path: Path) -> tuple[int, int, int]:
    """What is another when somebody wrote to a file that this user may only read: UNTOUCHED, SQLite does not look."""
    _, log = file_of(path.with_name(f"{path.name}-wal"))
    try:
        found = path.stat()
    except OSError:
        return log, 0, 0
    return log, found.st_size, found.st_mtime_ns


def _has_bytes(path: Path) -> bool:
    """Raises NotAStore for a file that was cut off in its header: SQLite would take it for an empty one."""
    try:
        size = path.stat().st_size
    except (OSError, ValueError):
        return False
    if 0 < size < HEADER_BYTES:
        raise not_a_store()
    return size > 0


def version_of(connection: sqlite3.Connection) -> int:
    """The version of the tables; 0 for an empty database. Raises NotAStore, or SchemaMismatch for a newer one."""
    failure: ZRouteError
    try:
        application, version, tables = connection.execute(WHAT_IT_IS).fetchone()
    except FOREIGN as error:
        failure = translated(error)
    else:
        if (application, version, tables) == (0, 0, 0):
            return 0
        if application == APPLICATION_ID and 0 < version <= VERSION:
            return int(version)
        newer = application == APPLICATION_ID and version > VERSION
        failure = SchemaMismatch(NEWER, field="url") if newer else not_a_store()
    raise failure


def check_schema(connection: sqlite3.Connection) -> None:
    """Raises SchemaMismatch unless every table and trigger stands there to the letter, NotAStore for another file."""
    if version_of(connection) < VERSION:
        raise SchemaMismatch("the tables of this store are older than this library: run zroute migrate", field="url")
    if _told(connection) != _expected():
        raise SchemaMismatch("a table or a trigger of this store was changed behind the library", field="url")


def connected(path: Path, mode: str) -> sqlite3.Connection:
    """A connection of our own kind to a file that is there; `mode` is that of SQLite: ro or rw. Raises NotAStore."""
    try:
        return sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=LOCK_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
    except (sqlite3.Error, OSError, ValueError):
        pass
    raise not_a_store()


def let_go(connection: sqlite3.Connection) -> None:
    """Close it. Nothing hangs on a connection that is not in use, so neither does it on how its closing went."""
    with suppress(sqlite3.Error):
        connection.close()


def translated(error: sqlite3.Error | UnicodeDecodeError) -> ZRouteError:
    """What an error of SQLite means for whoever uses the store; nothing of its own words comes along."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StoreBusy("another writer held the store for too long: try again")
    if code == sqlite3.SQLITE_FULL:
        return StoreFull("there is no room left where the store stands; nothing of this command was stored")
    if code == sqlite3.SQLITE_NOTADB:
        return not_a_store()
    if code == sqlite3.SQLITE_CORRUPT or isinstance(error, UnicodeDecodeError) or "decode to UTF-8" in str(error):
        return IntegrityViolation("the file of this store is damaged: take the last good copy")
    if code == sqlite3.SQLITE_READONLY:
        return ReadOnlyStore("the file of this store, or its folder, may not be written")
    if code in {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}:
        return StoreUnavailable("the file of this store does not answer; nothing of this command was stored")
    return StoreError("the store could not do this; nothing of this command was stored")


def not_a_store() -> NotAStore:
    return NotAStore(
        "this is not a Z-route store, nor a place where one can be made: is there such a folder, and may this user"
        " read and write in it?",
        field="url",
    )


NEWER = "a newer version of this library made the tables of this store: bring the library up to it"


@contextmanager
def _visit(path: Path, mode: str) -> Generator[sqlite3.Connection, None, None]:
    connection = connected(path, mode)
    try:
        yield connection
    finally:
        let_go(connection)


def _migrated(connection: sqlite3.Connection) -> tuple[Step, ...]:
    if version_of(connection) == VERSION:
        return ()
    connection.execute("BEGIN EXCLUSIVE")
    try:
        steps = STEPS[version_of(connection) :]
        for step in steps:
            for statement in _statements(step.sql):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return steps


def _statements(script: str) -> Iterator[str]:
    """One by one, since a script would be run outside the transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement.strip()
            statement = ""


@cache
def _expected() -> frozenset[tuple[str, str, str]]:
    """Every table and trigger as SQLite itself writes it down."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        _migrated(connection)
        return _told(connection)


def _told(connection: sqlite3.Connection) -> frozenset[tuple[str, str, str]]:
    told = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
    return frozenset(told)
