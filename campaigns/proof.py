"""What must be true of a log, whatever befell it: read every way there is, all ways agreeing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

import attrs

from campaigns.script import NAMESPACE, Command
from zroute_core.kernel.log import Envelope
from zroute_core.kernel.merkle import Frontier
from zroute_core.kernel.ports import ProvenLog


class Violation(Exception):
    """A promise was broken; the sentence says which, and what is needed to see it again."""


@attrs.frozen
class Whole:
    """A log as it was told: every envelope, and the root over them."""

    log: tuple[Envelope, ...]
    root: bytes


def require(held: bool, sentence: str) -> None:
    """Not `assert`: a proof holds under `python -O` too. Raises Violation."""
    if not held:
        raise Violation(sentence)


def whole(store: ProvenLog, page: int = 500) -> Whole:
    """Everything a log says while nobody writes. Raises Violation where it is not one gapless, proven whole."""
    head = store.head()
    log = tuple(_log(store, page))
    leaves = [one.leaf() for one in log]
    require(head.size == len(log), f"the head stands at {head.size}, the log has {len(log)} entries")
    require(list(store.leaves()) == leaves, "the leaves that are kept are not those of the entries")
    require(Frontier().followed_by(leaves) == head, "the entries do not make the head")
    require(len({one.event_id for one in log}) == len(log), "an event stands in the log twice")
    require_whole_commands(log)
    streams: defaultdict[UUID, list[Envelope]] = defaultdict(list)
    for one in log:
        streams[one.stream].append(one)
    for stream, entries in streams.items():
        require([one.version for one in entries] == list(range(1, len(entries) + 1)), "a stream has a gap")
        require(list(store.read_stream(stream)) == entries, "a stream does not read as it stands in the log")
        require(list(store.read_stream(stream, after=1)) == entries[1:], "a stream reads otherwise from its second on")
    require(not store.read_stream(NAMESPACE), "a stream that nobody wrote is not empty")
    return Whole(log, head.root())


def _log(store: ProvenLog, page: int) -> list[Envelope]:
    found: list[Envelope] = []
    while entries := store.read_all(after=len(found), limit=page):
        positions = [one.position for one in entries]
        expected = list(range(len(found) + 1, len(found) + 1 + len(entries)))
        require(positions == expected, f"positions {positions[0]} to {positions[-1]} came behind {len(found)}")
        found.extend(one.envelope for one in entries)
    return found


def require_whole_commands(log: Sequence[Envelope]) -> None:
    """The facts of a command stand together: once it ended, it is not seen again."""
    ended: set[UUID] = set()
    last: UUID | None = None
    for one in log:
        if one.command_id != last:
            require(one.command_id not in ended, "a command stands in the log in two places")
            ended.add(one.command_id)
            last = one.command_id


def require_effects(log: Sequence[Envelope], script: Sequence[Command], at_least: int) -> int:
    """Of the commands of one writer the first ones stand in the log, each whole, once and in order; how many.

    Raises Violation when fewer than `at_least` do: those were acknowledged.
    """
    mine = {one.context.command_id for one in script}
    written: defaultdict[UUID, list[Envelope]] = defaultdict(list)
    for one in log:
        if one.command_id in mine:
            written[one.command_id].append(one)
    for command, (command_id, entries) in zip(script, written.items(), strict=False):
        require(command.context.command_id == command_id, "a command was written before the one that precedes it")
        require(command.made(tuple(entries)), "a command stands in the log in part, twice or altered")
    require(len(written) >= at_least, f"{at_least} commands were acknowledged, {len(written)} stand in the log")
    return len(written)
