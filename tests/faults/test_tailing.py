"""A reader that follows while eight write misses nothing: positions 1 to n, in the order of the commits."""

from __future__ import annotations

from pathlib import Path

import pytest

from campaigns.proof import Violation
from campaigns.tailing import Tail, processes, threads
from tests.adapters.databases import database
from zroute_core.adapters.memory import MemoryEventStore
from zroute_core.adapters.postgres import PostgresEventStore
from zroute_core.adapters.sqlite import SqliteEventStore
from zroute_core.kernel.log import Logged
from zroute_core.kernel.ports import ProvenLog


def test_of_eight_threads_on_sqlite_nothing_is_missed(tmp_path: Path) -> None:
    path = tmp_path / "zroute.db"
    assert threads(lambda: SqliteEventStore(path), seed=21, each=60) > 8 * 60


def test_of_eight_processes_on_sqlite_nothing_is_missed(tmp_path: Path) -> None:
    path = tmp_path / "zroute.db"
    SqliteEventStore(path).close()
    assert processes(f"sqlite:///{path}", lambda: SqliteEventStore(path), tmp_path, 22, at_least=200) > 200


@pytest.mark.postgres
def test_of_eight_threads_on_postgres_nothing_is_missed(postgres_url: str) -> None:
    url = database(postgres_url).url
    assert threads(lambda: PostgresEventStore(url), seed=23, each=40) > 8 * 40


@pytest.mark.postgres
def test_of_eight_processes_on_postgres_nothing_is_missed(postgres_url: str, tmp_path: Path) -> None:
    url = database(postgres_url).url
    assert processes(url, lambda: PostgresEventStore(url), tmp_path, 24, at_least=200) > 200


class Gapped(MemoryEventStore):
    """A planted defect: every 50th position is handed out too late, as a sequence of a database does it."""

    def read_all(self, *, after: int = 0, limit: int = 1000) -> tuple[Logged, ...]:
        return tuple(one for one in super().read_all(after=after, limit=limit) if one.position % 50)


def test_a_reader_that_misses_something_is_found() -> None:
    store = Gapped()

    def opened() -> ProvenLog:
        return store

    with pytest.raises(Violation):
        threads(opened, seed=25, each=20)
    assert Tail(store).seen == []
