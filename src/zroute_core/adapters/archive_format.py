"""How an archive is written: a log as lines of JSON, each line one fact with its envelope, between a header and an end.

    {"archive":"zroute-log","version":1,"after":0,"frontier":[],"size":2,"root":"…"}
    {"position":1,"stream":"…","version":1,…,"encoding":"text","payload":"{\\"on\\":\\"2024-03-04\\",…}","leaf":"…"}
    {"position":2,…}
    {"end":"zroute-log","lines":2,"root":"…"}

An archive holds the positions `after` + 1 up to and including `size`. `root` is the Merkle root of the log at `size`,
and `frontier` what the tree needs to go on from `after` (nothing when the archive begins with the first fact). Nothing
in it depends on where the log stood: the same log gives the same bytes.

The payload stands there as a text, not as JSON within JSON: the leaf hash is over its bytes, and any tool in any
language gets the same bytes back from a string. `jq '.payload | fromjson'` looks inside. What is no UTF-8, as a
ciphertext, stands there in base64, and `encoding` says so. Hashes and key commitments are in hexadecimal.

`leaf` is the hash of the envelope as `zroute_core.kernel.log` lays it out, so that a single changed line is found and
named, and whoever holds the root of that day needs nothing else to know that the whole is untouched.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any
from uuid import UUID

import attrs
import msgspec

from zroute_core.adapters.codec import read_json, write_json
from zroute_core.adapters.converter import from_plain, to_plain
from zroute_core.errors import ArchiveError, InvalidInput, InvalidText
from zroute_core.kernel.log import Actor, Encoded, Envelope, Logged
from zroute_core.kernel.merkle import HASH_BYTES, Frontier

FORMAT = "zroute-log"
VERSION = 1

LONGEST_LINE = 2 * 1024 * 1024
"""Bytes of one line: a payload of 256 KiB fits in it, whatever has to be escaped."""

LARGEST_NUMBER = 2**63 - 1


@attrs.frozen
class Header:
    """The first line."""

    archive: str
    version: int
    after: int
    frontier: tuple[str, ...]
    size: int
    root: str

    def begins_at(self) -> Frontier:
        """The tree before the first fact of this archive. Raises InvalidInput when it cannot be one."""
        return Frontier.from_bytes(self.after, b"".join(map(_hash, self.frontier)))


@attrs.frozen
class End:
    """The last line."""

    end: str
    lines: int
    root: str


END = b'{"end":'
"""How the last line begins, so that it is known for one."""


@attrs.frozen
class Entry:
    """A fact as its line tells it."""

    logged: Logged
    leaf: bytes
    """Of the envelope as it stands there."""
    said: bytes
    """What the line gives as its leaf."""


def header_of(begin: Frontier, size: int, root: bytes) -> Header:
    return Header(FORMAT, VERSION, begin.size, tuple(one.hex() for one in begin.roots), size, root.hex())


def written(line: Header | End) -> bytes:
    """A header or an end as it is written, with its line feed."""
    return write_json(to_plain(line)) + b"\n"


def line_of(logged: Logged, leaf: bytes) -> bytes:
    """A fact as it is written, with its line feed. Raises ArchiveError when nobody could read it back."""
    line = _WRITE(_plain(logged, leaf)) + b"\n"
    if len(line) > LONGEST_LINE:
        raise ArchiveError(f"the fact at position {logged.position} is too large for an archive")
    return line


def read_header(line: bytes) -> Header:
    """Raises InvalidInput unless this is the first line of an archive that this library can read."""
    header = from_plain(_object(line), Header)
    if header.archive != FORMAT:
        raise InvalidInput("is no archive of a log")
    if header.version != VERSION:
        raise InvalidInput(f"is an archive of another version than {VERSION}: it may be newer than this library")
    _hash(header.root)
    if not 0 <= header.after <= header.size <= LARGEST_NUMBER:
        raise InvalidInput("says from which position to which it goes in a way that cannot be")
    header.begins_at()
    return header


def read_end(line: bytes) -> End:
    """Raises InvalidInput unless this is the last line of an archive."""
    end = from_plain(_object(line), End)
    if end.end != FORMAT:
        raise InvalidInput("is not the end of an archive of a log")
    _hash(end.root)
    return end


def read_line(line: bytes) -> Entry:
    """A fact with its envelope. Raises InvalidInput, and never says what stands in the line."""
    return _beyond_doubt(line) or _entry(from_plain(_object(line), Line))


# ── a line ───────────────────────────────────────────────────────────────────────────────────────────────────
#
# The quick way first: msgspec makes the line, and when writing it again gives the same bytes there was no key twice,
# none that is not known, and nothing written otherwise than here. Whatever else comes, lines that a tool laid out anew
# among them, is read by the strict edge, which says what is wrong.

_Number = Annotated[int, msgspec.Meta(ge=1, le=LARGEST_NUMBER)]


class _Quick(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    position: _Number
    stream: UUID
    version: _Number
    event_id: UUID
    tag: str
    schema_version: int
    recorded_at: Annotated[datetime, msgspec.Meta(tz=True)]
    actor: str
    purpose: str
    command_id: UUID
    correlation_id: UUID
    causation_id: UUID | None
    key_id: str | None
    key_commitment: str | None
    encoding: str
    payload: str
    leaf: str


@attrs.frozen
class Line:
    """The same for the strict edge, which names its fields when one of them is wrong."""

    position: int
    stream: UUID
    version: int
    event_id: UUID
    tag: str
    schema_version: int
    recorded_at: datetime
    actor: str
    purpose: str
    command_id: UUID
    correlation_id: UUID
    causation_id: UUID | None
    key_id: str | None
    key_commitment: str | None
    encoding: str
    payload: str = attrs.field(repr=False)
    leaf: str


_WRITE = msgspec.json.Encoder().encode
_READ = msgspec.json.Decoder(_Quick).decode


def _plain(logged: Logged, leaf: bytes) -> _Quick:
    one = logged.envelope
    encoding, payload = _as_text(one.payload)
    return _Quick(
        position=logged.position,
        stream=one.stream,
        version=one.version,
        event_id=one.event_id,
        tag=one.tag,
        schema_version=one.schema_version,
        recorded_at=one.recorded_at.astimezone(UTC),
        actor=one.actor.id,
        purpose=one.actor.purpose,
        command_id=one.command_id,
        correlation_id=one.correlation_id,
        causation_id=one.causation_id,
        key_id=one.key_id,
        key_commitment=None if one.key_commitment is None else one.key_commitment.hex(),
        encoding=encoding,
        payload=payload,
        leaf=leaf.hex(),
    )


def _beyond_doubt(line: bytes) -> Entry | None:
    try:
        read = _READ(line)
        sure = _WRITE(read) == line.rstrip(b"\n")
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return _entry(read) if sure else None


def _entry(line: _Quick | Line) -> Entry:
    if not (1 <= line.position <= LARGEST_NUMBER and 1 <= line.version <= LARGEST_NUMBER):
        raise InvalidInput("has a position or a version that cannot be")
    said = _hash(line.leaf)
    actor = _actor(line.actor, line.purpose)
    _check_fact(line.tag, line.schema_version, line.key_id)
    envelope = Envelope(
        stream=line.stream,
        version=line.version,
        event_id=line.event_id,
        tag=line.tag,
        schema_version=line.schema_version,
        recorded_at=line.recorded_at,
        actor=actor,
        command_id=line.command_id,
        correlation_id=line.correlation_id,
        causation_id=line.causation_id,
        key_id=line.key_id,
        payload=_as_bytes(line.encoding, line.payload),
        key_commitment=None if line.key_commitment is None else _hex(line.key_commitment),
    )
    return Entry(Logged(line.position, envelope), envelope.leaf(), said)


@lru_cache(1024)
def _actor(who: str, purpose: str) -> Actor:
    """There are few of them in a log, and checking them takes as long as reading the line."""
    actor = Actor(who, purpose)
    if (actor.id, actor.purpose) != (who, purpose):
        raise InvalidText("must be composed (NFC)", field="actor")
    return actor


@lru_cache(1024)
def _check_fact(tag: str, schema_version: int, key_id: str | None) -> None:
    fact = Encoded(tag, schema_version, b"", key_id)
    if (fact.tag, fact.key_id) != (tag, key_id):
        raise InvalidText("must be composed (NFC)", field="tag")


def _as_text(payload: bytes) -> tuple[str, str]:
    try:
        return "text", payload.decode()
    except UnicodeDecodeError:
        return "base64", b64encode(payload).decode()


def _as_bytes(encoding: str, payload: str) -> bytes:
    try:
        if encoding == "text":
            return payload.encode()
        if encoding == "base64":
            return b64decode(payload, validate=True)
    except (UnicodeEncodeError, binascii.Error, ValueError):
        pass
    raise InvalidInput("must be text, or bytes in base64, as its encoding says", field="payload")


def _hash(text: str) -> bytes:
    found = _hex(text)
    if len(found) != HASH_BYTES:
        raise InvalidInput("must be a hash of 32 bytes")
    return found


def _hex(text: str) -> bytes:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if found.hex() != text:
        raise InvalidInput("must be bytes in hexadecimal, in lower case")
    return found


def _object(line: bytes) -> Any:
    return read_json(line, LONGEST_LINE)
