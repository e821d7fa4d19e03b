"""What is asked of a PostgreSQL server before it is trusted with a log: whether it is ours, durable, and guarded."""

from __future__ import annotations

import re
from typing import Any

import psycopg

from zroute_core.adapters.postgres_deadline import Connections, DeadlineConnection, gone, translated
from zroute_core.adapters.postgres_schema import STEPS, VERSION, version_of
from zroute_core.errors import (
    ConfigurationError,
    InsecureConfiguration,
    SchemaMismatch,
    SequenceGap,
    ZRouteError,
)

STANDBY = "SELECT pg_is_in_recovery()"

USABLE = """
SELECT to_regnamespace('zroute') IS NULL OR has_schema_privilege(to_regnamespace('zroute')::oid, 'USAGE')"""

DURABLE = """
SELECT current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on'
    AND current_setting('synchronous_commit') IN ('on', 'remote_apply')"""

READABLE = "SELECT has_table_privilege('zroute.events', 'SELECT')"

WRITABLE = """
SELECT bool_and(has_function_privilege(oid, 'EXECUTE'))
FROM pg_proc WHERE pronamespace = 'zroute'::regnamespace AND proname = 'append'"""

# Who logged in, and who it became since: a superuser in the clothes of a writer can take them off.
CHANGEABLE = """
SELECT bool_or(rolsuper OR pg_has_role(pg_roles.oid, relowner, 'MEMBER')
    OR has_table_privilege(pg_roles.oid, pg_class.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER')
    OR has_any_column_privilege(pg_roles.oid, pg_class.oid, 'INSERT, UPDATE'))
FROM pg_class CROSS JOIN pg_roles
WHERE pg_class.oid IN ('zroute.events'::regclass, 'zroute.streams'::regclass, 'zroute.log_head'::regclass)
    AND rolname IN (session_user, current_user)"""

FIRING = "SELECT current_setting('session_replication_role') = 'origin'"

ENABLED = """
SELECT coalesce(array_agg(tgname::text), '{}') FROM pg_trigger
WHERE tgenabled IN ('O', 'A') AND tgfoid = 'zroute.refuse()'::regprocedure
    AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'zroute'::regnamespace)"""

BODIES = """
SELECT coalesce(json_object_agg(proname, prosrc), '{}') FROM pg_proc WHERE pronamespace = 'zroute'::regnamespace"""

CONSTRAINTS = """
SELECT count(*) FROM pg_constraint WHERE connamespace = 'zroute'::regnamespace AND contype IN ('p', 'u', 'c')"""

MADE = "\n".join(step.sql for step in STEPS)
TRIGGERS_MADE = frozenset(re.findall(r"CREATE TRIGGER (\w+)", MADE))
BODIES_MADE = dict(re.findall(r"CREATE (?:OR REPLACE )?FUNCTION zroute\.(\w+)\([^$]*AS \$\$(.*?)\$\$", MADE, re.DOTALL))
CONSTRAINTS_MADE = len(re.findall(r"\b(?:PRIMARY KEY|UNIQUE|CHECK)\b", MADE))
"""What the steps of the schema make: read out of them, so that there is no second list."""

WHOLE = """
SELECT (SELECT size FROM zroute.log_head) = coalesce((SELECT max(position) FROM zroute.events), 0)"""


def checked(connections: Connections, *, read_only: bool, allow_insecure: bool) -> bool:
    """Whether this server is only read: it only follows another one, or was asked for reading.

    Raises StoreUnavailable, SchemaMismatch, ConfigurationError, InsecureConfiguration unless that is allowed.
    """
    connection = connections.single()
    failure: ZRouteError
    try:
        return _checked(connection, read_only, allow_insecure)
    except ZRouteError as error:
        failure = error
    except psycopg.Error as error:
        failure = gone() if connection.closed else translated(error)
    finally:
        connection.close()
    raise failure


def _checked(connection: DeadlineConnection, read_only: bool, allow_insecure: bool) -> bool:
    if not _says(connection, USABLE):
        raise _not_a_member()
    if version_of(connection) < VERSION:
        raise SchemaMismatch(
            "the tables of the log are not there, or older than this library: run zroute migrate", field="url"
        )
    if not _says(connection, READABLE):
        raise _not_a_member()
    read_only = read_only or bool(_says(connection, STANDBY))
    if not read_only and not _says(connection, WRITABLE):
        raise ConfigurationError(
            "this user may read the log and not write: log in as a member of zroute_writer, or open it for reading",
            field="url",
        )
    if not read_only and not allow_insecure:
        _safe(connection)
    if not _says(connection, WHOLE):
        raise SequenceGap("the log does not end where its head says: entries are missing, or were put in past it")
    return read_only


def _safe(connection: DeadlineConnection) -> None:
    if _says(connection, CHANGEABLE):
        raise InsecureConfiguration(
            "this user is a superuser or the owner of the log, or has rights on its tables, and could change what was"
            " written: log in as a member of zroute_writer, or allow it with allow_insecure",
            field="url",
        )
    if not _guarded(connection):
        raise InsecureConfiguration(
            "triggers, functions or constraints that guard the log are switched off, missing, or not those that zroute"
            " migrate made: have them put back, or allow it with allow_insecure",
            field="url",
        )
    if not _says(connection, DURABLE):
        raise InsecureConfiguration(
            "this server acknowledges what a power failure may lose: have fsync and full_page_writes switched on, or"
            " allow it with allow_insecure",
            field="url",
        )


def _guarded(connection: DeadlineConnection) -> bool:
    """What guards the log stands there and is in force, as far as names, functions and numbers tell."""
    bodies = _says(connection, BODIES)
    return (
        bool(_says(connection, FIRING))
        and set(_says(connection, ENABLED)) >= TRIGGERS_MADE
        and all(bodies.get(name) == body for name, body in BODIES_MADE.items())
        and _says(connection, CONSTRAINTS) >= CONSTRAINTS_MADE
    )


def _says(connection: DeadlineConnection, query: str) -> Any:
    row = connection.execute(query.encode()).fetchone()
    return None if row is None else row[0]


def _not_a_member() -> ConfigurationError:
    return ConfigurationError(
        "this user may not read the log: log in as a member of zroute_writer or zroute_projector", field="url"
    )
