"""The lessons that every peer is given: made up, the same each time, and in the same order.

`emmett/drive.mjs` makes the same ones; both are held to the totals that follow from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

COMPONENTS = ("language", "literacy", "society")
FIRST_DAY = date(2024, 1, 1)
PURPOSE = "made-up-measuring"
MODALITY = "in-class"

TOGETHER = 10
"""Lessons that one commit of the filled log holds."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One lesson, with all that a peer has to keep of it. A peer adds its own moment of recording and event id."""

    stream: UUID
    day: date
    lesson: str
    component: str
    minutes: int
    provider: str
    modality: str
    actor: str
    purpose: str
    command_id: UUID
    correlation_id: UUID


@dataclass(frozen=True, slots=True)
class Totals:
    """What comes out of adding lessons up."""

    lessons: int
    minutes: int


def stream_id(stream: int) -> UUID:
    """The id of a stream by its number."""
    return uuid5(NAMESPACE_OID, f"participant {stream}")


def minutes_of(stream: int, number: int) -> int:
    """How long a lesson of a stream takes; numbers begin at 0."""
    return 60 + 15 * ((stream * 7 + number * 3) % 9)


def command(stream: int, first: int, count: int) -> tuple[Lesson, ...]:
    """So many lessons of one stream, under one command: what goes into one commit."""
    of, command_id, correlation_id = stream_id(stream), uuid4(), uuid4()
    return tuple(
        Lesson(
            stream=of,
            day=FIRST_DAY + timedelta(days=number // 2),
            lesson=f"lesson-{number}",
            component=COMPONENTS[(stream + number) % 3],
            minutes=minutes_of(stream, number),
            provider=f"school-{(stream + number) % 4 + 1}",
            modality=MODALITY,
            actor=f"teacher-{stream % 5 + 1}",
            purpose=PURPOSE,
            command_id=command_id,
            correlation_id=correlation_id,
        )
        for number in range(first, first + count)
    )


def commands(streams: int, lessons: int) -> Iterator[tuple[int, int, tuple[Lesson, ...]]]:
    """The whole log, commit by commit: the number of a stream, its version before, and what is added.

    The streams take turns, as the histories of people do.
    """
    for first in range(0, lessons, TOGETHER):
        for stream in range(streams):
            yield stream, first, command(stream, first, min(TOGETHER, lessons - first))


def total_of_stream(stream: int, lessons: int) -> Totals:
    """What loading this stream must give."""
    return Totals(lessons, sum(minutes_of(stream, number) for number in range(lessons)))


def totals_between(streams: int, lessons: int, start: int, stop: int) -> dict[UUID, Totals]:
    """What the lessons from place `start` (from 0) up to `stop` of the log come to, stream by stream."""
    found: dict[UUID, Totals] = {}
    place = 0
    for first in range(0, lessons, TOGETHER):
        count = min(TOGETHER, lessons - first)
        for stream in range(streams):
            here = range(max(start - place, 0), max(min(stop - place, count), 0))
            if here:
                was = found.get(stream_id(stream), Totals(0, 0))
                more = sum(minutes_of(stream, first + one) for one in here)
                found[stream_id(stream)] = Totals(was.lessons + len(here), was.minutes + more)
            place += count
    return found


def added(some: Sequence[Totals]) -> Totals:
    """Totals of several streams together."""
    return Totals(sum(one.lessons for one in some), sum(one.minutes for one in some))
