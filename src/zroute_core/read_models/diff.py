"""What is different between two views of one history, and which facts and rules make it so?

A view is looked at from a point: as known at a moment, valid on a day, and under rules as known on a day. Two points
of one history give

- the fields of the view that differ, each with its path;
- every fact that counts at one point and not, or not in the same way, at the other, and why: it happened in between,
  or it had happened already and what was written about it is what differs;
- every rule and amount that speaks at one point and not at the other.

The facts are all that differ, also those that a view has no use for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import Enum
from itertools import product
from typing import Any, cast
from uuid import UUID

import attrs

from zroute_core.domain.events import Fact, Happened, InternshipStarted
from zroute_core.domain.history import History, InForce, subjects
from zroute_core.domain.hours import spent
from zroute_core.domain.programme import Category, Policy, Programme, Sentence
from zroute_core.domain.values import Component, Internship, TargetGroup
from zroute_core.kernel.log import Recorded
from zroute_core.read_models.telling import tell


@attrs.frozen
class Point:
    """From where a view is looked at."""

    known_at: datetime | None = None
    """As known at this moment; None for now."""
    valid_on: date | None = None
    """As it was on this day; None for the day of that moment."""
    programme: Programme | None = None
    """None for the participant's own."""
    rulebook: date | None = None
    """The day on which the rules were known; None for the day the view speaks about."""


@attrs.frozen
class Side:
    """One of the two: the history as known then, and the view of it."""

    point: Point
    history: History
    """Its entries are of the log (`Recorded`)."""
    facts: tuple[InForce, ...]
    """Those in force that are valid then."""
    programme: Programme
    rulebook: date
    day: date
    view: object
    """Any frozen answer."""


@attrs.frozen
class Seen:
    """From where it was looked, with everything that was left out filled in."""

    known_at: datetime | None
    day: date
    programme: str
    rulebook: date


@attrs.frozen
class FieldChange:
    """A field of the view that is not the same. None also where there is no such field."""

    path: str
    """`categories[course].minutes`"""
    before: Any = attrs.field(repr=False)
    after: Any = attrs.field(repr=False)


class Cause(Enum):
    """Why a fact does not count in the same way."""

    HAPPENED = "happened"
    """Its day lies between the two days."""
    TOLD_LATE = "told-late"
    """It had happened at both points, and it was not written down at one of them."""
    CORRECTED = "corrected"
    """It was written down at both, and a correction (or the taking back of one) gave it another form."""
    RETRACTED = "retracted"
    """It was written down at both, and a retraction took it out."""
    REINSTATED = "reinstated"
    """It had been retracted, and that was taken back or corrected."""
    COUNTED_OTHERWISE = "counted-otherwise"
    """It is the same, and what it counts for is not: by another fact, or by the programme."""


@attrs.frozen
class Form:
    """A fact as it counts at one point."""

    on: date
    tag: str
    sentence: str = attrs.field(repr=False)
    minutes: int
    """Whole minutes that it tells of; 0 when it tells of none."""
    component: Component | None
    category: Category | None
    """What they count for."""


@attrs.frozen
class Written:
    """An entry about the fact that stood in the log at only one of the two points."""

    event_id: UUID
    recorded_at: datetime
    recorded_by: str
    sentence: str = attrs.field(repr=False)


@attrs.frozen
class FactChange:
    """A fact that does not count in the same way."""

    event_id: UUID
    """The entry that told it first."""
    cause: Cause
    before: Form | None
    """None where it does not count."""
    after: Form | None
    written: tuple[Written, ...]

    @property
    def minutes(self) -> int:
        """Whole minutes more, or less."""
        return (self.after.minutes if self.after else 0) - (self.before.minutes if self.before else 0)


@attrs.frozen
class RuleChange:
    """A rule that speaks at only one of the two points."""

    rule: str
    source: str
    sentence: Sentence
    speaks_before: bool
    speaks_after: bool


