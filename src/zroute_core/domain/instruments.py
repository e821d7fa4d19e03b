"""Instruments are data: a key, a version, a scale, its domains, and where all that comes from.

What the numbers of a scale mean stands in `levels`, with its own source: it is never a constant in the code.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import attrs


@attrs.frozen
class Instrument:
    """A way of measuring, in one version."""

    key: str
    version: str
    name: str
    lowest: int
    highest: int
    domains: tuple[str, ...]
    """Domains or skills that can be scored."""
    source: str
    levels: Mapping[int, str] = MappingProxyType({})
    levels_source: str = ""
    meets: Mapping[int, tuple[str, int]] = MappingProxyType({})
    """Where a track of its own meets another instrument: a score here, and the instrument and score it equals there.
    Scores that are not in it cannot be compared with the other one."""

    def measures(self, domain: str) -> bool:
        return domain in self.domains

    def holds(self, score: int) -> bool:
        return self.lowest <= score <= self.highest


PILOT_LANGUAGE = Instrument(
    key="pilot-language",
    version="2020",
    name="Language skills, pilots 2020-2021",
    lowest=0,
    highest=4,
    domains=("listening", "conversation", "speaking", "reading", "writing"),
    source=(
        "Scale 0-4: factsheet Goed op weg met de Z-route (2021). Skills: summary of the evaluation on "
        "beleidsonderzoekers.nl, which names conversation, speaking, listening, writing and reading."
    ),
    levels=MappingProxyType({0: "pre-A1", 1: "A1", 2: "A2", 3: "B1", 4: "B2"}),
    levels_source=(
        "Inferred: the factsheet calls a mean change of +0.88 'from pre-A1 to A1'; what each number stands for "
        "was not readable. Shown as a reading, never used in a rule."
    ),
)

PILOT_SELF_RELIANCE = Instrument(
    key="pilot-self-reliance",
    version="2020",
    name="Self-reliance matrix, pilots 2020-2021 (adapted)",
    lowest=1,
    highest=5,
    domains=(
        "education-and-work",
        "public-transport",
        "health-care-use",
        "self-confidence",
        "finances",
        "social-network",
        "participation-in-society",
    ),
    source=(
        "Scale 1-5 and the first four domains: factsheet Goed op weg met de Z-route (2021). The last three are "
        "domains of the Zelfredzaamheid-Matrix (ZRM 2017), chosen here: the list of the pilots' own matrix was "
        "not readable."
    ),
    levels=MappingProxyType(
        {
            1: "acute problematiek",
            2: "niet zelfredzaam",
            3: "beperkt zelfredzaam",
            4: "voldoende zelfredzaam",
            5: "volledig zelfredzaam",
        }
    ),
    levels_source="Level names of the Zelfredzaamheid-Matrix: https://mijnzrm.nl/zrm/",
)

CEFR = Instrument(
    key="cefr",
    version="1",
    name="European framework of reference (ERK), a level for each skill",
    lowest=0,
    highest=4,
    domains=("listening", "conversation", "speaking", "reading", "writing"),
    source="Levels A2, B1 and B2 as DUO exchanges them (Examen 1.0.0); conversation is a skill without an exam code.",
    levels=MappingProxyType({0: "pre-A1", 1: "A1", 2: "A2", 3: "B1", 4: "B2"}),
    levels_source="Order of the levels: general knowledge [M]. A level stands for one skill at one moment.",
)

ALFA = Instrument(
    key="alfa",
    version="2005",
    name="Raamwerk Alfabetisering NT2: the road of who learns to read and write",
    lowest=1,
    highest=3,
    domains=("reading", "writing"),
    source="https://melkwegplus.nl/alfabetiseringsniveaus/ [V]: a track of its own, in three steps.",
    levels=MappingProxyType({1: "Alfa A", 2: "Alfa B", 3: "Alfa C"}),
    levels_source="The same.",
    meets=MappingProxyType({3: (CEFR.key, 1)}),
)
"""Alfa C equals A1; Alfa A and B cannot be compared with pre-A1: two tracks that meet, not one line."""

_ZRM_LEVELS = PILOT_SELF_RELIANCE.levels
_ZRM_LEVELS_SOURCE = PILOT_SELF_RELIANCE.levels_source

ZRM_2013 = Instrument(
    key="zrm",
    version="2013",
    name="Zelfredzaamheid-Matrix 2013",
    lowest=1,
    highest=5,
    domains=(
        "finances",
        "daytime-activities",
        "housing",
        "domestic-relations",
        "mental-health",
        "physical-health",
        "addiction",
        "activities-of-daily-living",
        "social-network",
        "participation-in-society",
        "justice",
    ),
    source="http://instrumentwijzer.nl/pages/52/instrument/30/Zelfredzaamheid-Matrix-ZRM.html [V]; names only.",
    levels=_ZRM_LEVELS,
    levels_source=_ZRM_LEVELS_SOURCE,
)

ZRM_2017 = Instrument(
    key="zrm",
    version="2017",
    name="Zelfredzaamheid-Matrix 2017",
    lowest=1,
    highest=5,
    domains=(
        "finances",
        "work-and-education",
        "time-use",
        "housing",
        "domestic-relations",
        "mental-health",
        "physical-health",
        "substance-use",
        "basic-activities-of-daily-living",
        "instrumental-activities-of-daily-living",
        "social-network",
        "participation-in-society",
        "justice",
    ),
    source="https://gezondeboel.nl/aanbod/vragenlijsten/zrm/ [V]; names only, the criteria of the cells are protected.",
    levels=_ZRM_LEVELS,
    levels_source=_ZRM_LEVELS_SOURCE,
)

INSTRUMENTS: tuple[Instrument, ...] = (PILOT_LANGUAGE, PILOT_SELF_RELIANCE, CEFR, ALFA, ZRM_2013, ZRM_2017)
"""Every instrument this library knows. A programme names those it uses."""


def compare(one: Instrument, score: int, other: Instrument, its_score: int) -> int | None:
    """Which of two scores is higher: below 0, 0 or above 0. None when the two cannot be compared."""
    if (one.key, one.version) == (other.key, other.version):
        return score - its_score
    if score in one.meets and one.meets[score][0] == other.key:
        return one.meets[score][1] - its_score
    if its_score in other.meets and other.meets[its_score][0] == one.key:
        return score - other.meets[its_score][1]
    return None
