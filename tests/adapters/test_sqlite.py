"""The SQLite store keeps the contract, and what SQLite alone would not promise."""

import multiprocessing
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from threading import Event
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import attrs
import pytest

from zroute_core.adapters import sqlite as ours
from zroute_core.adapters import sqlite_queue, sqlite_schema, sqlite_writer
from zroute_core.adapters.clock import SystemClock
from zroute_core.adapters.sqlite import SqliteEventStore
from zroute_core.adapters.sqlite_schema import STEPS, migrate, plan
from zroute_core.errors import (
    CommandIdReused,
    CommitOutcomeUnknown,
    InsecureConfiguration,
    InvalidInput,
    InvalidNumber,
    LeafMismatch,
    NotAStore,
    OutOfOrder,
    RootMismatch,
    SequenceGap,
    StoreBusy,
    StoreClosed,
    StoreUnavailable,
    WrongExpectedVersion,
    ZRouteError,
)
from zroute_core.kernel.log import Batch, Envelope, leaf_of
from zroute_core.kernel.merkle import Frontier
from zroute_core.kernel.proof import check
from zroute_core.testing.clock import TickingClock
from zroute_core.testing.store_contract import LogContract, MakeLog, context, fact, log_of


class TestSqliteEventStore(LogContract):
    @pytest.fixture
    def make_store(self, tmp_path: Path) -> MakeLog:
        return lambda clock: SqliteEventStore(tmp_path / f"{uuid4()}.db", clock)


def until(so: Callable[[], bool]) -> None:
    """Wait for what other threads do; it takes a moment, and on a machine that is busy a long one."""
    end = monotonic() + 30
    while not so():
        assert monotonic() < end
        sleep(0.001)


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
    store = SqliteEventStore(path, clock, deadline=60)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(store.append, [Batch(uuid4(), 0, (fact("first"),))], context())
        assert clock.reached.wait(20)
        others = [pool.submit(store.append, [Batch(uuid4(), 0, (fact(),))], context()) for _ in range(5)]
        wrong = pool.submit(store.append, [Batch(uuid4(), 7, (fact(),))], context())
        until(lambda: len(store._queue) >= 6)
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
    store = SqliteEventStore(path, clock, deadline=60)
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
        until(lambda: len(store._queue) >= 3)
        clock.go.set()
        assert len(first.result()) == len(others[0].result()) == len(others[2].result()) == 1
        with pytest.raises(ZRouteError) as failure:
            others[1].result()
    assert "nowhere" not in str(failure.value)
    assert failure.value.__context__ is None
    assert {one.stream for one in log_of(store)} == {log_of(store)[0].stream, streams[0], streams[2]}
    store.close()


