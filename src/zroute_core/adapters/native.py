"""The quick way to read a fact: msgspec makes the class at once, when the payload is beyond doubt.

The strict edge in `converter` is the judge of what a payload says. Here stands, for each class, the part of its
language that it cannot refuse: a regular expression made from the annotations. It is what `JsonCodec.encode` writes:
every field once and in its order, no spaces between them, texts in Latin letters without escapes. What matches needs
no further check but those that msgspec makes (is there such a day?) and those of the class itself (does the lesson
end on its day?). To whatever else the answer is None: not wrong, but in doubt, and the strict edge decides.

- a limit on numbers that is no power of ten is rounded down to one: what lies between is in doubt;
- a text may hold the letters of LETTERS, which are assigned, visible, and never compose with each other;
- msgspec wants seconds in a time of day, which our JSON does not have: they are put in before it reads.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Callable, Iterable, Sequence
from datetime import date, time
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin
from uuid import UUID

import attrs
import msgspec

from zroute_core.checking import Among, Code, Exact, Text, Whole
from zroute_core.domain.events import FactCorrected, Happened
from zroute_core.errors import InvalidInput

T = TypeVar("T")

Reader = Callable[[str], T | None]
"""Reads what is beyond doubt; None for all the rest."""

write: Callable[[object], bytes] = msgspec.json.Encoder().encode
"""Compact JSON of the plain values of a fact: to the byte what `write_json` makes of them."""

LETTERS = r" !#-\[\]-~À-ſ"
"""ASCII without the quote and the backslash, and the letters of Latin-1 and Latin Extended-A."""

DAY = '"(?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]"'
TIME = '"(?:[01][0-9]|2[0-3]):[0-5][0-9]()"'
"""The empty group marks where the seconds would stand."""
NAME = '"(?!0{8}-0{4}-0{4}-0{4}-0{12})[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"'

SIMPLE = {bool: "(?:true|false)", date: DAY, time: TIME, UUID: NAME}


class InDoubtError(Exception):
    """There is no shape for this annotation that could not be refused."""


def reader(cls: type[T]) -> Reader[T]:
    """The quick way to read this class; for a class that has none, always None."""
    try:
        shape = re.compile(shape_of(cls))
    except InDoubtError:
        return lambda _: None
    matches, timed, decode = shape.fullmatch, shape.groups > 0, msgspec.json.Decoder(cls).decode

    def read(text: str) -> T | None:
        match = matches(text)
        if match is None:
            return None
        if timed and (end := match.end(1)) >= 0:
            text = f"{text[:end]}:00{text[end:]}"
        try:
            return decode(text)
        except (msgspec.ValidationError, InvalidInput):
            return None

    return read


CORRECTED = re.compile(
    rf'\{{"on":({DAY}),"fact":({NAME}),'
    r'"replacement":\{"tag":"([a-z-]+)/([1-9][0-9]{0,2})","fact":(\{.*\})\},'
    r'"reason":"([^"\\\x00-\x1f]*)"\}'
)


def read_corrected(text: str, told: Callable[[str, int, str], Happened | None]) -> FactCorrected | None:
    """The same for a correction, of which `told` reads the fact inside: its name, its version and its text."""
    match = CORRECTED.fullmatch(text)
    if match is None:
        return None
    on, fact, name, version, inner, reason = match.groups()
    replacement = told(name, int(version), inner)
    if replacement is None:
        return None
    try:
        return FactCorrected(date.fromisoformat(on[1:-1]), UUID(fact[1:-1]), replacement, reason)
    except (ValueError, InvalidInput):
        return None


def shape_of(annotation: Any) -> str:
    """A regular expression for JSON that this annotation surely takes. Raises InDoubtError when there is none."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _within(parts[0], parts[1:])
    if origin in {Union, UnionType} and len(parts) == 2 and parts[1] is NoneType:
        return f"(?:null|{shape_of(parts[0])})"
    if origin is tuple:
        return _list(shape_of(parts[0]))
    if isinstance(annotation, type):
        if attrs.has(annotation):
            return _object(annotation)
        if issubclass(annotation, Enum):
            return _one_of(annotation)
    if annotation in SIMPLE:
        return SIMPLE[annotation]
    raise InDoubtError


def _object(cls: type[Any]) -> str:
    hints = typing.get_type_hints(cls, include_extras=True)
    fields = (f'"{field.name}":{shape_of(hints[field.name])}' for field in attrs.fields(cls))
    return rf"\{{{','.join(fields)}\}}"


def _list(item: str) -> str:
    if TIME in item:
        raise InDoubtError  # one mark cannot say where the seconds of many would stand
    return rf"\[(?:{item}(?:,{item})*+)?\]"


def _one_of(members: Iterable[Enum]) -> str:
    return f'"(?:{"|".join(sorted(re.escape(str(one.value)) for one in members))})"'


def _within(annotation: Any, limits: Sequence[object]) -> str:
    match limits:
        case [Text(longest=longest)] if annotation is str:
            return rf'"(?! )[{LETTERS}]{{1,{longest}}}+(?<! )"'
        case [Code(digits=digits)] if annotation is str:
            return rf'"(?!0{{{digits}}}|9{{{digits}}})[0-9]{{{digits}}}"'
        case [Whole(low=low, high=high)] if annotation is int:
            return _whole(low, high)
        case [Exact(lowest=0, highest=999, places=2)] if annotation is Decimal:
            return r'"[0-9]{1,3}(?:\.[0-9]{1,2})?"'
        case [Among(members=members)]:
            return _one_of(members)
        case _:
            raise InDoubtError


def _whole(low: int, high: int) -> str:
    if high - low < 10:
        return f"(?:{'|'.join(map(str, range(low, high + 1)))})"
    if low > 1 or high < 1:
        raise InDoubtError
    numbers = [f"[1-9][0-9]{{0,{_digits(high) - 1}}}"]
    if low <= 0:
        numbers.append("0")
    if low <= -10:
        numbers.append(f"-[1-9][0-9]{{0,{_digits(-low) - 1}}}")
    return f"(?:{'|'.join(numbers)})"


def _digits(limit: int) -> int:
    """With so many digits, every number lies within the limit."""
    return len(str(limit + 1)) - 1
