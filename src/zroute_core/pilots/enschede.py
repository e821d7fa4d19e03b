"""Enschede: lessons by the ROC with homework, training by M-Pact, LifeGoals by Sportaal, sometimes a language buddy.

What the factsheet gives and what is chosen stands at each line of the offer. Days, hours, people and scores are chosen.
"""

from __future__ import annotations

from datetime import date, time

import attrs

from zroute_core.domain.national import PILOT
from zroute_core.domain.programme import Offered
from zroute_core.domain.values import CancellationReason, Component, EndReason, Group, Guide, Setting
from zroute_core.pilots.school_days import as_allowed, monthly, open_days, within
from zroute_core.pilots.story import CHOSEN, EXCURSIONS, FACTSHEET, Gains, Story, changed, weekly

THEMES = ("health care", "money", "work", "education", "government")
LIFEGOALS = "LifeGoals: sport, language and wellbeing"
SPORTS_HALLS_CLOSED = ((date(2020, 3, 16), date(2020, 6, 30)), (date(2020, 12, 16), date(2021, 5, 18)))
"""Chosen after the two lockdowns."""

PROGRAMME = attrs.evolve(
    PILOT,
    name="Enschede",
    municipality="0153",
    offer=(
        Offered(Component.LANGUAGE, "ROC", FACTSHEET, note="with homework (huiswerkopdrachten)"),
        Offered(Component.LANGUAGE_BUDDY, None, FACTSHEET, note="sometimes (soms)"),
        Offered(Component.TRAINING, "M-Pact", FACTSHEET, themes=("society",)),
        Offered(Component.SPORT, "Sportaal", FACTSHEET, name="LifeGoals", themes=("sport", "language", "wellbeing")),
        EXCURSIONS,
        Offered(Component.LANGUAGE, "ROC", CHOSEN, themes=THEMES),
        Offered(Component.LANGUAGE_BUDDY, "volunteers", CHOSEN),
        Offered(Component.TRAINING, "M-Pact", CHOSEN, themes=THEMES),
        Offered(Component.EXCURSION, "M-Pact", CHOSEN),
        Offered(Component.COACHING, "case manager", CHOSEN, setting=Setting.ONE_TO_ONE),
    ),
    guides=("case manager",),
    about=f"{PILOT.about} The case manager is chosen: the factsheet names no guide here.",
)

LANGUAGE: Gains = {"listening": 17, "conversation": 17, "speaking": 16, "reading": 9, "writing": 8}
SELF_RELIANCE: Gains = {
    "education-and-work": 9,
    "public-transport": 8,
    "health-care-use": 8,
    "self-confidence": 8,
    "finances": 2,
    "social-network": 4,
    "participation-in-society": 3,
}


def course() -> Story:
    """Sixteen people at the start and one who came in later, in two groups."""
    story = Story(PROGRAMME, LANGUAGE, SELF_RELIANCE)
    start, end = date(2020, 2, 10), date(2021, 6, 24)
    guides = [Guide(f"enschede-{number}", PROGRAMME.guides[0]) for number in (1, 2)]
    plan = (
        weekly(Component.LANGUAGE, 360, "ROC", "with homework"),
        weekly(Component.TRAINING, 28, "M-Pact", "two hours a month"),
        weekly(Component.SPORT, 45, "Sportaal", "LifeGoals, every second week"),
        weekly(Component.EXCURSION, 0, "M-Pact"),
        weekly(Component.COACHING, 6, "case manager"),
    )
    people = story.enter(start, 16, plan, guides)
    groups = (people[:8], people[8:])
    for number, members in enumerate(groups, start=1):
        story.group(Group(f"enschede-{number}", "pre-A1", "ROC"), start, members)
    later = changed(without=Component.EXCURSION)(plan)
    newcomer = story.enter(date(2020, 9, 7), 1, later, guides)[0]
    story.join(Group("enschede-1", "pre-A1", "ROC"), date(2020, 9, 7), newcomer, 8)
    for members in (groups[0] + [newcomer], groups[1]):
        story.lessons(
            members,
            since=date(2020, 2, 17),
            until=end,
            weekdays=(0, 3),
            starts=time(9, 0),
            minutes=180,
            provider="ROC",
            modality=as_allowed,
            themes=THEMES,
            homework=True,
        )
    for number, on in enumerate(monthly(date(2020, 3, 1), end, weekday=1)):
        theme = THEMES[number % len(THEMES)]
        story.activity(on, Component.TRAINING, theme, "M-Pact", modality=as_allowed(on))
    for on in open_days(date(2020, 3, 4), date(2021, 6, 16), (2,))[::2]:
        closed = within(on, SPORTS_HALLS_CLOSED)
        story.activity(
            on,
            Component.SPORT,
            LIFEGOALS,
            "Sportaal",
            minutes=90,
            language_rich=True,
            starts=time(15, 0),
            cancelled=CancellationReason.PANDEMIC if closed else None,
        )
    for on in (date(2020, 5, 26), date(2020, 11, 24)):
        story.activity(on, Component.EXCURSION, "outing", "M-Pact", cancelled=CancellationReason.PANDEMIC)
    matched = date(2020, 9, 14)
    story.revise(
        matched,
        "A language buddy (taalmaatje) was found.",
        changed(weekly(Component.LANGUAGE_BUDDY, 0, "volunteers", "as the two of them agree")),
        people[:6],
    )
    for person in people[:6]:
        story.buddy(person, matched)
    story.coaching(
        since=date(2020, 3, 2),
        until=end,
        every_weeks=8,
        minutes=45,
        coach="case manager",
        modality=as_allowed,
    )
    halls_closed = weekly(Component.SPORT, 0, "Sportaal", "LifeGoals: exercises at home until the halls open")
    story.revise(
        date(2020, 3, 30),
        "Corona measures: sports halls are closed; language lessons go on online, with more homework.",
        changed(halls_closed, without=Component.EXCURSION),
    )
    story.revise(
        date(2020, 8, 17),
        "The sports halls are open again.",
        changed(weekly(Component.SPORT, 45, "Sportaal", "LifeGoals, every second week")),
    )
    story.revise(date(2020, 12, 16), "Second lockdown: the sports halls are closed.", changed(halls_closed))
    story.leave(people[7], date(2020, 7, 3), EndReason.FOUND_WORK)
    story.leave(people[14], date(2021, 1, 25), EndReason.OWN_CHOICE)
    story.evaluate(date(2020, 11, 16), end)
    return story
