"""All tables anew, beside those that serve; and a check that those that serve are what the log says.

A rebuild goes participant by participant, in one process or in several, each reading the log itself. What serves goes
on serving, and following, until the new tables have caught up and take its place at once. Whatever breaks off in
between leaves it as it was. All is read from the log as it stands: nothing that is at hand is taken for it.
"""

from __future__ import annotations

import pickle
import signal
import sys
from bisect import bisect_right
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from hashlib import sha256
from itertools import islice
from multiprocessing import get_context
from time import monotonic, sleep
from uuid import UUID

import attrs

from zroute_core.errors import (
    ConfigurationError,
    InvalidNumber,
    OutOfOrder,
    SchemaMismatch,
    SequenceGap,
    StoreBusy,
    StoreError,
)
from zroute_core.kernel.ports import EventStore, Progress, ReadModels, ReadModelStore, untold
from zroute_core.kernel.tables import Fold, Generation, Rows, digest, fingerprint
from zroute_core.projections.folding import Folding, Seen
from zroute_core.projections.following import Follower
from zroute_core.projections.same_log import UNREADABLE, is_log_of, leaf_at
from zroute_core.projections.streams import read_tails, size_of

AT_ONCE = 16
"""Participants whose rows are in memory at one time."""

SHARES = 8
"""Into how many the work of each process is cut, so that none waits long for the others at the end."""

END = 2**63 - 1
"""Beyond every position."""

FOLDING = "folding"
"""What a bar says is being done."""

Opens = Callable[[], tuple[Folding, ReadModelStore]]
"""Opens the log and the tables in another process: a function of a module, or a `functools.partial` of one."""

Tail = tuple[UUID, Seen]


def rebuild(
    folding: Folding,
    views: ReadModelStore,
    *,
    workers: int = 1,
    opens: Opens | None = None,
    patience: float = 300.0,
    progress: Progress = untold,
) -> Generation:
    """Make all tables anew and let them serve. With several `workers`, each is a process that `opens` both stores.

    Readers never see an earlier position than before, unless what serves was made from another log than this one, as
    after a backup of the log was put back: then the new tables stand where this log ends.

    `progress` is told how many participants of all are done, for a bar.

    Who reads a table for long holds up the change: it is tried again for `patience` seconds, then StoreBusy is raised.
    Raises ConfigurationError when `opens` is missing or cannot be sent to a process, SchemaMismatch when another
    rebuild began meanwhile, RootMismatch when the log became another one meanwhile, SequenceGap when an entry or a
    stream of it is missing, or StoreError; what served before then serves still.
    """
    if type(workers) is not int or workers < 1:
        raise InvalidNumber("must be a number of processes, from 1", field="workers")
    folding = folding.fresh()
    position, leaf, tails = _end_of(folding.log)
    building = views.begin(position, leaf=leaf)
    if workers == 1:
        _fill(folding, views, building.number, tails, progress)
    else:
        _fill_in_parallel(opens, building.number, tails, workers, progress)
    return _take_over(folding, views, building, monotonic() + patience)


def _end_of(log: EventStore) -> tuple[int, str, Sequence[Tail]]:
    """Where the log ends, the leaf of its entry there, and its streams up to there, in the order of their ids.

    The leaf is read first where it can be: should the log become another one meanwhile, it does not fit any more.
    """
    size = size_of(log)
    leaf = None if size is None else leaf_at(log, size)
    tails = sorted((one, Seen(version, at)) for one, version, at in read_tails(log, END if size is None else size))
    position = max((seen.position for _, seen in tails), default=0)
    if size is None:
        leaf = leaf_at(log, position)
    if leaf is None or (size is not None and position != size):
        raise SequenceGap("the log does not end where it says: entries are missing")
    return position, leaf, tails


def _take_over(folding: Folding, views: ReadModelStore, building: Generation, until: float) -> Generation:
    """Catch up with the log, and then with what serves, where that was made from this log."""
    follower, log = Follower(folding, views), folding.log
    while True:
        while (further := follower.step(building)) is not None:
            building = further
        serving = views.serving()
        pause = 0.0
        try:
            views.serve(building.number, earlier=serving is not None and not is_log_of(log, serving))
            return building
        except OutOfOrder:
            pass  # what serves has followed the log meanwhile
        except StoreBusy:
            pause = 1  # so that others who read get their turn
        if monotonic() > until:
            raise StoreBusy("somebody else held the read models for too long: try again")
        sleep(pause)


def _fill(
    folding: Folding, views: ReadModelStore, generation: int, tails: Sequence[Tail], progress: Progress = untold
) -> None:
    left, done = iter(tails), 0
    while some := dict(islice(left, AT_ONCE)):
        views.fill(generation, list(folding.fold_all(some)))  # folded before, so that others can write meanwhile
        done += len(some)
        progress(FOLDING, done, len(tails))


