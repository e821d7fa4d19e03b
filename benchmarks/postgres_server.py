"""A PostgreSQL server to measure on, as durable as it comes, and databases there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from tests.postgres_server import running

WRITER = "bench_writer"
"""A login that may write to the log and owns nothing."""


@contextmanager
def server() -> Iterator[str]:
    """The URL of its superuser. It is ended, by its own process id, and its folder with it.

    Raises FileNotFoundError when there is no server binary.
    """
    with running() as one:
        with connected(one.url) as connection:
            connection.execute(f"CREATE ROLE {WRITER} LOGIN".encode())
        yield one.url


def database(url: str, name: str, like: str | None = None) -> str:
    """The URL, of the superuser, of a new database; a copy of another one that nobody is connected to."""
    template = f" TEMPLATE {like}" if like else ""
    with connected(url) as connection:
        connection.execute(f"CREATE DATABASE {name}{template}".encode())
    return f"{url.rpartition('/')[0]}/{name}"


def drop(url: str, name: str) -> None:
    """The database goes, whoever is connected to it."""
    with connected(url) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


def of_writer(url: str) -> str:
    """The same database, as the login that may write there and owns nothing."""
    return url.replace("postgres@", f"{WRITER}@")


@contextmanager
def connected(url: str) -> Iterator[psycopg.Connection[Any]]:
    """Each statement is a transaction of its own."""
    connection = psycopg.connect(url, autocommit=True)
    try:
        yield connection
    finally:
        connection.close()
