"""`open(url)`: a store, the codec and the front door, put together; and what a URL means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import cast

from zroute_core.adapters import sqlite_schema
from zroute_core.adapters.clock import SystemClock
from zroute_core.adapters.codec import JsonCodec
from zroute_core.adapters.memory import MemoryEventStore
from zroute_core.adapters.migrations import Step
from zroute_core.adapters.sqlite import SqliteEventStore
from zroute_core.domain.programme import Programme
from zroute_core.errors import ConfigurationError, UnknownAdapter
from zroute_core.histories import NATIONAL, Unreadable, refuse
from zroute_core.kernel.ports import Clock, ProvenLog
from zroute_core.trajectories import Trajectories


def open(  # noqa: A001  the word people know, as in zroute_core.open(...)
    url: str = "memory:",
    *,
    programme: Programme | Sequence[Programme] = NATIONAL,
    clock: Clock | None = None,
    read_only: bool = False,
    allow_insecure: bool = False,
    unreadable: Unreadable = refuse,
) -> Trajectories:
    """Open the trajectories that stand in a store.

    `programme` is one programme or several, each for its own municipality; the national ones are always there. A
    question about everybody raises the DecodeError of an entry that cannot be read; given `unreadable`, it calls that
    with the error instead, and answers about the others. The rest is as `open_log` says.

    Raises as `open_log`, and ConfigurationError when a programme is none.
    """
    clock = clock or SystemClock()
    programmes = _programmes(programme)
    log = open_log(url, clock, read_only=read_only, allow_insecure=allow_insecure)
    return Trajectories(log, JsonCodec(), programmes, clock, unreadable)


def open_log(
    url: str, clock: Clock | None = None, *, read_only: bool = False, allow_insecure: bool = False
) -> ProvenLog:
    """Open the log that a URL means.

    `memory:` lives as long as the process. `sqlite:///zroute.db` is a file, made with its tables when it is not
    there: what stands behind the third slash is its path, to the letter (so an absolute path makes four).
    `postgresql://user:password@host:port/database` is a server, with the extra `postgres`; its tables are made
    beforehand, by `zroute migrate`.

    `read_only` opens for reading, a PostgreSQL standby among them. `allow_insecure` lets a PostgreSQL user in who
    could change what was written: for trying things out, not for people's files.

    Raises UnknownAdapter for another kind of URL, ConfigurationError when the driver of PostgreSQL is not installed,
    NotAStore, SchemaMismatch, InsecureConfiguration or StoreUnavailable when the store cannot be used.
    """
    place = place_of(url)
    clock = clock or SystemClock()
    if place is None:
        return MemoryEventStore(clock)
    if isinstance(place, Path):
        return SqliteEventStore(place, clock, read_only=read_only)
    from zroute_core.adapters.postgres import PostgresEventStore

    return PostgresEventStore(place, clock, read_only=read_only, allow_insecure=allow_insecure)


def plan(url: str) -> tuple[Step, ...]:
    """What `migrate` would do to the tables of a store; nothing when they are up to date. Raises as `open_log`."""
    place = place_of(url)
    if isinstance(place, Path):
        return sqlite_schema.plan(place)
    return () if place is None else tuple(step for tables in _postgres() for step in tables.plan(place))


def migrate(url: str) -> tuple[Step, ...]:
    """Bring the tables of a store up to this version of the library; the steps that were done. Raises as `open_log`.

    On a server these are the tables of the log, and of the read models beside it. May be started from several machines
    at once: one does it, the others wait and find it done.
    """
    place = place_of(url)
    if isinstance(place, Path):
        return sqlite_schema.migrate(place)
    return () if place is None else tuple(step for tables in _postgres() for step in tables.migrate(place))


def place_of(url: str) -> Path | str | None:
    """Where the store is: a file, the URL of a server, or nowhere. Raises UnknownAdapter, ConfigurationError."""
    scheme, colon, rest = url.partition(":") if type(cast("object", url)) is str else ("", "", "")
    if scheme == "memory" and colon and not rest:
        return None
    if scheme == "sqlite" and (path := rest.removeprefix("///")) not in {"", rest}:
        return Path(path)
    if scheme in {"postgresql", "postgres"} and rest.startswith("//"):
        _postgres()
        return url
    raise UnknownAdapter("give memory:, sqlite:///file.db or postgresql://host/database", field="url")


def _postgres() -> tuple[ModuleType, ModuleType]:
    """The modules with its tables. Its driver is an extra, so it is looked for when it is asked for."""
    try:
        from zroute_core.adapters import postgres_schema, postgres_tables_schema

        return postgres_schema, postgres_tables_schema
    except ImportError:
        pass
    raise ConfigurationError("PostgreSQL needs its driver, psycopg with libpq: pip install 'zroute_core[postgres]'")


def _programmes(given: object) -> Sequence[Programme]:
    some = tuple(cast("Iterable[object]", given)) if isinstance(given, Iterable) else (given,)
    programmes = [one for one in some if isinstance(one, Programme)]
    if len(programmes) < len(some):
        raise ConfigurationError("must be a programme, or several", field="programme")
    return programmes
