"""A store that is not there yet: empty, and made only when something comes in."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

from zroute_core.adapters.memory import MemoryEventStore
from zroute_core.errors import NotAStore
from zroute_core.kernel.log import Batch, Context, Envelope, Logged
from zroute_core.kernel.merkle import Frontier
from zroute_core.kernel.ports import ProvenLog
from zroute_core.opening import open_log, place_of


class NewStore:
    """For an archive that may prove not to be whole: then nothing was made for it.

    Raises NotAStore at once where no file can be made.
    """

    def __init__(self, url: str) -> None:
        place = place_of(url)
        if isinstance(place, Path) and not _can_be_made(place):
            raise NotAStore(
                "no store can be made there: give a file in a folder that is there and may be written", field="db"
            )
        self._url = url
        self._made = False
        self._log: ProvenLog = MemoryEventStore()

    def make(self) -> ProvenLog:
        """The store itself, from now on."""
        if not self._made:
            self._log, self._made = open_log(self._url), True
        return self._log

    def append(self, batches: Sequence[Batch], context: Context) -> tuple[Envelope, ...]:
        return self.make().append(batches, context)

    def extend(self, envelopes: Sequence[Envelope], *, after: int | None = None) -> int:
        return self.make().extend(envelopes, after=after)

    def read_stream(self, stream: UUID, *, after: int = 0) -> Sequence[Envelope]:
        return self._log.read_stream(stream, after=after)

    def read_all(self, *, after: int = 0, limit: int = 1000) -> Sequence[Logged]:
        return self._log.read_all(after=after, limit=limit)

    def head(self) -> Frontier:
        return self._log.head()

    def leaves(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        return self._log.leaves(start, stop)

    def close(self) -> None:
        self._log.close()


def _can_be_made(path: Path) -> bool:
    try:
        if path.exists():
            return path.is_file()
        return path.parent.is_dir() and os.access(path.parent, os.W_OK)
    except OSError:  # a name that no file can have
        return False
