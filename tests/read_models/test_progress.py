"""How far is this participant? Every number here is worked out by hand."""

from datetime import date, timedelta

import attrs
import pytest

from zroute_core.domain.events import (
    ActivityAttended,
    ActivityCancelled,
    ActivityMissed,
    AssessmentRecorded,
    CoachingHeld,
    Fact,
    FactRetracted,
    HomeworkHandedIn,
    InternshipHoursLogged,
    InternshipStarted,
    LessonAttended,
    LessonCancelled,
    LessonMissed,
    TrajectoryEnded,
    TrajectoryInterrupted,
    TrajectoryOpened,
    TrajectoryResumed,
)
from zroute_core.domain.instruments import PILOT_LANGUAGE
from zroute_core.domain.national import PILOT, WI2021
from zroute_core.domain.programme import Category, Programme
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
from zroute_core.read_models.progress import CategoryProgress, ComponentProgress, Progress, progress
from zroute_core.testing.samples import DAY, INTAKE, INTERNSHIP, OPENED, START
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
