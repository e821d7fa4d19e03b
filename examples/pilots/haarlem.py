"""Haarlem: two groups at two schools, internships and coaching by Agros, and a mistake that is put right."""

from datetime import date

import attrs

import zroute_core
from zroute_core import Actor
from zroute_core.domain.decisions import CorrectFact
from zroute_core.domain.events import ActivityCancelled, LessonAttended
from zroute_core.domain.values import Component
from zroute_core.pilots import EVALUATED_ON, PILOTS, record
from zroute_core.pilots.haarlem import PROGRAMME
from zroute_core.pilots.story import PURPOSE, StoryClock

clock, day = StoryClock(), date(2021, 6, 30)
with zroute_core.open("memory:", programme=PROGRAMME, clock=clock) as trajectories:
    record(trajectories, clock, [pilot for pilot in PILOTS if pilot.programme is PROGRAMME])

    people = [one.id for one in trajectories.participants()]
    print(f"{PROGRAMME.name}: {len(people)} people (made up; what the factsheet gives is marked in the programme)\n")

    print("Which school, and hours of lessons, internship and coaching:")
    for person in people:
        school = trajectories.plan(person, valid_on=EVALUATED_ON).groups[0].group.provider
        minutes = {
            one.component: one.minutes for one in trajectories.progress(person, valid_on=EVALUATED_ON).components
        }
        told = (Component.LANGUAGE, Component.LANGUAGE_INTERNSHIP, Component.COACHING)
        print(f"  {str(person)[:8]}  {school:12}", *(f"{minutes.get(one, 0) // 60:4} h" for one in told))

    person = people[0]
    entries = trajectories.history(person)
    print("\nWhat the pandemic took away:")
    for fact in (one.event for one in entries if isinstance(one.event, ActivityCancelled)):
        print(f"  {fact.on}: {fact.activity.component.value} cancelled, {fact.reason.value}")

    wrong, lesson = next((one.event_id, one.event) for one in entries if isinstance(one.event, LessonAttended))
    before = clock.now()
    shorter = LessonAttended(lesson.on, attrs.evolve(lesson.lesson, minutes=90))
    correction = CorrectFact(day, wrong, shorter, "The teacher was ill after the break.")
    trajectories.handle(person, correction, by=Actor("teacher-nova", PURPOSE), said_on=day)
    now = trajectories.progress(person, valid_on=EVALUATED_ON).categories[0].minutes
    then = trajectories.progress(person, valid_on=EVALUATED_ON, known_at=before).categories[0].minutes
    print(f"\nThe first lesson of {str(person)[:8]} was 90 minutes, not {lesson.lesson.minutes}.")
    print(f"  course minutes as known before the correction: {then}, as known now: {now}")
    for line in trajectories.timeline(person).lines:
        if not line.in_force or "Correction" in line.sentence:
            print(f"  {line.on}  {'' if line.in_force else '(no longer counts) '}{line.sentence}")
