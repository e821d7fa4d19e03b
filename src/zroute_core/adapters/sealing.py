"""A store whose payloads are encrypted, each with the key of its participant: without that key nobody reads them.

What stands in the log is the ciphertext, so the proof over the log needs no key, and goes on without one. Envelopes
are handed out with the plain payload. Needs the extra `encryption`.

    from the key of the participant, by HKDF-Expand (SHA-256), three:
        "zroute.payload.v1.cipher"       the key of AES-256-GCM
        "zroute.payload.v1.nonce"        the key of the nonce
        "zroute.payload.v1.commitment"   stands in the log beside the payload: GCM by itself would let one ciphertext
                                         open under two keys
    nonce       the first 12 bytes of HMAC-SHA-256 (envelope, then text)
    payload     nonce (12), ciphertext, tag (16)
    envelope    the associated data, see `_envelope`: a payload opens under its own envelope only

The nonce is not drawn but made: the same command, sent again, must give the same bytes, for that is how a store knows
it. That is safe because it repeats only when envelope and text are both the same, and then so is the whole ciphertext:
whoever sees both learns nothing new. Of other envelopes or texts of one participant, two out of 100,000 have the same
nonce with a chance below one in 10^18.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from secrets import token_bytes
from struct import Struct
from threading import Lock
from typing import cast
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from zroute_core.errors import CommandIdReused, ConfigurationError, DecryptionFailed, InvalidInput, KeyNotFound
from zroute_core.kernel.log import Batch, Context, Encoded, Envelope, Logged, Row, check_batches, event_id
from zroute_core.kernel.merkle import Frontier
from zroute_core.kernel.ports import EventStore, Key, KeyRing, ProvenLog, Signal
from zroute_core.kernel.prefixed import NONE, SIXTEEN, prefixed, texts, version_then
from zroute_core.projections.streams import read_tails

NONCE_BYTES = 12
TAG_BYTES = 16

CIPHERS = 1024
"""Participants whose cipher is kept ready. Whoever destroys a key closes the stores that may have used it."""


class SealedEventStore:
    """Encrypts what goes into a store and decrypts what comes out. As safe to share between threads as that store is.

    Entries without a key id, from before there were keys, are read as they stand. An envelope that is handed out names
    its key, and has no commitment: so it is seen that its payload is plain. `head`, `leaves`, `extend`, `tails` and
    `wait` are those of the store below, and speak of the entries as they stand in it: carry a log over from the store
    below, never from here.

    Reading raises KeyNotFound, or DecryptionFailed: for another key, and for a payload that was changed, cut or put
    under another envelope.
    """

    def __init__(self, store: EventStore, keys: KeyRing) -> None:
        self._store = store
        self._keys = keys
        self._cipher = lru_cache(CIPHERS)(self._made)

    def append(self, batches: Sequence[Batch], context: Context) -> tuple[Envelope, ...]:
        check_batches(batches)
        if any(fact.key_id or fact.key_commitment for batch in batches for fact in batch.facts):
            raise InvalidInput("give the plain facts: they are encrypted here", field="batches")
        try:
            stored = self._store.append(list(self._sealed(batches, context)), context)
        except CommandIdReused:
            stored = None
        if stored is None:
            stored = self._store.append(list(self._as_it_stood(batches, context.command_id)), context)
        told = (fact.payload for batch in batches for fact in batch.facts)
        return tuple(_with_plain(one.row, payload) for one, payload in zip(stored, told, strict=True))

    def read_stream(self, stream: UUID, *, after: int = 0) -> Sequence[Envelope]:
        return self._opened(self._store.read_stream(stream, after=after))

    def read_all(self, *, after: int = 0, limit: int = 1000) -> Sequence[Logged]:
        page = self._store.read_all(after=after, limit=limit)
        return tuple(Logged(one.position, self._open(one.envelope)) for one in page)

    def head(self) -> Frontier:
        return self._proven().head()

    def leaves(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        return self._proven().leaves(start, stop)

    def extend(self, envelopes: Sequence[Envelope], *, after: int | None = None) -> int:
        """Add envelopes as they stand in another log. Raises InvalidInput for one that was opened: it would be plain.

        The rest is as `ProvenLog` says.
        """
        if any(one.key_id is not None and one.key_commitment is None for one in envelopes):
            raise InvalidInput("an envelope was opened: carry over the entries as they stand", field="envelopes")
        return self._proven().extend(envelopes, after=after)

    def tails(self, until: int) -> Iterable[tuple[UUID, int, int]]:
        """Each stream with the version and the position of its last entry at or below position `until`."""
        return read_tails(self._store, until)

    def wait(self, after: int, seconds: float) -> None:
        if not hasattr(self._store, "wait"):
            raise ConfigurationError("the store below cannot be waited for")
        cast("Signal", self._store).wait(after, seconds)

    def close(self) -> None:
        self._cipher.cache_clear()
        self._store.close()

    def _proven(self) -> ProvenLog:
        if not hasattr(self._store, "head"):
            raise ConfigurationError("the store below keeps no proof")
        return cast("ProvenLog", self._store)

    def _made(self, key_id: str) -> _Cipher:
        return _Cipher(self._keys.key(key_id))

    def _sealed(self, batches: Sequence[Batch], context: Context) -> Iterator[Batch]:
        command, actor = context.command_id.bytes, context.actor
        correlation = command if context.correlation_id is None else context.correlation_id.bytes
        causation = None if context.causation_id is None else context.causation_id.bytes
        number = 0
        for batch in batches:
            key_id = self._keys.key_of(batch.stream).id
            cipher, stream = self._cipher(key_id), batch.stream.bytes
            facts: list[Encoded] = []
            for version, fact in enumerate(batch.facts, start=batch.expected_version + 1):
                event = event_id(context.command_id, number).bytes
                tag, schema_version = fact.tag, fact.schema_version
                told = (stream, version, event, tag, schema_version, actor.id, actor.purpose)
                payload = cipher.seal(fact.payload, _envelope(*told, command, correlation, causation, key_id))
                facts.append(fact.holding(payload, key_id, cipher.commitment))
                number += 1
            yield Batch(batch.stream, batch.expected_version, tuple(facts))

    def _as_it_stood(self, batches: Sequence[Batch], command_id: UUID) -> Iterator[Batch]:
        """What the command wrote, as it stands there: it may be asked at another version, or by somebody else.

        Raises CommandIdReused when these are other facts. Whether there are more of them, the store below sees.
        """
        for batch in batches:
            stood = [one for one in self._store.read_stream(batch.stream) if one.command_id == command_id]
            told = [(one.tag, one.schema_version, one.payload) for one in self._opened(stood)]
            if told != [(fact.tag, fact.schema_version, fact.payload) for fact in batch.facts]:
                raise CommandIdReused("this command id was used before, for other facts: give each command its own id")
            facts = (Encoded(one.tag, one.schema_version, one.payload, one.key_id, one.key_commitment) for one in stood)
            yield Batch(batch.stream, stood[0].version - 1, tuple(facts))

    def _opened(self, envelopes: Sequence[Envelope]) -> tuple[Envelope, ...]:
        return tuple(map(self._open, envelopes))

    def _open(self, one: Envelope) -> Envelope:
        row = one.row
        key_id, commitment, payload = row[11:]
        if key_id is None:
            return one
        cipher = self._cipher(key_id)
        if commitment is None or not hmac.compare_digest(commitment, cipher.commitment):
            raise _does_not_open()
        return _with_plain(row, cipher.open(payload, _envelope(*row[:5], *row[6:11], key_id)))


class MemoryKeyRing:
    """Keys that live as long as the process: for tests, and for trying things out. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._of_stream: dict[UUID, Key] = {}
        self._keys: dict[str, Key] = {}

    def key_of(self, stream: UUID) -> Key:
        with self._lock:
            if stream not in self._of_stream:
                key = Key(f"key-{uuid4()}", token_bytes(32))
                self._of_stream[stream] = self._keys[key.id] = key
            return self._of_stream[stream]

    def key(self, key_id: str) -> Key:
        with self._lock:
            if key_id in self._keys:
                return self._keys[key_id]
        raise KeyNotFound("the key ring does not know the key of this payload")


