"""Whatever round trip to PostgreSQL fails, and however: nothing is lost, doubled, half done or told otherwise."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from campaigns.faults import Faults, Kind
from campaigns.postgres_faults import DEADLINE, befalling, faulty_postgres
from campaigns.sweep import READING, WRITING, Made, Sweep
from tests.adapters.databases import Database, database
from zroute_core.adapters.postgres import PostgresEventStore
from zroute_core.testing.clock import TickingClock

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def log(postgres_url: str) -> Database:
    return database(postgres_url)


@pytest.fixture
def url(log: Database) -> str:
    return log.emptied()


@pytest.fixture
def sweep(url: str) -> Iterator[Sweep]:
    faults = Faults()
    onlooker = PostgresEventStore(url, pool_size=1)
    with faulty_postgres(faults):
        store = PostgresEventStore(url, TickingClock(), deadline=DEADLINE, pool_size=1)
        swept = Sweep(store, onlooker, faults, tries=20)
        yield swept
        swept.close()


@pytest.mark.parametrize("make", WRITING, ids=lambda make: make.__name__)
def test_a_command_is_done_or_not_done_and_the_answer_says_which(sweep: Sweep, make: Made) -> None:
    for kind, when, for_ever in befalling():
        assert sweep.sweep(make, kind, when, for_ever) >= 1  # one call of the function on the server
    sweep.finish()


@pytest.mark.parametrize("make", READING, ids=lambda make: make.__name__)
def test_a_question_gets_the_true_answer_or_none(sweep: Sweep, make: Made) -> None:
    for kind, when, for_ever in befalling((Kind.IO, Kind.LOST)):
        assert sweep.sweep(make, kind, when, for_ever) >= 1
    sweep.finish()
