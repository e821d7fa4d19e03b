import pytest

from zroute_core.adapters.memory_tables import MemoryReadModelStore
from zroute_core.testing.read_model_contract import OpenViews, ReadModelContract


class TestMemoryReadModels(ReadModelContract):
    @pytest.fixture
    def open_views(self) -> OpenViews:
        return MemoryReadModelStore
