from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from uuid import UUID

import pytest

from zroute_core.adapters.sqlite_tables import SqliteReadModelStore
from zroute_core.errors import (
    IntegrityViolation,
    InvalidNumber,
    OutOfOrder,
    StoreClosed,
    StoreUnavailable,
    ZRouteError,
)
from zroute_core.kernel.tables import Fold
from zroute_core.testing.read_model_contract import ANNE, TABLES, OpenViews, ReadModelContract, built, fold, visit


class TestSqliteReadModels(ReadModelContract):
    @pytest.fixture
    def open_views(self, tmp_path: Path) -> OpenViews:
        return lambda tables: SqliteReadModelStore(tmp_path / "views.db", tables)


# ── what only a file can do ──────────────────────────────────────────────────────────────────────────────────


def opens(path: Path) -> str:
    """Opens the tables and looks; what came of it."""
    try:
        store = SqliteReadModelStore(path, TABLES)
    except ZRouteError as error:
        return type(error).__name__
    found = store.serving()
    store.close()
    return str(found)


def test_six_processes_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    with ProcessPoolExecutor(6, get_context("spawn")) as pool:
        list(pool.map(opens, [tmp_path / "warm.db"] * 6))
        for number in range(20):
            assert list(pool.map(opens, [tmp_path / f"{number}.db"] * 6)) == ["None"] * 6


def test_the_file_is_the_one_that_was_opened_wherever_the_process_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = SqliteReadModelStore(Path("views.db"), TABLES)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    built(store, fold(ANNE, 1, 1, visit(ANNE)))
    assert [one.participant for one in store.page().folds] == [ANNE]
    store.close()


def test_a_file_that_was_thrown_away_is_written_no_more(tmp_path: Path) -> None:
    store = SqliteReadModelStore(tmp_path / "views.db", TABLES)
    at = built(store, fold(ANNE, 1, 1, visit(ANNE)))
    (tmp_path / "views.db").unlink()
    again = SqliteReadModelStore(tmp_path / "views.db", TABLES)
    with pytest.raises(StoreUnavailable):
        store.write(at, 11, [])
    assert again.serving() is None
    store.close()
    again.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_store_is_not_used_in_a_process_that_inherited_it(tmp_path: Path) -> None:
    store = SqliteReadModelStore(tmp_path / "views.db", TABLES)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            store.serving()
        except StoreClosed:
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    store.close()


def test_a_batch_may_not_write_another_one_meanwhile(tmp_path: Path) -> None:
    """Else the first would go on without its transaction."""
    with closing(SqliteReadModelStore(tmp_path / "views.db", TABLES)) as store:
        begun = store.begin(0)

        def folds() -> Iterator[Fold]:
            yield Fold(UUID(int=1), 1, 1, {})
            store.fill(begun.number, [])

        with pytest.raises(OutOfOrder):
            store.fill(begun.number, folds())
        store.serve(begun.number)
        assert store.page().folds == ()


def test_a_number_that_no_table_holds_is_refused(tmp_path: Path) -> None:
    with closing(SqliteReadModelStore(tmp_path / "views.db", TABLES)) as store:
        for ask in (lambda: store.begin(2**63), lambda: store.parked(2**63)):
            with pytest.raises(InvalidNumber):
                ask()


def test_a_damaged_file_is_said_to_be_thrown_away(tmp_path: Path) -> None:
    path = tmp_path / "views.db"
    with closing(SqliteReadModelStore(path, TABLES)) as store:
        store.serve(store.begin(0).number)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    damaged = path.read_bytes()
    path.write_bytes(damaged[:4096] + bytes(len(damaged) - 4096))
    with pytest.raises(IntegrityViolation, match="throw it away"):
        SqliteReadModelStore(path, TABLES).page()
