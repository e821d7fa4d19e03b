"""`open(url)`: a store, the codec and the front door, put together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import cast

from zroute_core.adapters.clock import SystemClock
from zroute_core.adapters.codec import JsonCodec
from zroute_core.adapters.memory import MemoryEventStore
from zroute_core.adapters.stock_sqlite import sqlite_store
from zroute_core.domain.programme import Programme
from zroute_core.errors import ConfigurationError, UnknownAdapter
from zroute_core.histories import NATIONAL
from zroute_core.kernel.ports import Clock, EventStore
from zroute_core.trajectories import Trajectories


def open(  # noqa: A001  the word people know, as in zroute_core.open(...)
    url: str = "memory:", *, programme: Programme | Sequence[Programme] = NATIONAL, clock: Clock | None = None
) -> Trajectories:
    """Open the trajectories that stand in a store.

    `memory:` lives as long as the process; `sqlite:///zroute.db` is a file, made when it is not there: what stands
    behind the third slash is its path, to the letter (so an absolute path makes four);
    `postgresql://user:password@host:port/database` is a server, with the extra `postgres`. `programme` is one
    programme or several, each for its own municipality; the national ones are always there.

    Raises UnknownAdapter for another kind of URL, ConfigurationError when the driver of PostgreSQL is not installed or
    a programme is none, NotAStore or StoreUnavailable when the store cannot be opened.
    """
    clock = clock or SystemClock()
    programmes = _programmes(programme)
    return Trajectories(_store(url, clock), JsonCodec(), programmes, clock)


def _programmes(given: object) -> Sequence[Programme]:
    some = tuple(cast("Iterable[object]", given)) if isinstance(given, Iterable) else (given,)
    programmes = [one for one in some if isinstance(one, Programme)]
    if len(programmes) < len(some):
        raise ConfigurationError("must be a programme, or several", field="programme")
    return programmes


def _store(url: str, clock: Clock) -> EventStore:
    scheme, colon, rest = url.partition(":") if type(cast("object", url)) is str else ("", "", "")
    if scheme == "memory" and colon and not rest:
        return MemoryEventStore(clock)
    if scheme == "sqlite" and (path := rest.removeprefix("///")) not in {"", rest}:
        return sqlite_store(Path(path), clock)
    if scheme in {"postgresql", "postgres"} and rest.startswith("//"):
        return _postgres(url, clock)
    raise UnknownAdapter("give memory:, sqlite:///file.db or postgresql://host/database", field="url")


def _postgres(url: str, clock: Clock) -> EventStore:
    """Its driver is an extra, so it is looked for when it is asked for."""
    try:
        from zroute_core.adapters.stock_postgres import postgres_store

        return postgres_store(url, clock)
    except ImportError:
        pass
    raise ConfigurationError("PostgreSQL needs its driver, psycopg with libpq: pip install 'zroute_core[postgres]'")
