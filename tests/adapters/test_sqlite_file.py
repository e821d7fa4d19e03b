"""What one process does with the file takes no lock from another connection of it, and so no fact from the log."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from zroute_core.adapters.sqlite import SqliteEventStore

pytestmark = pytest.mark.skipif(not hasattr(os, "register_at_fork"), reason="locks of POSIX, and forks")

SHARED = """
import os, subprocess, sys
from pathlib import Path
from uuid import uuid4
from zroute_core.adapters.sqlite import SqliteEventStore
from zroute_core.adapters.sqlite_schema import migrate
from zroute_core.adapters.sqlite_tables import SqliteReadModelStore
from zroute_core.errors import NotAStore
from zroute_core.kernel.log import Actor, Batch, Context, Encoded
from zroute_core.projections import PROJECTIONS

PATH = Path(sys.argv[1])

def append(store):
    store.append([Batch(uuid4(), 0, (Encoded("note", 1, b"{}"),))], Context(uuid4(), Actor("a", "b")))

def visit():
    "Another process opens the log and closes it: who takes itself for the last one clears the write-ahead log away."
    code = "import sys; from pathlib import Path; from zroute_core.adapters.sqlite import SqliteEventStore as Store;"
    subprocess.run([sys.executable, "-c", code + "Store(Path(sys.argv[1])).close()", PATH], check=True)

def tables():
    return SqliteReadModelStore(PATH.with_name("views.db"), [one.table for one in PROJECTIONS])
"""


def run(path: Path, code: str) -> int:
    """In a process that ends without closing anything; how many entries stand there then."""
    subprocess.run([sys.executable, "-c", f"{SHARED}\n{code}\nos._exit(0)", path], check=True, timeout=60)
    store = SqliteEventStore(path)
    try:
        return store.head().size
    finally:
        store.close()


@pytest.mark.parametrize(
    "meanwhile",
    [
        "migrate(PATH)",
        "SqliteEventStore(PATH).close()",
        """
try:
    SqliteReadModelStore(PATH, [one.table for one in PROJECTIONS])
except NotAStore:
    pass""",
    ],
    ids=["migrated again", "opened again", "taken for read models"],
)
def test_what_is_acknowledged_stays_whatever_else_the_process_does_with_the_file(
    tmp_path: Path, meanwhile: str
) -> None:
    code = f"store = SqliteEventStore(PATH)\nappend(store)\n{meanwhile}\nvisit()\nappend(store)\nappend(store)"
    assert run(tmp_path / "zroute.db", code) == 3


def test_the_tables_keep_their_file_when_they_are_opened_once_more(tmp_path: Path) -> None:
    code = """
append(SqliteEventStore(PATH))
first, second = tables(), tables()
begun = first.begin(0)
code = SHARED_CODE + "tables().close()"
subprocess.run([sys.executable, "-c", code, PATH], check=True)
first.serve(begun.number)
assert tables().serving().number == begun.number
"""
    assert run(tmp_path / "zroute.db", f"SHARED_CODE = {SHARED!r}\n{code}") == 1


def test_a_child_that_opens_the_log_anew_loses_nothing(tmp_path: Path) -> None:
    code = """
store = SqliteEventStore(PATH)
append(store)
ready, closed = os.pipe(), os.pipe()
if (child := os.fork()) == 0:
    mine = SqliteEventStore(PATH)
    append(mine)
    os.write(ready[1], b".")
    os.read(closed[0], 1)
    visit()
    append(mine)
    os._exit(0)
os.read(ready[0], 1)
store.close()
os.write(closed[1], b".")
os.waitpid(child, 0)
"""
    assert run(tmp_path / "zroute.db", code) == 3


def test_the_parent_goes_on_after_a_fork(tmp_path: Path) -> None:
    code = """
store, views = SqliteEventStore(PATH), tables()
append(store)
if os.fork() == 0:
    os._exit(0)
append(store)
views.begin(0)
"""
    assert run(tmp_path / "zroute.db", code) == 2


def test_a_child_closes_what_it_inherited_although_the_parent_was_writing(tmp_path: Path) -> None:
    code = """
import signal
from threading import Thread
store = SqliteEventStore(PATH)
going = [True]

def write():
    while going:
        append(store)

writer = Thread(target=write)
writer.start()
for _ in range(20):
    if (child := os.fork()) == 0:
        signal.alarm(20)
        store.close()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
going.clear()
writer.join()
"""
    assert run(tmp_path / "zroute.db", f"import warnings\nwarnings.simplefilter('ignore')\n{code}") > 0
