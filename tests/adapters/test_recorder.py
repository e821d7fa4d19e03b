"""A store on the recorders of the `eventsourcing` library keeps the contract."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.persistence import OperationalError, StoredEvent
from eventsourcing.popo import POPOApplicationRecorder

from zroute_core.adapters.recorder import RecorderEventStore
from zroute_core.adapters.stock_postgres import postgres_store
from zroute_core.adapters.stock_sqlite import sqlite_store
from zroute_core.errors import CommitOutcomeUnknown, StoreError
from zroute_core.kernel.log import Batch
from zroute_core.testing.clock import TickingClock
from zroute_core.testing.store_contract import MakeStore, StoreContract, context, fact, log_of


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
