"""How far is this participant?

Minutes per component and category against the programme's targets, attendance with the reasons of absence, scores
with their change since T0, and what is left with the weekly pace it asks. Everything is in whole minutes; whoever
shows hours rounds down, once, at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import reduce
from types import MappingProxyType
from typing import TypeVar

import attrs

from zroute_core.domain.act import DispensationKind
from zroute_core.domain.events import (
    ActivityCancelled,
    ActivityMissed,
    AssessmentRecorded,
    DispensationGranted,
    Happened,
    HomeworkHandedIn,
    InternshipStarted,
    LessonCancelled,
    LessonMissed,
    MovedToMunicipality,
    TargetGroupChanged,
    TrajectoryEnded,
    TrajectoryInterrupted,
    TrajectoryOpened,
    TrajectoryResumed,
)
from zroute_core.domain.history import InForce
from zroute_core.domain.hours import spent
from zroute_core.domain.programme import Category, Programme
from zroute_core.domain.values import (
    AbsenceReason,
    CancellationReason,
    Component,
    EndReason,
    Internship,
    Moment,
    Regime,
    TargetGroup,
)
from zroute_core.errors import NotFound

K = TypeVar("K")


@attrs.frozen
class ComponentProgress:
    """One component."""

    component: Component
    category: Category
    minutes: int
    attended: int
    """How many times."""
    missed: int
    cancelled: int


@attrs.frozen
class CategoryProgress:
    """Course hours or participation hours."""

    category: Category
    minutes: int
    target: int
    left: int
    weekly_pace: int | None
    """Minutes a week that what is left asks, rounded up; None when no week is left, or nothing, or it has ended."""


@attrs.frozen
class DomainProgress:
    """One domain or skill of an instrument."""

    instrument: str
    version: str
    domain: str
    scores: Mapping[Moment, int]
    latest: int
    level: str | None
    """What the instrument calls the latest score, by its own `levels_source`; None where it has no word for it."""
    change: int | None
    """Since T0; None without a T0, or with nothing after it."""


@attrs.frozen
class Progress:
    """The answer."""

    municipality: str
    target_group: TargetGroup
    regime: Regime
    programme: str
    opened_on: date
    day: date
    """The day this speaks about."""
    ended_on: date | None
    end_reason: EndReason | None
    interrupted: bool
    weeks_left: int
    """Whole weeks from `day` to the end of the programme's length; 0 when the trajectory has ended."""
    categories: tuple[CategoryProgress, ...]
    components: tuple[ComponentProgress, ...]
    attended: int
    missed: int
    absences: Mapping[AbsenceReason, int]
    cancellations: Mapping[CancellationReason, int]
    homework: int
    domains: tuple[DomainProgress, ...]


@attrs.frozen
class Tally:
    """What is counted on the way."""

    opened: TrajectoryOpened | None = None
    ended: TrajectoryEnded | None = None
    interrupted: bool = False
    internships: Mapping[str, Internship] = MappingProxyType({})
    spent: Mapping[tuple[Component, bool], int] = MappingProxyType({})
    """Whole minutes of each component, those of the broad intake apart."""
    target_group: TargetGroup | None = None
    municipality: str = ""
    participation_cap: int | None = None
    attended: Mapping[Component, int] = MappingProxyType({})
    missed: Mapping[Component, int] = MappingProxyType({})
    cancelled: Mapping[Component, int] = MappingProxyType({})
    absences: Mapping[AbsenceReason, int] = MappingProxyType({})
    cancellations: Mapping[CancellationReason, int] = MappingProxyType({})
    homework: int = 0
    scores: Mapping[tuple[str, str, str], Mapping[Moment, int]] = MappingProxyType({})


