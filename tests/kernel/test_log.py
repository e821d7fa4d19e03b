"""What stands in the log: ids that follow from a command, and the bytes of a leaf."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4, uuid5

import attrs
import pytest

from zroute_core.kernel.log import Actor, Batch, Context, Encoded, Envelope, event_id, microseconds, moment, seal

MOMENT = datetime(2024, 3, 4, 9, 30, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize("number", [0, 1, 9, 10, 999])
def test_an_event_id_is_the_uuid_of_its_number_in_the_space_of_the_command(number: int) -> None:
    command = uuid4()
    assert event_id(command, number) == uuid5(command, str(number))
    assert event_id(command, number).version == 5


@pytest.mark.parametrize(
    "there", [MOMENT, datetime(1970, 1, 1, tzinfo=UTC), datetime(1969, 12, 31, 23, 59, tzinfo=UTC)]
)
def test_a_moment_is_kept_to_the_microsecond(there: datetime) -> None:
    assert moment(microseconds(there)) == there


def test_a_moment_counts_from_1970() -> None:
    assert microseconds(datetime(1970, 1, 2, 0, 0, 0, 5, tzinfo=UTC)) == 86_400_000_005


def envelope() -> Envelope:
    return Envelope(
        stream=UUID(int=1),
        version=2,
        event_id=UUID(int=3),
        tag="lesson-attended",
        schema_version=1,
        recorded_at=MOMENT,
        actor=Actor("teacher-7", "z-route"),
        command_id=UUID(int=4),
        correlation_id=UUID(int=5),
        causation_id=None,
        key_id=None,
        payload=b'{"minutes":120}',
    )


def test_a_leaf_is_the_hash_of_the_bytes_that_are_written_down() -> None:
    """Field by field, as the comment beside `leaf_of` says: four bytes of length, and the bytes."""
    fields = [
        b"zroute.event.v1",
        bytes(15) + b"\x01",
        bytes(7) + b"\x02",
        bytes(15) + b"\x03",
        b"lesson-attended",
        b"\x00\x00\x00\x01",
        (1_709_544_600_123_456).to_bytes(8, "big"),  # 2024-03-04 09:30:00.123456 UTC
        b"teacher-7",
        b"z-route",
        bytes(15) + b"\x04",
        bytes(15) + b"\x05",
        b"",
        b"",
        b"",
        sha256(b'{"minutes":120}').digest(),
    ]
    told = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    assert envelope().leaf() == sha256(b"\x00" + told).digest()


@pytest.mark.parametrize(
    "change",
    [
        {"stream": UUID(int=9)},
        {"version": 9},
        {"event_id": UUID(int=9)},
        {"tag": "lesson-missed"},
        {"schema_version": 9},
        {"recorded_at": MOMENT + timedelta(microseconds=1)},
        {"actor": Actor("teacher-8", "z-route")},
        {"actor": Actor("teacher-7z", "-route")},
        {"command_id": UUID(int=9)},
        {"correlation_id": UUID(int=9)},
        {"causation_id": UUID(int=9)},
        {"key_id": "key-1"},
        {"key_commitment": b"\x00"},
        {"payload": b'{"minutes":121}'},
    ],
    ids=str,
)
def test_every_field_is_in_the_leaf(change: dict[str, object]) -> None:
    changed: Envelope = attrs.evolve(envelope(), **change)  # type: ignore[arg-type]  # one field of many kinds
    assert changed.leaf() != envelope().leaf()


def test_every_field_of_an_envelope_was_changed_above() -> None:
    marks = next(mark for mark in test_every_field_is_in_the_leaf.pytestmark if mark.name == "parametrize")  # type: ignore[attr-defined]
    assert {name for change in marks.args[1] for name in change} == {field.name for field in attrs.fields(Envelope)}


def test_a_fact_is_sealed_with_its_key() -> None:
    fact = Encoded("note", 1, b"cipher", "key-1", b"commitment")
    (one,) = seal([Batch(UUID(int=1), 4, (fact,))], Context(UUID(int=2), Actor("a", "b")), MOMENT)
    assert (one.version, one.key_id, one.key_commitment, one.payload) == (5, "key-1", b"commitment", b"cipher")
