"""The log on a PostgreSQL server."""

from __future__ import annotations

import pytest

from tests.adapters.postgres_server import a_log
from zroute_core.adapters.postgres import PostgresEventStore
from zroute_core.testing.store_contract import LogContract, MakeLog

pytestmark = pytest.mark.postgres


class TestOnPostgres(LogContract):
    @pytest.fixture
    def make_store(self, postgres_url: str) -> MakeLog:
        return lambda clock: PostgresEventStore(a_log(postgres_url)[1], clock)
