"""Kill -9: writers, and the server under them, end at any moment; what was acknowledged is there, once and whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from random import Random
from time import monotonic, sleep

import attrs
import psycopg

from campaigns.proof import Violation, require, require_effects, whole
from campaigns.script import commands
from zroute_core.kernel.ports import ProvenLog

ROOT = Path(__file__).parent.parent

LEFT = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s"


@attrs.define
class Counts:
    """What a run of kills came to."""

    kills: int = 0
    acknowledged: int = 0
    unacknowledged: int = 0
    """Written, and killed before the answer: allowed, at most one for each kill of a writer. One that is killed again
    before it came to send it once more counts again."""


class Writers:
    """Writer processes over one log, and what each of them had acknowledged. To be closed."""

    def __init__(self, url: str, folder: Path, seed: int, count: int = 1) -> None:
        self.seed = seed
        self._name = f"writer-{seed}"
        self._url = url if url.startswith("sqlite:") else f"{url}?application_name={self._name}"
        self.files = [folder / f"acknowledged-{seed}-{writer}" for writer in range(count)]
        self._running: dict[int, int] = {}
        self._nursery = subprocess.Popen(
            [sys.executable, "-m", "campaigns.writer", self._url, str(seed), *map(str, self.files)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Writers:
        return self

    def __exit__(self, *_: object) -> None:
        """Its writers are killed by the nursery, when its input ends."""
        self._nursery.communicate()

    def all(self) -> list[int]:
        """How many of its commands each was answered: a byte for each, which outlives the process."""
        return [file.stat().st_size if file.exists() else 0 for file in self.files]

    def start(self) -> None:
        """All that do not run."""
        for writer in range(len(self.files)):
            if writer not in self._running:
                self._running[writer] = int(self._told(f"start {writer}"))

    def wait_for_more(self, more: int = 1, seconds: float = 60) -> None:
        """Until they have so many more acknowledged. Raises Violation when one ends, or it takes too long."""
        until, before = monotonic() + seconds, sum(self.all())
        while sum(self.all()) < before + more:
            require(monotonic() < until, f"no writer of seed {self.seed} came further within {seconds:g} seconds")
            sleep(0.001)
        for writer, process in self._running.items():
            told = self._told(f"poll {process}")
            require(told == "runs", f"writer {writer} of seed {self.seed} ended with {told}")

    def kill(self, writers: Sequence[int]) -> None:
        for writer in writers:
            os.kill(self._running[writer], signal.SIGKILL)
        for writer in writers:
            told = self._told(f"wait {self._running.pop(writer)}")
            require(told == str(-signal.SIGKILL), f"writer {writer} of seed {self.seed} ended with {told}")

    def kill_all(self) -> int:
        """Whoever still runs; how many that were."""
        left = list(self._running)
        self.kill(left)
        return len(left)

    def wait_until_forgotten(self, seconds: float = 60) -> None:
        """Until nothing more comes of those that were killed: a server may still finish what they had sent."""
        if self._url.startswith("sqlite:"):
            return
        until = monotonic() + seconds
        with psycopg.connect(self._url, autocommit=True, application_name="onlooker") as connection:
            while connection.execute(LEFT, (self._name,)).fetchone() != (0,):
                require(monotonic() < until, f"the server still works for killed writers after {seconds:g} seconds")
                sleep(0.01)

    def _told(self, words: str) -> str:
        process = self._nursery
        if process.stdin is None or process.stdout is None:
            raise Violation("the nursery has no pipes")
        process.stdin.write(f"{words}\n")
        process.stdin.flush()
        return process.stdout.readline().strip()


def inspect(store: ProvenLog, writers: Writers, counts: Counts) -> None:
    """All writers have ended: everything acknowledged is there. Raises Violation."""
    log = whole(store).log
    written = 0
    for writer, acknowledged in enumerate(writers.all()):
        script = list(islice(commands(writers.seed, writer), acknowledged + 2))
        stored = require_effects(log, script, acknowledged)
        require(stored <= acknowledged + 1, "a writer wrote ahead of its answers")
        counts.unacknowledged += stored - acknowledged
        written += stored
    require(len({one.command_id for one in log}) == written, "somebody else's commands stand in the log")
    counts.acknowledged = sum(writers.all())


def kill_writers(
    writers: Writers, opened: Callable[[], ProvenLog], random: Random, kills: int, check: Callable[[], None]
) -> Counts:
    """Kill them at random moments, so many times; look at the log each time none is left. Raises Violation."""
    counts = Counts()
    everyone = list(range(len(writers.files)))
    while counts.kills < kills:
        writers.start()
        if random.random() < 0.85:  # else it may hit the opening
            writers.wait_for_more(random.randint(1, 40))
        sleep(random.uniform(0, 0.02))
        chosen = random.sample(everyone, random.randint(1, len(everyone)))
        writers.kill(chosen)
        counts.kills += len(chosen)
        if len(chosen) == len(everyone):
            _look(opened, writers, counts, check)
    if left := writers.kill_all():
        counts.kills += left
        _look(opened, writers, counts, check)
    return counts


def restart_server(
    writers: Writers, opened: Callable[[], ProvenLog], random: Random, restarts: int, crash: Callable[[], None]
) -> Counts:
    """The server ends at once and starts again, so many times, while the writers live on and send again."""
    counts = Counts()
    writers.start()
    for _ in range(restarts):
        writers.wait_for_more()
        sleep(random.uniform(0, 0.2))
        crash()
        counts.kills += 1
    writers.wait_for_more()
    writers.kill_all()
    _look(opened, writers, counts, lambda: None)
    return counts


def _look(opened: Callable[[], ProvenLog], writers: Writers, counts: Counts, check: Callable[[], None]) -> None:
    writers.wait_until_forgotten()
    store = opened()
    try:
        inspect(store, writers, counts)
    finally:
        store.close()
    check()
