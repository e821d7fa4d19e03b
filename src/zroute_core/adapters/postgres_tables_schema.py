"""The schema of the tables that follow the log on a PostgreSQL server, step by step, and the rights of its roles.

Made once and before anybody starts. The tables of a generation are made by whoever follows the log. Needs the extra
`postgres`.
"""

from __future__ import annotations

from contextlib import closing
from typing import LiteralString

from psycopg import Connection

from zroute_core.adapters.migrations import Step
from zroute_core.adapters.postgres_tables_connection import DEADLINE, LONGER, asked, connected, guarded
from zroute_core.errors import SchemaMismatch

SCHEMA = "zroute_views"
PROJECTOR, READER = "zroute_projector", "zroute_reader"

VERSION = 1
"""Of the schema that `migrate` makes; it stands as the comment of the schema."""

ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('zroute_views'))"

EXISTS = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)"
SETTLED = "SELECT obj_description(to_regnamespace('zroute_views'), 'pg_namespace')"
MAKE = """
CREATE SCHEMA IF NOT EXISTS zroute_views;

CREATE TABLE IF NOT EXISTS zroute_views.generations (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    position bigint NOT NULL CHECK (position >= 0),
    revision bigint NOT NULL,
    fingerprint text NOT NULL,
    leaf text NOT NULL,
    serves boolean NOT NULL
);

CREATE UNIQUE INDEX IF NOT EXISTS one_serves ON zroute_views.generations (serves) WHERE serves;

COMMENT ON SCHEMA zroute_views IS 'read models of zroute_core, version 1';
"""
STEPS: tuple[Step, ...] = (Step(1, "the schema of the read models, and its generations", MAKE),)
"""A released step never changes; what is new is one more."""

RIGHTS: dict[str, tuple[LiteralString, ...]] = {
    PROJECTOR: (
        "GRANT USAGE, CREATE ON SCHEMA zroute_views TO zroute_projector",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON zroute_views.generations TO zroute_projector",
    ),
    READER: (
        "GRANT USAGE ON SCHEMA zroute_views TO zroute_reader",
        "GRANT SELECT ON zroute_views.generations TO zroute_reader",
    ),
}
"""Given whenever `migrate` is run, to the roles that exist by then."""


def plan(url: str) -> tuple[Step, ...]:
    """What `migrate` would do to this database. Raises as `migrate`."""
    with closing(connected(url, DEADLINE * LONGER)) as connection:
        return guarded(lambda: STEPS[version_of(connection) :])


def migrate(url: str) -> tuple[Step, ...]:
    """Make the schema, its table of generations and the rights of the roles; the steps that were done.

    May be started many times at once: one does it, in one transaction, the others wait and find it done.
    Raises SchemaMismatch when a newer library made it, or StoreError.
    """
    with closing(connected(url, DEADLINE * LONGER)) as connection:
        return guarded(lambda: _migrated(connection))


def _migrated(connection: Connection) -> tuple[Step, ...]:
    with connection.transaction():
        connection.execute(ONE_AT_A_TIME)
        steps = STEPS[version_of(connection) :]
        for step in steps:
            connection.execute(step.sql.encode())
        for role, rights in RIGHTS.items():
            if asked(connection, EXISTS, role):
                for right in rights:
                    connection.execute(right)
        return steps


def version_of(connection: Connection) -> int:
    """Of the schema; 0 when there is none. Raises SchemaMismatch for another one."""
    comment = asked(connection, SETTLED)
    if comment is None:
        return 0
    if comment != f"read models of zroute_core, version {VERSION}":
        raise SchemaMismatch("another version of the library made the schema of the read models", field="url")
    return VERSION
