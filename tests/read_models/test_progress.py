"""How far is this participant? Every number here is worked out by hand."""

from datetime import date, timedelta

import attrs
import pytest

from zroute_core.domain.act import (
    DispensationGround,
    DispensationKind,
    DutyEndReason,
    ExemptionCode,
    ExemptionKind,
    PipLevel,
    Route,
)
from zroute_core.domain.events import (
    ActivityAttended,
    ActivityCancelled,
    ActivityMissed,
    AssessmentRecorded,
    CoachingHeld,
    DispensationGranted,
    DutyEnded,
    DutyNotified,
    ExemptionGranted,
    Fact,
    FactRetracted,
    HomeworkHandedIn,
    InternshipHoursLogged,
    InternshipStarted,
    LessonAttended,
    LessonCancelled,
    LessonMissed,
    TermExtended,
    TrajectoryEnded,
    TrajectoryInterrupted,
    TrajectoryOpened,
    TrajectoryResumed,
)
from zroute_core.domain.instruments import PILOT_LANGUAGE
from zroute_core.domain.national import PILOT, WI2021
from zroute_core.domain.programme import Category, Dated, Programme, Targets
from zroute_core.domain.values import (
    AbsenceReason,
    Activity,
    CancellationReason,
    Component,
    EndReason,
    InterruptionReason,
    Lesson,
    Modality,
    Moment,
    Regime,
    TargetGroup,
)
from zroute_core.errors import NotFound
from zroute_core.read_models.progress import (
    CategoryForecast,
    CategoryProgress,
    ComponentProgress,
    Deadline,
    DeadlineKind,
    Forecast,
    Progress,
    TermProgress,
    progress,
)
from zroute_core.testing.samples import (
    DAY,
    INTAKE,
    INTAKE_UNDER_THE_ACT,
    INTERNSHIP,
    NOTICE,
    OPENED,
    OPENED_UNDER_THE_ACT,
    PIP,
    PIP_DAY,
    START,
)
from zroute_core.testing.scenario import history

FOUR_WEEKS_LATER = START + timedelta(weeks=4)


def lesson(key: str, component: Component = Component.LANGUAGE, minutes: int = 120) -> Lesson:
    return Lesson(key, component, minutes, "school", Modality.IN_CLASS)


def activity(key: str, component: Component, minutes: int = 90) -> Activity:
    return Activity(key, component, minutes, "house", Modality.IN_CLASS)


def scored(domain: str, score: int, moment: Moment) -> AssessmentRecorded:
    return AssessmentRecorded(DAY, "pilot-language", "2020", 0, 4, domain, score, moment)


def of(*facts: Fact, programme: Programme = PILOT, day: date = FOUR_WEEKS_LATER) -> Progress:
    return progress(history(OPENED, INTAKE, *facts).facts, programme, day)


def category(view: Progress, wanted: Category) -> CategoryProgress:
    (found,) = (one for one in view.categories if one.category is wanted)
    return found


FULL = (
    LessonAttended(DAY, lesson("l-1")),  # 120 minutes of language
    LessonAttended(DAY, lesson("l-2", minutes=45)),  # 165
    LessonAttended(DAY, lesson("k-1", Component.SOCIETY, 60)),
    LessonMissed(DAY, lesson("l-3"), AbsenceReason.CHILDCARE),
    LessonMissed(DAY, lesson("l-4"), AbsenceReason.ILL),
    LessonCancelled(DAY, lesson("l-5"), CancellationReason.PANDEMIC),
    ActivityAttended(DAY, activity("s-1", Component.SPORT)),  # 90
    ActivityMissed(DAY, activity("s-2", Component.SPORT), AbsenceReason.ILL),
    ActivityCancelled(DAY, activity("e-1", Component.EXCURSION), CancellationReason.PANDEMIC),
    InternshipStarted(DAY, INTERNSHIP),
    InternshipHoursLogged(DAY, "stage-1", "monday", 240),
    InternshipHoursLogged(DAY, "stage-1", "tuesday", 180),  # 420
    CoachingHeld(DAY, "t-1", "coach", 45, Modality.ONLINE),
    HomeworkHandedIn(DAY, "h-1"),
    HomeworkHandedIn(DAY, "h-2"),
)


