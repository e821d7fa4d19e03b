"""What must be done, by when, and what does not apply and why? Days and amounts are worked out by hand.

The PIP is of 15 April 2024: the term runs from 16 April 2024 up to, and not including, 16 April 2027. Its last day is
15 April 2027. Notice was given on 4 March 2024: ten weeks later is 13 May 2024.
"""

from datetime import date, timedelta
from functools import reduce

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zroute_core.domain.act import (
    DispensationGround,
    DispensationKind,
    DutyEndReason,
    ExamPart,
    ExemptionCode,
    ExemptionKind,
    GroupChange,
    Instance,
    LearningAbility,
    MapTheme,
    Route,
    WaiverGround,
)
from zroute_core.domain.events import (
    ActivityAttended,
    CertificateHandedOut,
    DispensationGranted,
    DutyEnded,
    DutyNotified,
    ExamTaken,
    ExemptionGranted,
    ExemptionWithdrawn,
    Fact,
    FinalInterviewHeld,
    LearningAbilityTested,
    LearningAbilityTestWaived,
    LessonAttended,
    MapHoursLogged,
    MapInterviewHeld,
    MapThemeCovered,
    OutsideInformationReceived,
    ParticipationDeclarationSigned,
    PipAnnulled,
    ProgressInterviewHeld,
    PvtSessionAttended,
    RouteCompleted,
    TargetGroupChanged,
    TermExtended,
)
from zroute_core.domain.history import History
from zroute_core.domain.national import PILOT, WI2021
from zroute_core.domain.values import TargetGroup
from zroute_core.errors import NotFound
from zroute_core.read_models.obligations import (
    Amount,
    Because,
    Obligation,
    ObligationKind,
    Obligations,
    ObligationState,
    Tally,
    Unit,
    obligations,
    project,
)
from zroute_core.testing.samples import (
    ACTIVITY,
    INTAKE,
    LESSON,
    NOTICE,
    OPENED,
    OPENED_UNDER_THE_ACT,
    PIP,
    PIP_DAY,
)
from zroute_core.testing.scenario import history
from zroute_core.testing.strategies import opened_histories

State, Kind = ObligationState, ObligationKind
FAMILY = attrs.evolve(OPENED_UNDER_THE_ACT, target_group=TargetGroup.FAMILY_OR_OTHER_MIGRANT)
LAST_DAY_FOR_THE_PIP = date(2024, 5, 13)
LAST_DAY_OF_THE_TERM = date(2027, 4, 15)
ON = date(2025, 6, 1)


def of(*facts: Fact, opened: Fact = OPENED_UNDER_THE_ACT, day: date = ON) -> Obligations:
    return obligations(history(opened, *facts).facts, WI2021, day)


def line(kind: ObligationKind, *facts: Fact, opened: Fact = OPENED_UNDER_THE_ACT, day: date = ON) -> Obligation:
    return of(*facts, opened=opened, day=day).of(kind)


