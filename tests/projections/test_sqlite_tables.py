from pathlib import Path

import pytest

from zroute_core.adapters.sqlite_tables import SqliteReadModelStore
from zroute_core.testing.read_model_contract import OpenViews, ReadModelContract


class TestSqliteReadModels(ReadModelContract):
    @pytest.fixture
    def open_views(self, tmp_path: Path) -> OpenViews:
        return lambda tables: SqliteReadModelStore(tmp_path / "views.db", tables)
