"""Acknowledged is durable: kill -9 of writers at any moment, and crashes of the server, lose and tear nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from campaigns.kills import Writers, kill_writers, restart_server
from campaigns.proof import Violation, require_effects
from campaigns.script import commands
from tests.adapters.databases import database
from tests.postgres_server import running
from zroute_core.adapters.memory import MemoryEventStore
from zroute_core.adapters.postgres import PostgresEventStore
from zroute_core.adapters.sqlite import SqliteEventStore
from zroute_core.adapters.sqlite_schema import migrate
from zroute_core.testing.clock import TickingClock


def integrity_of(path: Path) -> Callable[[], None]:
    def check() -> None:
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]

    return check


def opened(path: Path) -> SqliteEventStore:
    migrate(path)  # the first kill may have come before there was a file, or in the middle of making it
    return SqliteEventStore(path)


def test_a_writer_that_is_killed_loses_nothing_of_a_sqlite_file(tmp_path: Path) -> None:
    path = tmp_path / "zroute.db"
    with Writers(f"sqlite:///{path}", tmp_path, seed=11) as writers:
        counts = kill_writers(writers, lambda: opened(path), Random(11), 24, integrity_of(path))
    assert counts.kills >= 24
    assert counts.acknowledged >= counts.kills
    assert counts.unacknowledged <= counts.kills


def test_writers_that_are_killed_while_others_go_on_lose_nothing_of_a_sqlite_file(tmp_path: Path) -> None:
    path = tmp_path / "zroute.db"
    with Writers(f"sqlite:///{path}", tmp_path, seed=12, count=3) as writers:
        counts = kill_writers(writers, lambda: opened(path), Random(12), 12, integrity_of(path))
    assert counts.kills >= 12
    assert counts.acknowledged >= counts.kills


@pytest.mark.postgres
def test_writers_that_are_killed_lose_nothing_of_a_postgres_database(postgres_url: str, tmp_path: Path) -> None:
    url = database(postgres_url).url
    with Writers(url, tmp_path, seed=13, count=2) as writers:
        counts = kill_writers(writers, lambda: PostgresEventStore(url), Random(13), 10, lambda: None)
    assert counts.kills >= 10
    assert counts.acknowledged >= counts.kills


@pytest.mark.postgres
def test_a_server_that_crashes_under_its_writers_loses_nothing(tmp_path: Path) -> None:
    with running() as server:
        url = database(server.url).url

        def crash() -> None:
            server.stop(immediately=True)
            server.start()

        with Writers(url, tmp_path, seed=14, count=2) as writers:
            counts = restart_server(writers, lambda: PostgresEventStore(url), Random(14), 3, crash)
    assert counts.kills == 3
    assert counts.acknowledged >= counts.kills


@pytest.mark.parametrize("planted", ["missing", "twice", "torn", "out of order"])
def test_a_loss_that_is_planted_is_found(planted: str) -> None:
    script = list(islice(commands(1), 8))
    store = MemoryEventStore(TickingClock())
    log = [one for command in script for one in store.append(command.batches, command.context)]
    assert require_effects(log, script, 8) == 8
    spoilt = {
        "missing": [one for one in log if one.command_id != script[-1].context.command_id],
        "twice": [*log, *log[-2:]],
        "torn": log[1:],
        "out of order": [*log[-1:], *log[:-1]],
    }[planted]
    with pytest.raises(Violation):
        require_effects(spoilt, script, 8)
