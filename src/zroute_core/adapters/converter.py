"""The strict edge: plain JSON values to checked classes and back, by cattrs, without any coercion.

Days are `2021-08-27`, times of day `09:30`, moments RFC 3339 in UTC, UUIDs in lower case with hyphens; enumerations
stand by their value, exactly. A missing field without default, an extra field and a value of another type are
mistakes, and all mistakes of one input are reported together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from types import GenericAlias
from typing import Any, TypeVar, cast, get_args, get_origin
from uuid import UUID

import attrs
from cattrs import AttributeValidationNote, BaseValidationError, Converter, IterableValidationNote
from cattrs.gen import make_dict_structure_fn

from zroute_core.domain.decisions import Command, OneCommand
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


def command_name(command: type[Command]) -> str:
    """`attend-lesson` for AttendLesson."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", command.__name__).lower()


COMMANDS: dict[str, type[Command]] = {command_name(one): one for one in get_args(Command)}
"""Every command for one participant, by the name it goes by outside Python."""

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


def _one_command(value: Any, _: Any) -> Any:
    """A command among others stands with its name."""
    told = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    name = told.get("command")
    if set(told) != {"command", "fields"} or type(name) is not str or name not in COMMANDS:
        raise InvalidChoice("must be a command, with its name and its fields")
    return _CONVERTER.structure(told["fields"], COMMANDS[name])


def _named(one: OneCommand) -> dict[str, Any]:
    return {"command": command_name(type(one)), "fields": to_plain(one)}


def _object(cls: type[Any], converter: Converter) -> StructureHook:
    """Only an object with named fields makes a value."""
    read: StructureHook = make_dict_structure_fn(cls, converter, _cattrs_forbid_extra_keys=True)

    def hook(value: Any, kind: Any) -> Any:
        if type(value) is not dict:
            raise InvalidInput("must be an object with named fields")
        return read(cast("dict[str, Any]", value), kind)

    return hook


def _is_list(cls: Any) -> bool:
    return get_origin(cls) is tuple


def _list(cls: Any, converter: Converter) -> StructureHook:
    """Only a list makes a tuple."""
    items: Any = GenericAlias(list, get_args(cls)[:1])

    def hook(value: Any, _: Any) -> Any:
        if type(value) is not list:
            raise InvalidInput("must be a list")
        return tuple(converter.structure(value, items))

    return hook


StructureHook = Callable[[Any, Any], Any]


def _plain_list(cls: Any, converter: Converter) -> Callable[[Any], Any]:
    item = get_args(cls)[0]
    return lambda items: [converter.unstructure(one, item) for one in items]


def _utc(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def _converter() -> Converter:
    made = Converter(forbid_extra_keys=True)
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
    made.register_structure_hook(
        Decimal, _written(r"\d{1,3}(\.\d{1,2})?", Decimal, InvalidNumber, "must be a decimal in text, like 12.50")
    )
    made.register_structure_hook(UUID, _written(_UUID, UUID, InvalidIdentifier, "must be a UUID in lower case"))
    made.register_structure_hook_func(lambda cls: isinstance(cls, type) and issubclass(cls, Enum), _enum)
    made.register_structure_hook_factory(attrs.has, _object)
    made.register_structure_hook_factory(_is_list, _list)
    made.register_structure_hook_func(lambda cls: cls == Happened, _happened)
    made.register_structure_hook_func(lambda cls: cls == OneCommand, _one_command)
    made.register_unstructure_hook_func(
        lambda cls: cls == OneCommand,
        _named,
    )
    made.register_unstructure_hook_func(
        lambda cls: cls == Happened, lambda fact: {"tag": fact.tag, "fact": made.unstructure(fact)}
    )
    made.register_unstructure_hook(date, date.isoformat)
    made.register_unstructure_hook(time, lambda value: value.strftime("%H:%M"))
    made.register_unstructure_hook(datetime, _utc)
    made.register_unstructure_hook(UUID, str)
    made.register_unstructure_hook(Decimal, str)
    made.register_unstructure_hook(Fraction, lambda value: round(float(value), 4))
    made.register_unstructure_hook_factory(_is_list, _plain_list)
    return made


_CONVERTER = _converter()
