"""Midden-Groningen: lessons in two groups by level, workshops with changing themes, budget coaching, a work coach.

What the factsheet gives and what is chosen stands at each line of the offer. Days, hours, people and scores are chosen.
"""

from __future__ import annotations

from datetime import date, time

import attrs

from zroute_core.domain.national import PILOT
from zroute_core.domain.programme import Offered
from zroute_core.domain.values import CancellationReason, Component, EndReason, Group, Guide, Setting
from zroute_core.pilots.school_days import as_allowed, monthly
from zroute_core.pilots.story import CHOSEN, EXCURSIONS, FACTSHEET, Gains, Story, changed, weekly

SCHOOL = "language school"
"""The factsheet names no school here."""

WORKSHOPS = ("health care", "public transport", "upbringing", "work", "living in a neighbourhood")

PROGRAMME = attrs.evolve(
    PILOT,
    name="Midden-Groningen",
    municipality="1952",
    offer=(
        Offered(Component.LANGUAGE, None, FACTSHEET, note="the first of two groups by language level"),
        Offered(Component.LANGUAGE, None, FACTSHEET, note="the second of two groups by language level"),
        Offered(Component.WORKSHOP, None, FACTSHEET, note="changing themes (wisselende thema's)"),
        Offered(Component.WORKSHOP, None, FACTSHEET, name="budgetcoaching", note="structural (structureel)"),
        Offered(Component.COACHING, "work coach", FACTSHEET, setting=Setting.ONE_TO_ONE),
        EXCURSIONS,
        Offered(Component.LANGUAGE, SCHOOL, CHOSEN, themes=WORKSHOPS, note="the first group: alfa"),
        Offered(Component.LANGUAGE, SCHOOL, CHOSEN, themes=WORKSHOPS, note="the second group: pre-A1"),
        Offered(Component.WORKSHOP, "municipality", CHOSEN, themes=WORKSHOPS),
        Offered(Component.WORKSHOP, "budget coach", CHOSEN, themes=("money",)),
        Offered(Component.EXCURSION, "municipality", CHOSEN, themes=("library",)),
    ),
    guides=("work coach (werkcoach)",),
)

LANGUAGE: Gains = {"listening": 16, "conversation": 15, "speaking": 15, "reading": 9, "writing": 7}
SELF_RELIANCE: Gains = {
    "education-and-work": 9,
    "public-transport": 8,
    "health-care-use": 8,
    "self-confidence": 7,
    "finances": 4,
    "social-network": 3,
    "participation-in-society": 2,
}


def course() -> Story:
    """Sixteen people, in a group that learns to read and write and a group that is a little further."""
    story = Story(PROGRAMME, LANGUAGE, SELF_RELIANCE)
    start, end = date(2020, 2, 3), date(2021, 6, 22)
    coaches = [Guide(f"werkcoach-{number}", PROGRAMME.guides[0]) for number in (1, 2)]
    plan = (
        weekly(Component.LANGUAGE, 300, SCHOOL),
        weekly(Component.WORKSHOP, 28, "municipality", "two hours a month, changing themes"),
        weekly(Component.WORKSHOP, 28, "budget coach", "two hours a month, all the time"),
        weekly(Component.EXCURSION, 0, "municipality"),
        weekly(Component.COACHING, 8, "work coach"),
    )
    people = story.enter(start, 16, plan, coaches)
    levels = ((people[:8], "alfa", (0, 3)), (people[8:], "pre-A1", (1, 4)))
    for members, level, weekdays in levels:
        story.group(Group(f"midden-groningen-{level}", level, SCHOOL), start, members)
        story.lessons(
            members,
            since=date(2020, 2, 10),
            until=end,
            weekdays=weekdays,
            starts=time(9, 30),
            minutes=150,
            provider=SCHOOL,
            modality=as_allowed,
            themes=WORKSHOPS,
        )
        for on in monthly(date(2020, 3, 1), end, weekday=2):
            story.activity(on, Component.WORKSHOP, "money", "budget coach", people=members, modality=as_allowed(on))
    for number, on in enumerate(monthly(date(2020, 3, 1), end, weekday=1)):
        theme = WORKSHOPS[number % len(WORKSHOPS)]
        story.activity(on, Component.WORKSHOP, theme, "municipality", modality=as_allowed(on), language_rich=True)
    for on in (date(2020, 4, 16), date(2020, 11, 12), date(2021, 3, 11)):
        story.activity(on, Component.EXCURSION, "outing", "municipality", cancelled=CancellationReason.PANDEMIC)
    story.activity(date(2020, 9, 10), Component.EXCURSION, "library", "municipality", language_rich=True)
    for since, until, weeks in ((date(2020, 2, 24), date(2020, 4, 10), 6), (date(2020, 4, 14), end, 3)):
        story.coaching(since=since, until=until, every_weeks=weeks, minutes=45, coach="work coach", modality=as_allowed)
    story.revise(
        date(2020, 4, 14),
        "Corona measures: excursions are off, the work coach calls more often.",
        changed(weekly(Component.COACHING, 15, "work coach", "also by telephone"), without=Component.EXCURSION),
    )
    story.revise(
        date(2020, 8, 31),
        "Small groups may go out again: an outing to the library.",
        changed(weekly(Component.EXCURSION, 0, "municipality", "as far as the measures allow")),
    )
    story.leave(people[7], date(2020, 9, 1), EndReason.HEALTH)
    story.leave(people[15], date(2020, 12, 1), EndReason.MOVED)
    story.evaluate(date(2020, 11, 9), end)
    return story
