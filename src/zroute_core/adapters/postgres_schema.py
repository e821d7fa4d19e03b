"""The tables of the log in PostgreSQL, version by version, and the step that brings a database up to them.

Everything stands in the schema `zroute`. Whoever writes owns nothing and may insert nothing: one function is the only
door, and what it does is all that can happen to a log. Triggers stop accidents of those who could go past it, owners
and superusers; against their intent stand the leaves and their root.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import psycopg
from psycopg import errors

from zroute_core.adapters.migrations import Step
from zroute_core.adapters.postgres_deadline import Connections
from zroute_core.errors import (
    ConfigurationError,
    NotAStore,
    SchemaMismatch,
    StoreBusy,
    StoreError,
    StoreUnavailable,
    ZRouteError,
)

T = TypeVar("T")

ROLES = """
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['zroute_writer', 'zroute_projector', 'zroute_auditor', 'zroute_reader'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;  -- made meanwhile, for another database of this server
            END;
        END IF;
    END LOOP;
END $$;
"""
"""Groups without a login; a login is made a member of one. They belong to the server, not to this database."""

TABLES = """
CREATE SCHEMA IF NOT EXISTS zroute;

CREATE TABLE zroute.migrations (
    version integer PRIMARY KEY,
    title text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE zroute.events (
    position bigint PRIMARY KEY CHECK (position > 0),
    stream uuid NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    event_id uuid NOT NULL UNIQUE,
    tag text NOT NULL,
    schema_version integer NOT NULL,
    recorded_at timestamptz NOT NULL,
    actor text NOT NULL,
    purpose text NOT NULL,
    command_id uuid NOT NULL,
    correlation_id uuid NOT NULL,
    causation_id uuid,
    key_id text,
    key_commitment bytea,
    payload bytea NOT NULL,
    leaf bytea NOT NULL CHECK (octet_length(leaf) = 32),
    CONSTRAINT events_version_once UNIQUE (stream, version)
);

-- The version each stream stands at: a history that lost its end behind our back is seen when it is read.
CREATE TABLE zroute.streams (
    stream uuid PRIMARY KEY,
    version bigint NOT NULL
);

-- How many entries there are, and the roots of the full subtrees of their Merkle tree, the largest first.
CREATE TABLE zroute.log_head (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    size bigint NOT NULL,
    frontier bytea NOT NULL
);

INSERT INTO zroute.log_head (size, frontier) VALUES (0, '');

-- How far the followers of the eventsourcing library have come.
CREATE TABLE zroute.tracking (
    name text PRIMARY KEY,
    position bigint NOT NULL
);
"""

GUARDS = """
CREATE FUNCTION zroute.refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the log only grows, and only through zroute.append' USING ERRCODE = 'ZR001';
END $$;

CREATE TRIGGER events_come_through_the_door BEFORE INSERT ON zroute.events
    FOR EACH STATEMENT WHEN (current_setting('zroute.door', true) IS DISTINCT FROM 'append')
    EXECUTE FUNCTION zroute.refuse();

CREATE TRIGGER events_never_change BEFORE UPDATE OR DELETE OR TRUNCATE ON zroute.events
    FOR EACH STATEMENT EXECUTE FUNCTION zroute.refuse();

CREATE TRIGGER streams_only_grow BEFORE INSERT OR UPDATE ON zroute.streams
    FOR EACH STATEMENT WHEN (current_setting('zroute.door', true) IS DISTINCT FROM 'append')
    EXECUTE FUNCTION zroute.refuse();

CREATE TRIGGER streams_never_go BEFORE DELETE OR TRUNCATE ON zroute.streams
    FOR EACH STATEMENT EXECUTE FUNCTION zroute.refuse();

CREATE TRIGGER the_head_only_grows BEFORE UPDATE ON zroute.log_head
    FOR EACH ROW WHEN (NEW.size <= OLD.size OR current_setting('zroute.door', true) IS DISTINCT FROM 'append')
    EXECUTE FUNCTION zroute.refuse();

CREATE TRIGGER the_head_never_goes BEFORE DELETE OR TRUNCATE ON zroute.log_head
    FOR EACH STATEMENT EXECUTE FUNCTION zroute.refuse();
"""

DOOR = r"""
CREATE TYPE zroute.entry AS (
    stream uuid,
    version bigint,
    event_id uuid,
    tag text,
    schema_version integer,
    recorded_at timestamptz,
    actor text,
    purpose text,
    command_id uuid,
    correlation_id uuid,
    causation_id uuid,
    key_id text,
    key_commitment bytea,
    payload bytea,
    leaf bytea
);

-- The frontier of a tree of this size after these leaves: what Frontier.followed_by does.
CREATE FUNCTION zroute.followed_by(size bigint, frontier bytea, entries zroute.entry[]) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    entry zroute.entry;
    hash bytea;
    ended bigint;
    width integer := octet_length(frontier);
BEGIN
    FOREACH entry IN ARRAY entries LOOP
        hash := entry.leaf;
        ended := size;
        WHILE ended & 1 = 1 LOOP
            width := width - 32;
            hash := sha256('\x01'::bytea || substr(frontier, width + 1) || hash);
            frontier := substr(frontier, 1, width);
            ended := ended >> 1;
        END LOOP;
        frontier := frontier || hash;
        width := width + 32;
        size := size + 1;
    END LOOP;
    RETURN frontier;
END $$;

-- Adds entries to the log, all or none, and returns the position of the last. One writer at a time: the others wait
-- for at most lock_milliseconds. `standing` is where the log must stand before, when it is given; a follower that is
-- named goes to `follower_position`, which must be further than before.
CREATE FUNCTION zroute.append(
    entries zroute.entry[],
    lock_milliseconds integer,
    standing bigint DEFAULT NULL,
    follower text DEFAULT NULL,
    follower_position bigint DEFAULT NULL
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    many integer := cardinality(entries);
    last bigint;
    door text;
BEGIN
    PERFORM set_config('lock_timeout', lock_milliseconds::text, true),
        pg_advisory_xact_lock('zroute.log_head'::regclass::oid::bigint),
        pg_notify('zroute', ''), set_config('zroute.door', 'append', true);
    IF many > 0 THEN
        UPDATE zroute.log_head SET size = size + many, frontier = zroute.followed_by(size, frontier, entries)
        RETURNING size INTO last;
    ELSE
        SELECT size INTO last FROM zroute.log_head;
    END IF;
    IF standing <> last - many THEN
        RAISE EXCEPTION 'the log stands elsewhere' USING ERRCODE = 'ZR002';
    END IF;
    INSERT INTO zroute.events (
        position, stream, version, event_id, tag, schema_version, recorded_at, actor, purpose, command_id,
        correlation_id, causation_id, key_id, key_commitment, payload, leaf
    )
    SELECT last - many + number, stream, version, event_id, tag, schema_version, recorded_at, actor, purpose,
        command_id, correlation_id, causation_id, key_id, key_commitment, payload, leaf
    FROM unnest(entries) WITH ORDINALITY AS given (
        stream, version, event_id, tag, schema_version, recorded_at, actor, purpose, command_id, correlation_id,
        causation_id, key_id, key_commitment, payload, leaf, number
    );
    IF EXISTS (
        SELECT FROM (
            SELECT stream, version, row_number() OVER (PARTITION BY stream ORDER BY position) AS nth
            FROM zroute.events WHERE position > last - many
        ) AS given LEFT JOIN zroute.streams AS standing USING (stream)
        WHERE given.version <> coalesce(standing.version, 0) + given.nth
    ) THEN
        RAISE EXCEPTION 'a version does not follow the one before'
            USING ERRCODE = 'ZR004', CONSTRAINT = 'events_version_follows';
    END IF;
    INSERT INTO zroute.streams
    SELECT stream, max(version) FROM unnest(entries) GROUP BY stream
    ON CONFLICT (stream) DO UPDATE SET version = excluded.version;
    IF follower IS NOT NULL THEN
        INSERT INTO zroute.tracking AS known VALUES (follower, follower_position)
        ON CONFLICT (name) DO UPDATE SET position = excluded.position WHERE excluded.position > known.position;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'a follower goes forward only' USING ERRCODE = 'ZR003';
        END IF;
    END IF;
    door := set_config('zroute.door', '', true);
    RETURN last;
END $$;
"""

RIGHTS = """
REVOKE ALL ON FUNCTION zroute.append, zroute.followed_by, zroute.refuse FROM PUBLIC;
GRANT USAGE ON SCHEMA zroute TO zroute_writer, zroute_projector, zroute_auditor;
GRANT EXECUTE ON FUNCTION zroute.append TO zroute_writer;
GRANT SELECT ON zroute.events, zroute.streams, zroute.log_head, zroute.tracking, zroute.migrations
    TO zroute_writer, zroute_projector;
GRANT SELECT ON zroute.streams, zroute.log_head, zroute.migrations TO zroute_auditor;
GRANT SELECT (
    position, stream, version, event_id, tag, schema_version, recorded_at, actor, purpose, command_id, correlation_id,
    causation_id, key_id, key_commitment, leaf
) ON zroute.events TO zroute_auditor;
"""

STEPS: tuple[Step, ...] = (
    Step(1, "the log: roles, tables, guards, the door", ROLES + TABLES + GUARDS + DOOR + RIGHTS),
)
"""A released step never changes; what is new is one more."""

VERSION = STEPS[-1].version

LOCK = 0x5A524F55
"""The advisory lock under which one migrates while the others wait."""

LOCK_SECONDS = 60.0

ENCODING = "SELECT current_setting('server_encoding')"
MIGRATED = """
SELECT EXISTS (SELECT FROM pg_class WHERE relname = 'migrations' AND relnamespace = to_regnamespace('zroute'))"""
STANDS_AT = "SELECT coalesce(max(version), 0) FROM zroute.migrations"
DONE = "INSERT INTO zroute.migrations (version, title) VALUES (%s, %s)"


def plan(url: str) -> tuple[Step, ...]:
    """What `migrate` would do to this database. Raises as `migrate`."""
    return _connected(url, lambda connection: STEPS[version_of(connection) :])


def migrate(url: str) -> tuple[Step, ...]:
    """Bring the tables up to this version, in one transaction; the steps that were done.

    May be started many times at once: one does it, the others wait and find it done. The roles are made when they are
    not there, and this user may. Raises ConfigurationError when this user may not, or the database cannot hold a log;
    SchemaMismatch when a newer library made the tables, NotAStore when others stand there, StoreUnavailable.
    """
    return _connected(url, _migrate)


def version_of(connection: psycopg.Connection[Any]) -> int:
    """The version of the tables; 0 when there are none. Raises SchemaMismatch for a newer one."""
    if not _asked(connection, MIGRATED):
        return 0
    version = int(_asked(connection, STANDS_AT))
    if version > VERSION:
        raise SchemaMismatch(
            "a newer version of this library made the tables of this store: bring the library up to it", field="url"
        )
    return version


def _migrate(connection: psycopg.Connection[Any]) -> tuple[Step, ...]:
    if _asked(connection, ENCODING) != "UTF8":
        raise ConfigurationError("the log needs a database with the encoding UTF8", field="url")
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        steps = STEPS[version_of(connection) :]
        for step in steps:
            connection.execute(step.sql.encode())
            connection.execute(DONE, (step.version, step.title))
    return steps


def _asked(connection: psycopg.Connection[Any], query: str) -> Any:
    row = connection.execute(query.encode()).fetchone()
    return None if row is None else row[0]


def _connected(url: str, work: Callable[[psycopg.Connection[Any]], T]) -> T:
    """Foreign exceptions stop here, and what they hold of the URL and the tables with them."""
    connections = Connections(url, deadline=LOCK_SECONDS, size=1, read_only=False, durable=True)
    connection = connections.single(seconds=LOCK_SECONDS)
    failure: ZRouteError
    try:
        return work(connection)
    except ZRouteError as error:
        failure = error
    except errors.InsufficientPrivilege:
        failure = ConfigurationError(
            "this user may not make the tables or the roles: run zroute migrate as the owner of the database, who may"
            " create roles, or let an administrator create zroute_writer, zroute_projector, zroute_auditor and"
            " zroute_reader first",
            field="url",
        )
    except (errors.DuplicateTable, errors.DuplicateFunction, errors.DuplicateObject, errors.UndefinedColumn):
        failure = NotAStore("tables of another program stand in the schema zroute", field="url")
    except errors.QueryCanceled:
        failure = StoreBusy("somebody else is migrating this database, or uses its tables: try again")
    except errors.ReadOnlySqlTransaction:
        failure = ConfigurationError("this server only follows another one: migrate that one", field="url")
    except psycopg.OperationalError:
        failure = StoreUnavailable("the PostgreSQL server stopped answering: run zroute migrate again", field="url")
    except psycopg.Error:
        failure = StoreError("the tables could not be made; nothing was changed")
    finally:
        connection.close()
    raise failure
