"""`open(url)`: which store a URL means, and what is said when it means none."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

import zroute_core
from zroute_core import Actor
from zroute_core.adapters.sqlite import SqliteEventStore
from zroute_core.domain.decisions import AttendLesson, HoldIntake, OpenTrajectory
from zroute_core.domain.values import IntakePart, Regime, TargetGroup
from zroute_core.errors import (
    ConfigurationError,
    InsecureConfiguration,
    NotAStore,
    ReadOnlyStore,
    SchemaMismatch,
    StoreError,
    UnknownAdapter,
    ZRouteError,
)
from zroute_core.kernel.log import Batch
from zroute_core.opening import migrate, plan
from zroute_core.testing.samples import LESSON
from zroute_core.testing.store_contract import context, fact


@pytest.mark.parametrize("name", ["zroute.db", "a b.db", "a?b.db", "a#b.db", "a%20b.db", "ééé.db"])
def test_a_path_is_taken_to_the_letter(tmp_path: Path, name: str) -> None:
    zroute_core.open(f"sqlite:///{tmp_path / name}").close()
    assert {file.name for file in tmp_path.iterdir()} == {name}


def test_a_path_may_be_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    zroute_core.open("sqlite:///zroute.db").close()
    assert (tmp_path / "zroute.db").exists()


@pytest.mark.parametrize(
    "url",
    ["", "zroute.db", "sqlite:", "sqlite:///", "sqlite://folder/zroute.db", "sqlite:/zroute.db", "mysql://host/db",
     "memory:x", "postgresql:host", "postgresql", "://"],
)  # fmt: skip
def test_a_url_that_means_no_store_is_refused(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnknownAdapter):
        zroute_core.open(url)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", [None, 7, Path("zroute.db"), b"memory:"])
def test_a_url_is_text(url: Any) -> None:
    with pytest.raises(UnknownAdapter):
        zroute_core.open(url)


@pytest.mark.parametrize("rest", ["no/such/folder/zroute.db", "x" * 300, "a\x00b", ".."])
def test_a_place_where_no_store_can_be_is_refused(rest: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError) as refused:
        zroute_core.open(f"sqlite:///{tmp_path}/{rest}")
    assert rest not in str(refused.value)
    assert refused.value.__context__ is None


def test_a_file_that_is_something_else_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear municipality,", encoding="utf-8")
    with pytest.raises(NotAStore):
        zroute_core.open(f"sqlite:///{file}")
    assert file.read_text(encoding="utf-8") == "Dear municipality,"


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "dogs.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE stored_events (originator_id TEXT)")
    with pytest.raises(NotAStore):
        zroute_core.open(f"sqlite:///{file}")


@pytest.mark.parametrize("url", ["postgresql://[::1", "postgresql://host:port/db", "postgresql://127.0.0.1:1/db"])
def test_a_server_that_cannot_be_reached_is_said_to_be_so(url: str) -> None:
    with pytest.raises((StoreError, ConfigurationError)) as refused:
        zroute_core.open(url)
    assert refused.value.__context__ is None


@pytest.mark.parametrize("programme", [None, "ours", 7, [None], ("ours",)])
def test_a_programme_is_a_programme(programme: Any) -> None:
    with pytest.raises(ConfigurationError):
        zroute_core.open("memory:", programme=programme)


def test_a_history_with_a_gap_is_not_counted(tmp_path: Path) -> None:
    """A row that somebody took out from under the library: an error, and never a wrong total."""
    file, me, one, day = tmp_path / "zroute.db", Actor("teacher-7", "z-route"), uuid4(), date(2024, 3, 4)
    with zroute_core.open(f"sqlite:///{file}") as trajectories:
        trajectories.handle(one, OpenTrajectory(day, "0392", TargetGroup.ASYLUM_STATUS_HOLDER, Regime.WI2021), by=me)
        trajectories.handle(one, HoldIntake(day, tuple(IntakePart)), by=me)
        trajectories.handle(one, AttendLesson(day, LESSON), by=me)
    with closing(sqlite3.connect(file)) as connection, connection:
        (trigger,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'events_never_go'").fetchone()
        connection.execute("DROP TRIGGER events_never_go")
        connection.execute("DELETE FROM events WHERE version = 2")
        connection.execute(trigger)
    with zroute_core.open(f"sqlite:///{file}") as trajectories:
        for _ in range(3):
            with pytest.raises(ZRouteError) as found:
                trajectories.progress(one)
            assert found.value.code == "sequence-gap"


def test_nothing_is_left_open_by_a_refusal(tmp_path: Path) -> None:
    """With warnings as errors, a connection that is left open fails this test."""
    file = tmp_path / "zroute.db"
    store = SqliteEventStore(file)
    store.append([Batch(uuid4(), 0, (fact(),))], context())
    store.close()
    other = tmp_path / "other.txt"
    other.write_text("x" * 5000, encoding="utf-8")
    for _ in range(3):
        with pytest.raises(NotAStore):
            SqliteEventStore(other)


def test_a_store_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "zroute.db"
    zroute_core.open(f"sqlite:///{file}").close()
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_is_opened_for_reading_is_not_written(tmp_path: Path) -> None:
    file, me, day = tmp_path / "zroute.db", Actor("teacher-7", "z-route"), date(2024, 3, 4)
    opened = OpenTrajectory(day, "0392", TargetGroup.ASYLUM_STATUS_HOLDER, Regime.WI2021)
    with pytest.raises(NotAStore):
        zroute_core.open(f"sqlite:///{file}", read_only=True)
    assert not file.exists()
    zroute_core.open(f"sqlite:///{file}").close()
    with zroute_core.open(f"sqlite:///{file}", read_only=True) as trajectories:
        with pytest.raises(ReadOnlyStore):
            trajectories.handle(uuid4(), opened, by=me)
        assert list(trajectories.participants()) == []


def test_the_tables_are_planned_and_made_in_a_step_of_their_own(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'zroute.db'}"
    assert [step.version for step in plan(url)] == [1]
    assert not (tmp_path / "zroute.db").exists()
    assert [step.version for step in migrate(url)] == [1]
    assert plan(url) == migrate(url) == ()
    assert plan("memory:") == migrate("memory:") == ()
    zroute_core.open(url).close()


def test_a_store_of_a_newer_library_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "zroute.db"
    zroute_core.open(f"sqlite:///{file}").close()
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA user_version = 99")
    for use in (zroute_core.open, plan, migrate):
        with pytest.raises(SchemaMismatch):
            use(f"sqlite:///{file}")


@pytest.mark.parametrize("change", ["DROP TRIGGER events_never_change", "CREATE TABLE more (a TEXT)"])
def test_tables_that_were_changed_behind_the_library_are_seen(tmp_path: Path, change: str) -> None:
    file = tmp_path / "zroute.db"
    zroute_core.open(f"sqlite:///{file}").close()
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(change)
    with pytest.raises(SchemaMismatch):
        zroute_core.open(f"sqlite:///{file}")


@pytest.mark.postgres
def test_a_server_has_its_tables_from_a_step_of_its_own(postgres_url: str) -> None:
    name, me, day = f"t{uuid4().hex}", Actor("teacher-7", "z-route"), date(2024, 3, 4)
    opened = OpenTrajectory(day, "0392", TargetGroup.ASYLUM_STATUS_HOLDER, Regime.WI2021)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    url = postgres_url.rpartition("/")[0] + f"/{name}"
    with pytest.raises(SchemaMismatch):
        zroute_core.open(url)
    assert [step.version for step in plan(url)] == [1, 1]
    assert [step.title.partition(",")[0] for step in migrate(url)] == [
        "the log: roles",
        "the schema of the read models",
    ]
    assert plan(url) == migrate(url) == ()
    with pytest.raises(InsecureConfiguration):
        zroute_core.open(url)
    with zroute_core.open(url, allow_insecure=True) as trajectories:
        trajectories.handle(uuid4(), opened, by=me)
    with zroute_core.open(url, read_only=True) as trajectories:
        assert len(list(trajectories.participants())) == 1
        with pytest.raises(ReadOnlyStore):
            trajectories.handle(uuid4(), opened, by=me)
