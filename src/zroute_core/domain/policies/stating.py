"""How a rule is stated: a decorator on the function that upholds its sentence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from zroute_core.domain.programme import Evidence, Policy, Sentence, Upheld

ALWAYS = date.min
FACTSHEET = "factsheet Goed op weg met de Z-route (27 August 2021)"
DUO_PUBLISHED = date(2026, 3, 30)
"""DUO published its message descriptions of MAP, PVT and the Z-route."""
BINDING = frozenset({Evidence.VERIFIED, Evidence.SECONDARY, Evidence.HOUSE})


def policy(
    rule: str,
    *,
    nl: str,
    en: str,
    source: str,
    evidence: Evidence,
    since: date = ALWAYS,
    until: date | None = None,
    published: date | None = None,
    link: str = "",
    overridable: bool = False,
    advises_because: str = "",
) -> Callable[[Upheld], Policy]:
    """Make a rule of the function below it.

    Evidence decides what an objection does: V and S refuse, I and M only warn, H refuses. `advises_because` makes a
    rule that would refuse an advisory one, and says why. A rule is known from the day it began, unless it was
    `published` later and reaches back.
    """
    return lambda upheld: Policy(
        rule,
        f"{source}. Advisory: {advises_because}" if advises_because else source,
        evidence,
        since,
        Sentence(nl, en),
        upheld,
        evidence in BINDING and not advises_because,
        until,
        since if published is None else published,
        link,
        overridable,
    )
