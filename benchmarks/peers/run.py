"""The same work on zroute_core and on its peers, by turns on one machine; prints a table, or writes it into a page.

    python benchmarks/peers/run.py CACHE --write

CACHE is a folder for the environments, which are made once, and for the databases, which are removed at the end. Needs
Python 3.13 for `eventsource-py` (all Python peers run on the interpreter that runs this), Node 20 or later with npm,
and a PostgreSQL server binary; what is missing is left out, and said. The standard library is enough for this script.
"""

# ruff: noqa: S603, T201  it starts what it made itself, and prints a table

from __future__ import annotations

import argparse
import json
import os
import platform
import pwd
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PAGE = ROOT / "docs" / "reference" / "peers.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

OURS = "zroute_core"
SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"

WORK: Mapping[str, str] = {
    "one": "a commit of one fact",
    "ten": "a commit of ten facts",
    "load": "loading a stream of {lessons} facts",
    "read": "reading the whole log in order, a fact",
    "rebuild": "making a stored projection anew, a fact",
    "bytes": "on disk, a fact",
}


@dataclass(frozen=True)
class Peer:
    """A library as it is measured."""

    name: str
    """In the table."""
    environment: str
    """The name of its requirements; of Emmett that of its folder."""
    driver: str
    """In this folder, or in that of its Node modules."""
    databases: tuple[str, ...] = (SQLITE, POSTGRESQL)
    flags: tuple[str, ...] = ()
    """Of Python."""

    @property
    def on_node(self) -> bool:
        return self.driver.endswith(".mjs")


PEERS = (
    Peer(OURS, "zroute_core", "drive_zroute_core.py"),
    Peer("eventsourcing", "eventsourcing", "drive_eventsourcing.py"),
    Peer("eventsourcing, python -O", "eventsourcing", "drive_eventsourcing.py", flags=("-O",)),
    Peer("eventsource-py", "eventsource-py", "drive_eventsource_py.py"),
    Peer("python-event-sourcery", "python-event-sourcery", "drive_event_sourcery.py"),
    Peer("Emmett", "emmett", "drive.mjs", databases=(POSTGRESQL,)),
)


@dataclass(frozen=True)
class Environment:
    """Where a peer is installed."""

    program: Path
    """Python or Node."""
    drivers: Path
    """The folder from which its driver finds what is installed."""


class Failed(Exception):
    """Something could not be made or measured; the sentence is fit for the table."""


@dataclass
class Results:
    """What was found on one kind of database."""

    seconds: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    """By peer and work, round after round; bytes stand there as well, once."""
    cannot: dict[str, dict[str, str]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    versions: dict[str, dict[str, str]] = field(default_factory=dict)


def main() -> None:
    """Read the command line, measure, and tell."""
    asked = _command_line()
    sizes = {name: getattr(asked, name) for name in ("streams", "lessons", "commits", "tens", "loads", "followed")}
    peers = [one for one in PEERS if asked.peers is None or one.name in asked.peers]
    asked.cache.mkdir(parents=True, exist_ok=True)
    programs, failed = environments(asked.cache.resolve(), peers)
    found: dict[str, Results] = {}
    facts = [SqliteFiles.version] if SQLITE in asked.databases else []
    with tempfile.TemporaryDirectory(prefix="databases-", dir=asked.cache) as name:
        folder = Path(name)
        if SQLITE in asked.databases:
            found[SQLITE] = measure(SqliteFiles(folder), peers, programs, failed, sizes, asked.rounds)
        if POSTGRESQL in asked.databases:
            try:
                with server() as databases:
                    facts.append(databases.version)
                    found[POSTGRESQL] = measure(databases, peers, programs, failed, sizes, asked.rounds)
            except Failed as reason:
                facts.append(f"PostgreSQL: {reason}")
    told = page(found, sizes, asked.rounds, facts)
    if asked.json is not None:
        asked.json.write_text(json.dumps({kind: vars(one) for kind, one in found.items()}, indent=1) + "\n")
    if asked.write:
        before, _, rest = PAGE.read_text().partition(BEGIN)
        _, _, after = rest.partition(END)
        PAGE.write_text(f"{before}{BEGIN}\n\n{told}\n{END}{after}")
    print(told)


def _command_line() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path, help="a folder for environments and databases")
    parser.add_argument("--rounds", type=int, default=5, help="of each; the medians are told (default %(default)s)")
    parser.add_argument("--streams", type=int, default=125, help="streams in the log (default %(default)s)")
    parser.add_argument("--lessons", type=int, default=800, help="facts in a stream (default %(default)s)")
    parser.add_argument("--commits", type=int, default=400, help="commits of one fact (default %(default)s)")
    parser.add_argument("--tens", type=int, default=150, help="commits of ten (default %(default)s)")
    parser.add_argument("--loads", type=int, default=25, help="streams that are loaded (default %(default)s)")
    what = "facts that a projection follows which takes them one by one (default %(default)s)"
    parser.add_argument("--followed", type=int, default=3000, help=what)
    parser.add_argument("--databases", nargs="+", choices=[SQLITE, POSTGRESQL], default=[SQLITE, POSTGRESQL])
    parser.add_argument("--peers", nargs="+", choices=[one.name for one in PEERS], help="only these")
    parser.add_argument("--json", type=Path, help="every single figure, into this file")
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.relative_to(ROOT)}")
    return parser.parse_args()


