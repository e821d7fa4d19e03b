"""Enschede: lessons with homework, sometimes a language buddy, training by M-Pact, LifeGoals with Sportaal."""

import zroute_core
from zroute_core.domain.values import CancellationReason, Component
from zroute_core.pilots import EVALUATED_ON, PILOTS, record
from zroute_core.pilots.enschede import PROGRAMME
from zroute_core.pilots.story import StoryClock

clock = StoryClock()
with zroute_core.open("memory:", programme=PROGRAMME, clock=clock) as trajectories:
    record(trajectories, clock, [pilot for pilot in PILOTS if pilot.programme is PROGRAMME])

    people = [one.id for one in trajectories.participants()]
    print(f"{PROGRAMME.name}: {len(people)} people (made up; the programme is from the factsheet)\n")

    print("Sport, language and wellbeing in LifeGoals, and what the pandemic took away:")
    for person in people:
        progress = trajectories.progress(person, valid_on=EVALUATED_ON)
        plan = trajectories.plan(person, valid_on=EVALUATED_ON)
        sport = next((line for line in progress.components if line.component is Component.SPORT), None)
        lost = progress.cancellations.get(CancellationReason.PANDEMIC, 0)
        print(
            f"  {str(person)[:8]}  LifeGoals {sport.attended if sport else 0:2} times, {lost:2} cancelled"
            f"  homework {progress.homework:3}  buddy {'yes' if plan.language_buddies else 'no'}"
        )

    newcomer = people[-1]
    print(f"\n{str(newcomer)[:8]} came in later. The first days of that history:")
    for line in trajectories.timeline(newcomer).lines[:6]:
        print(f"  {line.on}  {line.sentence}")
