"""Follow the log and never stop: batch by batch, rows and position together, and nobody waits for a fact of another.

- A participant whose history cannot be processed is tried three times and then parked: out of the tables, named in
  `parked` with the reason, while everybody else goes on. Later entries do not bring them back; `replay_parked` does,
  once the cause is mended, and so does the next start.
- When a store fails, whoever asked for it is told (`catch_up`); a follower that runs waits and tries again (`run`).
- Only the log that the tables were made from is followed. One that went back, or that misses an entry, stops everybody:
  that is an error of the log itself, and rows would be made of it that look right.
- A signal wakes it and it polls as well: a signal that is lost costs time, never an entry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from threading import Condition, Event, Thread
from time import monotonic, sleep
from typing import Protocol
from uuid import UUID

import attrs

from zroute_core.errors import (
    OutOfOrder,
    ProjectionBehind,
    SchemaMismatch,
    SequenceGap,
    StoreClosed,
    StoreError,
    ZRouteError,
)
from zroute_core.kernel.log import Envelope, Logged
from zroute_core.kernel.ports import Progress, ReadModelStore, Signal, untold
from zroute_core.kernel.tables import Fold, Generation, fingerprint
from zroute_core.projections.folding import Folding, Seen
from zroute_core.projections.same_log import UNREADABLE, check_log_of, leaf_at
from zroute_core.projections.streams import read_tails, size_of

BATCH = 1_000
"""Entries of one transaction."""

FOLLOWING = "following"
"""What a bar says is being done."""

LONGEST_WAIT = 30.0
"""Seconds between two tries of a store that fails, at the most; the first wait is a tenth of a second."""


class Stop(Protocol):
    """What ends a follower that runs: a `threading.Event`."""

    def is_set(self) -> bool: ...
    def wait(self, timeout: float | None = None) -> bool: ...


class Follower:
    """Keeps the tables of one store at the end of one log. Two of them on one store do no harm, and no good.

    Positions of a `ProvenLog` are 1, 2, 3 ...: a missing one is an error, never passed over.
    """

    def __init__(
        self,
        folding: Folding,
        views: ReadModelStore,
        *,
        signal: Signal | None = None,
        batch: int = BATCH,
        poll_seconds: float = 1.0,
        pause: Callable[[float], object] = sleep,
    ) -> None:
        self._folding = folding
        self._views = views
        self._signal = signal
        self._batch = batch
        self._poll_seconds = poll_seconds
        self._pause = pause
        self._fingerprint = fingerprint(folding.tables)
        self._left: Generation | None = None
        """How this follower left the tables: what it has at hand of the log is of use for the next batch only."""
        self._moved = Condition()
        self._thread: Thread | None = None
        self._stop = Event()
        self._ended_by: Exception | None = None
        self.trouble: ZRouteError | None = None
        """Why a follower that runs does not get on, while it does not."""

    def catch_up(self, *, progress: Progress = untold) -> int:
        """Follow until nothing is left; the position reached. What serves must have been built before (`rebuild`).

        `progress` is told after each batch, for a bar, where the log knows how long it is.

        Raises SchemaMismatch when nothing serves, or tables of another version do; RootMismatch when they were made
        from another log; SequenceGap when the log misses an entry; StoreError.
        """
        begun = (generation := self._standing()).position
        while self._advance(generation):
            generation = self._standing()
            size = size_of(self._folding.log)
            if size is not None:
                progress(FOLLOWING, generation.position - begun, max(size, generation.position) - begun)
        return generation.position

    def step(self, generation: Generation) -> Generation | None:
        """One batch into this generation, and how it stands then; None when there was nothing to follow.

        Raises OutOfOrder when another follower was quicker, SchemaMismatch when another generation took its place, and
        as `catch_up`.
        """
        log = self._folding.log
        page = self._page(generation.position)
        leaf = leaf_at(log, page[-1].position) if page else None
        check_log_of(log, generation)  # after the reading: then what was read is of this log as well
        if not page:
            return None
        if leaf is None:
            raise _gap()
        if generation != self._left:
            self._folding.forget()
        self._left = None  # until this batch is written
        told: dict[UUID, list[Line]] = {}
        for line in page:
            told.setdefault(line.stream, []).append(line)
        parked = {one.participant: one.parked for one in self._views.parked(generation.number)}
        batch = {
            one: Seen(lines[-1].version, lines[-1].position, tuple(it.envelope for it in lines if it.envelope))
            for one, lines in told.items()
        }
        waiting = [Fold(one, it.version, it.position, {}, parked[one]) for one, it in batch.items() if one in parked]
        others = {one: seen for one, seen in batch.items() if one not in parked}
        folds = chain(waiting, self._folding.fold_all(others, self._pause))
        after = self._left = self._views.write(generation, page[-1].position, folds, leaf=leaf)
        with self._moved:
            self._moved.notify_all()
        return after

    def replay_parked(self) -> tuple[Fold, ...]:
        """Try everybody who is parked once more, up to where the tables stand; those who are parked still.

        Raises as `catch_up` does.
        """
        while True:
            generation = self._standing()
            check_log_of(self._folding.log, generation)
            again = self._views.parked(generation.number)
            if not again:
                return ()
            still: list[Fold] = []
            try:
                self._views.write(generation, generation.position, self._again(again, still), leaf=generation.leaf)
                return tuple(still)
            except OutOfOrder:
                continue

    def wait_for(self, position: int, timeout: float = 10.0) -> None:
        """Return when the tables stand at `position` or beyond: what was written up to there can be read.

        Raises ProjectionBehind after `timeout` seconds, RootMismatch when the tables were made from another log, and
        SchemaMismatch or StoreError.
        """
        until = monotonic() + timeout
        while (generation := self._standing()).position < position:
            left = until - monotonic()
            if left <= 0:
                raise ProjectionBehind(
                    "the read models have not come so far yet: try again, or see who follows the log"
                )
            with self._moved:
                self._moved.wait(min(left, 0.05))  # it may be another process that follows
        check_log_of(self._folding.log, generation)

    # ── running ──────────────────────────────────────────────────────────────────────────────────────────────

    def run(self, stop: Stop) -> None:
        """Follow until `stop` is set, whatever a store does in between.

        Begins with another try for who is parked: a mended cause comes with a new start. What does not mend itself is
        raised, and is `trouble` as well: SchemaMismatch when tables of another version serve, StoreClosed, RootMismatch
        and SequenceGap as in `catch_up`, and whatever else is no StoreError.
        """
        try:
            self._follow(stop)
        except ZRouteError as error:
            self.trouble = error
            raise

    def _follow(self, stop: Stop) -> None:
        failures, begun = 0, False
        while not stop.is_set():
            try:
                if not begun:
                    self.replay_parked()
                    begun = True
                generation = self._standing()
                if not self._advance(generation):
                    self._idle(stop, generation.position)
            except (SchemaMismatch, StoreClosed):
                raise
            except StoreError as error:
                self.trouble = error
                stop.wait(min(LONGEST_WAIT, 0.1 * 2 ** min(failures, 20)))
                failures += 1
                continue
            failures, self.trouble = 0, None

    def start(self) -> None:
        """Run in a thread of its own, until `stop`; again, when that thread came to an end."""
        if self._thread is None or not self._thread.is_alive():
            self._ended_by = None
            self._stop.clear()
            self._thread = Thread(target=self._run, name="zroute-follower", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread, after the batch it is at. Raises what ended it before, if something did."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._stop.set()
            thread.join()
            ended_by, self._ended_by = self._ended_by, None
            if ended_by is not None:
                raise ended_by

    def _run(self) -> None:
        try:
            self.run(self._stop)
        except Exception as error:  # a thread has nobody to raise it to: `stop` does
            self._ended_by = error

    def _idle(self, stop: Stop, position: int) -> None:
        if self._signal is None:
            stop.wait(self._poll_seconds)
        else:
            self._signal.wait(position, self._poll_seconds)

    # ── one batch ────────────────────────────────────────────────────────────────────────────────────────────

    def _standing(self) -> Generation:
        generation = self._views.serving()
        if generation is None:
            raise SchemaMismatch("there are no read models yet: build them first")
        if generation.fingerprint != self._fingerprint:
            raise SchemaMismatch("the read models were made by another version of the library: build them anew")
        return generation

    def _advance(self, generation: Generation) -> bool:
        """One batch into what serves; False when there was nothing to follow."""
        try:
            return self.step(generation) is not None
        except (OutOfOrder, SchemaMismatch):
            if self._standing() == generation:
                raise
            return True  # another follower was quicker, or another generation serves now

    @cached_property
    def _gapless(self) -> bool:
        return size_of(self._folding.log) is not None

    def _page(self, after: int) -> Sequence[Line]:
        """What follows; less of it where an entry cannot be read, and that one by itself.

        Raises SequenceGap, StoreError.
        """
        log, limit = self._folding.log, self._batch
        page: Sequence[Line] | None = None
        while page is None and limit:
            try:
                page = [_line(one) for one in log.read_all(after=after, limit=limit)]
            except UNREADABLE:
                limit //= 2
        if page is None:
            page = self._unreadable(after + 1)
        if self._gapless and [one.position for one in page] != list(range(after + 1, after + 1 + len(page))):
            raise _gap()
        return page

    def _unreadable(self, position: int) -> Sequence[Line]:
        """The entry at this position, of which is known only whose it is.

        Its participant is folded from the log like any other, cannot be, and is parked. Raises SequenceGap when the log
        does not say either whose it is: then it is not known who should be parked.
        """
        tails = read_tails(self._folding.log, position)
        found = [Line(at, stream, version) for stream, version, at in tails if at == position]
        if not found:
            raise _gap()
        return found

    def _again(self, parked: Iterable[Fold], still: list[Fold]) -> Iterator[Fold]:
        folding = self._folding.fresh()
        for one in parked:
            before = one.parked.tries if one.parked else 0
            fold = folding.fold(one.participant, one.version, one.position, tries=before + 1)
            if fold.parked:
                still.append(fold)
            yield fold


@attrs.frozen
class Line:
    """An entry of the log as a batch looks at it."""

    position: int
    stream: UUID
    version: int
    envelope: Envelope | None = None
    """None when it cannot be read."""


def _line(one: Logged) -> Line:
    return Line(one.position, one.envelope.stream, one.envelope.version, one.envelope)


def _gap() -> SequenceGap:
    return SequenceGap("the log has a gap: an entry is missing")
