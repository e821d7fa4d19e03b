from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any, LiteralString, TypeVar
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from campaigns.postgres_faults import Haste
from tests.postgres_server import running
from zroute_core.adapters import postgres_deadline, postgres_tables, postgres_tables_connection
from zroute_core.adapters.postgres_tables import SERVING, PostgresReadModelStore
from zroute_core.adapters.postgres_tables_connection import HeardConnection
from zroute_core.adapters.postgres_tables_schema import STEPS, migrate, plan
from zroute_core.adapters.sqlite_tables import SqliteReadModelStore
from zroute_core.domain.events import FactCorrected
from zroute_core.errors import ConfigurationError, SchemaMismatch, StoreBusy, StoreUnavailable
from zroute_core.kernel.ports import ReadModelStore
from zroute_core.kernel.tables import Fold, Generation
from zroute_core.projections import TABLES as PROJECTED
from zroute_core.projections.following import Follower
from zroute_core.projections.rebuilding import rebuild, shadow
from zroute_core.testing.read_model_contract import TABLES, OpenViews, ReadModelContract, built, fold, visit
from zroute_core.testing.samples import DAY

from .scenes import ANNE, BO, CEM, PEOPLE, folding, folds, lesson, minutes, new_log, opened, poison, tell, views

pytestmark = pytest.mark.postgres

T = TypeVar("T")


@pytest.fixture
def url(postgres_url: str) -> Iterator[str]:
    """A database of its own."""
    name = f"views_{uuid4().hex}"
    with connected(postgres_url) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        yield make_conninfo(postgres_url, dbname=name)
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def connected(url: str) -> psycopg.Connection:
    """A server takes a moment between listening and answering."""
    for _ in range(100):
        with suppress(psycopg.OperationalError):
            return psycopg.connect(url, autocommit=True)
        sleep(0.1)
    return psycopg.connect(url, autocommit=True)


class TestPostgresReadModels(ReadModelContract):
    @pytest.fixture
    def open_views(self, url: str) -> OpenViews:
        migrate(url)
        return lambda tables: PostgresReadModelStore(url, tables)


# ── what only a server can do ────────────────────────────────────────────────────────────────────────────────


def asked(url: str, sql: LiteralString) -> list[tuple[Any, ...]]:
    with connected(url) as connection:
        return connection.execute(sql).fetchall()


def test_many_may_make_the_schema_at_once_and_one_does(url: str) -> None:
    assert plan(url) == STEPS
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda _: migrate(url), range(6)))
    assert sorted(made) == [()] * 5 + [STEPS]
    assert plan(url) == ()


def test_a_database_without_the_schema_is_refused_and_so_is_a_newer_one(url: str) -> None:
    with pytest.raises(SchemaMismatch):
        PostgresReadModelStore(url, TABLES)
    migrate(url)
    with connected(url) as connection:
        connection.execute("COMMENT ON SCHEMA zroute_views IS 'read models of zroute_core, version 2'")
    with pytest.raises(SchemaMismatch):
        PostgresReadModelStore(url, TABLES)
    with pytest.raises(SchemaMismatch):
        migrate(url)


@pytest.mark.parametrize("wrong", ["postgresql://nobody:geheim@127.0.0.1:1/x", "nonsense geheim", "postgresql://%zz"])
def test_an_address_that_does_not_answer_is_not_told(wrong: str) -> None:
    with pytest.raises((StoreUnavailable, ConfigurationError)) as refused:
        PostgresReadModelStore(wrong, TABLES)
    assert "geheim" not in str(refused.value)
    assert refused.value.__context__ is None


@pytest.mark.parametrize("wrong", ["dbname=geheim", "port=70000", "port=geheim", "sslmode=require", "sslmode=geheim"])
def test_whatever_keeps_a_url_from_a_database_the_sentence_is_true(url: str, wrong: str) -> None:
    name, _, value = wrong.partition("=")
    told = "does not answer, has no such database, or does not let this user in"
    for use in (lambda url: PostgresReadModelStore(url, TABLES), migrate):
        with pytest.raises(StoreUnavailable, match=told) as refused:
            use(make_conninfo(url, **{name: value}))
        assert "geheim" not in str(refused.value)


