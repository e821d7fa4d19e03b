"""Who may do what to a log on a PostgreSQL server, how its tables come to be, and who is let in."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import errors
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from tests.adapters.databases import Database, database
from tests.postgres_server import running
from zroute_core.adapters.postgres import PostgresEventStore
from zroute_core.adapters.postgres_schema import STEPS, VERSION, migrate, plan
from zroute_core.errors import (
    ConfigurationError,
    InsecureConfiguration,
    NotAStore,
    ReadOnlyStore,
    SchemaMismatch,
    SequenceGap,
    StoreUnavailable,
    ZRouteError,
)
from zroute_core.kernel.log import Batch
from zroute_core.testing.clock import TickingClock
from zroute_core.testing.store_contract import context, fact

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def log(postgres_url: str) -> Database:
    return database(postgres_url)


@pytest.fixture
def entries(log: Database) -> Database:
    """A log with two entries in one stream."""
    log.emptied()
    with closing(PostgresEventStore(log.url, TickingClock())) as store:
        store.append([Batch(uuid4(), 0, (fact("1"), fact("2")))], context())
    return log


@contextmanager
def connected(url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def empty(server: str, more: str = "") -> str:
    """The URL of a new database without the tables, as a superuser."""
    name = f"empty_{uuid4().hex}"
    with connected(server) as connection:
        connection.execute(SQL("CREATE DATABASE {} " + more).format(Identifier(name)))
    return server.rpartition("/")[0] + f"/{name}"


def somebody(log: Database, role: str | None) -> str:
    """The URL of the log as somebody new, a member of this role or of none."""
    name = f"one_{uuid4().hex}"
    with connected(log.owner) as connection:
        connection.execute(SQL("CREATE ROLE {} LOGIN").format(Identifier(name)))
        if role is not None:
            connection.execute(SQL("GRANT {} TO {}").format(Identifier(role), Identifier(name)))
    return log.owner.replace("postgres@", f"{name}@")


def told(error: BaseException | None) -> str:
    """Everything a log could show of an error."""
    text = ""
    while error is not None:
        text += f"{error!s} {error!r} {error.args}"
        error = error.__context__ or error.__cause__
    return text


# ── making the tables ────────────────────────────────────────────────────────────────────────────────────────


def test_a_plan_says_what_a_migration_would_do_and_does_nothing(postgres_url: str) -> None:
    url = empty(postgres_url)
    assert plan(url) == plan(url) == STEPS
    assert migrate(url) == STEPS
    assert plan(url) == migrate(url) == ()
    with connected(url) as connection:
        found = connection.execute("SELECT version, title, applied_at IS NOT NULL FROM zroute.migrations").fetchall()
    assert found == [(step.version, step.title, True) for step in STEPS]


def test_eight_migrations_at_once_are_one(postgres_url: str) -> None:
    url = empty(postgres_url)
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(migrate, [url] * 8))
    assert sorted(map(len, done)) == [0] * 7 + [len(STEPS)]


def test_tables_of_a_newer_library_are_left_alone(postgres_url: str) -> None:
    url = empty(postgres_url)
    migrate(url)
    with connected(url) as connection:
        connection.execute("INSERT INTO zroute.migrations VALUES (%s, 'from the future')", (VERSION + 1,))
    for use in (plan, migrate, lambda url: PostgresEventStore(url, allow_insecure=True)):
        with pytest.raises(SchemaMismatch, match="newer"):
            use(url)


def test_tables_of_another_program_are_left_alone(postgres_url: str) -> None:
    url = empty(postgres_url)
    with connected(url) as connection:
        connection.execute("CREATE SCHEMA zroute; CREATE TABLE zroute.events (what text)")
    with pytest.raises(NotAStore):
        migrate(url)
    with connected(url) as connection:
        assert connection.execute("SELECT to_regclass('zroute.log_head')").fetchone() == (None,)


def test_who_may_make_no_tables_is_told_so_and_makes_none(log: Database, postgres_url: str) -> None:
    name = somebody(log, None).partition("//")[2].partition("@")[0]
    url = empty(postgres_url)
    with pytest.raises(ConfigurationError, match="owner of the database") as refused:
        migrate(url.replace("postgres@", f"{name}@"))
    assert name not in told(refused.value)
    assert plan(url) == STEPS


def test_an_owner_who_is_no_superuser_makes_the_tables_when_the_roles_are_there(
    log: Database, postgres_url: str
) -> None:
    name = somebody(log, None).partition("//")[2].partition("@")[0]
    url = empty(postgres_url, f"OWNER {name}").replace("postgres@", f"{name}@")
    assert migrate(url) == STEPS
    with pytest.raises(InsecureConfiguration):
        PostgresEventStore(url)
    with closing(PostgresEventStore(url, TickingClock(), allow_insecure=True)) as store:
        assert len(store.append([Batch(uuid4(), 0, (fact(),))], context())) == 1


def test_a_log_needs_an_encoding_that_holds_every_name(postgres_url: str) -> None:
    url = empty(postgres_url, "ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    with pytest.raises(ConfigurationError, match="UTF8"):
        migrate(url)


def test_no_server_is_said_without_the_address() -> None:
    for use in (plan, migrate, PostgresEventStore):
        with pytest.raises(StoreUnavailable) as refused:
            use("postgresql://who:secret@127.0.0.1:1/log")
        assert "secret" not in told(refused.value)
        assert "127.0.0.1" not in told(refused.value)


@pytest.mark.parametrize("wrong", ["dbname=secret", "port=70000", "port=secret", "sslmode=require", "sslmode=secret"])
def test_whatever_keeps_a_url_from_a_database_the_sentence_is_true(log: Database, wrong: str) -> None:
    name, _, value = wrong.partition("=")
    told_of = "does not answer, has no such database, or does not let this user in"
    for use in (plan, migrate, PostgresEventStore):
        with pytest.raises(StoreUnavailable, match=told_of) as refused:
            use(make_conninfo(log.url, **{name: value}))
        assert "secret" not in told(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://[::1/nonsense",
        "postgresql://127.0.0.1/log?nonsense=secret",
        "postgresql://nonsense..nl/log",
        "postgresql://nonsense\ud800/log",
    ],
)
def test_what_is_no_url_is_said_without_it(url: str) -> None:
    for use in (plan, migrate, PostgresEventStore):
        with pytest.raises(ConfigurationError) as refused:
            use(url)
        assert "nonsense" not in told(refused.value)


# ── rights and guards ────────────────────────────────────────────────────────────────────────────────────────

CHANGES = [
    "UPDATE zroute.events SET payload = ''",
    "UPDATE zroute.events SET payload = '' WHERE false",
    "DELETE FROM zroute.events",
    "TRUNCATE zroute.events",
    "TRUNCATE zroute.events CASCADE",
    "UPDATE zroute.log_head SET size = size + 1",
    "UPDATE zroute.log_head SET size = 0, frontier = ''",
    "DELETE FROM zroute.log_head",
    "TRUNCATE zroute.log_head",
]

PAST_THE_DOOR = """
INSERT INTO zroute.events (position, stream, version, event_id, tag, schema_version, recorded_at, actor, purpose,
    command_id, correlation_id, payload, leaf)
