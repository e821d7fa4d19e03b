from collections.abc import Iterator
from contextlib import suppress
from time import sleep
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from zroute_core.adapters.postgres_tables import PostgresReadModelStore, migrate
from zroute_core.testing.read_model_contract import OpenViews, ReadModelContract

pytestmark = pytest.mark.postgres


@pytest.fixture
def url(postgres_url: str) -> Iterator[str]:
    """A database of its own."""
    name = f"views_{uuid4().hex}"
    with _connected(postgres_url) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        yield make_conninfo(postgres_url, dbname=name)
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def _connected(url: str) -> psycopg.Connection:
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
