"""Round trips to PostgreSQL that fail when we say so."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from unittest.mock import patch

import psycopg
from psycopg import errors

from campaigns.faults import CANARY, Faults, Kind, When
from zroute_core.adapters import postgres_deadline
from zroute_core.adapters.postgres_deadline import DeadlineConnection

T = TypeVar("T")

_KINDS: dict[Kind, type[psycopg.Error]] = {
    Kind.BUSY: errors.LockNotAvailable,
    Kind.FULL: errors.DiskFull,
    Kind.IO: errors.IoError,
    Kind.LOST: psycopg.OperationalError,
    Kind.INTEGRITY: errors.UniqueViolation,
    Kind.DAMAGED: errors.DataCorrupted,
}


def befalling(kinds: Sequence[Kind] = tuple(Kind)) -> Iterator[tuple[Kind, When, bool]]:
    """An error that the server tells means that it rolled back; only a connection breaks after the work is done."""
    for kind in kinds:
        for when in (When.BEFORE, When.AFTER) if kind is Kind.LOST else (When.BEFORE,):
            yield kind, when, False
            yield kind, when, True


class FaultyPostgresConnection(DeadlineConnection):
    """Asks its faults before it sends anything and waits for the answer."""

    faults: Faults

    def wait(self, gen: Generator[Any, Any, T], *args: Any, **kwargs: Any) -> T:
        plan = self.faults.due()
        if plan is None:
            return super().wait(gen, *args, **kwargs)
        if plan.when is When.AFTER:
            super().wait(gen, *args, **kwargs)
        gen.close()
        if plan.kind is Kind.LOST:
            self.pgconn.finish()
        raise _KINDS[plan.kind](f"{plan.kind.value} {CANARY}")


@contextmanager
def faulty_postgres(faults: Faults) -> Iterator[None]:
    """While this lasts, stores that are opened get connections that fail by these faults."""
    kind = type("Faulty", (FaultyPostgresConnection,), {"faults": faults})
    with patch.object(postgres_deadline, "DeadlineConnection", kind):
        yield
