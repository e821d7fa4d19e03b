"""Databases for tests: each with the tables of the log, and a login that writes there and owns nothing."""

from __future__ import annotations

from contextlib import suppress
from time import sleep
from typing import Any
from uuid import uuid4

import attrs
import psycopg
from psycopg.sql import SQL, Identifier

from zroute_core.adapters.postgres_schema import migrate


@attrs.frozen
class Database:
    """A log on a server of our own."""

    url: str
    """As somebody who may write there."""
    owner: str
    """As somebody who may do anything."""

    def emptied(self) -> str:
        """The URL, and no entry stands there: quicker than another database, and possible for a superuser only."""
        with _connected(self.owner) as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute("TRUNCATE zroute.events, zroute.streams, zroute.tracking")
            connection.execute("UPDATE zroute.log_head SET size = 0, frontier = ''")
        return self.url


def database(server: str) -> Database:
    """A new database on this server, of which the URL is that of a superuser; it goes with the server."""
    name = f"log_{uuid4().hex}"
    own = server.rpartition("/")[0] + f"/{name}"
    with _connected(server) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        migrate(own)
        connection.execute(SQL("CREATE ROLE {} LOGIN IN ROLE zroute_writer").format(Identifier(name)))
    return Database(own.replace("postgres@", f"{name}@"), own)


def _connected(url: str) -> psycopg.Connection[Any]:
    """A server takes a moment between listening and answering."""
    for _ in range(100):
        with suppress(psycopg.OperationalError):
            return psycopg.connect(url, autocommit=True)
        sleep(0.1)
    return psycopg.connect(url, autocommit=True)