@attrs.frozen
class AmountChange:
    """An amount of the programme that is not the same, in whole minutes."""

    target_group: TargetGroup
    category: Category
    before: int | None
    """None where the programme has none."""
    after: int | None


@attrs.frozen
class Diff:
    """The answer."""

    before: Seen
    after: Seen
    fields: tuple[FieldChange, ...]
    facts: tuple[FactChange, ...]
    """In the order of their days."""
    rules: tuple[RuleChange, ...]
    amounts: tuple[AmountChange, ...]

    @property
    def same(self) -> bool:
        """Nothing is different."""
        return not (self.fields or self.facts or self.rules or self.amounts)

    def minutes(self, category: Category) -> int:
        """By how much the minutes of a category differ: what the facts above bring and take."""
        brought = sum(one.after.minutes for one in self.facts if one.after and one.after.category is category)
        taken = sum(one.before.minutes for one in self.facts if one.before and one.before.category is category)
        return brought - taken


def diff(before: Side, after: Side) -> Diff:
    """What differs between two views of one history."""
    return Diff(
        before=_seen(before),
        after=_seen(after),
        fields=tuple(_fields(before.view, after.view)),
        facts=tuple(_facts(before, after)),
        rules=tuple(_rules(before, after)),
        amounts=tuple(_amounts(before, after)),
    )


def _seen(side: Side) -> Seen:
    return Seen(side.point.known_at, side.day, side.programme.name, side.rulebook)


# ── the fields of a view ─────────────────────────────────────────────────────────────────────────────────────

NAMES = (
    ("event_id",),
    ("key",),
    ("instrument", "version", "domain"),
    ("component", "provider"),
    ("component",),
    ("category",),
)
"""What tells the items of a list apart, the first that an item has; where it has none of them, its place does."""


def _fields(before: object, after: object) -> Iterator[FieldChange]:
    was, now = dict(_leaves(before, "")), dict(_leaves(after, ""))
    for path in dict.fromkeys([*was, *now]):
        if was.get(path) != now.get(path):
            yield FieldChange(path, was.get(path), now.get(path))


def _leaves(value: object, path: str) -> Iterator[tuple[str, object]]:
    if attrs.has(type(value)):
        for field in attrs.fields(cast("type[attrs.AttrsInstance]", type(value))):
            yield from _leaves(getattr(value, field.name), f"{path}.{field.name}" if path else field.name)
    elif isinstance(value, Mapping):
        for key, item in cast("Mapping[object, object]", value).items():
            yield from _leaves(item, f"{path}[{_text(key)}]")
    elif isinstance(value, frozenset):
        yield path, tuple(sorted(map(_text, cast("frozenset[object]", value))))
    elif isinstance(value, tuple):
        seen: Counter[str] = Counter()
        for place, item in enumerate(cast("tuple[object, ...]", value)):
            name = _name(item) or str(place)
            seen[name] += 1
            again = f" #{seen[name]}" if seen[name] > 1 else ""
            yield from _leaves(item, f"{path}[{name}{again}]")
    else:
        yield path, value


def _name(item: object) -> str | None:
    for names in NAMES:
        if attrs.has(type(item)) and all(hasattr(item, name) for name in names):
            return "/".join(_text(getattr(item, name)) for name in names)
    return None


def _text(value: object) -> str:
    return "-" if value is None else str(value.value if isinstance(value, Enum) else value)


# ── the facts ────────────────────────────────────────────────────────────────────────────────────────────────


def _facts(before: Side, after: Side) -> Iterator[FactChange]:
    was, now = _forms(before), _forms(after)
    known = _known(before), _known(after)
    differing = (one for one in dict.fromkeys([*was, *now]) if was.get(one) != now.get(one))
    changes = (
        FactChange(one, _cause(one, *known), _form(was, one), _form(now, one), tuple(_written(one, *known)))
        for one in differing
    )
    yield from sorted(changes, key=lambda one: (one.after or one.before or NEVER).on)


