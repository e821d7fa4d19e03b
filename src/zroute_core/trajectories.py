"""The front door: handle a command, read a history, ask for a read model.

    command -> decide -> events -> append -> replay -> read model

One verb a step, and each step is one line of `_handle` below. A history that was read is kept for a while and only
its new entries are fetched the next time; what is kept cannot be changed, so it never has to be copied.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from threading import Lock
from types import TracebackType
from typing import cast, get_args
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import attrs

from zroute_core.domain.decisions import Command, Decision, GroupCommand, OpenTrajectory, decide, new_facts
from zroute_core.domain.events import Fact, TrajectoryOpened
from zroute_core.domain.history import History, InForce, valid_on
from zroute_core.domain.national import PILOT, WI2021
from zroute_core.domain.programme import Objection, Programme
from zroute_core.domain.values import Moment
from zroute_core.errors import (
    CommandIdReused,
    InvalidDate,
    InvalidIdentifier,
    InvalidInput,
    InvalidNumber,
    MissingActor,
    NotFound,
    RuleViolation,
    WrongExpectedVersion,
)
from zroute_core.kernel.log import Actor, Batch, Context, Recorded
from zroute_core.kernel.ports import Clock, Codec, EventStore
from zroute_core.read_models.cohort import Cohort, Gathered, cohort, include
from zroute_core.read_models.plan import Plan, plan
from zroute_core.read_models.progress import Progress, progress
from zroute_core.read_models.timeline import Timeline, timeline

NATIONAL: tuple[Programme, ...] = (PILOT, WI2021)

HERE = ZoneInfo("Europe/Amsterdam")
"""The day of a command given without a day is the day in the Netherlands."""

ATTEMPTS = 10
"""How often a decision is taken anew when another writer was first, before that is reported."""

KEPT = 256
"""How many histories stay in memory between commands."""

COMMANDS: tuple[type[Command], ...] = get_args(Command)
GROUP_COMMANDS: tuple[type[GroupCommand], ...] = get_args(GroupCommand)


@attrs.frozen
class Receipt:
    """What became of a command."""

    facts: tuple[Recorded[Fact], ...]
    """What stands in the log now because of this command; none when it all happened already."""
    advisories: tuple[Objection, ...]
    """What the programme remarks without refusing."""


@attrs.frozen
class Participant:
    """A line of the list: a trajectory, and where and when it was opened."""

    id: UUID
    municipality: str
    opened_on: date


class Trajectories:
    """All trajectories of one store. Safe to share between threads as far as the store is."""

    def __init__(self, store: EventStore, codec: Codec[Fact], programmes: Sequence[Programme], clock: Clock) -> None:
        self._store = store
        self._codec = codec
        self._programmes = (*programmes, *NATIONAL)
        self._clock = clock
        self._kept: OrderedDict[UUID, History] = OrderedDict()
        self._lock = Lock()

    def __enter__(self) -> Trajectories:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the store."""
        self._store.close()

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

        Raises RuleViolation, NotFound, InvalidInput, MissingActor, ConcurrencyError or StoreError; nothing is
        stored then. Of a StoreError, CommitOutcomeUnknown alone leaves it open: send the command again to find out.
        """
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

        Raises as `handle` does.
        """
        if not isinstance(cast("object", command), GROUP_COMMANDS):
            raise InvalidInput("must be a command for a group of participants", field="command")
        context = self._context(by, command_id, correlation_id, causation_id)
        return self._handle(command.each(), context, said_on, None)

    def _handle(
        self, commands: Mapping[UUID, Command], context: Context, said_on: date | None, expected: int | None
    ) -> Receipt:
        today = _a_day(said_on, "said_on") or self._today()
        for attempt in range(1, ATTEMPTS + 1):
            histories = {participant: self._read(participant) for participant in commands}
            if done := self._done_before(commands, histories, context.command_id):
                return Receipt(done, ())
            for history in histories.values():
                _check_version(expected, history)
            decisions = {one: self._decide(commands[one], one, history, today) for one, history in histories.items()}
            batches = [self._batch(one, histories[one], decision) for one, decision in decisions.items()]
            advisories = tuple(remark for decision in decisions.values() for remark in decision.advisories)
            try:
                return Receipt(self._append([batch for batch in batches if batch.facts], context), advisories)
            except WrongExpectedVersion:
                if expected is not None or attempt == ATTEMPTS:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _decide(self, command: Command, participant: UUID, history: History, today: date) -> Decision:
        try:
            if not history.entries and not isinstance(command, OpenTrajectory):
                raise NotFound("there is no such trajectory: open it first", field="participant")
            return decide(command, history, self._programme(history, command), today)
        except (RuleViolation, NotFound) as refusal:
            refusal.participant = participant
            raise

    def _done_before(
        self, commands: Mapping[UUID, Command], histories: Mapping[UUID, History], command_id: UUID
    ) -> tuple[Recorded[Fact], ...]:
        """What an earlier sending of this command recorded; none when it was not sent before.

        What happened since does not matter: each history is looked at as it was before that sending.
        """
        read = {one: cast("tuple[Recorded[Fact], ...]", history.entries) for one, history in histories.items()}
        done = tuple(entry for entries in read.values() for entry in entries if entry.envelope.command_id == command_id)
        if done:
            for one, command in commands.items():
                mine = tuple(entry for entry in done if entry.envelope.stream == one)
                before = History.of(entry for entry in read[one] if _came_before(entry, mine, done[0].recorded_at))
                if new_facts(command, before, self._programme(before, command)) != tuple(it.event for it in mine):
                    raise CommandIdReused("this command id was used before, for other facts: give each its own id")
        return done

    def _batch(self, participant: UUID, history: History, decision: Decision) -> Batch:
        return Batch(participant, len(history.entries), tuple(map(self._codec.encode, decision.facts)))

    def _append(self, batches: Sequence[Batch], context: Context) -> tuple[Recorded[Fact], ...]:
        if not batches:
            return ()
        envelopes = self._store.append(batches, context)
        return tuple(Recorded(self._codec.decode(one.tag, one.schema_version, one.payload), one) for one in envelopes)

    def _programme(self, history: History, command: Command | None = None) -> Programme:
        """The municipality's own programme, else the national one of its regime."""
        opened = history.trajectory.opened or command
        if not isinstance(opened, TrajectoryOpened | OpenTrajectory):
            return self._programmes[0]
        same_rules = [one for one in self._programmes if one.regime is opened.regime]
        own = (one for one in same_rules if one.municipality == opened.municipality)
        return next(own, None) or next(one for one in same_rules if one.municipality is None)

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
        return cast("tuple[Recorded[Fact], ...]", self._known(participant, known_at).entries)

    def participants(self, *, known_at: datetime | None = None) -> Iterator[Participant]:
        """Every trajectory of the store, in the order in which they were recorded."""
        for participant in self._streams():
            try:
                opened = self._known(participant, known_at).trajectory.opened
            except NotFound:
                continue
            if opened is not None:
                yield Participant(participant, opened.municipality, opened.on)

    def _streams(self) -> Iterator[UUID]:
        position = 0
        while page := self._store.read_all(after=position):
            yield from (one.envelope.stream for one in page if one.envelope.version == 1)
            position = page[-1].position

    def _read(self, participant: UUID) -> History:
        """The history as it is now: what is kept, and what was recorded since."""
        if type(cast("object", participant)) is not UUID or participant == UUID(int=0):
            raise InvalidIdentifier("must be the UUID of a trajectory", field="participant")
        with self._lock:
            kept = self._kept.pop(participant, History())
        new = [
            Recorded(self._codec.decode(one.tag, one.schema_version, one.payload), one)
            for one in self._store.read_stream(participant, after=len(kept.entries))
        ]
        history = kept.followed_by(new) if new else kept
        if history.entries:
            with self._lock:
                self._kept[participant] = history
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
        return history

    def _known(self, participant: UUID, known_at: datetime | None) -> History:
        history = self._read(participant)
        if known_at is not None:
            if not isinstance(cast("object", known_at), datetime) or known_at.utcoffset() is None:
                raise InvalidDate("must be a moment with its offset to UTC", field="known_at")
            entries = cast("tuple[Recorded[Fact], ...]", history.entries)
            if entries and entries[-1].recorded_at > known_at:
                history = History.of(one for one in entries if one.recorded_at <= known_at)
        if not history.entries:
            raise NotFound("there is no such trajectory, or was none then", field="participant")
        return history

    # ── read models ──────────────────────────────────────────────────────────────────────────────────────────

    def progress(
        self, participant: UUID, *, known_at: datetime | None = None, valid_on: date | None = None
    ) -> Progress:
        """How far is this participant? As known at a moment, as it was on a day."""
        history = self._known(participant, known_at)
        return progress(_facts(history, valid_on), self._programme(history), valid_on or self._today())

    def plan(self, participant: UUID, *, known_at: datetime | None = None, valid_on: date | None = None) -> Plan:
        """What is planned for this participant, and what came of it?"""
        history = self._known(participant, known_at)
        return plan(_facts(history, valid_on), valid_on or self._today())

    def timeline(
        self, participant: UUID, *, known_at: datetime | None = None, valid_on: date | None = None
    ) -> Timeline:
        """What happened, as a person reads it: with who wrote it down, and what was corrected."""
        history = self._known(participant, known_at)
        until = _a_day(valid_on, "valid_on") or date.max
        return timeline(cast("tuple[Recorded[Fact], ...]", history.entries), until)

    def cohort(
        self,
        *,
        known_at: datetime | None = None,
        valid_on: date | None = None,
        first: Moment = Moment.T0,
        last: Moment = Moment.T2,
    ) -> Cohort:
        """What changed for everybody together? Means of change over people measured at both moments."""
        gathered = Gathered(first, last)
        for participant in self._streams():
            try:
                history = self._known(participant, known_at)
            except NotFound:
                continue
            gathered = include(gathered, _facts(history, valid_on))
        return cohort(gathered)

    def _today(self) -> date:
        return self._clock.now().astimezone(HERE).date()


def _facts(history: History, day: date | None) -> tuple[InForce, ...]:
    return history.facts if _a_day(day, "valid_on") is None else valid_on(history.facts, cast("date", day))


def _check_version(version: int | None, history: History) -> None:
    if version is None:
        return
    if type(version) is not int or version < 0:
        raise InvalidNumber("must be a version: 0, 1, 2 ...", field="expected_version")
    if version != len(history.entries):
        raise WrongExpectedVersion("the history is not at the version you expect: read it again")


def _came_before(entry: Recorded[Fact], mine: Sequence[Recorded[Fact]], moment: datetime) -> bool:
    """Was this entry there when the command was sent first?"""
    if mine:
        return entry.envelope.version < mine[0].envelope.version
    return entry.recorded_at <= moment


def _a_day(value: date | None, field: str) -> date | None:
    """A datetime is a date to Python; to a history it is not."""
    if value is not None and type(value) is not date:
        raise InvalidDate("must be a calendar day (date)", field=field)
    return value
