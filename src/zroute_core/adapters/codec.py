"""Facts to bytes and back: named-key JSON, a closed registry of tags, and upcasters for old versions.

A tag and its fields load for ever. When a fact changes its shape it gets the next version, and an upcaster here
lifts what was stored before: `(name, version) -> function from the old fields to those of the next version`.
Unknown, newer or malformed is an error, never a guess; nothing stored can name code.

What this library wrote itself is read natively (`native`), ten times as fast as over the strict edge (`converter`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache, partial
from math import isfinite
from typing import Any, cast

from zroute_core.adapters.converter import TAGS, from_plain, to_plain
from zroute_core.adapters.native import Reader, read_corrected, reader, write
from zroute_core.domain.events import Fact, FactCorrected, FactRetracted, Happened
from zroute_core.errors import (
    InputTooLarge,
    InvalidInput,
    MalformedEvent,
    UnknownEventType,
    UnknownEventVersion,
    UpcastFailed,
)
from zroute_core.kernel.log import Encoded

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

LARGEST = 256 * 1024
"""Bytes of one payload; checked before anything is parsed."""

CORRECTIONS = frozenset(cls.tag.partition("/")[0] for cls in (FactCorrected, FactRetracted))
"""A correction tells what happened; another correction is not something that happened."""

UPCASTERS: Mapping[tuple[str, int], Upcaster] = {}
"""None yet: every fact is in its first version."""


class JsonCodec:
    """The codec of this library's facts."""

    def __init__(
        self,
        facts: Mapping[str, type[Fact]] = TAGS,
        upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS,
    ) -> None:
        self._current: dict[str, tuple[int, type[Fact]]] = {}
        for tag, cls in facts.items():
            name, _, version = tag.partition("/")
            self._current[name] = (int(version), cls)
        self._upcasters = upcasters
        self._readers: dict[str, Reader[Fact]] = {}

    def encode(self, event: Fact) -> Encoded:
        kind = _kind_of(event.tag)
        payload = write(to_plain(event))
        if len(payload) > LARGEST:
            raise InputTooLarge("this fact takes more than 256 KiB, so it is not stored", field=type(event).__name__)
        if self.decode(kind.tag, kind.schema_version, payload) != event:
            raise InvalidInput(
                "this fact would not read back the same, so it is not stored", field=type(event).__name__
            )
        return kind.holding(payload)

    def decode(self, tag: str, schema_version: int, payload: bytes) -> Fact:
        """What is beyond doubt is read at once; whatever is not, goes over the strict edge."""
        current, cls = self._known(tag, schema_version)
        if schema_version == current and type(payload) is bytes and len(payload) <= LARGEST:
            read = self._readers.get(tag) or self._reader(tag, cls)
            try:
                fact = read(payload.decode())
            except UnicodeDecodeError:
                fact = None
            if fact is not None:
                return fact
        return self.decode_strictly(tag, schema_version, payload)

    def decode_strictly(self, tag: str, schema_version: int, payload: bytes) -> Fact:
        """The same by the strict edge alone, which is the judge: for no payload does `decode` come to another end."""
        self._known(tag, schema_version)
        return self._read(tag, schema_version, _fields(payload, tag))

    def _reader(self, tag: str, cls: type[Fact]) -> Reader[Fact]:
        """Made when the first fact of its kind comes by: making all of them would take a program's first second."""
        read: Reader[Fact] = partial(read_corrected, told=self._told) if cls is FactCorrected else reader(cls)
        return self._readers.setdefault(tag, read)

    def _told(self, name: str, version: int, text: str) -> Happened | None:
        """The fact inside a correction, when it is beyond doubt."""
        current, cls = self._current.get(name, (0, FactCorrected))
        if version != current or cls is FactCorrected or cls is FactRetracted:
            return None
        return cast("Happened | None", (self._readers.get(name) or self._reader(name, cls))(text))

    def _read(self, tag: str, version: int, fields: dict[str, Any]) -> Fact:
        current, cls = self._known(tag, version)
        for old in range(version, current):
            fields = self._lift(tag, old, fields)
        if cls is FactCorrected:
            fields = {**fields, "replacement": self._replacement(fields.get("replacement"))}
        try:
            return from_plain(fields, cls)
        except InvalidInput as error:
            where = error.field
        raise MalformedEvent(f"a stored {tag} is not what its tag promises", field=where)

    def _replacement(self, told: object) -> Fact:
        """The fact inside a correction has a tag and a version of its own, and is lifted like any other."""
        inner: dict[str, Any] = cast("dict[str, Any]", told) if isinstance(told, dict) else {}
        name, _, version = str(inner.get("tag")).partition("/")
        known = set(inner) == {"tag", "fact"} and isinstance(inner["fact"], dict) and name not in CORRECTIONS
        if not known or not (version.isascii() and version.isdigit() and len(version) < 4):
            raise MalformedEvent("a stored correction does not hold a fact")
        return self._read(name, int(version), cast("dict[str, Any]", inner["fact"]))

    def _known(self, tag: str, version: int) -> tuple[int, type[Fact]]:
        if type(tag) is not str or tag not in self._current:
            raise UnknownEventType("a stored fact has a tag that is not in the catalogue")
        current, cls = self._current[tag]
        if type(version) is not int or not 1 <= version <= current:
            raise UnknownEventVersion(f"a stored {tag} has a version this library does not know (1 to {current})")
        return current, cls

    def _lift(self, tag: str, version: int, fields: dict[str, Any]) -> dict[str, Any]:
        try:
            lifted = cast("object", self._upcasters[tag, version](fields))
        except Exception:  # an upcaster is foreign code: whatever it raises becomes one typed error below
            lifted = None
        if isinstance(lifted, dict):
            return cast("dict[str, Any]", lifted)
        raise UpcastFailed(f"a stored {tag}/{version} could not be lifted to the next version")


@cache
def _kind_of(tag: str) -> Encoded:
    """A fact with this tag, but for its payload."""
    name, _, version = tag.partition("/")
    return Encoded(name, int(version), b"")


def write_json(plain: object) -> bytes:
    """Compact JSON, UTF-8, keys in the order of the fields."""
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def read_json(text: bytes | str, largest: int = LARGEST) -> object:
    """Strict JSON: UTF-8, numbers that are numbers, no key twice, bounded. Raises InvalidInput or InputTooLarge."""
    if type(text) not in {bytes, str}:
        raise InvalidInput("must be JSON text")
    if len(text) > largest:
        raise InputTooLarge(f"must be JSON text of at most {largest // 1024} KiB")
    try:
        decoded = text.decode("utf-8") if isinstance(text, bytes) else text
        return json.loads(decoded, object_pairs_hook=_each_key_once, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError):
        pass
    raise InvalidInput("is not JSON that can be read without a doubt")


def _fields(payload: bytes, tag: str) -> dict[str, Any]:
    try:
        fields = read_json(payload) if type(payload) is bytes else None
    except InvalidInput:
        fields = None
    if not isinstance(fields, dict):
        raise MalformedEvent(f"a stored {tag} is not a JSON object")
    return cast("dict[str, Any]", fields)


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError
    return made


def _refuse(_: str) -> None:
    raise ValueError


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError
    return number
