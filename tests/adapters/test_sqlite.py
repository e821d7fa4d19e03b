"""The SQLite store keeps the contract, and what SQLite alone would not promise."""

import multiprocessing
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from threading import Event
from uuid import uuid4

import attrs
import pytest

from zroute_core.adapters import sqlite as ours
from zroute_core.adapters import sqlite_schema
from zroute_core.adapters.clock import SystemClock
from zroute_core.adapters.sqlite import SqliteEventStore
from zroute_core.adapters.sqlite_schema import STEPS, migrate
from zroute_core.errors import (
    InsecureConfiguration,
    InvalidNumber,
    LeafMismatch,
    NotAStore,
    OutOfOrder,
    RootMismatch,
    SequenceGap,
    StoreBusy,
    StoreClosed,
    WrongExpectedVersion,
    ZRouteError,
)
from zroute_core.kernel.log import Batch, Envelope
from zroute_core.kernel.merkle import Frontier
from zroute_core.kernel.proof import check
from zroute_core.testing.clock import TickingClock
from zroute_core.testing.store_contract import LogContract, MakeLog, context, fact, log_of


class TestSqliteEventStore(LogContract):
    @pytest.fixture
    def make_store(self, tmp_path: Path) -> MakeLog:
        return lambda clock: SqliteEventStore(tmp_path / f"{uuid4()}.db", clock)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "zroute.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteEventStore]:
    store = SqliteEventStore(path, TickingClock())
    yield store
    store.close()


# ── the log ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_follower_goes_forward_only_and_with_its_entries(store: SqliteEventStore, tmp_path: Path) -> None:
    (one,) = store.append([Batch(uuid4(), 0, (fact(),))], context())
    other = SqliteEventStore(tmp_path / "other.db", SystemClock())
    assert other.tracked("upstream") is None
    other.extend([one], tracking=("upstream", 5))
    assert other.tracked("upstream") == 5
    following = attrs.evolve(one, version=2, event_id=uuid4())
    for backwards in (5, 4):
        with pytest.raises(OutOfOrder):
            other.extend([following], tracking=("upstream", backwards))
    assert (len(log_of(other)), other.tracked("upstream")) == (1, 5)
    assert other.extend([following], tracking=("upstream", 6)) == 2
    other.close()


# ── many at once ─────────────────────────────────────────────────────────────────────────────────────────────


class HeldClock:
    """Stops the first who asks until it is let go."""

    def __init__(self) -> None:
        self.reached, self.go = Event(), Event()

    def now(self) -> datetime:
        self.reached.set()
        assert self.go.wait(20)
        return SystemClock().now()


def test_those_who_wait_share_one_commit(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And one who is refused among them spoils nothing for the others."""
    said: list[str] = []
    connected = sqlite_schema.connected

    def listening(*args: object) -> sqlite3.Connection:
        connection = connected(*args)  # type: ignore[arg-type]
        connection.set_trace_callback(said.append)
        return connection

    monkeypatch.setattr(ours, "connected", listening)
    clock = HeldClock()
    store = SqliteEventStore(path, clock)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(store.append, [Batch(uuid4(), 0, (fact("first"),))], context())
        assert clock.reached.wait(20)
        queued: int = 0
        others = [pool.submit(store.append, [Batch(uuid4(), 0, (fact(),))], context()) for _ in range(5)]
        wrong = pool.submit(store.append, [Batch(uuid4(), 7, (fact(),))], context())
        while queued < 6:
            queued = len(store._queue)
        clock.go.set()
        assert len(first.result()) == 1
        assert [len(one.result()) for one in others] == [1] * 5
        with pytest.raises(WrongExpectedVersion):
            wrong.result()
    assert said.count("COMMIT") == 2
    assert len(log_of(store)) == 6
    store.close()


def test_a_failure_in_the_group_is_told_only_to_whom_it_concerns(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The group is written anew, each by itself."""
    clock = HeldClock()
    store = SqliteEventStore(path, clock)
    add, refused = ours._add, uuid4()

    def failing(connection: sqlite3.Connection, head: Frontier, envelopes: tuple[Envelope, ...]) -> Frontier:
        if envelopes[0].stream == refused:
            connection.execute("INSERT INTO nowhere VALUES (1)")
        return add(connection, head, envelopes)

    monkeypatch.setattr(ours, "_add", failing)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(store.append, [Batch(uuid4(), 0, (fact("first"),))], context())
        assert clock.reached.wait(20)
        streams = [uuid4(), refused, uuid4()]
        others = [pool.submit(store.append, [Batch(one, 0, (fact(),))], context()) for one in streams]
        while len(store._queue) < 3:
            pass
        clock.go.set()
        assert len(first.result()) == len(others[0].result()) == len(others[2].result()) == 1
        with pytest.raises(ZRouteError) as failure:
            others[1].result()
    assert "nowhere" not in str(failure.value)
    assert failure.value.__context__ is None
    assert {one.stream for one in log_of(store)} == {log_of(store)[0].stream, streams[0], streams[2]}
    store.close()


def _write(path: Path, count: int) -> None:
    store, stream = SqliteEventStore(path), uuid4()
    for version in range(count):
        store.append([Batch(stream, version, (fact(),))], context())
    store.close()


def test_processes_write_in_turn(path: Path) -> None:
    """The file is made by whoever comes first."""
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_write, args=(path, 20)) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0] * 4
    store = SqliteEventStore(path)
    assert check(store).size == 80
    store.close()