def test_an_extension_that_is_refused_half_way_leaves_nothing_and_spoils_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its last entry stands in the log already, in another stream: that is seen when the others were written."""
    monkeypatch.setattr(ours, "AT_ONCE", 2)
    clock = HeldClock()
    store = SqliteEventStore(path, clock, deadline=60)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(store.append, [Batch(uuid4(), 0, (fact("first"),))], context())
        assert clock.reached.wait(20)
        clock.go.set()
        (known,) = first.result()
        clock.reached.clear()
        clock.go.clear()
        second = pool.submit(store.append, [Batch(uuid4(), 0, (fact("second"),))], context())
        assert clock.reached.wait(20)
        new = [attrs.evolve(known, stream=uuid4(), event_id=uuid4()) for _ in range(4)]
        spoiling = pool.submit(store.extend, [*new, attrs.evolve(known, stream=uuid4())])
        unfit = pool.submit(store.extend, [*new, attrs.evolve(new[0], stream=uuid4(), tag="")])
        beside = pool.submit(store.append, [Batch(uuid4(), 0, (fact("beside"),))], context())
        until(lambda: len(store._queue) >= 3)
        clock.go.set()
        assert len(second.result()) == len(beside.result()) == 1
        with pytest.raises(CommandIdReused):
            spoiling.result()
        with pytest.raises(InvalidInput):
            unfit.result()
    assert [one.payload for one in log_of(store)] == [b"first", b"second", b"beside"]
    assert store.extend(new) == 7
    store.close()


class Failing(list[Envelope]):
    """Cannot be read to its end, for a reason of its own."""

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice) and at.start:
            raise MemoryError
        return super().__getitem__(at)


def test_whatever_fails_when_something_was_written_leaves_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ours, "AT_ONCE", 2)
    store = SqliteEventStore(path)
    (known,) = store.append([Batch(uuid4(), 0, (fact("first"),))], context())
    new = [attrs.evolve(known, stream=uuid4(), event_id=uuid4()) for _ in range(3)]
    with pytest.raises(MemoryError):
        store.extend(Failing(new), tracking=("up", 7))
    assert store.tracked("up") is None
    assert [one.payload for one in log_of(store)] == [b"first"]
    assert store.head() == Frontier().followed_by([known.leaf()])
    assert store.extend(new, tracking=("up", 7)) == 4
    store.close()


def test_one_who_is_interrupted_while_waiting_holds_nobody_up(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(Event):
        def wait(self, timeout: float | None = None) -> bool:
            raise KeyboardInterrupt

    clock = HeldClock()
    store = SqliteEventStore(path, clock, deadline=60)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(store.append, [Batch(uuid4(), 0, (fact("first"),))], context())
        assert clock.reached.wait(20)
        with monkeypatch.context() as patched:
            patched.setattr(sqlite_queue, "Event", Interrupted)
            with pytest.raises(KeyboardInterrupt):
                store.append([Batch(uuid4(), 0, (fact("interrupted"),))], context())
        clock.go.set()
        assert len(first.result()) == 1
    assert len(store.append([Batch(uuid4(), 0, (fact("later"),))], context())) == 1
    assert [one.payload for one in log_of(store)] == [b"first", b"later"]
    store.close()


def test_one_who_is_interrupted_as_it_begins_to_lead_holds_nobody_up(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    store = SqliteEventStore(path, deadline=5.2)
    with monkeypatch.context() as patched:
        patched.setattr(sqlite_queue.Queue, "_lead", interrupted)
        with pytest.raises(KeyboardInterrupt):
            store.append([Batch(uuid4(), 0, (fact("interrupted"),))], context())
    assert len(store.append([Batch(uuid4(), 0, (fact("later"),))], context())) == 1
    assert [one.payload for one in log_of(store)] == [b"later"]
    store.close()


def test_one_who_was_to_lead_and_is_interrupted_passes_the_lead_on(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, others = HeldClock(), list[Event]()

    class Late(Event):
        """Is woken to lead, and interrupted before it does."""

        def wait(self, timeout: float | None = None) -> bool:
            super().wait(timeout)
            if self is others[0]:
                raise KeyboardInterrupt
            return True

        def __init__(self) -> None:
            super().__init__()
            others.append(self)

    store = SqliteEventStore(path, clock, deadline=60)
    monkeypatch.setattr(sqlite_queue, "MOST_AT_ONCE", 1)
    monkeypatch.setattr(sqlite_queue, "Event", Late)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(store.append, [Batch(uuid4(), 0, (fact("first"),))], context())
        assert clock.reached.wait(20)
        second = pool.submit(store.append, [Batch(uuid4(), 0, (fact("second"),))], context())
        until(lambda: len(others) >= 1)
        third = pool.submit(store.append, [Batch(uuid4(), 0, (fact("third"),))], context())
        until(lambda: len(store._queue) >= 2)
        clock.go.set()
        assert len(first.result(20)) == len(third.result(20)) == 1
        with pytest.raises(KeyboardInterrupt):
            second.result(20)
    assert [one.payload for one in log_of(store)] == [b"first", b"third"]
    store.close()


def test_an_error_of_the_clock_is_for_whom_it_concerns(path: Path) -> None:
    class Broken:
        def __init__(self) -> None:
            self.times = 0
            self.held = HeldClock()

        def now(self) -> datetime:
            self.times += 1
            if self.times == 2:
                raise ZeroDivisionError
            return self.held.now()

    clock = Broken()
    store = SqliteEventStore(path, clock, deadline=60)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(store.append, [Batch(uuid4(), 0, (fact(),))], context())
        assert clock.held.reached.wait(20)
        others = [pool.submit(store.append, [Batch(uuid4(), 0, (fact(),))], context()) for _ in range(3)]
        until(lambda: len(store._queue) >= 3)
        clock.held.go.set()
        assert first.exception() is None
        assert sorted(str(type(one.exception()).__name__) for one in others) == [
            "NoneType",
            "NoneType",
            "ZeroDivisionError",
        ]
    assert len(log_of(store)) == 3
    store.close()


@pytest.mark.parametrize(
    "change",
    [
        {"schema_version": 2**40},
        {"schema_version": 0},
        {"tag": ""},
        {"tag": "\ud800"},
        {"recorded_at": datetime(2024, 1, 1)},  # noqa: DTZ001  that is what is wrong with it
        {"payload": "text"},
        {"actor": "teacher-7"},
    ],
    ids=str,
)
def test_an_entry_that_cannot_stand_in_a_log_is_refused(store: SqliteEventStore, change: dict[str, object]) -> None:
    (one,) = store.append([Batch(uuid4(), 0, (fact(),))], context())
    wrong: Envelope = attrs.evolve(one, **{"version": 2, "event_id": uuid4(), **change})  # type: ignore[arg-type]
    with pytest.raises((InvalidInput, WrongExpectedVersion)):
        store.extend([wrong])
    assert len(store.append([Batch(one.stream, 1, (fact(),))], context())) == 1
    assert check(store).size == 2


def test_a_commit_that_the_disk_did_not_take_is_in_doubt(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its bytes may stand in the write-ahead log, and be taken for good after a crash."""

    class Failing(sqlite3.Connection):
        fails = True

        def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
            if sql == "COMMIT" and Failing.fails:
                Failing.fails = False
                error = sqlite3.OperationalError("disk I/O error")
                error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
                raise error
            return super().execute(sql, *args)

    store, asked, batches = SqliteEventStore(path), context(), [Batch(uuid4(), 0, (fact(),))]
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, factory=Failing, **k))
    with pytest.raises(CommitOutcomeUnknown):
        store.append(batches, asked)
    assert len(store.append(batches, asked)) == 1
    assert len(log_of(store)) == 1
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
    for module in (ours, sqlite_queue, sqlite_schema, sqlite_writer):
        monkeypatch.setattr(module, "LOCK_SECONDS", 0.2)
    # Much later than the lock is given up: who waits behind it is told that, and not that its own time is over.
    store, asked, batches = SqliteEventStore(path, deadline=60), context(), [Batch(uuid4(), 0, (fact(),))]
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


