"""PVT, MAP, KNM, completion and certificate."""

from datetime import date
from uuid import UUID

import attrs
import pytest

from tests.domain.act.scenes import (
    ASYLUM,
    AT_THE_END,
    B1,
    FAMILY,
    ONE_DAY,
    PIP_DATE,
    after,
    knm_exam,
    lessons,
    map_done,
    opened,
    pip,
    pvt,
    ready_to_complete,
    under_the_act,
)
from zroute_core.domain.act import ExamLevel, ExamPart, MapTheme
from zroute_core.domain.decisions import (
    CompleteRoute,
    HandOutCertificate,
    HoldMapInterview,
    OverrideRule,
    RecordTogether,
    RetractFact,
    SignParticipationDeclaration,
    TakeExam,
)
from zroute_core.domain.events import (
    ExamTaken,
    FinalInterviewHeld,
    MapHoursLogged,
    MapInterviewHeld,
    MapThemeCovered,
    ParticipationDeclarationSigned,
    RouteCompleted,
)
from zroute_core.domain.national import WI2021
from zroute_core.domain.programme import Category
from zroute_core.domain.values import Component, TargetGroup
from zroute_core.testing.scenario import history

DONE = CompleteRoute(AT_THE_END)
COMPLETED = RouteCompleted(AT_THE_END)
BEGUN = (*opened(), pip())

# ── hours ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("group", "course", "participation", "allowed"),
    [
        (ASYLUM, 800 * 60, 800 * 60, True),
        (ASYLUM, 800 * 60 - 1, 800 * 60, False),
        (ASYLUM, 800 * 60, 800 * 60 - 1, False),
        (ASYLUM, 1600 * 60, 0, False),
        (FAMILY, 800 * 60, 0, True),
        (FAMILY, 800 * 60 - 1, 800 * 60, False),
    ],
)
def test_R_Z_02_R_Z_03_hours_by_group(group: TargetGroup, course: int, participation: int, allowed: bool) -> None:
    decided = under_the_act(*ready_to_complete(group, course=course, participation=participation)).when(DONE)
    if allowed:
        decided.then(COMPLETED)
        decided.then_advised()
    else:
        decided.then_refused("completion-takes-the-hours")


def test_R_Z_06_literacy_and_knm_are_course_hours() -> None:
    for component in (Component.LANGUAGE, Component.LITERACY, Component.SOCIETY):
        assert WI2021.category(component) is Category.COURSE


def test_R_Z_08_lessons_of_the_broad_intake_are_a_total_of_their_own() -> None:
    both = (*BEGUN, *lessons(30 * 60, in_intake=True), *lessons(50 * 60, date(2025, 9, 1)))
    spent = after(*both).spent
    assert WI2021.counted(spent, Category.COURSE) == 50 * 60
    assert WI2021.counted(spent, Category.INTAKE_COURSE) == 30 * 60


def test_R_Z_08_a_programme_may_choose_that_they_count() -> None:
    choosing = attrs.evolve(WI2021, intake_course_counts=True)
    before = (*ready_to_complete(FAMILY, course=780 * 60, participation=0), *lessons(20 * 60, in_intake=True))
    under_the_act(*before).when(DONE).then_refused("completion-takes-the-hours")
    under_the_act(*before, programme=choosing).when(DONE).then(COMPLETED)
    assert choosing.counted(after(*before).spent, Category.INTAKE_COURSE) == 0


def test_R_Z_07_participation_during_the_broad_intake_counts() -> None:
    assert all(
        WI2021.category(component, in_intake=True) is Category.PARTICIPATION
        for component in (Component.WORKSHOP, Component.VOLUNTEERING, Component.WORK)
    )


def test_R_MAP_04_minutes_of_pvt_and_map_count_once() -> None:
    """They are shown as what they are, and count for neither course nor participation unless a programme says so."""
    spent = after(*BEGUN, pvt(), *map_done()).spent
    assert spent == {(Component.PVT, False): 12 * 60, (Component.MAP, False): 40 * 60}
    assert {category: WI2021.counted(spent, category) for category in Category} == {
        Category.COURSE: 0,
        Category.INTAKE_COURSE: 0,
        Category.PARTICIPATION: 0,
        Category.NOT_COUNTED: 52 * 60,
    }
    counting = attrs.evolve(WI2021, counts_as={**WI2021.counts_as, Component.MAP: Category.PARTICIPATION})
    assert counting.counted(spent, Category.PARTICIPATION) == 40 * 60
    assert sum(counting.counted(spent, category) for category in Category) == 52 * 60