def test_minutes_per_component_with_what_was_missed_and_cancelled() -> None:
    course, participation = Category.COURSE, Category.PARTICIPATION
    assert of(*FULL).components == (
        ComponentProgress(Component.LANGUAGE, course, 165, attended=2, missed=2, cancelled=1),
        ComponentProgress(Component.SOCIETY, course, 60, attended=1, missed=0, cancelled=0),
        ComponentProgress(Component.EXCURSION, participation, 0, attended=0, missed=0, cancelled=1),
        ComponentProgress(Component.SPORT, participation, 90, attended=1, missed=1, cancelled=0),
        ComponentProgress(Component.LANGUAGE_INTERNSHIP, participation, 420, attended=2, missed=0, cancelled=0),
        ComponentProgress(
            Component.COACHING, PILOT.category(Component.COACHING), 45, attended=1, missed=0, cancelled=0
        ),
    )


def test_each_minute_counts_once_in_one_category() -> None:
    view = of(*FULL)
    assert category(view, Category.COURSE).minutes == 225  # 165 + 60
    assert sum(one.minutes for one in view.categories) == 780  # 165 + 60 + 90 + 420 + 45
    assert sum(one.minutes for one in view.components) == 780


def test_attendance_and_the_reasons_of_absence() -> None:
    view = of(*FULL)
    assert (view.attended, view.missed) == (7, 3)
    assert view.absences == {AbsenceReason.CHILDCARE: 1, AbsenceReason.ILL: 2}
    assert view.cancellations == {CancellationReason.PANDEMIC: 2}
    assert view.homework == 2


def test_what_is_left_and_the_weekly_pace_it_asks() -> None:
    """The pilots' 104 weeks, 4 gone: 48,000 - 225 = 47,775 minutes in 100 weeks, 477.75 a week, rounded up."""
    view = of(*FULL)
    assert view.weeks_left == 100
    assert category(view, Category.COURSE) == CategoryProgress(Category.COURSE, 225, 48_000, 47_775, 478)


def test_a_pace_that_comes_out_even_is_not_rounded() -> None:
    view = of(LessonAttended(DAY, lesson("l-1", minutes=100)))  # 47,900 in 100 weeks
    assert category(view, Category.COURSE).weekly_pace == 479


@pytest.mark.parametrize(
    ("day", "weeks", "pace"),
    [
        (START, 104, 462),  # 48,000 / 104 = 461.5...
        (START + timedelta(days=6), 103, 467),  # 466.0...
        (START + timedelta(weeks=103), 1, 48_000),
        (START + timedelta(weeks=103, days=1), 0, None),
        (START + timedelta(weeks=104), 0, None),
        (START + timedelta(weeks=200), 0, None),
    ],
)
def test_only_whole_weeks_are_left(day: date, weeks: int, pace: int | None) -> None:
    view = of(day=day)
    assert view.weeks_left == weeks
    assert category(view, Category.COURSE).weekly_pace == pace


def test_nothing_is_left_when_the_target_is_reached() -> None:
    days = tuple(LessonAttended(DAY, lesson(f"l-{number}", minutes=1200)) for number in range(41))
    view = of(*days)  # 41 x 1,200 = 49,200 of 48,000
    assert category(view, Category.COURSE) == CategoryProgress(Category.COURSE, 49_200, 48_000, 0, None)


def test_a_family_migrant_has_no_participation_target_under_the_law() -> None:
    opened = TrajectoryOpened(date(2022, 2, 1), "0392", TargetGroup.FAMILY_OR_OTHER_MIGRANT, Regime.WI2021)
    view = progress(history(opened).facts, WI2021, date(2022, 2, 1))
    assert category(view, Category.COURSE).target == 48_000
    assert category(view, Category.PARTICIPATION) == CategoryProgress(Category.PARTICIPATION, 0, 0, 0, None)


def test_scores_with_their_change_since_the_baseline() -> None:
    view = of(
        scored("speaking", 1, Moment.T0),
        scored("speaking", 3, Moment.T2),
        scored("reading", 2, Moment.T0),
        scored("reading", 1, Moment.T1),
        scored("writing", 1, Moment.T0),
        scored("listening", 2, Moment.T2),
    )
    found = {one.domain: (one.latest, one.change) for one in view.domains}
    assert found == {"speaking": (3, 2), "reading": (1, -1), "writing": (1, None), "listening": (2, None)}


