"""What is planned for this participant, and what came of it?

The personalised plan: goals, components with planned and realised intensity, guide, groups, next steps, what was
agreed and whether it happened, and how the plan changed and why. Under the Wet inburgering 2021 also the decision it
rests on: the PIP in force, every PIP before it with what became of it, and the term.

A line of the plan is a component with its provider. What was followed is set against the line that names both; a line
without a provider takes what no other line of its component names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from enum import Enum
from functools import reduce
from types import MappingProxyType
from typing import TypeVar

import attrs

from zroute_core.domain.act import Instance, PipLevel, Route
from zroute_core.domain.duty import UNTOUCHED, Duty, Term, follow
from zroute_core.domain.events import (
    AgreementReviewed,
    GroupFormed,
    GroupJoined,
    GroupLeft,
    GuideAssigned,
    GuideReleased,
    Happened,
    IntakeHeld,
    InternshipStarted,
    LanguageBuddyLeft,
    LanguageBuddyMatched,
    PipAnnulled,
    PipDecided,
    PipRestored,
    PipRevoked,
    PlanAdopted,
    PlanRevised,
    TrajectoryEnded,
    TrajectoryOpened,
    UnderTheAct,
)
from zroute_core.domain.history import InForce
from zroute_core.domain.hours import spent
from zroute_core.domain.values import (
    Agreement,
    Component,
    Group,
    Guide,
    Internship,
    LearningGoal,
    PlannedComponent,
)
from zroute_core.errors import NotFound


class AgreementState(Enum):
    """What became of an agreement (afspraak)."""

    OPEN = "open"
    KEPT = "kept"
    NOT_KEPT = "not-kept"
    OVERDUE = "overdue"
    """Its day has passed and nobody recorded what became of it."""
    LAPSED = "lapsed"
    """It left the plan, or the trajectory ended, before anybody recorded what became of it."""


@attrs.frozen
class AgreementLine:
    """An agreement and what became of it."""

    key: str
    text: str = attrs.field(repr=False)
    due: date | None
    state: AgreementState
    reviewed_on: date | None


@attrs.frozen
class ComponentLine:
    """A component with its provider: what was planned and what was realised."""

    component: Component
    provider: str | None
    planned_minutes_a_week: int | None
    """What the plan says now; None for what was followed without standing in the plan, 0 for no fixed rhythm."""
    since: date
    """Since when the plan says so; without a plan, since when it was followed."""
    realised_minutes: int
    """In the whole trajectory, also before the plan said so."""
    realised_minutes_a_week: int
    """The mean since `since`, weeks without lessons included, rounded down. Less than a week counts as a week."""
    note: str | None


@attrs.frozen
class GuideLine:
    """A fixed contact and the period in which this was so."""

    guide: Guide
    since: date
    until: date | None = None

    @property
    def key(self) -> str:
        return self.guide.key


@attrs.frozen
class GroupLine:
    """A group and the period of membership."""

    group: Group
    since: date
    until: date | None = None

    @property
    def key(self) -> str:
        return self.group.key


@attrs.frozen
class BuddyLine:
    """A language buddy (taalmaatje) and the period of the match."""

    buddy: str
    since: date
    until: date | None = None

    @property
    def key(self) -> str:
        return self.buddy


@attrs.frozen
class PlanChange:
    """A change of the plan: what it did to the components, and why."""

    on: date
    reason: str = attrs.field(repr=False)
    added: tuple[PlannedComponent, ...]
    dropped: tuple[PlannedComponent, ...]
    changed: tuple[PlannedComponent, ...]
    """As they are from now on."""


class PipState(Enum):
    """What became of a PIP."""

    IN_FORCE = "in-force"
    REPLACED = "replaced"
    """A later one is in force. When that falls, this one stands again."""
    REVOKED = "revoked"
    """By the municipality (ingetrokken)."""
    ANNULLED = "annulled"
    """On objection or by a court (vernietigd)."""


@attrs.frozen
class PipLine:
    """A PIP as a decision (beschikking), and what became of it."""

    pip: str
    on: date
    """Its date (dagtekening)."""
    municipality: str
    route: Route
    level: PipLevel | None
    state: PipState
    since: date
    """Since when the state is so: the day of the decision or ruling that made it so."""
    by: Instance | None = None
    """Who annulled it, or made it count again; None when neither happened."""
    ruling: str | None = None


@attrs.frozen
class Plan:
    """The answer."""

    day: date
    adopted_on: date | None
    """None while there is no plan: the goals are then those of the intake."""
    revised_on: date | None
    ended_on: date | None
    goals: tuple[LearningGoal, ...]
    components: tuple[ComponentLine, ...]
    agreements: tuple[AgreementLine, ...]
    next_steps: tuple[AgreementLine, ...]
    """Agreements still to be kept, the first due first."""
    guides: tuple[GuideLine, ...]
    groups: tuple[GroupLine, ...]
    language_buddies: tuple[BuddyLine, ...]
    changes: tuple[PlanChange, ...]
    pip: PipLine | None
    """The one in force."""
    pips: tuple[PipLine, ...]
    """Every one that was decided, oldest first."""
    term: Term | None
    """It does not move when a PIP is replaced or falls (R-TERM-03)."""


Place = tuple[Component, str | None]
"""A component and its provider: what makes a line of the plan."""


@attrs.frozen
class Standing:
    """A line of the plan as it stands now."""

    planned: PlannedComponent
    since: date
    before: int
    """Minutes that were followed before the plan said so."""


@attrs.frozen
class Realised:
    """What was followed of one component with one provider."""

    first: date
    minutes: int


@attrs.frozen
class Notes:
    """What is remembered on the way."""

    opened: date | None = None
    ended: date | None = None
    intake_goals: Mapping[str, LearningGoal] = MappingProxyType({})
    adopted: PlanAdopted | None = None
    current: PlanAdopted | PlanRevised | None = None
    lines: Mapping[Place, Standing] = MappingProxyType({})
    changes: tuple[PlanChange, ...] = ()
    agreements: Mapping[str, Agreement] = MappingProxyType({})
    """Every agreement ever made, as it was last worded."""
    reviews: Mapping[str, AgreementReviewed] = MappingProxyType({})
    guides: tuple[GuideLine, ...] = ()
    groups: tuple[GroupLine, ...] = ()
    buddies: tuple[BuddyLine, ...] = ()
    internships: Mapping[str, Internship] = MappingProxyType({})
    realised: Mapping[Place, Realised] = MappingProxyType({})
    duty: Duty = UNTOUCHED
    pips: tuple[PipLine, ...] = ()


def plan(facts: Iterable[InForce], day: date) -> Plan:
    """The plan as it is on `day`. Raises NotFound before the trajectory was opened."""
    notes = reduce(project, (entry.fact for entry in facts), Notes())
    if notes.opened is None:
        raise NotFound("the trajectory was not opened yet", field="participant")
    agreements = tuple(_agreement(one, notes, day) for one in notes.agreements.values())
    to_keep = (one for one in agreements if one.state in {AgreementState.OPEN, AgreementState.OVERDUE})
    return Plan(
        day=day,
        adopted_on=notes.adopted.on if notes.adopted else None,
        revised_on=notes.changes[-1].on if notes.changes else None,
        ended_on=notes.ended,
        goals=notes.current.goals if notes.current else tuple(notes.intake_goals.values()),
        components=tuple(_components(notes, min(day, notes.ended or day))),
        agreements=agreements,
        next_steps=tuple(sorted(to_keep, key=lambda one: one.due or date.max)),
        guides=notes.guides,
        groups=notes.groups,
        language_buddies=notes.buddies,
        changes=notes.changes,
        pip=next((one for one in notes.pips if one.state is PipState.IN_FORCE), None),
        pips=notes.pips,
        term=notes.duty.term,
    )


def project(notes: Notes, fact: Happened) -> Notes:
    """The notes after one more fact; facts they have no use for leave them as they are."""
    if isinstance(fact, UnderTheAct):
        notes = attrs.evolve(notes, duty=follow(notes.duty, fact))
    if time := spent(fact, notes.internships):
        place = (time.component, time.provider)
        before = notes.realised.get(place, Realised(fact.on, 0))
        after = attrs.evolve(before, minutes=before.minutes + time.minutes)
        return attrs.evolve(notes, realised={**notes.realised, place: after})
    match fact:
        case TrajectoryOpened(on=on):
            return attrs.evolve(notes, opened=on)
        case IntakeHeld(goals=goals):
            return attrs.evolve(notes, intake_goals={**notes.intake_goals, **{one.key: one for one in goals}})
        case PlanAdopted():
            return attrs.evolve(_planned(notes, fact), adopted=fact)
        case PlanRevised():
            return attrs.evolve(_planned(notes, fact), changes=(*notes.changes, _change(notes.current, fact)))
        case AgreementReviewed():
            return attrs.evolve(notes, reviews={**notes.reviews, fact.agreement: fact})
        case GuideAssigned():
            return attrs.evolve(notes, guides=(*notes.guides, GuideLine(fact.guide, fact.on)))
        case GuideReleased():
            return attrs.evolve(notes, guides=_until(notes.guides, fact.on, fact.guide))
        case GroupFormed() | GroupJoined():
            return attrs.evolve(notes, groups=(*notes.groups, GroupLine(fact.group, fact.on)))
        case GroupLeft():
            return attrs.evolve(notes, groups=_until(notes.groups, fact.on, fact.group))
        case LanguageBuddyMatched():
            return attrs.evolve(notes, buddies=(*notes.buddies, BuddyLine(fact.buddy, fact.on)))
        case LanguageBuddyLeft():
            return attrs.evolve(notes, buddies=_until(notes.buddies, fact.on, fact.buddy))
        case InternshipStarted(internship=internship):
            return attrs.evolve(notes, internships={**notes.internships, internship.key: internship})
        case PipDecided() | PipRevoked() | PipAnnulled() | PipRestored():
            return attrs.evolve(notes, pips=tuple(_pips(notes, fact)))
        case TrajectoryEnded(on=on):
            return attrs.evolve(
                notes,
                ended=on,
                guides=_until(notes.guides, on),
                groups=_until(notes.groups, on),
                buddies=_until(notes.buddies, on),
            )
        case _:
            return notes


Line = TypeVar("Line", GuideLine, GroupLine, BuddyLine)


def _until(lines: tuple[Line, ...], day: date, key: str | None = None) -> tuple[Line, ...]:
    """What runs ends on `day`: the line with this key, or all of them."""
    return tuple(attrs.evolve(one, until=day) if one.until is None and key in {None, one.key} else one for one in lines)


def _pips(notes: Notes, fact: PipDecided | PipRevoked | PipAnnulled | PipRestored) -> Iterator[PipLine]:
    """The PIPs after one more decision or ruling. Which is in force is the duty's to say."""
    lines, in_force = notes.pips, notes.duty.pip
    if isinstance(fact, PipDecided):
        new = PipLine(fact.pip, fact.on, fact.municipality, fact.route, fact.level, PipState.REPLACED, fact.on)
        lines = (*lines, new)
    for one in lines:
        if in_force is not None and one.pip == in_force.pip:
            state = PipState.IN_FORCE
        elif one.pip not in notes.duty.fallen:
            state = PipState.REPLACED
        elif one.pip == fact.pip:
            state = PipState.REVOKED if isinstance(fact, PipRevoked) else PipState.ANNULLED
        else:
            state = one.state
        line = one if state is one.state else attrs.evolve(one, state=state, since=fact.on)
        if one.pip == fact.pip and isinstance(fact, PipAnnulled | PipRestored):
            line = attrs.evolve(line, by=fact.by, ruling=fact.ruling)
        yield line


