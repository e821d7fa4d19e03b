"""Mistakes that a type checker must find: one on every line that says so, and on no other."""

from datetime import date, datetime
from uuid import uuid4

import zroute_core
from zroute_core import Actor
from zroute_core.domain.decisions import AttendLesson, HoldGroupLesson
from zroute_core.domain.programme import Programme
from zroute_core.domain.values import Component, Lesson, Modality
from zroute_core.kernel.ports import EventStore

me, participant, day = Actor("teacher-7", "z-route"), uuid4(), date(2024, 3, 4)
lesson = Lesson("lesson-1", Component.LANGUAGE, 120, "INTK", Modality.ONLINE)
trajectories = zroute_core.open("memory:")


class NoStore:
    def append(self) -> None: ...


Lesson("lesson-1", "language", 120, "INTK", Modality.ONLINE)  # mistake: text for a component
Lesson("lesson-1", Component.LANGUAGE, 1.5, "INTK", Modality.ONLINE)  # mistake: hours for minutes
AttendLesson("2024-03-04", lesson)  # mistake: text for a day
lesson.minutes = 90  # mistake: a value is never changed
trajectories.handle(participant, AttendLesson(day, lesson))  # mistake: nobody acts
trajectories.handle("3f0c2a56", AttendLesson(day, lesson), by=me)  # mistake: text for a participant
trajectories.handle(participant, HoldGroupLesson(day, lesson, (participant,)), by=me)  # mistake: for a group
trajectories.progress(participant, known_at=day)  # mistake: a day for a moment
trajectories.progress(participant).score  # mistake: there is no such field
trajectories.plan(participant).goals.append(1)  # mistake: a tuple does not grow
store: EventStore = NoStore()  # mistake: not a store
Programme(name="Ours")  # mistake: half a programme
now: datetime = trajectories.progress(participant).opened_on  # mistake: a day is no moment