def test_a_level_is_what_the_instrument_calls_the_latest_score() -> None:
    (speaking,) = of(scored("speaking", 0, Moment.T0), scored("speaking", 1, Moment.T2)).domains
    assert speaking.level == "A1"
    nameless = attrs.evolve(PILOT, instruments=(attrs.evolve(PILOT_LANGUAGE, levels={}),))
    unknown = attrs.evolve(PILOT, instruments=())
    for programme in (nameless, unknown):
        (speaking,) = of(scored("speaking", 1, Moment.T2), programme=programme).domains
        assert speaking.level is None


def test_who_has_ended_needs_no_pace() -> None:
    view = of(TrajectoryEnded(DAY, EndReason.MOVED))
    assert view.weeks_left == 0
    assert category(view, Category.COURSE) == CategoryProgress(Category.COURSE, 0, 48_000, 48_000, None)


def test_interruption_and_ending_are_told() -> None:
    stopped = TrajectoryInterrupted(DAY, InterruptionReason.ILLNESS)
    assert of(stopped).interrupted
    assert not of(stopped, TrajectoryResumed(DAY)).interrupted
    ended = of(TrajectoryEnded(DAY, EndReason.FOUND_WORK))
    assert (ended.ended_on, ended.end_reason) == (DAY, EndReason.FOUND_WORK)


def test_a_retracted_lesson_counts_no_more() -> None:
    told = history(OPENED, INTAKE, LessonAttended(DAY, lesson("l-1")), LessonAttended(DAY, lesson("l-2", minutes=45)))
    third, fourth = told.entries[2].event_id, told.entries[3].event_id
    facts = (LessonAttended(DAY, lesson("l-1")), LessonAttended(DAY, lesson("l-2", minutes=45)))
    assert category(of(*facts, FactRetracted(DAY, third, "x")), Category.COURSE).minutes == 45
    assert category(of(*facts, FactRetracted(DAY, fourth, "x")), Category.COURSE).minutes == 120


def test_what_counts_is_the_programmes_choice() -> None:
    talk = CoachingHeld(DAY, "t-1", "coach", 45, Modality.ONLINE)
    for counts in Category:
        ours = attrs.evolve(PILOT, counts_as={**PILOT.counts_as, Component.COACHING: counts})
        minutes = {one.category: one.minutes for one in of(talk, programme=ours).categories}
        assert minutes == {one: 45 if one is counts else 0 for one in Category}


def test_hours_at_an_internship_that_nobody_recorded_are_hours_all_the_same() -> None:
    """`decide` refuses them; a history that came from elsewhere may hold them, and loses nothing."""
    view = of(InternshipHoursLogged(DAY, "stage-1", "monday", 240))
    assert [(one.component, one.minutes) for one in view.components] == [(Component.WORK_INTERNSHIP, 240)]


def test_before_it_was_opened_there_is_no_progress() -> None:
    with pytest.raises(NotFound):
        progress((), PILOT, DAY)


# ── the term ─────────────────────────────────────────────────────────────────────────────────────────────────
#
# The PIP is of 15 April 2024: the term runs from 16 April 2024 up to, and not including, 16 April 2027: 1,095 days.

TERM_BEGINS, TERM_UNTIL = date(2024, 4, 16), date(2027, 4, 16)
FAMILY = TargetGroup.FAMILY_OR_OTHER_MIGRANT
LAST_TO_SWITCH = date(2025, 10, 16)  # a year and a half after it began


def act(*facts: Fact, day: date) -> Progress:
    return progress(history(OPENED_UNDER_THE_ACT, *facts).facts, WI2021, day)


def test_without_a_pip_there_is_no_term_and_the_programme_says_how_long() -> None:
    """156 weeks from 4 March 2024; 10 of them gone."""
    view = act(day=NOTICE + timedelta(weeks=10))
    assert (view.term, view.weeks_left) == (None, 146)


