"""A value is what its annotation says, exactly: no coercion, all mistakes named at once.

`@attrs.frozen(field_transformer=checked)` makes a class whose constructor holds every field against its annotation:

    int, bool, date, time, UUID, an Enum    exactly that type (True is no number, a datetime is no date)
    Annotated[int, Whole(1, 1440)]          within a range
    Annotated[str, Text(200)]               text without control or direction characters, composed to NFC
    tuple[X, ...], frozenset[X], X | None   all the way down
    another checked class                   was checked when it was made

The annotations are read once for each class, at its first instance.
"""

from __future__ import annotations

import types
import typing
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime, time
from enum import Enum
from typing import Annotated, Any, Union, get_args, get_origin
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


@attrs.frozen
class Whole:
    """A whole number from `low` up to and including `high`."""

    low: int
    high: int
    error: type[InvalidInput] = InvalidNumber

    def complain(self, value: object) -> Complaint | None:
        if type(value) is not int:
            return InvalidNumber, "must be a whole number (int)"
        if not self.low <= value <= self.high:
            return self.error, f"must lie from {self.low} up to and including {self.high}"
        return None


@attrs.frozen
class Text:
    """A text of 1 to `longest` characters, NFC, on one line unless `lines`, without hidden characters."""

    longest: int
    lines: bool = False

    def complain(self, value: object) -> Complaint | None:
        if type(value) is not str:
            return InvalidText, "must be text (str)"
        if len(value) > self.longest:
            return TextTooLong, f"must be at most {self.longest} characters"
        if not value.strip():
            return InvalidText, "must not be empty"
        if any(_hidden(char) and not (self.lines and char == "\n") for char in value):
            return InvalidText, "must not hold control, direction or unassigned characters"
        if not unicodedata.is_normalized("NFC", value):
            return InvalidText, "must be in Unicode normal form NFC"
        return None


@attrs.frozen
class Code:
    """A text of exactly `digits` digits; all zeros and all nines are never given out."""

    digits: int
    error: type[InvalidInput]

    def complain(self, value: object) -> Complaint | None:
        if type(value) is not str or len(value) != self.digits or not (value.isascii() and value.isdigit()):
            return self.error, f"must be {self.digits} digits"
        if value in {"0" * self.digits, "9" * self.digits}:
            return self.error, "is not a code that is given out"
        return None


@attrs.frozen
class Among:
    """One of a few members of an enumeration."""

    members: frozenset[Enum]

    def complain(self, value: object) -> Complaint | None:
        return None if value in self.members else (InvalidChoice, "is not one of the values that fit here")


def _hidden(char: str) -> bool:
    """Control (Cc), format incl. direction marks (Cf), surrogate (Cs), private (Co) and unassigned (Cn).

    The zero-width joiner and non-joiner stay: Persian and several Indic scripts are misspelt without them.
    """
    return unicodedata.category(char)[0] == "C" and char not in "\u200c\u200d"


def checked(_: type, fields: list[attrs.Attribute[Any]]) -> list[attrs.Attribute[Any]]:
    """A field transformer for attrs: the constructor holds all fields against their annotations.

    attrs runs validators after all fields are set, so one on the last field sees them all.
    """
    composed = [field.evolve(converter=_composed) for field in fields]
    return [*composed[:-1], composed[-1].evolve(validator=_check)] if fields else fields


def _composed(value: object) -> object:
    """The same text from two keyboards is one text; whatever is no text is left for the check."""
    return unicodedata.normalize("NFC", value) if type(value) is str and not value.isascii() else value


def _check(instance: object, _field: attrs.Attribute[Any], _value: object) -> None:
    errors = [
        error(sentence, field=f"{type(instance).__name__}.{path}")
        for name, annotation in promises(type(instance)).items()
        for path, (error, sentence) in complaints(getattr(instance, name), annotation, name)
    ]
    if len(errors) == 1:
        raise errors[0]
    if errors:
        fields = ", ".join(str(error.field) for error in errors)
        raise InvalidInput(f"{len(errors)} fields are not right: {fields}", field=errors[0].field, errors=errors)


def promises(cls: type) -> dict[str, Any]:
    """The fields of a checked class with what they promise, in order."""
    if cls not in _READ:
        hints = typing.get_type_hints(cls, include_extras=True)
        _READ[cls] = {field.name: hints[field.name] for field in attrs.fields(cls)}
    return _READ[cls]


_READ: dict[type, dict[str, Any]] = {}
"""Annotations are read once for each class."""


def complaints(value: object, annotation: Any, path: str) -> Iterator[tuple[str, Complaint]]:
    """What is wrong with `value`, each with the path to it; nothing when it is what the annotation says."""
    origin = get_origin(annotation)
    if origin is Annotated:
        for limit in annotation.__metadata__:
            if complaint := limit.complain(value):
                yield path, complaint
                return
    elif origin in {Union, types.UnionType}:
        yield from _one_of(value, get_args(annotation), path)
    elif origin in {tuple, frozenset}:
        if type(value) is not origin:
            yield path, (InvalidInput, f"must be a {origin.__name__}")
            return
        for index, item in enumerate(typing.cast("typing.Iterable[object]", value)):
            yield from complaints(item, get_args(annotation)[0], f"{path}[{index}]")
    elif type(value) is not annotation:
        yield path, _wrong_type(typing.cast("type[object]", annotation))
    elif annotation is UUID and value == UUID(int=0):
        yield path, (InvalidIdentifier, "must not be the nil UUID")
    elif annotation is datetime and typing.cast("datetime", value).utcoffset() is None:
        yield path, (InvalidDate, "must be a moment in UTC")
    elif annotation is date and typing.cast("date", value).year < EARLIEST_YEAR:
        yield path, (InvalidDate, f"must not lie before {EARLIEST_YEAR}")
    elif annotation is time and typing.cast("time", value).tzinfo is not None:
        yield path, (InvalidDate, "must be a local time of day, without a zone")


EARLIEST_YEAR = 1900
"""Facts are about people alive now; an earlier day is a slip (and year 1 breaks conversions to UTC)."""


def _one_of(value: object, options: tuple[Any, ...], path: str) -> Iterator[tuple[str, Complaint]]:
    if value is None and type(None) in options:
        return
    real = [option for option in options if option is not type(None)]
    tried = [list(complaints(value, option, path)) for option in real]
    if all(tried):
        yield from (tried[0] if len(tried) == 1 else [(path, (InvalidInput, "is none of the kinds that fit here"))])


def _wrong_type(annotation: type[object]) -> Complaint:
    if issubclass(annotation, Enum):
        return InvalidChoice, f"must be a {annotation.__name__}"
    return MADE.get(annotation, (InvalidInput, f"must be a {annotation.__name__}"))


MADE: dict[type[object], Complaint] = {
    int: (InvalidNumber, "must be a whole number (int)"),
    bool: (InvalidChoice, "must be true or false (bool)"),
    date: (InvalidDate, "must be a calendar day (date, not datetime)"),
    time: (InvalidDate, "must be a time of day (time)"),
    datetime: (InvalidDate, "must be a moment in UTC (datetime)"),
    UUID: (InvalidIdentifier, "must be a UUID"),
}
