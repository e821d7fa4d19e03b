"""The command-line door."""

import json
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

import zroute_core
from zroute_core import Actor
from zroute_core.adapters.converter import to_plain
from zroute_core.cli.commands import zroute
from zroute_core.domain.decisions import AttendLesson, HoldIntake, OpenTrajectory
from zroute_core.pilots import PROGRAMMES
from zroute_core.testing.samples import COMMAND_SAMPLES, DAY, PERSON, SOMEBODY, START

ME = Actor("teacher-7", "z-route")
LIKE_PERSON = UUID("3f0c2a56-0000-4a55-9f0e-6a0a4d1c7e21")


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """A small store: three people, two of whose ids begin alike."""
    path = tmp_path / "small.db"
    with zroute_core.open(f"sqlite:///{path}") as trajectories:
        for participant in (PERSON, SOMEBODY, LIKE_PERSON):
            trajectories.handle(participant, COMMAND_SAMPLES[OpenTrajectory], by=ME)
        trajectories.handle(SOMEBODY, COMMAND_SAMPLES[HoldIntake], by=ME)
        trajectories.handle(SOMEBODY, COMMAND_SAMPLES[AttendLesson], by=ME)
    return path


def run(*words: object) -> Result:
    return CliRunner(env={"COLUMNS": "80"}).invoke(zroute, [str(word) for word in words])


def test_list_shows_everybody(db: Path) -> None:
    shown = run("list", "--db", db)
    assert shown.exit_code == 0
    assert "Haarlem" in shown.stdout
    assert "1 September 2020" in shown.stdout
    assert "3 participants" in shown.stdout


def test_list_as_json(db: Path) -> None:
    people = json.loads(run("list", "--db", db, "--json").stdout)
    assert [one["id"] for one in people] == [str(PERSON), str(SOMEBODY), str(LIKE_PERSON)]
    assert people[0]["opened_on"] == "2020-09-01"


def test_show_gives_the_entries_with_their_envelopes(db: Path) -> None:
    entries = json.loads(run("show", SOMEBODY.hex[:8], "--db", db, "--json").stdout)
    assert [one["tag"] for one in entries] == ["trajectory-opened", "intake-held", "lesson-attended"]
    assert entries[2]["actor"] == {"id": "teacher-7", "purpose": "z-route"}
    assert entries[2]["fact"]["lesson"]["minutes"] == 120
    assert "lesson-attended/1" in run("show", "8a4b", "--db", db).stdout


@pytest.mark.parametrize("verb", ["timeline", "progress", "plan"])
def test_a_view_as_json_is_the_view(db: Path, verb: str) -> None:
    shown = run(verb, "8a4b", "--db", db, "--valid-on", "2020-12-01", "--json")
    with zroute_core.open(f"sqlite:///{db}", programme=PROGRAMMES) as trajectories:
        answer = getattr(trajectories, verb)(SOMEBODY, valid_on=date(2020, 12, 1))
    assert json.loads(shown.stdout) == json.loads(json.dumps(to_plain(answer)))


def test_progress_speaks_of_hours_and_minutes(db: Path) -> None:
    shown = run("progress", "8a4b", "--db", db, "--valid-on", DAY).stdout
    assert "course hours (cursusuren)" in shown
    assert "2 h 00 of 800 h 00, 798 h 00 left" in shown
    assert "\x1b" not in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_a_day_before_the_lesson_does_not_know_it(db: Path) -> None:
    assert "0 h 00 of 800 h 00" in run("progress", "8a4b", "--db", db, "--valid-on", START).stdout


def test_the_cohort_of_a_store_without_measurements(db: Path) -> None:
    assert json.loads(run("cohort", "--db", db, "--json").stdout)["participants"] == 3
    assert "3 participants" in run("cohort", "--db", db).stdout


@pytest.mark.parametrize(
    ("asked", "said"),
    [("3f0c", "2 ids begin so"), ("ffff", "nobody here"), ("3f", "at least its first four")],
)
def test_an_id_must_be_clear(db: Path, asked: str, said: str) -> None:
    shown = run("plan", asked, "--db", db)
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert said in shown.stderr


def test_a_whole_id_that_is_not_here(db: Path) -> None:
    shown = run("progress", "00000000-0000-4000-8000-000000000001", "--db", db, "--json")
    assert shown.exit_code == 1
    assert json.loads(shown.stderr)["error"] == "not-found"


def test_a_missing_store_is_not_made(tmp_path: Path) -> None:
    shown = run("list", "--db", tmp_path / "nothing.db")
    assert shown.exit_code == 1
    assert "no such file" in shown.stderr
    assert list(tmp_path.iterdir()) == []


def test_another_file_is_not_a_store_and_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear reader")
    for words in (("list", "--db", file), ("demo", "--db", file), ("demo", "--fresh", "--db", file)):
        assert run(*words).exit_code == 1
    assert file.read_text() == "Dear reader"


@pytest.mark.parametrize(
    "words",
    [
        ("--known-at", "yesterday"),
        ("--known-at", "2021-01-01T00:00:00"),
        ("--valid-on", "01-02-2021"),
        ("--valid-on", "2021-02-30"),
    ],
)
def test_a_day_or_moment_that_cannot_be_is_wrong_usage(db: Path, words: tuple[str, str]) -> None:
    assert run("progress", "8a4b", "--db", db, *words).exit_code == 2


def test_the_demo_records_the_pilots_and_shows_the_figures(tmp_path: Path) -> None:
    db = tmp_path / "pilots.db"
    shown = run("demo", "--db", db)
    assert shown.exit_code == 0
    assert "95 participants (factsheet: 95)" in shown.stdout
    assert "+0.88  84      +0.88" in shown.stdout
    assert "+0.41  84      +0.41" in shown.stdout
    assert "The people are made up." in shown.stdout
    again = run("demo", "--db", db)
    assert again.exit_code == 1
    assert "--fresh" in again.stderr
