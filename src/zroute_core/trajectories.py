"""The front door: handle a command, read a history, ask for a read model.

    command -> decide -> events -> append -> replay -> read model

One verb a step: `_handle` below goes from command to append, the read models from replay to view. A history that was
read is kept for a while and only its new entries are fetched the next time; what is kept cannot be changed, so it
never has to be copied.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import chain
from random import uniform
from threading import Lock
from time import sleep
from types import TracebackType
from typing import cast, get_args
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import attrs

from zroute_core.domain.decisions import (
    Command,
    CorrectFact,
    Decision,
    GroupCommand,
    OpenTrajectory,
    RecordTogether,
    decide,
    new_facts,
    propose,
)
from zroute_core.domain.events import Fact, TrajectoryOpened
from zroute_core.domain.history import History, InForce, valid_on
from zroute_core.domain.national import PILOT, WI2021
from zroute_core.domain.programme import Objection, Programme
from zroute_core.domain.trajectory import fold
from zroute_core.domain.values import Moment
from zroute_core.errors import (
    CommandIdReused,
    InvalidChoice,
    InvalidDate,
    InvalidIdentifier,
    InvalidInput,
    InvalidNumber,
    MalformedEvent,
    MissingActor,
    NotFound,
    RuleViolation,
    WrongExpectedVersion,
)
from zroute_core.kernel.log import Actor, Batch, Context, Recorded
from zroute_core.kernel.ports import Clock, Codec, EventStore
from zroute_core.read_models import caseload as attention_now
from zroute_core.read_models import findings as found
from zroute_core.read_models import signals as signs
from zroute_core.read_models import what_if as weighed
from zroute_core.read_models.caseload import Attention, Caseload
from zroute_core.read_models.cohort import Cohort, Gathered, cohort, include
from zroute_core.read_models.diff import Diff, Point, Side, diff
from zroute_core.read_models.findings import Findings, FindingsOfAll, findings
from zroute_core.read_models.hours import Hours, hours
from zroute_core.read_models.obligations import Obligations, obligations
from zroute_core.read_models.plan import Plan, plan
from zroute_core.read_models.progress import Progress, progress
from zroute_core.read_models.signals import By, Signals
from zroute_core.read_models.timeline import Timeline, timeline
from zroute_core.read_models.what_if import Compared, Rules, WhatIf, compared, measured
from zroute_core.read_models.why import Question, Why, why

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

        A command that records nothing is not remembered: sent again later under the same id, it is decided anew.

        Raises RuleViolation, NotFound, InvalidInput, MissingActor, ConcurrencyError or StoreError; nothing is
        stored then. Of a StoreError, CommitOutcomeUnknown alone leaves it open: send the command again to find out.
        """
        _check_participant(participant)
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
        today = _a_day(said_on, "said_on") or self._today()
        for attempt in range(1, ATTEMPTS + 1):
            histories = {participant: self._read(participant) for participant in commands}
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
                decisions[participant] = decide(command, history, self._programme(history, command), today)
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
            history = self._read(participant)
            mine = _under(command_id, history)
            programme = self._programme(history, command)
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

    def _programme(self, history: History, command: Command | None = None) -> Programme:
        """The municipality's own programme, else the national one of its regime, by the opening as it will stand."""
        opened = _opening(command) or history.trajectory.opened
        if opened is None:
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
        _check_participant(participant)
        with self._lock:
            kept = self._kept.pop(participant, History())
        fetched = self._store.read_stream(participant, after=len(kept.entries))
        if [one.version for one in fetched] != list(range(len(kept.entries) + 1, len(kept.entries) + len(fetched) + 1)):
            raise MalformedEvent("a stored history has a gap: a fact of it is missing")
        new = [Recorded(self._codec.decode(one.tag, one.schema_version, one.payload), one) for one in fetched]
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
            _check_moment(known_at)
            entries = cast("tuple[Recorded[Fact], ...]", history.entries)
            known = [one for one in entries if one.recorded_at <= known_at]
            history = history if len(known) == len(entries) else History.of(known)
        if not history.entries:
            raise NotFound("there is no such trajectory, or was none then", field="participant")
        return history

    # ── read models ──────────────────────────────────────────────────────────────────────────────────────────
    #
    # Each can be asked as known at a moment, as valid on a day, and both. Without a day it speaks of the day of that
    # moment, and without either of today. Raises NotFound where there was no trajectory then, InvalidDate, StoreError.

    def progress(
        self, participant: UUID, *, known_at: datetime | None = None, valid_on: date | None = None
    ) -> Progress:
        """How far is this participant?"""
        history = self._known(participant, known_at)
        return progress(_facts(history, valid_on), self._programme(history), self._day(known_at, valid_on))

    def plan(self, participant: UUID, *, known_at: datetime | None = None, valid_on: date | None = None) -> Plan:
        """What is planned for this participant, and what came of it?"""
        history = self._known(participant, known_at)
        return plan(_facts(history, valid_on), self._day(known_at, valid_on))

    def timeline(
        self, participant: UUID, *, known_at: datetime | None = None, valid_on: date | None = None
    ) -> Timeline:
        """What happened, as a person reads it: with who wrote it down, and what was corrected."""
        history = self._known(participant, known_at)
        until = _a_day(valid_on, "valid_on") or date.max
        return timeline(cast("tuple[Recorded[Fact], ...]", history.entries), until)

    def obligations(
        self, participant: UUID, *, known_at: datetime | None = None, valid_on: date | None = None
    ) -> Obligations:
        """What must this participant still do, by when, and what does not apply and why?"""
        history = self._known(participant, known_at)
        return obligations(_facts(history, valid_on), self._programme(history), self._day(known_at, valid_on))

    def hours(self, participant: UUID, *, known_at: datetime | None = None, valid_on: date | None = None) -> Hours:
        """What may each municipality report of this participant's hours?"""
        history = self._known(participant, known_at)
        return hours(_facts(history, valid_on), self._programme(history), self._day(known_at, valid_on))

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
        gathered = attention_now.Gathered(self._day(known_at, _a_day(valid_on, "valid_on")), attention)
        for one, history in self._everybody(known_at):
            facts, programme = _facts(history, valid_on), self._programme(history)
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
        until = _a_day(valid_on, "valid_on") or date.max
        gathered = signs.Gathered(first, last, lambda moment: moment.astimezone(HERE).date(), by, late_after_days)
        for one, history in self._everybody(known_at):
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
        for _, history in self._everybody(known_at):
            gathered = include(gathered, _facts(history, valid_on))
        return cohort(gathered)

    def _everybody(self, known_at: datetime | None) -> Iterator[tuple[UUID, History]]:
        """Every history, as known at a moment; without those that were not there then."""
        for participant in self._streams():
            try:
                yield participant, self._known(participant, known_at)
            except NotFound:
                continue

    # What an auditor asks. Each may name another programme than the participant's own, and the day on which its rules
    # were known (`rulebook`): the day that is asked about when left out.

    def findings(
        self,
        participant: UUID,
        *,
        programme: Programme | None = None,
        rulebook: date | None = None,
        known_at: datetime | None = None,
        valid_on: date | None = None,
    ) -> Findings:
        """What has a programme against what was recorded about this participant?"""
        history, day = self._known(participant, known_at), self._day(known_at, valid_on)
        rules = Rules(programme, rulebook)
        return findings(_facts(history, valid_on), *self._rules(rules, history, day), day)

    def findings_of_all(
        self,
        *,
        programme: Programme | None = None,
        rulebook: date | None = None,
        known_at: datetime | None = None,
        valid_on: date | None = None,
    ) -> FindingsOfAll:
        """What has a programme against everybody's history? Counted by rule and by municipality."""
        day, gathered = self._day(known_at, valid_on), found.Found()
        rules = Rules(programme, rulebook)
        for _, history, facts in self._histories(known_at, valid_on):
            one = findings(facts, *self._rules(rules, history, day), day)
            gathered = found.include(gathered, one)
        return found.of_all(gathered, _a_day(rulebook, "rulebook") or day, day)

    def what_if(
        self,
        rules: Mapping[str, Rules | Programme],
        *,
        known_at: datetime | None = None,
        valid_on: date | None = None,
    ) -> WhatIf:
        """What would other rules mean for everybody together? Each set of rules against the first."""
        gathered = weighed.Weighed()
        for one in self.what_if_each(rules, known_at=known_at, valid_on=valid_on):
            gathered = weighed.include(gathered, one)
        return weighed.what_if(gathered, rules, self._day(known_at, valid_on))

    def what_if_each(
        self,
        rules: Mapping[str, Rules | Programme],
        *,
        known_at: datetime | None = None,
        valid_on: date | None = None,
    ) -> Iterator[Compared]:
        """The same, person by person: hours to go and findings under each set of rules, side by side."""
        sets, day = _sets_of_rules(rules), self._day(known_at, valid_on)
        for participant, history, facts in self._histories(known_at, valid_on):
            under = {name: measured(facts, *self._rules(one, history, day), day) for name, one in sets.items()}
            yield compared(participant, fold(entry.fact for entry in facts).municipality or "", day, under)

    def diff(self, participant: UUID, view: str = "progress", *, before: Point, after: Point) -> Diff:
        """What differs between a view seen from two points, and which facts and rules make it so?

        The view is one of VIEWS.
        """
        return diff(self._side(participant, view, before), self._side(participant, view, after))

    def why(
        self,
        participant: UUID,
        what: Question,
        *,
        programme: Programme | None = None,
        rulebook: date | None = None,
        known_at: datetime | None = None,
        valid_on: date | None = None,
    ) -> Why:
        """Why is this number what it is? Its rules, and its facts with what each contributes."""
        if not isinstance(cast("object", what), Question):
            raise InvalidChoice("must be a Question", field="what")
        history, day = self._known(participant, known_at), self._day(known_at, valid_on)
        rules = self._rules(Rules(programme, rulebook), history, day)
        return why(_facts(history, valid_on), *rules, day, what)

    def _histories(
        self, known_at: datetime | None, valid_on: date | None
    ) -> Iterator[tuple[UUID, History, tuple[InForce, ...]]]:
        """Everybody whose trajectory was opened then, with the facts that are valid."""
        for participant, history in self._everybody(known_at):
            facts = _facts(history, valid_on)
            if any(isinstance(entry.fact, TrajectoryOpened) for entry in facts):
                yield participant, history, facts

    def _side(self, participant: UUID, view: str, point: Point) -> Side:
        if type(cast("object", point)) is not Point:
            raise InvalidInput("must be a Point", field="point")
        history, day = self._known(participant, point.known_at), self._day(point.known_at, point.valid_on)
        facts = _facts(history, point.valid_on)
        programme, rulebook = self._rules(Rules(point.programme, point.rulebook), history, day)
        match view:
            case "progress":
                seen: object = progress(facts, programme.as_of(rulebook), day)
            case "plan":
                seen = plan(facts, day)
            case "timeline":
                seen = timeline(cast("tuple[Recorded[Fact], ...]", history.entries), point.valid_on or date.max)
            case "findings":
                seen = findings(facts, programme, rulebook, day)
            case _:
                raise InvalidChoice(f"must be one of: {', '.join(VIEWS)}", field="view")
        return Side(point, history, facts, programme, rulebook, day, seen)

    def _rules(self, rules: Rules, history: History, day: date) -> tuple[Programme, date]:
        programme = self._programme(history) if rules.programme is None else _a_programme(rules.programme)
        return programme, _a_day(rules.rulebook, "rulebook") or day

    def _day(self, known_at: datetime | None, valid_on: date | None) -> date:
        return valid_on or (known_at or self._clock.now()).astimezone(HERE).date()

    def _today(self) -> date:
        return self._clock.now().astimezone(HERE).date()


