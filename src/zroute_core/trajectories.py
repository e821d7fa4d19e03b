"""The front door: handle a command, read a history, ask for a read model.

    command -> decide -> events -> append -> replay -> read model

One verb a step: `_handle` below goes from command to append, the read models from replay to view. How a history is
read stands in `histories`, what an auditor asks in `audit`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import chain
from random import uniform
from time import sleep
from types import TracebackType
from typing import cast, get_args
from uuid import UUID, uuid4

import attrs

from zroute_core.audit import Audit
from zroute_core.domain.decisions import (
    Command,
    Decision,
    GroupCommand,
    OpenTrajectory,
    decide,
    new_facts,
    propose,
)
from zroute_core.domain.events import Fact
from zroute_core.domain.history import History
from zroute_core.domain.programme import Objection, Programme
from zroute_core.domain.values import Moment
from zroute_core.errors import (
    CommandIdReused,
    InvalidChoice,
    InvalidDate,
    InvalidInput,
    InvalidNumber,
    MissingActor,
    NotFound,
    RuleViolation,
    WrongExpectedVersion,
)
from zroute_core.histories import HERE, Histories, Unreadable, a_day, check_participant, facts_on, refuse
from zroute_core.kernel.log import Actor, Batch, Context, Recorded
from zroute_core.kernel.ports import Clock, Codec, EventStore
from zroute_core.projections.folding import Folding
from zroute_core.read_models import caseload as attention_now
from zroute_core.read_models import signals as signs
from zroute_core.read_models.caseload import Attention, Caseload
from zroute_core.read_models.cohort import Cohort, Gathered, cohort, include
from zroute_core.read_models.hours import Hours, hours
from zroute_core.read_models.obligations import Obligations, obligations
from zroute_core.read_models.plan import Plan, plan
from zroute_core.read_models.progress import Progress, progress
from zroute_core.read_models.signals import By, Signals
from zroute_core.read_models.timeline import Timeline, timeline

ATTEMPTS = 10
"""How often a decision is taken anew when another writer was first, before that is reported."""

COMMANDS: tuple[type[Command], ...] = get_args(Command)
GROUP_COMMANDS: tuple[type[GroupCommand], ...] = get_args(GroupCommand)


@attrs.frozen
class Remark:
    """Something the programme remarks about a command for one participant."""

    participant: UUID
    objection: Objection


@attrs.frozen
class Receipt:
    """What became of a command."""

    facts: tuple[Recorded[Fact], ...]
    """What stands in the log now because of this command; none when it all happened already."""
    advisories: tuple[Remark, ...]
    """What the programme remarks without refusing."""


@attrs.frozen
class Participant:
    """A line of the list: a trajectory, and where and when it was opened."""

    id: UUID
    municipality: str
    opened_on: date


class Trajectories:
    """All trajectories of one store. Safe to share between threads as far as the store is."""

    def __init__(
        self,
        store: EventStore,
        codec: Codec[Fact],
        programmes: Sequence[Programme],
        clock: Clock,
        unreadable: Unreadable = refuse,
    ) -> None:
        self._store = store
        self._codec = codec
        self._histories = Histories(store, codec, programmes, clock, unreadable)
        self.audit = Audit(self._histories)
        """What an auditor asks."""

    def __enter__(self) -> Trajectories:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the store."""
        self._store.close()

    def folding(self) -> Folding:
        """How these histories are folded into the rows of tables, by these programmes: for `zroute_core.open_views`."""
        return Folding(self._store, self._codec, self._histories.programme)

    # ── commands ─────────────────────────────────────────────────────────────────────────────────────────────

    def handle(
        self,
        participant: UUID,
        command: Command,
        *,
        by: Actor,
        said_on: date | None = None,
        command_id: UUID | None = None,
        expected_version: int | None = None,
        correlation_id: UUID | None = None,
        causation_id: UUID | None = None,
    ) -> Receipt:
        """Decide on a command for one participant, and record what follows.

        `said_on` is the day on which it is given: today in the Netherlands when left out. Give `command_id` to be
        able to send the command again after a broken connection: it has one effect however often it comes.
        `expected_version` refuses the command when the history is not at that version.

        A command that records nothing is not remembered: sent again later under the same id, it is decided anew.

        Raises RuleViolation, NotFound, InvalidInput, MissingActor, ConcurrencyError or StoreError; nothing is
        stored then. Of a StoreError, CommitOutcomeUnknown alone leaves it open: send the command again to find out.
        """
        check_participant(participant)
        if not isinstance(cast("object", command), COMMANDS):
            raise InvalidInput("must be a command for one participant", field="command")
        context = self._context(by, command_id, correlation_id, causation_id)
        return self._handle({participant: command}, context, said_on, expected_version)

    def handle_together(
        self,
        command: GroupCommand,
        *,
        by: Actor,
        said_on: date | None = None,
        command_id: UUID | None = None,
        correlation_id: UUID | None = None,
        causation_id: UUID | None = None,
    ) -> Receipt:
        """Decide on one command for many participants: recorded for all of them in one transaction, or for none.

        Raises as `handle` does; a RuleViolation then names in `refused` everybody for whom it was refused.
        """
        if not isinstance(cast("object", command), GROUP_COMMANDS):
            raise InvalidInput("must be a command for a group of participants", field="command")
        context = self._context(by, command_id, correlation_id, causation_id)
        return self._handle(command.each(), context, said_on, None)

    def _handle(
        self, commands: Mapping[UUID, Command], context: Context, said_on: date | None, expected: int | None
    ) -> Receipt:
        today = a_day(said_on, "said_on") or self._histories.today()
        for attempt in range(1, ATTEMPTS + 1):
            histories = {participant: self._histories.read(participant) for participant in commands}
            if done := self._done_before(commands, histories, context.command_id):
                return Receipt(done, ())
            for history in histories.values():
                _check_version(expected, history)
            decisions = self._decide(commands, histories, today)
            advisories = tuple(Remark(one, it) for one, decided in decisions.items() for it in decided.advisories)
            try:
                return Receipt(self._append(decisions, histories, context), advisories)
            except WrongExpectedVersion:
                if expected is not None or attempt == ATTEMPTS:
                    raise
                sleep(uniform(0, 0.002 * 2**attempt))  # noqa: S311  so that writers who met do not meet again
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _decide(
        self, commands: Mapping[UUID, Command], histories: Mapping[UUID, History], today: date
    ) -> Mapping[UUID, Decision]:
        """What follows for each; of several refusals one error that names them all."""
        decisions: dict[UUID, Decision] = {}
        refusals: dict[UUID, RuleViolation] = {}
        for participant, history in histories.items():
            command = commands[participant]
            try:
                if not history.entries and not isinstance(command, OpenTrajectory):
                    raise NotFound("there is no such trajectory: open it first", field="participant")
                decisions[participant] = decide(command, history, self._histories.programme(history, command), today)
            except NotFound as missing:
                missing.participant = participant
                raise
            except RuleViolation as refusal:
                refusal.participant = participant
                refusals[participant] = refusal
        if not refusals:
            return decisions
        first = next(iter(refusals.values()))
        first.refused = {participant: refusal.rules for participant, refusal in refusals.items()}
        raise first

    def _done_before(
        self, commands: Mapping[UUID, Command], histories: Mapping[UUID, History], command_id: UUID
    ) -> tuple[Recorded[Fact], ...]:
        """What an earlier sending of this command recorded; none when it was not sent before.

        Raises CommandIdReused when that was another command: when it told something this one does not speak of, or
        left out something this one would tell. What happened since does not matter.
        """
        if not any(_under(command_id, history) for history in histories.values()):
            return ()
        # The sending may have been recorded between two of the reads: now it stands in all of them.
        done: list[Recorded[Fact]] = []
        for participant, command in commands.items():
            history = self._histories.read(participant)
            mine = _under(command_id, history)
            programme = self._histories.programme(history, command)
            spoken_of = propose(command, history, programme)
            told = [entry.event for entry in history.entries]
            left_out = [fact for fact in new_facts(command, history, programme) if fact not in told]
            if left_out or not all(entry.event in spoken_of for entry in mine):
                raise CommandIdReused("this command id was used before, for other facts: give each its own id")
            done.extend(mine)
        return tuple(done)

    def _append(
        self, decisions: Mapping[UUID, Decision], histories: Mapping[UUID, History], context: Context
    ) -> tuple[Recorded[Fact], ...]:
        new = {participant: decision.facts for participant, decision in decisions.items() if decision.facts}
        if not new:
            return ()
        envelopes = self._store.append(
            [
                Batch(one, len(histories[one].entries), tuple(map(self._codec.encode, facts)))
                for one, facts in new.items()
            ],
            context,
        )
        return tuple(map(Recorded, chain.from_iterable(new.values()), envelopes))

    @staticmethod
    def _context(by: Actor, command_id: UUID | None, correlation: UUID | None, causation: UUID | None) -> Context:
        if type(cast("object", by)) is not Actor:
            raise MissingActor("say who acts and what for: by=Actor(id, purpose)", field="by")
        return Context(uuid4() if command_id is None else command_id, by, correlation, causation)

    # ── histories ────────────────────────────────────────────────────────────────────────────────────────────

    def history(self, participant: UUID, *, known_at: datetime | None = None) -> tuple[Recorded[Fact], ...]:
        """Every entry about a participant, oldest first, mistakes and corrections alike, as known at a moment.

        Raises NotFound when there is no such trajectory, or was none then.
        """
        return cast("tuple[Recorded[Fact], ...]", self._histories.known(participant, known_at).entries)

    def ids(self) -> Iterator[UUID]:
        """The id of every trajectory of the store, in the order in which they were recorded; no history is read."""
        return self._histories.streams()

    def participants(self, *, known_at: datetime | None = None) -> Iterator[Participant]:
        """Every trajectory of the store, in the order in which they were recorded."""
        for participant, history in self._histories.everybody(known_at):
            if (opened := history.trajectory.opened) is not None:
                yield Participant(participant, opened.municipality, opened.on)

    # ── read models ──────────────────────────────────────────────────────────────────────────────────────────
    #
    # Each can be asked as known at a moment, as valid on a day, and both. Without a day it speaks of the day of that
    # moment, and without either of today. Raises NotFound where there was no trajectory then, InvalidDate, StoreError.

    def progress(
        self, participant: UUID, *, known_at: datetime | None = None, valid_on: date | None = None
    ) -> Progress:
        """How far is this participant?"""
        history = self._histories.known(participant, known_at)
        return progress(
            facts_on(history, valid_on), self._histories.programme(history), self._histories.day(known_at, valid_on)
        )

    def plan(self, participant: UUID, *, known_at: datetime | None = None, valid_on: date | None = None) -> Plan:
        """What is planned for this participant, and what came of it?"""
        history = self._histories.known(participant, known_at)
        return plan(facts_on(history, valid_on), self._histories.day(known_at, valid_on))

    def timeline(
        self, participant: UUID, *, known_at: datetime | None = None, valid_on: date | None = None
    ) -> Timeline:
        """What happened, as a person reads it: with who wrote it down, and what was corrected."""
        history = self._histories.known(participant, known_at)
        until = a_day(valid_on, "valid_on") or date.max
        return timeline(cast("tuple[Recorded[Fact], ...]", history.entries), until)

    def obligations(
        self, participant: UUID, *, known_at: datetime | None = None, valid_on: date | None = None
    ) -> Obligations:
        """What must this participant still do, by when, and what does not apply and why?"""
        history = self._histories.known(participant, known_at)
        return obligations(
            facts_on(history, valid_on), self._histories.programme(history), self._histories.day(known_at, valid_on)
        )

    def hours(self, participant: UUID, *, known_at: datetime | None = None, valid_on: date | None = None) -> Hours:
        """What may each municipality report of this participant's hours?"""
        history = self._histories.known(participant, known_at)
        return hours(
            facts_on(history, valid_on), self._histories.programme(history), self._histories.day(known_at, valid_on)
        )

    def caseload(
        self,
        *,
        attention: Attention = Attention(),  # noqa: B008  frozen
        known_at: datetime | None = None,
        valid_on: date | None = None,
    ) -> Caseload:
        """Who needs attention, and why? The most urgent first."""
        if not isinstance(cast("object", attention), Attention):
            raise InvalidChoice("must be an Attention", field="attention")
        gathered = attention_now.Gathered(self._histories.day(known_at, a_day(valid_on, "valid_on")), attention)
        for one, history in self._histories.everybody(known_at):
            facts, programme = facts_on(history, valid_on), self._histories.programme(history)
            gathered = attention_now.include(gathered, one, facts, programme)
        return attention_now.caseload(gathered)

    def signals(
        self,
        first: date,
        last: date,
        *,
        by: By = By.ON,
        late_after_days: int = 30,
        known_at: datetime | None = None,
        valid_on: date | None = None,
    ) -> Signals:
        """What happened from `first` to `last`, both counted in, that somebody must act on or know?

        By the day on which it was so, or by the day on which it was written down.
        """
        if type(cast("object", first)) is not date or type(cast("object", last)) is not date or last < first:
            raise InvalidDate("must be two calendar days, the first not after the last", field="first")
        if not isinstance(cast("object", by), By):
            raise InvalidChoice("must be a By", field="by")
        if type(late_after_days) is not int or late_after_days < 0:
            raise InvalidNumber("must be a number of days, from 0", field="late_after_days")
        until = a_day(valid_on, "valid_on") or date.max
        gathered = signs.Gathered(first, last, lambda moment: moment.astimezone(HERE).date(), by, late_after_days)
        for one, history in self._histories.everybody(known_at):
            entries = cast("tuple[Recorded[Fact], ...]", history.entries)
            gathered = signs.include(gathered, one, entries, until)
        return signs.signals(gathered)

    def cohort(
        self,
        *,
        known_at: datetime | None = None,
        valid_on: date | None = None,
        first: Moment = Moment.T0,
        last: Moment = Moment.T2,
    ) -> Cohort:
        """What changed for everybody together? Means of change over people measured at both moments."""
        if not all(isinstance(cast("object", one), Moment) for one in (first, last)):
            raise InvalidChoice("must be a Moment", field="first")
        gathered = Gathered(first, last)
        for _, history in self._histories.everybody(known_at):
            gathered = include(gathered, facts_on(history, valid_on))
        return cohort(gathered)


def _check_version(version: int | None, history: History) -> None:
    if version is None:
        return
    if type(version) is not int or version < 0:
        raise InvalidNumber("must be a version: 0, 1, 2 ...", field="expected_version")
    if version != len(history.entries):
        raise WrongExpectedVersion("the history is not at the version you expect: read it again")


def _under(command_id: UUID, history: History) -> tuple[Recorded[Fact], ...]:
    """What was recorded under a command."""
    entries = cast("tuple[Recorded[Fact], ...]", history.entries)
    command = command_id.bytes
    return tuple(entry for entry in entries if entry.envelope.row[8] == command)  # its id, of which no UUID is made
