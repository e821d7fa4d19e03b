"""The national programmes that a municipality's programme starts from."""

from __future__ import annotations

from datetime import date
from types import MappingProxyType

from zroute_core.domain.instruments import INSTRUMENTS, PILOT_LANGUAGE, PILOT_SELF_RELIANCE
from zroute_core.domain.policies import ACT_KEEPERS, ACT_POLICIES, FIRST_POLICIES
from zroute_core.domain.programme import Category, Dated, Programme, Targets
from zroute_core.domain.values import ACTIVITIES, INTERNSHIPS, LESSONS, Component, Regime, TargetGroup

HOUR = 60

COUNTS_AS = MappingProxyType(
    {
        **dict.fromkeys(LESSONS, Category.COURSE),
        **dict.fromkeys(ACTIVITIES | INTERNSHIPS, Category.PARTICIPATION),
        Component.COACHING: Category.PARTICIPATION,
        Component.LANGUAGE_BUDDY: Category.NOT_COUNTED,
        Component.PVT: Category.NOT_COUNTED,
        Component.MAP: Category.NOT_COUNTED,
    }
)
"""What a minute counts for. Lessons incl. literacy are course hours (R-Z-06); activities and social guidance are
participation (R-Z-07). Whether one to one coaching counts is not settled in a text that could be read [I]: a
programme may say otherwise. The same goes for the hours of PVT and MAP (R-MAP-04): some municipalities count them as
participation; here they do not count twice."""

PILOT = Programme(
    name="Pilots Z-route 2020-2021",
    municipality=None,
    regime=Regime.PILOT,
    targets=MappingProxyType(
        dict.fromkeys(TargetGroup, Dated(((date(2020, 1, 1), Targets(course=800 * HOUR, participation=800 * HOUR)),)))
    ),
    counts_as=COUNTS_AS,
    instruments=(PILOT_LANGUAGE, PILOT_SELF_RELIANCE),
    policies=FIRST_POLICIES,
    length_weeks=104,
    about=(
        "About two years, some 20 hours a week, 1,600 hours in all "
        "(https://www.divosa.nl/zelfredzaamheidsroute-z-route). The participants were dispensed under the old act "
        "and had no duty, so this is an aim, not a requirement. The halves, 800 course hours and 800 participation "
        "hours, are those of the later act [I]: for the pilots no source gives a division."
    ),
)

WI2021 = Programme(
    name="Wet inburgering 2021, Z-route",
    municipality=None,
    regime=Regime.WI2021,
    targets=MappingProxyType(
        {
            TargetGroup.ASYLUM_STATUS_HOLDER: Dated(
                ((date(2022, 1, 1), Targets(course=800 * HOUR, participation=800 * HOUR)),)
            ),
            TargetGroup.FAMILY_OR_OTHER_MIGRANT: Dated(
                ((date(2022, 1, 1), Targets(course=800 * HOUR, participation=0)),)
            ),
        }
    ),
    counts_as=COUNTS_AS,
    instruments=INSTRUMENTS,
    policies=ACT_POLICIES,
    keepers=ACT_KEEPERS,
    length_weeks=156,
    about=(
        "Besluit inburgering 2021 art. 3.14 [S] (R-Z-02, R-Z-03): 800 course hours for everybody, 800 participation "
        "hours for asylum status holders only. Three years (Wet inburgering 2021 art. 11 lid 1 [V])."
    ),
)
