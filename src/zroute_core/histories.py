"""Histories as they are read: whose, as known when, and by which programme.

A history that was read is kept for a while and only its new entries are fetched the next time; what is kept cannot be
changed, so it never has to be copied.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from threading import Lock
from typing import cast
from uuid import UUID
from zoneinfo import ZoneInfo

from zroute_core.domain.decisions import (
    Command,
    CorrectFact,
    OpenTrajectory,
    RecordTogether,
)
from zroute_core.domain.events import Fact, TrajectoryOpened
from zroute_core.domain.history import History, InForce, valid_on
from zroute_core.domain.national import PILOT, WI2021
from zroute_core.domain.programme import Programme
from zroute_core.errors import (
    DecodeError,
    InvalidDate,
    InvalidIdentifier,
    MalformedEvent,
    NotFound,
)
from zroute_core.kernel.log import Recorded
from zroute_core.kernel.ports import Clock, Codec, EventStore
from zroute_core.kernel.reading import fact_of

NATIONAL: tuple[Programme, ...] = (PILOT, WI2021)

HERE = ZoneInfo("Europe/Amsterdam")
"""The day of a command given without a day is the day in the Netherlands."""

KEPT = 256
"""How many histories stay in memory between commands."""

Unreadable = Callable[[DecodeError], object]
"""Is told of an entry that cannot be read, where everybody is asked about. Unless it raises, its participant is left
out: whoever answers has to say so."""


def refuse(unreadable: DecodeError) -> object:
    """Rather no answer than one that leaves somebody out without a word."""
    raise unreadable


class Histories:
    """Reads the histories of one store. Safe to share between threads as far as the store is."""

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
        self._programmes = (*programmes, *NATIONAL)
        self._clock = clock
        self._unreadable = unreadable
        self._kept: OrderedDict[UUID, History] = OrderedDict()
        self._lock = Lock()

    def programme(self, history: History, command: Command | None = None) -> Programme:
        """The programme of the municipality the participant is with, else the national one of the regime.

        By the opening as the command will let it stand; after a move by the municipality moved to.
        """
        opened = opening_told(command) or history.trajectory.opened
        if opened is None:
            return self._programmes[0]
        moved = history.trajectory.duty.moved
        municipality = moved[-1].municipality if moved else opened.municipality
        same_rules = [one for one in self._programmes if one.regime is opened.regime]
        own = (one for one in same_rules if one.municipality == municipality)
        return next(own, None) or next(one for one in same_rules if one.municipality is None)

    def streams(self) -> Iterator[UUID]:
        position = 0
        while page := self._store.read_all(after=position):
            yield from (one.envelope.stream for one in page if one.envelope.version == 1)
            position = page[-1].position

    def read(self, participant: UUID) -> History:
        """The history as it is now: what is kept, and what was recorded since."""
        check_participant(participant)
        with self._lock:
            kept = self._kept.pop(participant, History())
        fetched = self._store.read_stream(participant, after=len(kept.entries))
        if [one.version for one in fetched] != list(range(len(kept.entries) + 1, len(kept.entries) + len(fetched) + 1)):
            raise MalformedEvent("a stored history has a gap: a fact of it is missing")
        new = [Recorded(fact_of(self._codec, one), one) for one in fetched]
        history = kept.followed_by(new) if new else kept
        if history.entries:
            with self._lock:
                self._kept[participant] = history
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
        return history

    def known(self, participant: UUID, known_at: datetime | None) -> History:
        history = self.read(participant)
        if known_at is not None:
            check_moment(known_at)
            entries = cast("tuple[Recorded[Fact], ...]", history.entries)
            known = [one for one in entries if one.recorded_at <= known_at]
            history = history if len(known) == len(entries) else History.of(known)
        if not history.entries:
            raise NotFound("there is no such trajectory, or was none then", field="participant")
        return history

    def everybody(self, known_at: datetime | None) -> Iterator[tuple[UUID, History]]:
        """Every history, as known at a moment; without those that were not there then, or cannot be read."""
        for participant in self.streams():
            try:
                history = self.known(participant, known_at)
            except NotFound:
                continue
            except DecodeError as error:
                self._unreadable(error)
                continue
            yield participant, history

    def day(self, known_at: datetime | None, valid_on: date | None) -> date:
        """The day that is asked about. Raises InvalidDate."""
        if known_at is not None:
            check_moment(known_at)
        return a_day(valid_on, "valid_on") or (known_at or self._clock.now()).astimezone(HERE).date()

    def today(self) -> date:
        return self._clock.now().astimezone(HERE).date()


def facts_on(history: History, day: date | None) -> tuple[InForce, ...]:
    return history.facts if a_day(day, "valid_on") is None else valid_on(history.facts, cast("date", day))


def check_participant(participant: UUID) -> None:
    if type(cast("object", participant)) is not UUID or participant == UUID(int=0):
        raise InvalidIdentifier("must be the UUID of a trajectory", field="participant")


def opening_told(command: Command | None) -> OpenTrajectory | TrajectoryOpened | None:
    """The opening a command tells of."""
    match command:
        case OpenTrajectory():
            return command
        case CorrectFact(replacement=TrajectoryOpened() as told):
            return told
        case RecordTogether(commands):
            return next((told for told in map(opening_told, commands) if told is not None), None)
        case _:
            return None


def check_moment(moment: datetime) -> None:
    """A moment has an offset, and a day in the Netherlands."""
    try:
        if isinstance(cast("object", moment), datetime) and moment.utcoffset() is not None:
            moment.astimezone(HERE)
            return
    except OverflowError:
        pass
    raise InvalidDate("must be a moment with its offset to UTC", field="known_at")


def a_day(value: date | None, field: str) -> date | None:
    """A datetime is a date to Python; to a history it is not."""
    if value is not None and type(value) is not date:
        raise InvalidDate("must be a calendar day (date)", field=field)
    return value