SELECT position + %s, stream, version + %s, gen_random_uuid(), tag, schema_version, recorded_at, actor, purpose,
    command_id, correlation_id, payload, leaf
FROM zroute.events ORDER BY position DESC LIMIT 1"""


@pytest.mark.parametrize(
    "change",
    [
        *CHANGES,
        "DROP TABLE zroute.events CASCADE",
        "DROP TRIGGER events_never_change ON zroute.events",
        "ALTER TABLE zroute.events DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "UPDATE zroute.tracking SET position = 0",
        "INSERT INTO zroute.migrations VALUES (99, 'mine')",
        "CREATE TABLE zroute.mine ()",
        "SELECT zroute.followed_by(0, '', ARRAY[]::zroute.entry[])",
    ],
)
def test_who_writes_may_not_change_what_was_written(entries: Database, change: str) -> None:
    with connected(entries.url) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute(change.encode())


@pytest.mark.parametrize("change", CHANGES)
def test_not_even_a_superuser_changes_it_by_accident(entries: Database, change: str) -> None:
    with connected(entries.owner) as connection, pytest.raises(psycopg.Error) as refused:
        connection.execute(change.encode())
    assert refused.value.sqlstate == "ZR001"


@pytest.mark.parametrize(("positions", "versions"), [(1, 1), (2, 1), (1, 2), (1, 0)])
def test_nothing_is_put_in_past_the_function(entries: Database, positions: int, versions: int) -> None:
    with connected(entries.url) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute(PAST_THE_DOOR, (positions, versions))
    with connected(entries.owner) as connection, pytest.raises(psycopg.Error) as refused:
        connection.execute(PAST_THE_DOOR, (positions, versions))
    assert refused.value.sqlstate == "ZR001"


THROUGH_THE_DOOR = """
SELECT zroute.append(array_agg(ROW(
    stream, version + further, gen_random_uuid(), tag, schema_version, recorded_at, actor, purpose, command_id,
    correlation_id, causation_id, key_id, key_commitment, payload, leaf
)::zroute.entry), 1000)
FROM (SELECT * FROM zroute.events ORDER BY position DESC LIMIT 1) AS last, unnest(%s::bigint[]) AS further"""


@pytest.mark.parametrize("further", [[2], [1, 3], [1, 2, 4], [2, 1], [2, 1, 3]], ids=str)
def test_versions_come_one_by_one_through_the_door(entries: Database, further: list[int]) -> None:
    with connected(entries.url) as connection:
        with pytest.raises(psycopg.Error) as refused:
            connection.execute(THROUGH_THE_DOOR, (further,))
        assert (refused.value.sqlstate, refused.value.diag.constraint_name) == ("ZR004", "events_version_follows")
        for again in ([0], [1, 1]):
            with pytest.raises(errors.UniqueViolation):
                connection.execute(THROUGH_THE_DOOR, (again,))
        connection.execute(THROUGH_THE_DOOR, ([1, 2],))


def test_no_version_comes_twice_even_for_the_owner(entries: Database) -> None:
    with connected(entries.owner) as connection:
        connection.execute("SET zroute.door = 'append'")
        with pytest.raises(errors.UniqueViolation):
            connection.execute(PAST_THE_DOOR, (1, 0))


def test_the_door_is_closed_behind_whoever_went_through(entries: Database) -> None:
    with connected(entries.owner) as connection, connection.transaction():
        connection.execute("SELECT zroute.append(ARRAY[]::zroute.entry[], 1000)")
        with pytest.raises(psycopg.Error) as refused, connection.transaction():
            connection.execute(PAST_THE_DOOR, (1, 1))
        assert refused.value.sqlstate == "ZR001"


def test_an_entry_that_was_put_in_past_the_library_is_seen_when_the_log_is_opened(entries: Database) -> None:
    with connected(entries.owner) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(PAST_THE_DOOR, (1, 1))
    with pytest.raises(SequenceGap):
        PostgresEventStore(entries.url)


def test_an_auditor_sees_the_envelopes_and_no_payload(entries: Database) -> None:
    with connected(somebody(entries, "zroute_auditor")) as connection:
        found = connection.execute("SELECT position, version, tag, actor FROM zroute.events").fetchall()
        assert found == [(1, 1, "lesson-attended", "teacher-7"), (2, 2, "lesson-attended", "teacher-7")]
        assert connection.execute("SELECT size FROM zroute.log_head").fetchone() == (2,)
        for query in ("SELECT payload FROM zroute.events", "SELECT * FROM zroute.events"):
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(query.encode())


@pytest.mark.parametrize("role", ["zroute_reader", None])
def test_a_reader_of_the_views_sees_nothing_of_the_log(entries: Database, role: str | None) -> None:
    with connected(somebody(entries, role)) as connection:
        for query in ("SELECT 1 FROM zroute.events", "SELECT 1 FROM zroute.log_head", "SELECT zroute.append(NULL, 1)"):
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(query.encode())


def test_who_projects_reads_all_and_writes_nothing(entries: Database) -> None:
    url = somebody(entries, "zroute_projector")
    with pytest.raises(ConfigurationError, match="zroute_writer"):
        PostgresEventStore(url)
    with closing(PostgresEventStore(url, read_only=True)) as store:
        assert len(store.read_all()) == 2
        with pytest.raises(ReadOnlyStore):
            store.append([Batch(uuid4(), 0, (fact(),))], context())
    with connected(url) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute("SELECT zroute.append(NULL, 1)")


# ── opening ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_log_without_tables_is_not_opened(postgres_url: str) -> None:
    for read_only in (False, True):
        with pytest.raises(SchemaMismatch, match="zroute migrate"):
            PostgresEventStore(empty(postgres_url), read_only=read_only)


@pytest.mark.parametrize("role", ["zroute_reader", "zroute_auditor", None])
def test_who_may_not_read_the_log_is_told_so(log: Database, role: str | None) -> None:
    with pytest.raises(ConfigurationError, match="zroute_writer"):
        PostgresEventStore(somebody(log, role), read_only=True)


def test_who_could_change_the_log_is_refused_unless_that_is_allowed(log: Database) -> None:
    with pytest.raises(InsecureConfiguration, match="zroute_writer"):
        PostgresEventStore(log.owner)
    PostgresEventStore(log.owner, allow_insecure=True).close()
    PostgresEventStore(log.owner, read_only=True).close()


def test_a_superuser_in_the_clothes_of_a_writer_is_refused(log: Database) -> None:
    with pytest.raises(InsecureConfiguration):
        PostgresEventStore(f"{log.owner}?options=-c%20role%3Dzroute_writer")


@pytest.mark.parametrize(
    "right",
    [
        "UPDATE ON zroute.events",
        "UPDATE (payload) ON zroute.events",
        "DELETE ON zroute.events",
        "TRUNCATE ON zroute.events",
        "INSERT ON zroute.events",
        "UPDATE ON zroute.log_head",
    ],
)
def test_one_right_too_many_is_refused(log: Database, right: str) -> None:
    url = somebody(log, "zroute_writer")
    PostgresEventStore(url).close()
    name = url.partition("//")[2].partition("@")[0]
    with connected(log.owner) as connection:
        connection.execute(f"GRANT {right} TO {name}".encode())
    with pytest.raises(InsecureConfiguration):
        PostgresEventStore(url)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE zroute.events DISABLE TRIGGER events_never_change",
        "DROP TRIGGER events_never_change ON zroute.events",
        "DROP TRIGGER the_head_never_goes ON zroute.log_head",
        "ALTER TABLE zroute.events DROP CONSTRAINT events_version_once",
        "ALTER TABLE zroute.events DROP CONSTRAINT events_event_id_key",
        "ALTER TABLE zroute.events DROP CONSTRAINT events_leaf_check",
        "CREATE OR REPLACE FUNCTION zroute.refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    ],
)
def test_a_guard_that_is_switched_off_or_gone_is_seen(postgres_url: str, change: str) -> None:
    log = database(postgres_url)
    PostgresEventStore(log.url).close()
    with connected(log.owner) as connection:
        connection.execute(change.encode())
    with pytest.raises(InsecureConfiguration, match="triggers, functions or constraints"):
        PostgresEventStore(log.url)
    PostgresEventStore(log.url, allow_insecure=True).close()


def test_a_server_that_may_lose_what_it_acknowledged_is_refused() -> None:
    with running() as server:
        server.stop()
        server.start("fsync=off")
        log = database(server.url)
        with pytest.raises(InsecureConfiguration, match="fsync"):
            PostgresEventStore(log.url)
        PostgresEventStore(log.url, allow_insecure=True).close()


def test_a_commit_is_waited_for_whatever_the_settings_of_the_user(log: Database) -> None:
    url = f"{somebody(log, 'zroute_writer')}?options=-c%20synchronous_commit%3Doff"
    shown = []
    for allow_insecure in (False, True):
        with closing(PostgresEventStore(url, allow_insecure=allow_insecure)) as store:
            connection = store._connections.single()
            shown.append(connection.execute("SHOW synchronous_commit").fetchone())
            connection.close()
    assert shown == [("on",), ("off",)]


def test_an_error_is_one_of_ours_and_knows_its_field(log: Database) -> None:
    with pytest.raises(ZRouteError) as refused:
        PostgresEventStore(log.owner)
    assert (refused.value.field, refused.value.code) == ("url", "insecure-configuration")
