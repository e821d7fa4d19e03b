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
from pathlib import Path

import pytest
from hypothesis import settings

pytest.register_assert_rewrite("zroute_core.testing.store_contract", "zroute_core.testing.read_model_contract")

settings.register_profile("house", deadline=None, derandomize=True, print_blob=True)
settings.register_profile(
    "campaign", deadline=None, print_blob=True, derandomize=False, database=None, max_examples=400
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
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
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
    options = ["-D", str(data), "-p", str(port), "-c", "listen_addresses=127.0.0.1", "-k", str(folder)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [binaries / "postgres", *options], stdout=log, stderr=log, user=user, cwd=folder, env=clean
        )
    try:
        _wait_for(port, server)
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


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    """Until it lets somebody in: it listens a moment before that."""
    import psycopg  # only where there is a server to wait for

    for _ in range(200):
        if server.poll() is not None:
            raise RuntimeError("PostgreSQL ended before it began")
        try:
            psycopg.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres", connect_timeout=5).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise RuntimeError("PostgreSQL did not answer within 20 seconds")