VIEWS = ("progress", "plan", "timeline", "findings")
"""What `diff` can look at."""


def _sets_of_rules(rules: Mapping[str, Rules | Programme]) -> Mapping[str, Rules]:
    given = cast("object", rules)
    if not isinstance(given, Mapping) or len(rules) < 2:
        raise InvalidInput("give two sets of rules or more, each by a name", field="rules")
    return {name: one if isinstance(one, Rules) else Rules(_a_programme(one)) for name, one in rules.items()}


def _a_programme(given: object) -> Programme:
    if not isinstance(given, Programme):
        raise InvalidInput("must be a programme", field="programme")
    return given


def _facts(history: History, day: date | None) -> tuple[InForce, ...]:
    return history.facts if _a_day(day, "valid_on") is None else valid_on(history.facts, cast("date", day))


def _check_participant(participant: UUID) -> None:
    if type(cast("object", participant)) is not UUID or participant == UUID(int=0):
        raise InvalidIdentifier("must be the UUID of a trajectory", field="participant")


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
    return tuple(entry for entry in entries if entry.envelope.command_id == command_id)


def _opening(command: Command | None) -> OpenTrajectory | TrajectoryOpened | None:
    """The opening a command tells of."""
    match command:
        case OpenTrajectory():
            return command
        case CorrectFact(replacement=TrajectoryOpened() as told):
            return told
        case RecordTogether(commands):
            return next((told for told in map(_opening, commands) if told is not None), None)
        case _:
            return None


def _check_moment(moment: datetime) -> None:
    """A moment has an offset, and a day in the Netherlands."""
    try:
        if isinstance(cast("object", moment), datetime) and moment.utcoffset() is not None:
            moment.astimezone(HERE)
            return
    except OverflowError:
        pass
    raise InvalidDate("must be a moment with its offset to UTC", field="known_at")


def _a_day(value: date | None, field: str) -> date | None:
    """A datetime is a date to Python; to a history it is not."""
    if value is not None and type(value) is not date:
        raise InvalidDate("must be a calendar day (date)", field=field)
    return value
