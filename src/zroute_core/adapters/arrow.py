"""Answers as Arrow tables: every read model, with typed columns, for whoever works with data frames.

An answer is one row, and each of its lists is a table of its own. What is a value within a value becomes columns with a
dotted name (`totals.course.minutes`); a value that may be absent is null. Days are date32, moments are microseconds in
UTC, enumerations stand by their value, UUIDs as text. A fraction stays exact: it becomes two whole numbers,
`change.numerator` and `change.denominator`. What may be of several kinds stands there as JSON.

The types come from the annotations and not from the values, so an empty list has the same columns as a full one.

It needs pyarrow, with the extra `analytics`. Without it each function raises ConfigurationError.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from importlib import import_module
from operator import attrgetter
from typing import Any, Union, cast, get_args, get_origin
from uuid import UUID

import attrs

from zroute_core.adapters.codec import write_json
from zroute_core.adapters.converter import to_plain
from zroute_core.errors import ConfigurationError, InvalidChoice, InvalidInput
from zroute_core.kernel.ports import ReadModels
from zroute_core.kernel.tables import LAST_POSITION, TYPES, Table

ANSWER = "answer"
"""The name of the table that has one row: what of an answer stands in no list."""


def to_arrow(answer: object, rows: str | None = None, *, of: type | None = None) -> Any:
    """A `pyarrow.Table` of one list of an answer, or of values that are a list already.

    An answer with one list gives that one, and one without gives itself, in one row. Where there are several, `rows`
    says which: a name of `tables`. A list that may be empty needs to know what is in it: `of` is the class of its
    values.

    Raises InvalidChoice when there is no such list or it is not said which, InvalidInput for what is no answer.
    """
    if not attrs.has(type(answer)):
        return _table_of(answer, of)
    lists = _lists(type(answer))
    if rows is None and len(lists) > 1:
        raise InvalidChoice(f"has several lists: say which of {', '.join((*lists, ANSWER))}", field="rows")
    name = rows or next(iter(lists), ANSWER)
    if name == ANSWER:
        return _table([answer], _of_answer(type(answer)))
    if name not in lists:
        raise InvalidChoice(f"must be one of: {', '.join((*lists, ANSWER))}", field="rows")
    return _table(list(getattr(answer, name)), _columns(lists[name]))


def tables(answer: object) -> Mapping[str, Any]:
    """All of an answer: each of its lists by its name, and under `answer` one row with the rest, where there is any."""
    if not attrs.has(type(answer)):
        raise InvalidInput("must be an answer of a read model", field="answer")
    found = {name: to_arrow(answer, name) for name in (ANSWER, *_lists(type(answer)))}
    return {name: table for name, table in found.items() if table.num_columns}


def stored(views: ReadModels, table: Table) -> Any:
    """A `pyarrow.Table` of a stored read model, with the position of each participant's last entry as its last column.

    It is read page by page; who changes in between is seen as before or as after. Raises SchemaMismatch when the store
    does not have this table, or a StoreError.
    """
    pa = _pyarrow()
    described = (*table.columns, LAST_POSITION)
    kinds = [_SIMPLE[TYPES[one.kind]](pa) for one in described]
    schema = pa.schema(
        [pa.field(one.name, kind, one.nullable) for one, (kind, _) in zip(described, kinds, strict=True)]
    )
    batches: list[Any] = []
    after: UUID | None = None
    while folds := views.page(after=after, limit=PAGE, tables=[table.name]).folds:
        rows = [(*row, fold.position) for fold in folds for row in fold.rows.get(table.name, ())]
        arrays = [
            pa.array([None if row[at] is None else convert(row[at]) for row in rows], type=kind)
            for at, (kind, convert) in enumerate(kinds)
        ]
        batches.append(pa.RecordBatch.from_arrays(arrays, schema=schema))
        after = folds[-1].participant
    return pa.Table.from_batches(batches, schema=schema)


PAGE = 100
"""How many participants of a stored read model are read at once."""


def _table_of(values: object, of: type | None) -> Any:
    some: list[object] = list(cast("Iterable[object]", values)) if isinstance(values, Iterable) else [values]
    kinds = {type(one) for one in some} | ({of} if of is not None else set[type]())
    if len(kinds) != 1 or not attrs.has(next(iter(kinds))):
        raise InvalidInput("must be an answer, or values of one class; of none say the class: of=...", field="answer")
    return _table(some, _columns(next(iter(kinds))))


def _lists(cls: type) -> dict[str, type]:
    """The lists of values that an answer has, and of what."""
    found: dict[str, type] = {}
    for name, kind in _hints(cls):
        item = _item(kind)
        if item is not None and attrs.has(item):
            found[name] = item
    return found


def _of_answer(cls: type) -> Iterator[_Column]:
    lists = _lists(cls)
    return (one for one in _columns(cls) if one.name not in lists)


# ── columns ──────────────────────────────────────────────────────────────────────────────────────────────────


@attrs.frozen
class _Column:
    """A column: its name, its Arrow type, and how its value is read from a row."""

    name: str
    type: Any
    read: Callable[[Any], Any]


def _table(rows: Sequence[object], columns: Iterable[_Column]) -> Any:
    pa = _pyarrow()
    made = list(columns)
    try:
        arrays = [pa.array(list(map(one.read, rows)), type=one.type) for one in made]
        return pa.Table.from_arrays(arrays, schema=pa.schema([(one.name, one.type) for one in made]))
    except (OverflowError, pa.ArrowInvalid):
        pass
    raise InvalidInput("holds a number of more than 64 bits", field="answer")


def _columns(cls: type, prefix: str = "", whole: Callable[[Any], Any] = lambda row: row) -> Iterator[_Column]:
    for name, kind in _hints(cls):
        yield from _column(f"{prefix}{name}", kind, _then(whole, attrgetter(name)))


def _column(name: str, kind: Any, read: Callable[[Any], Any]) -> Iterator[_Column]:
    inner = _without_none(kind)
    if isinstance(inner, type) and attrs.has(inner):
        yield from _columns(inner, f"{name}.", read)
    elif inner is Fraction:
        for part in ("numerator", "denominator"):
            yield _Column(f"{name}.{part}", _pyarrow().int64(), _then(read, attrgetter(part)))
    else:
        made, convert = _typed(inner)
        yield _Column(name, made, _then(read, convert))


def _then(first: Callable[[Any], Any], second: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """One after the other, for as long as there is something."""

    def read(row: Any) -> Any:
        value = first(row)
        return None if value is None else second(value)

    return read


Typed = tuple[Any, Callable[[Any], Any]]
"""An Arrow type, and what makes a value of it."""


def _typed(kind: Any) -> Typed:
    pa = _pyarrow()
    inner = _without_none(kind)
    if (item := _item(inner)) is not None:
        made, convert = _typed(item)
        return pa.list_(made), lambda some: [None if one is None else convert(one) for one in _ordered(some)]
    if get_origin(inner) is Mapping or inner is Mapping:
        key, value = map(_typed, get_args(inner))
        return pa.map_(key[0], value[0]), lambda some: [(key[1](one), value[1](two)) for one, two in some.items()]
    if isinstance(inner, type) and attrs.has(inner):
        return _struct([(name, _typed(one), attrgetter(name)) for name, one in _hints(inner)])
    if inner is Fraction:
        number: Typed = (pa.int64(), int)
        return _struct([(part, number, attrgetter(part)) for part in ("numerator", "denominator")])
    if all(isinstance(one, type) and issubclass(one, Enum) for one in _options(inner)):
        return pa.string(), lambda member: member.value
    return _SIMPLE.get(inner, _as_json)(pa)


def _struct(fields: Sequence[tuple[str, Typed, Callable[[Any], Any]]]) -> Typed:
    made = _pyarrow().struct([(name, typed[0]) for name, typed, _ in fields])
    reads = {name: _then(get, typed[1]) for name, typed, get in fields}
    return made, lambda value: {name: read(value) for name, read in reads.items()}


def _same(value: Any) -> Any:
    return value


def _as_json(pa: Any) -> Typed:
    return pa.string(), lambda value: write_json(to_plain(value)).decode()


_SIMPLE: Mapping[Any, Callable[[Any], Typed]] = {
    bool: lambda pa: (pa.bool_(), _same),
    int: lambda pa: (pa.int64(), _same),
    str: lambda pa: (pa.string(), _same),
    bytes: lambda pa: (pa.binary(), _same),
    date: lambda pa: (pa.date32(), _same),
    datetime: lambda pa: (pa.timestamp("us", "UTC"), lambda value: value.astimezone(UTC)),
    time: lambda pa: (pa.time32("s"), _same),
    UUID: lambda pa: (pa.string(), str),
    Decimal: lambda pa: (pa.string(), str),
}


def _ordered(some: Iterable[Any]) -> Iterable[Any]:
    """A set has no order: it gets one."""
    return sorted(some, key=str) if isinstance(some, frozenset) else some


# ── annotations ──────────────────────────────────────────────────────────────────────────────────────────────


def _hints(cls: type) -> Iterator[tuple[str, Any]]:
    hints = typing.get_type_hints(cls)
    # What a class makes of its other fields (the row of an envelope) would say the same twice.
    return ((field.name, hints[field.name]) for field in attrs.fields(cls) if field.init)


def _options(kind: Any) -> tuple[Any, ...]:
    """The kinds that a value may be of."""
    return get_args(kind) if get_origin(kind) in {Union, types.UnionType} else (kind,)


def _without_none(kind: Any) -> Any:
    some = tuple(one for one in _options(kind) if one is not type(None))
    return some[0] if len(some) == 1 else Union[some] if some else kind


def _item(kind: Any) -> Any:
    """What a list is of; None for what is no list."""
    inner = _without_none(kind)
    return get_args(inner)[0] if get_origin(inner) in {tuple, frozenset, Sequence} else None


def _pyarrow() -> Any:
    """The library, which has no types of its own."""
    try:
        return import_module("pyarrow")
    except ImportError:
        pass
    raise ConfigurationError("Arrow tables need pyarrow: pip install 'zroute_core[analytics]'")
