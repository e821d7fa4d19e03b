"""A PostgreSQL server to measure on: its own port and folder, loopback only, as durable as it comes."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import SystemRandom
from time import sleep
from typing import Any

import psycopg

WRITER = "bench_writer"
"""A login that may write to the log and owns nothing."""


@contextmanager
def server() -> Iterator[str]:
    """The URL of its superuser. It is ended, by its own process id, and its folder with it.

    Raises FileNotFoundError when there is no server binary.
    """
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="zroute-bench-pg-"))
    user = _somebody_else(folder)
    port = _free_port()
    clean = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    made: list[Path | str] = [binaries / "initdb", "-D", folder / "data", "-U", "postgres", "--auth=trust", "--no-sync"]
    options = ["-D", str(folder / "data"), "-p", str(port), "-c", "listen_addresses=127.0.0.1", "-k", str(folder)]
    try:
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL, user=user, cwd=folder, env=clean)  # noqa: S603
        with (folder / "log").open("wb") as log:
            started = subprocess.Popen(  # noqa: S603  the server that was found
                [binaries / "postgres", *options], stdout=log, stderr=log, user=user, cwd=folder, env=clean
            )
        try:
            url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
            with connected(url, patiently=True) as connection:
                connection.execute(f"CREATE ROLE {WRITER} LOGIN".encode())
            yield url
        finally:
            started.send_signal(signal.SIGINT)
            started.wait(300)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def database(url: str, name: str, like: str | None = None) -> str:
    """The URL, of the superuser, of a new database; a copy of another one that nobody is connected to."""
    template = f" TEMPLATE {like}" if like else ""
    with connected(url) as connection:
        connection.execute(f"CREATE DATABASE {name}{template}".encode())
    return f"{url.rpartition('/')[0]}/{name}"


def drop(url: str, name: str) -> None:
    """The database goes, whoever is connected to it."""
    with connected(url) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


def of_writer(url: str) -> str:
    """The same database, as the login that may write there and owns nothing."""
    return url.replace("postgres@", f"{WRITER}@")


@contextmanager
def connected(url: str, *, patiently: bool = False) -> Iterator[psycopg.Connection[Any]]:
    """Each statement is a transaction of its own. A server takes a moment before it answers."""
    for _ in range(1200 if patiently else 0):
        with suppress(psycopg.OperationalError):
            psycopg.connect(url).close()
            break
        sleep(0.1)
    connection = psycopg.connect(url, autocommit=True)
    try:
        yield connection
    finally:
        connection.close()


def _free_port() -> int:
    """One that nobody listens at, below those that the kernel gives to whoever connects: these are soon taken."""
    while True:
        port = SystemRandom().randrange(15_000, 30_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _binaries() -> Path:
    found = shutil.which("initdb")
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if not found and not homes:
        raise FileNotFoundError("no PostgreSQL server binary was found: install postgresql")
    return Path(found).parent if found else homes[-1].parent


def _somebody_else(folder: Path) -> str | None:
    """PostgreSQL does not run as root: then somebody else must own the folder."""
    if os.getuid() != 0:
        return None
    user = "postgres" if "postgres" in {entry.pw_name for entry in pwd.getpwall()} else "nobody"
    shutil.chown(folder, user)
    return user