def _planned(notes: Notes, fact: PlanAdopted | PlanRevised) -> Notes:
    new = {(one.component, one.provider): one for one in fact.components}
    standing: dict[Place, Standing] = {}
    for place, planned in new.items():
        was = notes.lines.get(place)
        same = was is not None and was.planned.minutes_a_week == planned.minutes_a_week
        since, before = (was.since, was.before) if was and same else (fact.on, _minutes(notes, place, new))
        standing[place] = Standing(planned, since, before)
    agreements = {**notes.agreements, **{one.key: one for one in fact.agreements}}
    return attrs.evolve(notes, current=fact, lines=standing, agreements=agreements)


def _minutes(notes: Notes, place: Place, lines: Iterable[Place]) -> int:
    """The minutes set against one line, in the whole trajectory."""
    component, provider = place
    if provider is not None:
        return notes.realised[place].minutes if place in notes.realised else 0
    named = set(lines) - {place}
    return sum(one.minutes for other, one in notes.realised.items() if other[0] is component and other not in named)


def _change(before: PlanAdopted | PlanRevised | None, after: PlanRevised) -> PlanChange:
    old = {(one.component, one.provider): one for one in before.components} if before else {}
    new = {(one.component, one.provider): one for one in after.components}
    return PlanChange(
        on=after.on,
        reason=after.reason,
        added=tuple(one for place, one in new.items() if place not in old),
        dropped=tuple(one for place, one in old.items() if place not in new),
        changed=tuple(one for place, one in new.items() if place in old and one != old[place]),
    )


