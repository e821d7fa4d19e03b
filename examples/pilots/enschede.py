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
    print(f"{PROGRAMME.name}: {len(people)} people (made up; what the factsheet gives is marked in the programme)\n")

    newcomer = people[-1]
    print(f"{str(newcomer)[:8]} came in later. The first days of that history:")
    for line in trajectories.timeline(newcomer).lines[:6]:
        print(f"  {line.on}  {line.sentence}")

    print("\nHow the plan of the first person went up and down with the sports halls:")
    for change in trajectories.plan(people[0], valid_on=EVALUATED_ON).changes:
        print(f"  {change.on}: {change.reason}")

    print("\nSport, language and wellbeing in LifeGoals, what the pandemic took away, homework and buddies:")
    for person in people:
        progress = trajectories.progress(person, valid_on=EVALUATED_ON)
        plan = trajectories.plan(person, valid_on=EVALUATED_ON)
        sport = next((line for line in progress.components if line.component is Component.SPORT), None)
        lost = progress.cancellations.get(CancellationReason.PANDEMIC, 0)
        print(
            f"  {str(person)[:8]}  LifeGoals {sport.attended if sport else 0:2} times, {lost:2} cancelled"
            f"  homework {progress.homework:3}  buddy {'yes' if plan.language_buddies else 'no'}"
        )
