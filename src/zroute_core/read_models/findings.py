"""What has a programme against this history?

The rules judge each fact in force again, in the trajectory as it was before that fact: the same functions that judged
it when it was recorded. Under which programme, and by the rules as known on which day, comes with the question, so
the answer says what those rules have against what was recorded, and nothing about what else may have happened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import product
from types import MappingProxyType
from uuid import UUID

import attrs

from zroute_core.domain.decisions import judge
from zroute_core.domain.events import MovedToMunicipality, RuleOverridden, TrajectoryOpened
from zroute_core.domain.history import InForce
from zroute_core.domain.programme import Programme, Sentence
from zroute_core.errors import NotFound
from zroute_core.read_models.telling import tell


@attrs.frozen
class Finding:
    """What one rule has against one fact."""

    event_id: UUID
    """The entry that told the fact."""
    on: date
    tag: str
    fact: str = attrs.field(repr=False)
    """As one sentence."""
    municipality: str | None
    """Who was responsible when it happened."""
    rule: str
    source: str
    sentence: Sentence
    binding: bool
    overridden: bool
    """Somebody let a lawful exception pass."""
    reason: str | None = attrs.field(repr=False)
    """Why, in the words of whoever did."""

    @property
    def refuses(self) -> bool:
        """Would a command with this fact be refused?"""
        return self.binding and not self.overridden


@attrs.frozen
class Findings:
    """The answer."""

    programme: str
    rulebook: date
    """The rules are those known on this day."""
    day: date
    """The day this speaks about."""
    facts: int
    """How many were judged."""
    findings: tuple[Finding, ...]
    """In the order in which the facts happened."""
    by_rule: Mapping[str, int]


def findings(facts: Iterable[InForce], programme: Programme, rulebook: date, day: date) -> Findings:
    """What `programme`, as known on `rulebook`, has against these facts, asked on `day`.

    Raises NotFound when there are none: the trajectory was not opened yet.
    """
    facts = tuple(facts)
    if not facts:
        raise NotFound("the trajectory was not opened yet", field="participant")
    reasons = _reasons(facts)
    places = _places(facts)
    found = tuple(
        Finding(
            event_id=entry.event_id,
            on=entry.fact.on,
            tag=entry.fact.tag,
            fact=tell(entry.fact),
            municipality=places[entry.event_id],
            rule=objection.rule,
            source=objection.source,
            sentence=objection.sentence,
            binding=objection.binding,
            overridden=objection.overridden,
            reason=reasons.get((objection.rule, entry.fact.on)) if objection.overridden else None,
        )
        for entry, objection in judge(facts, programme, day, rulebook=rulebook)
    )
    return Findings(programme.name, rulebook, day, len(facts), found, Counter(one.rule for one in found))


def _reasons(facts: Iterable[InForce]) -> Mapping[tuple[str, date], str]:
    """Why somebody let an exception pass: of two reasons for one rule on one day, the first stood before the fact."""
    reasons: dict[tuple[str, date], str] = {}
    for entry in facts:
        if isinstance(entry.fact, RuleOverridden):
            reasons.setdefault((entry.fact.rule, entry.fact.on), entry.fact.reason)
    return reasons


def _places(facts: Iterable[InForce]) -> Mapping[UUID, str | None]:
    """Which municipality was responsible at each fact."""
    places: dict[UUID, str | None] = {}
    municipality: str | None = None
    for entry in facts:
        if isinstance(entry.fact, TrajectoryOpened | MovedToMunicipality):
            municipality = entry.fact.municipality
        places[entry.event_id] = municipality
    return places


# ── of everybody together ────────────────────────────────────────────────────────────────────────────────────


@attrs.frozen
class RuleCount:
    """How often one rule objects."""

    rule: str
    municipality: str | None
    """None for all municipalities together."""
    findings: int
    refusing: int
    """Binding, and nobody let an exception pass."""
    participants: int
    """How many people have at least one of them."""


@attrs.frozen
class FindingsOfAll:
    """The answer for a cohort."""

    programmes: Mapping[str, int]
    """Under which programme how many people were judged."""
    rulebook: date
    day: date
    participants: int
    """How many people were judged."""
    with_findings: int
    counts: tuple[RuleCount, ...]
    """By rule: all together first, then by municipality."""

    def of(self, rule: str, municipality: str | None = None) -> RuleCount:
        """One line; of zeros when nothing was found."""
        found = (one for one in self.counts if (one.rule, one.municipality) == (rule, municipality))
        return next(found, RuleCount(rule, municipality, 0, 0, 0))


Place = tuple[str, str | None]
"""Rule, municipality."""


@attrs.frozen
class Found:
    """What is gathered on the way, person by person; it does not grow with their number."""

    participants: int = 0
    with_findings: int = 0
    programmes: Mapping[str, int] = MappingProxyType({})
    counts: Mapping[Place, tuple[int, int, int]] = MappingProxyType({})


def include(found: Found, one: Findings) -> Found:
    """What was found with one more person in it."""
    mine: dict[Place, tuple[int, int]] = {}
    for finding in one.findings:
        # `dict.fromkeys`: who was nowhere yet counts once, not twice.
        for place in product([finding.rule], dict.fromkeys([None, finding.municipality])):
            findings, refusing = mine.get(place, (0, 0))
            mine[place] = (findings + 1, refusing + finding.refuses)
    counts = dict(found.counts)
    for place, (findings, refusing) in mine.items():
        before = counts.get(place, (0, 0, 0))
        counts[place] = (before[0] + findings, before[1] + refusing, before[2] + 1)
    return Found(
        participants=found.participants + 1,
        with_findings=found.with_findings + bool(one.findings),
        programmes={**found.programmes, one.programme: found.programmes.get(one.programme, 0) + 1},
        counts=counts,
    )


def of_all(found: Found, rulebook: date, day: date) -> FindingsOfAll:
    """The table of everybody included."""
    ordered = sorted(found.counts.items(), key=lambda item: (item[0][0], item[0][1] or ""))
    counts = tuple(RuleCount(*place, *numbers) for place, numbers in ordered)
    return FindingsOfAll(found.programmes, rulebook, day, found.participants, found.with_findings, counts)
