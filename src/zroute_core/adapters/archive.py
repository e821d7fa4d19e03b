"""A log goes out as an archive; an archive comes back in as a log, verified first, and goes on where it broke off.

How an archive is written stands in `archive_format`, how it is read in `archive_reading`, and how it lies in a file in
`archive_files`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import zip_longest
from typing import Any, Protocol
from uuid import UUID

import attrs

from zroute_core.adapters.archive_format import FORMAT, End, Entry, Header, header_of, line_of, written
from zroute_core.adapters.archive_reading import FACTS, PAGE, Problem, Reading, Verdict, verify_archive
from zroute_core.errors import (
    ArchiveError,
    ConfigurationError,
    InvalidNumber,
    LeafMismatch,
    RootMismatch,
    SequenceGap,
    WrongExpectedVersion,
)
from zroute_core.kernel.merkle import Frontier
from zroute_core.kernel.ports import Codec, Progress, ProvenLog, untold
from zroute_core.kernel.proof import root_at

__all__ = [
    "FACTS",
    "Header",
    "Imported",
    "Problem",
    "Verdict",
    "export_log",
    "import_log",
    "verify_archive",
]


class Out(Protocol):
    """What an archive is written to: an open file, or anything else that takes bytes."""

    def write(self, data: bytes, /) -> object: ...


def export_log(
    log: ProvenLog, out: Out, *, after: int = 0, until: int | None = None, progress: Progress = untold
) -> Header:
    """Write the log as an archive: the positions `after` + 1 up to and including `until`, all there is when left out.

    `until` moves on to the end of the command it falls in, so that no part of an archive tears a command. The log is
    held against its own tree on the way. Memory stays flat. The same log gives the same bytes, wherever it stands.

    Raises InvalidNumber when the log has no such positions; LeafMismatch, RootMismatch or SequenceGap when it is not
    what its tree says; ArchiveError for a fact of more than two megabytes; a StoreError. What was written then is no
    archive: it has no end.
    """
    head = log.head()
    until = head.size if until is None else until
    if not (type(after) is type(until) is int and 0 <= after <= until <= head.size):
        raise InvalidNumber(f"must be positions of this log, which ends at {head.size}", field="until")
    until = _end_of_command(log, until)
    frontier = Frontier().followed_by(log.leaves(0, after))
    root = _root_at(log, until, head)
    header = header_of(frontier, until, root)
    out.write(written(header))
    position = after
    while position < until:
        page = log.read_all(after=position, limit=min(PAGE, until - position))
        kept = list(log.leaves(position, position + len(page)))
        if not page or len(kept) < len(page):
            raise SequenceGap(f"the log has no fact at position {position + len(kept) + 1}")
        lines: list[bytes] = []
        leaves: list[bytes] = []
        for logged, leaf in zip(page, kept, strict=True):
            position += 1
            if logged.position != position:
                raise SequenceGap(f"the log has no fact at position {position}")
            if logged.envelope.leaf() != leaf:
                raise LeafMismatch(
                    f"the fact at position {position} is not what was written there; "
                    "of a log whose payloads are opened with keys, export the store below"
                )
            leaves.append(leaf)
            lines.append(line_of(logged, leaf))
        out.write(b"".join(lines))
        frontier = frontier.followed_by(leaves)
        progress("writing", position - after, until - after)
    if frontier.root() != root:
        raise RootMismatch("the facts of this log do not make the root that it keeps: find out which were changed")
    out.write(written(End(FORMAT, until - after, root.hex())))
    return header


@attrs.frozen
class Imported:
    """What came of an import."""

    facts: int
    """How many stand in the archive."""
    participants: int
    root: str
    """Of the log that was archived, at its end."""
    there: int
    """How many of them stood in the store before."""
    added: int
    """How many came in; how many would come in, after a dry run."""
    size: int
    """How many facts the store holds now."""
    dry_run: bool


def import_log(
    log: ProvenLog,
    lines: Iterable[bytes],
    *,
    keep_positions: bool = True,
    dry_run: bool = False,
    codec: Codec[Any] | None = FACTS,
    progress: Progress = untold,
) -> Imported:
    """Verify an archive, and then add its facts to a store. Of a wrong one nothing is stored.

    `lines` are read twice: give a list or an `ArchiveFile`. With `keep_positions` the facts stand where they stood, so
    the store must hold the same log as far as it goes: none of it, a part, or all. Without, they come behind whatever
    there is, in the same order; nobody in the archive may be in the store yet with another history than that. A later
    part is refused then: nothing tells whether what the store has is what came before it.

    What is there already is held against the archive and not added again: after an import that broke off, give the same
    one again and it goes on. Facts come in as they are, a thousand at a time; those of one command always together.

    Raises ArchiveError, with what is wrong in its `errors`, or for a pipe; ConfigurationError for other lines that can
    be read once only; a ConcurrencyError when somebody else writes the same, or one of the facts stands elsewhere in
    the store; a StoreError. After those two, what came in is whole as far as it goes.
    """
    if isinstance(lines, Iterator):
        raise ConfigurationError("an archive is read twice before it is stored: give a list or an ArchiveFile")
    if getattr(lines, "once", False):
        raise ArchiveError("an archive is read twice, and a pipe gives it only once: give a file", field="file")
    place: _Place = _SamePlaces(log) if keep_positions else _NewPlaces(log)
    reading = Reading(lines, codec, "verifying", progress)
    added = 0
    verified: list[bytes] = []
    for chunk in _chunks(place.new(reading)):
        added += len(chunk)
        verified.append(_digest(chunk))
    verdict = reading.verdict()
    verdict.check()
    place.check()
    if not dry_run:
        # What the second pass reads is stored only as far as it is what the first one verified.
        again = place.new(Reading(lines, None, "storing", progress))
        for chunk, digest in zip_longest(_chunks(again), verified):
            if chunk is None or _digest(chunk) != digest:
                raise ArchiveError("the archive was changed while it was read: what came in until then was verified")
            after = chunk[0].logged.position - 1 if keep_positions else None
            _store(log, chunk, after)
    return Imported(
        facts=verdict.facts,
        participants=verdict.participants,
        root=verdict.root or "",
        there=verdict.facts - added,
        added=added,
        size=log.head().size,
        dry_run=dry_run,
    )


def _store(log: ProvenLog, chunk: Sequence[Entry], after: int | None) -> None:
    try:
        log.extend([one.logged.envelope for one in chunk], after=after)
        return
    except WrongExpectedVersion:
        if after is not None and log.head().size == after:
            raise  # nobody did: the histories themselves do not follow
    raise WrongExpectedVersion("somebody else wrote to the store during the import: give the import again")


class _Place(Protocol):
    """Where the facts of an archive go in a store, and which of them stand there."""

    def new(self, reading: Reading) -> Iterator[Entry]:
        """The facts that are not there yet; those that are, are looked at."""
        ...

    def check(self) -> None:
        """Raises ArchiveError, after the first pass, unless what is there is what the archive says."""
        ...


class _SamePlaces:
    """Positions are kept: what is there must be the beginning of the log that was archived, or go beyond it."""

    def __init__(self, log: ProvenLog) -> None:
        self._log = log
        self._head = log.head()
        self._begin = self._here = self._end = Frontier()
        """The archived log where the archive begins, at the size that the store has now, and at its end."""

    def new(self, reading: Reading) -> Iterator[Entry]:
        for entry in reading.entries():
            if entry.logged.position > self._head.size:
                yield entry
            elif entry.logged.position == self._head.size:
                self._here = reading.frontier
        self._begin = reading.header.begins_at() if reading.header is not None else Frontier()
        self._end = reading.frontier

    def check(self) -> None:
        if self._head.size < self._begin.size:
            raise ArchiveError(
                f"the archive goes on from position {self._begin.size} and the store ends at {self._head.size}: "
                "import what comes before it first"
            )
        if self._head.size > self._end.size:
            same = self._end.root() == _root_at(self._log, self._end.size, self._head)
        else:
            same = self._head == (self._begin if self._head.size == self._begin.size else self._here)
        if not same:
            raise ArchiveError("the store holds another log than the archive, so positions cannot be kept")


MARK = 16
"""Bytes of a leaf that are kept of a fact that stands in the store, to know it by."""


class _NewPlaces:
    """Facts come behind whatever there is; whoever is there already must be there with the same history.

    Of a later part, whose histories have begun elsewhere, that cannot be seen: two copies of a log may have parted.
    """

    def __init__(self, log: ProvenLog) -> None:
        self._log = log
        self._there: dict[UUID, bytes] = {}
        """Marks of what the store has of a history."""
        self._others: set[UUID] = set()
        self._later = False

    def new(self, reading: Reading) -> Iterator[Entry]:
        for entry in reading.entries():
            envelope = entry.logged.envelope
            if envelope.stream not in self._there:
                there = self._log.read_stream(envelope.stream)
                self._there[envelope.stream] = b"".join(one.leaf()[:MARK] for one in there)
            at = MARK * (envelope.version - 1)
            mark = self._there[envelope.stream][at : at + MARK]
            if not mark:
                yield entry
            elif mark != entry.leaf[:MARK]:
                self._others.add(envelope.stream)
        self._later = reading.header is not None and reading.header.after > 0

    def check(self) -> None:
        if self._later:
            raise ArchiveError(
                "this is a later part of a log, which follows only what came before it: import it with its positions"
                " kept, or export the whole log and import that"
            )
        if self._others:
            number = len(self._others)
            whose = "1 participant of the archive is" if number == 1 else f"{number} participants of the archive are"
            raise ArchiveError(f"{whose} in the store with another history")


def _root_at(log: ProvenLog, size: int, head: Frontier) -> bytes:
    """The root that the log had at an earlier size."""
    return head.root() if size == head.size else root_at(log, size)


def _end_of_command(log: ProvenLog, position: int) -> int:
    """The position of the last fact of the command that the fact at this position belongs to."""
    while position:
        here = log.read_all(after=position - 1, limit=2)
        if len({one.envelope.command_id for one in here}) == len(here):
            break
        position += 1
    return position


def _chunks(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """As many whole commands as fit in a page; one that is longer stands alone."""
    chunk: list[Entry] = []
    begun = 0
    for entry in entries:
        if chunk and chunk[-1].logged.envelope.command_id != entry.logged.envelope.command_id:
            begun = len(chunk)
        chunk.append(entry)
        if len(chunk) > PAGE and begun:
            yield chunk[:begun]
            chunk, begun = chunk[begun:], 0
    if chunk:
        yield chunk


def _digest(chunk: list[Entry]) -> bytes:
    return sha256(b"".join(one.leaf for one in chunk)).digest()
