"""Velsen: the whole programme online, lessons in the whole group and in small talk groups."""

import zroute_core
from zroute_core.domain.events import ActivityAttended, CoachingHeld, LessonAttended
from zroute_core.domain.values import Modality, Setting
from zroute_core.pilots import EVALUATED_ON, PILOTS, record
from zroute_core.pilots.story import StoryClock
from zroute_core.pilots.velsen import PROGRAMME

clock = StoryClock()
with zroute_core.open("memory:", programme=PROGRAMME, clock=clock) as trajectories:
    record(trajectories, clock, [pilot for pilot in PILOTS if pilot.programme is PROGRAMME])

    people = [one.id for one in trajectories.participants()]
    print(f"{PROGRAMME.name}: {len(people)} people (made up; what the factsheet gives is marked in the programme)\n")

    plan = trajectories.plan(people[0], valid_on=EVALUATED_ON)
    print("The plan of the first person; planned, and the mean so far, in minutes a week:")
    for line in plan.components:
        planned = line.planned_minutes_a_week or "no fixed rhythm"
        mean = f"{line.realised_minutes_a_week:4} since {line.since}"
        print(f"  {line.component.value:9} {line.provider or '-':20} {planned!s:>15} {mean}")
    for change in plan.changes:
        print(f"  changed on {change.on}: {change.reason}")

    elsewhere, minutes = 0, {Setting.GROUP: 0, Setting.TALK_GROUP: 0}
    for person in people:
        for entry in trajectories.history(person):
            match entry.event:
                case LessonAttended(lesson=lesson):
                    minutes[lesson.setting] += lesson.minutes
                    elsewhere += lesson.modality is not Modality.ONLINE
                case ActivityAttended(activity=activity):
                    elsewhere += activity.modality is not Modality.ONLINE
                case CoachingHeld(modality=modality):
                    elsewhere += modality is not Modality.ONLINE
                case _:
                    pass
    print("\nThe whole programme was online, so nobody had to be anywhere:")
    print(f"  attended anywhere else than online: {elsewhere} times")
    print(f"  lessons in the whole group: {minutes[Setting.GROUP] // 60} hours of all people together")
    print(f"  lessons in talk groups:     {minutes[Setting.TALK_GROUP] // 60} hours of all people together")
