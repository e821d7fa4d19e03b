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
from zroute_core.domain.trajectory import EMPTY, Trajectory, evolve, fold


class Told(Protocol):
    """A fact with its name in the log."""

    @property
    def event_id(self) -> UUID: ...
    @property
    def event(self) -> Fact: ...


@attrs.frozen
class InForce:
    """A fact that counts, and where it comes from."""

    event_id: UUID
    """The entry that told it first."""
    fact: Happened
    corrected_by: UUID | None = None
    """The correction that gave it its present form."""


def effective(history: Iterable[Told]) -> tuple[InForce, ...]:
    """The facts in force, in the order in which they happened."""
    entries = tuple(history)
    decides, _ = _read(entries)
    standing = (_in_force(one.event_id, decides[one.event_id]) for one in entries if one.event_id in decides)
    return tuple(sorted((one for one in standing if one is not None), key=lambda one: one.fact.on))


def last_words(history: Iterable[Told]) -> frozenset[UUID]:
    """The entries, facts and corrections, that no later entry has set aside."""
    decides, taking_back = _read(tuple(history))
    return frozenset(taking_back | {entry.event_id for entry in decides.values()})


def subjects(history: Iterable[Told]) -> Mapping[UUID, UUID]:
    """For each entry, the one that told the fact it speaks about: for a fact that is the entry itself."""
    subject: dict[UUID, UUID] = {}
    for entry in history:
        about = entry.event.fact if isinstance(entry.event, FactCorrected | FactRetracted) else entry.event_id
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


def _in_force(told_by: UUID, decides: Told) -> InForce | None:
    match decides.event:
        case FactRetracted():
            return None
        case FactCorrected(replacement=form):
            return InForce(told_by, form, decides.event_id)
        case happened:
            return InForce(told_by, happened)


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
        if not all(self._comes_last(entry.event) for entry in entries):
            return History.of((*self.entries, *entries))
        history = self
        for entry in sorted(entries, key=lambda one: one.event.on):
            if not isinstance(entry.event, FactCorrected | FactRetracted):
                history = History(
                    (),
                    (*history.facts, InForce(entry.event_id, entry.event)),
                    evolve(history.trajectory, entry.event),
                )
        return attrs.evolve(history, entries=(*self.entries, *entries))

    def _comes_last(self, fact: Fact) -> bool:
        """Nothing recorded before is touched by it, and nothing that happened comes after it."""
        untouched = not isinstance(fact, FactCorrected | FactRetracted)
        return untouched and (not self.facts or self.facts[-1].fact.on <= fact.on)
