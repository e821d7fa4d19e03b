"""What happened, as a person reads it."""

from datetime import UTC, date, datetime
from uuid import UUID

import attrs
import pytest

from zroute_core.adapters.codec import JsonCodec
from zroute_core.adapters.memory import MemoryEventStore
from zroute_core.domain.events import Fact, FactCorrected, FactRetracted, LessonMissed
from zroute_core.domain.values import AbsenceReason
from zroute_core.errors import NotFound
from zroute_core.kernel.log import Actor, Batch, Context, Recorded, event_id
from zroute_core.read_models.telling import tell
from zroute_core.read_models.timeline import Timeline, timeline
from zroute_core.testing.clock import TickingClock
from zroute_core.testing.samples import ATTENDED, DAY, FACT_SAMPLES, INTAKE, LATER_DAY, LESSON, OPENED

STREAM = UUID(int=9)
MISSED = LessonMissed(DAY, LESSON, AbsenceReason.ILL)


def name(number: int) -> UUID:
    """The event id of the `number`-th entry, from 0."""
    return event_id(UUID(int=100 + number), 0)


def read(*facts: Fact, until: date = date.max) -> Timeline:
    store, codec = MemoryEventStore(TickingClock()), JsonCodec()
    for number, fact in enumerate(facts):
        asked = Context(UUID(int=100 + number), Actor("teacher-7", "z-route"))
        store.append([Batch(STREAM, number, (codec.encode(fact),))], asked)
    entries = [Recorded(fact, one) for fact, one in zip(facts, store.read_stream(STREAM), strict=True)]
    return timeline(entries, until)


@pytest.mark.parametrize("fact", FACT_SAMPLES.values(), ids=lambda fact: type(fact).__name__)
def test_every_fact_is_a_sentence(fact: Fact) -> None:
    sentence = tell(fact)
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert "None" not in sentence


def test_a_line_says_when_it_was_when_it_was_written_and_by_whom() -> None:
    line = read(OPENED, INTAKE, ATTENDED).lines[-1]
    assert line.sentence == "Followed language lesson about work, 120 minutes, in class, Nova College."
    assert (line.on, line.recorded_by, line.in_force) == (DAY, "teacher-7", True)
    assert line.recorded_at > datetime(2020, 1, 1, tzinfo=UTC)


def test_a_corrected_line_stays_to_be_read_and_counts_no_more() -> None:
    corrected = FactCorrected(LATER_DAY, name(2), MISSED, "was ill")
    lines = read(OPENED, INTAKE, ATTENDED, corrected).lines
    assert [line.in_force for line in lines] == [True, True, False, True]
    assert lines[-1].sentence.startswith("Correction: Missed language lesson about work")
    assert lines[-1].sentence.endswith("Reason: was ill")


def test_a_correction_that_was_corrected_counts_no_more_either() -> None:
    first = FactCorrected(LATER_DAY, name(2), MISSED, "was ill")
    second = FactCorrected(LATER_DAY, name(2), ATTENDED, "was there after all")
    assert [line.in_force for line in read(OPENED, INTAKE, ATTENDED, first, second).lines] == [
        True,
        True,
        False,
        False,
        True,
    ]


def test_a_retracted_line_counts_no_more_and_the_retraction_does() -> None:
    lines = read(OPENED, INTAKE, ATTENDED, FactRetracted(LATER_DAY, name(2), "another person")).lines
    assert [line.in_force for line in lines] == [True, True, False, True]


def test_a_retraction_taken_back_counts_no_more() -> None:
    retracted = FactRetracted(LATER_DAY, name(2), "another person")
    taken_back = FactRetracted(LATER_DAY, name(3), "no, it was her")
    lines = read(OPENED, INTAKE, ATTENDED, retracted, taken_back).lines
    assert [line.in_force for line in lines] == [True, True, True, False, True]


def test_lines_stand_in_the_order_of_their_days_up_to_a_day() -> None:
    lines = read(OPENED, ATTENDED, INTAKE).lines
    assert [line.on for line in lines] == sorted(line.on for line in lines)
    assert [line.on for line in read(OPENED, ATTENDED, INTAKE, until=OPENED.on).lines] == [OPENED.on, INTAKE.on]


def test_a_correction_stands_at_the_day_of_what_it_says() -> None:
    """Told for the 14th, it was the 7th: whoever asks how it was on the 10th sees the lesson, once."""
    seventh, tenth = date(2020, 9, 7), date(2020, 9, 10)
    told = (OPENED, INTAKE, ATTENDED, FactCorrected(LATER_DAY, name(2), attrs.evolve(ATTENDED, on=seventh), "a slip"))
    assert [(line.on, line.in_force) for line in read(*told).lines] == [
        (OPENED.on, True),
        (INTAKE.on, True),
        (seventh, True),
        (DAY, False),
    ]
    assert [line.on for line in read(*told, until=tenth).lines] == [OPENED.on, INTAKE.on, seventh]


def test_a_retraction_stands_beside_what_it_is_about() -> None:
    told = (OPENED, INTAKE, ATTENDED, FactRetracted(LATER_DAY, name(2), "another person"))
    assert [(line.on, line.in_force) for line in read(*told, until=DAY).lines[-2:]] == [(DAY, False), (DAY, True)]


def test_before_it_was_opened_there_is_no_timeline() -> None:
    with pytest.raises(NotFound):
        read(OPENED, until=date(2020, 8, 31))
