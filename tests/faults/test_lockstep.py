"""Stores in lock-step with a model: the same answers, envelopes, root and export, whatever befalls them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from campaigns.faults import Faults, faulty_sqlite
from campaigns.lockstep import go, in_memory, in_step, on_sqlite
from campaigns.postgres_faults import faulty_postgres, on_postgres
from campaigns.proof import Violation
from tests.adapters.databases import database
from zroute_core.adapters.memory import MemoryEventStore
from zroute_core.kernel.log import Batch, Context, Envelope


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """In memory where that is a folder: what is shown here does not rest on a disk."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as name:
        yield Path(name)


def test_memory_and_sqlite_go_in_step(folder: Path) -> None:
    faults, numbers = Faults(), count()
    with faulty_sqlite(faults):
        go(in_step(in_memory, lambda: on_sqlite(folder / f"{next(numbers)}.db", faults)), examples=30, steps=40)


@pytest.mark.postgres
def test_memory_sqlite_and_postgres_go_in_step(folder: Path, postgres_url: str) -> None:
    of_sqlite, of_postgres, numbers, log = Faults(), Faults(), count(), database(postgres_url)
    machine = in_step(
        in_memory,
        lambda: on_sqlite(folder / f"{next(numbers)}.db", of_sqlite),
        lambda: on_postgres(log.emptied(), of_postgres),
    )
    with faulty_sqlite(of_sqlite), faulty_postgres(of_postgres):
        go(machine, examples=12, steps=25)


class Forgetful(MemoryEventStore):
    """A planted defect: it does not know a command again, and so refuses it for its versions."""

    def append(self, batches: Sequence[Batch], context: Context) -> tuple[Envelope, ...]:
        self._places.clear()
        return super().append(batches, context)


class Short(MemoryEventStore):
    """A planted defect: it hands out two entries of a history at most."""

    def read_stream(self, stream: object, *, after: int = 0) -> Sequence[Envelope]:
        return super().read_stream(stream, after=after)[:2]  # type: ignore[arg-type]


@pytest.mark.parametrize("defect", [Forgetful, Short])
def test_a_store_that_goes_out_of_step_is_found(defect: type[MemoryEventStore]) -> None:
    with pytest.raises(Violation):
        go(in_step(in_memory, lambda: in_memory(defect)), examples=20, steps=20)
