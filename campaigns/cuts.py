"""A proxy that cuts the connection to PostgreSQL after so many bytes, either way, and what becomes of a command."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import Enum
from threading import Lock, Thread

import attrs

from campaigns.faults import Kind, Plan, When
from campaigns.postgres_faults import HURRY, Haste, in_haste
from campaigns.sweep import Made, Sweep, ask


class Way(Enum):
    """Whose bytes are counted."""

    TO_THE_SERVER = "to the server"
    TO_THE_CLIENT = "to the client"


@attrs.frozen
class Cut:
    """After so many bytes that go this way the connection is cut; `for_ever`: and no other one is let through."""

    way: Way
    after: int
    for_ever: bool


class Proxy:
    """Stands between a client and a server on this machine. To be closed.

    Whom it lets through no more waits until its deadline: time passes quickly then, and only then.
    """

    def __init__(self, port: int, haste: Haste) -> None:
        self._server = port
        self._haste = haste
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.passed = dict.fromkeys(Way, 0)
        self.cuts = 0
        self._cut: Cut | None = None
        self._shut = False
        self._lock = Lock()
        self._open: set[socket.socket] = set()
        self._threads = [Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for one in list(self._open):
            _end(one)
        for thread in self._threads:
            thread.join()

    def arm(self, cut: Cut | None) -> None:
        """From now on; what passed is counted from here."""
        with self._lock:
            self.passed = dict.fromkeys(Way, 0)
            self.cuts, self._cut, self._shut = 0, cut, False

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listening.accept()
                if self._shut:
                    self._haste.ahead += HURRY
                    _end(client)
                    continue
                server = socket.create_connection(("127.0.0.1", self._server))
                self._open |= {client, server}
                for source, target, way in ((client, server, Way.TO_THE_SERVER), (server, client, Way.TO_THE_CLIENT)):
                    thread = Thread(target=self._pass, args=(source, target, way))
                    self._threads.append(thread)
                    thread.start()

    def _pass(self, source: socket.socket, target: socket.socket, way: Way) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                allowed, cut = self._allowed(way, len(data))
                target.sendall(data[:allowed])
                if cut:
                    break
        for one in (source, target):
            _end(one)
        self._open -= {source, target}

    def _allowed(self, way: Way, size: int) -> tuple[int, bool]:
        """How many of these bytes may pass, and whether the connection ends behind them."""
        with self._lock:
            cut = self._cut
            due = cut is not None and cut.way is way and self.passed[way] + size >= cut.after
            allowed = cut.after - self.passed[way] if cut is not None and due else size
            self.passed[way] += allowed
            if cut is not None and due:
                self.cuts += 1
                self._cut, self._shut = None, cut.for_ever
            return allowed, due or self._shut


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextmanager
def between(port: int) -> Iterator[Proxy]:
    """A proxy in front of the server with this port."""
    with in_haste() as haste:
        proxy = Proxy(port, haste)
        try:
            yield proxy
        finally:
            proxy.close()


def cut_commands(sweep: Sweep, proxy: Proxy, makes: Sequence[Made], points: int, for_ever: bool) -> int:
    """Each command is cut at so many points, spread over the bytes of both ways; how many cuts. Raises Violation.

    The first point lets nothing through, the last one everything: then only the end of the connection is seen.
    """
    cuts = 0
    for make in makes:
        size = _bytes_of(sweep, proxy, make)
        for way in Way:
            for number in range(points):
                after = size[way] * number // (points - 1)
                cuts += _cut(sweep, proxy, make, Cut(way, after, for_ever))
    return cuts


def _bytes_of(sweep: Sweep, proxy: Proxy, make: Made) -> dict[Way, int]:
    case = make(sweep.store, sweep.new)
    proxy.arm(None)
    ask(case, sweep.store)
    return dict(proxy.passed)


def _cut(sweep: Sweep, proxy: Proxy, make: Made, cut: Cut) -> int:
    sweep.patiently(lambda store: store.head())
    case = make(sweep.store, sweep.new)
    before = sweep.onlooker.head().size
    proxy.arm(cut)
    answer = ask(case, sweep.store)
    cuts = proxy.cuts
    proxy.arm(None)
    if case.twice is not None:  # over a line that breaks under it, a store may take what stands for its own first try
        sweep.patiently(lambda store: store.head())
    when = When.BEFORE if cut.way is Way.TO_THE_SERVER else When.AFTER
    sweep.judge(case, answer, before, Plan(cut.after, Kind.LOST, when, cut.for_ever), cuts)
    return cuts