class _Cipher:
    """Seals and opens with one key; what is derived from it is derived once."""

    __slots__ = ("_gcm", "_of_nonce", "commitment")

    def __init__(self, key: Key) -> None:
        self._gcm = AESGCM(_derived(key, "cipher"))
        self._of_nonce = _derived(key, "nonce")
        self.commitment = _derived(key, "commitment")

    def seal(self, text: bytes, envelope: bytes) -> bytes:
        # The envelope says its own length in each of its fields, so it is clear where the text begins.
        nonce = hmac.digest(self._of_nonce, envelope + text, "sha256")[:NONCE_BYTES]
        return nonce + self._gcm.encrypt(nonce, text, envelope)

    def open(self, payload: bytes, envelope: bytes) -> bytes:
        if len(payload) >= NONCE_BYTES + TAG_BYTES:
            try:
                return self._gcm.decrypt(payload[:NONCE_BYTES], payload[NONCE_BYTES:], envelope)
            except InvalidTag:
                pass
        raise _does_not_open()


def _with_plain(row: Row, payload: bytes) -> Envelope:
    """As it is handed out: without a commitment, so that it is seen that its payload is plain."""
    return Envelope.of_row((*row[:12], None, payload))


def _derived(key: Key, label: str) -> bytes:
    """HKDF-Expand of 32 bytes (RFC 5869): one block, so one HMAC. A key is random, so nothing need be extracted."""
    return hmac.digest(key.secret, f"zroute.payload.v1.{label}".encode() + b"\x01", "sha256")


def _does_not_open() -> DecryptionFailed:
    return DecryptionFailed("a payload does not open with its key, or stands under another envelope than its own")


# ── the associated data ──────────────────────────────────────────────────────────────────────────────────────
#
# As the leaf (kernel/log.py): each field as four bytes of length (big-endian) and its bytes, in the same order. The
# moment is the store's, and not known yet; the commitment is checked by itself; the payload is what is sealed. It is
# written out in full beside the leaf: both are formats that stay, and neither may change with the other.
#
#     "zroute.payload.v1", stream (16 bytes), version (8, big-endian), event id (16), tag (UTF-8), schema version (4),
#     actor (UTF-8), purpose (UTF-8), command id (16), correlation id (16), causation id (16 or none), key id (UTF-8)

_HEAD = prefixed(b"zroute.payload.v1") + SIXTEEN
_SCHEMA_VERSION = Struct(">II")
_64 = 2**64 - 1  # a version that cannot be is for the store to refuse


def _envelope(
    stream: bytes,
    version: int,
    event: bytes,
    tag: str,
    schema_version: int,
    actor: str,
    purpose: str,
    command_id: bytes,
    correlation_id: bytes,
    causation_id: bytes | None,
    key_id: str,
) -> bytes:
    return b"".join(
        (
            _HEAD,
            stream,
            version_then(8, version & _64, 16),
            event,
            texts(tag),
            _SCHEMA_VERSION.pack(4, schema_version),
            texts(actor, purpose),
            SIXTEEN,
            command_id,
            SIXTEEN,
            correlation_id,
            NONE if causation_id is None else SIXTEEN + causation_id,
            texts(key_id),
        )
    )
