"""No room left: the store says so, what was acknowledged is there, and it goes on as soon as there is room."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from campaigns.proof import require_effects, whole
from campaigns.script import commands
from zroute_core.adapters.sqlite import SqliteEventStore
from zroute_core.errors import StoreError, StoreFull

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 400 KiB."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(place)]
    may = os.getuid() == 0 and shutil.which("mount") is not None
    if not may or subprocess.run(mount, stderr=subprocess.DEVNULL, check=False).returncode:
        pytest.skip("only root may make a small file system, and not everywhere")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_store_on_a_full_disk_goes_on_when_there_is_room(small_disk: Path) -> None:
    store, script = SqliteEventStore(small_disk / "zroute.db"), list(islice(commands(31), 2000))
    acknowledged = 0
    answers: list[type[StoreError]] = []
    while len(answers) < 3:  # the disk stays full, whatever is tried
        command = script[acknowledged]
        try:
            assert command.made(store.append(command.batches, command.context))
            acknowledged += 1
        except StoreError as error:
            answers.append(type(error))
    assert answers == [StoreFull] * 3
    assert 5 < acknowledged < 2000
    assert require_effects(whole(store).log, script, acknowledged) == acknowledged
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    for command in script[acknowledged : acknowledged + 20]:
        assert command.made(store.append(command.batches, command.context))
    assert require_effects(whole(store).log, script, acknowledged + 20) == acknowledged + 20
    store.close()


LIMITED = """
import resource, signal, sys
from itertools import islice
from pathlib import Path
from campaigns.proof import require_effects, whole
from campaigns.script import commands
from zroute_core.adapters.sqlite import SqliteEventStore
from zroute_core.errors import StoreError

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store, script = SqliteEventStore(Path(sys.argv[1])), list(islice(commands(32), 3000))
limits = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, limits[1]))
acknowledged, refused = 0, 0
while refused < 3:
    command = script[acknowledged]
    try:
        store.append(command.batches, command.context)
        acknowledged += 1
    except StoreError:
        refused += 1
stored = require_effects(whole(store).log, script, acknowledged)
resource.setrlimit(resource.RLIMIT_FSIZE, limits)
for command in script[acknowledged : acknowledged + 20]:
    store.append(command.batches, command.context)
after = require_effects(whole(store).log, script, acknowledged + 20)
store.close()
print(acknowledged, stored, after)
"""


def test_a_store_that_may_write_no_larger_file_goes_on_when_it_may(tmp_path: Path) -> None:
    """What needs no root: a limit for the process, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path / "zroute.db")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    acknowledged, stored, after = map(int, done.stdout.split())
    assert 5 < acknowledged == stored
    assert after == acknowledged + 20
