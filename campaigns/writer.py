"""Processes that write their commands until they are killed, and say after each answer how many are acknowledged.

    python -m campaigns.writer URL SEED ACKNOWLEDGED...

makes a nursery: a process that has imported everything, and forks a writer for each line `start N` on its input. A
writer goes on behind its last acknowledged command. The one after that may have been written before the kill: it is
sent again under its own id, and must have its one effect.
"""

from __future__ import annotations

import os
import signal
import sys
from itertools import islice
from time import sleep
from urllib.parse import urlsplit

from campaigns.script import commands
from zroute_core.errors import CommitOutcomeUnknown, StoreBusy, StoreUnavailable
from zroute_core.kernel.ports import ProvenLog
from zroute_core.opening import migrate, open_log

PASSING = (StoreBusy, StoreUnavailable, CommitOutcomeUnknown)
"""What a writer lives through by sending the same command again."""

FALSE_ANSWER = 3


def nursery(url: str, seed: int, files: list[str]) -> None:
    """`start N` forks writer N and tells its process id; `wait ID` and `poll ID` tell how it ended, or nothing yet."""
    if not url.startswith("sqlite:"):
        import zroute_core.adapters.postgres  # noqa: F401  once, for all
    children: set[int] = set()
    for line in sys.stdin:
        word, number = line.split()[0], int(line.split()[1])
        if word == "start":
            parent, child = os.getpid(), os.fork()
            if child == 0:
                status = 1
                try:
                    status = write(url, seed, number, files[number], parent)
                finally:
                    os._exit(status)
            children.add(child)
            answer = str(child)
        else:
            ended, status = os.waitpid(number, os.WNOHANG if word == "poll" else 0)
            children.discard(ended)
            answer = str(os.waitstatus_to_exitcode(status)) if ended else "runs"
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()
    for child in children:
        os.kill(child, signal.SIGKILL)


def write(url: str, seed: int, writer: int, acknowledged: str, parent: int) -> int:
    file = os.open(acknowledged, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    done = os.fstat(file).st_size
    store = _opened(url)
    for command in islice(commands(seed, writer), done, None):
        written = None
        while written is None:
            if os.getppid() != parent:  # nobody is left to kill it
                return 0
            try:
                written = store.append(command.batches, command.context)
            except PASSING:
                sleep(0.01)
        if not command.made(written):
            return FALSE_ANSWER
        os.write(file, b".")
    return 0


def _opened(url: str) -> ProvenLog:
    while True:
        try:
            if urlsplit(url).scheme == "sqlite":
                migrate(url)
            return open_log(url)
        except PASSING:
            sleep(0.01)


if __name__ == "__main__":
    nursery(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
