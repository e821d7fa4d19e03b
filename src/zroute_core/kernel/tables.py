"""Read models as tables: what a table promises, whose rows stand in it, and how far the log is in them.

A row belongs to one participant, named in its first column. All rows of one participant are folded from the same
entries and replaced together; how far those entries go stands once, beside the tables, and shows in every row as
`last_position`. A table is described here without a word of SQL, so that each store writes its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import Enum
from hashlib import sha256
from typing import Any
from uuid import UUID

import attrs

from zroute_core.errors import ConfigurationError, InvalidInput

Row = tuple[Any, ...]
"""The participant, and a value for each column of the table, in their order."""

Rows = Mapping[str, tuple[Row, ...]]
"""The rows by the name of their table, in the order of their keys; a table without any is left out."""


class Kind(Enum):
    """What stands in a column."""

    TEXT = "text"
    INTEGER = "whole number"
    """Of 64 bits."""
    DAY = "day"
    MOMENT = "moment in UTC"
    UUID = "UUID"
    BOOLEAN = "yes or no"


TYPES: Mapping[Kind, type] = {
    Kind.TEXT: str,
    Kind.INTEGER: int,
    Kind.DAY: date,
    Kind.MOMENT: datetime,
    Kind.UUID: UUID,
    Kind.BOOLEAN: bool,
}


@attrs.frozen
class Column:
    """One column. Its name is a word for SQL as well: small letters and underscores."""

    name: str
    kind: Kind
    about: str
    """What it says, in a sentence for who reads the table."""
    nullable: bool = False


PARTICIPANT = Column("participant", Kind.UUID, "Whose row it is: the UUID of the trajectory.")
"""The first column of every table."""

LAST_POSITION = Column(
    "last_position",
    Kind.INTEGER,
    "The position in the log of the participant's last entry that the row is folded from.",
)
"""The last column of every table, as it is read."""


@attrs.frozen
class Table:
    """A table of rows by participant."""

    name: str
    version: int
    """Raised whenever the same entries would give other rows: the tables are then made anew."""
    about: str
    """The question it answers."""
    key: tuple[str, ...]
    """The own columns that tell the rows of one participant apart; none where a participant has one row."""
    own: tuple[Column, ...]
    """The columns between the first and the last."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """Those of a row as it is stored."""
        return (PARTICIPANT, *self.own)

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that tell all rows apart, as they stand in a row; that is the order of rows as well."""
        return (PARTICIPANT.name, *(one.name for one in self.own if one.name in self.key))

    def checked(self, rows: Iterable[Row]) -> tuple[Row, ...]:
        """The rows of one participant in the order of their keys. Raises InvalidInput unless each fits the columns.

        A store takes what passes here: a row that is wrong is found while it still belongs to one participant.
        """
        given, columns = list(rows), self.columns
        if not all(map(self._fits, set(map(_types, given)))):
            raise InvalidInput("a row does not have the values its columns promise", field=self.name)
        keys: list[Sequence[Any]] = []
        for column, values in zip(columns, zip(*given, strict=True), strict=bool(given)):
            if not _storable(column.kind, [one for one in values if one is not None] if column.nullable else values):
                raise InvalidInput("a row has a value that no store can hold", field=f"{self.name}.{column.name}")
            if column.name in self.keys:
                keys.append(_comparable(column.kind, values))
        by_key = dict(zip(zip(*keys, strict=True), given, strict=True))
        if len(by_key) != len(given):
            raise InvalidInput("two rows of one participant have the same key", field=self.name)
        return tuple(by_key[key] for key in sorted(by_key))

    def _fits(self, types: tuple[type, ...]) -> bool:
        fitting = (TYPES[one.kind] for one in self.columns)
        return len(types) == len(self.columns) and all(
            found is wanted or (found is type(None) and column.nullable)
            for found, wanted, column in zip(types, fitting, self.columns, strict=True)
        )


def _types(row: Row) -> tuple[type, ...]:
    return tuple(map(type, row))


def _storable(kind: Kind, values: Sequence[Any]) -> bool:
    match kind:
        case Kind.TEXT:
            text = "".join(values)
            return "\0" not in text and (text.isascii() or _encodes(text))
        case Kind.INTEGER:
            return not values or -(2**63) <= min(values) <= max(values) < 2**63
        case Kind.MOMENT:
            return all(value.utcoffset() == timedelta(0) for value in values)
        case Kind.DAY | Kind.UUID | Kind.BOOLEAN:
            return True