def _components(notes: Notes, until: date) -> Iterator[ComponentLine]:
    """In the order of the components; of one component the planned lines first."""
    for component in Component:
        for (planned, provider), line in notes.lines.items():
            if planned is component:
                minutes = _minutes(notes, (component, provider), notes.lines)
                yield ComponentLine(
                    component,
                    provider,
                    line.planned.minutes_a_week,
                    line.since,
                    minutes,
                    _a_week(max(0, minutes - line.before), line.since, until),
                    line.planned.note,
                )
        if (component, None) not in notes.lines:
            for (followed, provider), it in notes.realised.items():
                if followed is component and (component, provider) not in notes.lines:
                    a_week = _a_week(it.minutes, it.first, until)
                    yield ComponentLine(component, provider, None, it.first, it.minutes, a_week, None)


def _a_week(minutes: int, since: date, until: date) -> int:
    """Both days counted."""
    return minutes * 7 // max(7, (until - since).days + 1)


def _agreement(agreement: Agreement, notes: Notes, day: date) -> AgreementLine:
    review = notes.reviews.get(agreement.key)
    planned = notes.current is not None and agreement in notes.current.agreements
    if review is not None:
        state = AgreementState.KEPT if review.kept else AgreementState.NOT_KEPT
    elif notes.ended or not planned:
        state = AgreementState.LAPSED
    elif agreement.due is not None and agreement.due < day:
        state = AgreementState.OVERDUE
    else:
        state = AgreementState.OPEN
    return AgreementLine(agreement.key, agreement.text, agreement.due, state, review.on if review else None)