def _fill_in_parallel(
    opens: Opens | None, generation: int, tails: Sequence[Tail], workers: int, progress: Progress
) -> None:
    if opens is None or not _can_be_sent(opens):
        raise ConfigurationError("give a function of a module that opens both stores in another process", field="opens")
    each = max(AT_ONCE, -(-len(tails) // (workers * SHARES)))
    shares = [tails[at : at + each] for at in range(0, len(tails), each)]
    died, folded = False, 0
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        try:
            with _interrupts(held=True):  # Ctrl-C reaches all processes: those that begin would fill the screen with it
                done = {pool.submit(_fill_share, opens, generation, share): len(share) for share in shares}
            for one in as_completed(done):
                one.result()
                folded += done[one]
                progress(FOLDING, folded, len(tails))
        except BrokenExecutor:
            died = True
        finally:
            pool.shutdown(cancel_futures=True)
    if died:
        raise StoreError("a process of the rebuild ended before its share was done; what served serves still")


def _fill_share(opens: Opens, generation: int, share: Sequence[Tail]) -> None:
    with _interrupts(held=False):  # a share is left at once, and whoever waits for it is told
        folding, views = opens()
        try:
            _fill(folding, views, generation, share)
        finally:
            views.close()
            folding.log.close()


@contextmanager
def _interrupts(*, held: bool) -> Generator[None]:
    """Ctrl-C is held back or let through here and in the processes that are started, and afterwards as it was."""
    if sys.platform == "win32":
        yield
        return
    how = signal.SIG_BLOCK if held else signal.SIG_UNBLOCK
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        signal.pthread_sigmask(how, {signal.SIGINT})
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _can_be_sent(opens: Opens) -> bool:
    try:
        return bool(pickle.dumps(opens))
    except Exception:  # whatever an object raises that cannot be pickled
        return False


# ── the shadow ───────────────────────────────────────────────────────────────────────────────────────────────


@attrs.frozen
class Difference:
    """A participant whose rows are not what the log says."""

    participant: UUID
    tables: tuple[str, ...]
    """The tables that differ; none when only what is known of the history does, or whether it is parked."""
    stored: str | None
    """The digest of what stands there; None when nothing does."""
    folded: str | None
    """The digest of what the log says; None when it does not know the participant."""


@attrs.frozen
class Shadow:
    """What the comparison found."""

    position: int
    """Where the tables stood at its end."""
    participants: int
    """How many were compared."""
    digest: str
    """The SHA-256 over all digests of what stands there, in the order of the ids: equal in every store."""
    differences: tuple[Difference, ...]
    """The first ones, in the order of the ids; none when all is well."""


def shadow(folding: Folding, views: ReadModels, *, most: int = 10, progress: Progress = untold) -> Shadow:
    """Fold everybody from the log, and compare with what serves, up to the position at which it is read.

    Stops after `most` differences. Nothing is written, and whoever follows the log may go on meanwhile.
    Raises SchemaMismatch when nothing serves or tables of another version do, SequenceGap, or StoreError.
    """
    serving = views.serving()
    if serving is None or serving.fingerprint != fingerprint(folding.tables):
        raise SchemaMismatch("the read models are not there, or not of this version: build them first")
    folding = folding.fresh()
    streams, everything, after = _Streams(folding.log), sha256(), UUID(int=0)
    compared, position, differences = 0, serving.position, list[Difference]()
    while len(differences) < most:
        page = views.page(after=after, limit=AT_ONCE)
        position = page.position
        stored = {one.participant: one for one in page.folds}
        last = page.folds[-1].participant if len(page.folds) == AT_ONCE else UUID(int=2**128 - 1)
        known = streams.between(after, last, position)
        for participant in sorted({*stored, *known}):
            there, seen = stored.get(participant), known.get(participant)
            folded = None if seen is None else folding.fold(participant, seen.version, seen.position)
            compared += 1
            if there is not None:
                everything.update(digest(there).encode())
            if difference := _difference(participant, there, folded):
                differences.append(difference)
        progress("comparing", compared, len(streams))
        if len(page.folds) < AT_ONCE:
            break
        after = last
    return Shadow(position, compared, everything.hexdigest(), tuple(differences[:most]))


def _difference(participant: UUID, stored: Fold | None, folded: Fold | None) -> Difference | None:
    ours, theirs = (None if one is None else digest(one) for one in (folded, stored))
    if ours == theirs:
        return None
    nothing: Rows = {}
    made, there = (one.rows if one else nothing for one in (folded, stored))
    differ = (name for name in sorted({*made, *there}) if made.get(name) != there.get(name))
    return Difference(participant, tuple(differ), theirs, ours)


class _Streams:
    """Where each stream ends, at a position that only goes forward."""

    def __init__(self, log: EventStore) -> None:
        self._log = log
        self._tails: dict[UUID, Seen] = {}
        self._sorted: list[UUID] = []
        self._position = -1

    def __len__(self) -> int:
        return len(self._sorted)

    def between(self, after: UUID, last: UUID, position: int) -> Mapping[UUID, Seen]:
        """Those with an id above `after` up to and including `last`, as they were at `position`."""
        if position != self._position:
            self._go_to(position)
        first, end = bisect_right(self._sorted, after), bisect_right(self._sorted, last)
        return {one: self._tails[one] for one in self._sorted[first:end]}

    def _go_to(self, position: int) -> None:
        self._tails.update(self._read(position))
        self._sorted, self._position = sorted(self._tails), position

    def _read(self, position: int) -> Iterator[Tail]:
        if self._position >= 0:
            try:
                yield from list(self._read_on(position))
                return
            except UNREADABLE:
                pass  # whose an entry is that cannot be read, the log says otherwise
        for stream, version, at in read_tails(self._log, position):
            yield stream, Seen(version, at)

    def _read_on(self, position: int) -> Iterator[Tail]:
        after = self._position
        while after < position and (page := self._log.read_all(after=after, limit=min(1_000, position - after))):
            for one in page:
                if one.position <= position:
                    yield one.envelope.stream, Seen(one.envelope.version, one.position)
            after = page[-1].position
