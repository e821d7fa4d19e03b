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
