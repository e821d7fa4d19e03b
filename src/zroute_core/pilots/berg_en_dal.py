"""Berg en Dal: lessons by VWN with a language buddy, participation made to measure, Eurowijzer, DigiSterker.

What the factsheet gives and what is chosen stands at each line of the offer. Days, hours, people and scores are chosen,
and so is who has which combination. VWN is VluchtelingenWerk Nederland.
"""

from __future__ import annotations

from datetime import date, time, timedelta

import attrs

from zroute_core.domain.national import PILOT
from zroute_core.domain.programme import Offered
from zroute_core.domain.values import (
    CancellationReason,
    Component,
    EndReason,
    Group,
    Guide,
    PlannedComponent,
    Setting,
)
from zroute_core.pilots.school_days import as_allowed, open_days
from zroute_core.pilots.story import CHOSEN, EXCURSIONS, FACTSHEET, Gains, Person, Story, changed, weekly

VWN = "VWN"
THEMES = ("health care", "public transport", "money", "the computer", "work")
COMBINED = "a combination for each person"
UNNAMED = "who gives it is not known: the course stands for the provider"

PROGRAMME = attrs.evolve(
    PILOT,
    name="Berg en Dal",
    municipality="1945",
    offer=(
        Offered(Component.LANGUAGE, VWN, FACTSHEET, note="guided by a language buddy (taalmaatje)"),
        Offered(Component.LANGUAGE_BUDDY, None, FACTSHEET),
        Offered(Component.WORK, None, FACTSHEET, note=COMBINED),
        Offered(Component.PRACTICE_ASSIGNMENT, None, FACTSHEET, note=COMBINED),
        Offered(Component.TRAINING, None, FACTSHEET, name="Eurowijzer"),
        Offered(Component.TRAINING, None, FACTSHEET, name="DigiSterker"),
        Offered(Component.TRAINING, None, FACTSHEET, note="and others (e.a.)"),
        Offered(Component.COACHING, "case director", FACTSHEET, note="two of them (twee casusregisseurs)"),
        EXCURSIONS,
        Offered(Component.LANGUAGE, VWN, CHOSEN, themes=THEMES),
        Offered(Component.LANGUAGE_BUDDY, "volunteers", CHOSEN),
        Offered(Component.WORK, "employer", CHOSEN, themes=("work in a kitchen",)),
        Offered(Component.PRACTICE_ASSIGNMENT, "case director", CHOSEN, themes=("take the bus to Nijmegen and back",)),
        Offered(Component.VOLUNTEERING, "village house", CHOSEN, themes=("help in the garden",), note=COMBINED),
        Offered(Component.TRAINING, "Eurowijzer", CHOSEN, name="Eurowijzer", themes=("money",), note=UNNAMED),
        Offered(Component.TRAINING, "DigiSterker", CHOSEN, name="DigiSterker", themes=("the computer",), note=UNNAMED),
        Offered(Component.EXCURSION, VWN, CHOSEN),
        Offered(Component.COACHING, "case director", CHOSEN, setting=Setting.ONE_TO_ONE),
    ),
    guides=("first case director (casusregisseur)", "second case director (casusregisseur)"),
)

LANGUAGE: Gains = {"listening": 16, "conversation": 16, "speaking": 15, "reading": 9, "writing": 7}
SELF_RELIANCE: Gains = {
    "education-and-work": 9,
    "public-transport": 8,
    "health-care-use": 8,
    "self-confidence": 7,
    "finances": 4,
    "social-network": 3,
    "participation-in-society": 3,
}


FIRST, SECOND_LOCKDOWN, END = date(2020, 6, 8), date(2020, 12, 16), date(2021, 6, 23)


