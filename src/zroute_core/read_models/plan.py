"""What is planned for this participant, and what came of it?

The personalised plan: goals, components with planned and realised intensity, guide, groups, next steps, what was
agreed and whether it happened, and how the plan changed and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from functools import reduce
from types import MappingProxyType

import attrs

from zroute_core.domain.events import (
    ActivityAttended,
    AgreementReviewed,
    CoachingHeld,
    GroupFormed,
    GroupJoined,
    GroupLeft,
    GuideAssigned,
    GuideReleased,
    Happened,
    IntakeHeld,
    InternshipHoursLogged,
    InternshipStarted,
    LanguageBuddyLeft,
    LanguageBuddyMatched,
    LessonAttended,
    PlanAdopted,
    PlanRevised,
    TrajectoryEnded,
    TrajectoryOpened,
)
from zroute_core.domain.history import InForce
from zroute_core.domain.values import Agreement, Component, Group, Guide, LearningGoal, PlannedComponent
from zroute_core.errors import NotFound


class AgreementState(Enum):
    """What became of an agreement (afspraak)."""

    OPEN = "open"
    KEPT = "kept"
    NOT_KEPT = "not-kept"
    OVERDUE = "overdue"
    """Its day has passed and nobody recorded what became of it."""


@attrs.frozen
class AgreementLine:
    """An agreement and what became of it."""

    key: str
    text: str
    due: date | None
    state: AgreementState
    reviewed_on: date | None


@attrs.frozen
class ComponentLine:
    """A component with what was planned and what was realised."""

    component: Component
    provider: str | None
    planned_minutes_a_week: int | None
    """None for a component that was followed without standing in the plan."""
    realised_minutes: int
    """In the whole trajectory, also before there was a plan."""
    realised_minutes_a_week: int
    """The mean over the whole weeks since the trajectory was opened, rounded down."""
    note: str | None


@attrs.frozen
class GuideLine:
    """A fixed contact and the period in which this was so."""

    guide: Guide
    since: date
    until: date | None = None


@attrs.frozen
class GroupLine:
    """A group and the period of membership."""

    group: Group
    since: date
    until: date | None = None


@attrs.frozen
class PlanChange:
    """A change of the plan: what it did to the components, and why."""

    on: date
    reason: str
    added: tuple[Component, ...]
    dropped: tuple[Component, ...]
    changed: tuple[Component, ...]


@attrs.frozen
class Plan:
    """The answer."""

    day: date
    adopted_on: date | None
    """None while there is no plan: the goals are then those of the intake."""
    revised_on: date | None
    goals: tuple[LearningGoal, ...]
    components: tuple[ComponentLine, ...]
    agreements: tuple[AgreementLine, ...]
    next_steps: tuple[AgreementLine, ...]
    """Agreements still to be kept, the first due first."""
    guides: tuple[GuideLine, ...]
    groups: tuple[GroupLine, ...]
    language_buddies: tuple[str, ...]
    changes: tuple[PlanChange, ...]


@attrs.frozen
class Notes:
    """What is remembered on the way."""

    opened: date | None = None
    intake_goals: tuple[LearningGoal, ...] = ()
    adopted: PlanAdopted | None = None
    current: PlanAdopted | PlanRevised | None = None
    changes: tuple[PlanChange, ...] = ()
    agreements: Mapping[str, Agreement] = MappingProxyType({})
    """Every agreement ever made, as it was last worded."""
    reviews: Mapping[str, AgreementReviewed] = MappingProxyType({})
    guides: tuple[GuideLine, ...] = ()
    groups: tuple[GroupLine, ...] = ()
    buddies: tuple[str, ...] = ()
    internships: Mapping[str, Component] = MappingProxyType({})
    realised: Mapping[Component, int] = MappingProxyType({})
    ended: date | None = None


def plan(facts: Iterable[InForce], day: date) -> Plan:
    """The plan as it is on `day`. Raises NotFound before the trajectory was opened."""
    notes = reduce(project, (entry.fact for entry in facts), Notes())
    if notes.opened is None:
        raise NotFound("the trajectory was not opened yet", field="participant")
    agreements = tuple(_agreement(one, notes.reviews.get(one.key), day) for one in notes.agreements.values())
    current = {one.key for one in notes.current.agreements} if notes.current else set[str]()
    open_ones = (
        one for one in agreements if one.state in {AgreementState.OPEN, AgreementState.OVERDUE} and one.key in current
    )
    return Plan(
        day=day,
        adopted_on=notes.adopted.on if notes.adopted else None,
        revised_on=notes.changes[-1].on if notes.changes else None,
        goals=notes.current.goals if notes.current else notes.intake_goals,
        components=tuple(_components(notes, day)),
        agreements=agreements,
        next_steps=tuple(sorted(open_ones, key=lambda one: one.due or date.max)),
        guides=notes.guides,
        groups=notes.groups,
        language_buddies=notes.buddies,
        changes=notes.changes,
    )


def project(notes: Notes, fact: Happened) -> Notes:
    """The notes after one more fact; facts they have no use for leave them as they are."""
    match fact:
        case TrajectoryOpened(on=on):
            return attrs.evolve(notes, opened=on)
        case IntakeHeld(goals=goals):
            return attrs.evolve(notes, intake_goals=goals)
        case PlanAdopted():
            return attrs.evolve(notes, adopted=fact, current=fact, agreements=_agreed(notes, fact.agreements))
        case PlanRevised():
            changes = (*notes.changes, _change(notes.current, fact))
            return attrs.evolve(notes, current=fact, changes=changes, agreements=_agreed(notes, fact.agreements))
        case AgreementReviewed():
            return attrs.evolve(notes, reviews={**notes.reviews, fact.agreement: fact})
        case GuideAssigned():
            return attrs.evolve(notes, guides=(*notes.guides, GuideLine(fact.guide, fact.on)))
        case GuideReleased():
            return attrs.evolve(
                notes,
                guides=tuple(
                    attrs.evolve(one, until=fact.on) if one.guide.key == fact.guide and one.until is None else one
                    for one in notes.guides
                ),
            )
        case GroupFormed() | GroupJoined():
            return attrs.evolve(notes, groups=(*notes.groups, GroupLine(fact.group, fact.on)))
        case GroupLeft():
            return attrs.evolve(
                notes,
                groups=tuple(
                    attrs.evolve(one, until=fact.on) if one.group.key == fact.group and one.until is None else one
                    for one in notes.groups
                ),
            )
        case LanguageBuddyMatched(buddy=buddy):
            return attrs.evolve(notes, buddies=(*notes.buddies, buddy))
        case LanguageBuddyLeft(buddy=buddy):
            return attrs.evolve(notes, buddies=tuple(one for one in notes.buddies if one != buddy))
        case LessonAttended(lesson=it) | ActivityAttended(activity=it):
            return _realised(notes, it.component, it.minutes)
        case CoachingHeld(minutes=minutes):
            return _realised(notes, Component.COACHING, minutes)
        case InternshipStarted(internship=internship):
            return attrs.evolve(notes, internships={**notes.internships, internship.key: internship.component})
        case InternshipHoursLogged(internship=key, minutes=minutes):
            return _realised(notes, notes.internships.get(key, Component.WORK_INTERNSHIP), minutes)
        case TrajectoryEnded(on=on):
            return attrs.evolve(notes, ended=on)
        case _:
            return notes


def _agreed(notes: Notes, agreements: Iterable[Agreement]) -> Mapping[str, Agreement]:
    return {**notes.agreements, **{one.key: one for one in agreements}}


def _realised(notes: Notes, component: Component, minutes: int) -> Notes:
    return attrs.evolve(notes, realised={**notes.realised, component: notes.realised.get(component, 0) + minutes})


def _change(before: PlanAdopted | PlanRevised | None, after: PlanRevised) -> PlanChange:
    old = {one.component: one for one in before.components} if before else {}
    new = {one.component: one for one in after.components}
    return PlanChange(
        on=after.on,
        reason=after.reason,
        added=tuple(one for one in new if one not in old),
        dropped=tuple(one for one in old if one not in new),
        changed=tuple(one for one in new if one in old and new[one] != old[one]),
    )


def _components(notes: Notes, day: date) -> Iterable[ComponentLine]:
    planned: Mapping[Component, PlannedComponent] = (
        {one.component: one for one in notes.current.components} if notes.current else {}
    )
    until = min(day, notes.ended) if notes.ended else day
    weeks = max(1, (until - (notes.opened or until)).days // 7)
    for component in Component:
        line, minutes = planned.get(component), notes.realised.get(component, 0)
        if line is not None or minutes:
            yield ComponentLine(
                component,
                line.provider if line else None,
                line.minutes_a_week if line else None,
                minutes,
                minutes // weeks,
                line.note if line else None,
            )


def _agreement(agreement: Agreement, review: AgreementReviewed | None, day: date) -> AgreementLine:
    if review is not None:
        state = AgreementState.KEPT if review.kept else AgreementState.NOT_KEPT
    else:
        overdue = agreement.due is not None and agreement.due < day
        state = AgreementState.OVERDUE if overdue else AgreementState.OPEN
    return AgreementLine(agreement.key, agreement.text, agreement.due, state, review.on if review else None)
