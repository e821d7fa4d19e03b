"""A value is what its annotation says, exactly: no coercion, all mistakes named at once.

`@attrs.frozen(field_transformer=checked)` makes a class whose constructor holds every field against its annotation:

    int, bool, Decimal, date, time, UUID,
    an Enum                                 exactly that type (True is no number, a datetime is no date);
                                            a time of day in whole minutes
    Annotated[int, Whole(1, 1440)]          that type, and within a limit
    Annotated[str, Text(200)]               text without control or direction characters; it is composed to NFC
    tuple[X, ...], frozenset[X], X | None   all the way down
    another checked class                   was checked when it was made

The annotations are read once for each class, at its first instance, and made into checks.
"""

from __future__ import annotations

import types
import typing
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Sized
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Annotated, Any, Protocol, Union, get_args, get_origin
from uuid import UUID

import attrs

from zroute_core.errors import (
    InvalidChoice,
    InvalidDate,
    InvalidIdentifier,
    InvalidInput,
    InvalidNumber,
    InvalidText,
    TextTooLong,
)

Complaint = tuple[type[InvalidInput], str]


class Limit(Protocol):
    """What stands behind a type in its annotation: it complains of a value of that type, or stays silent."""

    def complain(self, value: Any) -> Complaint | None: ...


@attrs.frozen
class Whole:
    """A whole number from `low` up to and including `high`."""

    low: int
    high: int
    error: type[InvalidInput] = InvalidNumber

    def complain(self, value: int) -> Complaint | None:
        if not self.low <= value <= self.high:
            return self.error, f"must lie from {self.low} up to and including {self.high}"
        return None


@attrs.frozen
class Exact:
    """A decimal from `lowest` up to and including `highest`, with at most so many places after the point."""

    lowest: int
    highest: int
    places: int

    def complain(self, value: Decimal) -> Complaint | None:
        if not value.is_finite() or not self.lowest <= value < self.highest + 1:
            return InvalidNumber, f"must lie from {self.lowest} up to {self.highest}"
        if value != round(value, self.places):
            return InvalidNumber, f"must have at most {self.places} places after the point"
        return None


@attrs.frozen
class Text:
    """A text of 1 to `longest` characters without hidden ones, on one line unless `lines`.

    The zero-width joiner and non-joiner stay where people write (`joiners`): Persian and several Indic scripts are
    misspelt without them. A key has none: two keys that look the same are the same.
    """

    longest: int
    lines: bool = False
    joiners: bool = True

    def complain(self, value: str) -> Complaint | None:
        if len(value) > self.longest:
            return TextTooLong, f"must be at most {self.longest} characters"
        if not value.strip():
            return InvalidText, "must not be empty"
        if not self.lines and value != value.strip():
            return InvalidText, "must not begin or end with a space"
        if not (value.isascii() and value.isprintable()) and any(map(self._hidden, value)):
            return InvalidText, "must not hold control, direction or unassigned characters"
        return None

    def _hidden(self, char: str) -> bool:
        """Control, format (among them direction marks), surrogate, private and unassigned; what parts lines."""
        hidden = unicodedata.category(char) in HIDDEN
        return hidden and not (self.lines and char == "\n") and not (self.joiners and char in JOINERS)


HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
JOINERS = "\u200c\u200d"


@attrs.frozen
class Code:
    """A text of exactly `digits` digits; all zeros and all nines are never given out."""

    digits: int
    error: type[InvalidInput]

    def complain(self, value: str) -> Complaint | None:
        if len(value) != self.digits or not (value.isascii() and value.isdigit()):
            return self.error, f"must be {self.digits} digits"
        if value in {"0" * self.digits, "9" * self.digits}:
            return self.error, "is not a code that is given out"
        return None


@attrs.frozen
class Among:
    """One of a few members of an enumeration."""

    members: frozenset[Enum]

    def complain(self, value: Enum) -> Complaint | None:
        return None if value in self.members else (InvalidChoice, "is not one of the values that fit here")


@attrs.frozen
class AtLeastOne:
    """A collection that is not empty."""

    def complain(self, value: Sized) -> Complaint | None:
        return None if value else (InvalidInput, "must hold at least one")


class EachOnce:
    """A collection in which no two are the same in these attributes."""

    __match_args__ = ("attributes",)

    def __init__(self, *attributes: str) -> None:
        self.attributes = attributes

    def complain(self, value: Collection[object]) -> Complaint | None:
        different = set(map(attrgetter(*self.attributes), value))
        if len(different) < len(value):
            return InvalidInput, f"must hold each {' and '.join(self.attributes)} once"
        return None


def checked(_: type, fields: list[attrs.Attribute[Any]]) -> list[attrs.Attribute[Any]]:
    """A field transformer for attrs: the constructor holds all fields against their annotations.

    attrs sets the fields one after the other, so the converter of the last one sees them all. A validator would come
    after all of them, but validators can be switched off, and msgspec runs them too: the native codec knows better
    what has been looked at.
    """
    if not fields:
        return fields
    composed = [field.evolve(converter=_composed) for field in fields]
    return [*composed[:-1], composed[-1].evolve(converter=attrs.Converter(_last, takes_self=True, takes_field=True))]


def _last(value: object, instance: object, field: attrs.Attribute[Any]) -> object:
    value = _composed(value)
    _check(instance, field.name, value)
    return value


