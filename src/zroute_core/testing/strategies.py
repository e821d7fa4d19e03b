"""Lawful histories, drawn by Hypothesis: commands as they might come, of which `decide` lets some through."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from zroute_core.domain.decisions import (
    AdoptPlan,
    AssignGuide,
    AttendActivity,
    AttendLesson,
    CancelActivity,
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
    OpenTrajectory,
    RecordAssessment,
    ReleaseGuide,
    ResumeTrajectory,
    RetractFact,
    ReviewAgreement,
    RevisePlan,
    StartInternship,
    decide,
)
from zroute_core.domain.events import FactCorrected, FactRetracted
from zroute_core.domain.history import History
from zroute_core.domain.instruments import PILOT_LANGUAGE, PILOT_SELF_RELIANCE
from zroute_core.domain.national import PILOT
from zroute_core.domain.programme import Programme
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
from zroute_core.testing.scenario import Entry

FIRST = date(2020, 2, 3)
LAST = date(2021, 6, 30)

days: SearchStrategy[date] = st.dates(FIRST, LAST)
keys: SearchStrategy[str] = st.sampled_from(["a", "b", "c"])
"""Few keys, so that the same lesson, group or internship comes back."""
minutes: SearchStrategy[int] = st.integers(1, 240)
notes: SearchStrategy[str] = st.sampled_from(["was wrong", "was anders", "كان خطأ", "O"])
modalities = st.sampled_from(Modality)
starts = st.none() | st.times().map(lambda at: at.replace(hour=8 + at.hour % 10, second=0, microsecond=0))


def lessons() -> SearchStrategy[Lesson]:
    """Lessons that may clash in key or hour."""
    component = st.sampled_from(sorted(LESSONS, key=lambda one: one.value))
    return st.builds(
        Lesson, keys, component, minutes, st.just("school"), modalities, st.sampled_from(Setting), starts=starts
    )


def activities() -> SearchStrategy[Activity]:
    """Activities that may clash in key or hour."""
    component = st.sampled_from(sorted(ACTIVITIES, key=lambda one: one.value))
    return st.builds(
        Activity,
        keys,
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


def assessments() -> SearchStrategy[RecordAssessment]:
    """A sitting on one of the two pilot instruments, some scores off its scale."""
    instrument = st.sampled_from([PILOT_LANGUAGE, PILOT_SELF_RELIANCE])
    return instrument.flatmap(
        lambda one: st.builds(
            RecordAssessment,
            days,
            st.just(one.key),
            st.just(one.version),
            st.sampled_from(Moment),
            st.lists(
                st.builds(Score, st.sampled_from(one.domains), st.integers(0, 5)),
                min_size=1,
                max_size=3,
                unique_by=lambda score: score.domain,
            ).map(tuple),
        )
    )


def commands() -> SearchStrategy[Command]:
    """Any command but those that open a trajectory or correct it; a good part of them will be refused."""
    goals = st.builds(LearningGoal, keys, notes).map(lambda goal: (goal,))
    planned = st.lists(
        st.builds(PlannedComponent, st.sampled_from(Component), st.integers(0, 600)),
        max_size=3,
        unique_by=lambda line: line.component,
    ).map(tuple)
    agreed = st.lists(
        st.builds(Agreement, keys, notes, st.none() | days), max_size=2, unique_by=lambda one: one.key
    ).map(tuple)
    reasons = st.sampled_from(EndReason)
    return st.one_of(
        st.builds(HoldIntake, days, st.just(tuple(IntakePart)), goals),
        st.builds(AdoptPlan, days, goals, planned, agreed),
        st.builds(RevisePlan, days, goals, planned, agreed, notes),
        st.builds(ReviewAgreement, days, keys, st.booleans()),
        st.builds(InterruptTrajectory, days, st.sampled_from(InterruptionReason)),
        st.builds(ResumeTrajectory, days),
        st.builds(AssignGuide, days, st.builds(Guide, keys, st.just("coach"))),
        st.builds(ReleaseGuide, days, keys),
        st.builds(MatchLanguageBuddy, days, keys),
        st.builds(EndLanguageBuddyMatch, days, keys, reasons),
        st.builds(HoldCoaching, days, keys, st.just("coach"), minutes, modalities),
        st.builds(
            JoinGroup,
            days,
            st.builds(Group, keys, st.sampled_from(["alfa", "A1"]), st.just("school")),
            st.integers(1, 12),
            st.booleans(),
        ),
        st.builds(LeaveGroup, days, keys, reasons),
        st.builds(AttendLesson, days, lessons()),
        st.builds(MissLesson, days, lessons(), st.sampled_from(AbsenceReason)),
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


@st.composite
def lawful_histories(
    draw: DrawFn, programme: Programme = PILOT, max_size: int = 25, corrections: bool = True
) -> History:
    """A history that `decide` let through, fact by fact, with late facts, corrections and retractions in it.

    Facts are recorded in the order of drawing, so many of them are told later than what happened after them.
    """
    history = History()
    group = draw(st.sampled_from(TargetGroup))
    asked: list[Command] = [OpenTrajectory(FIRST, programme.municipality or "0392", group, Regime.PILOT)]
    if draw(st.integers(0, 9)):
        asked.append(HoldIntake(FIRST, tuple(IntakePart)))
    asked.extend(draw(st.lists(commands(), max_size=max_size)))
    for command in asked:
        history = _follow(history, command, programme)
        if corrections and history.entries and draw(st.integers(0, 5)) == 0:
            history = _follow(history, draw(_correction(history)), programme)
    return history


def _correction(history: History) -> SearchStrategy[Command]:
    """About any entry, a correction among them; the new form is a fact of the same history on another day."""
    names = st.sampled_from([entry.event_id for entry in history.entries])
    forms = [one.fact for one in history.facts]
    retract = st.builds(RetractFact, days, names, notes)
    return st.one_of(retract, st.builds(CorrectFact, days, names, st.sampled_from(forms), notes)) if forms else retract


def _follow(history: History, command: Command, programme: Programme) -> History:
    try:
        facts = decide(command, history, programme, LAST).facts
    except ZRouteError:
        return history
    first = len(history.entries) + 1
    return history.followed_by([Entry(UUID(int=number), fact) for number, fact in enumerate(facts, start=first)])


def is_correction(entry: Entry) -> bool:
    """Does this entry speak about another one?"""
    return isinstance(entry.event, FactCorrected | FactRetracted)
