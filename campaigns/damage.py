"""Damage to a file: bits, bytes, pages, its end. Whatever was damaged, no answer is other than it was.

An answer is true, or it is an error that says the log is not what was written there. What nobody notices must be
harmless; an answer that differs and is given all the same is a silent change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from uuid import uuid5

import attrs

from campaigns.proof import Violation
from campaigns.script import NAMESPACE, Command, commands
from zroute_core.adapters.sqlite import SqliteEventStore
from zroute_core.errors import LeafMismatch, ZRouteError
from zroute_core.kernel.merkle import Frontier
from zroute_core.kernel.ports import ProvenLog
from zroute_core.kernel.proof import check
from zroute_core.testing.clock import TickingClock

Answers = dict[str, object]


@attrs.frozen
class Damage:
    """What was done to the file, in words, and what came of it."""

    words: str
    data: bytes = attrs.field(repr=False)


def file_of(path: Path, seed: int, size: int) -> tuple[bytes, tuple[Command, ...]]:
    """A store of so many commands, closed and whole in its one file; and the commands."""
    store, script = SqliteEventStore(path, TickingClock()), commands(seed)
    written = tuple(next(script) for _ in range(size))
    for command in written:
        store.append(command.batches, command.context)
    store.close()
    return path.read_bytes(), written


def damages(data: bytes, random: Random) -> Iterator[Damage]:
    """Ever new ones, each of its own. Half of them hit bytes that are not zero: an empty page hides much."""
    said = [at for at, byte in enumerate(data) if byte]
    page = int.from_bytes(data[16:18], "big")

    def somewhere() -> int:
        return random.choice(said) if random.random() < 0.5 else random.randrange(len(data))

    def put(at: int, new: bytes) -> bytes:
        return data[:at] + new + data[at + len(new) :]

    while True:
        at, dice = somewhere(), random.random()
        if dice < 0.55:
            bit = random.randrange(8)
            yield Damage(f"bit {bit} of byte {at}", put(at, bytes([data[at] ^ 1 << bit])))
        elif dice < 0.8:
            byte = random.randrange(256)
            yield Damage(f"byte {at} becomes {byte}", put(at, bytes([byte])))
        elif dice < 0.87:
            run = random.randbytes(min(random.randrange(2, 64), len(data) - at))
            yield Damage(f"{len(run)} bytes from {at}", put(at, run))
        elif dice < 0.92:
            one, other = (random.randrange(len(data) // page) * page for _ in range(2))
            yield Damage(f"the page at {one} stands at {other} too", put(other, data[one : one + page]))
        elif dice < 0.95:
            yield Damage(f"the page at {at // page * page} is empty", put(at // page * page, bytes(page)))
        else:
            yield Damage(f"cut off at {at}", data[: max(at, 1)])  # of nothing at all a store is made anew


def every_bit(data: bytes) -> Iterator[Damage]:
    """Each bit of the file, one at a time."""
    for at in range(len(data)):
        for bit in range(8):
            yield Damage(f"bit {bit} of byte {at}", data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :])


# ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────


def questions(script: tuple[Command, ...]) -> dict[str, Callable[[ProvenLog], object]]:
    """Everything that can be asked of the log, in the words in which a false answer is reported."""
    streams = sorted({batch.stream for command in script for batch in command.batches})
    strangers = [uuid5(NAMESPACE, f"stranger {number}") for number in range(3)]
    asked: dict[str, Callable[[ProvenLog], object]] = {
        "the head": lambda log: log.head(),
        "the log": lambda log: log.read_all(),
        "its second page": lambda log: log.read_all(after=7, limit=7),
        "what comes behind it": lambda log: log.read_all(after=log.head().size),
        "the leaves": _proven_leaves,
        "the check": check,
    }
    for number, stream in enumerate([*streams, *strangers]):
        asked[f"stream {number}"] = lambda log, stream=stream: log.read_stream(stream)  # type: ignore[misc]
        asked[f"the rest of stream {number}"] = lambda log, stream=stream: log.read_stream(stream, after=2)  # type: ignore[misc]
    return asked


def _proven_leaves(log: ProvenLog) -> tuple[bytes, ...]:
    """Leaves are worth nothing without the root: whoever takes them holds them against it."""
    leaves = tuple(log.leaves())
    if Frontier().followed_by(leaves) != log.head():
        raise LeafMismatch("the leaves do not make the root")
    return leaves


def answers(path: Path, asked: dict[str, Callable[[ProvenLog], object]]) -> Answers:
    """The answer to each question, or the error. Raises Violation for an error of somebody else's."""
    given: Answers = {}

    def ask(name: str, question: Callable[[], object]) -> object:
        try:
            given[name] = question()
        except ZRouteError as error:
            given[name] = error
        except Exception as error:
            raise Violation(f"{name}: {type(error).__name__} crossed the border") from error
        return given[name]

    store = ask("opening", lambda: SqliteEventStore(path, TickingClock()))
    if isinstance(store, SqliteEventStore):
        given["opening"] = True
        for name, question in asked.items():
            ask(name, lambda: question(store))  # noqa: B023  asked before the loop goes on
        store.close()
    return given


def repeated(path: Path, script: tuple[Command, ...]) -> Answers:
    """Every command is sent again: what it is answered, or the error."""
    return answers(path, {f"command {n}": _sender(command) for n, command in enumerate(script)})


def _sender(command: Command) -> Callable[[ProvenLog], object]:
    return lambda log: log.append(command.batches, command.context)


def found(truth: Answers, given: Answers, words: str) -> str:
    """`noticed` or `harmless`. Raises Violation for an answer that is not the true one and was given all the same."""
    false = [name for name, answer in given.items() if not isinstance(answer, ZRouteError) and answer != truth[name]]
    if false:
        raise Violation(f"{words}: silently changed: {', '.join(false)}")
    return "noticed" if any(isinstance(answer, ZRouteError) for answer in given.values()) else "harmless"


class DamagedFile:
    """One good file, damaged over and over."""

    def __init__(self, folder: Path, seed: int, size: int = 40) -> None:
        self.random = Random(f"damage {seed}")
        self.path = folder / "damaged.db"
        self.data, self.script = file_of(folder / "good.db", seed, size)
        self.asked = questions(self.script)
        self.truth = self._asked(self.data)
        self.truth_repeated = self._repeated(self.data)
        if any(isinstance(one, ZRouteError) for one in [*self.truth.values(), *self.truth_repeated.values()]):
            raise Violation("the good file is not good")

    def hit(self, damage: Damage, *, write: bool) -> str:
        """What came of it; with `write` every command is sent again to the damaged file as well. Raises Violation."""
        told = found(self.truth, self._asked(damage.data), damage.words)
        if write:
            found(self.truth_repeated, self._repeated(damage.data), f"{damage.words}, all sent again")
        return told

    def campaign(self, count: int) -> Counter[str]:
        """So many damages, every tenth written to as well; how many were noticed, and how many harmless."""
        some = damages(self.data, self.random)
        return Counter(self.hit(next(some), write=number % 10 == 0) for number in range(count))

    def _asked(self, data: bytes) -> Answers:
        return answers(self._put(data), self.asked)

    def _repeated(self, data: bytes) -> Answers:
        return repeated(self._put(data), self.script)

    def _put(self, data: bytes) -> Path:
        for side in ("-wal", "-shm", "-journal"):
            Path(f"{self.path}{side}").unlink(missing_ok=True)
        self.path.write_bytes(data)
        return self.path