def _composed(value: object) -> object:
    """The same text from two keyboards is one text; whatever is no text, or too long, is left for the check."""
    if type(value) is str and not value.isascii() and len(value) <= LONGEST:
        return unicodedata.normalize("NFC", value)
    return value


LONGEST = 4000
"""More characters than any text may have. Composing can take time that grows with the square of the length."""


def _check(instance: object, last: str, value: object) -> None:
    """Hold all fields against their checks. The last one is not set yet: this is its value."""
    cls = type(instance)
    found: list[tuple[str, Complaint]] = []
    for name, check in _checks(cls):
        found += check(value if name == last else getattr(instance, name), name)
    if not found:
        return
    errors = [error(sentence, field=f"{cls.__name__}.{path}") for path, (error, sentence) in found]
    if len(errors) == 1:
        raise errors[0]
    fields = ", ".join(str(error.field) for error in errors)
    raise InvalidInput(f"{len(errors)} fields are not right: {fields}", field=errors[0].field, errors=errors)


Found = Sequence[tuple[str, Complaint]]
"""What is wrong, each with the path to it."""

Check = Callable[[object, str], Found]
"""Looks at a value that stands at a path."""

NOTHING: Found = ()


def _read(cls: type) -> Sequence[tuple[str, Check]]:
    """The fields of a checked class, each with the check that its annotation asks for."""
    hints = typing.get_type_hints(cls, include_extras=True)
    return [(field.name, check_for(hints[field.name])) for field in attrs.fields(cls)]


_checks: Callable[[type], Sequence[tuple[str, Check]]] = cache(_read)
"""The same, read once."""


def check_for(annotation: Any) -> Check:
    """The check that an annotation asks for, all the way down."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _within(check_for(annotation.__origin__), annotation.__metadata__)
    if origin in {Union, types.UnionType}:
        return _one_of(get_args(annotation))
    if origin in {tuple, frozenset}:
        return _each(origin, check_for(get_args(annotation)[0]))
    return _exactly(annotation)


def _within(inner: Check, limits: Sequence[Limit]) -> Check:
    def check(value: object, path: str) -> Found:
        if found := inner(value, path):
            return found
        for limit in limits:
            if complaint := limit.complain(value):
                return [(path, complaint)]
        return NOTHING

    return check


def _one_of(options: Sequence[Any]) -> Check:
    checks = {option: check_for(option) for option in options if option is not type(None)}
    optional = len(checks) < len(options)

    def check(value: object, path: str) -> Found:
        if value is None and optional:
            return NOTHING
        own = checks.get(type(value))
        tried = [own(value, path)] if own else [each(value, path) for each in checks.values()]
        if not all(tried):
            return NOTHING
        return tried[0] if len(tried) == 1 else [(path, (InvalidInput, "is none of the kinds that fit here"))]

    return check


def _each(collection: type, item: Check) -> Check:
    def check(value: object, path: str) -> Found:
        if type(value) is not collection:
            return [(path, (InvalidInput, f"must be a {collection.__name__}"))]
        items = typing.cast("Iterable[object]", value)
        return [found for index, one in enumerate(items) for found in item(one, f"{path}[{index}]")]

    return check


def _exactly(cls: type[object]) -> Check:
    wrong = _wrong_type(cls)
    further = FURTHER.get(cls)

    def check(value: object, path: str) -> Found:
        complaint = wrong if type(value) is not cls else further(value) if further else None
        return [(path, complaint)] if complaint else NOTHING

    return check


def _wrong_type(cls: type[object]) -> Complaint:
    if issubclass(cls, Enum):
        return InvalidChoice, f"must be a {cls.__name__}"
    return WRONG.get(cls, (InvalidInput, f"must be a {cls.__name__}"))


WRONG: Mapping[type[object], Complaint] = {
    int: (InvalidNumber, "must be a whole number (int)"),
    str: (InvalidText, "must be text (str)"),
    Decimal: (InvalidNumber, "must be an exact decimal (Decimal)"),
    bool: (InvalidChoice, "must be true or false (bool)"),
    date: (InvalidDate, "must be a calendar day (date, not datetime)"),
    time: (InvalidDate, "must be a time of day (time)"),
    datetime: (InvalidDate, "must be a moment in UTC (datetime)"),
    UUID: (InvalidIdentifier, "must be a UUID"),
}
"""What is said when the type is not exactly that."""

EARLIEST_YEAR = 1900
"""Facts are about people alive now; an earlier day is a slip (and year 1 breaks conversions to UTC)."""


def _is_real(value: Any) -> Complaint | None:
    return (InvalidIdentifier, "must not be the nil UUID") if value.int == 0 else None


def _is_recent(value: Any) -> Complaint | None:
    return (InvalidDate, f"must not lie before {EARLIEST_YEAR}") if value.year < EARLIEST_YEAR else None


def _is_in_utc(value: Any) -> Complaint | None:
    return (InvalidDate, "must be a moment in UTC") if value.utcoffset() is None else None


def _is_local(value: Any) -> Complaint | None:
    if value.tzinfo is not None:
        return InvalidDate, "must be a local time of day, without a zone"
    if value.second or value.microsecond:
        return InvalidDate, "must be a time of day in whole minutes"
    return None


FURTHER: Mapping[type[object], Callable[[Any], Complaint | None]] = {
    UUID: _is_real,
    date: _is_recent,
    datetime: _is_in_utc,
    time: _is_local,
}
"""What a value of the right type must be besides."""
