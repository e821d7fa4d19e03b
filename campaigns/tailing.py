"""Eight writers against a reader that follows: it misses nothing, and sees the order in which things were committed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from threading import Event
from time import monotonic
from uuid import UUID

import attrs

from campaigns.kills import Writers
from campaigns.proof import require, require_effects, whole
from campaigns.script import commands
from zroute_core.kernel.log import Logged
from zroute_core.kernel.ports import ProvenLog

WRITERS = 8


@attrs.frozen
class Sent:
    """A command that was acknowledged: where its first fact stands, and when it was sent and answered."""

    position: int
    sent: float
    answered: float


class Tail:
    """Follows a log from its beginning, as a projection does."""

    def __init__(self, store: ProvenLog) -> None:
        self.seen: list[Logged] = []
        self._store = store

    def follow(self, ended: Callable[[], bool]) -> None:
        """Until nothing is left after the writers ended."""
        last = False
        while not last:
            last = ended()
            while page := self._store.read_all(after=len(self.seen), limit=100):
                self.seen.extend(page)

    def hold_against(self, store: ProvenLog) -> int:
        """What was seen is the log, entry by entry; how many there are. Raises Violation."""
        log = whole(store).log
        require([one.position for one in self.seen] == list(range(1, len(log) + 1)), "the reader missed a position")
        require([one.envelope for one in self.seen] == list(log), "the reader saw another log than was written")
        return len(log)


def threads(opened: Callable[[], ProvenLog], seed: int, each: int) -> int:
    """Writers in one process, each with so many commands; how many facts they wrote. Raises Violation."""
    store, reader = opened(), opened()
    try:
        ended = Event()
        with ThreadPoolExecutor(WRITERS + 1) as pool:
            tail = Tail(reader)
            following = pool.submit(tail.follow, ended.is_set)
            writing = [pool.submit(_write, store, seed, writer, each) for writer in range(WRITERS)]
            try:
                sent = [one for writer in writing for one in writer.result()]
            finally:
                ended.set()
            following.result()
        length = tail.hold_against(reader)
        _require_commit_order(sent, {one.envelope.event_id: one.position for one in tail.seen})
        for writer in range(WRITERS):
            require_effects([one.envelope for one in tail.seen], list(islice(commands(seed, writer), each)), each)
        return length
    finally:
        store.close()
        reader.close()


def _write(store: ProvenLog, seed: int, writer: int, each: int) -> list[tuple[UUID, float, float]]:
    sent = []
    for command in islice(commands(seed, writer), each):
        before = monotonic()
        written = store.append(command.batches, command.context)
        sent.append((written[0].event_id, before, monotonic()))
    return sent


def _require_commit_order(sent: Sequence[tuple[UUID, float, float]], positions: dict[UUID, int]) -> None:
    """What was answered before another was sent stands before it. Raises Violation."""
    in_order = sorted(
        (Sent(positions[event], before, after) for event, before, after in sent), key=lambda it: -it.position
    )
    earliest = float("inf")
    for one in in_order:
        require(earliest >= one.sent, "a command that was answered stands behind one that was sent later")
        earliest = min(earliest, one.answered)


def processes(url: str, opened: Callable[[], ProvenLog], folder: Path, seed: int, at_least: int) -> int:
    """Writers in processes of their own, until they have so many answers; how many facts were read."""
    with Writers(url, folder, seed, WRITERS) as writers:
        writers.start()
        writers.wait_for_more()
        store = opened()
        try:
            tail = Tail(store)
            tail.follow(lambda: sum(writers.all()) >= at_least)
            writers.kill_all()
            writers.wait_until_forgotten()
            tail.follow(lambda: True)
            log = [one.envelope for one in tail.seen]
            for writer, acknowledged in enumerate(writers.all()):
                require_effects(log, list(islice(commands(seed, writer), acknowledged + 2)), acknowledged)
            return tail.hold_against(store)
        finally:
            store.close()
