"""What stands in the log: ids that follow from a command, and the bytes of a leaf."""

import pickle
from contextlib import suppress
from copy import copy
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4, uuid5

import attrs
import pytest

from zroute_core.errors import LeafMismatch
from zroute_core.kernel.log import (
    UNFIT,
    Actor,
    Batch,
    Context,
    Encoded,
    Envelope,
    event_id,
    fits,
    leaf_of,
    microseconds,
    moment,
    seal,
)

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
    assert {name for change in marks.args[1] for name in change} == {
        field.name for field in attrs.fields(Envelope) if field.init
    }


ALL_FIELDS = attrs.evolve(envelope(), causation_id=UUID(int=6), key_id="key-1", key_commitment=b"bound")


@pytest.mark.parametrize("one", [envelope(), ALL_FIELDS], ids=["what must be", "all there is"])
def test_an_envelope_that_was_read_is_the_one_that_was_written(one: Envelope) -> None:
    read = Envelope.of_row(one.row)
    for field in attrs.fields(Envelope):
        assert getattr(read, field.name) == getattr(one, field.name)
    again = Envelope.of_row(one.row)
    assert (again, hash(again), repr(again), again.leaf()) == (one, hash(one), repr(one), one.leaf())
    assert pickle.loads(pickle.dumps(Envelope.of_row(one.row))) == copy(Envelope.of_row(one.row)) == one
    assert attrs.evolve(Envelope.of_row(one.row), version=9) == attrs.evolve(one, version=9) != one


def test_a_row_is_what_the_leaf_is_made_of() -> None:
    assert ALL_FIELDS.row == (
        bytes(15) + b"\x01",
        2,
        bytes(15) + b"\x03",
        "lesson-attended",
        1,
        1_709_544_600_123_456,
        "teacher-7",
        "z-route",
        bytes(15) + b"\x04",
        bytes(15) + b"\x05",
        bytes(15) + b"\x06",
        "key-1",
        b"bound",
        b'{"minutes":120}',
    )


@pytest.mark.parametrize(
    ("at", "value", "asked"),
    [
        (0, bytes(15), "stream"),
        (2, b"", "event_id"),
        (5, 2**62, "recorded_at"),
        (6, "", "actor"),
        (8, bytes(17), "command_id"),
        (9, bytes(15), "correlation_id"),
        (10, bytes(1), "causation_id"),
        (10, b"", "causation_id"),
        (5, -(2**62), "recorded_at"),
        (7, "a\0", "actor"),
        (7, "e\u0301", "actor"),
    ],
)
def test_a_row_that_nobody_could_have_made_is_said_to_be_changed(at: int, value: object, asked: str) -> None:
    row: Any = (*envelope().row[:at], value, *envelope().row[at + 1 :])
    assert fits(envelope().row)
    assert fits(ALL_FIELDS.row)
    assert not fits(row)
    with pytest.raises(LeafMismatch):
        getattr(Envelope.of_row(row), asked)


@pytest.mark.parametrize(
    ("at", "value"),
    [
        *[(3, tag) for tag in ("", " a", "a\0", "\ud800", "e\u0301", "x" * 201, None, b"a")],
        *[(at, [1]) for at in (3, 4, 11)],
        *[(4, version) for version in (-1, 0, 10_000, 2**31, 2**64, True, 1.0, "1", None)],
        *[(11, key) for key in ("", " ", "a\0", "e\u0301", "x" * 201, 5, b"a")],
    ],
)
def test_a_kind_or_a_key_that_no_fact_can_have_fits_nowhere(at: int, value: object) -> None:
    """Asked again after a good one: what was remembered of 1 is not said of True."""
    assert fits(ALL_FIELDS.row)
    row: Any = (*ALL_FIELDS.row[:at], value, *ALL_FIELDS.row[at + 1 :])
    assert not fits(row)
    with suppress(*UNFIT):
        leaf = leaf_of(*row)
        with pytest.raises(LeafMismatch):
            Envelope.under(leaf, row)


@pytest.mark.parametrize("at", [0, 2, 8, 9])
def test_an_id_that_lost_or_gained_a_byte_has_another_leaf(at: int) -> None:
    row = envelope().row
    for value in (bytes(row[at])[:-1], bytes(row[at]) + b"\x00"):  # type: ignore[arg-type]  # these are the ids
        changed: Any = (*row[:at], value, *row[at + 1 :])
        assert leaf_of(*changed) != leaf_of(*row)


def test_there_is_nothing_else_to_ask_of_an_envelope() -> None:
    with pytest.raises(AttributeError):
        getattr(Envelope.of_row(envelope().row), "nothing")  # noqa: B009


def test_a_fact_is_sealed_with_its_key() -> None:
    fact = Encoded("note", 1, b"cipher", "key-1", b"commitment")
    (one,) = seal([Batch(UUID(int=1), 4, (fact,))], Context(UUID(int=2), Actor("a", "b")), MOMENT)
    assert (one.version, one.key_id, one.key_commitment, one.payload) == (5, "key-1", b"commitment", b"cipher")
