"""The verb for columns, and the bar of long work."""

import json
from pathlib import Path

import pytest
from rich.console import Console

import zroute_core
from tests.cli.running import on_a_screen
from zroute_core import Actor
from zroute_core.adapters import columnar
from zroute_core.cli import bars
from zroute_core.domain.decisions import AttendLesson, HoldIntake, OpenTrajectory
from zroute_core.opening import open_log
from zroute_core.testing.samples import COMMAND_SAMPLES, PERSON

pytest.importorskip("polars")

ME = Actor("teacher-7", "z-route")


@pytest.fixture
def db(tmp_path: Path) -> Path:
    path = tmp_path / "small.db"
    with zroute_core.open(f"sqlite:///{path}") as trajectories:
        for command in (OpenTrajectory, HoldIntake, AttendLesson):
            trajectories.handle(PERSON, COMMAND_SAMPLES[command], by=ME)
    return path


run = on_a_screen(columns=100)


def test_the_columns_are_brought_to_the_end_of_the_log(db: Path, tmp_path: Path) -> None:
    folder = tmp_path / "columns"
    shown = run("columns", folder, "--db", db)
    log = open_log(f"sqlite:///{db}", read_only=True)
    root = log.head().root().hex()
    log.close()
    assert (shown.exit_code, shown.stdout) == (0, f"The columns stand at position 3.\nRoot: {root}\n")
    assert [line.minutes for line in columnar.minutes_by(folder)] == [120]
    assert json.loads(run("columns", folder, "--db", db, "--json").stdout) == {"position": 3, "root": root}
    whole = run("columns", folder, "--check", "--db", db)
    assert (whole.exit_code, whole.stdout) == (0, "The columns are the log.\n")


def test_columns_that_are_not_what_was_written_are_told(db: Path, tmp_path: Path) -> None:
    folder = tmp_path / "columns"
    run("columns", folder, "--db", db)
    (file,), _ = columnar.files(folder)
    file.write_bytes(file.read_bytes()[:-1])
    told = run("columns", folder, "--check", "--db", db)
    assert told.exit_code == 1
    assert told.stdout == f"{file.name} is missing, or is not what was written\nNot the log: 1 difference.\n"
    assert json.loads(run("columns", folder, "--check", "--db", db, "--json").stdout) == [
        f"{file.name} is missing, or is not what was written"
    ]


def test_without_a_store_no_folder_is_made(tmp_path: Path) -> None:
    refused = run("columns", tmp_path / "columns", "--db", tmp_path / "nothing.db")
    assert refused.exit_code == 1
    assert "not-a-store" in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told_without_a_traceback(db: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for place, code, told in (
        (tmp_path / "file", 2, "is a file"),
        (tmp_path / "file" / "below", 1, "the columns could not be written"),
    ):
        refused = run("columns", place, "--db", db)
        assert refused.exit_code == code
        assert told in refused.stderr
    assert (tmp_path / "file").read_text() == "mine"


def test_a_bar_is_seen_where_somebody_looks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bars, "Console", lambda stderr: Console(stderr=stderr, force_terminal=True, width=80))
    with bars.bar() as progress:
        progress("folding", 3, 12)
    seen = capsys.readouterr()
    assert seen.out == ""
    assert "folding" in seen.err
    assert "25%" in seen.err


def test_no_bar_is_seen_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with bars.bar() as progress:
        progress("folding", 3, 12)
    assert capsys.readouterr() == ("", "")
