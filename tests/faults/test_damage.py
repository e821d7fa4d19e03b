"""Whatever is damaged in the file, or changed behind the library: no answer is silently another."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from campaigns.damage import Damage, DamagedFile, damages, found
from campaigns.proof import Violation
from zroute_core.adapters.sqlite import SqliteEventStore
from zroute_core.errors import (
    InsecureConfiguration,
    IntegrityViolation,
    NotAStore,
    RootMismatch,
    SequenceGap,
    ZRouteError,
)
from zroute_core.kernel.merkle import Frontier
from zroute_core.kernel.proof import check


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """In memory where that is a folder: what is shown here does not rest on a disk."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as name:
        yield Path(name)


@pytest.fixture
def file(folder: Path) -> DamagedFile:
    return DamagedFile(folder, seed=1, size=12)


def test_of_two_thousand_damages_none_is_silent(file: DamagedFile) -> None:
    told = file.campaign(2000)
    assert told.total() == 2000
    assert told["noticed"] > 1000


def test_every_bit_of_the_head_counts(file: DamagedFile) -> None:
    """The head is one short row on a page of its own, so chance seldom hits it."""
    at = file.data.index(head_digest(file))
    for place in range(at - 120, at + 32):
        for bit in range(8):
            changed = bytes([file.data[place] ^ 1 << bit])
            file.hit(
                Damage(f"bit {bit} of byte {place}", file.data[:place] + changed + file.data[place + 1 :]), write=False
            )


def head_digest(file: DamagedFile) -> bytes:
    with closing(sqlite3.connect(file._put(file.data))) as connection:
        digest = connection.execute("SELECT digest FROM log_head").fetchone()[0]
    assert type(digest) is bytes
    return digest


def test_an_answer_that_changed_is_called_silent(file: DamagedFile) -> None:
    told = {**file.truth, "stream 1": ()}
    with pytest.raises(Violation, match="silently changed: stream 1"):
        found(file.truth, told, "planted")


def test_damage_is_the_same_for_the_same_seed(file: DamagedFile) -> None:
    first, again = (list(islice(damages(file.data, Random(3)), 50)) for _ in range(2))
    assert first == again


# ── by SQL, behind the library ───────────────────────────────────────────────────────────────────────────────


def changed_by(file: DamagedFile, *statements: str) -> bytes:
    """The file after these, done by somebody who may: every trigger is dropped first and put back after."""
    path = file._put(file.data)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert connection.execute(statement).rowcount, statement
        for _, sql in triggers:
            connection.execute(sql)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.read_bytes()


def test_putting_the_triggers_back_is_no_change(file: DamagedFile) -> None:
    assert file.hit(Damage("nothing", changed_by(file)), write=True) == "harmless"


EDITS = {
    "one entry says another payload": ["UPDATE events SET payload = X'7B7D' WHERE position = 5"],
    "one entry stands under another stream": [
        "UPDATE events SET stream = randomblob(16) WHERE position = (SELECT max(position) FROM events)"
    ],
    "an actor is another": ["UPDATE events SET actor = 'somebody' WHERE position = 5"],
    "a purpose is another": ["UPDATE events SET purpose = 'another' WHERE position = 5"],
    "an entry was written at another time": ["UPDATE events SET recorded_at = recorded_at + 1 WHERE position = 5"],
    "an entry has a cause": ["UPDATE events SET causation_id = randomblob(16) WHERE position = 5"],
    "an entry has a key": ["UPDATE events SET key_id = 'k' WHERE position = 5"],
    "a leaf is another": ["UPDATE events SET leaf = randomblob(32) WHERE position = 5"],
    "an entry is gone": ["DELETE FROM events WHERE position = 5"],
    "the last three entries are gone": ["DELETE FROM events WHERE position > (SELECT max(position) - 3 FROM events)"],
    "the versions of a history are forgotten": ["DELETE FROM streams"],
    "a history is said to be shorter": ["UPDATE streams SET version = version - 1"],
    "a history is said to be longer": ["UPDATE streams SET version = version + 1"],
    "the head is that of an empty log": [
        "UPDATE log_head SET size = 0, frontier = X'', "
        "digest = X'af5570f5a1810b7af78caf4bc70a660f0df51e42baf91d4de5b2328de0e83dfc'"
    ],
    "the head is gone": ["DELETE FROM log_head"],
    "the head says one more": ["UPDATE log_head SET size = size + 1"],
}


@pytest.mark.parametrize("edit", EDITS)
def test_what_is_changed_behind_the_library_is_noticed(file: DamagedFile, edit: str) -> None:
    given = file._asked(changed_by(file, *EDITS[edit]))
    assert found(file.truth, given, edit) == "noticed"
    refused = [error for error in given.values() if isinstance(error, ZRouteError)]
    assert all(isinstance(error, IntegrityViolation) for error in refused)


