"""Every campaign, over and over with new seeds, for as long as one likes; ends at the first promise that is broken.

python -m campaigns --minutes 10 --seed 1 [--only damage --only kills] [--rounds 1]
"""

from __future__ import annotations

import argparse
import secrets
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic

import attrs

from campaigns.cuts import between, cut_commands
from campaigns.damage import DamagedFile
from campaigns.faults import Faults, faulty_sqlite
from campaigns.kills import Counts, Writers, kill_writers, restart_server
from campaigns.lockstep import go, in_memory, in_step, on_sqlite
from campaigns.postgres_faults import DEADLINE, faulty_postgres, on_postgres
from campaigns.postgres_faults import befalling as befalling_postgres
from campaigns.proof import Violation, require
from campaigns.properties import hold
from campaigns.sweep import READING, WRITING, GatedClock, Sweep, a_group, a_repeat, an_extension, one_fact, together
from campaigns.sweep import befalling as befalling_sqlite
from campaigns.tailing import processes, threads
from tests.adapters.databases import Database, database
from tests.postgres_server import Server, running, server_binaries
from zroute_core.adapters.postgres import PostgresEventStore
from zroute_core.adapters.sqlite import SqliteEventStore
from zroute_core.adapters.sqlite_schema import migrate
from zroute_core.testing.clock import TickingClock


@attrs.frozen
class Place:
    """Where a campaign works: a folder on a disk, one in memory where there is one, and a server where there is one."""

    disk: Path
    memory: Path
    server: Server | None

    def database(self) -> Database:
        if self.server is None:
            raise Violation("there is no PostgreSQL server here")
        return database(self.server.url)


Campaign = Callable[[int, Place], str]
"""Runs once with this seed, and says in a few words what it came to. Raises Violation."""


# ── in memory ────────────────────────────────────────────────────────────────────────────────────────────────


def properties(seed: int, _place: Place) -> str:
    return f"{hold(seed)} properties held"


# ── on SQLite ────────────────────────────────────────────────────────────────────────────────────────────────


def damage(seed: int, place: Place) -> str:
    told = DamagedFile(place.memory, seed, size=Random(seed).randint(5, 60)).campaign(2000)
    return f"{told.total()} damages, {told['noticed']} noticed, {told['harmless']} harmless, 0 silent"


def sweep(seed: int, place: Place) -> str:
    faults, path, clock = Faults(), place.memory / "sweep.db", GatedClock()
    onlooker = SqliteEventStore(path)
    with faulty_sqlite(faults):
        store = SqliteEventStore(path, clock)
        swept = Sweep(store, onlooker, faults)
        for kind, when, for_ever in befalling_sqlite():
            for make in (*WRITING, *READING):
                swept.sweep(make, kind, when, for_ever)
            group = Random(f"{seed} {kind}").sample(WRITING, 2)
            together(swept, clock, lambda: len(store._queue), (one_fact, *group), kind, when, for_ever)
        swept.finish()
        swept.close()
    return f"{swept.runs} runs, {swept.fired} calls failed"


def kills(seed: int, place: Place) -> str:
    path = place.disk / "kills.db"

    def opened() -> SqliteEventStore:
        migrate(path)
        return SqliteEventStore(path)

    def check() -> None:
        with closing(sqlite3.connect(path)) as connection:
            told = connection.execute("PRAGMA integrity_check").fetchall()
        require(told == [("ok",)], f"integrity_check: {told}")

    with Writers(f"sqlite:///{path}", place.disk, seed, count=1 + seed % 3) as writers:
        return _said(kill_writers(writers, opened, Random(seed), 50, check))


def tailing(seed: int, place: Place) -> str:
    path, other = place.disk / "threads.db", place.disk / "processes.db"
    migrate(other)
    first = threads(lambda: SqliteEventStore(path), seed, each=150)
    second = processes(f"sqlite:///{other}", lambda: SqliteEventStore(other), place.disk, seed, at_least=500)
    return f"{first} and {second} facts read while they were written, 0 missed"


def lockstep(seed: int, place: Place) -> str:
    faults, numbers = Faults(), count()
    with faulty_sqlite(faults):
        machine = in_step(in_memory, lambda: on_sqlite(place.memory / f"{next(numbers)}.db", faults))
        go(machine, examples=100, steps=50, at=seed)
    return "100 runs of 50 steps"


# ── on PostgreSQL ────────────────────────────────────────────────────────────────────────────────────────────


def postgres_sweep(_seed: int, place: Place) -> str:
    faults, url = Faults(), place.database().url
    onlooker = PostgresEventStore(url, pool_size=1)
    with faulty_postgres(faults):
        swept = Sweep(
            PostgresEventStore(url, TickingClock(), deadline=DEADLINE, pool_size=1), onlooker, faults, tries=20
        )
        for kind, when, for_ever in befalling_postgres():
            for make in (*WRITING, *READING):
                swept.sweep(make, kind, when, for_ever)
        swept.finish()
        swept.close()
    return f"{swept.runs} runs, {swept.fired} calls failed"


