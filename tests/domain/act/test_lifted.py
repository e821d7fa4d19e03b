"""Exceptions that are taken away, days that cannot be, duties that are lifted and begin anew."""

from datetime import date, timedelta

import pytest

from tests.domain.act.scenes import B1, HERE, ONE_DAY, OPENING, PIP_DATE, Z, opened, pip
from zroute_core.domain.act import (
    DispensationGround,
    DispensationKind,
    DutyEndReason,
    ExamLevel,
    ExamPart,
    ExemptionCode,
    ExemptionKind,
    LiteracyNeed,
    Route,
    Sanction,
)
from zroute_core.domain.decisions import (
    AttendLesson,
    DecidePip,
    NotifyDuty,
    OverrideRule,
    ProposeSanction,
    RecordTogether,
    RetractFact,
    TakeExam,
)
from zroute_core.domain.duty import Duty
from zroute_core.domain.events import (
    DispensationGranted,
    DutyEnded,
    DutyNotified,
    ExemptionGranted,
    ExemptionWithdrawn,
    Fact,
    OutsideInformationReceived,
    PipDecided,
    RuleOverridden,
)
from zroute_core.domain.national import WI2021
from zroute_core.domain.periods import months_after
from zroute_core.domain.values import Component, Lesson, Modality, TargetGroup
from zroute_core.testing.scenario import given, history

SWITCHED = date(2027, 3, 1)
"""More than 18 months after the term of the first PIP began."""


def duty(*facts: Fact) -> Duty:
    return history(*opened(), *facts).trajectory.duty


def switch(on: date = SWITCHED) -> DecidePip:
    return DecidePip(on, "pip-2", HERE, B1, None, LiteracyNeed.OTHER_SCRIPT, None, tuple(Route))


def test_an_exception_on_which_something_rests_is_not_taken_away() -> None:
    reason = "New facts."
    told = (
        *opened(),
        pip(PIP_DATE, "pip-1", Z),
        RuleOverridden(SWITCHED, "switch-within-18-months", reason),
        pip(SWITCHED, "pip-2", B1),
    )
    override = history(*told).entries[-2].event_id
    given(*told, programme=WI2021).when(RetractFact(SWITCHED, override, "A slip.")).then_refused(
        "switch-within-18-months"
    )
    together = RecordTogether((OverrideRule(SWITCHED, "switch-within-18-months", reason), switch()))
    assert given(*told[:-2], programme=WI2021).when(together).error is None


@pytest.mark.parametrize("field", ["duty_since", "registered_on"])
def test_a_notice_holds_no_day_in_the_future(field: str) -> None:
    days = {"duty_since": OPENING, "registered_on": OPENING, field: date(9999, 12, 31)}
    notice = NotifyDuty(OPENING, **days)
    given(*opened(), programme=WI2021).when(notice, said_on=OPENING).then_refused("not-in-the-future")


def test_no_term_runs_out_of_the_calendar() -> None:
    assert months_after(date(9999, 12, 31), 36) == date.max


def test_lessons_of_the_intake_come_before_it_is_closed() -> None:
    during = Lesson("l-1", Component.LANGUAGE, 60, "INTK", Modality.IN_CLASS, in_intake=True)
    before = (opened()[0],)
    assert given(*before, programme=WI2021).when(AttendLesson(OPENING, during)).error is None
    after = Lesson("l-1", Component.LANGUAGE, 60, "INTK", Modality.IN_CLASS)
    given(*before, programme=WI2021).when(AttendLesson(OPENING, after)).then_refused("intake-first")


def test_a_full_exemption_or_dispensation_lifts_the_duty() -> None:
    for lifted in (
        ExemptionGranted(PIP_DATE, ExemptionKind.FULL, ExemptionCode.DIPLOMA),
        DispensationGranted(PIP_DATE, DispensationKind.FULL, DispensationGround.MEDICAL),
    ):
        assert duty(lifted).lifted == PIP_DATE
    partial = ExemptionGranted(PIP_DATE, ExemptionKind.PARTIAL, ExemptionCode.PARTIAL)
    assert duty(partial).lifted is None


