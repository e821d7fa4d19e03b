"""Whatever does not answer: the store does, within its deadline and a tenth."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest

from campaigns.proof import whole
from campaigns.script import commands
from zroute_core.adapters.postgres import PostgresEventStore
from zroute_core.adapters.sqlite import SqliteEventStore
from zroute_core.errors import StoreBusy, StoreError, StoreUnavailable


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Another connection is in the middle of writing, for as long as this lasts."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def test_writers_who_wait_for_another_program_are_told_in_time(tmp_path: Path) -> None:
    """The first tries for five seconds; the second gives up its turn; the last two try together after the first."""
    path, deadline, moments = tmp_path / "zroute.db", 8.0, (0.0, 0.5, 4.0, 4.1)
    store, first = SqliteEventStore(path, deadline=deadline), next(commands(41))
    others = [next(commands(41, writer)) for writer in range(1, 5)]

    def late(number: int) -> tuple[float, type[StoreError] | None]:
        sleep(moments[number])
        start = monotonic()
        try:
            store.append(others[number].batches, others[number].context)
        except StoreError as error:
            return monotonic() - start, type(error)
        return monotonic() - start, None

    store.append(first.batches, first.context)
    with held(path), ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(late, range(4)))
    assert [error for _, error in answers] == [StoreBusy] * 4
    assert max(seconds for seconds, _ in answers) < deadline * 1.1
    assert [one.command_id for one in whole(store).log] == [first.context.command_id] * 4
    for command in others:
        assert command.made(store.append(command.batches, command.context))
    store.close()


def test_who_reads_does_not_wait_for_who_writes(tmp_path: Path) -> None:
    path = tmp_path / "zroute.db"
    store, command = SqliteEventStore(path), next(commands(42))
    store.append(command.batches, command.context)
    with held(path):
        start = monotonic()
        assert len(whole(store).log) == 4
        assert monotonic() - start < 2
    store.close()


@contextmanager
def black_hole() -> Iterator[int]:
    """A port that takes every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listening:
        yield listening.getsockname()[1]


@pytest.mark.postgres
def test_a_port_that_never_says_a_word_is_reported_in_time() -> None:
    with black_hole() as port:
        start = monotonic()
        with pytest.raises(StoreUnavailable):
            PostgresEventStore(f"postgresql://nobody@127.0.0.1:{port}/db?connect_timeout=2", deadline=2.0)
        assert monotonic() - start < 10 * 1.1