def postgres_kills(seed: int, place: Place) -> str:
    url = place.database().url
    with Writers(url, place.disk, seed, count=2) as writers:
        return _said(kill_writers(writers, lambda: PostgresEventStore(url), Random(seed), 20, lambda: None))


def postgres_crashes(seed: int, place: Place) -> str:
    server, url = place.server, place.database().url

    def crash() -> None:
        if server is not None:
            server.stop(immediately=True)
            server.start()

    with Writers(url, place.disk, seed, count=3) as writers:
        return _said(restart_server(writers, lambda: PostgresEventStore(url), Random(seed), 5, crash))


def postgres_cuts(_seed: int, place: Place) -> str:
    if place.server is None:
        raise Violation("there is no PostgreSQL server here")
    url, port = place.database().url, place.server.port
    onlooker = PostgresEventStore(url, pool_size=1)
    with between(port) as proxy:
        behind = url.replace(f":{port}/", f":{proxy.port}/")
        store = PostgresEventStore(behind, TickingClock(), deadline=10, pool_size=1)
        cut = Sweep(store, onlooker, Faults(), tries=20)
        cuts = cut_commands(cut, proxy, (one_fact, a_group, an_extension, a_repeat), 33, for_ever=False)
        cuts += cut_commands(cut, proxy, (one_fact, a_group), 5, for_ever=True)
        cut.finish()
        cut.close()
    return f"{cuts} cuts, exactly one effect each"


def postgres_tailing(seed: int, place: Place) -> str:
    url, other = place.database().url, place.database().url
    first = threads(lambda: PostgresEventStore(url), seed, each=100)
    second = processes(other, lambda: PostgresEventStore(other), place.disk, seed, at_least=500)
    return f"{first} and {second} facts read while they were written, 0 missed"


def postgres_lockstep(seed: int, place: Place) -> str:
    of_sqlite, of_postgres, numbers, log = Faults(), Faults(), count(), place.database()
    machine = in_step(
        in_memory,
        lambda: on_sqlite(place.memory / f"{next(numbers)}.db", of_sqlite),
        lambda: on_postgres(log.emptied(), of_postgres),
    )
    with faulty_sqlite(of_sqlite), faulty_postgres(of_postgres):
        go(machine, examples=25, steps=40, at=seed)
    return "25 runs of 40 steps"


IN_MEMORY: tuple[Campaign, ...] = (properties,)
ON_SQLITE: tuple[Campaign, ...] = (damage, kills, sweep, tailing, lockstep)
ON_POSTGRES: tuple[Campaign, ...] = (
    postgres_kills,
    postgres_crashes,
    postgres_cuts,
    postgres_sweep,
    postgres_tailing,
    postgres_lockstep,
)


def _said(counts: Counts) -> str:
    return (
        f"{counts.kills} kills, {counts.acknowledged} commands acknowledged, 0 missing, "
        f"{counts.unacknowledged} stood there without an answer"
    )


# ── the loop ─────────────────────────────────────────────────────────────────────────────────────────────────


def main() -> int:
    given = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server and the folders go too
    until = monotonic() + given.minutes * 60
    print(f"seed {given.seed}, {given.minutes:g} minutes", flush=True)
    with ExitStack() as stack:
        server = stack.enter_context(running()) if server_binaries() is not None else None
        campaigns = [*IN_MEMORY, *ON_SQLITE, *(ON_POSTGRES if server is not None else ())]
        if server is None:
            print("PostgreSQL: no server binary found, its campaigns are left out")
        chosen = [one for one in campaigns if not given.only or one.__name__ in given.only]
        for number in range(given.rounds) if given.rounds else count():
            for campaign in chosen:
                if monotonic() > until:
                    print(f"time is over, {number} whole rounds")
                    return 0
                if not _run(campaign, given.seed + number, server):
                    return 1
    return 0


def _run(campaign: Campaign, seed: int, server: Server | None) -> bool:
    start = monotonic()
    with _folders() as (disk, memory):
        try:
            told = campaign(seed, Place(disk, memory, server))
        except Violation as violation:
            print(f"{campaign.__name__}, seed {seed}: BROKEN: {violation}")
            print(f"again: python -m campaigns --only {campaign.__name__} --seed {seed} --rounds 1", flush=True)
            return False
    print(f"{campaign.__name__}, seed {seed}: {told} ({monotonic() - start:.0f} s)", flush=True)
    return True


@contextmanager
def _folders() -> Iterator[tuple[Path, Path]]:
    memory = Path("/dev/shm")
    new = partial(TemporaryDirectory, prefix="zroute-campaign-")
    with new() as disk, new(dir=memory if memory.is_dir() else None) as fast:
        yield Path(disk), Path(fast)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m campaigns", description=__doc__)
    names = [one.__name__ for one in (*IN_MEMORY, *ON_SQLITE, *ON_POSTGRES)]
    parser.add_argument("--minutes", type=float, default=10.0, help="how long, at most one campaign more")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="of the first round; then one more")
    parser.add_argument("--rounds", type=int, default=0, help="how many rounds; until the time is over when left out")
    parser.add_argument("--only", action="append", choices=names, help="this one; may be given more than once")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
