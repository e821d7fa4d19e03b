"""A store on the stock recorders of the `eventsourcing` library keeps the contract: in memory, SQLite, PostgreSQL."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.persistence import OperationalError, StoredEvent
from eventsourcing.popo import POPOApplicationRecorder
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from zroute_core.adapters.recorder import RecorderEventStore, opened
from zroute_core.errors import CommitOutcomeUnknown, MalformedEvent, StoreBusy, StoreError, StoreUnavailable
from zroute_core.kernel.log import Batch, Encoded
from zroute_core.kernel.ports import Clock
from zroute_core.testing.clock import TickingClock
from zroute_core.testing.store_contract import MakeStore, StoreContract, context, fact, log_of

TABLE = "zroute_events"


def sqlite_store(path: Path, clock: Clock, lock_seconds: int = 5) -> RecorderEventStore:
    """With a wait of 1 second a storm of writers met locked databases; with 5 none did."""
    datastore = SQLiteDatastore(str(path), lock_timeout=lock_seconds)

    def make() -> SQLiteApplicationRecorder:
        recorder = SQLiteApplicationRecorder(datastore, TABLE)
        recorder.create_table()
        return recorder

    return opened(make, datastore.close, clock)


def postgres_store(url: str, clock: Clock) -> RecorderEventStore:
    datastore = PostgresDatastore(
        *("", "", "", "", ""),  # where to, and as whom: given whole to the pool, below
        connect_timeout=1,
        lock_timeout=1,
        pool_size=1,
        max_overflow=9,
    )
    datastore.pool.kwargs = {**conninfo_to_dict(url), "row_factory": dict_row}

    def make() -> PostgresApplicationRecorder:
        recorder = PostgresApplicationRecorder(datastore, events_table_name=TABLE)
        recorder.create_table()
        return recorder

    return opened(make, datastore.close, clock)


class TestOnMemory(StoreContract):
    @pytest.fixture
    def make_store(self) -> MakeStore:
        return lambda clock: RecorderEventStore(POPOApplicationRecorder(), clock)


class TestOnSqlite(StoreContract):
    @pytest.fixture
    def make_store(self, tmp_path: Path) -> MakeStore:
        return lambda clock: sqlite_store(tmp_path / "zroute.db", clock)


@pytest.mark.postgres
class TestOnPostgres(StoreContract):
    @pytest.fixture
    def make_store(self, postgres_url: str) -> MakeStore:
        name = f"t{uuid4().hex}"
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        url = postgres_url.rpartition("/")[0] + f"/{name}"
        return lambda clock: postgres_store(url, clock)


class Faulty(POPOApplicationRecorder):
    """Breaks the connection once: before the insert, or after it, when the answer is lost."""

    def __init__(self, when: str) -> None:
        super().__init__()
        self.when: str | None = when

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        when, self.when = self.when, None
        if when == "before":
            raise OperationalError("canary 999993653")
        answer = super().insert_events(stored_events, **kwargs)
        if when == "after":
            raise OperationalError("canary 999993653")
        return answer


class Dead(Faulty):
    """Breaks the connection after the insert, and stays away for a while."""

    away = False

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        self.away = self.when is not None
        return super().insert_events(stored_events, **kwargs)

    def select_events(self, *args: Any, **kwargs: Any) -> Sequence[StoredEvent]:
        if self.away:
            raise OperationalError("canary 999993653")
        return super().select_events(*args, **kwargs)


def test_a_lost_answer_is_found_again() -> None:
    store, asked, batches = (
        RecorderEventStore(Faulty("after"), TickingClock()),
        context(),
        [Batch(uuid4(), 0, (fact(),))],
    )
    written = store.append(batches, asked)
    assert log_of(store) == list(written)
    assert store.append(batches, asked) == written


def test_a_write_that_failed_stores_nothing_and_may_be_repeated() -> None:
    store, asked, batches = (
        RecorderEventStore(Faulty("before"), TickingClock()),
        context(),
        [Batch(uuid4(), 0, (fact(),))],
    )
    with pytest.raises(StoreError) as failure:
        store.append(batches, asked)
    assert log_of(store) == []
    assert "999993653" not in _chain(failure.value)
    assert len(store.append(batches, asked)) == 1


def test_an_unknown_outcome_is_said_and_resolved_by_sending_again() -> None:
    recorder = Dead("after")
    store, asked, batches = RecorderEventStore(recorder, TickingClock()), context(), [Batch(uuid4(), 0, (fact(),))]
    with pytest.raises(CommitOutcomeUnknown) as failure:
        store.append(batches, asked)
    assert "999993653" not in _chain(failure.value)
    recorder.away = False
    assert log_of(store) == list(store.append(batches, asked))


def _chain(error: BaseException | None) -> str:
    """Everything a log could show of an error."""
    told = ""
    while error is not None:
        told += f"{error!s} {error!r} {error.args}"
        error = error.__context__ or error.__cause__
    return told


def test_a_key_and_its_commitment_stand_beside_the_payload() -> None:
    store, stream = RecorderEventStore(POPOApplicationRecorder(), TickingClock()), uuid4()
    sealed = Encoded("note", 1, b"ciphertext", "key-1", bytes(range(32)))
    store.append([Batch(stream, 0, (sealed, fact()))], context())
    first, second = store.read_stream(stream)
    assert (first.key_id, first.key_commitment) == ("key-1", bytes(range(32)))
    assert (second.key_id, second.key_commitment) == (None, None)


# ── a database hands out whatever stands in it ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize("column", ["topic = NULL", "topic = X'00'", "topic = ''", "topic = 'note'"])
@pytest.mark.parametrize("and_more", ["", ", state = NULL"])
def test_a_row_with_another_topic_is_malformed(tmp_path: Path, column: str, and_more: str) -> None:
    _changed_row_is_malformed(tmp_path, column + and_more)


@pytest.mark.parametrize(
    "column",
    [
        "topic = 'note/' || printf('%.5000d', 1)",
        "topic = 'note/0'",
        "topic = 'note/-1'",
        "state = NULL",
        "state = 'text'",
        "state = 1.5",
        "state = X'7b7d'",
        "state = X'7b7d0a7b7d'",
        "state = X''",
    ],
)
def test_a_row_with_another_state_is_malformed(tmp_path: Path, column: str) -> None:
    _changed_row_is_malformed(tmp_path, column)


def _changed_row_is_malformed(folder: Path, change: str) -> None:
    """And whoever reads past it is told the same; nothing of the database's own errors is seen."""
    path, stream = folder / "zroute.db", uuid4()
    store = sqlite_store(path, TickingClock())
    store.append([Batch(stream, 0, (fact(),))], context())
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for name in ("topic", "state"):
            connection.execute(f"UPDATE {TABLE} SET {name} = {name}")
        connection.execute(f"UPDATE {TABLE} SET {change} WHERE topic <> 'command/1'")
    for read in (lambda: store.read_stream(stream), store.read_all):
        with pytest.raises(MalformedEvent):
            read()
    store.close()


def test_another_writer_that_holds_the_file_is_waited_for_and_then_reported(tmp_path: Path) -> None:
    path, asked, batches = tmp_path / "zroute.db", context(), [Batch(uuid4(), 0, (fact(),))]
    store = sqlite_store(path, TickingClock(), lock_seconds=1)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreBusy):
            store.append(batches, asked)
        other.execute("ROLLBACK")
    assert len(store.append(batches, asked)) == 1
    store.close()


@pytest.mark.postgres
def test_who_may_not_make_the_table_is_told_so(postgres_url: str) -> None:
    name = f"t{uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN")
        connection.execute(f"CREATE DATABASE {name}")
    url = postgres_url.replace("postgres@", f"{name}@").rpartition("/")[0] + f"/{name}"
    with pytest.raises(StoreUnavailable) as refused:
        postgres_store(url, TickingClock())
    assert name not in _chain(refused.value)
