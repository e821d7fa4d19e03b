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
from typing import cast
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import attrs

from zroute_core.domain.decisions import Command, Decision, GroupCommand, OpenTrajectory, decide
from zroute_core.domain.events import Fact, TrajectoryOpened
from zroute_core.domain.history import History, InForce, valid_on
from zroute_core.domain.national import PILOT, WI2021
from zroute_core.domain.programme import Objection, Programme
from zroute_core.domain.values import Moment
from zroute_core.errors import InvalidDate, InvalidIdentifier, MissingActor, NotFound, WrongExpectedVersion
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
        stored then.
        """
        context = self._context(by, command_id, correlation_id, causation_id)
        return self._handle({participant: command}, context, said_on, {participant: expected_version})

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
        context = self._context(by, command_id, correlation_id, causation_id)
        return self._handle(command.each(), context, said_on, {})

    def _handle(
        self,
        commands: Mapping[UUID, Command],
        context: Context,
        said_on: date | None,
        expected: Mapping[UUID, int | None],
    ) -> Receipt:
        day = said_on or self._clock.now().astimezone(HERE).date()
        for attempt in range(1, ATTEMPTS + 1):
            histories = {participant: self._read(participant) for participant in commands}
            for participant, version in expected.items():
                _check_version(version, histories[participant])
            decisions = {
                participant: self._decide(command, histories[participant], day)
                for participant, command in commands.items()
            }
            batches = [
                self._batch(participant, histories[participant], made) for participant, made in decisions.items()
            ]
            advisories = tuple(remark for made in decisions.values() for remark in made.advisories)
            try:
                facts = self._append([batch for batch in batches if batch.facts], context)
            except WrongExpectedVersion:
                if attempt == ATTEMPTS or any(version is not None for version in expected.values()):
                    raise
                continue
            return Receipt(facts or _done_before(histories, context.command_id), advisories)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _decide(self, command: Command, history: History, day: date) -> Decision:
        if not history.entries and not isinstance(command, OpenTrajectory):
            raise NotFound("there is no such trajectory: open it first", field="participant")
        return decide(command, history, self._programme(history, command), day)

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
        return Context(command_id or uuid4(), by, correlation, causation)

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
            if known_at.utcoffset() is None:
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
        return progress(self._facts(history, valid_on), self._programme(history), self._day(valid_on))

    def plan(self, participant: UUID, *, known_at: datetime | None = None, valid_on: date | None = None) -> Plan:
        """What is planned for this participant, and what came of it?"""
        history = self._known(participant, known_at)
        return plan(self._facts(history, valid_on), self._day(valid_on))

    def timeline(
        self, participant: UUID, *, known_at: datetime | None = None, valid_on: date | None = None
    ) -> Timeline:
        """What happened, as a person reads it: with who wrote it down, and what was corrected."""
        history = self._known(participant, known_at)
        return timeline(cast("tuple[Recorded[Fact], ...]", history.entries), self._day(valid_on, date.max))

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
            gathered = include(gathered, self._facts(history, valid_on))
        return cohort(gathered)

    @staticmethod
    def _facts(history: History, day: date | None) -> tuple[InForce, ...]:
        return history.facts if day is None else valid_on(history.facts, day)

    def _day(self, day: date | None, otherwise: date | None = None) -> date:
        return day or otherwise or self._clock.now().astimezone(HERE).date()


def _check_version(version: int | None, history: History) -> None:
    if version is not None and version != len(history.entries):
        raise WrongExpectedVersion("the history is not at the version you expect: read it again")


def _done_before(histories: Mapping[UUID, History], command_id: UUID) -> tuple[Recorded[Fact], ...]:
    """What an earlier sending of the same command recorded."""
    entries = (cast("Recorded[Fact]", entry) for history in histories.values() for entry in history.entries)
    return tuple(entry for entry in entries if entry.envelope.command_id == command_id)