# ── PVT ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_R_PVT_01_twelve_hours_and_one_minute_less() -> None:
    sign = SignParticipationDeclaration(AT_THE_END)
    under_the_act(*BEGUN, pvt(12 * 60 - 1)).when(sign).then_refused("pvt-takes-12-hours")
    under_the_act(*BEGUN, pvt(12 * 60)).when(sign).then(ParticipationDeclarationSigned(AT_THE_END))


# ── MAP ──────────────────────────────────────────────────────────────────────────────────────────────────────

DAY = PIP_DATE + ONE_DAY
THEMES = tuple(MapThemeCovered(DAY, theme) for theme in MapTheme)
HOURS = tuple(MapHoursLogged(DAY + n * ONE_DAY, f"map-{n}", 600) for n in range(4))


def test_R_MAP_01_forty_hours_and_eight_themes() -> None:
    assert len(THEMES) == 8
    enough = HoldMapInterview(AT_THE_END, True)
    under_the_act(*BEGUN, *HOURS, *THEMES).when(enough).then(MapInterviewHeld(AT_THE_END, True))
    minute_less = (*HOURS[:3], attrs.evolve(HOURS[3], minutes=599))
    rule = "map-takes-40-hours-and-eight-themes"
    under_the_act(*BEGUN, *minute_less, *THEMES).when(enough).then_refused("map-takes-40-hours-and-eight-themes")
    under_the_act(*BEGUN, *HOURS, *THEMES[:7]).when(enough).then_refused(rule)


def test_R_MAP_02_an_interview_that_finds_too_little_may_come_at_any_time() -> None:
    too_little = HoldMapInterview(AT_THE_END, False)
    under_the_act(*BEGUN).when(too_little).then(MapInterviewHeld(AT_THE_END, False))


def test_R_MAP_03_paid_work_takes_a_reasoned_exception_for_its_norm_could_not_be_read() -> None:
    rule = "map-takes-40-hours-and-eight-themes"
    both = RecordTogether((OverrideRule(AT_THE_END, rule, "Paid work."), HoldMapInterview(AT_THE_END, True)))
    assert under_the_act(*BEGUN).when(both).error is None


# ── KNM ──────────────────────────────────────────────────────────────────────────────────────────────────────

IN_2022 = (*opened(on=date(2022, 3, 7)), pip(date(2022, 4, 4)))


def test_R_Z_05_the_knm_exam_only_since_2023() -> None:
    under_the_act(*IN_2022).when(knm_exam(date(2022, 12, 31))).then_refused("knm-exam-from-2023")
    under_the_act(*IN_2022).when(knm_exam(date(2023, 1, 1))).then(
        ExamTaken(date(2023, 1, 1), "knm-1", ExamPart.SOCIETY, None, True)
    )


def test_R_Z_05_language_exams_and_other_routes_were_open_before() -> None:
    speaking = TakeExam(date(2022, 12, 31), "sp-1", ExamPart.SPEAKING, ExamLevel.A2, True)
    assert under_the_act(*IN_2022).when(speaking).error is None
    in_b1 = (*opened(on=date(2022, 3, 7)), pip(date(2022, 4, 4), route=B1))
    assert under_the_act(*in_b1).when(knm_exam(date(2022, 12, 31))).error is None


def test_R_Z_04_no_knm_exam_is_asked_for_completion() -> None:
    under_the_act(*ready_to_complete()).when(DONE).then(COMPLETED)


# ── completion ───────────────────────────────────────────────────────────────────────────────────────────────


def test_R_Z_01_reaching_a1_is_no_condition() -> None:
    """Nobody measured anything here, and the route is completed without a remark."""
    under_the_act(*ready_to_complete()).when(DONE).then_advised()


def test_R_Z_12_the_final_interview_comes_first() -> None:
    without = [one for one in ready_to_complete() if not isinstance(one, FinalInterviewHeld)]
    under_the_act(*without).when(DONE).then_refused("completion-takes-the-final-interview")
    later = (*without, FinalInterviewHeld(AT_THE_END + ONE_DAY))
    under_the_act(*later).when(DONE).then_refused("completion-takes-the-final-interview")