ONLY_THE_ROOT_KNOWS = {
    "two entries changed places": [
        "UPDATE events SET position = -5 WHERE position = 5",
        "UPDATE events SET position = 5 WHERE position = 6",
        "UPDATE events SET position = 6 WHERE position = -5",
    ],
    "a history is gone from everywhere": [
        "DELETE FROM events WHERE stream = (SELECT stream FROM events WHERE position = 5)",
        "DELETE FROM streams WHERE stream NOT IN (SELECT stream FROM events)",
    ],
}
"""Asked for one page or one history, the file has nothing to hold the answer against; the whole log has."""


@pytest.mark.parametrize("edit", ONLY_THE_ROOT_KNOWS)
def test_the_check_of_the_whole_log_notices_what_a_single_answer_cannot(file: DamagedFile, edit: str) -> None:
    given = file._asked(changed_by(file, *ONLY_THE_ROOT_KNOWS[edit]))
    assert isinstance(given["the check"], IntegrityViolation)


def test_a_history_that_lost_its_end_is_not_read(file: DamagedFile) -> None:
    """The last three facts of one participant are gone: not a shorter history, but an error (H04)."""
    stream = file.script[0].batches[0].stream
    his = f"FROM events WHERE stream = X'{stream.bytes.hex()}'"
    file._put(changed_by(file, f"DELETE {his} AND version > (SELECT max(version) - 3 {his})"))
    store = SqliteEventStore(file.path)
    with pytest.raises(SequenceGap):
        store.read_stream(stream)
    store.close()


def test_a_forger_who_makes_all_leaves_anew_is_found_by_a_root_that_was_kept_outside(file: DamagedFile) -> None:
    """Within the file everything fits, so nothing here can notice: that is what checkpoints are for."""
    store = SqliteEventStore(file._put(file.data))
    kept = store.head().root()
    envelopes = [one.envelope for one in store.read_all()]
    store.close()
    forged = SqliteEventStore(file.path.parent / "forged.db")
    forged.extend(envelopes[:-1])
    assert check(forged).root() == Frontier().followed_by(one.leaf() for one in envelopes[:-1]).root()
    assert forged.head().root() != kept
    forged.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET payload = X'7B7D' WHERE position = 1",
        "DELETE FROM events WHERE position = (SELECT max(position) FROM events)",
        "DELETE FROM events",
        "INSERT OR REPLACE INTO events SELECT * FROM events WHERE position = 1",
        "REPLACE INTO events SELECT * FROM events ORDER BY position DESC LIMIT 1",
        "UPDATE OR REPLACE events SET position = 2 WHERE position = 1",
        "UPDATE streams SET version = version - 1",
        "UPDATE streams SET version = version + 2",
        "DELETE FROM streams",
        "UPDATE log_head SET size = size - 1",
        "UPDATE log_head SET size = size + 1",
        "DELETE FROM log_head",
    ],
)
@pytest.mark.parametrize("recursive", [0, 1])
def test_the_database_refuses_to_change_what_stands(file: DamagedFile, statement: str, recursive: int) -> None:
    path = file._put(file.data)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA recursive_triggers = {recursive}")
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(statement)
    assert file._asked(path.read_bytes()) == file.truth


@pytest.mark.parametrize(("position", "version"), [(1, 6), (2, 0), (2, -3), (0, 1), (0, -1), (-1, 1), (1, 0)])
def test_the_database_refuses_a_position_or_version_that_does_not_follow(
    file: DamagedFile, position: int, version: int
) -> None:
    """`position` counts from the last one of the log, `version` from the last one of its stream; 1 and 1 follow."""
    with closing(sqlite3.connect(file._put(file.data), isolation_level=None)) as connection:
        last, at = connection.execute("SELECT position, version FROM events ORDER BY position DESC LIMIT 1").fetchone()
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(
                """INSERT INTO events SELECT ?, stream, ?, randomblob(16), tag, schema_version, recorded_at, actor,
                purpose, command_id, correlation_id, causation_id, key_id, key_commitment, payload, leaf
                FROM events WHERE position = ?""",
                (last + position, at + version, last),
            )


@pytest.mark.parametrize("length", [1, 15, 16, 99, 100, 511, 512, 4096, 8192])
def test_a_file_that_was_cut_off_is_no_empty_store(file: DamagedFile, length: int) -> None:
    with pytest.raises((NotAStore, IntegrityViolation, InsecureConfiguration)):
        SqliteEventStore(file._put(file.data[:length]))


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM log_head", "UPDATE events SET payload = X'7B7D'", "DELETE FROM events", "DELETE FROM streams"],
)
def test_what_is_changed_under_an_open_store_is_noticed(file: DamagedFile, statement: str) -> None:
    store = SqliteEventStore(file._put(file.data))
    assert store.read_all() == file.truth["the log"]
    with closing(sqlite3.connect(file.path, isolation_level=None)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)
    refused = 0
    for name, question in file.asked.items():
        try:
            assert question(store) == file.truth[name], name
        except IntegrityViolation:
            refused += 1
    assert refused
    store.close()


def test_the_head_is_held_against_its_digest(file: DamagedFile) -> None:
    file._put(changed_by(file, "UPDATE log_head SET frontier = randomblob(length(frontier))"))
    with pytest.raises(RootMismatch):
        SqliteEventStore(file.path)
