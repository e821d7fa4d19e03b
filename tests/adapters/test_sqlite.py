"""The SQLite store keeps the contract."""

from pathlib import Path

import pytest

from zroute_core.adapters.sqlite import SqliteEventStore
from zroute_core.testing.store_contract import MakeStore, StoreContract


class TestSqliteEventStore(StoreContract):
    @pytest.fixture
    def make_store(self, tmp_path: Path) -> MakeStore:
        return lambda clock: SqliteEventStore(tmp_path / "zroute.db", clock)
