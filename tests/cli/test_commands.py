"""The command-line door."""

import json
import re
import sys
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner

import zroute_core
from tests.cli.running import as_a_program, on_a_screen
from zroute_core import Actor
from zroute_core.adapters.converter import to_plain
from zroute_core.cli import main
from zroute_core.cli.commands import zroute
from zroute_core.cli.demo import as_called
from zroute_core.domain.decisions import (
    AdoptPlan,
    AssignGuide,
    AttendLesson,
    EndTrajectory,
    HandInHomework,
    HoldIntake,
    MatchLanguageBuddy,
    OpenTrajectory,
    RecordAssessment,
)
from zroute_core.domain.values import (
    Agreement,
    Component,
    EndReason,
    Guide,
    LearningGoal,
    PlannedComponent,
    Regime,
    TargetGroup,
)
from zroute_core.pilots import PROGRAMMES
from zroute_core.testing.samples import COMMAND_SAMPLES, DAY, PERSON, SOMEBODY, START

ME = Actor("teacher-7", "z-route")
OTHER = UUID("5d0c2a56-0000-4a55-9f0e-6a0a4d1c7e21")
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


run = on_a_screen(columns=80)


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
    assert "2 h 00; aim 800 h 00, 798 h 00 to go" in shown
    assert "no duty" in shown
    assert "\x1b" not in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_under_the_act_it_is_what_is_left_of_a_requirement(db: Path) -> None:
    opening = OpenTrajectory(START, "0034", TargetGroup.ASYLUM_STATUS_HOLDER, Regime.WI2021)
    with zroute_core.open(f"sqlite:///{db}") as trajectories:
        trajectories.handle(OTHER, opening, by=ME)
    shown = run("progress", OTHER, "--db", db, "--valid-on", START).stdout
    assert "0 h 00 of 800 h 00, 800 h 00 left" in shown
    assert "no duty" not in shown


def test_scores_come_with_their_reading(db: Path) -> None:
    with zroute_core.open(f"sqlite:///{db}") as trajectories:
        trajectories.handle(SOMEBODY, COMMAND_SAMPLES[RecordAssessment], by=ME)
    shown = run("progress", "8a4b", "--db", db, "--valid-on", DAY).stdout
    assert "the last reads as" in shown
    assert "Levels are a reading (" in shown


def test_after_the_end_nothing_is_left_to_do(db: Path) -> None:
    with zroute_core.open(f"sqlite:///{db}") as trajectories:
        trajectories.handle(SOMEBODY, EndTrajectory(DAY, EndReason.MOVED), by=ME)
    shown = run("progress", "8a4b", "--db", db, "--valid-on", date(2021, 7, 1)).stdout
    assert "ended" in shown
    assert "to go" not in shown
    assert "a week" not in shown


def test_a_plan_says_in_words_what_has_no_number(db: Path) -> None:
    lines = (
        PlannedComponent(Component.LANGUAGE, 360, "ROC"),
        PlannedComponent(Component.EXCURSION, 0),
        PlannedComponent(Component.LANGUAGE_BUDDY, 0, "volunteers"),
    )
    agreements = (Agreement("library", "Become a member.", date(2020, 9, 20)), Agreement("call", "Call the school."))
    with zroute_core.open(f"sqlite:///{db}") as trajectories:
        trajectories.handle(SOMEBODY, AdoptPlan(date(2020, 9, 2), (), lines, agreements), by=ME)
        trajectories.handle(SOMEBODY, MatchLanguageBuddy(date(2020, 9, 3), "buddy-1"), by=ME)
        trajectories.handle(SOMEBODY, AssignGuide(date(2020, 9, 3), Guide("coach-1", "work coach")), by=ME)
    shown = run("plan", "8a4b", "--db", db, "--valid-on", date(2021, 7, 1)).stdout
    assert "mean a week since" in shown
    assert "not in the plan" in shown
    assert "no fixed rhythm" in shown
    assert "(2020-09-02)" in shown
    assert "  Become a member.\n    due 20 September 2020: overdue, nobody recorded what became of it\n" in shown
    assert "  Call the school.\n    open\n" in shown
    assert "Fixed contact: work coach, coach-1, since 3 September 2020" in shown
    assert "Language buddy (taalmaatje): buddy-1, since 3 September 2020" in shown


def test_the_fields_of_an_entry_stay_on_one_line(db: Path) -> None:
    shown = run("show", "8a4b", "--db", db).stdout
    fields = [line.strip() for line in shown.splitlines() if line.strip().startswith("{")]
    assert len(fields) == 3
    assert all(json.loads(line) for line in fields)


def test_a_store_of_other_people_is_not_called_made_up(db: Path) -> None:
    assert "made up" not in run("cohort", "--db", db).stdout