def _comparable(kind: Kind, values: Sequence[Any]) -> Sequence[Any]:
    """In the same order, and compared without a call of Python for each two."""
    return [one.int for one in values] if kind is Kind.UUID else values


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_tables(tables: Sequence[Table]) -> None:
    """Every store asks this first. Raises ConfigurationError unless names and keys are fit for SQL and tell apart."""
    names = [table.name for table in tables]
    if len(set(names)) != len(names) or RESERVED & set(names) or not all(map(_plain, names)):
        raise ConfigurationError("each table needs a plain name of its own", field="tables")
    for table in tables:
        columns = {column.name: column for column in table.columns}
        good = len(columns) == len(table.columns) and LAST_POSITION.name not in columns and all(map(_plain, columns))
        if not good or any(key not in columns or columns[key].nullable for key in table.key):
            raise ConfigurationError("columns need plain names, and keys are columns that are never empty")


def _plain(name: str) -> bool:
    return name.isascii() and name.isidentifier() and name == name.lower() and len(name) <= 40


# ── how far the log is in them ───────────────────────────────────────────────────────────────────────────────


@attrs.frozen
class Generation:
    """One making of all tables. One serves the readers; another may be made beside it."""

    number: int
    position: int
    """Every entry of the log up to here is in its rows."""
    revision: int
    """Rises with everything that is written to it."""
    fingerprint: str
    """Of the tables it was made for."""
    leaf: str = ""
    """Of the log's entry at that position, in hex: what tells this log from another. Empty where nobody said it."""


@attrs.frozen
class Parked:
    """Why a participant has no rows: an entry, or all of them together, could not be processed."""

    code: str
    """Of the error, as in the reference of errors."""
    error: str
    """Its class. What it said is not kept."""
    tries: int
    entry: int | None
    """The version of the entry that could not be read; None when all could, and what failed was the fold."""


@attrs.frozen
class Fold:
    """A participant up to an entry: the rows that follow from it, or why there are none."""

    participant: UUID
    version: int
    """Of the last entry, in the participant's own history."""
    position: int
    """Of the same entry, in the log."""
    rows: Rows = attrs.field(repr=False)
    """None at all for who is parked: a view that would be wrong is not shown."""
    parked: Parked | None = None


@attrs.frozen
class Page:
    """Participants as their rows stand, in the order of their ids; all read at one moment."""

    position: int
    """Where the generation stood then."""
    folds: tuple[Fold, ...]


STATE = (
    Column("generation", Kind.INTEGER, "Which making of the tables it is that one reads."),
    Column("position", Kind.INTEGER, "Every entry of the log up to this position is in the rows."),
)
"""The columns of the view `state` that every store shows beside the tables: one row."""

PARKED = (
    PARTICIPANT,
    Column("version", Kind.INTEGER, "The participant's last entry, in their own history."),
    Column("code", Kind.TEXT, "The code of the error."),
    Column("error", Kind.TEXT, "Its class. What it said is not kept."),
    Column("tries", Kind.INTEGER, "How often it was tried."),
    Column("entry", Kind.INTEGER, "The version of the entry that cannot be read, where it is one entry.", True),
    LAST_POSITION,
)
"""The columns of the view `parked`: who has no rows in the tables, and why."""

RESERVED = frozenset({"state", "parked", "folds", "generations"})


def fingerprint(tables: Sequence[Table]) -> str:
    """What tells tables of one version of the code from those of another."""
    told = [
        (table.name, table.version, table.key, tuple((one.name, one.kind.value, one.nullable) for one in table.columns))
        for table in tables
    ]
    return sha256(repr(told).encode()).hexdigest()


def digest(fold: Fold) -> str:
    """The SHA-256 of everything the tables say about one participant, the same in every store."""
    told: list[object] = [str(fold.participant), fold.version, fold.position]
    told.extend((name, [tuple(map(_told, row)) for row in rows]) for name, rows in sorted(fold.rows.items()) if rows)
    told.append(fold.parked and (fold.parked.code, fold.parked.error, fold.parked.entry))
    return sha256(repr(told).encode()).hexdigest()


def _told(value: object) -> object:
    return str(value) if isinstance(value, UUID) else value.isoformat() if isinstance(value, date) else value
