"""The facts in force: a history with its corrections applied.

A correction takes the place of the fact it names, so everything that is folded from the effective history is as
it would have been without the mistake; the log keeps both. The rules of this file:

- whoever corrects a correction or a retraction speaks about the fact behind it;
- of all that is said about a fact, what was recorded last decides;
- a retraction of a fact takes it out; a retraction of a correction or of another retraction takes that back;
- the facts in force stand in the order in which they happened; those of one day, in the order of recording.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Protocol
from uuid import UUID

import attrs

from zroute_core.domain.events import Fact, FactCorrected, FactRetracted, Happened
from zroute_core.domain.trajectory import EMPTY, Trajectory, fold

CORRECTIONS = (FactCorrected, FactRetracted)
"""What speaks about the record, and is itself nothing that happened."""


class Told(Protocol):
    """A fact with its name in the log."""

    @property
    def event_id(self) -> UUID: ...
    @property
    def event(self) -> Fact: ...


def _name_of(entry: Told | None) -> UUID | None:
    return None if entry is None else entry.event_id


@attrs.frozen
class InForce:
    """A fact that counts, and where it comes from."""

    told: Told = attrs.field(eq=_name_of)
    """The entry that told it first."""
    fact: Happened
    correction: Told | None = attrs.field(default=None, eq=_name_of)
    """The entry that gave it its present form."""

    @property
    def event_id(self) -> UUID:
        return self.told.event_id

    @property
    def corrected_by(self) -> UUID | None:
        return _name_of(self.correction)


def effective(history: Iterable[Told]) -> tuple[InForce, ...]:
    """The facts in force, in the order in which they happened."""
    entries = tuple(history)
    about = {event.fact for entry in entries if isinstance(event := entry.event, CORRECTIONS)}
    # Most facts are never spoken about again: they are in force as they are, and need not be looked up.
    standing: list[InForce | None] = []
    spoken: list[Told] = []
    in_doubt: list[tuple[int, Told]] = []
    for entry in entries:
        event = entry.event
        if isinstance(event, CORRECTIONS):
            spoken.append(entry)
        elif about and entry.event_id in about:
            spoken.append(entry)
            in_doubt.append((len(standing), entry))
            standing.append(None)
        else:
            standing.append(InForce(entry, event))
    decides, _ = _read(spoken)
    for place, entry in in_doubt:
        standing[place] = _in_force(entry, decides.get(entry.event_id))
    return _in_order(one for one in standing if one is not None)


def _as_told(entries: Iterable[Told]) -> list[InForce]:
    return [InForce(one, event) for one in entries if not isinstance(event := one.event, CORRECTIONS)]


def _in_order(facts: Iterable[InForce]) -> tuple[InForce, ...]:
    return tuple(sorted(facts, key=lambda one: one.fact.on))


def last_words(history: Iterable[Told]) -> frozenset[UUID]:
    """The entries, facts and corrections, that no later entry has set aside."""
    decides, taking_back = _read(tuple(history))
    return frozenset(taking_back | {entry.event_id for entry in decides.values()})


def subjects(history: Iterable[Told]) -> Mapping[UUID, UUID]:
    """For each entry, the one that told the fact it speaks about: for a fact that is the entry itself."""
    subject: dict[UUID, UUID] = {}
    for entry in history:
        about = entry.event.fact if isinstance(entry.event, CORRECTIONS) else entry.event_id
        subject[entry.event_id] = subject.get(about, about)
    return subject


def _read(entries: Sequence[Told]) -> tuple[Mapping[UUID, Told], set[UUID]]:
    """For each fact that was told, the entry that decides about it; and the entries that take another one back.

    Walks back from the last entry: what takes an entry back was recorded after it, so that is known when it comes.
    """
    subject = subjects(entries)
    decides: dict[UUID, Told] = {}
    taken_back: set[UUID] = set()
    taking_back: set[UUID] = set()
    for entry in reversed(entries):
        name = entry.event_id
        if name in taken_back:
            continue
        if isinstance(entry.event, FactRetracted) and entry.event.fact != subject[name]:
            taken_back.add(entry.event.fact)
            taking_back.add(name)
        else:
            decides.setdefault(subject[name], entry)
    return decides, taking_back


def _in_force(told: Told, decides: Told | None) -> InForce | None:
    if decides is None:
        return None
    match decides.event:
        case FactRetracted():
            return None
        case FactCorrected(replacement=form):
            return InForce(told, form, decides)
        case happened:
            return InForce(told, happened)


def valid_on(facts: Iterable[InForce], day: date) -> tuple[InForce, ...]:
    """The facts that were so on or before `day`, whenever they were written down."""
    return tuple(entry for entry in facts if entry.fact.on <= day)


@attrs.frozen
class History:
    """What stands on record about one participant, and what follows from it."""

    entries: tuple[Told, ...] = ()
    """As recorded, oldest first."""
    facts: tuple[InForce, ...] = ()
    """The facts in force, in the order in which they happened."""
    trajectory: Trajectory = EMPTY
    """Folded over the facts in force."""

    @classmethod
    def of(cls, entries: Iterable[Told]) -> History:
        entries = tuple(entries)
        facts = effective(entries)
        return cls(entries, facts, fold(one.fact for one in facts))

    def followed_by(self, entries: Sequence[Told]) -> History:
        """The history with these entries after it: the same as `of` all of them, and quicker at its end."""
        together = (*self.entries, *entries)
        if not self._come_last(entries):
            return History.of(together)
        later = _in_order(_as_told(entries))
        return History(together, (*self.facts, *later), fold((one.fact for one in later), self.trajectory))

    def _come_last(self, entries: Sequence[Told]) -> bool:
        """Nothing recorded before is touched by them, and nothing that happened comes after them."""
        last = self.facts[-1].fact.on if self.facts else date.min
        return not any(isinstance(entry.event, CORRECTIONS) or entry.event.on < last for entry in entries)
