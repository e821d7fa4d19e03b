"""Payloads are encrypted with the key of their participant, and open under their own envelope only."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

import attrs
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from eventsourcing.popo import POPOApplicationRecorder

from tests.adapters.databases import Database, database
from zroute_core.adapters.memory import MemoryEventStore
from zroute_core.adapters.postgres import PostgresEventStore
from zroute_core.adapters.recorder import RecorderEventStore
from zroute_core.adapters.sealing import CIPHERS, MemoryKeyRing, SealedEventStore
from zroute_core.adapters.sqlite import SqliteEventStore
from zroute_core.errors import (
    CommandIdReused,
    ConfigurationError,
    DecryptionFailed,
    InvalidInput,
    KeyNotFound,
    StoreUnavailable,
    WrongExpectedVersion,
    ZRouteError,
)
from zroute_core.kernel.log import Actor, Batch, Context, Encoded, Envelope, event_id
from zroute_core.kernel.ports import Key
from zroute_core.testing.clock import TickingClock
from zroute_core.testing.store_contract import ME, MakeStore, StoreContract, context, fact, log_of

CANARY = "canary-999993653"


class SealedContract(StoreContract):
    """The contract as it is; one case of it says that there is no key, and here there is one."""

    def test_what_is_written_reads_back_with_its_envelope(self, make_store: MakeStore) -> None:
        start = datetime(2021, 8, 27, 9, 30, tzinfo=UTC)
        store, stream = make_store(TickingClock(start)), uuid4()
        who = Context(uuid4(), ME, uuid4(), uuid4())
        written = store.append([Batch(stream, 0, (fact("1"), fact("2")))], who)
        assert store.read_stream(stream) == written
        assert len({one.key_id for one in written} - {None}) == 1
        assert written == tuple(
            Envelope(
                stream,
                version,
                event_id(who.command_id, version - 1),
                "lesson-attended",
                1,
                start + timedelta(seconds=1),
                ME,
                who.command_id,
                who.correlation_id or who.command_id,
                who.causation_id,
                written[0].key_id,
                str(version).encode(),
            )
            for version in (1, 2)
        )
        store.close()


class TestSealedOnMemory(SealedContract):
    @pytest.fixture
    def make_store(self) -> MakeStore:
        return lambda clock: SealedEventStore(MemoryEventStore(clock), MemoryKeyRing())


class TestSealedOnSqlite(SealedContract):
    @pytest.fixture
    def make_store(self, tmp_path: Path) -> MakeStore:
        return lambda clock: SealedEventStore(SqliteEventStore(tmp_path / "log.db", clock), MemoryKeyRing())


@pytest.fixture(scope="module")
def one_database(postgres_url: str) -> Database:
    return database(postgres_url)


@pytest.mark.postgres
class TestSealedOnPostgres(SealedContract):
    @pytest.fixture
    def make_store(self, one_database: Database) -> MakeStore:
        url, keys = one_database.emptied(), MemoryKeyRing()
        return lambda clock: SealedEventStore(PostgresEventStore(url, clock), keys)


class TestSealedOnARecorder(SealedContract):
    @pytest.fixture
    def make_store(self) -> MakeStore:
        return lambda clock: SealedEventStore(RecorderEventStore(POPOApplicationRecorder(), clock), MemoryKeyRing())


@pytest.fixture
def below() -> MemoryEventStore:
    return MemoryEventStore(TickingClock())


@pytest.fixture
def keys() -> MemoryKeyRing:
    return MemoryKeyRing()


@pytest.fixture
def store(below: MemoryEventStore, keys: MemoryKeyRing) -> SealedEventStore:
    return SealedEventStore(below, keys)


# ── what stands in the log ───────────────────────────────────────────────────────────────────────────────────


def test_the_text_stands_nowhere_in_the_files_of_the_log(tmp_path: Path) -> None:
    store, stream = SealedEventStore(SqliteEventStore(tmp_path / "log.db", TickingClock()), MemoryKeyRing()), uuid4()
    for version in range(20):
        store.append([Batch(stream, version, (fact(CANARY),))], context())
    for one in (*store.read_stream(stream), *(entry.envelope for entry in store.read_all())):
        assert one.payload == CANARY.encode()
    looked_at = [path.name for path in tmp_path.iterdir() if CANARY.encode() not in path.read_bytes()]
    assert sorted(looked_at) == ["log.db", "log.db-shm", "log.db-wal"]
    store.close()
    assert CANARY.encode() not in (tmp_path / "log.db").read_bytes()


def test_the_plain_store_would_have_shown_it(tmp_path: Path) -> None:
    """So that the test above can fail."""
    store = SqliteEventStore(tmp_path / "log.db", TickingClock())
    store.append([Batch(uuid4(), 0, (fact(CANARY),))], context())
    store.close()
    assert CANARY.encode() in (tmp_path / "log.db").read_bytes()


def test_the_proof_is_over_the_ciphertext_and_needs_no_key(below: MemoryEventStore, store: SealedEventStore) -> None:
    store.append([Batch(uuid4(), 0, (fact("a"), fact("b")))], context())
    assert [one.leaf() for one in log_of(below)] == list(below.leaves()) == list(store.leaves())
    assert store.head() == below.head()
    assert list(store.leaves(1, 2)) == list(below.leaves(1, 2))


def test_an_envelope_that_is_handed_out_is_plain_and_names_its_key(
    below: MemoryEventStore, store: SealedEventStore, keys: MemoryKeyRing
) -> None:
    stream = uuid4()
    (written,) = store.append([Batch(stream, 0, (fact("text"),))], context())
    (stands,) = below.read_stream(stream)
    assert (written.payload, written.key_id, written.key_commitment) == (b"text", keys.key_of(stream).id, None)
    assert attrs.evolve(stands, payload=b"text", key_commitment=None) == written


def test_the_bytes_are_those_that_the_format_says(below: MemoryEventStore) -> None:
    """Worked out a second time, field by field, so that they never change unseen."""
    secret, key_id = bytes(range(1, 33)), "key-of-somebody"
    stream, command, cause = (UUID(int=number) for number in (0xA0, 0xB0, 0xC0))
    store = SealedEventStore(below, Ring(Key(key_id, secret)))
    asked = Context(command, Actor("lerares-é", "z-route"), None, cause)
    store.append([Batch(stream, 0, (Encoded("lesson-attended", 3, b"plain"),))], asked)
    (stands,) = below.read_stream(stream)

    def derived(label: bytes) -> bytes:
        return hmac.new(secret, b"zroute.payload.v1." + label + b"\x01", hashlib.sha256).digest()

    envelope = b""
    for field in (
        b"zroute.payload.v1",
        stream.bytes,
        (1).to_bytes(8, "big"),
        event_id(command, 0).bytes,
        b"lesson-attended",
        (3).to_bytes(4, "big"),
        "lerares-é".encode(),
        b"z-route",
        command.bytes,
        command.bytes,
        cause.bytes,
        b"key-of-somebody",
    ):
        envelope += len(field).to_bytes(4, "big") + field
    nonce = hmac.new(derived(b"nonce"), envelope + b"plain", hashlib.sha256).digest()[:12]
    assert stands.payload == nonce + AESGCM(derived(b"cipher")).encrypt(nonce, b"plain", envelope)
    assert stands.key_commitment == derived(b"commitment")
    assert stands.payload.hex() == "6d4b1a3ff073e4a3330a8212e62150efe44b640c170e18169dc127f6f59f85d971"


def test_each_participant_has_a_key_and_no_two_ciphertexts_are_alike(
    below: MemoryEventStore, store: SealedEventStore
) -> None:
    one, other = uuid4(), uuid4()
    store.append([Batch(one, 0, (fact("same"), fact("same"))), Batch(other, 0, (fact("same"),))], context())
    store.append([Batch(one, 2, (fact("same"),))], context())
    log = log_of(below)
    assert len({entry.key_id for entry in log}) == 2
    assert len({entry.payload for entry in log}) == len({entry.payload[:12] for entry in log}) == 4
    assert {entry.key_id for entry in below.read_stream(one)} == {below.read_stream(one)[0].key_id}


def test_another_text_under_the_same_envelope_has_another_nonce() -> None:
    """A command that was refused may be asked again, under its own id, with other facts."""
    keys, stream, asked = MemoryKeyRing(), uuid4(), context()
    nonces: set[bytes] = set()
    for text in ("5", "4"):
        below = MemoryEventStore(TickingClock())
        SealedEventStore(below, keys).append([Batch(stream, 0, (fact(text),))], asked)
        nonces.add(below.read_stream(stream)[0].payload[:12])
    assert len(nonces) == 2


def test_the_same_text_at_another_version_has_another_nonce() -> None:
    """Two tags under one nonce would give the key of the tags away."""
    keys, stream, asked = MemoryKeyRing(), uuid4(), context()
    nonces: set[bytes] = set()
    for version in (0, 1):
        below = MemoryEventStore(TickingClock())
        below.append([Batch(stream, 0, (fact(),) * version)], context()) if version else None
        SealedEventStore(below, keys).append([Batch(stream, version, (fact("5"),))], asked)
        nonces.add(below.read_stream(stream)[-1].payload[:12])
    assert len(nonces) == 2


# ── sent again ───────────────────────────────────────────────────────────────────────────────────────────────


def test_sent_again_a_command_writes_the_same_bytes(below: MemoryEventStore, keys: MemoryKeyRing) -> None:
    """Also by a store that was opened later, as after a crash."""
    asked, batches = context(), [Batch(uuid4(), 0, (fact("1"), fact("2"))), Batch(uuid4(), 0, (fact("3"),))]
    first = SealedEventStore(below, keys).append(batches, asked)
    stood = log_of(below)
    assert SealedEventStore(below, keys).append(batches, asked) == first
    assert log_of(below) == stood


def test_sent_again_at_another_version_or_by_somebody_else_it_is_still_the_same(
    below: MemoryEventStore, store: SealedEventStore
) -> None:
    """As in a store without keys."""
    stream, asked = uuid4(), context()
    written = store.append([Batch(stream, 0, (fact("1"), fact("2")))], asked)
    store.append([Batch(stream, 2, (fact("later"),))], context())
    stood = log_of(below)
    for version, who in ((2, ME), (0, Actor("somebody-else", "z-route")), (99, ME)):
        again = Context(asked.command_id, who, uuid4(), uuid4())
        assert store.append([Batch(stream, version, (fact("1"), fact("2")))], again) == written
    assert log_of(below) == stood


def test_sent_again_with_other_facts_it_is_refused(below: MemoryEventStore, store: SealedEventStore) -> None:
    one, other, asked = uuid4(), uuid4(), context()
    store.append([Batch(one, 0, (fact("1"),)), Batch(other, 0, (fact("2"),))], asked)
    stood = log_of(below)
    for batches in (
        [Batch(one, 0, (fact("1"),))],  # fewer streams
        [Batch(other, 0, (fact("2"),)), Batch(one, 0, (fact("1"),))],  # in another order
        [Batch(one, 0, (fact("1"), fact("1"))), Batch(other, 0, (fact("2"),))],
        [Batch(one, 0, (fact("9"),)), Batch(other, 0, (fact("2"),))],
        [Batch(one, 1, (fact("1"),)), Batch(uuid4(), 0, (fact("2"),))],
    ):
        with pytest.raises(CommandIdReused):
            store.append(batches, asked)
    assert log_of(below) == stood


def test_a_command_from_before_there_were_keys_is_known(below: MemoryEventStore, store: SealedEventStore) -> None:
    asked, batches = context(), [Batch(uuid4(), 0, (fact("1"),))]
    written = below.append(batches, asked)
    assert store.append(batches, asked) == written


# ── old logs, and what is carried over ───────────────────────────────────────────────────────────────────────


def test_entries_from_before_there_were_keys_read_as_they_stand(
    below: MemoryEventStore, store: SealedEventStore
) -> None:
    stream = uuid4()
    below.append([Batch(stream, 0, (fact("old"),))], context())
    store.append([Batch(stream, 1, (fact("new"),))], context())
    assert [(one.payload, one.key_id is None) for one in store.read_stream(stream)] == [(b"old", True), (b"new", False)]


def test_a_log_is_carried_over_as_it_stands(below: MemoryEventStore, keys: MemoryKeyRing) -> None:
    SealedEventStore(below, keys).append([Batch(uuid4(), 0, (fact("a"), fact("b")))], context())
    copy = SealedEventStore(MemoryEventStore(), keys)
    assert copy.extend(log_of(below), after=0) == 2
    assert copy.head() == below.head()
    assert [one.payload for one in log_of(copy)] == [b"a", b"b"]


def test_what_was_opened_is_not_carried_over_as_plain_text(
    below: MemoryEventStore, store: SealedEventStore, keys: MemoryKeyRing
) -> None:
    store.append([Batch(uuid4(), 0, (fact(CANARY),))], context())
    copy = MemoryEventStore()
    with pytest.raises(InvalidInput):
        SealedEventStore(copy, keys).extend(log_of(store))
    assert copy.head().size == 0


def test_facts_that_somebody_else_encrypted_are_refused(store: SealedEventStore) -> None:
    with pytest.raises(InvalidInput):
        store.append([Batch(uuid4(), 0, (Encoded("note", 1, b"x", key_id="key-1"),))], context())


# ── what does not open ───────────────────────────────────────────────────────────────────────────────────────


class Ring:
    """One key for everybody."""

    def __init__(self, key: Key) -> None:
        self.only = key

    def key_of(self, stream: UUID) -> Key:
        return self.only

    def key(self, key_id: str) -> Key:
        return self.only


def entry_of(text: str = CANARY) -> tuple[Envelope, MemoryKeyRing]:
    """An entry as it stands in the log, and the keys to it."""
    below, keys, stream = MemoryEventStore(TickingClock()), MemoryKeyRing(), uuid4()
    who = Context(uuid4(), ME, uuid4(), uuid4())
    SealedEventStore(below, keys).append([Batch(stream, 0, (fact(text),))], who)
    return below.read_stream(stream)[0], keys


def read(entry: Envelope, keys: MemoryKeyRing | Ring) -> Sequence[Envelope]:
    """Read it from a log that holds nothing else, by stream and by position alike."""
    below = MemoryEventStore()
    with below._lock:
        below._log.append(entry)  # whoever changes a log asks no store
        below._streams[entry.stream.bytes].append(entry)
    store = SealedEventStore(below, keys)
    refused: ZRouteError | None = None
    try:
        found = store.read_stream(entry.stream)
    except ZRouteError as error:
        refused = error
    if refused is not None:
        assert "999993653" not in told(refused)
        with pytest.raises(type(refused)):
            store.read_all()
        raise refused
    assert [one.envelope for one in store.read_all()] == list(found)
    return found


def told(error: BaseException | None) -> str:
    """Everything a log could show of an error."""
    said = ""
    while error is not None:
        said += f"{error!s} {error!r} {error.args}"
        error = error.__context__ or error.__cause__
    return said


def test_untouched_it_opens() -> None:
    entry, keys = entry_of()
    assert [one.payload for one in read(entry, keys)] == [CANARY.encode()]


@pytest.mark.parametrize("length", [0, 1, 11, 12, 27, 28, 43])
def test_a_ciphertext_that_was_cut_does_not_open(length: int) -> None:  # K01
    entry, keys = entry_of()
    assert len(entry.payload) == 12 + len(CANARY) + 16
    with pytest.raises(DecryptionFailed):
        read(attrs.evolve(entry, payload=entry.payload[:length]), keys)


def test_an_empty_text_opens_and_cut_by_a_byte_it_does_not() -> None:
    entry, keys = entry_of("")
    assert [one.payload for one in read(entry, keys)] == [b""]
    with pytest.raises(DecryptionFailed):
        read(attrs.evolve(entry, payload=entry.payload[:27]), keys)


def test_a_ciphertext_with_any_one_bit_flipped_does_not_open() -> None:  # K02
    entry, keys = entry_of("5")
    for bit in range(8 * len(entry.payload)):
        flipped = bytearray(entry.payload)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(DecryptionFailed):
            read(attrs.evolve(entry, payload=bytes(flipped)), keys)


def test_another_participants_key_does_not_open_it() -> None:  # K03
    entry, keys = entry_of()
    theirs = keys.key_of(uuid4())
    with pytest.raises(DecryptionFailed):
        read(attrs.evolve(entry, key_id=theirs.id), keys)
    with pytest.raises(DecryptionFailed):
        read(entry, Ring(Key(str(entry.key_id), theirs.secret)))


@pytest.mark.parametrize("commitment", [None, b"", bytes(32)])
def test_a_payload_without_its_commitment_does_not_open(commitment: bytes | None) -> None:
    entry, keys = entry_of()
    with pytest.raises(DecryptionFailed):
        read(attrs.evolve(entry, key_commitment=commitment), keys)


@pytest.mark.parametrize("key_id", ["key-of-nobody", ""])
def test_an_unknown_key_is_another_answer_than_a_wrong_one(key_id: str) -> None:  # K04
    entry, keys = entry_of()
    with pytest.raises(KeyNotFound):
        read(attrs.evolve(entry, key_id=key_id), keys)


def test_a_key_ring_that_does_not_answer_is_not_taken_for_one_without_the_key() -> None:  # K05
    class Unreachable(Ring):
        def key(self, key_id: str) -> Key:
            raise StoreUnavailable("the key ring does not answer")

    entry, keys = entry_of()
    with pytest.raises(StoreUnavailable):
        read(entry, Unreachable(keys.key_of(entry.stream)))


@pytest.mark.parametrize(
    "moved",
    [
        {"stream": UUID(int=7)},
        {"version": 2},
        {"event_id": UUID(int=7)},
        {"tag": "lesson-missed"},
        {"schema_version": 2},
        {"actor": Actor("somebody-else", "z-route")},
        {"actor": Actor("teacher-7", "another purpose")},
        {"actor": Actor("teacher-7z", "-route")},
        {"command_id": UUID(int=7)},
        {"correlation_id": UUID(int=7)},
        {"causation_id": UUID(int=7)},
        {"causation_id": None},
    ],
    ids=lambda moved: "-".join(moved),
)
def test_a_ciphertext_under_another_envelope_does_not_open(moved: dict[str, Any]) -> None:
    entry, keys = entry_of()
    with pytest.raises(DecryptionFailed):
        read(attrs.evolve(entry, **moved), Ring(keys.key_of(entry.stream)))


def test_the_moment_is_the_stores_and_the_leaf_holds_it() -> None:
    entry, keys = entry_of()
    later = attrs.evolve(entry, recorded_at=entry.recorded_at + timedelta(days=1))
    assert [one.payload for one in read(later, keys)] == [CANARY.encode()]
    assert later.leaf() != entry.leaf()


def test_a_ciphertext_is_not_exchanged_between_two_facts_of_one_person(
    below: MemoryEventStore, keys: MemoryKeyRing
) -> None:
    stream = uuid4()
    SealedEventStore(below, keys).append([Batch(stream, 0, (fact("120"), fact("30")))], context())
    first, second = below.read_stream(stream)
    for entry, other in ((first, second), (second, first)):
        with pytest.raises(DecryptionFailed):
            read(attrs.evolve(entry, payload=other.payload), keys)


# ── keys ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_key_shows_its_secret_nowhere() -> None:
    key = Key("key-1", CANARY.encode() * 2)
    assert "999993653" not in f"{key!r} {key} {[key]}"


@pytest.mark.parametrize("secret", [b"", bytes(16), bytes(32), b"\x01" * 31, b"\x01" * 33, "x" * 32, None])
def test_a_key_is_32_bytes_that_are_not_all_zero(secret: object) -> None:
    with pytest.raises(InvalidInput):
        Key("key-1", secret)  # type: ignore[arg-type]


def test_whoever_asks_at_the_same_time_gets_the_same_key() -> None:
    keys, stream, barrier = MemoryKeyRing(), uuid4(), threading.Barrier(8)
    got: list[Key] = []

    def ask() -> None:
        barrier.wait()
        got.append(keys.key_of(stream))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(got) == 8
    assert {key.id for key in got} == {keys.key_of(stream).id}
    assert keys.key(got[0].id) == got[0]


def test_a_key_says_nothing_of_its_participant() -> None:
    stream = uuid4()
    one, other = MemoryKeyRing().key_of(stream), MemoryKeyRing().key_of(stream)
    assert one.id != other.id
    assert one.secret != other.secret
    assert str(stream) not in one.id


def test_no_more_ciphers_are_kept_than_that() -> None:
    store = SealedEventStore(MemoryEventStore(TickingClock()), MemoryKeyRing())
    streams = [uuid4() for _ in range(CIPHERS + 10)]
    store.append([Batch(one, 0, (fact(str(one)),)) for one in streams], context())
    assert store._cipher.cache_info().currsize == CIPHERS
    assert [one.payload.decode() for one in store.read_stream(streams[0])] == [str(streams[0])]


# ── the store below ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("version", [-5, 2**63, 2**70])
def test_a_version_that_cannot_be_is_refused_as_elsewhere(store: SealedEventStore, version: int) -> None:
    with pytest.raises(WrongExpectedVersion):
        store.append([Batch(uuid4(), version, (fact(),))], context())


def test_whoever_waits_is_woken_by_what_is_written(store: SealedEventStore) -> None:
    writer = threading.Timer(0.05, lambda: store.append([Batch(uuid4(), 0, (fact(),))], context()))
    writer.start()
    start = monotonic()
    store.wait(0, 20)
    writer.join()
    assert monotonic() - start < 10


def test_a_store_without_a_proof_says_so() -> None:
    store = SealedEventStore(RecorderEventStore(POPOApplicationRecorder()), MemoryKeyRing())
    for ask in (store.head, store.leaves, lambda: store.extend([]), lambda: store.wait(0, 0)):
        with pytest.raises(ConfigurationError):
            ask()
