"""Proofs about a log: what is shown holds, and what was changed is found."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID, uuid4

import attrs
import pytest

from zroute_core.adapters.memory import MemoryEventStore
from zroute_core.adapters.sqlite import SqliteEventStore
from zroute_core.errors import InvalidNumber, LeafMismatch, RootMismatch, SequenceGap, StoreClosed
from zroute_core.kernel.log import Batch, Logged
from zroute_core.kernel.merkle import EMPTY_ROOT, Frontier, consistent, included
from zroute_core.kernel.ports import ProvenLog
from zroute_core.kernel.proof import check, prove_consistency, prove_inclusion, root_at
from zroute_core.testing.clock import TickingClock
from zroute_core.testing.store_contract import context, fact


def filled(log: ProvenLog, commands: int = 7) -> ProvenLog:
    stream = uuid4()
    for version in range(commands):
        log.append([Batch(stream, version, (fact(str(version)),)), Batch(uuid4(), 0, (fact(),))], context())
    return log


def test_a_log_of_nothing_has_the_root_of_nothing() -> None:
    assert check(MemoryEventStore()).root() == EMPTY_ROOT


def test_a_whole_log_is_what_it_says(tmp_path: Path) -> None:
    log = filled(SqliteEventStore(tmp_path / "zroute.db", TickingClock()))
    heard: list[tuple[str, int, int]] = []
    head = check(log, lambda *told: heard.append(told))
    assert head == log.head()
    assert heard == [("checking", 14, 14)]
    assert head.root() == Frontier().followed_by(one.envelope.leaf() for one in log.read_all()).root()
    log.close()


def test_every_entry_is_shown_to_stand_in_the_log_of_then_and_of_now(tmp_path: Path) -> None:
    log = filled(SqliteEventStore(tmp_path / "zroute.db", TickingClock()))
    for one in log.read_all():
        for size in (one.position, 14):
            proof = prove_inclusion(log, one.position, size)
            assert included(one.envelope.leaf(), one.position - 1, size, proof, root_at(log, size))
    assert prove_inclusion(log, 3) == prove_inclusion(log, 3, 14)
    log.close()


def test_the_log_is_shown_to_have_only_grown() -> None:
    log = filled(MemoryEventStore(TickingClock()))
    for earlier in range(15):
        proof = prove_consistency(log, earlier)
        assert consistent(earlier, 14, proof, root_at(log, earlier), log.head().root())


@pytest.mark.parametrize(("position", "size"), [(0, 14), (15, None), (3, 2), (15, 15), (3, 15)])
def test_what_is_not_there_cannot_be_shown(position: int, size: int | None) -> None:
    with pytest.raises(InvalidNumber):
        prove_inclusion(filled(MemoryEventStore()), position, size)


@pytest.mark.parametrize(("earlier", "later"), [(99, 99), (0, 99), (15, 15), (3, 15), (15, None), (3, 2), (-1, None)])
def test_of_a_log_that_does_not_exist_yet_it_cannot_be_shown_that_it_grew(earlier: int, later: int | None) -> None:
    with pytest.raises(InvalidNumber):
        prove_consistency(filled(MemoryEventStore()), earlier, later)


def test_a_log_that_does_not_exist_yet_has_no_root() -> None:
    with pytest.raises(SequenceGap):
        root_at(filled(MemoryEventStore()), 15)


class Lying(MemoryEventStore):
    """Hands out a log that somebody changed."""

    def __init__(self, change: str) -> None:
        super().__init__(TickingClock())
        self.change = change

    def read_all(self, *, after: int = 0, limit: int = 1000) -> Sequence[Logged]:
        page = list(super().read_all(after=after, limit=limit))
        match self.change:
            case "payload":
                page[3] = attrs.evolve(page[3], envelope=attrs.evolve(page[3].envelope, payload=b"[]"))
            case "order":
                page[3], page[5] = (attrs.evolve(page[3], position=6), attrs.evolve(page[5], position=4))
            case "missing":
                del page[3]
            case "end":
                page = [one for one in page if one.position <= 10]
            case "stream":
                page[4] = attrs.evolve(page[4], envelope=attrs.evolve(page[4].envelope, stream=UUID(int=5)))
            case _:
                pass
        return tuple(page)

    def head(self) -> Frontier:
        head = super().head()
        return Frontier(head.size, head.roots[::-1]) if self.change == "head" else head


@pytest.mark.parametrize("change", ["payload", "order", "missing", "end", "stream", "head"])
def test_a_log_that_was_changed_is_found_out(change: str) -> None:
    with pytest.raises((SequenceGap, LeafMismatch, RootMismatch)):
        check(filled(Lying(change)))


def test_a_closed_log_is_not_checked() -> None:
    closed = filled(MemoryEventStore())
    closed.close()
    with pytest.raises(StoreClosed):
        check(closed)
