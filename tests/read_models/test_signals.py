"""What happened in a period that somebody must act on or know?"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

import zroute_core
from zroute_core import Actor, Trajectories
from zroute_core.domain.act import DutyEndReason, LiteracyNeed, Route, Sanction
from zroute_core.domain.decisions import (
    AttendLesson,
    Command,
    CorrectFact,
    DecidePip,
    EndDuty,
    ExtendTerm,
    HoldIntake,
    MissIntakeCall,
    MoveToMunicipality,
    NotifyDuty,
    OpenTrajectory,
    OverrideRule,
    ProposeSanction,
    RetractFact,
    RevokePip,
)
from zroute_core.domain.events import FACTS, PipDecided
from zroute_core.domain.values import IntakePart, Regime, TargetGroup
from zroute_core.errors import InvalidChoice, InvalidDate, InvalidNumber
from zroute_core.read_models.signals import KINDS, By, SignalKind, Signals
from zroute_core.testing.clock import TickingClock
from zroute_core.testing.samples import LESSON, NOTICE, PERSON, PIP_DAY, SOMEBODY

ME = Actor("case-director-2", "z-route")
WRITTEN = date(2024, 4, 20)
"""The day on which everything below is written down, unless a test turns the clock."""
Tell = Callable[..., None]


@pytest.fixture
def clock() -> TickingClock:
    return TickingClock(datetime(2024, 4, 20, 9, tzinfo=UTC))


@pytest.fixture
def trajectories(clock: TickingClock) -> Trajectories:
    return zroute_core.open("memory:", clock=clock)


@pytest.fixture
def tell(trajectories: Trajectories) -> Tell:
    def told(*commands: Command, participant: UUID = PERSON) -> None:
        for command in commands:
            trajectories.handle(participant, command, by=ME, said_on=date(2030, 1, 1))

    opened = OpenTrajectory(NOTICE, "0392", TargetGroup.ASYLUM_STATUS_HOLDER, Regime.WI2021)
    told(opened, NotifyDuty(NOTICE, NOTICE), HoldIntake(NOTICE, tuple(IntakePart)))
    return told


def decide_pip(on: date, pip: str = "pip-1") -> DecidePip:
    return DecidePip(on, pip, "0392", Route.SELF_RELIANCE, None, LiteracyNeed.NOT_APPLICABLE, looked_into=tuple(Route))


def kinds(answer: Signals) -> list[SignalKind]:
    return [one.kind for one in answer.lines]


YEAR = date(2024, 1, 1), date(2024, 12, 31)


def test_what_is_so_in_the_period_first_and_last_day_counted_in(trajectories: Trajectories, tell: Tell) -> None:
    tell(decide_pip(PIP_DAY))
    assert kinds(trajectories.signals(PIP_DAY, PIP_DAY)) == [SignalKind.PIP_DECIDED]
    assert kinds(trajectories.signals(PIP_DAY + timedelta(days=1), date(2024, 12, 31))) == []
    assert kinds(trajectories.signals(date(2024, 1, 1), PIP_DAY - timedelta(days=1), late_after_days=99)) == [
        SignalKind.DUTY
    ]


def test_each_kind_with_its_sentence_and_its_count(trajectories: Trajectories, tell: Tell) -> None:
    tell(
        decide_pip(PIP_DAY),
        ExtendTerm(date(2024, 4, 16), date(2027, 10, 16), "A1", True),
        MoveToMunicipality(date(2024, 4, 17), "0153"),
        MissIntakeCall(date(2024, 4, 18), 1),
        ProposeSanction(date(2024, 4, 18), "s-1", Sanction.INTAKE_WARNING, 0, "Did not answer."),
        OverrideRule(date(2024, 4, 18), "switch-within-18-months", "New facts."),
        RevokePip(date(2024, 4, 19), "pip-1", "Made for another person."),
        EndDuty(date(2024, 4, 20), DutyEndReason.OTHER),
    )
    answer = trajectories.signals(*YEAR, late_after_days=99)
    assert answer.counts == {
        SignalKind.INTAKE_CALL_MISSED: 1,
        SignalKind.DUTY: 1,
        SignalKind.PIP_DECIDED: 1,
        SignalKind.PIP_FELL: 1,
        SignalKind.TERM_EXTENDED: 1,
        SignalKind.MOVED: 1,
        SignalKind.DUTY_ENDED: 1,
        SignalKind.SANCTION_PROPOSED: 1,
        SignalKind.OVERRIDE: 1,
    }
    assert [one.on for one in answer.lines] == sorted(one.on for one in answer.lines)
    assert answer.lines[1].sentence == "PIP pip-1 decided by municipality 0392: self reliance route."


def test_what_was_written_down_in_the_period(trajectories: Trajectories, tell: Tell) -> None:
    tell(decide_pip(PIP_DAY))
    written = trajectories.signals(WRITTEN, WRITTEN, by=By.RECORDED, late_after_days=99)
    assert kinds(written) == [SignalKind.DUTY, SignalKind.PIP_DECIDED]
    assert kinds(trajectories.signals(NOTICE, PIP_DAY, by=By.RECORDED)) == []


def test_late_is_more_than_so_many_days_after_it_was_so(trajectories: Trajectories, tell: Tell) -> None:
    """Notice and intake of 4 March were written down on 20 April: 47 days later."""
    tell(AttendLesson(date(2024, 4, 20), LESSON))
    for days, late in ((46, 3), (47, 0)):
        counts = trajectories.signals(*YEAR, late_after_days=days).counts
        assert counts.get(SignalKind.LATE, 0) == late
    assert trajectories.signals(*YEAR, late_after_days=46).counts[SignalKind.DUTY] == 1


def test_the_day_of_writing_is_the_day_in_the_netherlands(
    trajectories: Trajectories, tell: Tell, clock: TickingClock
) -> None:
    """Half past eleven at night in UTC is half past one in the summer."""
    clock.turn_to(datetime(2024, 5, 1, 23, 30, tzinfo=UTC))
    tell(decide_pip(PIP_DAY))
    assert trajectories.signals(*YEAR).lines[-1].recorded_on == date(2024, 5, 2)
    assert kinds(trajectories.signals(date(2024, 5, 2), date(2024, 5, 2), by=By.RECORDED)) == [SignalKind.PIP_DECIDED]


def test_what_was_corrected_counts_as_it_is_and_as_a_correction(trajectories: Trajectories, tell: Tell) -> None:
    """What was so: the corrected form, on its own day. What was written down: both entries."""
    tell(decide_pip(PIP_DAY))
    wrong = trajectories.history(PERSON)[-1].event_id
    right = PipDecided(
        date(2024, 4, 12), "pip-1", "0392", Route.SELF_RELIANCE, None, LiteracyNeed.ILLITERATE, None, tuple(Route)
    )
    tell(CorrectFact(date(2024, 4, 19), wrong, right, "Wrong date."))
    assert kinds(trajectories.signals(PIP_DAY, PIP_DAY)) == []
    so = trajectories.signals(date(2024, 4, 1), date(2024, 4, 30))
    assert [(one.kind, one.on) for one in so.lines] == [
        (SignalKind.PIP_DECIDED, date(2024, 4, 12)),
        (SignalKind.CORRECTION, date(2024, 4, 19)),
    ]
    written = trajectories.signals(WRITTEN, WRITTEN, by=By.RECORDED, late_after_days=99)
    assert kinds(written) == [SignalKind.DUTY, SignalKind.PIP_DECIDED, SignalKind.CORRECTION]


def test_what_was_retracted_never_was(trajectories: Trajectories, tell: Tell) -> None:
    tell(decide_pip(PIP_DAY))
    tell(RetractFact(date(2024, 4, 19), trajectories.history(PERSON)[-1].event_id, "Wrong person."))
    counts = trajectories.signals(*YEAR, late_after_days=99).counts
    assert counts == {SignalKind.DUTY: 1, SignalKind.CORRECTION: 1}


def test_both_axes_of_time(trajectories: Trajectories, tell: Tell, clock: TickingClock) -> None:
    before = clock.now()
    tell(decide_pip(PIP_DAY))
    assert SignalKind.PIP_DECIDED not in trajectories.signals(*YEAR, known_at=before).counts
    assert SignalKind.PIP_DECIDED not in trajectories.signals(*YEAR, valid_on=PIP_DAY - timedelta(days=1)).counts
    assert SignalKind.PIP_DECIDED in trajectories.signals(*YEAR, valid_on=PIP_DAY).counts


def test_of_one_day_person_by_person(trajectories: Trajectories, tell: Tell) -> None:
    opened = OpenTrajectory(NOTICE, "0392", TargetGroup.ASYLUM_STATUS_HOLDER, Regime.WI2021)
    tell(opened, NotifyDuty(NOTICE, NOTICE), participant=SOMEBODY)
    answer = trajectories.signals(NOTICE, NOTICE, late_after_days=99)
    assert [one.participant for one in answer.lines] == sorted([PERSON, SOMEBODY])


def test_a_question_that_makes_no_sense_is_refused(trajectories: Trajectories) -> None:
    with pytest.raises(InvalidDate):
        trajectories.signals(date(2024, 2, 1), date(2024, 1, 31))
    with pytest.raises(InvalidDate):
        trajectories.signals(datetime(2024, 1, 1), date(2024, 1, 31))  # noqa: DTZ001
    with pytest.raises(InvalidChoice):
        trajectories.signals(*YEAR, by="recorded")  # type: ignore[arg-type]
    with pytest.raises(InvalidNumber):
        trajectories.signals(*YEAR, late_after_days=-1)
    with pytest.raises(InvalidChoice):
        trajectories.caseload(attention=28)  # type: ignore[arg-type]


def test_every_kind_but_late_has_facts_that_make_it() -> None:
    assert set(KINDS.values()) == set(SignalKind) - {SignalKind.LATE}
    assert set(KINDS) <= set(FACTS)
