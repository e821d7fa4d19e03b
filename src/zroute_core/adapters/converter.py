"""The strict edge: plain JSON values to checked classes and back, by cattrs, without any coercion.

Days are `2021-08-27`, times of day `09:30`, moments RFC 3339 in UTC, UUIDs in lower case with hyphens; enumerations
stand by their value, exactly. A missing field without default, an extra field and a value of another type are
mistakes, and all mistakes of one input are reported together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from enum import Enum
from fractions import Fraction
from typing import Any, TypeVar, cast, get_args
from uuid import UUID

from cattrs import AttributeValidationNote, BaseValidationError, Converter, IterableValidationNote

from zroute_core.domain.events import FACTS, Fact, Happened
from zroute_core.errors import (
    InvalidChoice,
    InvalidDate,
    InvalidIdentifier,
    InvalidInput,
    InvalidNumber,
    InvalidText,
)

T = TypeVar("T")

TAGS: dict[str, type[Fact]] = {fact.tag: fact for fact in FACTS}
"""The closed registry: a tag that is not here is not a fact."""

HAPPENED: frozenset[type[Happened]] = frozenset(get_args(Happened))


def from_plain(data: object, cls: type[T]) -> T:
    """Make a `cls` of plain JSON values. Raises InvalidInput, with all that is wrong in its `errors`."""
    try:
        return _CONVERTER.structure(data, cls)
    except BaseValidationError as group:
        errors = list(_leaves(group, cls.__name__))
    except InvalidInput as error:
        errors = list(error.errors)
    except RecursionError:
        errors = [InvalidInput("is nested too deep", field=cls.__name__)]
    if len(errors) == 1:
        raise errors[0]
    fields = ", ".join(str(error.field) for error in errors)
    raise InvalidInput(f"{len(errors)} fields are not right: {fields}", field=errors[0].field, errors=errors)


def to_plain(value: object) -> Any:
    """Plain JSON values: fields keep their names and their order."""
    return _CONVERTER.unstructure(value)


def _leaves(error: BaseException, path: str) -> Iterator[InvalidInput]:
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            path = f"{path}.{note.name}"
        elif isinstance(note, IterableValidationNote):
            path = f"{path}[{note.index}]"
    if isinstance(error, BaseValidationError):
        for inner in error.exceptions:
            yield from _leaves(inner, path)
    elif isinstance(error, InvalidInput):
        for one in error.errors:
            yield type(one)(one.sentence, field=one.field or path)
    elif isinstance(error, KeyError):
        yield InvalidInput("is missing", field=path)
    else:
        yield InvalidInput("is not what this field holds, or has fields it does not know", field=path)


def _exactly(cls: type, error: type[InvalidInput], sentence: str) -> Callable[[Any, Any], Any]:
    def hook(value: Any, _: Any) -> Any:
        if type(value) is not cls:
            raise error(sentence)
        return value

    return hook


def _written(
    pattern: str, read: Callable[[str], Any], error: type[InvalidInput], sentence: str
) -> Callable[[Any, Any], Any]:
    shape = re.compile(pattern, re.ASCII)

    def hook(value: Any, _: Any) -> Any:
        if type(value) is str and shape.fullmatch(value):
            try:
                return read(value)
            except ValueError:
                pass
        raise error(sentence)

    return hook


def _enum(value: Any, cls: type[Enum]) -> Enum:
    if type(value) is str:
        for member in cls:
            if member.value == value:
                return member
    raise InvalidChoice(f"must be one of: {', '.join(str(member.value) for member in cls)}")


def _happened(value: Any, _: Any) -> Any:
    """A fact inside a correction stands with its tag, unless the codec has read it already."""
    if type(value) in HAPPENED:
        return value
    told = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    tag = told.get("tag")
    if set(told) != {"tag", "fact"} or type(tag) is not str or TAGS.get(tag) not in HAPPENED:
        raise InvalidChoice("must be a fact of the catalogue, with its tag")
    return _CONVERTER.structure(told["fact"], TAGS[tag])


def _utc(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def _converter() -> Converter:
    made = Converter(forbid_extra_keys=True, prefer_attrib_converters=False)
    made.register_structure_hook(int, _exactly(int, InvalidNumber, "must be a whole number"))
    made.register_structure_hook(bool, _exactly(bool, InvalidChoice, "must be true or false"))
    made.register_structure_hook(str, _exactly(str, InvalidText, "must be text"))
    made.register_structure_hook(
        date,
        _written(r"\d{4}-\d{2}-\d{2}", date.fromisoformat, InvalidDate, "must be a day, like 2021-08-27"),
    )
    made.register_structure_hook(
        time, _written(r"\d{2}:\d{2}", time.fromisoformat, InvalidDate, "must be a time of day, like 09:30")
    )
    made.register_structure_hook(
        datetime,
        _written(
            r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{6})?Z",
            datetime.fromisoformat,
            InvalidDate,
            "must be a moment in UTC, like 2021-08-27T09:30:00Z",
        ),
    )
    made.register_structure_hook(UUID, _written(_UUID, UUID, InvalidIdentifier, "must be a UUID in lower case"))
    made.register_structure_hook_func(lambda cls: isinstance(cls, type) and issubclass(cls, Enum), _enum)
    made.register_structure_hook_func(lambda cls: cls == Happened, _happened)
    made.register_unstructure_hook_func(
        lambda cls: cls == Happened, lambda fact: {"tag": fact.tag, "fact": made.unstructure(fact)}
    )
    made.register_unstructure_hook(date, date.isoformat)
    made.register_unstructure_hook(time, lambda value: value.strftime("%H:%M"))
    made.register_unstructure_hook(datetime, _utc)
    made.register_unstructure_hook(UUID, str)
    made.register_unstructure_hook(Fraction, lambda value: round(float(value), 4))
    made.register_unstructure_hook_func(
        lambda cls: getattr(cls, "__origin__", None) in {tuple, frozenset},
        lambda items: [to_plain(one) for one in items],
    )
    return made


_CONVERTER = _converter()
