"""Berg en Dal: lessons by VWN with a language buddy, participation made to measure, Eurowijzer, DigiSterker.

From the factsheet: components, providers, the two case directors (casusregisseurs) and "a combination for each
person, for instance work and practice assignments". Chosen: days, hours, people, scores.
"""

from __future__ import annotations

from datetime import date, time, timedelta

import attrs

from zroute_core.domain.national import PILOT
from zroute_core.domain.programme import Offered
from zroute_core.domain.values import CancellationReason, Component, EndReason, Group, Guide
from zroute_core.pilots.story import FACTSHEET, Gains, Story, as_allowed, open_days, weekly, without_excursions

VWN = "VluchtelingenWerk Nederland"
THEMES = ("health care", "public transport", "money", "the computer", "work")

PROGRAMME = attrs.evolve(
    PILOT,
    name="Berg en Dal",
    municipality="1945",
    offer=(
        Offered(Component.LANGUAGE, VWN, note="with a language buddy (taalmaatje)", source=FACTSHEET),
        Offered(Component.LANGUAGE_BUDDY, "volunteers", source=FACTSHEET),
        Offered(Component.WORK, "employer", note="a combination for each person", source=FACTSHEET),
        Offered(
            Component.PRACTICE_ASSIGNMENT,
            "case director",
            note="a combination for each person",
            source=FACTSHEET,
        ),
        Offered(Component.VOLUNTEERING, "village house", note="a combination for each person (chosen)"),
        Offered(Component.TRAINING, "Eurowijzer", themes=("money",), source=FACTSHEET),
        Offered(Component.TRAINING, "DigiSterker", themes=("the computer",), source=FACTSHEET),
        Offered(Component.EXCURSION, VWN, source=FACTSHEET),
        Offered(Component.COACHING, "case director", note="two case directors (casusregisseurs)", source=FACTSHEET),
    ),
    guides=("case director (casusregisseur)",),
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

TO_MEASURE = (
    (Component.WORK, "work in a kitchen", "employer", 240),
    (Component.PRACTICE_ASSIGNMENT, "take the bus to Nijmegen and back", "case director", 90),
    (Component.VOLUNTEERING, "help in the garden", "village house", 180),
)


def course() -> Story:
    """Sixteen people, each with a combination of their own, between two case directors."""
    story = Story(PROGRAMME, LANGUAGE, SELF_RELIANCE)
    start, end = date(2020, 2, 3), date(2021, 6, 23)
    directors = [Guide(f"casusregisseur-{number}", "case director (casusregisseur)") for number in (1, 2)]
    plan = (
        weekly(Component.LANGUAGE, 300, VWN),
        weekly(Component.LANGUAGE_BUDDY, 60, "volunteers"),
        weekly(Component.PRACTICE_ASSIGNMENT, 60, "case director", "made to measure"),
        weekly(Component.EXCURSION, 0, VWN),
        weekly(Component.COACHING, 12, "case director"),
    )
    people = story.enter(start, 16, plan, directors)
    for number, members in enumerate((people[:8], people[8:]), start=1):
        story.group(Group(f"berg-en-dal-{number}", "pre-A1", VWN), start, members)
        story.lessons(
            members,
            since=date(2020, 2, 11),
            until=end,
            weekdays=(1, 4),
            starts=time(9, 30),
            minutes=150,
            provider=VWN,
            modality=as_allowed,
            themes=THEMES,
        )
    for number, person in enumerate(people):
        story.buddy(person, date(2020, 3, 2))
        component, theme, provider, minutes = TO_MEASURE[number % 3]
        first = date(2020, 6, 8) + timedelta(days=number % 5)
        for on in open_days(first, date(2020, 12, 11), [first.weekday()])[::2]:
            story.practise(person, on, component, theme, provider, minutes)
    for on in (date(2020, 9, 16), date(2020, 10, 14), date(2021, 6, 2)):
        story.activity(on, Component.TRAINING, "money", "Eurowijzer", modality=as_allowed(on))
    for on in (date(2020, 9, 30), date(2020, 11, 4), date(2021, 1, 27), date(2021, 2, 17)):
        story.activity(on, Component.TRAINING, "the computer", "DigiSterker", modality=as_allowed(on))
    for on in (date(2020, 4, 22), date(2021, 4, 7)):
        story.activity(on, Component.EXCURSION, "outing", VWN, cancelled=CancellationReason.PANDEMIC)
    story.coaching(
        since=date(2020, 2, 17),
        until=end,
        every_weeks=5,
        minutes=60,
        coach="case director",
        modality=as_allowed,
    )
    story.revise(
        date(2020, 4, 20),
        "Corona measures: excursions are off; each person gets assignments near home.",
        without_excursions(weekly(Component.PRACTICE_ASSIGNMENT, 90, "case director", "made to measure, near home")),
    )
    story.leave(people[5], date(2020, 8, 31), EndReason.FOUND_WORK)
    story.leave(people[13], date(2021, 3, 1), EndReason.HEALTH)
    story.evaluate(date(2020, 11, 10), end)
    return story