@pytest.mark.parametrize("url", ["postgresql://geheim..nl/x", "postgresql://geheim\ud800/x"])
def test_a_name_that_no_host_can_have_is_no_url(url: str) -> None:
    for use in (lambda: PostgresReadModelStore(url, TABLES), lambda: migrate(url)):
        with pytest.raises(ConfigurationError, match="no URL") as refused:
            use()
        assert refused.value.__context__ is None


def test_who_may_not_use_the_read_models_is_told_so_and_not_that_they_are_not_there(url: str) -> None:
    migrate(url)
    with closing(PostgresReadModelStore(url, TABLES)) as store:
        built(store)
    name = f"one_{uuid4().hex}"
    with connected(url) as connection:
        connection.execute(SQL("CREATE ROLE {} LOGIN").format(Identifier(name)))
    with pytest.raises(ConfigurationError, match="zroute_projector or zroute_reader"):
        PostgresReadModelStore(make_conninfo(url, user=name), TABLES)


def test_the_same_story_makes_the_same_tables_in_every_store(url: str, tmp_path: Path) -> None:
    migrate(url)
    log = new_log()
    stores: list[ReadModelStore] = [
        views(),
        SqliteReadModelStore(tmp_path / "views.db", PROJECTED),
        PostgresReadModelStore(url, PROJECTED),
    ]
    for store in stores:
        rebuild(folding(log), store)
    opened(log, *PEOPLE)
    for number, who in enumerate((*PEOPLE, *PEOPLE)):
        tell(log, who, lesson(f"{number}", 10 + number))
    poison(log, BO)
    tell(log, ANNE, FactCorrected(DAY, log.read_stream(ANNE)[2].event_id, lesson("0", 100), "Longer."))
    for store in stores:
        Follower(folding(log), store, batch=4, pause=lambda _: None).catch_up()
    assert len({shadow(folding(log), store).digest for store in stores}) == 1
    for store in stores:
        assert shadow(folding(log), store).differences == ()
        assert minutes(store) == {ANNE: 100 + 13, CEM: 12 + 15}
        store.close()


