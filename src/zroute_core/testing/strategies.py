"""Lawful histories, drawn by Hypothesis: commands as they might come, of which `decide` lets some through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache, partial
from uuid import UUID

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from zroute_core.domain.decisions import (
    AdoptPlan,
    AssignGuide,
    AttendActivity,
    AttendLesson,
    CancelActivity,
    CancelLesson,
    Command,
    CorrectFact,
    EndInternship,
    EndLanguageBuddyMatch,
    EndTrajectory,
    GiveOwnJudgement,
    HandInHomework,
    HoldCoaching,
    HoldIntake,
    InterruptTrajectory,
    JoinGroup,
    LeaveGroup,
    LogInternshipHours,
    MatchLanguageBuddy,
    MissActivity,
    MissLesson,
    OneCommand,
    OpenTrajectory,
    RecordAssessment,
    RecordTogether,
    ReleaseGuide,
    ResumeTrajectory,
    RetractFact,
    ReviewAgreement,
    RevisePlan,
    StartInternship,
    decide,
)
from zroute_core.domain.events import (
    ActivityAttended,
    AssessmentRecorded,
    FactCorrected,
    FactRetracted,
    Happened,
    LessonAttended,
    LessonMissed,
)
from zroute_core.domain.history import History, Told
from zroute_core.domain.instruments import PILOT_LANGUAGE, PILOT_SELF_RELIANCE
from zroute_core.domain.national import PILOT
from zroute_core.domain.programme import Programme
from zroute_core.domain.trajectory import Trajectory
from zroute_core.domain.values import (
    ACTIVITIES,
    INTERNSHIPS,
    LESSONS,
    AbsenceReason,
    Activity,
    Agreement,
    Answer,
    CancellationReason,
    Component,
    EndReason,
    Group,
    Guide,
    IntakePart,
    Internship,
    InterruptionReason,
    LearningGoal,
    Lesson,
    Modality,
    Moment,
    PlannedComponent,
    Regime,
    Score,
    Setting,
    TargetGroup,
)
from zroute_core.errors import ZRouteError
from zroute_core.testing.act_strategies import act_commands
from zroute_core.testing.drawn import FIRST, LAST, days, keys, minutes, notes
from zroute_core.testing.scenario import Entry

modalities = st.sampled_from(Modality)
reasons = st.sampled_from(EndReason)
starts = st.none() | st.times().map(lambda at: at.replace(hour=8 + at.hour % 10, second=0, microsecond=0))


goals = st.builds(LearningGoal, keys, notes).map(lambda goal: (goal,))
planned = st.lists(
    st.builds(PlannedComponent, st.sampled_from(Component), st.integers(0, 600)),
    max_size=3,
    unique_by=lambda line: line.component,
).map(tuple)
agreed = st.lists(st.builds(Agreement, keys, notes, st.none() | days), max_size=2, unique_by=lambda one: one.key).map(
    tuple
)
guides = st.builds(Guide, keys, st.just("coach"))
groups = st.builds(Group, keys, st.sampled_from(["alfa", "A1"]), st.just("school"))


def lessons(names: SearchStrategy[str] = keys) -> SearchStrategy[Lesson]:
    """Lessons that may clash in key or hour."""
    component = st.sampled_from(sorted(LESSONS, key=lambda one: one.value))
    return st.builds(
        Lesson, names, component, minutes, st.just("school"), modalities, st.sampled_from(Setting), starts=starts
    )


def activities(names: SearchStrategy[str] = keys) -> SearchStrategy[Activity]:
    """Activities that may clash in key or hour."""
    component = st.sampled_from(sorted(ACTIVITIES, key=lambda one: one.value))
    return st.builds(
        Activity,
        names,
        component,
        minutes,
        st.just("house"),
        modalities,
        st.none(),
        st.booleans(),
        st.booleans(),
        starts,
    )


def internships() -> SearchStrategy[Internship]:
    """Internships at one of two hosts."""
    component = st.sampled_from(sorted(INTERNSHIPS, key=lambda one: one.value))
    return st.builds(Internship, keys, component, st.sampled_from(["laundry", "garden"]), st.just("Agros"))


def assessments(off_scale: bool = True) -> SearchStrategy[RecordAssessment]:
    """A sitting on one of the two pilot instruments, with scores from 0 to 5 or only those of its scale."""
    instrument = st.sampled_from([PILOT_LANGUAGE, PILOT_SELF_RELIANCE])
    return instrument.flatmap(
        lambda one: st.builds(
            RecordAssessment,
            days,
            st.just(one.key),
            st.just(one.version),
            st.sampled_from(Moment),
            st.lists(
                st.builds(
                    Score,
                    st.sampled_from(one.domains),
                    st.integers(*((0, 5) if off_scale else (one.lowest, one.highest))),
                ),
                min_size=1,
                max_size=3,
                unique_by=lambda score: score.domain,
            ).map(tuple),
        )
    )


@cache
def commands() -> SearchStrategy[Command]:
    """Any command but those that open a trajectory or correct it; a good part of them will be refused."""
    return st.one_of(
        st.builds(HoldIntake, days, st.just(tuple(IntakePart)), goals),
        st.builds(AdoptPlan, days, goals, planned, agreed),
        st.builds(RevisePlan, days, goals, planned, agreed, notes),
        st.builds(ReviewAgreement, days, keys, st.booleans()),
        st.builds(InterruptTrajectory, days, st.sampled_from(InterruptionReason)),
        st.builds(ResumeTrajectory, days),
        st.builds(AssignGuide, days, guides),
        st.builds(ReleaseGuide, days, keys),
        st.builds(MatchLanguageBuddy, days, keys),
        st.builds(EndLanguageBuddyMatch, days, keys, reasons),
        st.builds(HoldCoaching, days, keys, st.just("coach"), minutes, modalities),
        st.builds(JoinGroup, days, groups, st.integers(1, 12), st.booleans()),
        st.builds(LeaveGroup, days, keys, reasons),
        st.builds(AttendLesson, days, lessons()),
        st.builds(MissLesson, days, lessons(), st.sampled_from(AbsenceReason)),
        st.builds(CancelLesson, days, lessons(), st.sampled_from(CancellationReason)),
        st.builds(HandInHomework, days, keys),
        st.builds(AttendActivity, days, activities()),
        st.builds(MissActivity, days, activities(), st.sampled_from(AbsenceReason)),
        st.builds(CancelActivity, days, activities(), st.sampled_from(CancellationReason)),
        st.builds(StartInternship, days, internships()),
        st.builds(LogInternshipHours, days, keys, keys, minutes),
        st.builds(EndInternship, days, keys, reasons),
        assessments(),
        st.builds(
            GiveOwnJudgement,
            days,
            st.sampled_from(Moment),
            st.sampled_from(Answer),
            st.sampled_from(Answer),
            st.sampled_from(Answer),
        ),
        st.builds(EndTrajectory, st.dates(LAST - timedelta(days=30), LAST), reasons),
    )


Way = Callable[[], SearchStrategy[OneCommand]]


def fitting(history: History) -> SearchStrategy[OneCommand]:
    """Commands that speak of what is there: most of them are allowed."""
    # Each way is built only when it is drawn: building them all costs far more than what is drawn.
    ways: list[Way] = [_fresh, *_about(history.trajectory)]
    return st.sampled_from(ways).flatmap(lambda make: make())


@cache
def _fresh() -> SearchStrategy[OneCommand]:
    """What needs nothing before it but an intake; the keys of lessons and activities seldom come twice."""
    names = st.integers(0, 99).map("nr-{}".format)
    why = st.sampled_from(AbsenceReason)
    return st.one_of(
        st.builds(AdoptPlan, days, st.just(()), planned, agreed),
        st.builds(AssignGuide, days, guides),
        st.builds(MatchLanguageBuddy, days, keys),
        st.builds(JoinGroup, days, groups, st.integers(1, 12), st.booleans()),
        st.builds(StartInternship, days, internships()),
        st.builds(InterruptTrajectory, days, st.sampled_from(InterruptionReason)),
        st.builds(AttendLesson, days, lessons(names)),
        st.builds(MissLesson, days, lessons(names), why),
        st.builds(CancelLesson, days, lessons(names), st.sampled_from(CancellationReason)),
        st.builds(AttendActivity, days, activities(names)),
        st.builds(MissActivity, days, activities(names), why),
        st.builds(HandInHomework, days, names),
        st.builds(HoldCoaching, days, names, st.just("coach"), minutes, modalities),
        assessments(off_scale=False),
    )


def _about(now: Trajectory) -> Iterator[Way]:
    """What speaks about a guide, buddy, group, internship, interruption or plan that is there."""
    for key, period in now.guides.items():
        yield partial(st.builds, ReleaseGuide, st.dates(period.since, LAST), st.just(key))
    for key, period in now.buddies.items():
        yield partial(st.builds, EndLanguageBuddyMatch, st.dates(period.since, LAST), st.just(key), reasons)
    for key, membership in now.groups.items():
        yield partial(st.builds, LeaveGroup, st.dates(membership.period.since, LAST), st.just(key), reasons)
    for key, placement in now.internships.items():
        within = st.dates(placement.period.since, placement.period.until or LAST)
        yield partial(st.builds, LogInternshipHours, within, st.just(key), keys, minutes)
        yield partial(st.builds, EndInternship, within, st.just(key), reasons)
    if now.interrupted is not None and now.interrupted.runs:
        yield partial(st.builds, ResumeTrajectory, st.dates(now.interrupted.since, LAST))
    if now.plan is not None:
        later = st.dates(now.plan.on, LAST)
        again = st.just(now.plan.components)
        yield partial(st.builds, RevisePlan, later, st.just(()), again, st.just(now.plan.agreements), notes)
        if now.plan.agreements:
            agreed = st.sampled_from([one.key for one in now.plan.agreements])
            yield partial(st.builds, ReviewAgreement, later, agreed, st.booleans())


def together(history: History) -> SearchStrategy[Command]:
    """What is told as one: an interruption with its resumption, or any two things that fit."""
    pause = st.tuples(days, days).map(sorted)
    stop_and_go = pause.map(
        lambda two: RecordTogether((InterruptTrajectory(two[0], InterruptionReason.OTHER), ResumeTrajectory(two[1])))
    )
    any_two = st.tuples(fitting(history), fitting(history)).map(RecordTogether)
    return st.one_of(stop_and_go, any_two)


def corrections(history: History) -> SearchStrategy[Command]:
    """About any entry, a correction among them: another day, other minutes, or never happened."""
    about = st.sampled_from(history.entries)
    return about.flatmap(lambda entry: st.one_of(_corrected(entry, history), _retracted(entry)))


def _retracted(entry: Told) -> SearchStrategy[Command]:
    return st.builds(RetractFact, st.just(LAST), st.just(entry.event_id), notes)


def _corrected(entry: Told, history: History) -> SearchStrategy[Command]:
    match entry.event:
        case FactCorrected(replacement=form):
            forms: SearchStrategy[Happened] = st.just(form)
        case FactRetracted():
            told = [one.event for one in history.entries]
            forms = st.sampled_from([one for one in told if not isinstance(one, FactCorrected | FactRetracted)])
        case happened:
            forms = st.just(happened)
    replacement = forms.flatmap(lambda form: st.one_of(_another_day(form), _otherwise(form)))
    return st.builds(CorrectFact, st.just(LAST), st.just(entry.event_id), replacement, notes)


def _another_day(form: Happened) -> SearchStrategy[Happened]:
    return days.map(lambda day: attrs.evolve(form, on=day))


def _otherwise(form: Happened) -> SearchStrategy[Happened]:
    match form:
        case LessonAttended(on=on, lesson=lesson):
            shorter = minutes.map(lambda some: LessonAttended(on, attrs.evolve(lesson, minutes=some, starts=None)))
            missed = st.sampled_from(AbsenceReason).map(lambda why: LessonMissed(on, lesson, why))
            return st.one_of(shorter, missed)
        case ActivityAttended(on=on, activity=activity):
            return minutes.map(lambda some: ActivityAttended(on, attrs.evolve(activity, minutes=some, starts=None)))
        case AssessmentRecorded():
            scores = st.integers(form.lowest, form.highest)
            return scores.map(lambda score: attrs.evolve(form, score=score))
        case _:
            return _another_day(form)


@st.composite
def lawful_histories(
    draw: DrawFn, programme: Programme = PILOT, max_size: int = 20, correcting: bool = True
) -> History:
    """A history that `decide` let through, fact by fact, with late facts, corrections and retractions in it.

    Facts are recorded in the order of drawing, so many of them are told later than what happened after them. Of what
    is asked, some fits and some is arbitrary; what is refused is left out. The opening may be retracted as well, and
    then no fact is in force: `opened_histories` leaves those out.
    """
    history = History()
    group = draw(st.sampled_from(TargetGroup))
    history = _follow(
        history, OpenTrajectory(FIRST, programme.municipality or "0392", group, programme.regime), programme
    )
    if draw(st.integers(0, 9)) < 9:
        history = _follow(history, HoldIntake(FIRST, tuple(IntakePart), ()), programme)
    for _ in range(draw(st.integers(0, max_size))):
        match draw(st.sampled_from(["fitting", "fitting", "fitting", "together", "act", "any", "correction"])):
            case "fitting":
                asked: Command = draw(fitting(history))
            case "together":
                asked = draw(together(history))
            case "correction" if correcting:
                asked = draw(corrections(history))
            case "act" if programme.regime is Regime.WI2021:
                asked = draw(act_commands())
            case _:
                asked = draw(commands())
        history = _follow(history, asked, programme)
    return history


def opened_histories(
    programme: Programme = PILOT, max_size: int = 20, correcting: bool = True
) -> SearchStrategy[History]:
    """Those of `lawful_histories` that have views: their opening stands."""
    return lawful_histories(programme, max_size, correcting).filter(lambda told: told.trajectory.opened is not None)


def _follow(history: History, command: Command, programme: Programme) -> History:
    try:
        facts = decide(command, history, programme, LAST).facts
    except ZRouteError:
        return history
    first = len(history.entries) + 1
    return history.followed_by([Entry(UUID(int=number), fact) for number, fact in enumerate(facts, start=first)])
