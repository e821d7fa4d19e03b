"""Best: lessons by WSD in turn online and in class, language internships, themes with an interpreter, Yalla!Coaching.

What the factsheet gives and what is chosen stands at each line of the offer. Days, hours, people and scores are chosen.
"""

from __future__ import annotations

from datetime import date, time

import attrs

from zroute_core.domain.national import PILOT
from zroute_core.domain.programme import Offered
from zroute_core.domain.values import CancellationReason, Component, EndReason, Group, Guide, Modality, Setting
from zroute_core.pilots.school_days import AT_HOME, monthly, within
from zroute_core.pilots.story import CHOSEN, EXCURSIONS, FACTSHEET, Gains, Story, changed, weekly

SOCIETY = ("society", "current affairs")
THEMES = (*SOCIETY, "health care", "public transport")

PROGRAMME = attrs.evolve(
    PILOT,
    name="Best",
    municipality="0753",
    offer=(
        Offered(Component.LANGUAGE, "WSD", FACTSHEET, modality=Modality.MIXED, note="in turn online and in class"),
        Offered(Component.LANGUAGE_INTERNSHIP, "WSD", FACTSHEET, note="mainly (m.n.) at WSD"),
        Offered(Component.TRAINING, None, FACTSHEET, themes=SOCIETY, interpreter=True),
        Offered(Component.COACHING, "Yalla!", FACTSHEET, name="Yalla!Coaching", setting=Setting.ONE_TO_ONE),
        EXCURSIONS,
        Offered(Component.LANGUAGE, "WSD", CHOSEN, setting=Setting.GROUP, themes=THEMES),
        Offered(Component.TRAINING, "municipality", CHOSEN, themes=THEMES, interpreter=True),
        Offered(Component.EXCURSION, "municipality", CHOSEN, themes=("town hall",)),
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
    coach = Guide("yalla-1", PROGRAMME.guides[0])
    plan = (
        weekly(Component.LANGUAGE, 360, "WSD", "in turn online and in class"),
        weekly(Component.TRAINING, 28, "municipality", "two hours a month, with an interpreter"),
        weekly(Component.EXCURSION, 0, "municipality"),
        weekly(Component.COACHING, 15, "Yalla!"),
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
    placed, since = people[:5], date(2021, 1, 11)
    story.revise(
        since,
        "A place was found for a language internship (taalstage).",
        changed(weekly(Component.LANGUAGE_INTERNSHIP, 360, "WSD", "one day a week")),
        placed,
    )
    for person in placed:
        story.internship(
            person,
            since=since,
            until=date(2021, 6, 18),
            host="garden centre" if person is placed[-1] else "WSD",
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
        story.coaching(since=since, until=until, every_weeks=weeks, minutes=60, coach="Yalla!", modality=in_turn)
    story.revise(
        date(2020, 12, 16),
        "Lockdown: no excursions; more talks with the coach instead.",
        changed(weekly(Component.COACHING, 30, "Yalla!", "more often since the lockdown"), without=Component.EXCURSION),
    )
    story.leave(people[11], date(2021, 2, 1), EndReason.FOUND_WORK)
    story.evaluate(date(2021, 1, 18), end)
    return story
