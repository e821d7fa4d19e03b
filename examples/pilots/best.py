"""Best: lessons in turn online and in class, an interpreter at the themes, language internships, Yalla!Coaching."""

from collections import Counter

import zroute_core
from zroute_core.domain.events import ActivityAttended, CoachingHeld, InternshipStarted, LessonAttended
from zroute_core.pilots import EVALUATED_ON, PILOTS, record
from zroute_core.pilots.best import PROGRAMME
from zroute_core.pilots.story import StoryClock

clock = StoryClock()
with zroute_core.open("memory:", programme=PROGRAMME, clock=clock) as trajectories:
    record(trajectories, clock, [pilot for pilot in PILOTS if pilot.programme is PROGRAMME])

    people = [one.id for one in trajectories.participants()]
    print(f"{PROGRAMME.name}: {len(people)} people (made up; what the factsheet gives is marked in the programme)\n")

    person = people[0]
    facts = [one.event for one in trajectories.history(person)]
    lessons = Counter(fact.lesson.modality.value for fact in facts if isinstance(fact, LessonAttended))
    print("The first of them followed lessons", ", ".join(f"{n} times {where}" for where, n in lessons.items()))
    for fact in facts:
        if isinstance(fact, ActivityAttended) and fact.activity.interpreter:
            print(f"  {fact.on}: {fact.activity.theme}, {fact.activity.minutes} minutes, with an interpreter")

    print("\nHow that plan changed:")
    for change in trajectories.plan(person, valid_on=EVALUATED_ON).changes:
        print(f"  {change.on}: {change.reason}")
        for what, lines in (("added", change.added), ("dropped", change.dropped), ("changed", change.changed)):
            for line in lines:
                print(f"    {what}: {line.component.value}, {line.minutes_a_week} minutes a week")

    print("\nEverybody's talks (Yalla!Coaching), and where there was a language internship:")
    for person in people:
        facts = [one.event for one in trajectories.history(person)]
        talks = sum(isinstance(fact, CoachingHeld) for fact in facts)
        hosts = [fact.internship.host for fact in facts if isinstance(fact, InternshipStarted)]
        print(f"  {str(person)[:8]}  {talks:2} talks  {', '.join(hosts) or '-'}")
