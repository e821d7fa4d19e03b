"""What changed for everybody together? The table of an evaluation.

A mean change is taken only over people measured at both moments, and their number n always stands beside it. Of one
person it is the mean over the domains measured at both moments; of a group, the mean over its people. Exact
fractions inside; whoever shows them rounds, once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import reduce
from itertools import product
from types import MappingProxyType
from typing import TypeVar

import attrs

from zroute_core.domain.events import (
    AssessmentRecorded,
    Happened,
    OwnJudgementGiven,
    TrajectoryEnded,
    TrajectoryOpened,
)
from zroute_core.domain.history import InForce
from zroute_core.domain.instruments import Instrument
from zroute_core.domain.values import Answer, EndReason, Moment

K = TypeVar("K")


@attrs.frozen
class MeanChange:
    """One cell of the table."""

    instrument: str
    version: str
    """Scores of two versions of an instrument are never compared."""
    municipality: str | None
    """None for all municipalities together."""
    domain: str | None
    """None for all domains of the instrument together."""
    n: int
    """How many people were measured at both moments."""
    start: Fraction | None
    """None when n is 0, as are the other two."""
    end: Fraction | None
    change: Fraction | None


@attrs.frozen
class Cohort:
    """The answer."""

    first: Moment
    last: Moment
    participants: int
    by_municipality: Mapping[str, int]
    ended: Mapping[EndReason, int]
    """Who left or finished, by reason."""
    means: tuple[MeanChange, ...]
    understands_more: Mapping[Answer, int]
    """What people said, the last time they were asked; likewise the next two."""
    content: Mapping[Answer, int]
    wants_to_go_on: Mapping[Answer, int]

    def mean(self, instrument: Instrument, municipality: str | None = None, domain: str | None = None) -> MeanChange:
        """One cell of the table; with n = 0 when nobody was measured at both moments."""
        cell = (instrument.key, instrument.version, municipality, domain)
        for one in self.means:
            if (one.instrument, one.version, one.municipality, one.domain) == cell:
                return one
        return MeanChange(*cell, 0, None, None, None)


Place = tuple[str, str, str | None, str | None]
"""Instrument, version, municipality, domain."""
Sums = tuple[int, Fraction, Fraction]


@attrs.frozen
class Gathered:
    """What is gathered on the way, person by person; it does not grow with their number."""

    first: Moment = Moment.T0
    last: Moment = Moment.T2
    participants: int = 0
    by_municipality: Mapping[str, int] = MappingProxyType({})
    ended: Mapping[EndReason, int] = MappingProxyType({})
    sums: Mapping[Place, Sums] = MappingProxyType({})
    understands_more: Mapping[Answer, int] = MappingProxyType({})
    content: Mapping[Answer, int] = MappingProxyType({})
    wants_to_go_on: Mapping[Answer, int] = MappingProxyType({})


def cohort(gathered: Gathered) -> Cohort:
    """The table of everybody gathered."""
    return Cohort(
        first=gathered.first,
        last=gathered.last,
        participants=gathered.participants,
        by_municipality=gathered.by_municipality,
        ended=gathered.ended,
        means=tuple(
            MeanChange(*place, n, first / n, last / n, (last - first) / n)
            for place, (n, first, last) in sorted(gathered.sums.items(), key=_in_order)
        ),
        understands_more=gathered.understands_more,
        content=gathered.content,
        wants_to_go_on=gathered.wants_to_go_on,
    )


def include(gathered: Gathered, facts: Iterable[InForce]) -> Gathered:
    """What is gathered with one more person in it. One whose trajectory was not opened yet does not count."""
    person = reduce(_follow, (entry.fact for entry in facts), _Person())
    if person.municipality is None:
        return gathered
    said = person.judgement
    return attrs.evolve(
        gathered,
        participants=gathered.participants + 1,
        by_municipality=_plus(gathered.by_municipality, person.municipality),
        ended=_plus(gathered.ended, person.ended),
        sums=_summed(gathered, person),
        understands_more=_plus(gathered.understands_more, said.understands_more if said else None),
        content=_plus(gathered.content, said.content if said else None),
        wants_to_go_on=_plus(gathered.wants_to_go_on, said.wants_to_go_on if said else None),
    )


@attrs.frozen
class _Person:
    municipality: str | None = None
    ended: EndReason | None = None
    judgement: OwnJudgementGiven | None = None
    scores: Mapping[tuple[str, str, str, Moment], int] = MappingProxyType({})


def _follow(person: _Person, fact: Happened) -> _Person:
    match fact:
        case TrajectoryOpened(municipality=code):
            return attrs.evolve(person, municipality=code)
        case TrajectoryEnded(reason=reason):
            return attrs.evolve(person, ended=reason)
        case OwnJudgementGiven():
            return attrs.evolve(person, judgement=fact)
        case AssessmentRecorded():
            measured = (fact.instrument, fact.version, fact.domain, fact.moment)
            return attrs.evolve(person, scores={**person.scores, measured: fact.score})
        case _:
            return person


def _summed(gathered: Gathered, person: _Person) -> Mapping[Place, Sums]:
    pairs: dict[tuple[str, str], dict[str | None, tuple[Fraction, Fraction]]] = {}
    for (instrument, version, domain, moment), score in person.scores.items():
        later = person.scores.get((instrument, version, domain, gathered.last))
        if moment is gathered.first and later is not None:
            pairs.setdefault((instrument, version), {})[domain] = (Fraction(score), Fraction(later))
    sums = dict(gathered.sums)
    for measured_with, domains in pairs.items():
        domains[None] = _mean_pair(tuple(domains.values()))
        for municipality, (scored, (first, last)) in product([None, person.municipality], domains.items()):
            place = (*measured_with, municipality, scored)
            n, firsts, lasts = sums.get(place, NOBODY)
            sums[place] = (n + 1, firsts + first, lasts + last)
    return sums


NOBODY: Sums = (0, Fraction(0), Fraction(0))


def _in_order(item: tuple[Place, Sums]) -> tuple[str, str, str, str]:
    """All together first, then by municipality; all domains first, then each."""
    (instrument, version, municipality, domain), _ = item
    return instrument, version, municipality or "", domain or ""


def _mean_pair(pairs: Iterable[tuple[Fraction, Fraction]]) -> tuple[Fraction, Fraction]:
    """The mean of first members and the mean of second members."""
    firsts, lasts = zip(*pairs, strict=True)
    return sum(firsts, Fraction(0)) / len(firsts), sum(lasts, Fraction(0)) / len(lasts)


def _plus(counts: Mapping[K, int], key: K | None) -> Mapping[K, int]:
    return counts if key is None else {**counts, key: counts.get(key, 0) + 1}