@pytest.mark.parametrize(
    ("day", "gone", "left", "weeks"),
    [
        (PIP_DAY, 0, 1095, 156),  # 1,096 days from now: 156 weeks and 4 days
        (TERM_BEGINS, 0, 1095, 156),  # 156 weeks and 3 days
        (date(2025, 4, 16), 365, 730, 104),
        (date(2027, 4, 15), 1094, 1, 0),
        (TERM_UNTIL, 1095, 0, 0),
        (date(2028, 1, 1), 1095, 0, 0),
    ],
)
def test_where_on_its_way_the_term_is(day: date, gone: int, left: int, weeks: int) -> None:
    view = act(PIP, day=day)
    assert view.term == TermProgress(TERM_BEGINS, TERM_UNTIL, gone, left, 0, False, None)
    assert view.weeks_left == weeks


def test_the_pace_is_asked_of_the_weeks_to_the_end_of_the_term() -> None:
    """48,000 minutes in 104 weeks: 461.5..., rounded up."""
    assert category(act(PIP, day=date(2025, 4, 16)), Category.COURSE).weekly_pace == 462


def test_an_extension_gives_more_weeks_and_is_counted() -> None:
    day = date(2026, 6, 1)
    view = act(PIP, TermExtended(day, date(2027, 10, 16), "A1", True), day=day)
    assert view.term is not None
    assert (view.term.until, view.term.extended, view.term.days_left) == (date(2027, 10, 16), 1, 502)
    assert view.weeks_left == 71  # 502 days


def test_a_temporary_exemption_suspends_the_term_up_to_and_including_its_last_day() -> None:
    exempt = ExemptionGranted(PIP_DAY, ExemptionKind.TEMPORARY, ExemptionCode.ON_REQUEST, until=date(2024, 12, 31))
    told = {day: act(PIP, exempt, day=day).term for day in (date(2024, 12, 31), date(2025, 1, 1))}
    assert [term and term.suspended for term in told.values()] == [True, False]


def test_when_the_duty_ends_the_term_stops_and_asks_nothing() -> None:
    """10 days after it began."""
    ended = date(2024, 4, 26)
    view = act(PIP, DutyEnded(ended, DutyEndReason.DIED), day=date(2025, 1, 1))
    assert view.term == TermProgress(TERM_BEGINS, TERM_UNTIL, 10, 0, 0, False, ended)
    assert (view.weeks_left, view.forecast, view.deadlines) == (0, None, ())


def at(day: date, key: str, minutes: int) -> Fact:
    return LessonAttended(day, lesson(key, minutes=minutes))


