"""The verbs that look after a store."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import zroute_core
from tests.cli.running import on_a_screen
from zroute_core import Actor
from zroute_core.domain.decisions import OpenTrajectory
from zroute_core.kernel.merkle import leaf_hash
from zroute_core.opening import open_log
from zroute_core.testing.samples import COMMAND_SAMPLES, PERSON, SOMEBODY

ME = Actor("teacher-7", "z-route")


run = on_a_screen(columns=100)


@pytest.fixture
def db(tmp_path: Path) -> Path:
    path = tmp_path / "small.db"
    with zroute_core.open(f"sqlite:///{path}") as trajectories:
        trajectories.handle(PERSON, COMMAND_SAMPLES[OpenTrajectory], by=ME)
    return path


def test_tables_are_planned_made_and_then_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    planned = run("migrate", "--plan", "--db", path)
    assert planned.exit_code == 0
    assert "Would do: step 1" in planned.stdout
    assert "CREATE TABLE events" in planned.stdout
    assert not path.exists()
    assert "Done: step 1" in run("migrate", "--db", path).stdout
    assert run("migrate", "--db", path).stdout == "Nothing to do: the tables are up to date.\n"
    assert json.loads(run("migrate", "--plan", "--json", "--db", path).stdout) == []


def test_another_file_is_not_migrated(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear municipality,", encoding="utf-8")
    refused = run("migrate", "--db", letter)
    assert refused.exit_code == 1
    assert "not-a-store" in refused.stderr
    assert letter.read_text(encoding="utf-8") == "Dear municipality,"


def test_a_whole_log_is_said_to_be_whole_with_its_root(db: Path) -> None:
    log = open_log(f"sqlite:///{db}", read_only=True)
    root = log.read_all()[0].envelope.leaf().hex()  # of one leaf the root is the leaf
    log.close()
    shown = run("check", "--db", db)
    assert shown.exit_code == 0
    assert "The log is whole: 1 fact." in shown.stdout
    assert root in shown.stdout
    assert json.loads(run("check", "--json", "--db", db).stdout) == {"size": 1, "root": root}


def test_a_log_that_was_changed_is_found_out(db: Path) -> None:
    with closing(sqlite3.connect(db, isolation_level=None)) as connection:
        (trigger,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'events_never_change'").fetchone()
        connection.execute("DROP TRIGGER events_never_change")
        connection.execute("UPDATE events SET leaf = ?", (leaf_hash(b"another"),))
        connection.execute(trigger)
    found = run("check", "--json", "--db", db)
    assert found.exit_code == 1
    assert json.loads(found.stderr)["error"] == "leaf-mismatch"
    assert "position 1" in found.stderr


def test_a_root_that_was_kept_is_held_against_the_log(db: Path) -> None:
    then = json.loads(run("check", "--json", "--db", db).stdout)
    with zroute_core.open(f"sqlite:///{db}") as trajectories:
        trajectories.handle(SOMEBODY, COMMAND_SAMPLES[OpenTrajectory], by=ME)
    kept = ("--at", then["size"], "--root", then["root"])
    good = run("check", *kept, "--db", db)
    assert good.exit_code == 0
    assert "Up to position 1 it is the log of the root that was kept." in good.stdout
    assert run("check", "--at", 1, "--root", then["root"].upper(), "--db", db).exit_code == 0
    for at, root, said in (
        (1, "00" * 32, "do not make the root that was kept"),
        (2, then["root"], "do not make the root that was kept"),
        (9, then["root"], "the log has only 2 facts"),
    ):
        bad = run("check", "--at", at, "--root", root, "--json", "--db", db)
        assert bad.exit_code == 1
        assert json.loads(bad.stderr)["error"] == "root-mismatch"
        assert said in json.loads(bad.stderr)["sentence"]
    assert run("check", "--at", 1, "--db", db).exit_code == 2


@pytest.mark.parametrize("root", ["zz", "", "00" * 31, "00" * 33, "0x" + "00" * 31, "٠" * 64])
def test_what_is_no_root_is_wrong_usage(db: Path, root: str) -> None:
    refused = run("check", "--at", 1, "--root", root, "--db", db)
    assert refused.exit_code == 2
    assert "this is no root: give its 64 digits" in refused.stderr


def test_there_is_nothing_to_check_where_there_is_no_store(tmp_path: Path) -> None:
    for name in ("none.db", "x" * 300):
        refused = run("check", "--db", tmp_path / name)
        assert refused.exit_code == 1
        assert "there is no such store" in refused.stderr
    assert list(tmp_path.iterdir()) == []
