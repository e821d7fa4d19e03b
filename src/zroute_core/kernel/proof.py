"""Proofs about a log: that it is what it says, that an entry stands in it, and that it only grew.

Nothing here trusts the store: leaves are hashed anew from what is read. A proof is checked with `included` and
`consistent` of `merkle`, which need neither the log nor this library's store.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from zroute_core.errors import InvalidNumber, LeafMismatch, RootMismatch, SequenceGap
from zroute_core.kernel.log import Logged
from zroute_core.kernel.merkle import Frontier, Subtree, consistency, inclusion
from zroute_core.kernel.ports import Progress, ProvenLog, untold

PAGE = 1000


def check(log: ProvenLog, progress: Progress = untold) -> Frontier:
    """Read the whole log and hold it against its head, which is returned. `progress` is told how far it is.

    Positions and versions are 1, 2, 3 ..., each leaf fits its entry, and together they make the root. Memory grows
    with the number of streams only. Raises SequenceGap, LeafMismatch or RootMismatch.
    """
    head, found = log.head(), Frontier()
    versions: dict[UUID, int] = {}
    stored = log.leaves(0, head.size)
    while found.size < head.size:
        page = _page(log, found.size, min(PAGE, head.size - found.size))
        leaves: list[bytes] = []
        for number, one in enumerate(page, start=found.size + 1):
            envelope = one.envelope
            if one.position != number or envelope.version != versions.get(envelope.stream, 0) + 1:
                raise SequenceGap("the log has a gap: an entry is missing, or stands elsewhere")
            versions[envelope.stream] = envelope.version
            leaf = envelope.leaf()
            if leaf != next(stored, None):
                raise _changed(number)
            leaves.append(leaf)
        if not leaves:
            raise SequenceGap("the log ends before its head: entries are missing")
        found = found.followed_by(leaves)
        progress("checking", found.size, head.size)
    if found != head:
        raise RootMismatch("the entries of the log do not make the root it keeps")
    return head


def _page(log: ProvenLog, after: int, limit: int) -> Sequence[Logged]:
    """The next entries. Of those that were changed, the first is named by its position."""
    try:
        return log.read_all(after=after, limit=limit)
    except LeafMismatch:
        pass
    if limit == 1:
        raise _changed(after + 1)
    half = limit // 2
    return (*_page(log, after, half), *_page(log, after + half, limit - half))


def _changed(position: int) -> LeafMismatch:
    return LeafMismatch(f"the entry at position {position} is not what was written there")


def root_at(log: ProvenLog, size: int) -> bytes:
    """The root of the first `size` entries. Raises InvalidNumber or SequenceGap when there are not as many."""
    return _subtree(log)(0, size)


def prove_inclusion(log: ProvenLog, position: int, size: int | None = None) -> tuple[bytes, ...]:
    """That the entry at `position` (from 1) stands in the log of the first `size` entries, by default all.

    Check it with `included(leaf, position - 1, size, proof, root)`. Raises InvalidNumber.
    """
    return inclusion(position - 1, _size(log, size), _subtree(log))


def prove_consistency(log: ProvenLog, earlier: int, later: int | None = None) -> tuple[bytes, ...]:
    """That the log of `later` entries, by default all, only added to that of `earlier` ones.

    Check it with `consistent(earlier, later, proof, earlier_root, later_root)`. Raises InvalidNumber.
    """
    return consistency(earlier, _size(log, later), _subtree(log))


def _size(log: ProvenLog, asked: int | None) -> int:
    """Of nothing beyond the log there is a proof, although none of its leaves may be needed for one."""
    size = log.head().size
    if asked is not None and asked > size:
        raise InvalidNumber("must be at most the size of the log", field="size")
    return size if asked is None else asked


def _subtree(log: ProvenLog) -> Subtree:
    """Folded from the leaves as they are read; only a frontier is held."""

    def fold(start: int, stop: int) -> bytes:
        found = Frontier().followed_by(log.leaves(start, stop))
        if found.size != stop - start:
            raise SequenceGap("the log has fewer entries than that")
        return found.root()

    return fold