def test_what_is_piped_is_not_cut_to_a_width(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    shown = CliRunner().invoke(zroute, ["timeline", "8a4b", "--db", str(db)]).stdout
    assert len(shown.splitlines()) == 5  # whose it is, the head of the table, and three facts


def test_no_color_is_respected_on_a_terminal(db: Path) -> None:
    wanted = {"COLUMNS": "80", "FORCE_COLOR": "1", "NO_COLOR": "1"}
    shown = CliRunner(env=wanted).invoke(zroute, ["progress", "8a4b", "--db", str(db)], color=True).stdout
    assert "course hours" in shown
    assert re.search("\x1b\\[(3[0-9]|4[0-9]|9[0-7])", shown) is None


@pytest.mark.parametrize(
    ("started", "hint"),
    [
        ("{here}/.venv/bin/zroute", ".venv/bin/zroute"),
        (".venv/bin/zroute", ".venv/bin/zroute"),
        ("{here}/zroute", "./zroute"),
        ("/somewhere else/bin/zroute", "'/somewhere else/bin/zroute'"),
        ("/usr/lib/pytest/__init__.py", "zroute"),
    ],
)
def test_a_hint_names_the_command_as_it_was_started(
    started: str, hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", [started.format(here=tmp_path)])
    assert as_called() == hint


def test_on_the_path_the_hint_is_the_bare_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "zroute"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.argv", [str(program)])
    assert as_called() == "zroute"


@pytest.mark.parametrize("library", ["click", "rich"])
def test_without_its_libraries_it_says_how_to_get_them(
    library: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    forget(monkeypatch, library)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert "pip install 'zroute_core[cli]'" in capsys.readouterr().err


def test_another_missing_library_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    forget(monkeypatch, "zroute_core.pilots")
    monkeypatch.setitem(sys.modules, "zroute_core.pilots", None)
    with pytest.raises(ModuleNotFoundError, match=r"zroute_core\.pilots"):
        main()


class Stopped:
    """Whatever is asked of it, Ctrl-C comes first."""

    def __getattr__(self, name: str) -> object:
        raise KeyboardInterrupt

    def __call__(self) -> None:
        raise KeyboardInterrupt


@pytest.mark.parametrize("place", ["zroute_core.cli.commands", "zroute_core.cli.commands.zroute"])
def test_stopped_before_a_verb_began_it_ends_without_a_word(
    place: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if place in sys.modules:
        monkeypatch.setitem(sys.modules, place, Stopped())
    else:
        monkeypatch.setattr(place, Stopped())
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
    assert capsys.readouterr() == ("", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is full")
@pytest.mark.parametrize("words", [("list",), ("list", "--json"), ("timeline", "8a4b")])
def test_an_answer_that_cannot_be_written_is_one_sentence(db: Path, words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full, as_a_program(*words, "--db", db, stdout=full) as program:
        _, said = program.communicate(timeout=300)
    assert program.returncode == 1
    assert said == "the answer could not be written: is there room where it goes?\n"


def forget(monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    """Let the command line and this library be imported anew."""
    for name in [one for one in sys.modules if one.startswith(("zroute_core.cli.", f"{library}."))]:
        monkeypatch.delitem(sys.modules, name)


def test_a_day_before_the_lesson_does_not_know_it(db: Path) -> None:
    assert "0 h 00; aim 800 h 00" in run("progress", "8a4b", "--db", db, "--valid-on", START).stdout


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
    assert "no such store" in shown.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_is_not_made_a_store_by_reading(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    assert run("list", "--db", tmp_path / "empty.db").exit_code == 1
    assert (tmp_path / "empty.db").stat().st_size == 0


def test_only_a_demo_is_replaced_by_a_demo(db: Path) -> None:
    before = db.read_bytes()
    shown = run("demo", "--fresh", "--db", db)
    assert shown.exit_code == 1
    assert "left as it is" in shown.stderr
    assert db.read_bytes() == before


def test_what_people_wrote_is_shown_as_they_wrote_it(db: Path) -> None:
    """Brackets and colons mean something to a terminal library, and nothing to who reads a plan."""
    odd = "Bel [de coach] :smile: [/x] [b]vrijdag[/b]"
    plan = AdoptPlan(DAY, (LearningGoal("g", odd),), (), (Agreement("a", odd),))
    with zroute_core.open(f"sqlite:///{db}") as trajectories:
        trajectories.handle(SOMEBODY, plan, by=ME)
        trajectories.handle(SOMEBODY, AssignGuide(DAY, Guide("c", odd)), by=ME)
        trajectories.handle(SOMEBODY, HandInHomework(DAY, odd), by=ME)
    for verb, how_often in (("plan", 3), ("timeline", 2), ("show", 4)):
        shown = CliRunner(env={"COLUMNS": "200"}).invoke(zroute, [verb, "8a4b", "--db", str(db)]).stdout
        assert shown.count(odd) == how_often, verb


def test_a_view_says_whose_it_is_and_as_known_when(db: Path) -> None:
    for verb in ("progress", "plan", "timeline", "show"):
        shown = run(verb, "8a4b", "--db", db, "--known-at", "2100-01-01T00:00:00Z").stdout
        assert shown.startswith(f"Participant {SOMEBODY}\nas known at 2100-01-01 00:00:00+00:00\n"), verb


def test_a_narrow_terminal_cuts_no_id(db: Path) -> None:
    shown = CliRunner(env={"COLUMNS": "40"}).invoke(zroute, ["list", "--db", str(db)]).stdout
    assert "…" not in shown


def test_a_refusal_begins_with_its_sentence(db: Path) -> None:
    assert run("plan", "ffff", "--db", db).stderr.startswith("ID: nobody here has an id that begins so")


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
    assert max(map(len, shown.stdout.partition("Look further")[0].splitlines())) <= 80
    told = " ".join(run("cohort", "--db", db).stdout.split())
    assert told.index("every day and hour is chosen here") < told.index("all together")
    assert "completed (still there when the pilot ended) 84" in told
    assert "(scale 0-4)" in told
    assert "(scale 1-5)" in told
    places = ["Best", "Midden-Groningen", "Enschede", "Velsen", "Berg en Dal", "Haarlem", "listening", "conversation"]
    table = told[told.index("all together") :]
    assert [table.index(one) for one in places] == sorted(table.index(one) for one in places)
    assert table.count("made up") == 2 * 6 + 5 + 7
    again = run("demo", "--db", db)
    assert again.exit_code == 1
    assert "--fresh" in again.stderr
