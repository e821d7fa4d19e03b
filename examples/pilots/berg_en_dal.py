"""Berg en Dal: everybody a combination of their own, a language buddy, and two case directors (casusregisseurs)."""

import zroute_core
from zroute_core.domain.values import Component
from zroute_core.pilots import EVALUATED_ON, PILOTS, record
from zroute_core.pilots.berg_en_dal import PROGRAMME
from zroute_core.pilots.story import StoryClock

OWN = {Component.WORK, Component.PRACTICE_ASSIGNMENT, Component.VOLUNTEERING}

clock = StoryClock()
with zroute_core.open("memory:", programme=PROGRAMME, clock=clock) as trajectories:
    record(trajectories, clock, [pilot for pilot in PILOTS if pilot.programme is PROGRAMME])

    people = [one.id for one in trajectories.participants()]
    print(f"{PROGRAMME.name}: {len(people)} people (made up; the programme is from the factsheet)\n")

    for person in people:
        progress = trajectories.progress(person, valid_on=EVALUATED_ON)
        plan = trajectories.plan(person, valid_on=EVALUATED_ON)
        own = ", ".join(
            f"{line.component.value} {line.minutes // 60} h" for line in progress.components if line.component in OWN
        )
        print(f"  {str(person)[:8]}  {plan.guides[0].guide.key:16}  {own}")

    person = people[0]
    print(f"\nWhat {str(person)[:8]} agreed with the case director:")
    for agreement in trajectories.plan(person, valid_on=EVALUATED_ON).agreements:
        print(f"  {agreement.state.value:9}  {agreement.text}")
