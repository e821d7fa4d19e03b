"""PostgreSQL servers of one's own, to be stopped, killed, frozen and followed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from tests.conftest import _somebody_else, free_port, server_binaries

CLEAN = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}


class Server:
    """A server with its own folder and port, on the loopback only; ended by its own process id."""

    def __init__(self) -> None:
        binaries = server_binaries()
        if binaries is None:
            pytest.skip("no PostgreSQL server binary found")
        self._binaries = binaries
        self._folder = Path(tempfile.mkdtemp(prefix="zroute-pg-", dir="/tmp"))
        self._user = _somebody_else(self._folder)
        self._data = self._folder / "data"
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    @property
    def runs(self) -> bool:
        return self._process is not None

    def create(self) -> None:
        self._run("initdb", "-D", str(self._data), "-U", "postgres", "--auth=trust", "--no-sync")

    def follow(self, other: Server) -> None:
        """Become a standby of another one, which is running: a copy of its files first."""
        source = f"host=127.0.0.1 port={other.port} user=postgres"
        self._run("pg_basebackup", "-D", str(self._data), "-d", source, "-R", "-X", "stream", "-c", "fast", "--no-sync")

    def start(self, *settings: str) -> None:
        """With these settings, each as `name=value`, besides."""
        options = ["-D", str(self._data), "-p", str(self.port), "-k", str(self._folder)]
        for setting in ("listen_addresses=127.0.0.1", *settings):
            options += ["-c", setting]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", *options],
                stdout=log,
                stderr=log,
                user=self._user,
                cwd=self._folder,
                env=CLEAN,
            )
        until = time.monotonic() + 120
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise RuntimeError("PostgreSQL ended before it began")
            with suppress(psycopg.OperationalError):
                psycopg.connect(self.url, connect_timeout=5).close()
                return
            time.sleep(0.1)
        raise RuntimeError("PostgreSQL did not answer within two minutes")

    def stop(self, *, immediately: bool = False) -> None:
        """Fast; or immediately, as in a crash: the next start recovers from the write-ahead log."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGQUIT if immediately else signal.SIGINT)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """All its processes stand still: the kernel still takes connections for it, and nothing answers."""
        stopped: list[int] = []
        try:
            for some in (self._main, self._children):  # the children last: who stands still gets no more of them
                for one in some():
                    stopped.append(one)
                    _freeze(one)
            yield
        finally:
            for one in stopped:
                with suppress(ProcessLookupError):
                    os.kill(one, signal.SIGCONT)

    def remove(self) -> None:
        self.stop(immediately=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _main(self) -> list[int]:
        return [] if self._process is None else [self._process.pid]

    def _children(self) -> list[int]:
        return [int(it) for one in self._main() for it in Path(f"/proc/{one}/task/{one}/children").read_text().split()]

    def _run(self, program: str, *options: str) -> None:
        subprocess.run(
            [_binary(self._binaries, program), *options],
            check=True,
            stdout=subprocess.DEVNULL,
            user=self._user,
            cwd=self._folder,
            env=CLEAN,
        )


def _binary(folder: Path, program: str) -> Path:
    """Beside initdb, or beside what that is a link to."""
    beside = folder / program
    return beside if beside.exists() else (folder / "initdb").resolve().parent / program


def _freeze(process: int) -> None:
    """Return when it stands still, or is no more: a signal takes a moment to arrive."""
    with suppress(ProcessLookupError, FileNotFoundError):
        os.kill(process, signal.SIGSTOP)
        while Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "TZX":
            time.sleep(0.001)


@contextmanager
def running() -> Iterator[Server]:
    """A server for as long as this takes."""
    server = Server()
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.remove()
