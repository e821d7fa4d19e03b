"""The Merkle tree over the log (RFC 6962 and 9162): what makes every change of an entry visible.

A log of `n` leaves has one root. Whoever holds a root of yesterday can be shown, with some log2(n) hashes, that a leaf
stands in it (inclusion) and that today's log only added to it (consistency). Only the frontier is needed to add: the
roots of the largest full subtrees, from left to right, one for each bit of the size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

import attrs

from zroute_core.errors import InvalidNumber

HASH_BYTES = 32

EMPTY_ROOT = sha256().digest()
"""The root of a tree without leaves."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of one entry: SHA-256 of 0x00 and its bytes."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees: SHA-256 of 0x01 and both."""
    return sha256(b"\x01" + left + right).digest()


@attrs.frozen
class Frontier:
    """All that is needed to add leaves: the size, and the roots of the full subtrees, the largest first."""

    size: int = 0
    roots: tuple[bytes, ...] = ()

    def followed_by(self, leaves: Iterable[bytes]) -> Frontier:
        """The frontier after these leaves."""
        size, roots = self.size, list(self.roots)
        for leaf in leaves:
            full = size
            while full & 1:
                leaf = node_hash(roots.pop(), leaf)
                full >>= 1
            roots.append(leaf)
            size += 1
        return Frontier(size, tuple(roots))

    def root(self) -> bytes:
        """The root of the whole log."""
        if not self.roots:
            return EMPTY_ROOT
        *lefts, root = self.roots
        for left in reversed(lefts):
            root = node_hash(left, root)
        return root

    def to_bytes(self) -> bytes:
        """The roots, one after the other; the size stands beside it."""
        return b"".join(self.roots)

    @classmethod
    def from_bytes(cls, size: int, roots: bytes) -> Frontier:
        """Raises InvalidNumber when there are not as many roots as a tree of that size has."""
        if size < 0 or len(roots) != HASH_BYTES * size.bit_count():
            raise InvalidNumber("must be one hash of 32 bytes for each bit of the size", field="frontier")
        return cls(size, tuple(roots[at : at + HASH_BYTES] for at in range(0, len(roots), HASH_BYTES)))


# ── proofs ───────────────────────────────────────────────────────────────────────────────────────────────────
#
# `subtree` answers the hash over the leaves from `start` up to `stop` (counted from 0, `stop` not included). A store
# folds it from the leaves it reads; nothing is held in memory but a frontier.

Subtree = Callable[[int, int], bytes]


def subtree_of(leaves: Sequence[bytes]) -> Subtree:
    """Subtrees of leaves in memory."""
    return lambda start, stop: Frontier().followed_by(leaves[start:stop]).root()


def inclusion(index: int, size: int, subtree: Subtree) -> tuple[bytes, ...]:
    """The proof that the leaf at `index` (from 0) stands in the tree of the first `size` leaves (RFC 9162, 2.1.3.1).

    Raises InvalidNumber unless 0 <= index < size.
    """
    if not 0 <= index < size:
        raise InvalidNumber("must be the index of a leaf within the size", field="index")
    return tuple(_path(index, 0, size, subtree))


def _path(index: int, start: int, stop: int, subtree: Subtree) -> list[bytes]:
    if stop - start == 1:
        return []
    middle = start + _left_size(stop - start)
    if index < middle:
        return [*_path(index, start, middle, subtree), subtree(middle, stop)]
    return [*_path(index, middle, stop, subtree), subtree(start, middle)]


def consistency(earlier: int, later: int, subtree: Subtree) -> tuple[bytes, ...]:
    """The proof that the tree of `later` leaves only added to that of `earlier` ones (RFC 9162, 2.1.4.1).

    Raises InvalidNumber unless 0 <= earlier <= later. Nothing has to be shown of an empty or the same tree.
    """
    if not 0 <= earlier <= later:
        raise InvalidNumber("must be a size from 0 up to the later one", field="earlier")
    if earlier in {0, later}:
        return ()
    return tuple(_added(earlier, 0, later, True, subtree))


def _added(earlier: int, start: int, stop: int, whole: bool, subtree: Subtree) -> list[bytes]:
    if earlier == stop - start:
        return [] if whole else [subtree(start, stop)]
    left = _left_size(stop - start)
    middle = start + left
    if earlier <= left:
        return [*_added(earlier, start, middle, whole, subtree), subtree(middle, stop)]
    return [*_added(earlier - left, middle, stop, False, subtree), subtree(start, middle)]


def _left_size(size: int) -> int:
    """The largest power of two below the size."""
    return 1 << (size - 1).bit_length() - 1


def included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Does the proof show that the leaf stands at `index` in the tree with this size and root? (RFC 9162, 2.1.3.2)"""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(step, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, step)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def consistent(earlier: int, later: int, proof: Sequence[bytes], earlier_root: bytes, later_root: bytes) -> bool:
    """Does the proof show that the later tree only added to the earlier one? (RFC 9162, 2.1.4.2)"""
    if not 0 <= earlier <= later:
        return False
    if earlier == 0:
        return not proof and earlier_root == EMPTY_ROOT
    if earlier == later:
        return not proof and earlier_root == later_root
    steps = [earlier_root, *proof] if earlier.bit_count() == 1 else list(proof)
    if not steps:
        return False
    place, last = earlier - 1, later - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, step)
        place, last = place >> 1, last >> 1
    return last == 0 and old == earlier_root and new == later_root
