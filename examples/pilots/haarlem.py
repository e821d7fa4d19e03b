"""Haarlem: two groups at two schools, language internships by Agros, and a mistake that is put right."""

from datetime import date

import attrs

import zroute_core
from zroute_core import Actor
from zroute_core.domain.decisions import CorrectFact
from zroute_core.domain.events import LessonAttended
from zroute_core.pilots import EVALUATED_ON, PILOTS, record
from zroute_core.pilots.haarlem import PROGRAMME
from zroute_core.pilots.story import StoryClock

clock = StoryClock()
with zroute_core.open("memory:", programme=PROGRAMME, clock=clock) as trajectories:
    record(trajectories, clock, [pilot for pilot in PILOTS if pilot.programme is PROGRAMME])

    people = [one.id for one in trajectories.participants()]
    print(f"{PROGRAMME.name}: {len(people)} people (made up; the programme is from the factsheet)\n")

    for person in people:
        group = trajectories.plan(person, valid_on=EVALUATED_ON).groups[0].group
        progress = trajectories.progress(person, valid_on=EVALUATED_ON)
        print(f"  {str(person)[:8]}  {group.provider:12}  course hours {progress.categories[0].minutes // 60:4}")

    person = people[0]
    wrong, lesson = next(
        (one.event_id, one.event) for one in trajectories.history(person) if isinstance(one.event, LessonAttended)
    )
    before = clock.now()
    shorter = LessonAttended(lesson.on, attrs.evolve(lesson.lesson, minutes=90))
    trajectories.handle(
        person,
        CorrectFact(date(2021, 6, 30), wrong, shorter, "The teacher was ill after the break."),
        by=Actor("teacher-nova", "z-route-pilot"),
        said_on=date(2021, 6, 30),
    )
    now = trajectories.progress(person, valid_on=EVALUATED_ON).categories[0].minutes
    then = trajectories.progress(person, valid_on=EVALUATED_ON, known_at=before).categories[0].minutes
    print(f"\nThe first lesson of {str(person)[:8]} was 90 minutes, not {lesson.lesson.minutes}.")
    print(f"  course minutes as known before the correction: {then}")
    print(f"  course minutes as known now:                   {now}")
    for line in trajectories.timeline(person).lines:
        if not line.in_force or "Correction" in line.sentence:
            print(f"  {line.on}  {'' if line.in_force else '(no longer counts) '}{line.sentence}")
