"""`open_views(url, trajectories)`: tables that follow the log, for lists, for SQL and for BI."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import cast
from uuid import UUID

from zroute_core.adapters.memory_tables import MemoryReadModelStore
from zroute_core.adapters.sqlite_tables import SqliteReadModelStore
from zroute_core.errors import NotFound, SchemaMismatch, ZRouteError
from zroute_core.kernel.ports import Progress, ProvenLog, ReadModelStore, Signal, untold
from zroute_core.kernel.tables import Fold, Generation, Row, fingerprint
from zroute_core.opening import place_of
from zroute_core.projections import TABLES
from zroute_core.projections.folding import Folding
from zroute_core.projections.following import Follower, Stop
from zroute_core.projections.rebuilding import Opens, Shadow, rebuild, shadow
from zroute_core.trajectories import Trajectories


def open_views(url: str, trajectories: Trajectories) -> Views:
    """Open the tables that follow these trajectories.

    `memory:` lives as long as the process; `sqlite:///zroute-views.db` is a file of its own beside the log, made when
    it is not there; `postgresql://host/database` the schema `zroute_views`, made by `zroute migrate`, in the database
    of the log or in another. They can be thrown away at any time and made again from the log.

    Raises UnknownAdapter, ConfigurationError, NotAStore, SchemaMismatch or StoreUnavailable.
    """
    return Views(trajectories.folding(), open_tables(url))


def open_tables(url: str) -> ReadModelStore:
    """Only the store of the tables: for reading them, and for the workers of a rebuild. Raises as `open_views`."""
    place = place_of(url)
    if place is None:
        return MemoryReadModelStore(TABLES)
    if isinstance(place, Path):
        return SqliteReadModelStore(place, TABLES)
    from zroute_core.adapters.postgres_tables import PostgresReadModelStore

    return PostgresReadModelStore(place, TABLES)


class Views:
    """The tables of one log: kept up to date, made anew, checked, and read. Safe to share between threads."""

    def __init__(self, folding: Folding, store: ReadModelStore) -> None:
        self._folding = folding
        self._store = store
        log = folding.log
        self._follower = Follower(folding, store, signal=cast("Signal", log) if hasattr(log, "wait") else None)

    def __enter__(self) -> Views:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop following, and let go of the tables; the trajectories stay open."""
        try:
            self._follower.stop()
        finally:
            self._store.close()

    # ── following ────────────────────────────────────────────────────────────────────────────────────────────

    def catch_up(self, *, progress: Progress = untold) -> int:
        """Bring the tables to the end of the log, made first when they are not there or of another version.

        The position reached is returned. Raises RootMismatch when this is not the log they were made from (it was put
        back, perhaps: `rebuild`), SequenceGap or StoreError.
        """
        self._build_what_is_missing(progress)
        return self._follower.catch_up(progress=progress)

    def start(self) -> None:
        """Follow in a thread of its own until `stop` or `close`, whatever a store does in between."""
        self._build_what_is_missing()
        self._follower.start()

    def stop(self) -> None:
        """End that thread after the batch it is at. Raises what ended it before, if something did."""
        self._follower.stop()

    def run(self, stop: Stop) -> None:
        """Follow in this thread until `stop` is set."""
        self._build_what_is_missing()
        self._follower.run(stop)

    def wait_for(self, position: int | None = None, timeout: float = 10.0) -> None:
        """Return when what stands in the log up to `position`, by default all of it, can be read in the tables.

        Somebody must follow meanwhile. Raises ProjectionBehind after `timeout` seconds.
        """
        if position is None:
            position = self.log_size()
        self._follower.wait_for(position, timeout)

    @property
    def trouble(self) -> ZRouteError | None:
        """Why following does not get on at this moment; None when it does."""
        return self._follower.trouble

    def log_size(self) -> int:
        """How many entries the log has. It must be a `ProvenLog`."""
        return cast("ProvenLog", self._folding.log).head().size

    # ── mending and checking ─────────────────────────────────────────────────────────────────────────────────

    def rebuild(self, *, workers: int = 1, opens: Opens | None = None, progress: Progress = untold) -> Generation:
        """Make the tables anew beside those that serve, and change over at once. See `projections.rebuilding`."""
        return rebuild(self._folding, self._store, workers=workers, opens=opens, progress=progress)

    def compare(self, *, most: int = 10, progress: Progress = untold) -> Shadow:
        """Fold everybody from the log and compare with what stands in the tables; nothing is written."""
        return shadow(self._folding, self._store, most=most, progress=progress)

    def parked(self) -> Sequence[Fold]:
        """Who has no rows, and why, in the order of their ids. Raises SchemaMismatch when there are no tables."""
        serving = self._store.serving()
        if serving is None:
            raise SchemaMismatch("the tables are not there: make them with zroute follow --once")
        try:
            return self._store.parked(serving.number)
        except SchemaMismatch:
            now = self._store.serving()
            if now is None or now.number == serving.number:
                raise
        return self.parked()  # others took their place meanwhile

    def replay_parked(self) -> tuple[Fold, ...]:
        """Try them once more, when the cause is mended; those who are parked still."""
        return self._follower.replay_parked()

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────

    def rows(self, table: str) -> Iterator[Row]:
        """Every row of one of the tables, participant by participant in the order of their ids.

        The values stand in the order of `Table.columns`. Raises NotFound for a table that is not one of TABLES.
        """
        if table not in {one.name for one in TABLES}:
            raise NotFound("there is no such table: see TABLES", field="table")
        after: UUID | None = None
        while folds := self._store.page(after=after, tables=[table]).folds:
            for one in folds:
                yield from one.rows.get(table, ())
            after = folds[-1].participant

    def _build_what_is_missing(self, progress: Progress = untold) -> None:
        serving = self._store.serving()
        if serving is None or serving.fingerprint != fingerprint(self._folding.tables):
            self.rebuild(progress=progress)
