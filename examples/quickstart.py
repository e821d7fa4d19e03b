"""The first fact and the first view, in ten lines, without a server."""

from datetime import date
from uuid import uuid4

import zroute_core
from zroute_core import Actor
from zroute_core.domain.decisions import AttendLesson, HoldIntake, OpenTrajectory
from zroute_core.domain.values import Component, IntakePart, Lesson, Modality, Regime, TargetGroup

me, participant, day = Actor("teacher-7", "z-route"), uuid4(), date(2024, 3, 4)

with zroute_core.open("memory:") as trajectories:
    opened = OpenTrajectory(day, "0392", TargetGroup.ASYLUM_STATUS_HOLDER, Regime.WI2021)
    trajectories.handle(participant, opened, by=me)
    trajectories.handle(participant, HoldIntake(day, tuple(IntakePart)), by=me)
    lesson = Lesson("lesson-1", Component.LANGUAGE, 120, "Nova College", Modality.IN_CLASS)
    trajectories.handle(participant, AttendLesson(day, lesson), by=me)
    course = trajectories.progress(participant, valid_on=day).categories[0]
    print(f"{course.minutes} of {course.target} minutes of course hours, {course.left} left")
