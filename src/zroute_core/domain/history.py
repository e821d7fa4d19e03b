"""The facts in force: a history with its corrections applied.

A correction takes the place of the fact it names, so everything that is folded from the effective history is as
it would have been without the mistake; the log keeps both. The rules of this file:

- the correction that was recorded last decides;
- a retracted fact is out, and comes back when its retraction is retracted, or when it is recorded anew;
- whoever corrects a correction speaks about the fact behind it;
- the facts in force stand in the order in which they happened; those of one day, in the order of recording.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from enum import Enum
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


class _Silent(Enum):
    NOTHING_SAID = "no later entry speaks about this one"
    NEVER_HAPPENED = "retracted"


_Verdict = Happened | _Silent
NOTHING_SAID, NEVER_HAPPENED = _Silent.NOTHING_SAID, _Silent.NEVER_HAPPENED


def effective(history: Iterable[Told]) -> tuple[InForce, ...]:
    """The facts in force, in the order in which they happened."""
    standing, _ = _read(history)
    return tuple(sorted(standing, key=lambda entry: entry.fact.on))


def last_words(history: Iterable[Told]) -> frozenset[UUID]:
    """The entries, facts and corrections, that no later entry has set aside."""
    _, unspoken = _read(history)
    return frozenset(unspoken)


def _read(history: Iterable[Told]) -> tuple[list[InForce], list[UUID]]:
    """Walks back from the last entry: whatever speaks about an entry was recorded after it, so that is known."""
    verdicts: dict[UUID, tuple[_Verdict, UUID]] = {}
    standing: list[InForce] = []
    unspoken: list[UUID] = []
    for entry in reversed(tuple(history)):
        name = entry.event_id
        said, by = verdicts.get(name, (NOTHING_SAID, name))
        about, own = _says(entry.event)
        verdict = own if said is NOTHING_SAID else said
        if about is not None:
            if said is not NEVER_HAPPENED:
                verdicts.setdefault(about, (verdict, by))
        elif not isinstance(verdict, _Silent):
            standing.append(InForce(name, verdict, None if by == name else by))
        if said is NOTHING_SAID and (about is None or verdicts[about][1] == name):
            unspoken.append(name)
    standing.reverse()
    return standing, unspoken


def _says(event: Fact) -> tuple[UUID | None, _Verdict]:
    """About which entry an entry speaks (None: about the world), and what it says."""
    match event:
        case FactCorrected(fact=about, replacement=form):
            return about, form
        case FactRetracted(fact=about):
            return about, NEVER_HAPPENED
        case happened:
            return None, happened


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