@pytest.mark.parametrize("missing", [ParticipationDeclarationSigned, MapInterviewHeld])
def test_R_Z_12_pvt_and_map_are_asked_for_as_a_remark_for_it_is_inferred(missing: type[object]) -> None:
    without = [one for one in ready_to_complete() if not isinstance(one, missing)]
    under_the_act(*without).when(DONE).then_advised("completion-takes-pvt-and-map")


def test_R_Z_12_a_map_that_was_not_enough_is_remarked() -> None:
    found = [one for one in ready_to_complete() if not isinstance(one, MapInterviewHeld)]
    under_the_act(*found, MapInterviewHeld(AT_THE_END, False)).when(DONE).then_advised("completion-takes-pvt-and-map")


def test_R_Z_11_nothing_is_finished_before_the_term() -> None:
    """The day of the PIP lies before the term; the day after it is its first."""
    early = pvt(on=PIP_DATE)
    before = (*BEGUN, early)
    under_the_act(*before).when(SignParticipationDeclaration(PIP_DATE)).then_refused("within-the-term")
    assert under_the_act(*before).when(SignParticipationDeclaration(PIP_DATE + ONE_DAY)).error is None
    under_the_act(*before).when(HoldMapInterview(PIP_DATE, False)).then_refused("within-the-term")
    assert under_the_act(*before).when(HoldMapInterview(PIP_DATE + ONE_DAY, False)).error is None
    no_pip = (*opened(), pvt())
    under_the_act(*no_pip).when(SignParticipationDeclaration(AT_THE_END)).then_refused("within-the-term")


def test_R_Z_11_pvt_and_map_do_not_lie_after_completion() -> None:
    without = [one for one in ready_to_complete() if not isinstance(one, ParticipationDeclarationSigned)]
    late = SignParticipationDeclaration(AT_THE_END + ONE_DAY)
    under_the_act(*without, COMPLETED).when(late).then_refused("not-after-completion")
    assert under_the_act(*without, COMPLETED).when(SignParticipationDeclaration(AT_THE_END)).error is None
    again = HoldMapInterview(AT_THE_END + ONE_DAY, True)
    under_the_act(*ready_to_complete(), COMPLETED).when(again).then_refused("not-after-completion")


def test_R_Z_11_nothing_lies_in_the_future() -> None:
    yesterday = AT_THE_END - ONE_DAY
    under_the_act(*ready_to_complete()).when(DONE, said_on=AT_THE_END).then(COMPLETED)
    under_the_act(*ready_to_complete()).when(DONE, said_on=yesterday).then_refused("not-in-the-future")


def test_R_Z_12_completed_once_by_somebody_in_the_z_route() -> None:
    again = CompleteRoute(AT_THE_END + ONE_DAY)
    under_the_act(*ready_to_complete(), COMPLETED).when(again).then_refused("completed-once")
    in_b1 = [pip(route=B1) if one == pip() else one for one in ready_to_complete()]
    under_the_act(*in_b1).when(DONE).then_refused("completed-once")


def test_R_Z_12_after_the_end_of_the_term_it_can_still_be_completed() -> None:
    late = CompleteRoute(date(2028, 9, 1))
    under_the_act(*ready_to_complete()).when(late).then(RouteCompleted(date(2028, 9, 1)))


def test_R_Z_13_the_certificate_follows_completion() -> None:
    hand_out = HandOutCertificate(AT_THE_END + ONE_DAY)
    under_the_act(*ready_to_complete()).when(hand_out).then_refused("certificate-after-completion")
    assert under_the_act(*ready_to_complete(), COMPLETED).when(hand_out).error is None


def test_a_withdrawn_date_is_a_fact_of_its_own() -> None:
    """Compact rule 14: what is withdrawn is told, with its reason, and both stand in the history."""
    before = (*BEGUN, pvt(), ParticipationDeclarationSigned(AT_THE_END))
    name = UUID(int=len(before))
    decided = under_the_act(*before).when(RetractFact(AT_THE_END, name, "Signed by another person."))
    assert decided.decision is not None
    record = history(*before, *decided.decision.facts)
    assert record.trajectory.duty.signed is None
    assert len(record.entries) == len(before) + 1
