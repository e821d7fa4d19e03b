"""Archives at the command line."""

import json
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest

import zroute_core
import zroute_core.cli.archiving
from tests.cli.running import on_a_screen
from zroute_core import Actor
from zroute_core.adapters.archive import export_log
from zroute_core.adapters.archive_files import ArchiveFile
from zroute_core.adapters.memory import MemoryEventStore
from zroute_core.domain.decisions import AttendLesson, HoldIntake, OpenTrajectory
from zroute_core.kernel.log import Batch, Context, Encoded
from zroute_core.kernel.ports import Progress
from zroute_core.opening import open_log
from zroute_core.testing.samples import COMMAND_SAMPLES, PERSON, SOMEBODY

ME = Actor("teacher-7", "z-route")
OTHER = UUID("5d0c2a56-0000-4a55-9f0e-6a0a4d1c7e21")


def filled(path: Path) -> Path:
    """A store of two people and four facts."""
    with zroute_core.open(f"sqlite:///{path}") as trajectories:
        for participant in (PERSON, SOMEBODY):
            trajectories.handle(participant, COMMAND_SAMPLES[OpenTrajectory], by=ME)
        trajectories.handle(SOMEBODY, COMMAND_SAMPLES[HoldIntake], by=ME)
        trajectories.handle(SOMEBODY, COMMAND_SAMPLES[AttendLesson], by=ME)
    return path


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return filled(tmp_path / "small.db")


@pytest.fixture
def archive(db: Path, tmp_path: Path) -> Path:
    path = tmp_path / "small.jsonl"
    assert run("export", path, "--db", db).exit_code == 0
    return path


run = on_a_screen(columns=200)


def root_of(db: Path) -> str:
    log = open_log(f"sqlite:///{db}", read_only=True)
    root = log.head().root().hex()
    log.close()
    return root


def test_a_store_goes_out_and_comes_back_in_elsewhere(db: Path, tmp_path: Path) -> None:
    archive, other = tmp_path / "small.jsonl.gz", tmp_path / "other.db"
    out = run("export", archive, "--db", db)
    assert "Written: 4 facts, up to position 4." in out.stdout
    assert f"Root: {root_of(db)}" in out.stdout
    looked = run("verify", archive)
    assert looked.exit_code == 0
    assert "Whole: 4 facts of 2 participants." in looked.stdout
    came = run("import", archive, "--db", other)
    assert came.exit_code == 0
    assert "Came in: 4. The store holds 4." in came.stdout
    assert root_of(other) == root_of(db)
    assert "There already: 4." in run("import", archive, "--db", other).stdout
    assert [one.stderr for one in (out, looked, came)] == ["", "", ""]


def test_the_same_as_json(db: Path, tmp_path: Path) -> None:
    archive, other = tmp_path / "small.jsonl", tmp_path / "other.db"
    root = root_of(db)
    header = json.loads(run("export", archive, "--db", db, "--json").stdout)
    assert header == {"archive": "zroute-log", "version": 1, "after": 0, "frontier": [], "size": 4, "root": root}
    verdict = json.loads(run("verify", archive, "--json").stdout)
    assert (verdict["whole"], verdict["facts"], verdict["participants"]) == (True, 4, 2)
    assert (verdict["root"], verdict["problems"]) == (root, [])
    came = json.loads(run("import", archive, "--db", other, "--json").stdout)
    assert came == {
        "facts": 4,
        "participants": 2,
        "root": root,
        "there": 0,
        "added": 4,
        "size": 4,
        "dry_run": False,
    }


def test_a_part_follows_another(db: Path, tmp_path: Path) -> None:
    first, second, other = tmp_path / "1.jsonl", tmp_path / "2.jsonl", tmp_path / "other.db"
    run("export", first, "--db", db, "--until", 2)
    run("export", second, "--db", db, "--after", 2)
    refused = run("import", second, "--db", other)
    assert refused.exit_code == 1
    assert "import what comes before it first (archive-error)" in refused.stderr
    assert [run("import", one, "--db", other).exit_code for one in (first, second)] == [0, 0]
    assert root_of(other) == root_of(db)


