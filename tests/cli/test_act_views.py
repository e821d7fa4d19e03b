"""The views of somebody under the Wet inburgering 2021, as a case manager reads them in 80 columns."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import attrs
import pytest

import zroute_core
from tests.cli.running import on_a_screen
from zroute_core import Actor
from zroute_core.adapters.converter import to_plain
from zroute_core.domain.act import DutyEndReason, Instance, LiteracyNeed, Route
from zroute_core.domain.decisions import (
    AnnulPip,
    AssignGuide,
    AttendActivity,
    AttendLesson,
    AttendPvtSession,
    Command,
    DecidePip,
    EndDuty,
    ExtendTerm,
    HoldIntake,
    MoveToMunicipality,
    NotifyDuty,
    OpenTrajectory,
    RevokePip,
)
from zroute_core.domain.values import Guide, IntakePart, Regime, TargetGroup
from zroute_core.pilots import PROGRAMMES
from zroute_core.read_models.signals import By
from zroute_core.testing.clock import TickingClock
from zroute_core.testing.samples import ACTIVITY, COMMAND_SAMPLES, LESSON, NOTICE, PIP_DAY, START

ME = Actor("case-director-2", "z-route")
MOVED, FAMILY, WAITING, PILOT = (UUID(int=number << 96 | 1) for number in (0xAAAA, 0xBBBB, 0xCCCC, 0xDDDD))
DAY = date(2025, 6, 1)
VERBS = ("obligations", "hours", "progress", "plan")


def opened(notice: date, group: TargetGroup) -> tuple[Command, ...]:
    return (
        OpenTrajectory(notice, "0392", group, Regime.WI2021),
        NotifyDuty(notice, notice),
        HoldIntake(notice, tuple(IntakePart)),
    )


def pip(on: date, key: str, municipality: str = "0392") -> Command:
    need = LiteracyNeed.ILLITERATE
    return DecidePip(on, key, municipality, Route.SELF_RELIANCE, None, need, looked_into=tuple(Route))


def weeks(number: int) -> list[Command]:
    """A lesson of 365 minutes and four hours of work in each week from 22 April 2024 on."""
    told: list[Command] = []
    for week in range(number):
        monday = date(2024, 4, 22) + timedelta(weeks=week)
        told.append(AttendLesson(monday, attrs.evolve(LESSON, key=f"l-{week}", minutes=365)))
        told.append(AttendActivity(monday, attrs.evolve(ACTIVITY, key=f"a-{week}", minutes=240, starts=None)))
    return told


PEOPLE: dict[UUID, tuple[Command, ...]] = {
    MOVED: (
        *opened(NOTICE, TargetGroup.ASYLUM_STATUS_HOLDER),
        AssignGuide(NOTICE, Guide("director-2", "case director")),
        pip(PIP_DAY, "pip-1"),
        *weeks(30),  # up to 11 November 2024
        AttendPvtSession(date(2024, 5, 5), "pvt-1", 360),
        MoveToMunicipality(date(2024, 11, 20), "0153"),
        AttendLesson(date(2024, 11, 21), attrs.evolve(LESSON, key="x", minutes=119)),
        pip(date(2024, 12, 15), "pip-2", "0153"),
        AnnulPip(date(2025, 3, 3), "pip-2", Instance.COURT, "ECLI:NL:RBDHA:2025:1"),
        ExtendTerm(date(2025, 5, 1), date(2027, 10, 16), "A1", True),
    ),
    FAMILY: (
        *opened(NOTICE, TargetGroup.FAMILY_OR_OTHER_MIGRANT),
        pip(PIP_DAY, "pip-1"),
        RevokePip(date(2025, 5, 15), "pip-1", "Made for another person."),
    ),
    WAITING: opened(date(2025, 3, 10), TargetGroup.ASYLUM_STATUS_HOLDER),
    PILOT: (COMMAND_SAMPLES[OpenTrajectory],),
}


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("act") / "act.db"
    with zroute_core.open(f"sqlite:///{path}", clock=TickingClock(datetime(2025, 6, 1, tzinfo=UTC))) as trajectories:
        for participant, commands in PEOPLE.items():
            for command in commands:
                trajectories.handle(participant, command, by=ME)
    return path


run = on_a_screen(columns=80)


def seen(db: Path, *words: object) -> str:
    shown = run(*words, "--db", db, "--valid-on", DAY)
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert max(map(len, shown.stdout.splitlines())) <= 80
    return "\n".join(line.rstrip() for line in shown.stdout.splitlines())


def test_obligations_by_state_with_their_last_day(db: Path) -> None:
    told = seen(db, "obligations", MOVED)
    assert "asylum status holder, self reliance route" in told
    assert "PVT: hours             to be done by 15 October 2027     6 h 00 of 12 h 00" in told
    assert "MAP: themes            to be done by 15 October 2027                0 of 8" in told
    assert "KNM exam               does not apply (route)" in told
    assert "KNM exam: In the Z-route the KNM exam is not required. (R-Z-04)" in told


def test_obligations_that_nobody_knows_yet(db: Path) -> None:
    told = seen(db, "obligations", FAMILY)
    assert "family or other migrant, no route yet" in told
    assert "course hours           not known yet" in told
    assert "participation hours    does not apply (group)" in told
    assert "plan (PIP)             OVERDUE since 19 May 2025" in seen(db, "obligations", WAITING)


def test_obligations_in_the_pilots(db: Path) -> None:
    assert "None: In the pilots there was no duty." in seen(db, "obligations", PILOT)


def test_hours_of_each_municipality(db: Path) -> None:
    """30 lessons of 365 minutes are 10,950: 182 hours and a half. 30 times four hours are 120 hours."""
    told = seen(db, "hours", MOVED)
    assert "Haarlem       2024-03-04  0 h (0)  182 h (10950)   120 h (7200)    6 h (360)" in told
    assert "Enschede      2024-11-20  0 h (0)      1 h (119)        0 h (0)      0 h (0)" in told
    assert "all together              0 h (0)  184 h (11069)   120 h (7200)    6 h (360)" in told
    assert "asked of asylum status holders only" in seen(db, "hours", FAMILY)


def test_progress_shows_the_term_the_forecast_and_the_days_ahead(db: Path) -> None:
    """From 16 April 2024, 411 days are gone; 412 with today. 36,931 course minutes are left: 1,375 days more."""
    told = seen(db, "progress", MOVED)
    assert "Term: 16 April 2024 to 15 October 2027, extended 1 time\n  411 days gone, 867 days left" in told
    assert "course: 3 h 08 a week, done on 7 March 2029" in told
    assert "NOT within the term" in told
    assert "16 October 2025: last day to switch to another route" in told
    assert "15 October 2027: last day of the term" in told
    assert "Term:" not in seen(db, "progress", PILOT)


def test_progress_after_the_duty_ended(db: Path, tmp_path: Path) -> None:
    path = tmp_path / "ended.db"
    with zroute_core.open(f"sqlite:///{path}") as trajectories:
        for command in (*PEOPLE[FAMILY][:4], EndDuty(date(2025, 5, 1), DutyEndReason.OTHER)):
            trajectories.handle(FAMILY, command, by=ME)
    assert "the duty ended on 1 May 2025" in seen(path, "progress", FAMILY)
    assert "does not apply (duty ended)" in seen(path, "obligations", FAMILY)


def test_plan_shows_each_pip_and_what_became_of_it(db: Path) -> None:
    told = seen(db, "plan", MOVED)
    assert "PIP pip-1 of 15 April 2024 (self reliance route, Haarlem): in force since 3\nMarch 2025" in told
    assert "annulled since 3\nMarch 2025 (court, ECLI:NL:RBDHA:2025:1)" in told
    assert "No PIP is in force." in seen(db, "plan", FAMILY)


def test_caseload_the_most_urgent_first(db: Path) -> None:
    told = seen(db, "caseload")
    assert "4 of 4 whose trajectory runs" in told
    assert told.index("PIP overdue: it was due on 19 May 2025, 13 days ago") < told.index("no PIP in force since 15")
    assert f"{MOVED}  Enschede, director-2\n  falling behind: at this pace done on" in told
    assert "practice and no law" in " ".join(told.split())


def test_signals_of_a_period(db: Path) -> None:
    told = seen(db, "signals", "--from", "2024-11-01", "--to", "2025-06-01")
    assert "duty 1, pip decided 1, pip fell 2, term extended 1, moved 1, late" in told
    assert "2024-11-20  0000aaaa  Moved: municipality 0153 goes on. (recorded 2025-06-01)" in told
    assert "Written down more than 30 days after it was so:" in told
    nothing = seen(db, "signals", "--from", "2024-11-01", "--to", "2024-12-01", "--by", "recorded")
    assert "Nothing that somebody must act on or know." in nothing


@pytest.mark.parametrize("who", [MOVED, FAMILY, WAITING, PILOT])
@pytest.mark.parametrize("verb", VERBS)
def test_a_view_of_somebody_as_json_is_the_view(db: Path, verb: str, who: UUID) -> None:
    shown = run(verb, who, "--db", db, "--valid-on", DAY, "--json")
    with zroute_core.open(f"sqlite:///{db}", programme=PROGRAMMES) as trajectories:
        answer = getattr(trajectories, verb)(who, valid_on=DAY)
    assert json.loads(shown.stdout) == json.loads(json.dumps(to_plain(answer)))


def test_a_view_of_all_as_json_is_the_view(db: Path) -> None:
    caseload = json.loads(run("caseload", "--db", db, "--valid-on", DAY, "--json").stdout)
    period = ("--from", START, "--to", DAY, "--by", "recorded")
    signals = json.loads(run("signals", *period, "--db", db, "--valid-on", DAY, "--json").stdout)
    with zroute_core.open(f"sqlite:///{db}", programme=PROGRAMMES) as trajectories:
        assert caseload == json.loads(json.dumps(to_plain(trajectories.caseload(valid_on=DAY))))
        answer = trajectories.signals(START, DAY, by=By.RECORDED, valid_on=DAY)
    assert signals == json.loads(json.dumps(to_plain(answer)))
    assert caseload["cases"][0]["reasons"][0]["concern"] == "pip-overdue"
    assert signals["counts"]["pip-fell"] == 2


@pytest.mark.parametrize("verb", ["obligations", "hours"])
def test_before_somebody_was_known_there_is_no_view(db: Path, verb: str) -> None:
    shown = run(verb, MOVED, "--db", db, "--known-at", "2025-01-01T00:00:00Z")
    assert shown.exit_code == 1
    assert "not-found" in shown.stderr


def test_a_period_has_two_days(db: Path) -> None:
    assert run("signals", "--from", "2024-11-01", "--db", db).exit_code == 2
    backwards = run("signals", "--from", "2024-11-02", "--to", "2024-11-01", "--db", db)
    assert (backwards.exit_code, "invalid-date" in backwards.stderr) == (1, True)
