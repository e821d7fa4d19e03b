"""What a command may not take away or move: it is remarked, and the record can be put right all the same."""

from datetime import date, timedelta
from pathlib import Path

from tests.domain.act.scenes import HERE, ONE_DAY, PIP_DATE, Z, opened, pip
from zroute_core.domain.act import LiteracyNeed, Route
from zroute_core.domain.decisions import AttendLesson, CorrectFact, DecidePip, RecordTogether, RetractFact
from zroute_core.domain.events import (
    Fact,
    FinalInterviewHeld,
    Happened,
    LessonAttended,
    MapInterviewHeld,
    ParticipationDeclarationSigned,
    PvtSessionAttended,
    RouteCompleted,
)
from zroute_core.domain.national import PILOT, WI2021
from zroute_core.domain.policies import ACT_KEEPERS
from zroute_core.domain.values import Component, Lesson, Modality
from zroute_core.testing.scenario import When, given, history

SIGNED, COMPLETED = date(2027, 1, 11), date(2027, 12, 1)
TODAY = date(2027, 12, 2)


def lesson(number: int) -> LessonAttended:
    given_there = Lesson(f"l-{number}", Component.LANGUAGE, 600, "INTK", Modality.IN_CLASS)
    return LessonAttended(PIP_DATE + timedelta(days=number), given_there)


def finished() -> tuple[Fact, ...]:
    """Signed and completed; the hours are told by nobody here, for `evolve` does not judge."""
    return (
        *opened(),
        pip(),
        PvtSessionAttended(PIP_DATE + ONE_DAY, "pvt", 720),
        ParticipationDeclarationSigned(SIGNED),
        FinalInterviewHeld(COMPLETED),
        RouteCompleted(COMPLETED),
    )


def put_right(told: tuple[Fact, ...], wrong: Fact, right: Happened | None, said_on: date = TODAY) -> When:
    name = next(one.event_id for one in history(*told).entries if one.event == wrong)
    reason = "The register says otherwise."
    asked = RetractFact(said_on, name, reason) if right is None else CorrectFact(said_on, name, right, reason)
    return given(*told, programme=WI2021).when(asked, said_on=said_on)


def remarks(decided: When) -> set[str]:
    assert decided.decision is not None, decided.error
    return {one.rule for one in decided.decision.advisories}


def test_R_PIP_04_a_pip_dated_before_the_first_is_remarked() -> None:
    def decide(on: date) -> DecidePip:
        return DecidePip(on, "pip-2", HERE, Z, None, LiteracyNeed.OTHER_SCRIPT, None, tuple(Route))

    told = (*opened(), pip())
    given(*told, programme=WI2021).when(decide(PIP_DATE - ONE_DAY)).then_advised("changed-pip-not-earlier")
    given(*told, programme=WI2021).when(decide(PIP_DATE)).then_advised()
    given(*told, programme=WI2021).when(decide(PIP_DATE + ONE_DAY)).then_advised()


def test_R_Z_11_after_completion_nothing_it_rests_on_is_withdrawn_or_moved() -> None:
    told = finished()
    signed = ParticipationDeclarationSigned(SIGNED)
    moved = ParticipationDeclarationSigned(SIGNED + ONE_DAY)
    assert "not-withdrawn-after-completion" in remarks(put_right(told, signed, None))
    put_right(told, signed, moved).then_advised("not-withdrawn-after-completion")
    before_completion = told[:-1]
    assert "not-withdrawn-after-completion" not in remarks(put_right(before_completion, signed, moved))


def test_R_Z_11_it_is_known_since_duo_published_it() -> None:
    told = (
        *opened(on=date(2022, 3, 1)),
        pip(date(2022, 4, 4)),
        PvtSessionAttended(date(2022, 4, 5), "pvt", 720),
        ParticipationDeclarationSigned(date(2023, 1, 9)),
        RouteCompleted(date(2024, 1, 8)),
    )
    signed, moved = ParticipationDeclarationSigned(date(2023, 1, 9)), ParticipationDeclarationSigned(date(2023, 1, 10))
    put_right(told, signed, moved, date(2026, 3, 29)).then_advised()
    put_right(told, signed, moved, date(2026, 3, 30)).then_advised("not-withdrawn-after-completion")


def test_R_Z_11_a_first_signing_and_a_completion_taken_back_are_no_withdrawal() -> None:
    told = finished()
    assert remarks(put_right(told, RouteCompleted(COMPLETED), None)) == set()
    without = tuple(one for one in told if not isinstance(one, ParticipationDeclarationSigned | MapInterviewHeld))
    assert "not-withdrawn-after-completion" not in remarks(put_right(without, RouteCompleted(COMPLETED), None))


def test_R_PIP_06_a_pip_is_not_deleted_under_its_hours() -> None:
    bare = (*opened(), pip())
    put_right(bare, pip(), None).then_advised()
    put_right((*bare, lesson(1)), pip(), None).then_advised("pip-not-deleted-under-its-hours")
    put_right((*bare, lesson(1)), pip(), pip(PIP_DATE - ONE_DAY)).then_advised()  # its date was wrong


def test_what_only_adds_is_not_remarked() -> None:
    told = (*opened(), pip(), lesson(1))
    again = RecordTogether((AttendLesson(lesson(2).on, lesson(2).lesson),))
    given(*told, programme=WI2021).when(again).then_advised()
    assert PILOT.keepers == ()


def test_every_keeper_is_seen_to_remark_in_this_file() -> None:
    here = Path(__file__).read_text(encoding="utf-8")
    for one in ACT_KEEPERS:
        assert f'then_advised("{one.rule}")' in here, one.rule
        assert one.sentence.nl.endswith(".")
        assert one.sentence.en.endswith(".")
        assert "R-" in one.source
