"""What somebody writes who builds on the library; `wrong.py` beside it holds the mistakes."""

from datetime import UTC, date, datetime
from typing import assert_never, assert_type
from uuid import UUID, uuid4

import zroute_core
from zroute_core import Actor, Participant, Receipt, Trajectories
from zroute_core.adapters.memory import MemoryEventStore
from zroute_core.domain.decisions import AttendLesson, HoldGroupLesson
from zroute_core.domain.events import Correction, Fact, Happened, LessonAttended, LessonMissed
from zroute_core.domain.instruments import PILOT_LANGUAGE
from zroute_core.domain.national import WI2021
from zroute_core.domain.programme import Objection, Programme
from zroute_core.domain.trajectory import Trajectory
from zroute_core.domain.values import Component, Lesson, Modality
from zroute_core.kernel.log import Recorded
from zroute_core.kernel.ports import EventStore
from zroute_core.read_models.caseload import Attention, Caseload
from zroute_core.read_models.cohort import Cohort, MeanChange
from zroute_core.read_models.diff import Diff, FactChange, Point
from zroute_core.read_models.findings import Finding, Findings, FindingsOfAll
from zroute_core.read_models.obligations import ObligationKind
from zroute_core.read_models.plan import Plan
from zroute_core.read_models.progress import CategoryProgress, Progress
from zroute_core.read_models.signals import By, Signals
from zroute_core.read_models.timeline import Timeline
from zroute_core.read_models.what_if import Compared, Rules, WhatIf
from zroute_core.read_models.why import Question, Why

me, participant, day = Actor("teacher-7", "z-route"), uuid4(), date(2024, 3, 4)
lesson = Lesson("lesson-1", Component.LANGUAGE, 120, "INTK", Modality.ONLINE)


def ask(trajectories: Trajectories) -> None:
    assert_type(trajectories.handle(participant, AttendLesson(day, lesson), by=me), Receipt)
    assert_type(trajectories.handle_together(HoldGroupLesson(day, lesson, (participant,)), by=me).facts[0].event, Fact)
    assert_type(trajectories.history(participant), tuple[Recorded[Fact], ...])
    assert_type([one.id for one in trajectories.participants()], list[UUID])
    assert_type(trajectories.progress(participant, valid_on=day, known_at=datetime.now(UTC)), Progress)
    assert_type(trajectories.progress(participant).categories, tuple[CategoryProgress, ...])
    assert_type(trajectories.progress(participant).categories[0].weekly_pace, int | None)
    assert_type(trajectories.plan(participant), Plan)
    assert_type(trajectories.timeline(participant), Timeline)
    assert_type(trajectories.obligations(participant).of(ObligationKind.PIP).due, date | None)
    assert_type(trajectories.hours(participant).total.course.hours, int)
    assert_type(trajectories.caseload(attention=Attention(no_contact_days=30)), Caseload)
    assert_type(trajectories.signals(day, day, by=By.RECORDED), Signals)
    assert_type(trajectories.cohort(), Cohort)
    assert_type(trajectories.cohort().mean(PILOT_LANGUAGE), MeanChange)


def audit(trajectories: Trajectories) -> None:
    assert_type(trajectories.audit.findings(participant, programme=WI2021, rulebook=day), Findings)
    assert_type(trajectories.audit.findings(participant).findings, tuple[Finding, ...])
    assert_type(trajectories.audit.findings_of_all(), FindingsOfAll)
    assert_type(trajectories.audit.what_if({"today": WI2021, "then": Rules(WI2021, day)}), WhatIf)
    assert_type(list(trajectories.audit.what_if_each({"today": WI2021, "own": Rules()})), list[Compared])
    assert_type(trajectories.audit.diff(participant, before=Point(valid_on=day), after=Point()), Diff)
    assert_type(
        trajectories.audit.diff(participant, "plan", before=Point(), after=Point()).facts, tuple[FactChange, ...]
    )
    assert_type(trajectories.audit.why(participant, Question.TERM_UNTIL), Why)
    assert_type(trajectories.audit.why(participant, Question.TERM_UNTIL).value, int | date | str | None)


def about(fact: Happened | Correction) -> str:
    """Each fact has its own fields after a match."""
    match fact:
        case LessonAttended():
            return f"{fact.lesson.minutes} minutes"
        case LessonMissed(reason=reason):
            return reason.value
        case _:
            return fact.tag


def a_rule_of_ours(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    return trajectory.opened is None or fact.on >= trajectory.opened.on


def what_they_say(objections: tuple[Objection, ...]) -> list[str]:
    return [one.sentence.nl for one in objections if one.binding]


def how(modality: Modality) -> str:
    """A new modality would be missed here by the type checker."""
    match modality:
        case Modality.IN_CLASS:
            return "in de klas"
        case Modality.ONLINE:
            return "online"
        case Modality.MIXED:
            return "gemengd"
        case _:
            assert_never(modality)


def a_line(one: Participant) -> str:
    return f"{one.municipality} {one.opened_on:%d-%m-%Y}"


store: EventStore = MemoryEventStore()
with zroute_core.open("memory:", programme=WI2021) as opened:
    assert_type(opened, Trajectories)