def progress(facts: Iterable[InForce], programme: Programme, day: date) -> Progress:
    """How far the participant is on `day`, measured by `programme`. Raises NotFound before it was opened."""
    tally = reduce(project, (entry.fact for entry in facts), Tally())
    if tally.opened is None:
        raise NotFound("the trajectory was not opened yet", field="participant")
    ends = tally.opened.on + timedelta(weeks=programme.length_weeks)
    weeks_left = 0 if tally.ended else max(0, (ends - day).days // 7)
    return Progress(
        municipality=tally.municipality,
        target_group=tally.target_group or tally.opened.target_group,
        regime=tally.opened.regime,
        programme=programme.name,
        opened_on=tally.opened.on,
        day=day,
        ended_on=tally.ended.on if tally.ended else None,
        end_reason=tally.ended.reason if tally.ended else None,
        interrupted=tally.interrupted,
        weeks_left=weeks_left,
        categories=tuple(_category(tally, one, programme, day, weeks_left) for one in Category),
        components=tuple(_component(tally, component, programme) for component in _seen(tally)),
        attended=sum(tally.attended.values()),
        missed=sum(tally.missed.values()),
        absences=tally.absences,
        cancellations=tally.cancellations,
        homework=tally.homework,
        domains=tuple(_domain(key, scores, programme) for key, scores in tally.scores.items()),
    )


def project(tally: Tally, fact: Happened) -> Tally:
    """The tally after one more fact; facts it has no use for leave it as it is."""
    if time := spent(fact, tally.internships):
        return attrs.evolve(
            tally,
            spent=_plus(tally.spent, (time.component, time.in_intake), time.minutes),
            attended=_plus(tally.attended, time.component),
        )
    match fact:
        case TrajectoryOpened(municipality=code, target_group=group):
            return attrs.evolve(tally, opened=fact, municipality=code, target_group=group)
        case MovedToMunicipality(municipality=code):
            return attrs.evolve(tally, municipality=code)
        case TargetGroupChanged(target_group=group):
            return attrs.evolve(tally, target_group=group)
        case DispensationGranted(kind=DispensationKind.PARTIAL, participation_cap=int(cap)):
            return attrs.evolve(tally, participation_cap=cap)
        case TrajectoryEnded():
            return attrs.evolve(tally, ended=fact)
        case TrajectoryInterrupted():
            return attrs.evolve(tally, interrupted=True)
        case TrajectoryResumed():
            return attrs.evolve(tally, interrupted=False)
        case LessonMissed(lesson=it, reason=reason) | ActivityMissed(activity=it, reason=reason):
            return attrs.evolve(tally, missed=_plus(tally.missed, it.component), absences=_plus(tally.absences, reason))
        case LessonCancelled(lesson=it, reason=why) | ActivityCancelled(activity=it, reason=why):
            return attrs.evolve(
                tally,
                cancelled=_plus(tally.cancelled, it.component),
                cancellations=_plus(tally.cancellations, why),
            )
        case InternshipStarted(internship=internship):
            return attrs.evolve(tally, internships={**tally.internships, internship.key: internship})
        case HomeworkHandedIn():
            return attrs.evolve(tally, homework=tally.homework + 1)
        case AssessmentRecorded():
            domain = (fact.instrument, fact.version, fact.domain)
            scores = {**tally.scores.get(domain, {}), fact.moment: fact.score}
            return attrs.evolve(tally, scores={**tally.scores, domain: scores})
        case _:
            return tally


def _plus(counts: Mapping[K, int], key: K, amount: int = 1) -> Mapping[K, int]:
    return {**counts, key: counts.get(key, 0) + amount}


def _seen(tally: Tally) -> list[Component]:
    return [one for one in Component if one in {*tally.attended, *tally.missed, *tally.cancelled}]


def _component(tally: Tally, component: Component, programme: Programme) -> ComponentProgress:
    return ComponentProgress(
        component,
        programme.category(component),
        sum(minutes for (of, _), minutes in tally.spent.items() if of is component),
        tally.attended.get(component, 0),
        tally.missed.get(component, 0),
        tally.cancelled.get(component, 0),
    )


def _category(tally: Tally, category: Category, programme: Programme, day: date, weeks_left: int) -> CategoryProgress:
    minutes = programme.counted(tally.spent, category)
    target = programme.target(tally.target_group, category, day, tally.participation_cap) if tally.target_group else 0
    left = max(0, target - minutes)
    pace = -(-left // weeks_left) if left and weeks_left else None
    return CategoryProgress(category, minutes, target, left, pace)


def _domain(key: tuple[str, str, str], scores: Mapping[Moment, int], programme: Programme) -> DomainProgress:
    instrument, version, domain = key
    latest = next(scores[moment] for moment in reversed(Moment) if moment in scores)
    known = programme.instrument(instrument, version)
    level = known.levels.get(latest) if known else None
    changed = Moment.T0 in scores and len(scores) > 1
    return DomainProgress(
        instrument, version, domain, scores, latest, level, latest - scores[Moment.T0] if changed else None
    )