def test_eight_may_make_the_tables_at_once(path: Path) -> None:
    script = "import sys; from pathlib import Path; from zroute_core.adapters.sqlite_schema import migrate\n"
    script += "print(len(migrate(Path(sys.argv[1]))))"
    makers = [subprocess.Popen([sys.executable, "-c", script, path], stdout=subprocess.PIPE) for _ in range(8)]
    done = [maker.communicate(timeout=60)[0].strip() for maker in makers]
    assert sorted(done) == [b"0"] * 7 + [b"1"]


def test_whoever_holds_the_file_is_waited_for_and_then_reported(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (ours, sqlite_schema):
        monkeypatch.setattr(module, "LOCK_SECONDS", 0.2)
    store, asked, batches = SqliteEventStore(path, deadline=0.5), context(), [Batch(uuid4(), 0, (fact(),))]
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(3) as pool:
            for waiting in [pool.submit(store.append, batches, context()) for _ in range(3)]:
                with pytest.raises(StoreBusy):
                    waiting.result()
        with pytest.raises(StoreBusy):
            store.append(batches, asked)
        assert log_of(store) == []
        other.execute("ROLLBACK")
    assert len(store.append(batches, asked)) == 1
    store.close()


def test_a_deadline_leaves_room_for_the_lock(path: Path) -> None:
    with pytest.raises(InvalidNumber):
        SqliteEventStore(path, deadline=5)


def test_a_store_belongs_to_the_process_that_opened_it(
    store: SqliteEventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection of SQLite that is carried over a fork can destroy the file."""
    monkeypatch.setattr(ours, "getpid", lambda: -1)
    with pytest.raises(StoreClosed):
        store.read_all()


# ── the file ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ours.PRAGMAS)
def test_a_setting_that_sqlite_does_not_keep_is_said(path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setitem(ours.PRAGMAS, name, 9)
    with pytest.raises(InsecureConfiguration):
        SqliteEventStore(path)


def test_a_file_without_a_write_ahead_log_is_not_written(path: Path) -> None:
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    with pytest.raises(InsecureConfiguration):
        SqliteEventStore(path)
    assert migrate(path) == ()
    SqliteEventStore(path).close()


def test_reading_leaves_nothing_behind(path: Path) -> None:
    SqliteEventStore(path).close()
    SqliteEventStore(path, read_only=True).close()
    assert [file.name for file in path.parent.iterdir()] == ["zroute.db"]


PLACES = [(4, 3), (4, 5), (4, 7), (4, 0), (4, -3), (5, 4), (3, 4), (0, 4), (4, "NULL"), (4, "'abc'")]
"""Positions and versions that do not come next: 4 and 4 would."""

STATEMENTS = [
    "UPDATE events SET payload = X'00' WHERE position = 1",
    "UPDATE events SET position = 9 WHERE position = 3",
    "DELETE FROM events WHERE position = 3",
    "DELETE FROM events",
    "INSERT OR REPLACE INTO events SELECT * FROM events WHERE position = 3",
    "UPDATE streams SET version = 9",
    "DELETE FROM streams",
    "UPDATE log_head SET size = 2",
    "UPDATE log_head SET size = 9",
    "DELETE FROM log_head",
    *(
        f"INSERT INTO events SELECT {position}, stream, {version}, randomblob(16), tag, schema_version, recorded_at,"
        " actor, purpose, command_id, correlation_id, causation_id, key_id, key_commitment, payload, leaf FROM events"
        " WHERE position = 3"
        for position, version in PLACES
    ),
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_database_itself_refuses_whatever_is_not_adding(
    store: SqliteEventStore, path: Path, statement: str
) -> None:
    stream = uuid4()
    store.append([Batch(stream, 0, (fact("1"), fact("2"), fact("3")))], context())
    before = store.read_all()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA recursive_triggers = ON")
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(statement)
    assert store.read_all() == before


def _behind(path: Path, *statements: str) -> None:
    """What somebody does who owns the file and knows how."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        for _, trigger in triggers:
            connection.execute(trigger)


@pytest.mark.parametrize(
    "change",
    [
        "payload = X'7b7d0a'",
        "tag = 'lesson-missed'",
        "schema_version = 2",
        "recorded_at = recorded_at + 1",
        "actor = 'somebody-else'",
        "purpose = 'another'",
        "stream = randomblob(16)",
        "event_id = randomblob(16)",
        "command_id = randomblob(16)",
        "correlation_id = randomblob(16)",
        "causation_id = randomblob(16)",
        "key_id = 'key-1'",
        "key_commitment = X'00'",
        "leaf = randomblob(32)",
    ],
)
def test_an_entry_that_was_changed_is_found_when_it_is_read(store: SqliteEventStore, path: Path, change: str) -> None:
    store.append([Batch(uuid4(), 0, (fact("1"), fact("2"), fact("3")))], context())
    _behind(path, f"UPDATE events SET {change} WHERE position = 2")
    with pytest.raises((LeafMismatch, SequenceGap)):
        store.read_all()


def test_payloads_that_changed_places_are_found(store: SqliteEventStore, path: Path) -> None:
    one, other = uuid4(), uuid4()
    store.append([Batch(one, 0, (fact('"one"'),)), Batch(other, 0, (fact('"other"'),))], context())
    _behind(
        path,
        "CREATE TABLE swapped AS SELECT 3 - position AS place, payload FROM events",
        "UPDATE events SET payload = (SELECT payload FROM swapped WHERE place = position)",
        "DROP TABLE swapped",
    )
    for stream in (one, other):
        with pytest.raises(LeafMismatch):
            store.read_stream(stream)


def test_a_history_that_lost_its_end_is_found(store: SqliteEventStore, path: Path) -> None:
    stream = uuid4()
    store.append([Batch(stream, 0, tuple(fact(str(n)) for n in range(6)))], context())
    store.append([Batch(uuid4(), 0, (fact(),))], context())
    _behind(path, "DELETE FROM events WHERE version > 3")
    for read in (lambda: store.read_stream(stream), lambda: store.read_stream(stream, after=4), store.read_all):
        with pytest.raises(SequenceGap):
            read()


def test_a_log_that_lost_its_end_is_not_opened(store: SqliteEventStore, path: Path) -> None:
    store.append([Batch(uuid4(), 0, (fact("1"), fact("2"), fact("3")))], context())
    store.close()
    _behind(path, "DELETE FROM events WHERE position = 3", "UPDATE streams SET version = 2")
    with pytest.raises(SequenceGap):
        SqliteEventStore(path)


def test_a_head_that_was_changed_is_found(store: SqliteEventStore, path: Path) -> None:
    store.append([Batch(uuid4(), 0, (fact("1"), fact("2"), fact("3")))], context())
    _behind(path, "UPDATE log_head SET frontier = zeroblob(64)")
    with pytest.raises(RootMismatch):
        store.head()
    with pytest.raises(RootMismatch):
        store.append([Batch(uuid4(), 0, (fact(),))], context())


def test_a_released_step_never_changes() -> None:
    """The beginning of its SHA-256, written down when it was made."""
    assert [(step.version, sha256(step.sql.encode()).hexdigest()[:16]) for step in STEPS] == [(1, "4dec11d3ae6603e0")]


def test_what_stands_there_before_is_no_store(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\x00" + bytes(84))
    with pytest.raises(NotAStore):
        SqliteEventStore(path)
