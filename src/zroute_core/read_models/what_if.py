"""What would it mean for these people, under other rules?

The same recorded facts, measured and judged under several sets of rules side by side: a programme, and the day on
which its rules were known. The first set is what the others are held against. The answer is what the recorded facts
and those rules give: nobody is supposed to have done anything else than what was recorded, so it is no forecast.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from uuid import UUID

import attrs

from zroute_core.domain.history import InForce
from zroute_core.domain.programme import Category, Programme
from zroute_core.errors import NotFound
from zroute_core.read_models.findings import Finding, findings
from zroute_core.read_models.progress import progress


@attrs.frozen
class Rules:
    """Under which rules a history is looked at."""

    programme: Programme | None = None
    """None for the participant's own."""
    rulebook: date | None = None
    """The day on which the rules were known; None for the day that is asked about."""


@attrs.frozen
class Measured:
    """One participant under one set of rules."""

    programme: str
    rulebook: date
    targets: Mapping[Category, int]
    """Whole minutes, as `minutes` and `left` are."""
    minutes: Mapping[Category, int]
    left: Mapping[Category, int]
    findings: tuple[Finding, ...] = attrs.field(repr=False)


@attrs.frozen
class Change:
    """What another set of rules does for one participant, or for all: measured minus the first set."""

    target: Mapping[Category, int]
    minutes: Mapping[Category, int]
    left: Mapping[Category, int]
    appear: Mapping[str, int]
    """Findings that the first set does not have, by rule."""
    disappear: Mapping[str, int]

    @property
    def none(self) -> bool:
        """Nothing is different."""
        numbers = (*self.target.values(), *self.minutes.values(), *self.left.values())
        return not any(numbers) and not self.appear and not self.disappear


@attrs.frozen
class Compared:
    """One participant under each set of rules, by its name."""

    participant: UUID
    municipality: str
    day: date
    under: Mapping[str, Measured]
    changes: Mapping[str, Change]
    """Each set but the first, against the first."""


@attrs.frozen
class Outcome:
    """Everybody together under another set of rules, against the first."""

    name: str
    changed: int
    """For how many people something is different."""
    more: Mapping[Category, int]
    """How many people have more minutes to go."""
    less: Mapping[Category, int]
    change: Change
    """All people added up."""
    people_with_new_findings: int
    people_with_fewer_findings: int


@attrs.frozen
class WhatIf:
    """The answer for everybody together."""

    first: str
    """The set of rules that the others are held against."""
    day: date
    participants: int
    """n: how many people were measured under each set."""
    outcomes: tuple[Outcome, ...]

    def of(self, name: str) -> Outcome:
        """What another set of rules does. Raises NotFound when there is no set of this name beside the first."""
        for one in self.outcomes:
            if one.name == name:
                return one
        raise NotFound("there is no such set of rules beside the first", field="name")


def measured(facts: Iterable[InForce], programme: Programme, rulebook: date, day: date) -> Measured:
    """One history under one set of rules. Raises NotFound before it was opened."""
    facts = tuple(facts)
    lines = progress(facts, programme.as_of(rulebook), day).categories
    return Measured(
        programme=programme.name,
        rulebook=rulebook,
        targets={line.category: line.target for line in lines},
        minutes={line.category: line.minutes for line in lines},
        left={line.category: line.left for line in lines},
        findings=findings(facts, programme, rulebook, day).findings,
    )


def change(first: Measured, other: Measured) -> Change:
    """What is different under `other`. Findings are the same when the same rule objects to the same fact."""
    before, after = (Counter((one.event_id, one.rule) for one in two.findings) for two in (first, other))
    return Change(
        target=_minus(other.targets, first.targets),
        minutes=_minus(other.minutes, first.minutes),
        left=_minus(other.left, first.left),
        appear=_by_rule(after - before),
        disappear=_by_rule(before - after),
    )


def compared(participant: UUID, municipality: str, day: date, under: Mapping[str, Measured]) -> Compared:
    """One participant, with what each set of rules but the first changes."""
    first, *others = under
    return Compared(participant, municipality, day, under, {name: change(under[first], under[name]) for name in others})


# ── of everybody together ────────────────────────────────────────────────────────────────────────────────────


@attrs.frozen
class Weighed:
    """What is gathered on the way, person by person; it does not grow with their number."""

    participants: int = 0
    outcomes: Mapping[str, Outcome] = MappingProxyType({})


def include(weighed: Weighed, one: Compared) -> Weighed:
    """What is gathered with one more person in it."""
    outcomes = {
        name: _plus(weighed.outcomes.get(name) or _nothing(name), change) for name, change in one.changes.items()
    }
    return Weighed(weighed.participants + 1, {**weighed.outcomes, **outcomes})


def what_if(weighed: Weighed, names: Iterable[str], day: date) -> WhatIf:
    """The table of everybody included; with n = 0 when there was nobody."""
    first, *others = names
    outcomes = tuple(weighed.outcomes.get(name) or _nothing(name) for name in others)
    return WhatIf(first, day, weighed.participants, outcomes)


NO_MINUTES: Mapping[Category, int] = MappingProxyType(dict.fromkeys(Category, 0))


def _nothing(name: str) -> Outcome:
    none = Change(NO_MINUTES, NO_MINUTES, NO_MINUTES, {}, {})
    return Outcome(name, 0, NO_MINUTES, NO_MINUTES, none, 0, 0)


def _plus(outcome: Outcome, change: Change) -> Outcome:
    so_far = outcome.change
    return Outcome(
        name=outcome.name,
        changed=outcome.changed + (not change.none),
        more={one: outcome.more[one] + (change.left[one] > 0) for one in Category},
        less={one: outcome.less[one] + (change.left[one] < 0) for one in Category},
        change=Change(
            target={one: so_far.target[one] + change.target[one] for one in Category},
            minutes={one: so_far.minutes[one] + change.minutes[one] for one in Category},
            left={one: so_far.left[one] + change.left[one] for one in Category},
            appear=_sum(so_far.appear, change.appear),
            disappear=_sum(so_far.disappear, change.disappear),
        ),
        people_with_new_findings=outcome.people_with_new_findings + bool(change.appear),
        people_with_fewer_findings=outcome.people_with_fewer_findings + bool(change.disappear),
    )


def _minus(after: Mapping[Category, int], before: Mapping[Category, int]) -> Mapping[Category, int]:
    return {one: after.get(one, 0) - before.get(one, 0) for one in Category}


def _by_rule(findings: Mapping[tuple[UUID, str], int]) -> Mapping[str, int]:
    by_rule: Counter[str] = Counter()
    for (_, rule), n in findings.items():
        by_rule[rule] += n
    return dict(sorted(by_rule.items()))


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> Mapping[str, int]:
    return dict(sorted({rule: one.get(rule, 0) + other.get(rule, 0) for rule in {*one, *other}}.items()))
