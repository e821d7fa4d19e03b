"""`zroute findings`, `zroute diff` and `zroute why`: what an auditor asks, at the command line."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import attrs
import pytest
from click.testing import Result

import zroute_core
from tests.cli.running import on_a_screen
from zroute_core import Actor
from zroute_core.adapters.converter import to_plain
from zroute_core.audit import VIEWS
from zroute_core.cli.auditing import UNDER
from zroute_core.domain.act import DispensationGround, DispensationKind, LiteracyNeed, Route, Sanction
from zroute_core.domain.decisions import (
    AttendLesson,
    Command,
    CorrectFact,
    DecidePip,
    GrantDispensation,
    HoldIntake,
    OpenTrajectory,
    OverrideRule,
    ProposeSanction,
)
from zroute_core.domain.events import LessonAttended
from zroute_core.domain.values import IntakePart, Regime, TargetGroup
from zroute_core.pilots import PROGRAMMES
from zroute_core.read_models.why import Question
from zroute_core.testing.clock import TickingClock
from zroute_core.testing.samples import LESSON, SOMEBODY

ME = Actor("case-director-3", "z-route")
OPENING = date(2022, 3, 1)
PIP_DAY = date(2022, 4, 4)
LESSON_DAY = date(2022, 9, 12)
CORRECTED = date(2024, 1, 8)
FINE_DAY = date(2025, 6, 2)
SWITCH_DAY = date(2025, 11, 3)
TODAY = "2026-03-02"


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """One asylum status holder under the act: capped, corrected, proposed a fine, and switched late by exception."""
    path, clock = tmp_path / "act.db", TickingClock()
    lesson = attrs.evolve(LESSON, starts=None)
    pip = DecidePip(PIP_DAY, "pip-1", "0392", Route.SELF_RELIANCE, None, LiteracyNeed.ILLITERATE, None, tuple(Route))
    with zroute_core.open(f"sqlite:///{path}", clock=clock) as trajectories:

        def write(day: date, *commands: Command) -> None:
            clock.turn_to(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
            for one in commands:
                trajectories.handle(SOMEBODY, one, by=ME)

        write(
            OPENING,
            OpenTrajectory(OPENING, "0392", TargetGroup.ASYLUM_STATUS_HOLDER, Regime.WI2021),
            HoldIntake(OPENING, tuple(IntakePart), ()),
        )
        write(PIP_DAY, pip)
        write(LESSON_DAY, AttendLesson(LESSON_DAY, lesson))
        told = trajectories.history(SOMEBODY)[-1].event_id
        write(
            date(2023, 3, 6),
            GrantDispensation(date(2023, 3, 6), DispensationKind.PARTIAL, DispensationGround.MEDICAL, 300),
        )
        shorter = LessonAttended(LESSON_DAY, attrs.evolve(lesson, minutes=90))
        write(CORRECTED, CorrectFact(CORRECTED, told, shorter, "the attendance list says 90"))
        write(FINE_DAY, ProposeSanction(FINE_DAY, "fine-1", Sanction.LATENESS_FINE, 340, "late"))
        write(
            SWITCH_DAY,
            OverrideRule(SWITCH_DAY, "switch-within-18-months", "new facts"),
            attrs.evolve(pip, on=SWITCH_DAY, pip="pip-2", route=Route.B1),
        )
    return path


run = on_a_screen(columns=80)


def flat(shown: Result) -> str:
    """What it says, wherever its lines were cut."""
    assert shown.exit_code == 0, shown.output
    assert max(map(len, shown.stdout.splitlines())) <= 80
    assert "\x1b" not in shown.stdout
    return " ".join(shown.stdout.split())


def asked(db: Path, *words: object) -> Result:
    return run(*words, "--db", db)


# ── findings ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_findings_name_fact_rule_source_and_what_they_weigh(db: Path) -> None:
    said = flat(asked(db, "findings", "8a4b", "--valid-on", TODAY))
    assert "on 2 March 2026, by the rules as known on 2 March 2026" in said
    assert "8 facts judged: 2 findings" in said
    assert "advisory: An earlier fine of an asylum status holder for being late must be reconsidered too." in said
    assert "binding, exception made: A switch to another route" in said
    assert "reason of the exception: new facts" in said
    assert "Raad van State 18 February 2026 [V]" in said


def test_findings_by_an_earlier_rulebook(db: Path) -> None:
    said = flat(asked(db, "findings", "8a4b", "--valid-on", FINE_DAY, "--rulebook", "2026-02-17"))
    assert "6 facts judged: nothing" in said


def test_findings_under_another_programme(db: Path) -> None:
    said = flat(asked(db, "findings", "8a4b", "--valid-on", OPENING, "--programme", "pilot"))
    assert "opens-once" in said
    assert "binding: A trajectory is opened once" in said


def test_findings_of_everybody_are_counted(db: Path) -> None:
    said = flat(asked(db, "findings", "--all", "--valid-on", TODAY))
    assert "n = 1 (Wet inburgering 2021, Z-route 1)" in said
    assert "earlier-lateness-fines-reconsidered 1 0 1 Haarlem 1 0 1" in said
    assert "0 with a finding" in flat(asked(db, "findings", "--all", "--valid-on", FINE_DAY))


@pytest.mark.parametrize("words", [[], ["8a4b", "--all"]])
def test_findings_are_of_somebody_or_of_all(db: Path, words: list[str]) -> None:
    assert asked(db, "findings", *words).exit_code == 2


# ── diff ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_diff_names_the_correction_that_made_it_so(db: Path) -> None:
    on = ("--valid-before", "2023-06-01", "--valid-after", "2023-06-01")
    shown = asked(db, "diff", "8a4b", "--known-before", "2023-06-01T00:00:00Z", *on)
    said = flat(shown)
    assert "before: as known at 2023-06-01 00:00:00+00:00, on 1 June 2023" in said
    assert "categories[course].minutes 120 90" in said
    assert "2022-09-12 was corrected (-30 minutes)" in said
    assert "Reason: the attendance list says 90" in said
    assert "2024-01-08 12:00 UTC by case-director-3" in said


def test_diff_names_what_happened_and_the_rules_that_came(db: Path) -> None:
    said = flat(
        asked(
            db, "diff", "8a4b", "--view", "findings", "--valid-before", FINE_DAY, "--valid-after", FINE_DAY,
            "--rulebook-after", TODAY,
        )
    )  # fmt: skip
    assert "rules as known on 2 March 2026" in said
    assert "earlier-lateness-fines-reconsidered: speaks only after" in said
    assert "no-lateness-fine-on-asylum" not in said  # it began after the day that is looked at
    assert "Facts that differ" not in said


def test_diff_of_a_target_names_the_dispensation(db: Path) -> None:
    said = flat(asked(db, "diff", "8a4b", "--valid-before", "2023-03-05", "--valid-after", "2023-03-06"))
    assert "categories[participation].target 48000 18000" in said
    assert "2023-03-06 happened in between + Partial dispensation granted (MED), at most 300 hours" in said


def test_diff_of_the_same_point_says_that_nothing_differs(db: Path) -> None:
    on = ("--valid-before", FINE_DAY, "--valid-after", FINE_DAY)
    assert "Nothing differs." in flat(asked(db, "diff", "8a4b", *on))


def test_diff_of_a_view_that_has_no_use_for_the_facts(db: Path) -> None:
    on = ("--known-before", "2025-06-01T00:00:00Z", "--valid-before", FINE_DAY, "--valid-after", FINE_DAY)
    said = flat(asked(db, "diff", "8a4b", "--view", "plan", *on))
    assert "No field of this view differs." in said
    assert "had happened, and was not yet written down" in said


# ── why ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_why_shows_what_each_fact_adds_and_the_rules(db: Path) -> None:
    said = flat(asked(db, "why", "8a4b", "participation-target", "--valid-on", "2025-10-01"))
    assert "target of participation hours on 1 October 2025: 300 h 00" in said
    assert "+800 h 00 800 h 00" in said
    assert "-500 h 00 300 h 00" in said
    assert "R-Z-02: An asylum status holder follows 800 course hours" in said
    assert "R-Z-10: A partial dispensation may lower" in said
    assert "https://wetten.overheid.nl/jci1.3:c:BWBR0045555&artikel=3.14" in said


def test_why_nothing_is_asked_in_another_route(db: Path) -> None:
    said = flat(asked(db, "why", "8a4b", "participation-target", "--valid-on", TODAY))
    assert "target of participation hours on 2 March 2026: 0 h 00" in said
    assert "-300 h 00 0 h 00" in said
    assert "The hours of the Z-route are asked only while the PIP is for the Z-route." in said


def test_why_of_a_day_shows_what_it_was_after_each_fact(db: Path) -> None:
    said = flat(asked(db, "why", "8a4b", "term-until", "--valid-on", TODAY))
    assert "first day after the term on 2 March 2026: 5 April 2025" in said
    assert "R-TERM-03: Its first day does not move" in said
    assert "PIP in force on 2 March 2026: pip-2" in flat(asked(db, "why", "8a4b", "pip-in-force", "--valid-on", TODAY))


def test_why_marks_what_was_corrected_and_says_when_there_is_nothing(db: Path) -> None:
    assert "(corrected)" in flat(asked(db, "why", "8a4b", "course-minutes", "--valid-on", TODAY))
    assert "No fact has changed it." in flat(asked(db, "why", "8a4b", "participation-minutes", "--valid-on", TODAY))


def test_why_of_a_pace_shows_its_parts(db: Path) -> None:
    said = flat(asked(db, "why", "8a4b", "course-pace", "--valid-on", "2023-03-01"))
    assert "minutes left: 798 h 30" in said
    assert "weeks left:" in said


def test_the_help_of_why_names_every_question() -> None:
    shown = run("why", "--help").stdout
    assert all(one.value in shown.split() for one in Question)
    assert run("why", "8a4b", "weather").exit_code == 2


# ── for machines ─────────────────────────────────────────────────────────────────────────────────────────────


def test_json_is_the_answer_itself(db: Path) -> None:
    known = date.fromisoformat(TODAY)
    with zroute_core.open(f"sqlite:///{db}", programme=PROGRAMMES) as trajectories:
        found = trajectories.audit.findings(SOMEBODY, valid_on=known)
        why = trajectories.audit.why(SOMEBODY, Question.PARTICIPATION_LEFT, valid_on=known)
        table = trajectories.audit.findings_of_all(valid_on=known)
    for words, answer in (
        (["findings", "8a4b"], found),
        (["why", "8a4b", "participation-left"], why),
        (["findings", "--all"], table),
    ):
        shown = asked(db, *words, "--valid-on", TODAY, "--json")
        assert json.loads(shown.stdout) == json.loads(json.dumps(to_plain(answer)))


@pytest.mark.parametrize("view", VIEWS)
def test_a_diff_of_every_view_is_json(db: Path, view: str) -> None:
    words = ("--known-before", "2023-01-01T00:00:00Z", "--valid-after", TODAY, "--json")
    told = json.loads(asked(db, "diff", "8a4b", "--view", view, *words).stdout)
    assert told["before"]["day"] == "2023-01-01"
    assert told["facts"][0]["cause"] == "corrected"
    assert told["facts"][0]["before"]["minutes"] == 120
    assert {"fields", "rules", "amounts"} <= set(told)


def test_what_the_library_refuses_is_an_error_of_one_line(db: Path) -> None:
    shown = asked(db, "findings", "8a4b", "--known-at", "2021-01-01T00:00:00Z", "--json")
    assert shown.exit_code == 1
    assert json.loads(shown.stderr)["error"] == "not-found"


def test_every_programme_of_the_library_can_be_chosen() -> None:
    assert {"pilot", "wi2021", "haarlem", "midden-groningen"} <= set(UNDER)
