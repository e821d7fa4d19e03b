"""From the log to the rows of one participant, up to an entry; and what went wrong, where it cannot be done."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from threading import Lock
from time import sleep
from typing import Self
from uuid import UUID

import attrs

from zroute_core.domain.events import Fact
from zroute_core.domain.history import History
from zroute_core.domain.programme import Programme
from zroute_core.errors import SequenceGap, StoreError, ZRouteError
from zroute_core.kernel.log import Envelope, Recorded
from zroute_core.kernel.ports import Codec, EventStore
from zroute_core.kernel.reading import fact_of
from zroute_core.kernel.tables import Fold, Parked, Rows, Table
from zroute_core.projections import PROJECTIONS
from zroute_core.projections.on_record import OnRecord, Projection

TRIES = 3
"""How often a participant is tried before being parked."""

PAUSE = 0.05
"""Seconds before the second try of a participant; twice as long before the third."""

KEPT_ENTRIES = 20_000
"""How many entries stay in memory between batches, of all participants together: some 25 MB."""

ProgrammeOf = Callable[[History], Programme]

Entries = tuple[Recorded[Fact], ...]


@attrs.frozen
class Seen:
    """The last entry of a participant that is looked at, and what is at hand of the entries up to there."""

    version: int
    position: int
    new: tuple[Envelope, ...] = ()


class Folding:
    """Reads one log, and folds what stands in it into the rows of these projections. Safe to share between threads.

    `programme_of` says which programme holds for a history: `Histories.programme`.
    """

    def __init__(
        self,
        log: EventStore,
        codec: Codec[Fact],
        programme_of: ProgrammeOf,
        projections: Sequence[Projection] = PROJECTIONS,
    ) -> None:
        self.log = log
        self._codec = codec
        self._programme_of = programme_of
        self._projections = tuple(projections)
        self._kept: OrderedDict[UUID, Entries] = OrderedDict()
        self._room = KEPT_ENTRIES
        self._lock = Lock()

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables that it has rows for."""
        return tuple(one.table for one in self._projections)

    def fresh(self) -> Self:
        """The same, with nothing at hand, ever: all that it folds is read from the log as it stands then."""
        one = copy(self)
        one._kept, one._room, one._lock = OrderedDict(), 0, Lock()
        return one

    def forget(self) -> None:
        """Have nothing at hand any more: what was read before may be of a log that is gone."""
        with self._lock:
            self._kept.clear()

    def fold_all(self, participants: Mapping[UUID, Seen], pause: Callable[[float], object] = sleep) -> Iterator[Fold]:
        """Everybody, one by one; who cannot be processed comes last, after TRIES, and parked.

        Those who are tried again wait together, so that many of them take no longer than one. Raises StoreError.
        """
        left = participants
        for tries in range(1, TRIES + 1):
            if left and tries > 1:
                pause(PAUSE * 2 ** (tries - 2))
            failed: dict[UUID, Seen] = {}
            for participant, seen in left.items():
                fold = self.fold(participant, seen.version, seen.position, new=seen.new, tries=tries)
                if fold.parked and tries < TRIES:
                    failed[participant] = Seen(seen.version, seen.position)
                else:
                    yield fold
            left = failed

    def fold(
        self, participant: UUID, version: int, position: int, *, new: Sequence[Envelope] = (), tries: int = 1
    ) -> Fold:
        """The participant up to the entry with this version, which stands at this position of the log.

        `new` are the last entries up to there, where they are at hand. What cannot be processed makes a Fold that is
        parked, after so many tries. Raises StoreError when the log does not answer: that is nobody's fault.
        """
        reached: int | None = None
        try:
            entries = list(self._known(participant, version))
            for envelope in self._missing(participant, len(entries), version, new):
                reached = envelope.version
                entries.append(Recorded(fact_of(self._codec, envelope), envelope))
            reached = None
            rows = self._rows(participant, tuple(entries))
        except (StoreError, MemoryError):
            raise
        except Exception as error:  # whatever it is, it is about this participant, and the others go on
            code = error.code if isinstance(error, ZRouteError) else ZRouteError.code
            return Fold(participant, version, position, {}, Parked(code, type(error).__name__, tries, reached))
        self._keep(participant, tuple(entries))
        return Fold(participant, version, position, rows)

    def _rows(self, participant: UUID, entries: Entries) -> Rows:
        told = OnRecord.of(entries, self._programme_of)
        made = (
            (one.table.name, one.table.checked((participant, *row) for row in one.rows(told)))
            for one in self._projections
        )
        return {name: rows for name, rows in made if rows}

    def _missing(self, participant: UUID, known: int, version: int, new: Sequence[Envelope]) -> Iterator[Envelope]:
        """The entries after those that are known. Raises SequenceGap when one is not there."""
        found = new
        if not new or new[0].version > known + 1:
            found = self.log.read_stream(participant, after=known)
        found = [one for one in found if known < one.version <= version]
        if [one.version for one in found] != list(range(known + 1, version + 1)):
            raise SequenceGap("a history has a gap, or lost its end: a fact of it is missing")
        return iter(found)

    def _known(self, participant: UUID, version: int) -> Entries:
        with self._lock:
            return self._kept.get(participant, ())[:version]

    def _keep(self, participant: UUID, entries: Entries) -> None:
        if not self._room:
            return
        with self._lock:
            self._kept.pop(participant, None)
            self._kept[participant] = entries
            held = sum(map(len, self._kept.values()))
            while held > self._room:
                held -= len(self._kept.popitem(last=False)[1])
