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
    print(f"{PROGRAMME.name}: {len(people)} people (made up; the programme is from the factsheet)\n")

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
    print(f"Attended anywhere else than online: {elsewhere} times")
    print(f"Lessons in the whole group: {minutes[Setting.GROUP] // 60} hours of all people together")
    print(f"Lessons in talk groups:     {minutes[Setting.TALK_GROUP] // 60} hours of all people together")

    plan = trajectories.plan(people[0], valid_on=EVALUATED_ON)
    print("\nThe plan of the first person, planned and realised in minutes a week:")
    for line in plan.components:
        print(f"  {line.component.value:12} {line.planned_minutes_a_week!s:>5} {line.realised_minutes_a_week:5}")
    for change in plan.changes:
        print(f"  changed on {change.on}: {change.reason}")
