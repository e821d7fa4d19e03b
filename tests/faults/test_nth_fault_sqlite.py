"""Whatever call to SQLite fails, and however: nothing is lost, doubled, half done or told otherwise than it is."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from campaigns.faults import Faults, Kind, Plan, faulty_sqlite
from campaigns.sweep import (
    READING,
    WRITING,
    GatedClock,
    Made,
    Sweep,
    a_conflict,
    a_group,
    an_extension,
    befalling,
    one_fact,
    opening,
    together,
)
from zroute_core.adapters.sqlite import SqliteEventStore
from zroute_core.adapters.sqlite_schema import migrate

SOME = (Kind.BUSY, Kind.IO, Kind.DAMAGED)
"""Where every kind of failure takes the same way."""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """In memory where that is a folder: what is shown here does not rest on a disk."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as name:
        yield Path(name)


@pytest.fixture
def clock() -> GatedClock:
    return GatedClock()


@pytest.fixture
def sweep(folder: Path, clock: GatedClock) -> Iterator[Sweep]:
    faults, path = Faults(), folder / "zroute.db"
    onlooker = SqliteEventStore(path)
    with faulty_sqlite(faults):
        store = SqliteEventStore(path, clock)
        swept = Sweep(store, onlooker, faults)
        yield swept
        swept.close()


@pytest.mark.parametrize("make", WRITING, ids=lambda make: make.__name__)
def test_a_command_is_done_or_not_done_and_the_answer_says_which(sweep: Sweep, make: Made) -> None:
    for kind, when, for_ever in befalling():
        calls = sweep.sweep(make, kind, when, for_ever)
        assert calls >= 4  # BEGIN, the head, what the command looks up, COMMIT
    sweep.finish()


@pytest.mark.parametrize("make", READING, ids=lambda make: make.__name__)
def test_a_question_gets_the_true_answer_or_none(sweep: Sweep, make: Made) -> None:
    for kind, when, for_ever in befalling():
        assert sweep.sweep(make, kind, when, for_ever) >= 2  # the statement and its rows
    sweep.finish()


@pytest.mark.parametrize("others", [(one_fact, a_group), (a_conflict, one_fact), (an_extension, one_fact)])
def test_of_those_who_share_a_commit_each_is_told_what_became_of_its_own(
    sweep: Sweep, clock: GatedClock, others: tuple[Made, ...]
) -> None:
    def waiting() -> int:
        return len(sweep.store._queue)  # type: ignore[attr-defined]

    for kind, when, for_ever in befalling(SOME):
        assert together(sweep, clock, waiting, (one_fact, *others), kind, when, for_ever) >= 8
    sweep.finish()


@pytest.mark.parametrize("new", [True, False])
def test_a_store_whose_opening_failed_opens_later(folder: Path, new: bool) -> None:
    faults, path = Faults(), folder / "zroute.db"
    SqliteEventStore(path).close()
    with faulty_sqlite(faults):
        for kind, when, for_ever in befalling([Kind.IO]):
            for nth in count(1):
                if new:
                    path = folder / f"{kind.name}-{when.name}-{for_ever}-{nth}.db"
                plan = Plan(nth, kind, when, for_ever)
                if not opening(partial(SqliteEventStore, path), partial(migrate, path), faults, plan):
                    break
            assert nth > 10  # the pragmas alone are more


def test_every_kind_of_failure_befalls_a_call_once_and_for_ever() -> None:
    assert len(set(befalling())) == 2 * (2 * len(Kind) + 2)
