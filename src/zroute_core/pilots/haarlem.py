"""Haarlem: two groups at two language schools, Nova College and INTK; language internships and coaching by Agros.

What the factsheet gives and what is chosen stands at each line of the offer. Days, hours, people and scores are chosen,
and so is which level is taught at which school.
"""

from __future__ import annotations

from datetime import date, time

import attrs

from zroute_core.domain.national import PILOT
from zroute_core.domain.programme import Offered
from zroute_core.domain.values import CancellationReason, Component, EndReason, Group, Guide, Setting
from zroute_core.pilots.school_days import as_allowed
from zroute_core.pilots.story import CHOSEN, EXCURSIONS, FACTSHEET, Gains, Story, changed, weekly

THEMES = ("work", "health care", "public transport", "living together")
HOSTS = ("laundry", "community centre", "nursery garden")

PROGRAMME = attrs.evolve(
    PILOT,
    name="Haarlem",
    municipality="0392",
    offer=(
        Offered(Component.LANGUAGE, "Nova College", FACTSHEET, note="the first of two groups"),
        Offered(Component.LANGUAGE, "INTK", FACTSHEET, note="the second of two groups"),
        Offered(Component.LANGUAGE_INTERNSHIP, "Agros", FACTSHEET, note="organised by Agros"),
        Offered(
            Component.COACHING,
            "Agros",
            FACTSHEET,
            setting=Setting.ONE_TO_ONE,
            note="by re-integration consultants (re-integratieconsulenten)",
        ),
        EXCURSIONS,
        Offered(Component.LANGUAGE, "Nova College", CHOSEN, themes=THEMES, note="the group at the level alfa"),
        Offered(Component.LANGUAGE, "INTK", CHOSEN, themes=THEMES, note="the group at the level pre-A1"),
        Offered(Component.EXCURSION, "Agros", CHOSEN),
    ),
    guides=("re-integration consultant (re-integratieconsulent)",),
)

LANGUAGE: Gains = {"listening": 17, "conversation": 16, "speaking": 16, "reading": 10, "writing": 8}
SELF_RELIANCE: Gains = {
    "education-and-work": 9,
    "public-transport": 9,
    "health-care-use": 8,
    "self-confidence": 8,
    "finances": 3,
    "social-network": 4,
    "participation-in-society": 2,
}


def course() -> Story:
    """Sixteen people at the start and one who came in later, at two schools."""
    story = Story(PROGRAMME, LANGUAGE, SELF_RELIANCE)
    start, end = date(2020, 2, 3), date(2021, 6, 17)
    consultants = [Guide(f"agros-{number}", PROGRAMME.guides[0]) for number in (1, 2)]
    plan = (
        weekly(Component.EXCURSION, 0, "Agros"),
        weekly(Component.COACHING, 8, "Agros"),
    )
    people = story.enter(start, 16, plan, consultants)
    nova, intk = people[:8], people[8:]
    story.group(Group("haarlem-nova", "alfa", "Nova College"), start, nova)
    story.group(Group("haarlem-intk", "pre-A1", "INTK"), start, intk)
    fewer = changed(
        weekly(Component.COACHING, 15, "Agros", "by telephone while schools are closed"),
        without=Component.EXCURSION,
    )
    newcomer = story.enter(date(2020, 9, 14), 1, fewer(plan), consultants)[0]
    story.join(Group("haarlem-intk", "pre-A1", "INTK"), date(2020, 9, 14), newcomer, 8)
    for members, school, weekdays in ((nova, "Nova College", (0, 2)), ([*intk, newcomer], "INTK", (1, 3))):
        for person in members:
            person.plan = (weekly(Component.LANGUAGE, 360, school), *person.plan)
        story.lessons(
            members,
            since=date(2020, 2, 10),
            until=end,
            weekdays=weekdays,
            starts=time(9, 0),
            minutes=180,
            provider=school,
            modality=as_allowed,
            themes=THEMES,
        )
    placed, since, stops = [*nova[:5], *intk[:2], intk[3]], date(2020, 9, 18), date(2020, 12, 11)
    story.revise(
        since,
        "Agros found a place for a language internship (taalstage).",
        changed(weekly(Component.LANGUAGE_INTERNSHIP, 240, "Agros", "half a day a week")),
        placed,
    )
    story.revise(
        stops,
        "The language internship at the laundry came to its end.",
        changed(without=Component.LANGUAGE_INTERNSHIP),
        placed[::3],
    )
    for number, person in enumerate(placed):
        story.internship(
            person,
            since=since,
            until=date(2021, 6, 11) if number % 3 else stops,
            host=HOSTS[number % 3],
            arranged_by="Agros",
            weekdays=(4,),
            minutes=240,
        )
    for on in (date(2020, 4, 16), date(2020, 10, 29), date(2021, 4, 15)):
        story.activity(on, Component.EXCURSION, "outing", "Agros", cancelled=CancellationReason.PANDEMIC)
    for since, until, weeks in ((date(2020, 2, 17), date(2020, 4, 3), 6), (date(2020, 4, 6), end, 3)):
        story.coaching(since=since, until=until, every_weeks=weeks, minutes=45, coach="Agros", modality=as_allowed)
    story.revise(
        date(2020, 4, 6),
        "Corona measures: excursions are off, the consultant calls more often.",
        fewer,
    )
    story.leave(people[10], date(2020, 8, 31), EndReason.MOVED)
    story.leave(people[15], date(2021, 2, 15), EndReason.FOUND_WORK)
    story.evaluate(date(2020, 11, 12), end)
    return story
