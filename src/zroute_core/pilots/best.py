"""Best: lessons by WSD in turn online and in class, language internships, themes with an interpreter, Yalla!Coaching.

From the factsheet: the components and their providers. Chosen: days, hours, people, scores.
"""

from __future__ import annotations

from datetime import date, time

import attrs

from zroute_core.domain.national import PILOT
from zroute_core.domain.programme import Offered
from zroute_core.domain.values import CancellationReason, Component, EndReason, Group, Guide, Modality
from zroute_core.pilots.story import AT_HOME, FACTSHEET, Gains, Story, monthly, weekly, within, without_excursions

THEMES = ("society", "current affairs", "health care", "public transport")

PROGRAMME = attrs.evolve(
    PILOT,
    name="Best",
    municipality="0753",
    offer=(
        Offered(Component.LANGUAGE, "WSD", Modality.MIXED, note="in turn online and in class", source=FACTSHEET),
        Offered(Component.LANGUAGE_INTERNSHIP, "WSD", note="mainly at WSD", source=FACTSHEET),
        Offered(
            Component.TRAINING,
            "municipality",
            themes=THEMES,
            note="themes of society and current affairs, with an interpreter",
            source=FACTSHEET,
        ),
        Offered(Component.EXCURSION, "municipality", source=FACTSHEET),
        Offered(Component.COACHING, "Yalla!Coaching", note="one to one", source=FACTSHEET),
    ),
    guides=("Yalla! coach",),
)

LANGUAGE: Gains = {"listening": 12, "conversation": 12, "speaking": 11, "reading": 6, "writing": 6}
SELF_RELIANCE: Gains = {
    "education-and-work": 7,
    "public-transport": 7,
    "health-care-use": 6,
    "self-confidence": 6,
    "finances": 2,
    "social-network": 3,
    "participation-in-society": 2,
}


def in_turn(day: date) -> Modality:
    """One week online, the next in class; all online while schools were closed."""
    return Modality.ONLINE if within(day, AT_HOME) or day.isocalendar().week % 2 else Modality.IN_CLASS


def course() -> Story:
    """Best began after the others: it was still preparing in June 2020 (first interim report)."""
    story = Story(PROGRAMME, LANGUAGE, SELF_RELIANCE)
    start, end = date(2020, 9, 7), date(2021, 6, 25)
    coach = Guide("yalla-1", "Yalla! coach")
    plan = (
        weekly(Component.LANGUAGE, 360, "WSD", "in turn online and in class"),
        weekly(Component.TRAINING, 30, "municipality", "with an interpreter"),
        weekly(Component.LANGUAGE_INTERNSHIP, 360, "WSD", "from January, for who can"),
        weekly(Component.EXCURSION, 0, "municipality"),
        weekly(Component.COACHING, 15, "Yalla!Coaching"),
    )
    people = story.enter(start, 12, plan, [coach])
    early, late = people[:6], people[6:]
    for number, members in enumerate((early, late), start=1):
        story.group(Group(f"best-{number}", "mixed", "WSD"), start, members)
        story.lessons(
            members,
            since=date(2020, 9, 14),
            until=end,
            weekdays=(0, 2),
            starts=time(9, 0),
            minutes=180,
            provider="WSD",
            modality=in_turn,
            themes=THEMES,
        )
    for number, on in enumerate(monthly(start, end, weekday=1)):
        theme = THEMES[number % len(THEMES)]
        story.activity(on, Component.TRAINING, theme, "municipality", interpreter=True, modality=in_turn(on))
    for person in people[:5]:
        story.internship(
            person,
            since=date(2021, 1, 11),
            until=date(2021, 6, 18),
            host="WSD",
            arranged_by="WSD",
            weekdays=(3,),
            minutes=360,
        )
    story.activity(
        date(2020, 12, 17),
        Component.EXCURSION,
        "town hall",
        "municipality",
        cancelled=CancellationReason.PANDEMIC,
    )
    for since, until, weeks in ((date(2020, 9, 21), date(2020, 12, 15), 4), (date(2020, 12, 16), end, 2)):
        story.coaching(
            since=since, until=until, every_weeks=weeks, minutes=60, coach="Yalla!Coaching", modality=in_turn
        )
    story.revise(
        date(2020, 12, 16),
        "Lockdown: no excursions; more talks with the coach instead.",
        without_excursions(weekly(Component.COACHING, 30, "Yalla!Coaching", "more often since the lockdown")),
    )
    story.leave(people[11], date(2021, 2, 1), EndReason.FOUND_WORK)
    story.evaluate(date(2021, 1, 18), end)
    return story
