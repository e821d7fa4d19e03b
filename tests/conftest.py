"""What the tests share: a PostgreSQL of their own, where its server binary is found."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import SystemRandom

import pytest
from hypothesis import HealthCheck, settings

pytest.register_assert_rewrite("zroute_core.testing.store_contract", "zroute_core.testing.read_model_contract")

# How fast a machine draws, and how many of the first draws are too large, says nothing about what is drawn for.
of_the_machine = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
settings.register_profile(
    "house", deadline=None, derandomize=True, print_blob=True, suppress_health_check=of_the_machine
)
settings.register_profile(
    "campaign",
    deadline=None,
    print_blob=True,
    derandomize=False,
    database=None,
    max_examples=400,
    suppress_health_check=of_the_machine,
)
settings.load_profile("house")


def server_binaries() -> Path | None:
    """The folder with initdb and postgres: on the PATH, else the newest where Debian keeps them."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    return homes[-1].parent if homes else None


def pytest_report_header() -> str:
    found = server_binaries()
    return f"PostgreSQL: {found}" if found else "PostgreSQL: no server binary found, its tests are skipped"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    said = "included" if server_binaries() else "NOT included: no server binary found"
    terminalreporter.write_line(f"PostgreSQL tests: {said}")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A private server: its own port, a temporary folder, loopback only, ended by its own process id."""
    binaries = server_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server binary found")
    folder = Path(tempfile.mkdtemp(prefix="zroute-pg-", dir="/tmp"))
    user = _somebody_else(folder)
    data = folder / "data"
    clean = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    subprocess.run(
        [binaries / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync"],
        check=True,
        stdout=subprocess.DEVNULL,
        user=user,
        cwd=folder,
        env=clean,
    )

    def start(port: int) -> subprocess.Popen[bytes]:
        options = ["-D", str(data), "-p", str(port), "-c", "listen_addresses=127.0.0.1", "-k", str(folder)]
        with (folder / "log").open("ab") as log:
            return subprocess.Popen(
                [binaries / "postgres", *options], stdout=log, stderr=log, user=user, cwd=folder, env=clean
            )

    server = start(port := free_port())
    try:
        for _ in range(5):
            if _lets_in(port, server):
                break
            server.wait()  # somebody else took its port meanwhile
            server = start(port := free_port())
        else:
            raise RuntimeError(f"PostgreSQL ends before it begins: {(folder / 'log').read_text()}")
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        server.send_signal(signal.SIGQUIT)  # nothing of it is kept
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _somebody_else(folder: Path) -> str | None:
    """PostgreSQL does not run as root: then somebody else must own the folder."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = "postgres" if "postgres" in names else "nobody"
    shutil.chown(folder, user)
    return user


def free_port() -> int:
    """One that nobody listens at, below those that the kernel gives to whoever connects: these are soon taken."""
    while True:
        port = SystemRandom().randrange(15_000, 30_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _lets_in(port: int, server: subprocess.Popen[bytes]) -> bool:
    """Whether it comes to let somebody in, or ends before that; it listens a moment before that."""
    import psycopg  # only where there is a server to wait for

    until = time.monotonic() + 120
    while time.monotonic() < until:
        if server.poll() is not None:
            return False
        try:
            url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
            with psycopg.connect(url, connect_timeout=5) as connection:
                row = connection.execute("SELECT pg_read_file('postmaster.pid', 0, 20)").fetchone()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return row is not None and int(row[0].split()[0]) == server.pid  # else somebody else's answers there
    raise RuntimeError("PostgreSQL did not answer within two minutes")
