"""How far is this participant?

Minutes per component and category against the programme's targets, attendance with the reasons of absence, scores
with their change since T0, and what is left with the weekly pace it asks. Under the Wet inburgering 2021 the term says
how many weeks are left; before there is one, and in the pilots, the programme's length does. Everything is in whole
minutes; whoever shows hours rounds down, once, at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from enum import Enum
from functools import reduce
from types import MappingProxyType
from typing import TypeVar

import attrs

from zroute_core.domain.duty import UNTOUCHED, Duty, follow
from zroute_core.domain.events import (
    ActivityCancelled,
    ActivityMissed,
    AssessmentRecorded,
    Happened,
    HomeworkHandedIn,
    InternshipStarted,
    LessonCancelled,
    LessonMissed,
    TrajectoryEnded,
    TrajectoryInterrupted,
    TrajectoryOpened,
    TrajectoryResumed,
    UnderTheAct,
)
from zroute_core.domain.history import InForce
from zroute_core.domain.hours import spent
from zroute_core.domain.policies.pip import last_day_to_switch
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
    """0 where nothing is asked, also while the PIP in force is for another route."""
    left: int
    weekly_pace: int | None
    """Minutes a week that what is left asks, rounded up; None when no week is left, or nothing, or it has ended."""


@attrs.frozen
class TermProgress:
    """The term (inburgeringstermijn) and where on its way it is, in days."""

    since: date
    until: date
    """The first day after it (R-TERM-04)."""
    days_gone: int
    """Days of the term before the day this speaks about."""
    days_left: int
    """That day counted; 0 when the term or the duty is over."""
    extended: int
    """How often DUO extended it."""
    suspended: bool
    """A temporary exemption holds. What that does to the last day is for DUO to say, with an extension (R-GRP-07)."""
    duty_ended_on: date | None


@attrs.frozen
class CategoryForecast:
    """When one target would be met at the pace so far."""

    category: Category
    minutes_a_week: int
    """The mean since `Forecast.since`, weeks without anything included, rounded down."""
    met_on: date | None
    """None for never: nothing was followed, or so little that it would take a century."""


@attrs.frozen
class Forecast:
    """When what is left would be done, if it goes on as it went."""

    since: date
    """The pace is measured from here: the first day of the term or, without one, the opening."""
    categories: tuple[CategoryForecast, ...]
    """The targets that are not met yet."""
    met_on: date | None
    """When the last of them would be met; None for never."""
    in_time: bool | None
    """Before the term ends; None without a term."""


class DeadlineKind(Enum):
    """What has a last day."""

    PIP = "pip"
    """The first PIP (R-PIP-02)."""
    SWITCH = "switch"
    """Switching to another route (R-SW-01)."""
    TERM = "term"
    """The last day of the term, the one before `TermProgress.until`."""


@attrs.frozen
class Deadline:
    """A day that lies ahead, or is today: the last on which something is in time."""

    what: DeadlineKind
    day: date


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
    term: TermProgress | None
    """None while there was no PIP, and in the pilots."""
    weeks_left: int
    """Whole weeks from `day` to the end of the term or, without one, of the programme's length; 0 when the trajectory
    or the duty has ended."""
    forecast: Forecast | None
    """None when nothing is left to do, or nothing was followed yet."""
    deadlines: tuple[Deadline, ...]
    """The first day first. Those of agreements stand in the plan."""
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
    before: Mapping[tuple[Component, bool], int] = MappingProxyType({})
    """The part of `spent` from before the term began: all of it while there is none."""
    duty: Duty = UNTOUCHED
    attended: Mapping[Component, int] = MappingProxyType({})
    missed: Mapping[Component, int] = MappingProxyType({})
    cancelled: Mapping[Component, int] = MappingProxyType({})
    absences: Mapping[AbsenceReason, int] = MappingProxyType({})
    cancellations: Mapping[CancellationReason, int] = MappingProxyType({})
    homework: int = 0
    scores: Mapping[tuple[str, str, str], Mapping[Moment, int]] = MappingProxyType({})

    @property
    def target_group(self) -> TargetGroup | None:
        """As it is now: of the opening, or as it was changed to."""
        return self.duty.target_group or (self.opened.target_group if self.opened else None)

    @property
    def over(self) -> bool:
        """The trajectory or the duty has ended."""
        return self.ended is not None or self.duty.ended is not None


def progress(facts: Iterable[InForce], programme: Programme, day: date) -> Progress:
    """How far the participant is on `day`, measured by `programme`. Raises NotFound before it was opened."""
    tally = reduce(project, (entry.fact for entry in facts), Tally())
    if tally.opened is None:
        raise NotFound("the trajectory was not opened yet", field="participant")
    opened, term = tally.opened, tally.duty.term
    ends = term.until if term else opened.on + timedelta(weeks=programme.length_weeks)
    weeks_left = 0 if tally.over else max(0, (ends - day).days // 7)
    categories = tuple(_category(tally, one, programme, day, weeks_left) for one in Category)
    moved = tally.duty.moved
    return Progress(
        municipality=moved[-1].municipality if moved else opened.municipality,
        target_group=tally.target_group or opened.target_group,
        regime=opened.regime,
        programme=programme.name,
        opened_on=opened.on,
        day=day,
        ended_on=tally.ended.on if tally.ended else None,
        end_reason=tally.ended.reason if tally.ended else None,
        interrupted=tally.interrupted,
        term=_term(tally.duty, day),
        weeks_left=weeks_left,
        forecast=None if tally.over else _forecast(tally, categories, programme, day),
        deadlines=() if tally.over else tuple(_deadlines(tally.duty, day)),
        categories=categories,
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
    if isinstance(fact, UnderTheAct):
        tally = attrs.evolve(tally, duty=follow(tally.duty, fact))
    if time := spent(fact, tally.internships):
        so_far = _plus(tally.spent, (time.component, time.in_intake), time.minutes)
        term = tally.duty.term
        return attrs.evolve(
            tally,
            spent=so_far,
            before=so_far if term is None or fact.on < term.since else tally.before,
            attended=_plus(tally.attended, time.component),
        )
    match fact:
        case TrajectoryOpened():
            return attrs.evolve(tally, opened=fact)
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
    target = programme.asked(category, day, tally.target_group, tally.duty)
    left = max(0, target - minutes)
    pace = -(-left // weeks_left) if left and weeks_left else None
    return CategoryProgress(category, minutes, target, left, pace)


def _term(duty: Duty, day: date) -> TermProgress | None:
    if (term := duty.term) is None:
        return None
    ended = duty.ended.on if duty.ended else None
    gone = (min(day, ended or day, term.until) - term.since).days
    left = (term.until - max(day, term.since)).days
    return TermProgress(
        term.since,
        term.until,
        max(0, gone),
        0 if ended else max(0, left),
        len(duty.extended),
        duty.suspended(day),
        ended,
    )


CENTURY = 36_525
"""Days. What would take longer is as good as never."""


def _forecast(tally: Tally, categories: Iterable[CategoryProgress], programme: Programme, day: date) -> Forecast | None:
    """Both days of the stretch that is looked at are counted."""
    term, opened = tally.duty.term, tally.opened
    since = term.since if term else opened.on if opened else day
    days = (day - since).days + 1
    nothing: Mapping[tuple[Component, bool], int] = {}
    earlier = tally.before if term else nothing
    lines: list[CategoryForecast] = []
    anything = False
    for one in categories:
        if one.left:
            followed = one.minutes - programme.counted(earlier, one.category)
            anything = anything or followed > 0
            wait = -(-one.left * days // followed) if followed > 0 and days > 0 else CENTURY + 1
            met_on = day + timedelta(days=wait) if wait <= CENTURY else None
            lines.append(CategoryForecast(one.category, followed * 7 // max(7, days), met_on))
    if days < 1 or not anything:
        return None
    met = [line.met_on for line in lines if line.met_on]
    met_on = max(met) if len(met) == len(lines) else None
    return Forecast(since, tuple(lines), met_on, None if term is None else met_on is not None and met_on < term.until)


def _deadlines(duty: Duty, day: date) -> Iterator[Deadline]:
    """In order: the PIP comes before the term."""
    if not duty.pips and duty.pip_due is not None and day <= duty.pip_due:
        yield Deadline(DeadlineKind.PIP, duty.pip_due)
    if (term := duty.term) is not None:
        last = term.until - timedelta(days=1)
        ahead = (Deadline(DeadlineKind.SWITCH, last_day_to_switch(duty)), Deadline(DeadlineKind.TERM, last))
        yield from sorted((one for one in ahead if day <= one.day), key=lambda one: one.day)


def _domain(key: tuple[str, str, str], scores: Mapping[Moment, int], programme: Programme) -> DomainProgress:
    instrument, version, domain = key
    latest = next(scores[moment] for moment in reversed(Moment) if moment in scores)
    known = programme.instrument(instrument, version)
    level = known.levels.get(latest) if known else None
    changed = Moment.T0 in scores and len(scores) > 1
    return DomainProgress(
        instrument, version, domain, scores, latest, level, latest - scores[Moment.T0] if changed else None
    )
