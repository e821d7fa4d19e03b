"""Bad input, by number: on every store a typed error that names field or rule, nothing stored, nothing told, and the
store usable afterwards.

The letters are groups: A numbers, B the order of a trajectory, C days and times, D text, E identifiers, F commands
sent again, N who acts. Numbers that are missing speak of facts that this library does not have (yet): language levels
and completion (B20, B21, B25), birth dates (B31, C18), names and BSNs (E01-E11) and exports (D16). C02 and C03 speak of
a local time that does not exist or exists twice: a lesson keeps the time as it stood on the clock and is never turned
into a moment, so neither matters to it.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

import zroute_core
from tests.adapters.databases import database
from zroute_core.adapters.codec import read_json
from zroute_core.adapters.converter import from_plain, to_plain
from zroute_core.domain.decisions import (
    Absent,
    AttendLesson,
    CorrectFact,
    EndInternship,
    EndTrajectory,
    HoldGroupLesson,
    HoldIntake,
    OpenTrajectory,
    RecordAssessment,
    StartInternship,
)
from zroute_core.domain.events import LessonAttended
from zroute_core.domain.national import PILOT
from zroute_core.domain.values import (
    AbsenceReason,
    Component,
    EndReason,
    IntakePart,
    Internship,
    Lesson,
    Modality,
    Moment,
    Regime,
    Score,
    TargetGroup,
)
from zroute_core.errors import (
    CommandIdReused,
    InvalidDate,
    InvalidDuration,
    InvalidIdentifier,
    InvalidInput,
    InvalidMunicipalityCode,
    InvalidNumber,
    InvalidText,
    MissingActor,
    NotFound,
    RuleViolation,
    TextTooLong,
    WrongExpectedVersion,
    ZRouteError,
)
from zroute_core.kernel.log import Actor
from zroute_core.testing.samples import GOAL
from zroute_core.trajectories import Receipt, Trajectories

TODAY = datetime(2026, 6, 15, 12, tzinfo=UTC)
INTAKE_DAY = date(2026, 3, 1)
DAY = date(2026, 6, 10)
ME = Actor("teacher-7", "z-route")
CANARY = "Canary-Fatima-9999"
"""Stands in everything that is typed; no error, log record or warning may repeat it."""


class Standing:
    """A clock that stands on the day of the catalogue."""

    def now(self) -> datetime:
        return TODAY


class Case:
    """A fresh participant in a store that others use too; it remembers where the log ended before its last deed."""

    def __init__(self, door: Trajectories) -> None:
        self.door = door
        self.end = 0
        self.one = uuid4()
        self.open(self.one)
        self.do(HoldIntake(INTAKE_DAY, tuple(IntakePart), (GOAL,)))

    def open(self, one: UUID, municipality: Any = "0392") -> None:
        opened = OpenTrajectory(date(2024, 1, 2), municipality, TargetGroup.FAMILY_OR_OTHER_MIGRANT, Regime.PILOT)
        self.do(opened, one=one)

    def do(self, command: Any, **how: Any) -> Receipt:
        self.stored_since()
        if isinstance(command, HoldGroupLesson):
            return self.door.handle_together(command, by=ME)
        return self.door.handle(how.pop("one", self.one), command, by=how.pop("by", ME), **how)

    def stored_since(self) -> list[object]:
        """What the log holds since this was asked last."""
        log: list[object] = []
        while page := self.door._store.read_all(after=self.end):  # pyright: ignore[reportPrivateUsage]
            log.extend(page)
            self.end = page[-1].position
        return log

    def record(self, on: Any = DAY, **changes: Any) -> Receipt:
        """A lesson recorded with values as a program has them."""
        return self.do(AttendLesson(on, Lesson(**{**LESSON, **changes})))

    def record_plain(self, on: Any = "2026-06-10", **changes: Any) -> Receipt:
        """The same as it comes in by JSON."""
        lesson = {**to_plain(Lesson(**LESSON)), **changes}
        return self.do(from_plain({"on": on, "lesson": lesson}, AttendLesson))


LESSON: dict[str, Any] = {
    "key": f"L1-{CANARY}",
    "component": Component.LANGUAGE,
    "minutes": 120,
    "provider": f"school {CANARY}",
    "modality": Modality.IN_CLASS,
}


@pytest.fixture(scope="module", params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def door(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trajectories]:
    urls: dict[str, Callable[[], str]] = {
        "memory": lambda: "memory:",
        "sqlite": lambda: f"sqlite:///{tmp_path_factory.mktemp('bad') / 'zroute.db'}",
        "postgresql": lambda: database(request.getfixturevalue("postgres_url")).url,
    }
    with zroute_core.open(urls[request.param](), programme=PILOT, clock=Standing()) as made:
        yield made


@pytest.fixture
def case(door: Trajectories) -> Case:
    return Case(door)


Deed = Callable[[Case], object]

REJECTED: list[tuple[str, Deed, type[ZRouteError], str]] = []
"""Number, deed, error, and the field or rule it names."""

MINUTES: list[tuple[str, Any, type[ZRouteError]]] = [
    ("A01", -60, InvalidDuration),
    ("A02", 0, InvalidDuration),
    ("A03", 1500, InvalidDuration),
    ("A05", 90.5, InvalidNumber),
    ("A06", float("nan"), InvalidNumber),
    ("A07", float("inf"), InvalidNumber),
    ("A09", True, InvalidNumber),
    ("A10", "90", InvalidNumber),
    ("A12", 10**4999, InvalidDuration),
    ("A13", 2**63, InvalidDuration),
    ("A16", None, InvalidNumber),
]
TEXTS: list[tuple[str, Any, type[ZRouteError]]] = [
    ("D01", "", InvalidText),
    ("D02", "   ", InvalidText),
    ("D04", f"{CANARY}\u202eB", InvalidText),
    ("D06", f"{CANARY}\x00B", InvalidText),
    ("D07", f"{CANARY}\nB", InvalidText),
    ("D09", f"{CANARY}\ud800", InvalidText),
    ("D10", CANARY * 600_000, TextTooLong),
    ("D21", {"_type_": CANARY, "_data_": 1}, InvalidText),
    ("D23", b"\xff\xfeA", InvalidText),
]


def recording(field: str, value: Any) -> Deed:
    return lambda case: case.record(**{field: value})


def recording_plain(field: str, value: Any) -> Deed:
    return lambda case: case.record_plain(**{field: value})


for field, cases in (("minutes", MINUTES), ("theme", TEXTS)):
    for number, value, error in cases:
        REJECTED.append((number, recording(field, value), error, field))
        REJECTED.append((f"{number}-json", recording_plain(field, value), error, field))


def clashing(case: Case) -> Receipt:
    case.record_plain(starts="10:00")
    return case.record_plain(key=f"L2-{CANARY}", starts="11:00")


def internship(key: str, on: date) -> StartInternship:
    return StartInternship(on, Internship(key, Component.WORK_INTERNSHIP, f"garden {CANARY}", "Agros"))


def ended_before_it_began(case: Case) -> Receipt:
    case.do(internship("i-1", date(2026, 5, 1)))
    return case.do(EndInternship(date(2026, 4, 30), "i-1", EndReason.COMPLETED))


def twice_at_one_host(case: Case) -> Receipt:
    case.do(internship("i-1", date(2026, 5, 1)))
    return case.do(internship("i-2", date(2026, 6, 1)))


def scored(instrument: str, domain: str, score: int) -> RecordAssessment:
    return RecordAssessment(DAY, instrument, "2020", Moment.T0, (Score(domain, score),))


def without_intake(case: Case) -> Receipt:
    one = uuid4()
    case.open(one)
    return case.do(AttendLesson(DAY, Lesson(**LESSON)), one=one)


def with_another_outcome(case: Case) -> Receipt:
    case.record()
    return case.record(minutes=90)


def after_the_end(case: Case) -> Receipt:
    case.do(EndTrajectory(date(2026, 6, 1), EndReason.COMPLETED))
    return case.record()


def same_id_other_payload(case: Case) -> Receipt:
    command_id = uuid4()
    lesson = Lesson(**LESSON)
    case.do(AttendLesson(DAY, lesson), command_id=command_id)
    return case.do(AttendLesson(DAY, Lesson(**{**LESSON, "key": "L9"})), command_id=command_id)


def third_of_three_unknown(case: Case) -> Receipt:
    other, lesson = Case(case.door), Lesson(**LESSON)
    people = (Absent(uuid4(), AbsenceReason.ILL),)
    return case.do(HoldGroupLesson(DAY, lesson, (case.one, other.one), people))


def never_recorded(case: Case) -> Receipt:
    return case.do(CorrectFact(DAY, uuid4(), case.door.history(case.one)[0].event, CANARY))  # type: ignore[arg-type]


REJECTED += [
    ("B01", without_intake, RuleViolation, "intake-first"),
    ("B02", lambda case: case.record(date(2026, 2, 27)), RuleViolation, "intake-first"),
    ("B03", lambda case: case.record(date(2026, 6, 16)), RuleViolation, "not-in-the-future"),
    ("B05", with_another_outcome, RuleViolation, "counts-once"),
    ("B08", clashing, RuleViolation, "no-overlap"),
    ("B10", ended_before_it_began, RuleViolation, "internship-period"),
    ("B11", lambda case: case.do(EndInternship(DAY, CANARY, EndReason.MOVED)), RuleViolation, "internship-period"),
    ("B12", twice_at_one_host, RuleViolation, "one-internship-a-host"),
    ("B14", lambda case: case.do(scored("pilot-self-reliance", "finances", 0)), RuleViolation, "on-its-scale"),
    ("B15", lambda case: case.do(scored("pilot-self-reliance", "finances", 6)), RuleViolation, "on-its-scale"),
    ("B16", lambda case: case.do(scored("pilot-language", "speaking", 5)), RuleViolation, "on-its-scale"),
    ("B17", lambda case: case.do(scored(CANARY, "speaking", 3)), RuleViolation, "on-its-scale"),
    ("B18", lambda case: case.do(scored("pilot-language", "", 3)), InvalidText, "domain"),
    ("B23", after_the_end, RuleViolation, "not-after-ending"),
    ("B27", lambda case: case.open(case.one, "0753"), RuleViolation, "opens-once"),
    ("B28", lambda case: case.do(AttendLesson(DAY, Lesson(**LESSON)), one=uuid4()), NotFound, "participant"),
    ("B29", never_recorded, NotFound, "fact"),
    ("C01", lambda case: case.door.progress(case.one, known_at=datetime(2026, 6, 10, 10)), InvalidDate, "known_at"),  # noqa: DTZ001
    ("C05", lambda case: case.record_plain("2026-02-30"), InvalidDate, "on"),
    ("C08", lambda case: case.record_plain("20260610"), InvalidDate, "on"),
    ("C09", lambda case: case.record_plain("10-06-2026"), InvalidDate, "on"),
    ("C10", lambda case: case.record_plain(starts="24:00"), InvalidDate, "starts"),
    ("C12", lambda case: case.record_plain("2026-06-10T10:00:00+99:00"), InvalidDate, "on"),
    ("C13", lambda case: case.record_plain("0001-01-01"), InvalidDate, "on"),
    ("C14", lambda case: case.record_plain("9999-12-31"), RuleViolation, "not-in-the-future"),
    ("C15", lambda case: case.record_plain(starts="23:30", minutes=60), InvalidDuration, "starts"),
    ("C20", lambda case: case.record(datetime(2026, 6, 10, tzinfo=UTC)), InvalidDate, "on"),
    ("E12", lambda case: case.open(uuid4(), "9999"), InvalidMunicipalityCode, "municipality"),
    ("E13", lambda case: case.open(uuid4(), "363"), InvalidMunicipalityCode, "municipality"),
    ("E16", lambda case: case.do(AttendLesson(DAY, Lesson(**LESSON)), one=CANARY), InvalidIdentifier, "participant"),
    ("E18", lambda case: case.door.history(UUID(int=0)), InvalidIdentifier, "participant"),
    ("E19", lambda case: case.door.history("../../etc/passwd"), InvalidIdentifier, "participant"),  # type: ignore[arg-type]
    ("F02", same_id_other_payload, CommandIdReused, ""),
    ("F04", lambda case: case.do(AttendLesson(DAY, Lesson(**LESSON)), expected_version=1), WrongExpectedVersion, ""),
    ("F05", lambda case: case.do(AttendLesson(DAY, Lesson(**LESSON)), expected_version=9), WrongExpectedVersion, ""),
    ("F06", lambda case: case.do(AttendLesson(DAY, Lesson(**LESSON)), expected_version=-1), InvalidNumber, "version"),
    ("F07", lambda case: case.do(AttendLesson(DAY, Lesson(**LESSON)), command_id=""), InvalidIdentifier, "command_id"),
    ("F15", third_of_three_unknown, NotFound, "participant"),
    ("N01", lambda case: case.do(AttendLesson(DAY, Lesson(**LESSON)), by=None), MissingActor, "by"),
    ("extra", lambda case: case.record_plain(is_admin=CANARY), InvalidInput, "lesson"),
    ("missing", lambda case: case.do(from_plain({"on": "2026-06-10"}, AttendLesson)), InvalidInput, "lesson"),
]  # fmt: skip


def told(error: BaseException | None) -> str:
    """Everything that the error and what it hangs on say."""
    if error is None:
        return ""
    return f"{error!s} {error!r} {error.args!r} {told(error.__context__)} {told(error.__cause__)}"


@pytest.mark.parametrize(("number", "deed", "error", "names"), REJECTED, ids=[number for number, *_ in REJECTED])
def test_it_is_refused_by_name_and_leaves_nothing(
    case: Case,
    number: str,
    deed: Deed,
    error: type[ZRouteError],
    names: str,
    caplog: pytest.LogCaptureFixture,
    recwarn: pytest.WarningsRecorder,
) -> None:
    caplog.set_level(logging.DEBUG)
    case.stored_since()
    with pytest.raises(ZRouteError) as caught:
        deed(case)
    assert type(caught.value) is error
    assert caught.value.code
    if isinstance(caught.value, RuleViolation):
        assert caught.value.rules == (names,)
    elif names:
        assert str(caught.value.field).endswith(names)
    assert case.stored_since() == []
    silent = told(caught.value) + caplog.text + " ".join(str(warning.message) for warning in recwarn)
    assert CANARY not in silent
    assert not any("Canary" in str(argument) for argument in caught.value.args)
    fresh = Case(case.door)
    assert len(fresh.record().facts) == 1
    assert fresh.door.progress(fresh.one).attended == 1


ACCEPTED: list[tuple[str, Deed]] = [
    ("B06", lambda case: (Case(case.door).record(), case.record())[1]),
    ("C06", lambda case: attended_on_29_february(case)),
    ("D14", lambda case: case.record_plain(theme="'; DROP TABLE stored_events;--")),
    ("D17", lambda case: case.record_plain(theme="O")),
    ("D19", lambda case: case.record_plain(theme="\u0645\u062d\u0645\u062f")),
    ("whole day", lambda case: case.record_plain(minutes=1440)),
]


def attended_on_29_february(case: Case) -> Receipt:
    case.do(HoldIntake(date(2024, 1, 2), tuple(IntakePart)))
    return case.record_plain("2024-02-29")


@pytest.mark.parametrize(("number", "deed"), ACCEPTED, ids=[number for number, _ in ACCEPTED])
def test_what_only_looks_odd_is_taken(case: Case, number: str, deed: Deed) -> None:
    receipt = deed(case)
    assert isinstance(receipt, Receipt)
    assert case.door.history(case.one)[-1] == receipt.facts[0]


def test_d12_text_is_stored_composed(case: Case) -> None:
    case.record_plain(theme="Zoe\u0308")
    attended = case.door.history(case.one)[-1]
    assert isinstance(attended.event, LessonAttended)
    assert attended.event.lesson.theme == "Zo\u00eb"
    assert "Zo\u00eb".encode() in attended.envelope.payload


def test_f01_sent_again_it_is_a_replay(case: Case) -> None:
    command_id, attend = uuid4(), AttendLesson(DAY, Lesson(**LESSON))
    first = case.do(attend, command_id=command_id)
    assert case.do(attend, command_id=command_id).facts == first.facts
    assert len(case.door.history(case.one)) == 3


@pytest.mark.parametrize(
    "text",
    [
        '{"minutes": NaN}',
        '{"minutes": Infinity}',
        '{"minutes": 1, "minutes": 9}',
        '{"minutes": ' + "9" * 5000 + "}",
        "[" * 100_000 + "]" * 100_000,
        '{"minutes": 90',
        '{"minutes": 90} x',
        "",
        b"\xff\xfe",
        " " * 300_000,
    ],
    ids=range(10),
)
def test_json_that_leaves_a_doubt_is_not_read(text: str | bytes) -> None:
    with pytest.raises(InvalidInput):
        read_json(text)


def test_importing_data_imports_no_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name of a module in the data is a text like any other."""
    (tmp_path / "evil_zroute.py").write_text("raise SystemExit")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(InvalidInput):
        from_plain({"tag": "evil_zroute:Event", "fact": {}}, CorrectFact)
