"""An archive is read from its first line to its last, and everything that is wrong with it is found on the way.

Memory stays flat: of what was read only the frontier of the tree and the last version of each participant are kept,
and of what is wrong the first thousand problems.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

import attrs

from zroute_core.adapters.archive_format import END, LONGEST_LINE, Entry, Header, read_end, read_header, read_line
from zroute_core.adapters.codec import JsonCodec
from zroute_core.errors import ArchiveError, DecodeError, InvalidInput
from zroute_core.kernel.log import Envelope
from zroute_core.kernel.merkle import Frontier
from zroute_core.kernel.ports import Codec, Progress, untold

FACTS: Codec[Any] = JsonCodec()
"""The facts of this library."""

PAGE = 1000
"""How many facts are read, or stored, before somebody hears of it."""

MOST_PROBLEMS = 1000
"""How many problems of an archive are kept; the others are only counted."""


@attrs.frozen
class Problem:
    """Something that is wrong with an archive. The sentence never says what stands in the line."""

    line: int
    """From 1."""
    sentence: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.sentence}"


@attrs.frozen
class Verdict:
    """What was found in an archive."""

    header: Header | None
    """None when the first line is not that of an archive; then nothing else was looked at."""
    facts: int
    """How many could be read."""
    participants: int
    """How many histories they belong to."""
    root: str | None
    """The root that the facts make, in hexadecimal; None when one of them could not be read."""
    problems: tuple[Problem, ...]
    """The first `MOST_PROBLEMS` of them."""
    more_problems: int = 0
    """How many there are behind those."""

    @property
    def whole(self) -> bool:
        """Everything that was written is there, as it was written."""
        return not self.problems

    def check(self) -> None:
        """Raises ArchiveError, with the problems in its `errors`, unless it is whole."""
        if self.problems:
            number = len(self.problems) + self.more_problems
            found = "1 problem was" if number == 1 else f"{number} problems were"
            first = f"; the first {len(self.problems)} are told" if self.more_problems else ""
            raise ArchiveError(
                f"the archive is not whole: {found} found in it{first}", errors=tuple(map(str, self.problems))
            )


def verify_archive(lines: Iterable[bytes], *, codec: Codec[Any] | None = FACTS, progress: Progress = untold) -> Verdict:
    """Read a whole archive and say what is wrong with it, the first `MOST_PROBLEMS` one by one; nothing is stored.

    Each line is held against its leaf, all of them together against the root, each history against its versions, and
    each payload against the catalogue of `codec`. Without a codec, and where a payload is encrypted, nobody looks into
    it. That the root is that of the log it came from, only somebody who kept that root can say: compare it.
    """
    reading = Reading(lines, codec, "verifying", progress)
    for _ in reading.entries():
        pass
    return reading.verdict()


class Reading:
    """One pass over an archive: its facts come out one by one, and what is wrong is gathered beside them."""

    def __init__(self, lines: Iterable[bytes], codec: Codec[Any] | None, doing: str, progress: Progress) -> None:
        self._lines = lines
        self._codec = codec
        self._doing = doing
        self._progress = progress
        self._at = 0
        """The line that is looked at."""
        self._next = 1
        """The position that comes next."""
        self._versions: dict[UUID, int] = {}
        self._problems: list[Problem] = []
        self._more_problems = 0
        self._readable = True
        self._ended = False
        self.header: Header | None = None
        self.frontier = Frontier()
        """The tree up to the fact that came out last, as long as every one could be read."""
        self.facts = 0

    def verdict(self) -> Verdict:
        """What was found, once everything was read."""
        root = self.frontier.root().hex() if self.header is not None and self._readable else None
        problems = tuple(self._problems)
        return Verdict(self.header, self.facts, len(self._versions), root, problems, self._more_problems)

    def entries(self) -> Iterator[Entry]:
        """The facts in their order. One that is wrong comes out too, when it could be read.

        Raises ArchiveError when there are no lines at all, because there is no such file.
        """
        lines = iter(self._lines)
        try:
            for line in lines:
                self._at += 1
                if self._ended:
                    self._problem("stands behind the end of the archive")
                    return
                if self.header is None:
                    self._begin(line)
                    if self.header is None:
                        return
                elif line.startswith(END):
                    self._end(line, self.header)
                else:
                    entry = self._read(line, self.header)
                    if entry is not None:
                        yield entry
                if self._at % PAGE == 0 or self._ended:
                    self._tell(self.header)
        except ArchiveError as error:
            self._at += 1
            self._problem(error.sentence)
            return
        if not self._ended:
            self._at += 1
            self._problem("is missing: the archive was cut off here")

    def _begin(self, line: bytes) -> None:
        try:
            self.header = read_header(line)
        except InvalidInput as error:
            self._problem(f"is not the first line of an archive: {error}")
            return
        self.frontier = self.header.begins_at()
        self._next = self.header.after + 1

    def _end(self, line: bytes, header: Header) -> None:
        self._ended = True
        try:
            end = read_end(line)
        except InvalidInput as error:
            self._problem(f"is not the end of an archive: {error}")
            return
        if end.lines != self._at - 2:
            self._problem("counts other lines than stand in the archive")
        if self._next != header.size + 1:
            self._problem("is not where the first line says that the archive ends")
        if end.root != header.root:
            self._problem("has another root than the first line")
        if self._readable and self.frontier.root().hex() != header.root:
            self._problem("does not fit: the facts make another root than the first line says")

    def _read(self, line: bytes, header: Header) -> Entry | None:
        try:
            entry = read_line(line) if len(line) <= LONGEST_LINE else None
            wrong = "is longer than a line of an archive can be"
        except InvalidInput as error:
            entry, wrong = None, f"cannot be read: {error}"
        if entry is None:
            self._problem(wrong)
            self._readable = False
            self._next += 1
            return None
        self.facts += 1
        self.frontier = self.frontier.followed_by([entry.leaf])
        self._hold(entry, header)
        return entry

    def _hold(self, entry: Entry, header: Header) -> None:
        """Hold a fact against its leaf, its place in the log, its place in its history, and the catalogue."""
        position, envelope = entry.logged.position, entry.logged.envelope
        if entry.leaf != entry.said:
            self._problem("was changed: its leaf does not fit what it says")
        if position != self._next:
            self._problem("has a position that does not follow the one before it")
        self._next = position + 1
        before = self._versions.get(envelope.stream)
        expected = (before or 0) + 1
        # In a later part of a log a history goes on; and what is missing may be what could not be read.
        may_be_later = (header.after > 0 and before is None) or not self._readable
        if envelope.version < expected or (envelope.version > expected and not may_be_later):
            self._problem("has a version that does not follow the one before it in its history")
        self._versions[envelope.stream] = envelope.version
        if self._codec is not None and envelope.key_id is None:
            self._decode(self._codec, envelope)

    def _decode(self, codec: Codec[Any], envelope: Envelope) -> None:
        try:
            codec.decode(envelope.tag, envelope.schema_version, envelope.payload)
        except DecodeError as error:
            self._problem(f"is no fact of the catalogue: {error}")

    def _tell(self, header: Header | None) -> None:
        if header is not None:
            self._progress(self._doing, self.facts, header.size - header.after)

    def _problem(self, sentence: str) -> None:
        if len(self._problems) < MOST_PROBLEMS:
            self._problems.append(Problem(self._at, sentence))
        else:
            self._more_problems += 1
