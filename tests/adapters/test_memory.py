"""The memory store keeps the contract."""

import pytest

from zroute_core.adapters.memory import MemoryEventStore
from zroute_core.testing.store_contract import MakeStore, StoreContract


class TestMemoryEventStore(StoreContract):
    @pytest.fixture
    def make_store(self) -> MakeStore:
        return MemoryEventStore
