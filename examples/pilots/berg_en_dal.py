"""Berg en Dal: everybody a combination of their own, a language buddy, and two case directors (casusregisseurs)."""

import zroute_core
from zroute_core.domain.values import Component
from zroute_core.pilots import EVALUATED_ON, PILOTS, record
from zroute_core.pilots.berg_en_dal import PROGRAMME
from zroute_core.pilots.story import StoryClock

EVERYBODY = {Component.LANGUAGE, Component.LANGUAGE_BUDDY, Component.COACHING}

clock = StoryClock()
with zroute_core.open("memory:", programme=PROGRAMME, clock=clock) as trajectories:
    record(trajectories, clock, [pilot for pilot in PILOTS if pilot.programme is PROGRAMME])

    people = [one.id for one in trajectories.participants()]
    print(f"{PROGRAMME.name}: {len(people)} people (made up; what the factsheet gives is marked in the programme)\n")

    print("Each person's own combination, in hours and minutes so far:")
    for person in people:
        plan = trajectories.plan(person, valid_on=EVALUATED_ON)
        own = ", ".join(
            f"{line.provider if line.component is Component.TRAINING else line.component.value} "
            f"{line.realised_minutes // 60}:{line.realised_minutes % 60:02}"
            for line in plan.components
            if line.component not in EVERYBODY
        )
        print(f"  {str(person)[:8]}  {plan.guides[0].key}  {own}")

    print("\nTheir language buddies (taalmaatjes):")
    for person in people:
        for buddy in trajectories.plan(person, valid_on=EVALUATED_ON).language_buddies:
            print(f"  {str(person)[:8]}  {buddy.key}  {buddy.since} to {buddy.until}")

    person = people[0]
    print(f"\nHow the plan of {str(person)[:8]} changed:")
    for change in trajectories.plan(person, valid_on=EVALUATED_ON).changes:
        print(f"  {change.on}: {change.reason}")
        for line in change.changed:
            print(f"    {line.component.value}: {line.minutes_a_week} minutes a week, {line.note}")
