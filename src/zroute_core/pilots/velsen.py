"""Velsen: the whole programme online; lessons by VWN in class and in small talk groups, participation coaches, Mindfit.

What the factsheet gives and what is chosen stands at each line of the offer. Days, hours, people and scores are chosen.
"Whole programme online" (hele programma online) stands for every line. VWN is VluchtelingenWerk Nederland.
"""

from __future__ import annotations

from datetime import date, time

import attrs

from zroute_core.domain.national import PILOT
from zroute_core.domain.programme import Offered
from zroute_core.domain.values import (
    CancellationReason,
    Component,
    EndReason,
    Group,
    Guide,
    Modality,
    Setting,
)
from zroute_core.pilots.school_days import online
from zroute_core.pilots.story import CHOSEN, EXCURSIONS, FACTSHEET, Gains, Story, changed, weekly

VWN = "VWN"
THEMES = ("health", "money", "work", "children and school")

PROGRAMME = attrs.evolve(
    PILOT,
    name="Velsen",
    municipality="0453",
    offer=(
        Offered(Component.LANGUAGE, VWN, FACTSHEET, modality=Modality.ONLINE, setting=Setting.GROUP),
        Offered(Component.LANGUAGE, VWN, FACTSHEET, modality=Modality.ONLINE, setting=Setting.TALK_GROUP),
        Offered(
            Component.COACHING,
            "participation coach",
            FACTSHEET,
            modality=Modality.ONLINE,
            setting=Setting.ONE_TO_ONE,
        ),
        Offered(
            Component.TRAINING,
            "Mindfit",
            FACTSHEET,
            name="Mindfit",
            modality=Modality.ONLINE,
            themes=("(mental) health",),
        ),
        Offered(Component.TRAINING, None, FACTSHEET, name="Eurowijzer", modality=Modality.ONLINE),
        attrs.evolve(EXCURSIONS, modality=Modality.ONLINE),
        Offered(Component.LANGUAGE, VWN, CHOSEN, modality=Modality.ONLINE, themes=THEMES),
        Offered(
            Component.TRAINING,
            "Eurowijzer",
            CHOSEN,
            name="Eurowijzer",
            modality=Modality.ONLINE,
            themes=("money",),
            note="who gives it is not known: the course stands for the provider",
        ),
        Offered(Component.EXCURSION, VWN, CHOSEN, modality=Modality.ONLINE, themes=("tour of the museum",)),
    ),
    guides=("participation coach",),
)

LANGUAGE: Gains = {"listening": 17, "conversation": 16, "speaking": 15, "reading": 9, "writing": 7}
SELF_RELIANCE: Gains = {
    "education-and-work": 9,
    "public-transport": 8,
    "health-care-use": 8,
    "self-confidence": 7,
    "finances": 3,
    "social-network": 3,
    "participation-in-society": 2,
}


def course() -> Story:
    """Sixteen people and one who came in later. Everything that took place, took place online."""
    story = Story(PROGRAMME, LANGUAGE, SELF_RELIANCE)
    start, end = date(2020, 3, 23), date(2021, 6, 21)
    coaches = [Guide(f"velsen-{number}", PROGRAMME.guides[0]) for number in (1, 2, 3)]
    plan = (
        weekly(Component.LANGUAGE, 210, VWN, "whole group and talk group"),
        weekly(Component.TRAINING, 0, "Mindfit", "five meetings in all"),
        weekly(Component.TRAINING, 0, "Eurowijzer", "three meetings in all"),
        weekly(Component.EXCURSION, 0, VWN),
        weekly(Component.COACHING, 8, "participation coach"),
    )
    people = story.enter(start, 16, plan, coaches)
    groups = [people[:8], people[8:]]
    for number, members in enumerate(groups, start=1):
        story.group(Group(f"velsen-{number}", "pre-A1", VWN), start, members)
    fewer = changed(weekly(Component.COACHING, 15, "participation coach"), without=Component.EXCURSION)
    newcomer = story.enter(date(2020, 10, 5), 1, fewer(plan), coaches)[0]
    story.join(Group("velsen-2", "pre-A1", VWN), date(2020, 10, 5), newcomer, 8)
    groups[1] = [*groups[1], newcomer]
    for members in groups:
        story.lessons(
            members,
            since=date(2020, 3, 30),
            until=end,
            weekdays=(1,),
            starts=time(10, 0),
            minutes=120,
            provider=VWN,
            modality=online,
            themes=THEMES,
        )
    for talkers in (people[:4], people[4:8], people[8:12], [*people[12:], newcomer]):
        story.lessons(
            talkers,
            since=date(2020, 4, 2),
            until=end,
            weekdays=(3,),
            starts=time(10, 0),
            minutes=90,
            provider=VWN,
            modality=online,
            themes=THEMES,
            setting=Setting.TALK_GROUP,
            name=f"talk group {people.index(talkers[0]) // 4 + 1}",
        )
    for on in (date(2020, 6, 10), date(2020, 9, 9), date(2020, 11, 11), date(2021, 2, 10), date(2021, 4, 14)):
        story.activity(on, Component.TRAINING, "(mental) health", "Mindfit", modality=Modality.ONLINE)
    for on in (date(2020, 10, 14), date(2021, 1, 20), date(2021, 3, 17)):
        story.activity(on, Component.TRAINING, "money", "Eurowijzer", modality=Modality.ONLINE)
    for on in (date(2020, 9, 23), date(2021, 4, 21)):
        story.activity(
            on,
            Component.EXCURSION,
            "tour of the museum",
            VWN,
            modality=Modality.ONLINE,
            cancelled=CancellationReason.PANDEMIC,
        )
    for since, until, weeks in ((date(2020, 4, 6), date(2020, 6, 12), 6), (date(2020, 6, 15), end, 3)):
        story.coaching(
            since=since, until=until, every_weeks=weeks, minutes=45, coach="participation coach", modality=online
        )
    story.revise(
        date(2020, 6, 15),
        "It stays online: excursions are off, and the coach makes more time for each person.",
        fewer,
    )
    story.leave(people[3], date(2020, 10, 1), EndReason.OWN_CHOICE)
    story.leave(people[9], date(2020, 9, 14), EndReason.HEALTH)
    story.evaluate(date(2020, 11, 23), end)
    return story
