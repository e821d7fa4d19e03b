"""`decide`: a command becomes the facts that follow from it, or a refusal that names its rules.

1. the command proposes facts;
2. what already happened is not proposed again: every command is safe to send twice. A fact that is equal to one in
   force is that fact: who ends something by mistake and begins it again on the same day retracts the ending;
3. the history as it would then be is shown to the programme's policies. A fact told late, and a correction, change
   what comes after them, so everything from the first changed fact on is judged; only objections that were not
   there before count against the command.

`decide` reads no clock: the fact's own day is in the command, and `said_on` is the day on which it is given.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import chain, zip_longest
from typing import Annotated, TypeAlias
from uuid import UUID

import attrs

from zroute_core.checking import AtLeastOne, checked
from zroute_core.domain.decisions.closing import (
    ClosingCommand,
    propose_closing,
)
from zroute_core.domain.decisions.corrections import CorrectionCommand, propose_correction
from zroute_core.domain.decisions.duty import DutyCommand, propose_duty
from zroute_core.domain.decisions.guidance import GuidanceCommand, propose_guidance
from zroute_core.domain.decisions.intake import IntakeCommand, propose_intake
from zroute_core.domain.decisions.lessons import LessonCommand, propose_lesson
from zroute_core.domain.decisions.lifecycle import LifecycleCommand, propose_lifecycle
from zroute_core.domain.decisions.measurements import MeasurementCommand, propose_measurement
from zroute_core.domain.decisions.modules import ModulesCommand, propose_modules
from zroute_core.domain.decisions.participation import ParticipationCommand, propose_participation
from zroute_core.domain.decisions.pip import PipCommand, propose_pip
from zroute_core.domain.decisions.plans import PlanCommand, propose_plan
from zroute_core.domain.decisions.support import SupportCommand, propose_support
from zroute_core.domain.events import Fact, FactCorrected, FactRetracted
from zroute_core.domain.history import History, InForce
from zroute_core.domain.programme import Objection, Programme
from zroute_core.domain.trajectory import EMPTY, Trajectory, evolve, fold
from zroute_core.errors import RuleViolation

OneCommand: TypeAlias = (
    LifecycleCommand
    | IntakeCommand
    | DutyCommand
    | PipCommand
    | PlanCommand
    | GuidanceCommand
    | LessonCommand
    | ParticipationCommand
    | ModulesCommand
    | MeasurementCommand
    | ClosingCommand
    | SupportCommand
    | CorrectionCommand
)


@attrs.frozen(field_transformer=checked)
class RecordTogether:
    """Several commands for one participant, judged as one: all or none.

    For what makes sense only together, such as an interruption told late with its resumption.
    """

    commands: Annotated[tuple[OneCommand, ...], AtLeastOne()]


Command: TypeAlias = OneCommand | RecordTogether
"""Everything that can be asked for one participant."""


@attrs.frozen
class Decision:
    """What follows from a command that was allowed."""

    facts: tuple[Fact, ...]
    """To be recorded; none when it all happened already."""
    advisories: tuple[Objection, ...]
    """What the programme remarks without refusing."""


def decide(command: Command, history: History, programme: Programme, said_on: date) -> Decision:
    """The facts that follow from `command`.

    Raises RuleViolation when a binding policy objects, NotFound when a correction names no entry.
    """
    new = new_facts(command, history, programme)
    if not new:
        return Decision((), ())
    objections = tuple(_new_objections(new, history, programme, said_on))
    if refusals := [objection for objection in objections if objection.refuses]:
        raise RuleViolation(
            " ".join(f"{one.sentence.en} ({one.rule}; {one.source})" for one in refusals),
            rules=[one.rule for one in refusals],
            field="on" if refusals[0].rule == "not-in-the-future" else None,
        )
    return Decision(new, objections)


def new_facts(command: Command, history: History, programme: Programme) -> tuple[Fact, ...]:
    """The proposed facts that the history does not know yet."""
    return tuple(fact for fact in propose(command, history, programme) if _says_something_new(fact, history))


def propose(command: Command, history: History, programme: Programme) -> tuple[Fact, ...]:
    """The facts that a command speaks of, before anybody judges them."""
    if isinstance(command, LifecycleCommand):
        return propose_lifecycle(command)
    if isinstance(command, IntakeCommand):
        return propose_intake(command)
    if isinstance(command, DutyCommand):
        return propose_duty(command)
    if isinstance(command, PipCommand):
        return propose_pip(command)
    if isinstance(command, PlanCommand):
        return propose_plan(command)
    if isinstance(command, GuidanceCommand):
        return propose_guidance(command)
    if isinstance(command, LessonCommand):
        return propose_lesson(command)
    if isinstance(command, ParticipationCommand):
        return propose_participation(command)
    if isinstance(command, ModulesCommand):
        return propose_modules(command)
    if isinstance(command, MeasurementCommand):
        return propose_measurement(command, programme)
    if isinstance(command, ClosingCommand):
        return propose_closing(command)
    if isinstance(command, SupportCommand):
        return propose_support(command)
    if isinstance(command, CorrectionCommand):
        return propose_correction(command, history)
    return tuple(fact for one in command.commands for fact in propose(one, history, programme))


def judge(
    facts: Iterable[InForce],
    programme: Programme,
    said_on: date,
    trajectory: Trajectory = EMPTY,
    rulebook: date | None = None,
) -> Iterator[tuple[InForce, Objection]]:
    """What the programme has against each of these facts, given `trajectory` and the facts before it.

    By the rules as they were known on `rulebook`: on the day of saying when left out.
    """
    return _judged(facts, programme.as_of(rulebook or said_on), said_on, trajectory)


def _judged(
    facts: Iterable[InForce], programme: Programme, said_on: date, trajectory: Trajectory
) -> Iterator[tuple[InForce, Objection]]:
    before: InForce | None = None
    for entry in facts:
        if before is not None:
            trajectory = evolve(trajectory, before.fact)
        for objection in _objections(entry.fact, trajectory, programme, said_on):
            yield entry, objection
        before = entry


def _objections(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> Iterator[Objection]:
    for policy in programme.policies:
        if objection := policy(fact, trajectory, programme, said_on):
            yield objection


@attrs.frozen
class _Proposed:
    """A proposed fact, with a name until the log gives it one: from the far end of UUIDs, which no log gives."""

    number: int
    event: Fact

    @property
    def event_id(self) -> UUID:
        return UUID(int=(1 << 128) - self.number)


def _says_something_new(fact: Fact, history: History) -> bool:
    match fact:
        case FactCorrected() | FactRetracted():
            after = history.followed_by([_Proposed(1, fact)])
            return [entry.fact for entry in after.facts] != [entry.fact for entry in history.facts]
        case _:
            first, end = (find(history.facts, fact.on, key=_day_of) for find in (bisect_left, bisect_right))
            return all(entry.fact != fact for entry in history.facts[first:end])


def _day_of(entry: InForce) -> date:
    """The facts in force stand in this order."""
    return entry.fact.on


def _in_common(before: tuple[InForce, ...], after: tuple[InForce, ...]) -> int:
    """How many facts both begin with."""
    if after[: len(before)] == before:
        return len(before)
    return next(place for place, (old, now) in enumerate(zip_longest(before, after)) if old != now)


def _new_objections(new: Sequence[Fact], history: History, programme: Programme, said_on: date) -> Iterator[Objection]:
    """Each rule once. What stood before the first changed fact was judged in its time and is left in peace."""
    proposed = [_Proposed(number, fact) for number, fact in enumerate(new, start=1)]
    changed = history.followed_by(proposed)
    before, after = history.facts, changed.facts
    same = _in_common(before, after)
    start = history.trajectory if same == len(before) else fold(entry.fact for entry in before[:same])
    known_now = programme.as_of(said_on)
    judged = tuple(_judged(after[same:], known_now, said_on, start))
    told = _judged(before[same:], known_now, said_on, start) if judged else ()
    known = {(entry, one.rule, one.refuses) for entry, one in told}
    fresh = (objection for entry, objection in judged if (entry, objection.rule, objection.refuses) not in known)
    about_corrections = (
        objection
        for fact in new
        if isinstance(fact, FactCorrected | FactRetracted)
        for objection in _objections(fact, history.trajectory, known_now, said_on)
    )
    about_the_record = (keeper(new, history.trajectory, changed.trajectory) for keeper in known_now.keepers)
    said: set[str] = set()
    for objection in chain(about_corrections, fresh, filter(None, about_the_record)):
        if objection.rule not in said:
            said.add(objection.rule)
            yield objection
