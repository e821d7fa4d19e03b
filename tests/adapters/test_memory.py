"""The memory store keeps the contract."""

import pytest

from zroute_core.adapters.memory import MemoryEventStore
from zroute_core.testing.store_contract import LogContract, MakeLog


class TestMemoryEventStore(LogContract):
    @pytest.fixture
    def make_store(self) -> MakeLog:
        return MemoryEventStore