def test_a_file_gets_its_write_ahead_log_back_when_it_is_opened_for_writing(path: Path) -> None:
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    with pytest.raises(InsecureConfiguration):
        SqliteEventStore(path, read_only=True)
    SqliteEventStore(path).close()
    SqliteEventStore(path, read_only=True).close()


def test_a_relative_path_means_the_same_file_wherever_the_process_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    store = SqliteEventStore(Path("zroute.db"))
    monkeypatch.chdir(tmp_path / "elsewhere")
    store.append([Batch(uuid4(), 0, (fact(),))], context())
    store.close()
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("another", [True, False])
def test_a_file_that_was_moved_or_replaced_is_not_written_nor_read(path: Path, another: bool) -> None:
    """What were written would stand in a file that nobody finds."""
    store = SqliteEventStore(path)
    store.append([Batch(uuid4(), 0, (fact(),))], context())
    path.rename(path.with_name("moved.db"))
    if another:
        migrate(path)
    for use in (lambda: store.append([Batch(uuid4(), 0, (fact(),))], context()), store.read_all, store.head):
        with pytest.raises(StoreUnavailable):
            use()
    store.close()


def test_another_programs_file_is_said_to_be_that_whoever_reads_it(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("CREATE TABLE theirs (a)")
    for read_only in (True, False):
        with pytest.raises(NotAStore):
            SqliteEventStore(path, read_only=read_only)


def test_a_store_is_made_where_a_link_points_to(path: Path, tmp_path: Path) -> None:
    (tmp_path / "volume").mkdir()
    path.symlink_to(tmp_path / "volume" / "zroute.db")
    SqliteEventStore(path).close()
    assert path.is_symlink()
    assert [one.name for one in (tmp_path / "volume").iterdir()] == ["zroute.db"]


def test_a_plan_for_a_folder_that_is_not_there_is_refused_as_the_migration_is(tmp_path: Path) -> None:
    for ask in (plan, migrate):
        with pytest.raises(NotAStore):
            ask(tmp_path / "nowhere" / "zroute.db")


def test_a_store_on_a_medium_that_cannot_be_written_is_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SqliteEventStore(path)
    written = store.append([Batch(uuid4(), 0, (fact(),))], context())
    store.close()
    monkeypatch.setattr(os, "access", lambda *_: False)
    store = SqliteEventStore(path, read_only=True)
    assert log_of(store) == list(written)
    store.close()
    assert migrate(path) == ()
    assert [file.name for file in path.parent.iterdir()] == ["zroute.db"]


def append_elsewhere(path: Path) -> None:
    """Another user's process writes, and closes the store."""
    code = """
import sys
from pathlib import Path
from uuid import uuid4
from zroute_core.adapters.sqlite import SqliteEventStore
from zroute_core.kernel.log import Actor, Batch, Context, Encoded
store = SqliteEventStore(Path(sys.argv[1]))
store.append([Batch(uuid4(), 0, (Encoded("note", 1, b"{}"),))], Context(uuid4(), Actor("a", "b")))
store.close()
"""
    subprocess.run([sys.executable, "-c", code, path], check=True)


def test_who_may_only_read_sees_what_others_wrote_meanwhile(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    SqliteEventStore(path).close()
    monkeypatch.setattr(os, "access", lambda *_: False)
    with closing(SqliteEventStore(path, read_only=True)) as store:
        for number in (1, 2):
            append_elsewhere(path)
            assert (store.head().size, len(store.read_all())) == (number, number)


def test_an_answer_that_others_wrote_into_is_asked_for_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    SqliteEventStore(path).close()
    monkeypatch.setattr(os, "access", lambda *_: False)
    with closing(SqliteEventStore(path, read_only=True)) as store:
        looks = iter([1, 2, 3, 3])
        monkeypatch.setattr(ours, "traces_of", lambda _: next(looks))
        assert store.head().size == 0
        monkeypatch.setattr(ours, "traces_of", lambda _: object())
        with pytest.raises(StoreBusy, match="others write"):
            store.head()


def test_who_may_read_the_file_and_write_the_folder_is_told_what_that_would_do(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    SqliteEventStore(path).close()
    monkeypatch.setattr(os, "access", lambda there, _: there != path)
    with pytest.raises(InsecureConfiguration):
        SqliteEventStore(path, read_only=True)


@pytest.mark.parametrize("further", [0, 1, 2, 3])
def test_a_backup_that_is_put_back_under_an_open_store_is_noticed(path: Path, tmp_path: Path, further: int) -> None:
    """Also when others have written since, so that there are as many entries as before, or more."""
    stream, store = uuid4(), SqliteEventStore(path)
    store.append([Batch(stream, 0, (fact(),))], context())
    with closing(sqlite3.connect(tmp_path / "backup.db")) as backup, closing(sqlite3.connect(path)) as connection:
        connection.backup(backup)
        for version in (1, 2):
            store.append([Batch(stream, version, (fact(),))], context())
        assert len(store.read_stream(stream)) == 3
        backup.backup(connection)
    with closing(SqliteEventStore(path)) as other:
        for version in range(1, further + 1):
            other.append([Batch(stream, version, (fact(),))], context())
        for ask in (
            lambda: store.read_stream(stream, after=3),
            store.read_all,
            store.head,
            lambda: list(store.leaves()),
        ):
            with pytest.raises(RootMismatch, match="put back"):
                ask()
        assert len(other.read_stream(stream)) == 1 + further
    store.close()


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


@pytest.mark.parametrize(("at", "value"), [(5, 2**62), (6, "somebody\0"), (6, "x" * 201)], ids=str)
def test_an_entry_that_nobody_could_have_written_is_found_under_a_leaf_of_its_own(
    store: SqliteEventStore, path: Path, at: int, value: Any
) -> None:
    """Whoever can change an entry can make its leaf anew: what it then says must be possible at least."""
    (one,) = store.append([Batch(uuid4(), 0, (fact("1"),))], context())
    row: Any = (*one.row[:at], value, *one.row[at + 1 :])
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER events_never_change")
        name = {5: "recorded_at", 6: "actor"}[at]
        connection.execute(f"UPDATE events SET {name} = ?, leaf = ?", (value, leaf_of(*row)))
    for read in (store.read_all, lambda: store.read_stream(one.stream)):
        with pytest.raises(LeafMismatch):
            read()


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
