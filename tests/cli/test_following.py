"""The verbs for the tables that follow the log."""

import json
import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep

import pytest

import zroute_core
from tests.cli.running import as_a_program, on_a_screen
from zroute_core import Actor
from zroute_core.domain.decisions import AttendLesson, HoldIntake, OpenTrajectory
from zroute_core.kernel.log import Batch, Context, Encoded
from zroute_core.opening import open_log
from zroute_core.testing.samples import COMMAND_SAMPLES, PERSON, SOMEBODY

ME = Actor("teacher-7", "z-route")


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Two people and four facts."""
    path = tmp_path / "small.db"
    with zroute_core.open(f"sqlite:///{path}") as trajectories:
        for participant in (PERSON, SOMEBODY):
            trajectories.handle(participant, COMMAND_SAMPLES[OpenTrajectory], by=ME)
        trajectories.handle(SOMEBODY, COMMAND_SAMPLES[HoldIntake], by=ME)
        trajectories.handle(SOMEBODY, COMMAND_SAMPLES[AttendLesson], by=ME)
    return path


run = on_a_screen(columns=100)


def rows(views: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(views)) as connection:
        return connection.execute(query).fetchall()


def test_the_tables_stand_beside_the_store(db: Path) -> None:
    shown = run("follow", "--once", "--db", db)
    assert (shown.exit_code, shown.stdout) == (0, "The tables stand at position 4.\n")
    views = db.with_name("small-views.db")
    assert rows(views, "SELECT participant FROM minutes") == [(str(SOMEBODY),)]
    assert rows(views, "SELECT count(*) FROM participants") == [(2,)]


def test_the_tables_stand_where_they_are_told_to(db: Path) -> None:
    views = db.with_name("elsewhere.db")
    told = run("follow", "--once", "--db", db, "--views", views, "--json")
    assert json.loads(told.stdout) == {"position": 4, "parked": 0}
    assert sorted(file.name for file in db.parent.iterdir()) == ["elsewhere.db", "small.db"]
    assert rows(views, "SELECT position FROM state") == [(4,)]


@pytest.mark.parametrize("workers", [1, 2])
def test_the_tables_are_made_anew(db: Path, workers: int) -> None:
    shown = run("rebuild", "--workers", workers, "--db", db)
    assert (shown.exit_code, shown.stdout) == (0, "Made anew: the tables stand at position 4.\n")


@pytest.mark.parametrize("verb", ["compare", "parked"])
def test_of_tables_that_are_not_there_nothing_is_said_and_nothing_is_made(db: Path, verb: str) -> None:
    refused = run(verb, "--db", db)
    assert refused.exit_code == 1
    assert "zroute follow --once" in refused.stderr
    assert [file.name for file in db.parent.iterdir()] == ["small.db"]


def test_tables_that_are_behind_the_log_are_said_to_be(db: Path) -> None:
    run("follow", "--once", "--db", db)
    with zroute_core.open(f"sqlite:///{db}") as trajectories:
        trajectories.handle(PERSON, COMMAND_SAMPLES[HoldIntake], by=ME)
    shown = run("compare", "--db", db)
    assert shown.exit_code == 0
    assert "at position 4." in shown.stdout
    assert "The log goes on to position 5" in shown.stdout
    assert json.loads(run("compare", "--db", db, "--json").stdout)["log_size"] == 5


def test_a_place_in_memory_is_refused(db: Path) -> None:
    for words in (("--db", "memory:"), ("--db", db, "--views", "memory:")):
        assert run("follow", "--once", *words).exit_code == 1
    assert [file.name for file in db.parent.iterdir()] == ["small.db"]


def test_tables_are_held_against_the_log(db: Path) -> None:
    run("follow", "--once", "--db", db)
    good = run("compare", "--db", db)
    assert good.exit_code == 0
    assert "Compared: 2 participants, at position 4." in good.stdout
    assert "the tables are what the log says." in good.stdout
    with closing(sqlite3.connect(db.with_name("small-views.db"))) as connection, connection:
        (table,) = connection.execute("SELECT name FROM sqlite_master WHERE name LIKE 'minutes\\_\\_%' ESCAPE '\\'")
        connection.execute(f"DELETE FROM {table[0]}")
    bad = run("compare", "--db", db)
    assert bad.exit_code == 1
    assert f"{SOMEBODY}  minutes" in bad.stdout
    assert json.loads(run("compare", "--db", db, "--json").stdout)["differences"][0]["tables"] == ["minutes"]


def test_who_is_parked_is_named_with_the_reason(db: Path) -> None:
    log = open_log(f"sqlite:///{db}")
    log.append([Batch(PERSON, 1, (Encoded("fact-of-tomorrow", 1, b"{}"),))], Context(SOMEBODY, ME))
    log.close()
    assert "1 participant without rows: see zroute parked." in run("follow", "--once", "--db", db).stdout
    assert "1 participant without rows" in run("compare", "--db", db).stdout
    for shown in (run("parked", "--db", db), run("parked", "--retry", "--db", db)):
        assert shown.exit_code == 0
        assert str(PERSON) in shown.stdout
        assert "unknown-event-type" in shown.stdout
    # three times at first, and once more since
    (told,) = json.loads(run("parked", "--db", db, "--json").stdout)
    assert told == {"participant": str(PERSON), "code": "unknown-event-type", "error": "UnknownEventType", "tries": 4,
                    "entry": 2}  # fmt: skip


def test_nobody_is_parked_when_all_is_well(db: Path) -> None:
    run("follow", "--once", "--db", db)
    assert run("parked", "--db", db).stdout == "Nobody is parked: everybody has their rows.\n"


def test_there_is_nothing_to_follow_where_there_is_no_store(tmp_path: Path) -> None:
    refused = run("follow", "--once", "--db", tmp_path / "none.db")
    assert refused.exit_code == 1
    assert "not-a-store" in refused.stderr
    assert list(tmp_path.iterdir()) == []


HELD = """
import os, sys, time

if "--multiprocessing-fork" in sys.orig_argv:
    open(os.environ["BEGUN"], "w").close()
    while not os.path.exists(os.environ["GO_ON"]):
        time.sleep(0.01)
"""
"""What a process that is started does before all else: a worker waits until it may go on."""


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="there are no groups of processes here")
def test_workers_that_begin_say_nothing_when_a_rebuild_is_stopped(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are held where they begin: else a rebuild on a busy machine may end before anybody stops it."""
    first, begun, go_on = tmp_path / "first", tmp_path / "begun", tmp_path / "go-on"
    first.mkdir()
    (first / "sitecustomize.py").write_text(HELD)
    with monkeypatch.context() as held:
        held.setenv("PYTHONPATH", str(first), prepend=os.pathsep if "PYTHONPATH" in os.environ else None)
        held.setenv("BEGUN", str(begun))
        held.setenv("GO_ON", str(go_on))
        with as_a_program("rebuild", "--workers", 2, "--db", db) as program:
            deadline = monotonic() + 300
            try:
                while not begun.exists():
                    assert program.poll() is None
                    assert monotonic() < deadline
                    sleep(0.005)
                os.killpg(program.pid, signal.SIGINT)
            finally:
                go_on.touch()
            assert program.communicate(timeout=300) == ("", "\nAborted!\n")
    assert run("rebuild", "--workers", 2, "--db", db).exit_code == 0