def test_a_dry_run_makes_no_store(archive: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    assert "Would come in: 4. The store holds 0." in run("import", archive, "--db", other, "--dry-run").stdout
    assert not other.exists()


def test_with_new_positions_it_comes_behind_what_is_there(archive: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with zroute_core.open(f"sqlite:///{other}") as trajectories:
        trajectories.handle(OTHER, COMMAND_SAMPLES[OpenTrajectory], by=ME)
    assert run("import", archive, "--db", other).exit_code == 1
    assert "Came in: 4. The store holds 5." in run("import", archive, "--db", other, "--new-positions").stdout
    assert "3 participants" in run("list", "--db", other).stdout


def test_all_that_is_wrong_is_said_and_nothing_stored(archive: Path, tmp_path: Path) -> None:
    lines = archive.read_bytes().splitlines(keepends=True)
    lines[1], lines[4] = b"{}\n", lines[4].replace(b"120", b"90")
    archive.write_bytes(b"".join(lines[:-1]))
    other = tmp_path / "other.db"
    looked = run("verify", archive)
    assert looked.exit_code == 1
    assert [line.partition(":")[0] for line in looked.stdout.splitlines()[:3]] == ["line 2", "line 5", "line 6"]
    assert "Not whole: 3 problems." in looked.stdout
    refused = run("import", archive, "--db", other)
    assert refused.exit_code == 1
    assert refused.stderr.splitlines()[0].startswith("the archive is not whole: 3 problems were found")
    assert refused.stderr.splitlines()[1:] == looked.stdout.splitlines()[:3]
    told = json.loads(run("import", archive, "--db", other, "--json").stderr)
    assert (told["error"], len(told["errors"])) == ("archive-error", 3)
    assert json.loads(run("verify", archive, "--json").stdout)["whole"] is False
    assert not other.exists()


def test_what_this_version_cannot_read_comes_in_when_nobody_looks(tmp_path: Path) -> None:
    log, newer = MemoryEventStore(), tmp_path / "newer.jsonl"
    log.append([Batch(PERSON, 0, (Encoded("citizenship-given", 1, b"{}"),))], Context(SOMEBODY, ME))
    with newer.open("wb") as file:
        export_log(log, file)
    assert run("verify", newer).exit_code == 1
    assert run("verify", newer, "--sealed").exit_code == 0
    assert run("import", newer, "--db", tmp_path / "other.db").exit_code == 1
    assert run("import", newer, "--db", tmp_path / "other.db", "--sealed").exit_code == 0


def test_a_file_that_is_there_is_left_alone_and_a_store_that_is_not_is_not_made(db: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious")
    again = run("export", precious, "--db", db)
    assert again.exit_code == 1
    assert "never overwritten (archive-error)" in again.stderr
    assert precious.read_text() == "precious"
    assert run("export", tmp_path / "new.jsonl", "--db", tmp_path / "none.db").exit_code == 1
    assert not (tmp_path / "none.db").exists()
    assert run("verify", tmp_path / "none.jsonl").stderr.startswith("file: there is no such file")
    assert "--until" in run("export", tmp_path / "new.jsonl", "--db", db, "--until", "-1").stderr
    assert run("export", tmp_path / "new.jsonl", "--db", db, "--until", 9).exit_code == 1


def test_for_an_archive_that_is_not_whole_no_store_is_made(archive: Path, tmp_path: Path) -> None:
    cut, new = tmp_path / "cut.jsonl", tmp_path / "new.db"
    cut.write_bytes(archive.read_bytes()[:-100])
    for wrong in (cut, tmp_path / "none.jsonl"):
        assert run("import", wrong, "--db", new).exit_code == 1
    assert not new.exists()


def test_a_new_store_shows_a_bar_from_the_first_line_and_verifies_once(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[str, int, int]] = []
    read: list[Path] = []

    class Counted(ArchiveFile):
        def __iter__(self) -> Iterator[bytes]:
            read.append(archive)
            return super().__iter__()

    @contextmanager
    def listening() -> Generator[Progress]:
        yield lambda *told: heard.append(told)

    monkeypatch.setattr(zroute_core.cli.archiving, "bar", listening)
    monkeypatch.setattr(zroute_core.cli.archiving, "ArchiveFile", Counted)
    assert run("import", archive, "--db", tmp_path / "new.db").exit_code == 0
    assert heard == [("verifying", 4, 4), ("storing", 4, 4)]
    assert read == [archive] * 2


def test_an_archive_of_nothing_makes_an_empty_store(tmp_path: Path) -> None:
    nothing, other = tmp_path / "nothing.jsonl", tmp_path / "other.db"
    assert run("migrate", "--db", tmp_path / "empty.db").exit_code == 0
    assert run("export", nothing, "--db", tmp_path / "empty.db").exit_code == 0
    assert "Came in: 0. The store holds 0." in run("import", nothing, "--db", other).stdout
    assert run("check", "--db", other).exit_code == 0


@pytest.mark.parametrize("dry", [("--dry-run",), ()])
def test_where_no_store_can_be_made_an_import_is_refused_dry_or_not(
    archive: Path, tmp_path: Path, dry: tuple[str, ...]
) -> None:
    for place in (tmp_path / "nowhere" / "new.db", tmp_path, tmp_path / ("x" * 300)):
        refused = run("import", archive, "--db", place, *dry)
        assert refused.exit_code == 1
        assert refused.stderr.startswith("db: no store can be made there")


def test_of_very_many_problems_the_first_thousand_are_told(archive: Path) -> None:
    lines = archive.read_bytes().splitlines(keepends=True)
    archive.write_bytes(b"".join([*lines[:-1], *[b"{\n"] * 2500]))
    told = run("verify", archive).stdout.splitlines()
    assert told[0].startswith("line 6: cannot be read")
    assert told[999].startswith("line 1005: cannot be read")
    assert told[1000:] == ["And 1501 more problems.", "Not whole: 2501 problems."]
    assert json.loads(run("verify", archive, "--json").stdout)["more_problems"] == 1501
    refused = run("import", archive, "--db", archive.with_name("new.db")).stderr.splitlines()
    assert "2501 problems were found in it; the first 1000 are told" in refused[0]
    assert refused[1:] == told[:1000]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with a name here")
def test_from_a_pipe_nothing_is_imported(tmp_path: Path) -> None:
    pipe, other = tmp_path / "pipe", tmp_path / "other.db"
    os.mkfifo(pipe)
    refused = run("import", pipe, "--db", other)
    assert refused.exit_code == 1
    assert "is read twice, and a pipe gives it only once: give a file (archive-error)" in refused.stderr
    assert not other.exists()
