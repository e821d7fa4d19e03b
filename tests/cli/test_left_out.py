"""A history that cannot be read: it is said whose, and the others are shown."""

import json
from pathlib import Path
from uuid import UUID, uuid4

import pytest

import zroute_core
from tests.cli.running import on_a_screen
from zroute_core import Actor
from zroute_core.adapters.sqlite import SqliteEventStore
from zroute_core.domain.decisions import OpenTrajectory
from zroute_core.kernel.log import Batch, Context, Encoded
from zroute_core.testing.samples import COMMAND_SAMPLES

run = on_a_screen(100)
ME = Actor("teacher-7", "z-route")
ANNE, BO = (UUID(int=number << 64) for number in (0xA, 0xB))


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Anne, and Bo, of whom something stands there that no version of this library knows."""
    path = tmp_path / "zroute.db"
    with zroute_core.open(f"sqlite:///{path}") as trajectories:
        for one in (ANNE, BO):
            trajectories.handle(one, COMMAND_SAMPLES[OpenTrajectory], by=ME)
    store = SqliteEventStore(path)
    store.append([Batch(BO, 1, (Encoded("never-heard-of", 1, b'{"secret": 1}'),))], Context(uuid4(), ME))
    store.close()
    return path


@pytest.mark.parametrize("verb", ["list", "caseload", "cohort"])
def test_the_others_are_shown_and_it_is_said_who_is_not(db: Path, verb: str) -> None:
    shown = run(verb, "--db", db)
    assert shown.exit_code == 1
    assert shown.stdout
    assert shown.stderr == (
        "a stored fact has a tag that is not in the catalogue (unknown-event-type)\n"
        f"It is entry 2 of {BO}, who is left out.\n"
    )


def test_the_answer_for_machines_holds_the_others(db: Path) -> None:
    shown = run("list", "--json", "--db", db)
    assert [one["id"] for one in json.loads(shown.stdout)] == [str(ANNE)]
    (told,) = map(json.loads, shown.stderr.splitlines())
    assert (shown.exit_code, told["error"], told["participant"], told["version"]) == (
        1,
        "unknown-event-type",
        str(BO),
        2,
    )


def test_of_one_who_cannot_be_read_the_entry_is_named(db: Path) -> None:
    refused = run("progress", BO, "--db", db)
    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert refused.stderr.splitlines()[1] == f"It is entry 2 of {BO}, who is left out."
    told = json.loads(run("progress", BO, "--json", "--db", db).stderr)
    assert (told["error"], told["participant"], told["version"]) == ("unknown-event-type", str(BO), 2)
