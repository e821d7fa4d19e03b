"""Round trips to PostgreSQL that fail when we say so.

A store that waits for a connection which never comes waits until its deadline. Its time is made to pass quickly then,
so that the deadline can be a long one: a slow machine has all of it wherever nothing fails.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any, TypeVar
from unittest.mock import patch

import attrs
import psycopg
from psycopg import errors

from campaigns.faults import CANARY, Faults, Kind, When
from campaigns.lockstep import Replica, StandingClock
from zroute_core.adapters import postgres, postgres_deadline
from zroute_core.adapters.postgres import PostgresEventStore
from zroute_core.adapters.postgres_deadline import DeadlineConnection

T = TypeVar("T")

DEADLINE = 5.0
"""Of a store whose connections fail."""

HURRY = 2.0
"""Seconds that pass when a connection is lost that will be lost again."""

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
        for when in When:
            if falls(kind, when):
                yield kind, when, False
                yield kind, when, True


def falls(kind: Kind, when: When) -> bool:
    """Whether this can befall a call to PostgreSQL."""
    return when is When.BEFORE or (when is When.AFTER and kind is Kind.LOST)


@attrs.define
class Haste:
    """A clock that can be moved on."""

    ahead: float = 0.0

    def now(self) -> float:
        return monotonic() + self.ahead


class FaultyPostgresConnection(DeadlineConnection):
    """Asks its faults before it sends anything and waits for the answer."""

    faults: Faults
    haste: Haste

    def wait(self, gen: Generator[Any, Any, T], *args: Any, **kwargs: Any) -> T:
        plan = self.faults.due()
        if plan is None:
            return super().wait(gen, *args, **kwargs)
        if plan.when is When.AFTER:
            super().wait(gen, *args, **kwargs)
        gen.close()
        if plan.kind is Kind.LOST:
            self.pgconn.finish()
            self.haste.ahead += HURRY if plan.for_ever else 0.0
        raise _KINDS[plan.kind](f"{plan.kind.value} {CANARY}")


@contextmanager
def in_haste() -> Iterator[Haste]:
    """While this lasts, stores go by this clock."""
    haste = Haste()
    with patch.object(postgres_deadline, "monotonic", haste.now), patch.object(postgres, "monotonic", haste.now):
        yield haste


@contextmanager
def faulty_postgres(faults: Faults) -> Iterator[None]:
    """While this lasts, stores that are opened get connections that fail by these faults."""
    with in_haste() as haste:
        kind = type("Faulty", (FaultyPostgresConnection,), {"faults": faults, "haste": haste})
        with patch.object(postgres_deadline, "DeadlineConnection", kind):
            yield


def on_postgres(url: str, faults: Faults) -> Replica:
    """A store on this database, which is empty, for `lockstep`."""

    def opened(clock: StandingClock) -> PostgresEventStore:
        return PostgresEventStore(url, clock, deadline=DEADLINE, pool_size=1)

    return Replica("PostgreSQL", opened, faults=faults, falls=falls, tries=20)
