"""PostgreSQL servers of one's own, to be measured, stopped, killed, frozen and followed.

Each has its own folder and port, listens on the loopback only, and is ended by its own process id.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import SystemRandom
from time import monotonic, sleep

CLEAN = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}

PATIENCE = 120.0
"""Seconds that a server may take to start."""

PORTS = 5
"""How many ports are tried, when somebody else takes one between choosing and using."""


def server_binaries() -> Path | None:
    """The folder with initdb and postgres: on the PATH, else the newest where Debian keeps them."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    return homes[-1].parent if homes else None


class Server:
    """A server that is made, or becomes a copy of another one, and then started as often as wanted."""

    def __init__(self) -> None:
        """Raises FileNotFoundError when there is no server binary."""
        binaries = server_binaries()
        if binaries is None:
            raise FileNotFoundError("no PostgreSQL server binary was found: install postgresql")
        self._binaries = binaries
        self._folder = Path(tempfile.mkdtemp(prefix="zroute-pg-", dir="/tmp"))
        self._user = _somebody_else(self._folder)
        self._data = self._folder / "data"
        self._process: subprocess.Popen[bytes] | None = None
        self._started = False
        self.port = _free_port()

    @property
    def url(self) -> str:
        """Of its superuser."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

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
        """With these settings, each as `name=value`, besides. The first time it may come to another port."""
        for _ in range(PORTS):
            self._process = self._begun(settings)
            if _lets_in(self._process, self._data / "postmaster.pid"):
                self._started = True
                return
            if self._started:
                break
            self.port = _free_port()
        raise RuntimeError(f"PostgreSQL ends before it begins: {(self._folder / 'log').read_text()}")

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

    def _begun(self, settings: Iterable[str]) -> subprocess.Popen[bytes]:
        options = ["-D", str(self._data), "-p", str(self.port), "-k", str(self._folder)]
        for setting in ("listen_addresses=127.0.0.1", *settings):
            options += ["-c", setting]
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                [self._binaries / "postgres", *options],
                stdout=log,
                stderr=log,
                user=self._user,
                cwd=self._folder,
                env=CLEAN,
            )

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
            sleep(0.001)


def _lets_in(process: subprocess.Popen[bytes], told: Path) -> bool:
    """Whether it comes to let somebody in, or ends before that: it writes down how far it is, and its process id."""
    until = monotonic() + PATIENCE
    while process.poll() is None:
        if monotonic() > until:
            raise RuntimeError(f"PostgreSQL did not answer within {PATIENCE:g} seconds")
        with suppress(OSError):
            lines = told.read_text().split()
            if lines[:1] == [str(process.pid)] and lines[-1] == "ready":
                return True
        sleep(0.05)
    return False


def _free_port() -> int:
    """One that nobody listens at, below those that the kernel gives to whoever connects: these are soon taken."""
    while True:
        port = SystemRandom().randrange(15_000, 30_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _somebody_else(folder: Path) -> str | None:
    """PostgreSQL does not run as root: then somebody else must own the folder."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = "postgres" if "postgres" in names else "nobody"
    shutil.chown(folder, user)
    return user


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
