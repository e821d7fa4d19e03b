"""PostgreSQL servers of one's own, to be stopped, killed, frozen and followed; and databases with a log in them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from tests.conftest import _somebody_else, server_binaries
from zroute_core.adapters.postgres_schema import migrate

CLEAN = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}


def a_database(server: str) -> str:
    """The URL of a new database, for the superuser."""
    name = f"t{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return server.rpartition("/")[0] + f"/{name}"


def a_log(server: str) -> tuple[str, str]:
    """The URLs of a new database with the tables: as its owner, and as somebody who may only write."""
    owner = a_database(server)
    migrate(owner)
    return owner, a_login(owner, "zroute_writer")


def a_login(owner: str, role: str) -> str:
    """The URL as somebody who is a member of this role and nothing else."""
    name = f"a_{role}"
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(
            f"DO $$ BEGIN CREATE ROLE {name} LOGIN IN ROLE {role}; "
            "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$".encode()
        )
    return owner.replace("//postgres@", f"//{name}@")


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
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def create(self) -> None:
        self._run("initdb", "-D", str(self._data), "-U", "postgres", "--auth=trust", "--no-sync")

    def follow(self, other: Server) -> None:
        """Become a standby of another one, which is running: a copy of its files first."""
        url = f"host=127.0.0.1 port={other.port} user=postgres"
        self._run("pg_basebackup", "-D", str(self._data), "-d", url, "-R", "-X", "stream", "-c", "fast", "--no-sync")

    def start(self) -> None:
        options = ["-D", str(self._data), "-p", str(self.port), "-k", str(self._folder)]
        settings = ["-c", "listen_addresses=127.0.0.1"]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", *options, *settings],
                stdout=log,
                stderr=log,
                user=self._user,
                cwd=self._folder,
                env=CLEAN,
            )
        for _ in range(300):
            if self._process.poll() is not None:
                raise RuntimeError("PostgreSQL ended before it began")
            try:
                psycopg.connect(self.url, connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                time.sleep(0.1)
        raise RuntimeError("PostgreSQL did not answer within 30 seconds")

    def stop(self, *, immediately: bool = False) -> None:
        """Fast; or immediately, as a crash: the next start recovers from the write-ahead log."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGQUIT if immediately else signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """All its processes stand still: the kernel still takes connections for it, nothing answers."""
        processes = self._processes()
        for one in processes:
            os.kill(one, signal.SIGSTOP)
        try:
            yield
        finally:
            for one in processes:
                os.kill(one, signal.SIGCONT)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _processes(self) -> list[int]:
        if self._process is None:
            return []
        main = self._process.pid
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        return [main, *map(int, children)]

    def _run(self, program: str, *options: str) -> None:
        subprocess.run(
            [self._binaries / program, *options],
            check=True,
            stdout=subprocess.DEVNULL,
            user=self._user,
            cwd=self._folder,
            env=CLEAN,
        )


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
