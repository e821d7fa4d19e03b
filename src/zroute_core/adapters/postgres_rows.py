"""Envelopes as PostgreSQL takes and gives them: a binary `zroute.entry[]` on the way in, rows on the way out.

The driver's own way to pack an array of rows takes longer than the server needs to store it, so it is done here: one
array of fifteen columns an entry, as the functions `array_recv` and `record_recv` of the server read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from struct import Struct
from typing import Any

from zroute_core.adapters.postgres_deadline import Packed
from zroute_core.kernel.log import UNFIT, Envelope, fits, microseconds, unfit

COLUMNS = """stream, version, event_id, tag, schema_version, recorded_at, actor, purpose, command_id, correlation_id,
    causation_id, key_id, key_commitment, payload, leaf"""
"""Of `zroute.entry`, and what `envelope` takes."""

YEAR_2000 = microseconds(datetime(2000, 1, 1, tzinfo=UTC))
"""From when the server counts, in microseconds since 1970."""

UUID_OID, BIGINT, INTEGER, TEXT, TIMESTAMPTZ, BYTEA = 2950, 20, 23, 25, 1184, 17
"""Types of PostgreSQL, by the numbers they have in every database."""

# Each column is its type, its length and its bytes; the length -1 stands for NULL.
_ARRAY = Struct(">iiIii")
_FIRST = Struct(">iii16siiqii16sii")
_SECOND = Struct(">iiiiiqii")
_THIRD = Struct(">ii16sii16s")
_COLUMN = Struct(">ii")
_LENGTH = Struct(">i")

Row = tuple[Any, ...]


def pack(envelopes: Sequence[Envelope], entry_oid: int) -> Packed:
    """All of them, as one parameter; `entry_oid` is the number of the type `zroute.entry` in this database.

    Raises InvalidInput for what cannot stand in a log.
    """
    with suppress(*UNFIT):
        if all(fits(one.row) for one in envelopes):
            return _packed(envelopes, entry_oid)
    raise unfit()


def _packed(envelopes: Sequence[Envelope], entry_oid: int) -> Packed:
    if not envelopes:
        return Packed(_ARRAY.pack(0, 0, entry_oid, 0, 0)[:12])
    parts = [_ARRAY.pack(1, 0, entry_oid, len(envelopes), 1)]
    for one in envelopes:
        entry = _entry(one)
        parts += (_LENGTH.pack(len(entry)), entry)
    return Packed(b"".join(parts))


def _entry(one: Envelope) -> bytes:
    stream, version, event_id, tag, schema_version, at, actor, purpose, command_id, correlation_id = one.row[:10]
    causation_id, key_id, commitment, payload = one.row[10:]
    name, who, why = tag.encode(), actor.encode(), purpose.encode()
    return b"".join(
        (
            _FIRST.pack(15, UUID_OID, 16, stream, BIGINT, 8, version, UUID_OID, 16, event_id, TEXT, len(name)),
            name,
            _SECOND.pack(INTEGER, 4, schema_version, TIMESTAMPTZ, 8, at - YEAR_2000, TEXT, len(who)),
            who,
            _COLUMN.pack(TEXT, len(why)),
            why,
            _THIRD.pack(UUID_OID, 16, command_id, UUID_OID, 16, correlation_id),
            _column(UUID_OID, causation_id),
            _column(TEXT, None if key_id is None else key_id.encode()),
            _column(BYTEA, commitment),
            _column(BYTEA, payload),
            _column(BYTEA, one.leaf()),
        )
    )


def _column(oid: int, value: bytes | None) -> bytes:
    return _COLUMN.pack(oid, -1) if value is None else _COLUMN.pack(oid, len(value)) + value


def envelopes_of(rows: Iterable[Row]) -> tuple[Envelope, ...]:
    """Each row held against its leaf. Raises LeafMismatch for one that was changed."""
    return tuple([Envelope.under(row[-1], _fields(row)) for row in rows])


def _fields(row: Row) -> Any:
    """As an envelope has them. Ids come as their bytes, and the moment as the server counts it: see `Connections`.

    A moment that was taken out is another moment, and so another leaf.
    """
    return (*row[:5], (row[5] or 0) + YEAR_2000, *row[6:-1])
