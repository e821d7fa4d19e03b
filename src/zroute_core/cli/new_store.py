"""A store that is not there yet: empty, and made only when something comes in."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from zroute_core.adapters.memory import MemoryEventStore
from zroute_core.errors import NotAStore
from zroute_core.kernel.log import Envelope
from zroute_core.kernel.merkle import Frontier
from zroute_core.kernel.ports import ProvenLog
from zroute_core.opening import open_log, place_of


class NewStore(MemoryEventStore):
    """For an archive that may prove not to be whole: then nothing was made for it. Only `extend` writes to it.

    Raises NotAStore at once where no file can be made.
    """

    def __init__(self, url: str) -> None:
        super().__init__()
        place = place_of(url)
        if isinstance(place, Path) and not _can_be_made(place):
            raise NotAStore(
                "no store can be made there: give a file in a folder that is there and may be written", field="db"
            )
        self._url = url
        self._made: ProvenLog | None = None

    def make(self) -> ProvenLog:
        """The store itself, from now on."""
        if self._made is None:
            self._made = open_log(self._url)
        return self._made

    def extend(self, envelopes: Sequence[Envelope], *, after: int | None = None) -> int:
        return self.make().extend(envelopes, after=after)

    def head(self) -> Frontier:
        return super().head() if self._made is None else self._made.head()

    def close(self) -> None:
        if self._made is not None:
            self._made.close()
        super().close()


def _can_be_made(path: Path) -> bool:
    try:
        if path.exists():
            return path.is_file()
        return path.parent.is_dir() and os.access(path.parent, os.W_OK)
    except OSError:  # a name that no file can have
        return False