# ── environments ─────────────────────────────────────────────────────────────────────────────────────────────────


def environments(cache: Path, peers: Sequence[Peer]) -> tuple[dict[str, Environment], dict[str, str]]:
    """The environments by their names, and why one could not be made."""
    programs: dict[str, Environment] = {}
    failed: dict[str, str] = {}
    for peer in peers:
        if peer.environment in programs or peer.environment in failed:
            continue
        try:
            make = _node_modules if peer.on_node else _virtual_environment
            programs[peer.environment] = make(cache / peer.environment, peer.environment)
        except Failed as reason:
            failed[peer.environment] = f"could not be installed: {reason}"
    return programs, failed


def _virtual_environment(folder: Path, name: str) -> Environment:
    python = folder / "bin" / "python"
    requirements = HERE / "requirements" / f"{name}.txt"
    made = folder / "made-from.txt"
    if not made.exists() or made.read_text() != requirements.read_text():
        venv.create(folder, with_pip=True, clear=True)
        _run([str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", str(requirements)])
        made.write_text(requirements.read_text())
    if name == OURS:  # as it stands now, every time
        install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps"]
        _run([*install, "--force-reinstall", str(ROOT)])
    return Environment(python, HERE)


def _node_modules(folder: Path, name: str) -> Environment:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise Failed("Node with npm was not found")
    wanted = (HERE / name / "package-lock.json").read_text()
    made = folder / "made-from.json"
    folder.mkdir(exist_ok=True)
    for file in ("package.json", "package-lock.json", "drive.mjs"):
        shutil.copy(HERE / name / file, folder / file)
    if not made.exists() or made.read_text() != wanted:
        _run([npm, "ci", "--no-audit", "--no-fund"], folder)
        made.write_text(wanted)
    return Environment(Path(node), folder)


# ── databases ────────────────────────────────────────────────────────────────────────────────────────────────────


class SqliteFiles:
    """Databases that are files in one folder."""

    kind = SQLITE
    version = f"SQLite {sqlite3.sqlite_version}"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def make(self, name: str) -> str:
        """A URL. The file is made by whoever opens it."""
        self.drop(name)
        return self.url(name)

    def url(self, name: str) -> str:
        """Of one that is there."""
        return f"sqlite:///{self._folder / name}.db"

    def size(self, name: str) -> int:
        """Its bytes, with nothing left in the log of writes."""
        path = self._folder / f"{name}.db"
        with closing(sqlite3.connect(path)) as connection:
            if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
                raise Failed("its SQLite file is not in WAL mode")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return path.stat().st_size

    def settle(self) -> None:
        """Nothing goes on behind a file."""

    def drop(self, name: str) -> None:
        """Take it away."""
        for path in self._folder.glob(f"{name}.db*"):
            path.unlink()


class PostgresDatabases:
    """Databases of one server of our own."""

    kind = POSTGRESQL

    def __init__(self, psql: str, port: int) -> None:
        self._psql = [psql, "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", "-XqAt", "-v", "ON_ERROR_STOP=1"]
        self._url = f"postgresql://postgres@127.0.0.1:{port}"
        self.version = f"PostgreSQL {self._ask('SHOW server_version').split()[0]}"
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            if self._ask(f"SHOW {setting}") != "on":
                raise Failed(f"{setting} is not on")

    def make(self, name: str) -> str:
        """The URL of a new database."""
        self.drop(name)
        self._ask(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def url(self, name: str) -> str:
        """Of one that is there."""
        return f"{self._url}/{name}"

    def size(self, name: str) -> int:
        """Bytes of its tables and indexes."""
        return int(
            self._ask(
                "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n "
                "ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', "
                "'information_schema', 'pg_toast')",
                name,
            )
        )

    def settle(self) -> None:
        """Write out what the one before left in memory."""
        self._ask("CHECKPOINT")

    def drop(self, name: str) -> None:
        """Take it away, whoever is still connected."""
        self._ask(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _ask(self, sql: str, database: str = "postgres") -> str:
        return _run([*self._psql, "-d", database, "-c", sql], environment={"PGOPTIONS": "-c client_min_messages=error"})


Databases = SqliteFiles | PostgresDatabases


@contextmanager
def server() -> Iterator[PostgresDatabases]:
    """A private server with its default settings: its own port and folder, loopback only, ended by its own id."""
    binaries = _server_binaries()
    psql = shutil.which("psql") or str(binaries / "psql")
    folder = Path(tempfile.mkdtemp(prefix="peers-pg-"))
    user = _somebody_else(folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    clean = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    data = str(folder / "data")
    _run([str(binaries / "initdb"), "-D", data, "-U", "postgres", "--auth=trust"], folder, clean, user)
    options = ["-D", data, "-p", str(port), "-c", "listen_addresses=127.0.0.1", "-k", str(folder)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(binaries / "postgres"), *options], stdout=log, stderr=log, user=user, cwd=folder, env=clean
        )
    try:
        yield _answering(psql, port, process)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _server_binaries() -> Path:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if not homes:
        raise Failed("no server binary was found")
    return homes[-1].parent


def _somebody_else(folder: Path) -> str | None:
    """PostgreSQL does not run as root: then somebody else must own the folder."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = "postgres" if "postgres" in names else "nobody"
    shutil.chown(folder, user)
    return user


def _answering(psql: str, port: int, process: subprocess.Popen[bytes]) -> PostgresDatabases:
    for _ in range(100):
        if process.poll() is not None:
            raise Failed("the server ended before it began")
        try:
            return PostgresDatabases(psql, port)
        except Failed:
            time.sleep(0.2)
    raise Failed("the server did not answer within 20 seconds")


# ── measuring ────────────────────────────────────────────────────────────────────────────────────────────────────


def measure(
    databases: Databases,
    peers: Sequence[Peer],
    programs: Mapping[str, Environment],
    failed: Mapping[str, str],
    sizes: Mapping[str, int],
    rounds: int,
) -> Results:
    """Fill a log for each peer, then measure them by turns; whoever is first in a round is last in the next."""
    results = Results()
    here = [one for one in peers if databases.kind in one.databases]
    filled: dict[str, tuple[dict[str, str], float]] = {}
    for peer in here:
        try:
            if peer.environment in failed:
                raise Failed(failed[peer.environment])
            if peer.environment not in filled:
                _say(f"{databases.kind}, filling the log: {peer.name}")
                filled[peer.environment] = _fill(databases, peer, programs, sizes)
            results.versions[peer.name], size = filled[peer.environment]
            results.seconds[peer.name] = {"bytes": [size]}
        except Failed as reason:
            results.failed[peer.name] = str(reason)
    for number in range(rounds):
        turn = number % len(here)
        for peer in [*here[turn:], *here[:turn]]:
            if peer.name in results.failed:
                continue
            _say(f"{databases.kind}, round {number + 1} of {rounds}: {peer.name}")
            try:
                _one_round(databases, peer, programs, sizes, results)
            except Failed as reason:
                results.failed[peer.name] = str(reason)
    for peer in here:
        databases.drop(_log_of(peer))
    return results


def _fill(
    databases: Databases, peer: Peer, programs: Mapping[str, Environment], sizes: Mapping[str, int]
) -> tuple[dict[str, str], float]:
    """The versions that filled it, and the bytes of a fact."""
    told = _drive(peer, programs, ["fill", databases.make(_log_of(peer))], sizes)
    versions: dict[str, str] = {**told["versions"], **({"Node": told["node"]} if "node" in told else {})}
    return versions, databases.size(_log_of(peer)) / (sizes["streams"] * sizes["lessons"])


def _one_round(
    databases: Databases, peer: Peer, programs: Mapping[str, Environment], sizes: Mapping[str, int], results: Results
) -> None:
    log, commits, views = _log_of(peer), "commits", "views"
    try:
        urls = [databases.url(log), databases.make(commits), databases.make(views)]
        databases.settle()
        told = _drive(peer, programs, ["measure", *urls], sizes)
    finally:
        databases.drop(commits)
        databases.drop(views)
    for work, seconds in told["seconds"].items():
        results.seconds[peer.name].setdefault(work, []).append(seconds)
    results.cannot[peer.name] = told["cannot"]


def _log_of(peer: Peer) -> str:
    return f"log-{peer.environment}"


def _drive(
    peer: Peer, programs: Mapping[str, Environment], words: Sequence[str], sizes: Mapping[str, int]
) -> dict[str, Any]:
    at = programs[peer.environment]
    told = _run([str(at.program), *peer.flags, str(at.drivers / peer.driver), *words, json.dumps(sizes)])
    answer: dict[str, Any] = json.loads(told.splitlines()[-1])
    return answer


def _run(
    command: Sequence[str],
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    user: str | None = None,
) -> str:
    """What it printed. Raises Failed with the last line of what it complained of."""
    done = subprocess.run(command, cwd=folder, env=environment, user=user, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise Failed(lines[-1] if lines else f"ended with {done.returncode}")
    return done.stdout.strip()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


# ── the table ────────────────────────────────────────────────────────────────────────────────────────────────────


def page(found: Mapping[str, Results], sizes: Mapping[str, int], rounds: int, facts: Sequence[str]) -> str:
    """The tables of all databases, and what they were measured with."""
    lines: list[str] = []
    versions: dict[str, str] = {}
    for kind, results in found.items():
        lines += [*_table(kind, results, sizes), ""]
        for one in results.versions.values():
            versions[next(iter(one))] = _with(one)
    lines += [
        f"Medians of {rounds} rounds by turns, each peer in a new process; behind each its ratio to {OURS} in the same "
        f"round, also the median (above 1: slower, or larger, than {OURS}).",
        f"The log holds {sizes['streams'] * sizes['lessons']:,} facts in {sizes['streams']:,} streams. A round has "
        f"{sizes['commits']} commits of one fact, {sizes['tens']} of ten and {sizes['loads']} loads; a projection that "
        f"takes facts one by one follows {sizes['followed']:,} of them.",
        "",
        f"Measured on {_machine()}; {', '.join(facts)}.",
        "",
        *(f"- {told}" for told in versions.values()),
    ]
    return "\n".join(lines) + "\n"


def _table(kind: str, results: Results, sizes: Mapping[str, int]) -> list[str]:
    names = [*results.seconds, *(one for one in results.failed if one not in results.seconds)]
    lines = [f"### {kind}", "", f"| | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]
    notes: dict[str, str] = {}
    for work, what in WORK.items():
        cells: list[str] = []
        for name in names:
            figures = results.seconds.get(name, {}).get(work, [])
            reason = results.failed.get(name) or results.cannot.get(name, {}).get(work)
            if reason:
                notes.setdefault(reason, name)
                cells.append(f"({list(notes).index(reason) + 1})")
            else:
                cells.append(_cell(work, figures, results.seconds.get(OURS, {}).get(work, []), name))
        lines.append(f"| {what.format(**sizes)} | {' | '.join(cells)} |")
    return [*lines, "", *(f"({at}) {name}: {reason}." for at, (reason, name) in enumerate(notes.items(), start=1))]


def _cell(work: str, figures: Sequence[float], ours: Sequence[float], name: str) -> str:
    if not figures:
        return ""
    told = f"{median(figures):,.0f} B" if work == "bytes" else _duration(median(figures))
    if name == OURS or len(ours) != len(figures):
        return told
    ratio = median(theirs / our for theirs, our in zip(figures, ours, strict=True))
    return f"{told} ({ratio:.2g} ×)" if ratio < 10 else f"{told} ({ratio:.0f} ×)"


def _duration(seconds: float) -> str:
    for scale, unit in ((1.0, "s"), (1e3, "ms")):
        if seconds * scale >= 1:
            return f"{seconds * scale:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def _machine() -> str:
    model = platform.machine()
    with suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return f"{os.cpu_count()} cores ({model}), {platform.system()}, Python {platform.python_version()}"


def _with(versions: Mapping[str, str]) -> str:
    """A peer with what it stands on."""
    first, *others = (f"{name} {version}" for name, version in versions.items())
    return f"{first}, with {', '.join(others)}"


if __name__ == "__main__":
    main()