def test_bi_reads_typed_columns_and_a_connection_that_breaks_in_a_batch_leaves_nothing_of_it(url: str) -> None:
    migrate(url)
    log, store = new_log(), PostgresReadModelStore(url, PROJECTED)
    opened(log, ANNE, BO)
    tell(log, ANNE, lesson("1", 90))
    rebuild(folding(log), store)
    types = asked(
        url,
        "SELECT column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = 'zroute_views' AND table_name = 'minutes' ORDER BY ordinal_position",
    )
    assert types == [
        ("participant", "uuid"),
        ("event_id", "uuid"),
        ("day", "date"),
        ("municipality", "text"),
        ("component", "text"),
        ("in_intake", "boolean"),
        ("category", "text"),
        ("provider", "text"),
        ("minutes", "bigint"),
        ("last_position", "bigint"),
    ]
    at, before = store.serving(), folds(store)
    assert at is not None

    def cut() -> Iterator[Fold]:
        """All other connections to this database are ended in the middle of the batch."""
        yield from before.values()
        asked(
            url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        yield Fold(BO, 9, 9, {})

    with pytest.raises(StoreUnavailable) as refused:
        store.write(at, 9, cut())
    assert refused.value.__context__ is None
    with pytest.raises(StoreUnavailable):
        store.serving()  # this connection was ended too; the next one is new
    assert (store.serving(), folds(store)) == (at, before)
    store.close()


@pytest.mark.parametrize("error", [ValueError, TypeError, KeyError])
def test_what_goes_wrong_while_the_rows_are_made_is_raised_as_it_is(url: str, error: type[Exception]) -> None:
    migrate(url)
    store = PostgresReadModelStore(url, TABLES)
    at = built(store, fold(ANNE, 1, 1, visit(ANNE)))
    before, left = folds(store), store.begin(10)

    def breaking() -> Iterator[Fold]:
        yield fold(BO, 1, 11, visit(BO))
        raise error("of who folds")

    for use in (lambda: store.write(at, 11, breaking()), lambda: store.fill(left.number, breaking())):
        with pytest.raises(error, match="of who folds"):
            use()
    assert (store.serving(), folds(store)) == (at, before)
    store.close()


def test_a_server_that_stands_still_is_given_up_in_time_and_nothing_is_half_written() -> None:
    with running() as server:
        migrate(server.url)
        log, store = new_log(), PostgresReadModelStore(f"{server.url}?connect_timeout=2", PROJECTED, deadline=30)
        opened(log, ANNE, BO)
        rebuild(folding(log), store)
        at, before = store.serving(), folds(store)
        assert at is not None
        more = [Fold(UUID(int=number), 1, 9, before[ANNE].rows) for number in range(1, 100)]
        store._deadline = 2  # until here, and after, it has all the time that a slow machine needs

        def freezing(stopped: ExitStack) -> Iterator[Fold]:
            yield from before.values()
            stopped.enter_context(server.frozen())
            yield from more

        with ExitStack() as stopped:
            begun = monotonic()
            with pytest.raises(StoreUnavailable) as refused:
                store.write(at, 9, freezing(stopped))
            assert refused.value.__context__ is None
            assert 2 <= monotonic() - begun < 6
            for use in (store.serving, store.page, lambda: store.parked(at.number), lambda: store.write(at, 9, [])):
                begun = monotonic()
                with pytest.raises(StoreUnavailable):
                    use()
                assert monotonic() - begun < 6
        store._deadline = 30
        assert (store.serving(), folds(store)) == (at, before)
        store.close()


def test_who_waits_for_a_lock_is_told_that_the_tables_are_busy(url: str) -> None:
    migrate(url)
    store = PostgresReadModelStore(url, TABLES, deadline=4)
    at = built(store)
    store._deadline = 60  # of which the connection knows nothing: the server gives a lock up as before, and it tells so
    with connected(url) as other, other.transaction():
        other.execute("SELECT FROM zroute_views.generations FOR UPDATE")
        with pytest.raises(StoreBusy):
            store.write(at, 11, [])
    assert store.write(at, 11, []).position == 11
    store.close()


def test_a_page_may_take_longer_than_the_deadline_while_the_server_goes_on(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    haste = Haste()
    for module in (postgres_deadline, postgres_tables_connection):
        monkeypatch.setattr(module, "monotonic", haste.now)

    class Slow(HeardConnection):
        """Each time that the server was heard, more than half of the patience with it passes at once."""

        def wait(self, gen: Generator[Any, Any, T], *args: Any, **kwargs: Any) -> T:
            return super().wait(self._slowly(gen), *args, **kwargs)

        def _slowly(self, gen: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
            try:
                wanted = next(gen)
                while True:
                    ready = yield wanted
                    haste.ahead += self.seconds * 0.6 if ready else 0
                    wanted = gen.send(ready)
            except StopIteration as end:
                answer: T = end.value
                return answer

    with closing(Slow.connect(url, autocommit=True)) as connection:
        connection.seconds = 60
        begun = haste.now()
        slowly = "SELECT repeat('x', 20000), pg_sleep(0.1) FROM generate_series(1, 10)"
        assert len(connection.execute(slowly).fetchall()) == 10
        assert haste.now() - begun > connection.seconds
        connection.seconds = 2
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT pg_sleep(30)")
        assert connection.closed


def test_a_reader_sees_the_views_only_and_a_projector_makes_the_next_ones(url: str, postgres_url: str) -> None:
    with connected(postgres_url) as connection:
        for role in ("zroute_projector", "zroute_reader"):
            there = connection.execute("SELECT rolname FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
            deed = SQL("ALTER ROLE {} LOGIN") if there else SQL("CREATE ROLE {} LOGIN")
            connection.execute(deed.format(Identifier(role)))
    migrate(url)
    log, owner = new_log(), PostgresReadModelStore(url, PROJECTED)
    opened(log, ANNE)
    rebuild(folding(log), owner)
    owner.close()
    reader, projector = make_conninfo(url, user="zroute_reader"), make_conninfo(url, user="zroute_projector")
    assert asked(reader, "SELECT position FROM zroute_views.state") == [(2,)]
    assert asked(reader, "SELECT count(*) FROM zroute_views.entries") == [(2,)]
    for forbidden in (
        "SELECT FROM zroute_views.entries__1",
        "DELETE FROM zroute_views.entries",
        "UPDATE zroute_views.generations SET position = 0",
    ):
        with pytest.raises(psycopg.Error):
            asked(reader, forbidden)
    store = PostgresReadModelStore(projector, PROJECTED)
    tell(log, ANNE, lesson("1"))
    Follower(folding(log), store).catch_up()
    rebuild(folding(log), store)
    store.close()
    assert asked(reader, "SELECT sum(minutes), max(last_position) FROM zroute_views.minutes") == [(60, 3)]


def test_a_report_that_is_open_while_the_tables_change_over_reads_on_and_delays_nobody_for_good(url: str) -> None:
    migrate(url)
    log, store = new_log(), PostgresReadModelStore(url, PROJECTED)
    opened(log, ANNE)
    rebuild(folding(log), store)
    with connected(url) as report, report.transaction():
        report.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        assert report.execute("SELECT count(*) FROM zroute_views.entries").fetchone() == (2,)
        tell(log, ANNE, lesson("1"))
        with pytest.raises(StoreBusy):
            rebuild(folding(log), store, patience=0)
        assert report.execute("SELECT count(*) FROM zroute_views.entries").fetchone() == (2,)
    assert rebuild(folding(log), store).position == 3
    assert asked(url, "SELECT count(*) FROM zroute_views.entries") == [(3,)]
    kept = asked(url, "SELECT relname::text FROM pg_class WHERE relname LIKE 'minutes\\_\\_%' AND relkind = 'r'")
    assert len(kept) == 1
    store.close()


@pytest.mark.parametrize("times", [1, 3])
def test_who_reads_while_the_tables_change_over_reads_those_that_serve(
    url: str, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """Others serve, and the tables before them are dropped, as soon as a reader knows which ones served."""
    migrate(url)
    reader, other = PostgresReadModelStore(url, TABLES), PostgresReadModelStore(url, TABLES)
    built(other, fold(ANNE, 1, 1, visit(ANNE)))
    found, left = postgres_tables._generation, list(range(times))

    def meanwhile(connection: psycopg.Connection, query: str, *values: object) -> Generation | None:
        generation = found(connection, query, *values)
        if left and query == SERVING and reader._connections.get(False) is connection:
            position = 20 - left.pop()
            built(other, fold(ANNE, 1, 1, visit(ANNE)), fold(BO, 1, 2, visit(BO)), position=position)
        return generation

    monkeypatch.setattr(postgres_tables, "_generation", meanwhile)
    page = reader.page()
    assert (page.position, [one.participant for one in page.folds]) == (20, [ANNE, BO])
    reader.close()
    other.close()


def test_tables_that_were_dropped_while_they_serve_are_said_to_be_gone(url: str) -> None:
    migrate(url)
    store = PostgresReadModelStore(url, TABLES)
    built(store)
    with connected(url) as connection:
        connection.execute("DROP TABLE zroute_views.folds__1 CASCADE")
    with pytest.raises(SchemaMismatch, match="not there"):
        store.page()
    store.close()
