"""`open(url)`: a store, the codec and the front door, put together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from zroute_core.adapters.clock import SystemClock
from zroute_core.adapters.codec import JsonCodec
from zroute_core.adapters.memory import MemoryEventStore
from zroute_core.adapters.stock_sqlite import sqlite_store
from zroute_core.domain.programme import Programme
from zroute_core.errors import ConfigurationError, UnknownAdapter
from zroute_core.kernel.ports import Clock, EventStore
from zroute_core.trajectories import NATIONAL, Trajectories


def open(  # noqa: A001  the word people know, as in zroute_core.open(...)
    url: str = "memory:", *, programme: Programme | Sequence[Programme] = NATIONAL, clock: Clock | None = None
) -> Trajectories:
    """Open the trajectories that stand in a store.

    `memory:` lives as long as the process; `sqlite:///zroute.db` is a file (four slashes for an absolute path), made
    when it is not there; `postgresql://user:password@host:port/database` is a server, with the extra `postgres`.
    `programme` is one programme or several, each for its own municipality; the national ones are always there.

    Raises UnknownAdapter for another kind of URL, ConfigurationError when the driver of PostgreSQL is not installed,
    NotAStore or StoreUnavailable when the store cannot be opened.
    """
    clock = clock or SystemClock()
    programmes = (programme,) if isinstance(programme, Programme) else tuple(programme)
    return Trajectories(_store(url, clock), JsonCodec(), programmes, clock)


def _store(url: str, clock: Clock) -> EventStore:
    parts = urlsplit(url)
    match parts.scheme:
        case "memory":
            return MemoryEventStore(clock)
        case "sqlite" if parts.path.removeprefix("/"):
            return sqlite_store(Path(parts.path.removeprefix("/")), clock)
        case "postgresql" | "postgres":
            return _postgres(url, clock)
        case _:
            raise UnknownAdapter("give memory:, sqlite:///file.db or postgresql://host/database", field="url")


def _postgres(url: str, clock: Clock) -> EventStore:
    """Its driver is an extra, so it is looked for when it is asked for."""
    try:
        from zroute_core.adapters.stock_postgres import postgres_store

        return postgres_store(url, clock)
    except ImportError:
        pass
    raise ConfigurationError("PostgreSQL needs its driver: pip install 'zroute_core[postgres]'")
