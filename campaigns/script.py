"""The commands that a campaign writes: each follows from a seed, a writer and a number, so it can be made again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import count
from uuid import UUID, uuid5

import attrs

from zroute_core.kernel.log import Actor, Batch, Context, Encoded, Envelope, event_id

NAMESPACE = UUID("6b0f8a52-5a1e-4c43-9a0b-5f6d1f0f2b11")
STREAMS = 4
WRITER = Actor("writer", "campaign")


@attrs.frozen
class Command:
    """What is appended, and under which id."""

    batches: tuple[Batch, ...]
    context: Context

    def made(self, written: tuple[Envelope, ...]) -> bool:
        """Are these the envelopes that this command must have, whenever it was written?"""
        told = [(one.stream, one.version, one.tag, one.schema_version, one.payload) for one in written]
        asked = [
            (batch.stream, batch.expected_version + number, one.tag, one.schema_version, one.payload)
            for batch in self.batches
            for number, one in enumerate(batch.facts, start=1)
        ]
        ids = [event_id(self.context.command_id, number) for number in range(len(asked))]
        return (
            told == asked
            and [one.event_id for one in written] == ids
            and {one.command_id for one in written} == {self.context.command_id}
            and {one.actor for one in written} == {self.context.actor}
        )


def stream_of(seed: int, writer: int, number: int) -> UUID:
    return uuid5(NAMESPACE, f"{seed}/{writer}/stream {number}")


def command_id_of(seed: int, writer: int, number: int) -> UUID:
    return uuid5(NAMESPACE, f"{seed}/{writer}/command {number}")


def commands(seed: int, writer: int = 0) -> Iterator[Command]:
    """The commands of one writer without end: one fact, three of one stream, or a group over all its streams.

    A writer has streams of its own, so its versions follow from the numbers alone.
    """
    versions: defaultdict[UUID, int] = defaultdict(int)
    for number in count():
        chosen = {0: range(STREAMS), 3: [number % STREAMS]}.get(number % 7, [number % STREAMS])
        facts = 3 if number % 7 == 3 else 1
        batches = []
        for one in chosen:
            stream = stream_of(seed, writer, one)
            batches.append(Batch(stream, versions[stream], tuple(_fact(writer, number, n) for n in range(facts))))
            versions[stream] += facts
        yield Command(tuple(batches), Context(command_id_of(seed, writer, number), WRITER))


def _fact(writer: int, number: int, which: int) -> Encoded:
    filling = "x" * (number * 37 % 400)
    text = f'{{"writer":{writer},"number":{number},"fact":{which},"filling":"{filling}"}}'
    return Encoded("lesson-attended", 1 + number % 2, text.encode(), *(("key-1", b"\x01" * 32) if which == 1 else ()))
