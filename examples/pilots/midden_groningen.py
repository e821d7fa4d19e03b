"""Midden-Groningen: two groups by language level, changing workshops, budget coaching, a work coach."""

import zroute_core
from zroute_core.domain.events import ActivityAttended
from zroute_core.domain.values import Component
from zroute_core.pilots import EVALUATED_ON, PILOTS, record
from zroute_core.pilots.midden_groningen import PROGRAMME
from zroute_core.pilots.story import StoryClock

clock = StoryClock()
with zroute_core.open("memory:", programme=PROGRAMME, clock=clock) as trajectories:
    record(trajectories, clock, [pilot for pilot in PILOTS if pilot.programme is PROGRAMME])

    people = [one.id for one in trajectories.participants()]
    print(f"{PROGRAMME.name}: {len(people)} people (made up; what the factsheet gives is marked in the programme)\n")

    print("The workshops of the first person, themes in turn and budget coaching all the time:")
    for fact in (one.event for one in trajectories.history(people[0])):
        if isinstance(fact, ActivityAttended) and fact.activity.component is Component.WORKSHOP:
            print(f"  {fact.on}  {fact.activity.provider:12}  {fact.activity.theme}, {fact.activity.modality.value}")

    print("\nThe two work coaches share the people between them:")
    coaches = [trajectories.plan(person, valid_on=EVALUATED_ON).guides[0].key for person in people]
    print("  " + ", ".join(f"{coach}: {coaches.count(coach)}" for coach in sorted(set(coaches))))

    print("\nWho is in which of the two groups (the levels are made up), and what has come of it:")
    for person in people:
        plan = trajectories.plan(person, valid_on=EVALUATED_ON)
        progress = trajectories.progress(person, valid_on=EVALUATED_ON)
        workshops = sum(line.minutes for line in progress.components if line.component is Component.WORKSHOP)
        reading = next(line for line in progress.domains if line.domain == "reading")
        ended = progress.end_reason.value if progress.end_reason else "still there"
        print(
            f"  {str(person)[:8]}  {plan.groups[0].group.level:6}  workshops {workshops // 60:3} h"
            f"  reading since T0: {'unknown' if reading.change is None else reading.change}  {ended}"
        )