def test_a_duty_that_ended_begins_anew_with_a_new_notice() -> None:
    """Somebody was abroad for more than a year, and came back."""
    ended = DutyEnded(date(2026, 1, 5), DutyEndReason.MORE_THAN_A_YEAR_ABROAD)
    again = DutyNotified(date(2027, 2, 1), date(2027, 1, 15))
    assert duty(ended).ended == ended
    assert duty(ended, again).ended is None
    late = DutyNotified(date(2026, 2, 1), date(2025, 1, 15))  # the notice of the duty that ended
    assert duty(ended, late).ended == ended


def test_the_longest_of_two_exemptions_holds() -> None:
    long = ExemptionGranted(PIP_DATE, ExemptionKind.TEMPORARY, ExemptionCode.ON_REQUEST, until=date(2026, 12, 31))
    short = ExemptionGranted(
        PIP_DATE + ONE_DAY, ExemptionKind.TEMPORARY, ExemptionCode.EDUCATION, until=date(2025, 9, 1)
    )
    assert duty(long, short).suspended(date(2026, 7, 1))
    withdrawn = ExemptionWithdrawn(date(2026, 3, 1))
    assert duty(long, short, withdrawn).suspended(date(2026, 2, 28))
    assert not duty(long, short, withdrawn).suspended(date(2026, 3, 1))
    assert duty(long, short, withdrawn).suspended(date(2025, 9, 1))


def test_an_exemption_may_begin_later_than_it_was_decided() -> None:
    later = ExemptionGranted(
        PIP_DATE, ExemptionKind.TEMPORARY, ExemptionCode.EDUCATION, since=date(2025, 9, 1), until=date(2026, 6, 30)
    )
    assert not duty(later).suspended(date(2025, 8, 31))
    assert duty(later).suspended(date(2025, 9, 1))


def test_information_that_comes_when_it_is_too_late_moves_nothing() -> None:
    """Ten weeks from 10 March 2025 end on 19 May."""
    notice = DutyNotified(OPENING, OPENING)
    due = OPENING + timedelta(weeks=10)
    assert due == date(2025, 5, 19)
    for received, expected in ((due, due + timedelta(weeks=2)), (due + ONE_DAY, due)):
        assert duty(notice, OutsideInformationReceived(received)).pip_due == expected


def test_no_pip_before_the_registration_here() -> None:
    notice = DutyNotified(OPENING, OPENING, date(2025, 4, 30))
    decide = DecidePip(date(2025, 4, 29), "pip-1", HERE, Z, None, LiteracyNeed.OTHER_SCRIPT, None, tuple(Route))
    rule = "pip-by-the-municipality-of-residence"
    given(*opened(), notice, programme=WI2021).when(decide).then_refused(rule)
    on_the_day = PipDecided(date(2025, 4, 30), "pip-1", HERE, Z, None, LiteracyNeed.OTHER_SCRIPT, None, tuple(Route))
    assert duty(notice, on_the_day).pip == on_the_day


@pytest.mark.parametrize(
    ("part", "level", "allowed"),
    [
        (ExamPart.READING, ExamLevel.A2, True),
        (ExamPart.READING, ExamLevel.B1, False),
        (ExamPart.READING, None, False),
        (ExamPart.SOCIETY, None, True),
        (ExamPart.SOCIETY, ExamLevel.A2, False),
    ],
)
def test_R_Z_05_exams_in_the_z_route_are_at_a2(part: ExamPart, level: ExamLevel | None, allowed: bool) -> None:
    decided = given(*opened(), pip(), programme=WI2021).when(TakeExam(PIP_DATE + ONE_DAY, "e-1", part, level, True))
    if allowed:
        assert decided.error is None
    else:
        decided.then_refused("z-route-exams-at-a2")


@pytest.mark.parametrize(("euros", "allowed"), [(1000, True), (1001, False)])
def test_R_SAN_05_a_lateness_fine_has_its_limit(euros: int, allowed: bool) -> None:
    late = ProposeSanction(date(2028, 5, 13), "s-1", Sanction.LATENESS_FINE, euros, "The route was not finished.")
    decided = given(*opened(TargetGroup.FAMILY_OR_OTHER_MIGRANT), pip(), programme=WI2021).when(late)
    if allowed:
        assert decided.error is None
    else:
        decided.then_refused("lateness-fine-at-most-1000")
