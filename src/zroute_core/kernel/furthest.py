"""The furthest entry that was read from a log: from then on it has to stand there."""

from __future__ import annotations

import attrs

from zroute_core.errors import RootMismatch


@attrs.frozen
class Furthest:
    """Its position and its leaf; nothing was read yet where there are none.

    A store keeps one, and looks at each reading whether the entry still stands. Of two threads that read at once the
    nearer entry may be the one that is kept: less is noticed then, and never too much.
    """

    position: int = 0
    leaf: bytes | None = None

    def check(self, standing: bytes | None, *, may_lag: bool = False) -> None:
        """Is this the leaf that stands there now? None: no entry does, which a log that may lag need not have yet.

        Whoever read from this store may have kept it, so what it says later is said of the same log. Raises
        RootMismatch when it is not.
        """
        if standing != self.leaf and not (may_lag and standing is None):
            raise RootMismatch(
                "the log is not the one that was read before: was a backup put back? Open the store again"
            )

    def or_at(self, position: int, leaf: bytes) -> Furthest:
        """The further one of this and the entry at `position`."""
        return Furthest(position, leaf) if position > self.position else self