@attrs.frozen
class Own:
    """Something that one person does, every second week."""

    component: Component
    theme: str
    provider: str
    minutes: int
    near_home: bool = False
    """It can go on during a lockdown."""

    def line(self, *, waits: bool = False) -> PlannedComponent:
        if waits:
            return weekly(self.component, 0, self.provider, "waits until the measures allow it")
        return weekly(self.component, self.minutes // 2, self.provider, "every second week")


WORK = Own(Component.WORK, "work in a kitchen", "employer", 240)
PRACTICE = Own(Component.PRACTICE_ASSIGNMENT, "take the bus to Nijmegen and back", "case director", 90, near_home=True)
GARDEN = Own(Component.VOLUNTEERING, "help in the garden", "village house", 180)

COMBINATIONS: tuple[tuple[tuple[Own, ...], tuple[str, ...]], ...] = (
    ((WORK, PRACTICE), ("Eurowijzer",)),
    ((PRACTICE, GARDEN), ("Eurowijzer", "DigiSterker")),
    ((WORK, GARDEN), ("DigiSterker",)),
    ((PRACTICE,), ("Eurowijzer", "DigiSterker")),
)
"""What people do themselves, and which trainings they follow."""

TRAININGS = (
    ("Eurowijzer", "money", (date(2020, 9, 16), date(2020, 10, 14), date(2021, 6, 2))),
    ("DigiSterker", "the computer", (date(2020, 9, 30), date(2020, 11, 4), date(2021, 1, 27), date(2021, 2, 17))),
)


def course() -> Story:
    """Sixteen people, each with a combination of their own, between two case directors."""
    story = Story(PROGRAMME, LANGUAGE, SELF_RELIANCE)
    start = date(2020, 2, 3)
    directors = [Guide(f"casusregisseur-{number}", role) for number, role in enumerate(PROGRAMME.guides, start=1)]
    plan = (
        weekly(Component.LANGUAGE, 300, VWN),
        weekly(Component.LANGUAGE_BUDDY, 0, "volunteers", "as the two of them agree"),
        weekly(Component.EXCURSION, 0, VWN),
        weekly(Component.COACHING, 12, "case director"),
    )
    people = story.enter(start, 16, plan, directors)
    for number, members in enumerate((people[:8], people[8:]), start=1):
        story.group(Group(f"berg-en-dal-{number}", "pre-A1", VWN), start, members)
        story.lessons(
            members,
            since=date(2020, 2, 11),
            until=END,
            weekdays=(1, 4),
            starts=time(9, 30),
            minutes=150,
            provider=VWN,
            modality=as_allowed,
            themes=THEMES,
        )
    for number, person in enumerate(people):
        story.buddy(person, date(2020, 3, 2))
        combination, trainings = COMBINATIONS[number % len(COMBINATIONS)]
        _made_to_measure(story, person, combination, trainings, FIRST + timedelta(days=number % 5))
    for brand, theme, days in TRAININGS:
        followers = [one for number, one in enumerate(people) if brand in COMBINATIONS[number % len(COMBINATIONS)][1]]
        for on in days:
            story.activity(on, Component.TRAINING, theme, brand, people=followers, modality=as_allowed(on))
    for on in (date(2020, 4, 22), date(2021, 4, 7)):
        story.activity(on, Component.EXCURSION, "outing", VWN, cancelled=CancellationReason.PANDEMIC)
    story.coaching(
        since=date(2020, 2, 17),
        until=END,
        every_weeks=5,
        minutes=60,
        coach="case director",
        modality=as_allowed,
    )
    story.leave(people[5], date(2020, 8, 31), EndReason.FOUND_WORK)
    story.leave(people[13], date(2021, 3, 1), EndReason.HEALTH)
    story.evaluate(date(2020, 11, 10), END)
    return story


def _made_to_measure(
    story: Story, person: Person, combination: tuple[Own, ...], trainings: tuple[str, ...], first: date
) -> None:
    """The lines of one person's plan, how the pandemic moved them, and what came of them."""
    person.plan = (
        *person.plan,
        *(one.line() for one in combination),
        *(weekly(Component.TRAINING, 0, brand, "three or four meetings in all") for brand in trainings),
    )
    story.revise(
        date(2020, 4, 20),
        "Corona measures: excursions are off, and what is done outside the house has to wait.",
        changed(*(one.line(waits=True) for one in combination), without=Component.EXCURSION),
        [person],
    )
    story.revise(
        FIRST, "It can begin, in small steps and near home.", changed(*(one.line() for one in combination)), [person]
    )
    if stopped := [one for one in combination if not one.near_home]:
        story.revise(
            SECOND_LOCKDOWN,
            "Second lockdown: what is done with others stops.",
            changed(*(one.line(waits=True) for one in stopped)),
            [person],
        )
    for number, one in enumerate(combination):
        until = END if one.near_home else SECOND_LOCKDOWN - timedelta(days=1)
        for on in open_days(first, until, [first.weekday()])[number::2]:
            story.practise(person, on, one.component, one.theme, one.provider, one.minutes)