Counted = tuple[Happened, Form]
"""A fact and how it counts."""

NEVER = Form(date.max, "", "", 0, None, None)


def _form(forms: Mapping[UUID, Counted], name: UUID) -> Form | None:
    return forms[name][1] if name in forms else None


def _forms(side: Side) -> dict[UUID, Counted]:
    forms: dict[UUID, Counted] = {}
    internships: dict[str, Internship] = {}
    for entry in side.facts:
        fact = entry.fact
        time = spent(fact, internships)
        if isinstance(fact, InternshipStarted):
            internships[fact.internship.key] = fact.internship
        form = Form(
            on=fact.on,
            tag=fact.tag,
            sentence=tell(fact),
            minutes=time.minutes if time else 0,
            component=time.component if time else None,
            category=side.programme.category(time.component, time.in_intake) if time else None,
        )
        forms[entry.event_id] = (fact, form)
    return forms


def _cause(name: UUID, before: _Known, after: _Known) -> Cause:
    """Why a fact counts otherwise; the same whichever of the two points is called the first."""
    was, now = before.valid.get(name), after.valid.get(name)
    if was is not None and now is not None:
        return Cause.COUNTED_OTHERWISE if was == now else Cause.CORRECTED
    here, there = (before, after) if was is not None else (after, before)
    if there.until < here.valid[name].on:
        return Cause.HAPPENED
    if name not in there.entries:
        return Cause.TOLD_LATE
    if name in there.in_force:
        return Cause.CORRECTED
    return Cause.RETRACTED if len(here.entries) < len(there.entries) else Cause.REINSTATED


@attrs.frozen
class _Known:
    """The facts at one point, by name."""

    until: date
    """The last day that is looked at."""
    entries: Mapping[UUID, Recorded[Fact]]
    about: Mapping[UUID, UUID]
    """For each entry, the fact it speaks about."""
    in_force: Mapping[UUID, Happened]
    valid: Mapping[UUID, Happened]
    """In force, and of a day that is looked at."""


def _known(side: Side) -> _Known:
    entries = cast("tuple[Recorded[Fact], ...]", side.history.entries)
    return _Known(
        until=side.day,
        entries={one.event_id: one for one in entries},
        about=subjects(entries),
        in_force={one.event_id: one.fact for one in side.history.facts},
        valid={one.event_id: one.fact for one in side.facts},
    )


def _written(name: UUID, before: _Known, after: _Known) -> Iterator[Written]:
    fewer, more = sorted((before, after), key=lambda one: len(one.entries))
    for entry_id, entry in more.entries.items():
        if more.about[entry_id] == name and entry_id not in fewer.entries:
            yield Written(entry_id, entry.recorded_at, entry.envelope.actor.id, tell(entry.event))


# ── the rules and the amounts ────────────────────────────────────────────────────────────────────────────────


def _rules(before: Side, after: Side) -> Iterator[RuleChange]:
    was, now = _speaking(before), _speaking(after)
    for one in (*(one for one in was if one not in now), *(one for one in now if one not in was)):
        yield RuleChange(one.rule, one.source, one.sentence, one in was, one in now)


def _speaking(side: Side) -> tuple[Policy, ...]:
    """Those that are known, and have begun to speak by the day that is looked at; of earlier facts they speak on."""
    known = side.programme.as_of(side.rulebook).policies
    return tuple(one for one in known if one.since <= side.day)


def _amounts(before: Side, after: Side) -> Iterator[AmountChange]:
    for group, category in product(TargetGroup, Category):
        was, now = _amount(before, group, category), _amount(after, group, category)
        if was != now:
            yield AmountChange(group, category, was, now)


def _amount(side: Side, group: TargetGroup, category: Category) -> int | None:
    targets = side.programme.as_of(side.rulebook).targets
    return targets[group].on(side.day).of(category) if group in targets else None
