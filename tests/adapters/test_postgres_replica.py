"""Reading from a standby, which follows the server that writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from threading import Thread
from time import monotonic, sleep
from uuid import UUID, uuid4

import attrs
import psycopg
import pytest

from tests.adapters.databases import Database, database
from tests.postgres_server import Server, running
from zroute_core.adapters.postgres import PostgresEventStore
from zroute_core.adapters.postgres_schema import migrate, plan
from zroute_core.errors import ConfigurationError, LeafMismatch, ReadOnlyStore, SchemaMismatch
from zroute_core.kernel.log import Batch
from zroute_core.testing.clock import TickingClock
from zroute_core.testing.store_contract import context, fact, log_of

pytestmark = pytest.mark.postgres


@attrs.frozen
class Pair:
    log: Database
    """Where it is written."""
    copy: str
    """The URL of the same log on the standby, as the same user."""
    copy_owner: str


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    with running() as first:
        log, second = database(first.url), Server()
        try:
            second.follow(first)
            second.start()
            ports = f":{first.port}/", f":{second.port}/"
            yield Pair(log, log.url.replace(*ports), log.owner.replace(*ports))
        finally:
            second.remove()


def follow(standby: PostgresEventStore, size: int) -> None:
    """Wait until the standby is so far."""
    until = monotonic() + 60
    while standby.size() < size:
        assert monotonic() < until
        standby.wait(size - 1, 5)


def test_what_is_written_is_read_from_a_standby(pair: Pair) -> None:
    stream = uuid4()
    with closing(PostgresEventStore(pair.log.url, TickingClock())) as store:
        for version in range(5):
            store.append([Batch(stream, version, (fact(str(version)),))], context())
        with closing(PostgresEventStore(pair.copy)) as standby:
            follow(standby, store.size())
            assert log_of(standby) == log_of(store)
            assert standby.read_stream(stream, after=2) == store.read_stream(stream, after=2)
            assert standby.head() == store.head()
            assert list(standby.leaves()) == list(store.leaves())
            assert list(standby.tails(3)) == list(store.tails(3))
            assert standby.tracked("upstream") is None


@pytest.mark.parametrize("read_only", [True, False])
def test_nothing_is_written_to_a_standby(pair: Pair, read_only: bool) -> None:
    with (
        closing(PostgresEventStore(pair.copy, read_only=read_only)) as standby,
        closing(PostgresEventStore(pair.log.url)) as store,
    ):
        written = store.append([Batch(uuid4(), 0, (fact(),))], context())
        for write in (
            lambda: standby.append([Batch(uuid4(), 0, (fact(),))], context()),
            lambda: standby.extend(written),
        ):
            with pytest.raises(ReadOnlyStore):
                write()


def test_a_server_that_writes_can_be_opened_for_reading(pair: Pair) -> None:
    with closing(PostgresEventStore(pair.log.url, read_only=True)) as reading:
        with pytest.raises(ReadOnlyStore):
            reading.append([Batch(uuid4(), 0, (fact(),))], context())
        connection = reading._connections.single()
        with closing(connection), pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("SELECT zroute.append(ARRAY[]::zroute.entry[], 1000)")


def test_who_waits_at_a_standby_sees_what_comes(pair: Pair) -> None:
    with (
        closing(PostgresEventStore(pair.log.url)) as store,
        closing(PostgresEventStore(pair.copy)) as standby,
    ):
        follow(standby, store.size())
        size = standby.size()
        waiting = Thread(target=standby.wait, args=(size, 60))
        waiting.start()
        sleep(0.3)
        assert waiting.is_alive()
        store.append([Batch(uuid4(), 0, (fact(),))], context())
        waiting.join(30)
        assert not waiting.is_alive()


def test_a_superuser_may_read_from_a_standby_and_change_nothing_there(pair: Pair) -> None:
    with closing(PostgresEventStore(pair.copy_owner)) as standby:
        assert standby.head().size == standby.size()


def test_a_standby_is_not_migrated(pair: Pair) -> None:
    assert plan(pair.copy_owner) == ()
    with psycopg.connect(pair.log.owner, autocommit=True) as connection:
        connection.execute("CREATE DATABASE bare")
    bare = pair.copy_owner.rpartition("/")[0] + "/bare"
    _follows(bare)
    with pytest.raises(SchemaMismatch):
        PostgresEventStore(bare)
    with pytest.raises(ConfigurationError, match="follows"):
        migrate(bare)


def test_a_changed_entry_is_seen_on_a_standby(pair: Pair) -> None:
    with closing(PostgresEventStore(pair.log.url)) as store:
        (written,) = store.append([Batch(uuid4(), 0, (fact(),))], context())
        size = store.size()
    with closing(PostgresEventStore(pair.copy)) as standby:
        follow(standby, size)
        with psycopg.connect(pair.log.owner, autocommit=True) as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute("UPDATE zroute.events SET payload = '' WHERE event_id = %s", (written.event_id,))
        with pytest.raises(LeafMismatch):
            _read_for_a_while(standby, written.stream)


def _read_for_a_while(standby: PostgresEventStore, stream: UUID) -> None:
    for _ in range(600):
        standby.read_stream(stream)
        sleep(0.1)


def _follows(url: str) -> None:
    """Wait until the standby knows this database."""
    for _ in range(300):
        try:
            psycopg.connect(url).close()
            return
        except psycopg.OperationalError:
            sleep(0.1)