def followed(hours: int) -> tuple[Fact, ...]:
    """So many course hours and as many participation hours, ten of each a day, from the day after the PIP."""
    told: list[Fact] = []
    for number in range(hours // 10):
        on = PIP_DAY + timedelta(days=1 + number)
        told.append(LessonAttended(on, attrs.evolve(LESSON, key=f"l-{number}", minutes=600, starts=None)))
        told.append(ActivityAttended(on, attrs.evolve(ACTIVITY, key=f"a-{number}", minutes=600, starts=None)))
    return tuple(told)


def capped(hours: int) -> Fact:
    return DispensationGranted(PIP_DAY, DispensationKind.PARTIAL, DispensationGround.MEDICAL, hours)


ROUTE_PARTS = (Kind.MAP_HOURS, Kind.MAP_THEMES, Kind.MAP_INTERVIEW, Kind.COURSE_HOURS, Kind.KNM_EXAM, Kind.COMPLETION)


def test_there_is_one_line_of_each_kind_in_order() -> None:
    assert [one.kind for one in of().lines] == list(Kind)


@pytest.mark.parametrize(
    ("day", "state"),
    [(NOTICE, State.DUE), (LAST_DAY_FOR_THE_PIP, State.DUE), (date(2024, 5, 14), State.OVERDUE)],
)
def test_the_first_pip_is_due_within_ten_weeks_and_the_test_before_it(day: date, state: ObligationState) -> None:
    for kind in (Kind.PIP, Kind.LEARNING_ABILITY_TEST):
        one = line(kind, DutyNotified(NOTICE, NOTICE), day=day)
        assert (one.state, one.due) == (state, LAST_DAY_FOR_THE_PIP)


def test_information_from_others_leaves_two_weeks() -> None:
    late = OutsideInformationReceived(date(2024, 5, 10))
    assert line(Kind.PIP, DutyNotified(NOTICE, NOTICE), late).due == date(2024, 5, 24)


def test_without_the_notice_the_pip_has_to_come_and_nobody_knows_when() -> None:
    one = line(Kind.PIP)
    assert (one.state, one.due, one.why.rule) == (State.OPEN, None, "R-PIP-02")


def test_without_a_pip_what_hangs_on_the_route_is_unknown_and_never_not_applicable() -> None:
    answer = of(DutyNotified(NOTICE, NOTICE))
    assert answer.route is None
    for kind in (*ROUTE_PARTS, Kind.PARTICIPATION_HOURS, Kind.FINAL_INTERVIEW, Kind.CERTIFICATE):
        assert (answer.of(kind).state, answer.of(kind).because) == (State.UNKNOWN, None)
        assert answer.of(kind).why.rule == "R-PIP-01"


def test_the_pvt_is_of_every_route_so_it_is_open_before_there_is_one() -> None:
    assert line(Kind.PVT_DECLARATION).state is State.OPEN


def test_a_family_migrant_has_no_participation_hours_whatever_the_route() -> None:
    for facts in ((), (PIP,)):
        one = line(Kind.PARTICIPATION_HOURS, *facts, opened=FAMILY)
        assert (one.state, one.because, one.why.rule) == (State.NOT_APPLICABLE, Because.GROUP, "R-Z-03")
    assert line(Kind.COURSE_HOURS, PIP, opened=FAMILY).amount == Amount(0, 48_000, Unit.MINUTES)


def test_a_change_of_group_changes_what_must_be_done_and_keeps_the_hours() -> None:
    changed = TargetGroupChanged(ON, TargetGroup.ASYLUM_STATUS_HOLDER, GroupChange.ASYLUM_RIGHTS_GRANTED)
    one = line(Kind.PARTICIPATION_HOURS, PIP, *followed(100), changed, opened=FAMILY)
    assert (one.state, one.amount) == (State.DUE, Amount(6_000, 48_000, Unit.MINUTES))


@pytest.mark.parametrize(
    ("day", "state"), [(LAST_DAY_OF_THE_TERM, State.DUE), (date(2027, 4, 16), State.OVERDUE), (ON, State.DUE)]
)
def test_what_the_term_asks_is_due_on_its_last_day(day: date, state: ObligationState) -> None:
    answer = of(PIP, day=day)
    for kind in (Kind.PVT_HOURS, Kind.MAP_INTERVIEW, Kind.COURSE_HOURS, Kind.PARTICIPATION_HOURS, Kind.COMPLETION):
        assert (answer.of(kind).state, answer.of(kind).due) == (state, LAST_DAY_OF_THE_TERM)


def test_an_extension_moves_the_last_day() -> None:
    extended = TermExtended(ON, date(2027, 10, 16), "A1", True)
    assert line(Kind.COURSE_HOURS, PIP, extended).due == date(2027, 10, 15)


@pytest.mark.parametrize(("hours", "state"), [(790, State.DUE), (800, State.MET), (810, State.MET)])
def test_hours_are_met_at_eight_hundred(hours: int, state: ObligationState) -> None:
    for kind in (Kind.COURSE_HOURS, Kind.PARTICIPATION_HOURS):
        one = line(kind, PIP, *followed(hours))
        assert (one.state, one.amount) == (state, Amount(hours * 60, 48_000, Unit.MINUTES))


@pytest.mark.parametrize(
    ("cap", "needed", "state"),
    [(300, 18_000, State.DUE), (200, 12_000, State.MET), (900, 48_000, State.DUE)],
)
def test_a_dispensation_lowers_participation_and_never_raises_it(cap: int, needed: int, state: ObligationState) -> None:
    one = line(Kind.PARTICIPATION_HOURS, PIP, capped(cap), *followed(200))
    assert (one.state, one.amount, one.why.rule) == (state, Amount(12_000, needed, Unit.MINUTES), "R-Z-10")


def test_a_cap_of_nothing_takes_participation_away() -> None:
    one = line(Kind.PARTICIPATION_HOURS, PIP, capped(0))
    assert (one.state, one.because) == (State.NOT_APPLICABLE, Because.DISPENSATION)
    assert line(Kind.COURSE_HOURS, PIP, capped(0)).state is State.DUE


def test_in_the_z_route_no_knm_exam_is_required() -> None:
    one = line(Kind.KNM_EXAM, PIP)
    assert (one.state, one.because, one.why.rule) == (State.NOT_APPLICABLE, Because.ROUTE, "R-Z-04")


def test_in_the_education_route_there_is_no_map_and_nothing_of_the_z_route() -> None:
    answer = of(attrs.evolve(PIP, route=Route.EDUCATION))
    assert answer.of(Kind.MAP_HOURS).why.rule == "R-DUTY-02"
    for kind in (Kind.MAP_INTERVIEW, Kind.COURSE_HOURS, Kind.FINAL_INTERVIEW, Kind.CERTIFICATE):
        assert (answer.of(kind).state, answer.of(kind).because) == (State.NOT_APPLICABLE, Because.ROUTE)
    assert answer.of(Kind.KNM_EXAM).state is State.DUE
    assert answer.of(Kind.PVT_DECLARATION).state is State.DUE


def test_in_the_b1_route_the_map_applies_and_an_exam_that_was_passed_counts() -> None:
    passed = ExamTaken(ON, "e-1", ExamPart.SOCIETY, None, True)
    answer = of(attrs.evolve(PIP, route=Route.B1), ExamTaken(PIP_DAY, "e-0", ExamPart.SOCIETY, None, False), passed)
    assert answer.of(Kind.MAP_HOURS).state is State.DUE
    assert (answer.of(Kind.KNM_EXAM).state, answer.of(Kind.KNM_EXAM).met_on) == (State.MET, ON)


def test_a_dispensation_from_the_knm_exam() -> None:
    of_knm = DispensationGranted(
        PIP_DAY, DispensationKind.PARTIAL, DispensationGround.MEDICAL, None, (ExamPart.SOCIETY,)
    )
    one = line(Kind.KNM_EXAM, attrs.evolve(PIP, route=Route.B1), of_knm)
    assert (one.state, one.because) == (State.NOT_APPLICABLE, Because.DISPENSATION)


def test_a_learning_ability_test_is_taken_or_lawfully_left_out() -> None:
    tested = line(Kind.LEARNING_ABILITY_TEST, LearningAbilityTested(PIP_DAY, LearningAbility.UNKNOWN))
    assert (tested.state, tested.met_on) == (State.MET, PIP_DAY)
    waived = line(Kind.LEARNING_ABILITY_TEST, LearningAbilityTestWaived(PIP_DAY, WaiverGround.VISUAL_IMPAIRMENT))
    assert (waived.state, waived.because, waived.why.rule) == (State.NOT_APPLICABLE, Because.WAIVED, "R-BI-06")


def test_the_pvt_by_its_hours_and_its_declaration() -> None:
    sessions = (PvtSessionAttended(ON, "p-1", 600), PvtSessionAttended(ON, "p-2", 119))
    assert line(Kind.PVT_HOURS, PIP, *sessions).amount == Amount(719, 720, Unit.MINUTES)
    assert line(Kind.PVT_HOURS, PIP, *sessions).state is State.DUE
    answer = of(PIP, *sessions, PvtSessionAttended(ON, "p-3", 1), ParticipationDeclarationSigned(ON))
    assert (answer.of(Kind.PVT_HOURS).state, answer.of(Kind.PVT_DECLARATION).met_on) == (State.MET, ON)


def test_the_map_by_its_hours_its_themes_and_its_interview() -> None:
    worked = tuple(MapHoursLogged(ON, f"m-{day}", 480) for day in range(5))  # 40 hours
    themes = tuple(MapThemeCovered(ON, theme) for theme in MapTheme)
    answer = of(PIP, *worked, *themes[:7], MapInterviewHeld(ON, False))
    assert answer.of(Kind.MAP_HOURS).state is State.MET
    assert answer.of(Kind.MAP_THEMES).amount == Amount(7, 8, Unit.THEMES)
    assert answer.of(Kind.MAP_INTERVIEW).state is State.DUE
    done = of(PIP, *worked, *themes, MapInterviewHeld(ON, True))
    assert [done.of(kind).state for kind in (Kind.MAP_HOURS, Kind.MAP_THEMES, Kind.MAP_INTERVIEW)] == [State.MET] * 3


def test_a_map_that_was_closed_as_sufficient_is_met_as_it_is() -> None:
    """By way of an exception, such as paid work (R-MAP-03). The amounts stay what they are."""
    one = line(Kind.MAP_HOURS, PIP, MapInterviewHeld(ON, True))
    assert (one.state, one.amount) == (State.MET, Amount(0, 2_400, Unit.MINUTES))


def test_one_progress_interview_is_enough_for_no_number_is_laid_down() -> None:
    assert line(Kind.PROGRESS_INTERVIEW).state is State.UNKNOWN
    assert line(Kind.PROGRESS_INTERVIEW, PIP).state is State.OPEN
    held = line(Kind.PROGRESS_INTERVIEW, PIP, ProgressInterviewHeld(PIP_DAY, "i-1"), ProgressInterviewHeld(ON, "i-2"))
    assert (held.state, held.met_on, held.amount) == (State.MET, ON, Amount(2, None, Unit.TIMES))


def test_completion_and_certificate() -> None:
    finished = (PIP, *followed(800), FinalInterviewHeld(ON), RouteCompleted(ON))
    answer = of(*finished)
    assert (answer.of(Kind.FINAL_INTERVIEW).met_on, answer.of(Kind.COMPLETION).met_on) == (ON, ON)
    assert answer.of(Kind.CERTIFICATE).state is State.OPEN
    assert of(*finished, CertificateHandedOut(ON)).of(Kind.CERTIFICATE).met_on == ON


def test_when_the_pip_falls_the_route_is_unknown_again_and_the_term_runs_on() -> None:
    answer = of(PIP, PipAnnulled(ON, "pip-1", Instance.COURT, "ruling"))
    assert (answer.of(Kind.PIP).state, answer.of(Kind.PIP).why.rule) == (State.OPEN, "R-TERM-03")
    assert answer.of(Kind.COURSE_HOURS).state is State.UNKNOWN
    assert answer.of(Kind.PVT_DECLARATION).due == LAST_DAY_OF_THE_TERM


def test_a_temporary_exemption_suspends_and_what_it_suspends_comes_back() -> None:
    until = ON + timedelta(days=30)
    exempt = ExemptionGranted(ON, ExemptionKind.TEMPORARY, ExemptionCode.ON_REQUEST, until=until)
    signed = ParticipationDeclarationSigned(PIP_DAY + timedelta(days=1))
    during = of(PIP, signed, exempt, day=until)
    assert (during.of(Kind.COURSE_HOURS).state, during.of(Kind.COURSE_HOURS).because) == (
        State.NOT_APPLICABLE,
        Because.EXEMPTION,
    )
    assert during.of(Kind.PVT_DECLARATION).state is State.MET
    assert of(PIP, exempt, day=until + timedelta(days=1)).of(Kind.COURSE_HOURS).state is State.DUE
    assert of(PIP, exempt, ExemptionWithdrawn(until), day=until).of(Kind.COURSE_HOURS).state is State.DUE


@pytest.mark.parametrize(
    ("fact", "because"),
    [
        (DutyEnded(ON, DutyEndReason.MORE_THAN_A_YEAR_ABROAD), Because.DUTY_ENDED),
        (ExemptionGranted(ON, ExemptionKind.FULL, ExemptionCode.DIPLOMA), Because.EXEMPTION),
        (DispensationGranted(ON, DispensationKind.FULL, DispensationGround.MEDICAL), Because.DISPENSATION),
    ],
)
def test_what_takes_the_duty_away_leaves_nothing_to_do(fact: Fact, because: Because) -> None:
    answer = of(PIP, *followed(100), fact)
    assert answer.of(Kind.PIP).state is State.MET
    assert {one.because for one in answer.lines if one.state is not State.MET} <= {because, Because.ROUTE}
    assert answer.of(Kind.COURSE_HOURS).because is because
    assert answer.of(Kind.COURSE_HOURS).amount == Amount(6_000, 48_000, Unit.MINUTES)


def test_whoever_met_the_duty_still_gets_the_certificate() -> None:
    met = (PIP, *followed(800), FinalInterviewHeld(ON), RouteCompleted(ON), DutyEnded(ON, DutyEndReason.DUTY_MET))
    assert line(Kind.CERTIFICATE, *met).state is State.OPEN


def test_in_the_pilots_nobody_had_to() -> None:
    answer = obligations(history(OPENED, INTAKE).facts, PILOT, ON)
    assert {(one.state, one.because) for one in answer.lines} == {(State.NOT_APPLICABLE, Because.NO_DUTY)}


def test_before_it_was_opened_there_is_nothing_to_say() -> None:
    with pytest.raises(NotFound):
        obligations((), WI2021, ON)


@given(opened_histories(WI2021), st.dates(date(2022, 1, 1), date(2030, 1, 1)))
def test_of_any_history_each_kind_has_one_line_that_makes_sense(told: History, day: date) -> None:
    answer = obligations(told.facts, WI2021, day)
    assert [one.kind for one in answer.lines] == list(Kind)
    for one in answer.lines:
        assert (one.because is not None) == (one.state is State.NOT_APPLICABLE)
        assert one.state is not State.UNKNOWN or answer.route is None
        assert one.because is not Because.ROUTE or answer.route is not None
        assert one.met_on is None or one.state is State.MET
        assert one.state not in {State.DUE, State.OVERDUE} or one.due is not None


@given(opened_histories(WI2021), st.integers(0, 40))
def test_it_folds_in_two_parts_and_leaves_the_first_as_it_was(told: History, at: int) -> None:
    facts = [one.fact for one in told.facts]
    first = reduce(project, facts[:at], Tally())
    assert reduce(project, facts[at:], first) == reduce(project, facts, Tally())
    assert first == reduce(project, facts[:at], Tally())