def test_a_forecast_goes_on_at_the_pace_since_the_term_began() -> None:
    """In the first 100 days 4,800 of 48,000 minutes: 48 a day, so 900 days more for the 43,200 that are left.

    24 July 2024 is the hundredth day. What was followed before the term began counts as followed, not as pace.
    """
    day = date(2024, 7, 24)
    told = (PIP, *(at(day, f"l-{number}", 1200) for number in range(4)))
    view = progress(history(attrs.evolve(OPENED_UNDER_THE_ACT, target_group=FAMILY), *told).facts, WI2021, day)
    met_on = day + timedelta(days=900)
    expected = CategoryForecast(Category.COURSE, 4800 * 7 // 100, met_on)
    assert view.forecast == Forecast(TERM_BEGINS, (expected,), met_on, True)
    before = (PIP, at(PIP_DAY, "earlier", 1200), *told[1:])
    earlier = progress(history(attrs.evolve(OPENED_UNDER_THE_ACT, target_group=FAMILY), *before).facts, WI2021, day)
    assert earlier.forecast is not None
    assert earlier.forecast.met_on == day + timedelta(days=875)  # 42,000 left at 48 a day


def test_a_target_that_nobody_worked_on_is_never_met_at_this_pace() -> None:
    view = act(PIP, at(TERM_BEGINS, "l-1", 600), day=TERM_BEGINS)
    assert view.forecast is not None
    assert [(one.category, one.met_on is None) for one in view.forecast.categories] == [
        (Category.COURSE, False),
        (Category.PARTICIPATION, True),
    ]
    assert (view.forecast.met_on, view.forecast.in_time) == (None, False)


@pytest.mark.parametrize(("until", "in_time"), [(date(2027, 1, 11), True), (date(2027, 1, 10), False)])
def test_in_time_is_before_the_exclusive_end(until: date, in_time: bool) -> None:
    """Met on 10 January 2027: see above."""
    day = date(2024, 7, 24)
    told = (PIP, *(at(day, f"l-{number}", 1200) for number in range(4)), TermExtended(day, until, "A1", True))
    view = progress(history(attrs.evolve(OPENED_UNDER_THE_ACT, target_group=FAMILY), *told).facts, WI2021, day)
    assert view.forecast is not None
    assert view.forecast.met_on == date(2027, 1, 10)
    assert view.forecast.in_time is in_time


def test_a_pace_that_would_take_a_century_is_never() -> None:
    day = TERM_BEGINS + timedelta(days=999)
    view = act(PIP, at(TERM_BEGINS, "l-1", 1), day=day)
    assert view.forecast is not None
    assert [one.met_on for one in view.forecast.categories] == [None, None]


def test_without_a_term_a_forecast_goes_by_the_opening_and_knows_no_in_time() -> None:
    """On the 29th day 1,160 of 48,000 minutes: 40 a day, so 1,171 days more for 46,840. Participation: never."""
    view = of(LessonAttended(DAY, lesson("l-1", minutes=1160)), day=FOUR_WEEKS_LATER)
    assert view.forecast is not None
    (course, _) = view.forecast.categories
    assert (view.forecast.since, course.met_on) == (START, FOUR_WEEKS_LATER + timedelta(days=1171))
    assert view.forecast.in_time is None


def test_there_is_no_forecast_when_nothing_was_followed_or_nothing_is_left() -> None:
    assert act(PIP, day=date(2025, 1, 1)).forecast is None
    days = tuple(LessonAttended(DAY, lesson(f"l-{number}", minutes=1200)) for number in range(40))
    aim = attrs.evolve(PILOT, targets=dict.fromkeys(TargetGroup, Dated(((START, Targets(48_000, 0)),))))
    assert of(*days, programme=aim).forecast is None


def test_the_days_ahead_come_in_order_and_pass() -> None:
    notified = DutyNotified(NOTICE, NOTICE)
    pip_due = Deadline(DeadlineKind.PIP, date(2024, 5, 13))
    assert act(notified, day=date(2024, 5, 13)).deadlines == (pip_due,)
    assert act(notified, day=date(2024, 5, 14)).deadlines == ()
    switch, term = Deadline(DeadlineKind.SWITCH, LAST_TO_SWITCH), Deadline(DeadlineKind.TERM, date(2027, 4, 15))
    assert act(notified, PIP, day=LAST_TO_SWITCH).deadlines == (switch, term)
    assert act(notified, PIP, day=LAST_TO_SWITCH + timedelta(days=1)).deadlines == (term,)
    assert act(notified, PIP, day=TERM_UNTIL).deadlines == ()


def test_the_pilots_have_no_term_and_no_days_ahead() -> None:
    view = of(*FULL)
    assert (view.term, view.deadlines) == (None, ())


def test_in_another_route_the_hours_of_the_z_route_are_not_asked() -> None:
    b1 = attrs.evolve(PIP, route=Route.B1, level=PipLevel.B1)
    view = progress(history(OPENED_UNDER_THE_ACT, INTAKE_UNDER_THE_ACT, b1).facts, WI2021, PIP_DAY)
    assert [one.target for one in view.categories] == [0, 0, 0, 0]
    z = progress(history(OPENED_UNDER_THE_ACT, INTAKE_UNDER_THE_ACT, PIP).facts, WI2021, PIP_DAY)
    assert [one.target for one in z.categories] == [48_000, 0, 48_000, 0]


def test_a_medical_dispensation_lowers_the_target_and_a_full_one_lifts_it() -> None:
    """Besluit 3.14 and DUO Ontheffing 1.0.0 (R-Z-10): 300 hours are 18,000 minutes."""
    before = (OPENED_UNDER_THE_ACT, INTAKE_UNDER_THE_ACT, PIP)
    for kind, ground, target in (
        (DispensationKind.PARTIAL, DispensationGround.MEDICAL, 18_000),
        (DispensationKind.PARTIAL, DispensationGround.SPECIAL_CIRCUMSTANCES, 48_000),
        (DispensationKind.FULL, DispensationGround.MEDICAL, 0),  # nothing is asked any more
    ):
        granted = DispensationGranted(PIP_DAY, kind, ground, 300)
        view = progress(history(*before, granted).facts, WI2021, PIP_DAY)
        assert category(view, Category.PARTICIPATION).target == target
