"""What every store promises. Yours passes when its test file is one fixture long:

class TestOurStore(StoreContract):
    @pytest.fixture
    def make_store(self, tmp_path):
        return lambda clock: OurStore(tmp_path / "log", clock)

A store that keeps positions without gaps and the Merkle tree over them (`ProvenLog`), and can be waited for
(`Signal`), takes `LogContract` in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Protocol
from uuid import UUID, uuid4

import attrs
import pytest

from zroute_core.errors import CommandIdReused, InvalidInput, StoreClosed, StoreError, WrongExpectedVersion
from zroute_core.kernel.log import Actor, Batch, Context, Encoded, Envelope, Logged, event_id
from zroute_core.kernel.merkle import EMPTY_ROOT, Frontier
from zroute_core.kernel.ports import Clock, EventStore, ProvenLog, Signal, Tailed
from zroute_core.kernel.proof import check
from zroute_core.testing.clock import TickingClock

MakeStore = Callable[[Clock], EventStore]


class Log(ProvenLog, Signal, Tailed, Protocol):
    """What the project's own stores are."""


MakeLog = Callable[[Clock], Log]

ME = Actor("teacher-7", "z-route")

ONE = UUID(int=1)
"""A stream, where it does not matter which."""


def context() -> Context:
    """A command of its own."""
    return Context(uuid4(), ME)


def fact(text: str = "{}") -> Encoded:
    """A fact with this payload."""
    return Encoded("lesson-attended", 1, text.encode())


def log_of(store: EventStore, limit: int = 1000) -> list[Envelope]:
    """The whole log, page by page."""
    found: list[Envelope] = []
    position = 0
    while page := store.read_all(after=position, limit=limit):
        assert len(page) <= limit
        positions = [one.position for one in page]
        assert positions == sorted(set(positions))
        assert positions[0] > position
        found.extend(one.envelope for one in page)
        position = page[-1].position
    return found


class StoreContract:
    """Subclass it, and give the fixture `make_store`: a function from a clock to a new, empty store."""

    @pytest.fixture
    def store(self, make_store: MakeStore) -> Iterator[EventStore]:
        store = make_store(TickingClock())
        yield store
        store.close()

    def test_what_is_written_reads_back_with_its_envelope(self, make_store: MakeStore) -> None:
        start = datetime(2021, 8, 27, 9, 30, tzinfo=UTC)
        store, stream = make_store(TickingClock(start)), uuid4()
        who = Context(uuid4(), Actor("teacher-7", "z-route"), uuid4(), uuid4())
        written = store.append([Batch(stream, 0, (fact('{"n":1}'), fact('{"n":2}')))], who)
        assert store.read_stream(stream) == written
        assert [one.payload for one in written] == [b'{"n":1}', b'{"n":2}']
        assert [one.version for one in written] == [1, 2]
        assert [one.event_id for one in written] == [event_id(who.command_id, n) for n in (0, 1)]
        assert {one.recorded_at for one in written} == {start + timedelta(seconds=1)}
        for one in written:
            assert (one.tag, one.schema_version, one.actor) == ("lesson-attended", 1, who.actor)
            assert (one.command_id, one.correlation_id) == (who.command_id, who.correlation_id)
            assert (one.causation_id, one.key_id) == (who.causation_id, None)
        store.close()

    def test_a_command_without_a_conversation_is_its_own(self, store: EventStore) -> None:
        asked = context()
        (written,) = store.append([Batch(uuid4(), 0, (fact(),))], asked)
        assert (written.correlation_id, written.causation_id) == (asked.command_id, None)

    def test_a_stream_that_is_not_there_reads_empty(self, store: EventStore) -> None:
        assert not store.read_stream(uuid4())
        assert not store.read_all()

    def test_reading_goes_on_after_a_version(self, store: EventStore) -> None:
        stream = uuid4()
        store.append([Batch(stream, 0, (fact("1"), fact("2"), fact("3")))], context())
        assert [one.version for one in store.read_stream(stream, after=1)] == [2, 3]
        assert not store.read_stream(stream, after=3)

    @pytest.mark.parametrize("expected", [-1, 0, 1, 3, 99])
    def test_a_wrong_expected_version_stores_nothing(self, store: EventStore, expected: int) -> None:
        stream, other = uuid4(), uuid4()
        store.append([Batch(stream, 0, (fact("1"), fact("2")))], context())
        before = log_of(store)
        with pytest.raises(WrongExpectedVersion):
            store.append([Batch(other, 0, (fact(),)), Batch(stream, expected, (fact("3"),))], context())
        assert log_of(store) == before
        store.append([Batch(stream, 2, (fact("3"),))], context())
        assert [one.version for one in store.read_stream(stream)] == [1, 2, 3]

    @pytest.mark.parametrize("after", [-(2**63) - 1, -1])
    def test_reading_from_before_the_beginning_is_reading_all(self, store: EventStore, after: int) -> None:
        stream = uuid4()
        written = store.append([Batch(stream, 0, (fact("1"), fact("2")))], context())
        assert tuple(store.read_stream(stream, after=after)) == written
        assert [one.envelope for one in store.read_all(after=after, limit=2**63)] == list(written)

    @pytest.mark.parametrize("after", [99, 2**63 - 1, 2**63, 2**64])
    def test_behind_the_end_there_is_nothing(self, store: EventStore, after: int) -> None:
        stream = uuid4()
        store.append([Batch(stream, 0, (fact("1"), fact("2")))], context())
        assert not store.read_stream(stream, after=after)
        assert not store.read_all(after=after)
        assert not store.read_all(limit=0)
        assert not store.read_all(limit=-1)

    def test_one_command_over_many_streams_is_one_transaction(self, store: EventStore) -> None:
        streams = [uuid4() for _ in range(8)]
        written = store.append([Batch(one, 0, (fact(),)) for one in streams], context())
        assert [one.stream for one in written] == streams
        assert log_of(store) == list(written)

    def test_a_command_sent_twice_has_one_effect(self, store: EventStore) -> None:
        asked, batches = context(), [Batch(uuid4(), 0, (fact("1"), fact("2"))), Batch(uuid4(), 0, (fact("3"),))]
        first = store.append(batches, asked)
        store.append([Batch(batches[0].stream, 2, (fact("later"),))], context())
        before = log_of(store)
        assert store.append(batches, asked) == first
        assert log_of(store) == before

    @pytest.mark.parametrize("elsewhere", [True, False])
    def test_a_command_id_is_used_for_one_command(self, store: EventStore, elsewhere: bool) -> None:
        asked, stream = context(), uuid4()
        store.append([Batch(stream, 0, (fact("1"),))], asked)
        before = log_of(store)
        other = Batch(uuid4(), 0, (fact("1"),)) if elsewhere else Batch(stream, 1, (fact("2"),))
        with pytest.raises(CommandIdReused):
            store.append([other], asked)
        assert log_of(store) == before

    def test_a_command_names_each_stream_once_and_with_a_fact(self, store: EventStore) -> None:
        stream, asked = uuid4(), context()
        for wrong in (
            [],
            [Batch(stream, 0, ())],
            [Batch(stream, 0, (fact(),)), Batch(uuid4(), 0, ())],
            [Batch(stream, 0, (fact(),)), Batch(stream, 0, (fact(),))],
            [Batch(stream, 0, (fact(),)), Batch(stream, 1, (fact(),))],
        ):
            with pytest.raises(InvalidInput):
                store.append(wrong, asked)
        assert log_of(store) == []
        assert len(store.append([Batch(stream, 0, (fact(),))], asked)) == 1

    @pytest.mark.parametrize(
        "wrong",
        [
            None,
            5,
            "batches",
            [None],
            [Batch("stream", 0, (fact(),))],  # type: ignore[arg-type]
            [Batch(ONE, 0.0, (fact(),))],  # type: ignore[arg-type]
            [Batch(ONE, False, (fact(),))],
            [Batch(ONE, "0", (fact(),))],  # type: ignore[arg-type]
            [Batch(ONE, 0, None)],  # type: ignore[arg-type]
            [Batch(ONE, 0, ("fact",))],  # type: ignore[arg-type]
            [Batch(ONE, 0, (fact().holding("text"),))],  # type: ignore[arg-type]
            [Batch(ONE, 0, (fact().holding(bytearray(b"{}")),))],  # type: ignore[arg-type]
        ],
        ids=str,
    )
    def test_what_is_no_batch_is_refused(self, store: EventStore, wrong: Any) -> None:
        with pytest.raises(InvalidInput):
            store.append(wrong, context())
        assert log_of(store) == []

    @pytest.mark.parametrize("limit", [1, 2, 3, 7, 1000])
    def test_the_log_reads_once_and_in_order_whatever_the_page(self, store: EventStore, limit: int) -> None:
        written: list[Envelope] = []
        for number in range(7):
            streams = [uuid4() for _ in range(number % 3 + 1)]
            written.extend(store.append([Batch(one, 0, (fact("a"), fact("b"))) for one in streams], context()))
        assert log_of(store, limit) == written

    @pytest.mark.parametrize(
        "payload",
        [b"\n", b"\x00\xff\n\x00", "كان خطأ".encode(), b"x" * 200_000],
        ids=["line", "binary", "text", "big"],
    )
    def test_a_payload_is_kept_to_the_byte(self, store: EventStore, payload: bytes) -> None:
        stream = uuid4()
        store.append([Batch(stream, 0, (Encoded("note", 3, payload),))], context())
        (read,) = store.read_stream(stream)
        assert (read.tag, read.schema_version, read.payload) == ("note", 3, payload)

    @pytest.mark.parametrize("tag", ["command", "command/1", "lesson/attended", "a@2", "درس", "t" * 200])
    @pytest.mark.parametrize("schema_version", [1, 9999])
    def test_a_kind_is_kept_to_the_letter(self, store: EventStore, tag: str, schema_version: int) -> None:
        stream = uuid4()
        written = store.append([Batch(stream, 0, (Encoded(tag, schema_version, b"{}"), fact()))], context())
        assert (written[0].tag, written[0].schema_version) == (tag, schema_version)
        assert log_of(store) == list(store.read_stream(stream)) == list(written)

    def test_of_writers_at_one_version_one_wins(self, store: EventStore) -> None:
        stream = uuid4()

        def write(number: int) -> bool:
            try:
                store.append([Batch(stream, 0, (fact(str(number)),))], context())
            except WrongExpectedVersion:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(write, range(8))) == 1
        assert len(store.read_stream(stream)) == 1

    def test_the_same_command_from_many_threads_has_one_effect(self, store: EventStore) -> None:
        asked, batches = context(), [Batch(uuid4(), 0, (fact(),))]
        with ThreadPoolExecutor(8) as pool:
            sendings = [pool.submit(store.append, batches, asked) for _ in range(8)]
        answers = [sending.result() for sending in sendings]
        assert len(log_of(store)) == 1
        assert all(answer == answers[0] for answer in answers)

    def test_writers_of_different_streams_all_succeed(self, store: EventStore) -> None:
        def write(stream: UUID) -> None:
            for version in range(5):
                store.append([Batch(stream, version, (fact(str(version)),))], context())

        streams = [uuid4() for _ in range(8)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(write, streams))
        assert len(log_of(store)) == 40
        for stream in streams:
            assert [one.version for one in store.read_stream(stream)] == [1, 2, 3, 4, 5]

    def test_a_closed_store_says_so(self, make_store: MakeStore) -> None:
        store = make_store(TickingClock())
        store.close()
        store.close()
        for use in (
            lambda: store.append([Batch(uuid4(), 0, (fact(),))], context()),
            lambda: store.read_stream(uuid4()),
            lambda: store.read_all(),
        ):
            with pytest.raises(StoreClosed):
                use()
        assert issubclass(StoreClosed, StoreError)


class LogContract(StoreContract):
    """And what a proven log promises besides. Each call of `make_store` makes another, empty log."""

    @pytest.fixture
    def log(self, make_store: MakeLog) -> Iterator[Log]:
        log = make_store(TickingClock())
        yield log
        log.close()

    @pytest.fixture
    def other(self, make_store: MakeLog) -> Iterator[Log]:
        log = make_store(TickingClock())
        yield log
        log.close()

    def test_positions_are_1_2_3_in_the_order_of_commits(self, log: Log) -> None:
        written = [one for _ in range(3) for one in log.append([Batch(uuid4(), 0, (fact("1"), fact("2")))], context())]
        assert list(log.read_all()) == [Logged(n, one) for n, one in enumerate(written, start=1)]

    def test_a_refused_command_leaves_no_gap(self, log: Log) -> None:
        stream = uuid4()
        log.append([Batch(stream, 0, (fact(),))], context())
        with pytest.raises(WrongExpectedVersion):
            log.append([Batch(uuid4(), 0, (fact(),)), Batch(stream, 0, (fact(),))], context())
        log.append([Batch(stream, 1, (fact(),))], context())
        assert [one.position for one in log.read_all()] == [1, 2]

    def test_an_empty_log_has_the_root_of_nothing(self, log: Log) -> None:
        assert log.head() == Frontier()
        assert log.head().root() == EMPTY_ROOT
        assert list(log.leaves()) == []

    def test_the_head_is_the_root_over_all_leaves(self, log: Log) -> None:
        for number in range(5):
            log.append([Batch(uuid4(), 0, (fact(),) * (number + 1))], context())
        leaves = [one.leaf() for one in log_of(log)]
        assert len(leaves) == 15
        assert log.head() == Frontier().followed_by(leaves) == check(log)

    def test_leaves_are_read_from_an_index_up_to_another(self, log: Log) -> None:
        log.append([Batch(uuid4(), 0, (fact(),) * 15)], context())
        leaves = [one.leaf() for one in log_of(log)]
        assert list(log.leaves(3, 9)) == leaves[3:9]
        assert list(log.leaves(12)) == list(log.leaves(12, 99)) == leaves[12:]
        assert list(log.leaves(15)) == list(log.leaves(9, 9)) == []
        assert list(log.leaves(0, -1)) == list(log.leaves(-2, -(2**64))) == []
        assert list(log.leaves(-(2**64), 2**64)) == leaves

    def test_a_log_knows_where_its_streams_end_and_where_they_ended(self, log: Log) -> None:
        one, other = uuid4(), uuid4()
        log.append([Batch(one, 0, (fact(),)), Batch(other, 0, (fact(), fact()))], context())
        log.append([Batch(one, 1, (fact(), fact()))], context())
        assert sorted(log.tails(99)) == sorted([(one, 3, 5), (other, 2, 3)])
        assert sorted(log.tails(4)) == sorted([(one, 2, 4), (other, 2, 3)])
        assert sorted(log.tails(2)) == sorted([(one, 1, 1), (other, 1, 2)])
        assert list(log.tails(1)) == [(one, 1, 1)]
        assert list(log.tails(0)) == list(log.tails(-1)) == list(log.tails(-(2**64))) == []
        assert sorted(log.tails(2**64)) == sorted(log.tails(99))

    def test_a_log_is_carried_over_with_its_positions(self, log: Log, other: Log) -> None:
        for _ in range(3):
            log.append([Batch(uuid4(), 0, (fact("1"), fact("2")))], context())
        written = log_of(log)
        assert other.extend(written[:4], after=0) == 4
        with pytest.raises(WrongExpectedVersion):
            other.extend(written[4:], after=5)
        assert other.extend(written[4:], after=4) == 6
        assert (log_of(other), other.head()) == (written, log.head())

    def test_a_log_is_carried_over_behind_another(self, log: Log, other: Log) -> None:
        (one,) = log.append([Batch(uuid4(), 0, (fact(),))], context())
        (two,) = other.append([Batch(uuid4(), 0, (fact(),))], context())
        assert log.extend([two]) == 2
        assert list(log.read_all()) == [Logged(1, one), Logged(2, two)]

    @pytest.mark.parametrize("version", [0, 1, 3])
    def test_a_stream_is_carried_on_without_a_gap(self, log: Log, version: int) -> None:
        (one,) = log.append([Batch(uuid4(), 0, (fact(),))], context())
        following = attrs.evolve(one, version=version, event_id=uuid4())
        with pytest.raises(WrongExpectedVersion):
            log.extend([attrs.evolve(one, stream=uuid4(), event_id=uuid4()), following])
        assert log_of(log) == [one]

    def test_a_stream_is_carried_on_in_its_order(self, log: Log) -> None:
        (one,) = log.append([Batch(uuid4(), 0, (fact(),))], context())
        second, third = (attrs.evolve(one, version=version, event_id=uuid4()) for version in (2, 3))
        with pytest.raises(WrongExpectedVersion):
            log.extend([third, second])
        assert log_of(log) == [one]
        assert log.extend([second, third]) == 3

    def test_an_event_stands_in_a_log_once(self, log: Log) -> None:
        (one,) = log.append([Batch(uuid4(), 0, (fact(),))], context())
        again, other = attrs.evolve(one, version=2), attrs.evolve(one, stream=uuid4(), event_id=uuid4())
        for wrong in ([other, again], [other, attrs.evolve(other, stream=uuid4())], [other, other]):
            with pytest.raises(CommandIdReused):
                log.extend(wrong)
        assert log_of(log) == [one]
        assert log.head().size == 1

    def test_a_command_that_was_carried_over_is_known(self, log: Log, other: Log) -> None:
        asked, batches = context(), [Batch(uuid4(), 0, (fact("1"), fact("2"))), Batch(uuid4(), 0, (fact("3"),))]
        written = log.append(batches, asked)
        other.extend(written, after=0)
        assert other.append(batches, asked) == written
        assert other.head().size == 3

    @pytest.mark.parametrize(
        "wrong",
        [
            *[{"tag": tag} for tag in ("", " a", "a\0", "\ud800", "e\u0301", "t" * 201, None, b"a")],
            *[{"schema_version": number} for number in (-1, 0, 10_000, 2**31, 2**64, True, 1.0, "1", None)],
            *[{"key_id": key} for key in ("", "k ", "k\0", "\ud800", "e\u0301", "k" * 201, 5, b"k")],
            {"recorded_at": datetime.min.replace(tzinfo=timezone(timedelta(hours=1)))},
        ],
        ids=repr,
    )
    def test_what_no_fact_can_be_stands_in_no_log(self, log: Log, wrong: Mapping[str, Any]) -> None:
        """An entry that is carried over is held against what a fact of one's own is."""
        (one,) = log.append([Batch(uuid4(), 0, (fact(),))], context())
        other = attrs.evolve(one, stream=uuid4(), event_id=uuid4())
        with pytest.raises(InvalidInput):
            log.extend([other, attrs.evolve(other, stream=uuid4(), event_id=uuid4(), **wrong)])
        assert log_of(log) == [one]

    def test_an_entry_that_is_carried_over_reads_back_as_its_leaf_has_it(self, log: Log, other: Log) -> None:
        (one,) = other.append([Batch(uuid4(), 0, (fact(),))], context())
        there = one.recorded_at.astimezone(timezone(timedelta(hours=2)))
        log.extend([attrs.evolve(one, key_commitment=b"", recorded_at=there)])
        (read,) = log_of(log)
        assert (read, read.recorded_at.tzinfo, read.leaf()) == (one, UTC, one.leaf())

    def test_a_command_is_known_by_its_first_fact_and_what_stands_behind_it(self, log: Log) -> None:
        """Not by its id alone: an entry that was carried over says what it likes."""
        (one,) = log.append([Batch(uuid4(), 0, (fact(),))], context())
        asked, first, second, third = context(), uuid4(), uuid4(), uuid4()

        def entry(stream: UUID, number: int, **change: Any) -> Envelope:
            named = event_id(asked.command_id, number)
            return attrs.evolve(one, **{"stream": stream, "event_id": named, "command_id": asked.command_id, **change})

        between = entry(second, 5, command_id=uuid4())
        log.extend([entry(third, 2), entry(first, 0), between, entry(second, 1, version=2)])
        (again,) = log.append([Batch(first, 0, (fact(),))], asked)
        assert (again.stream, again.version, again.event_id) == (first, 1, event_id(asked.command_id, 0))
        with pytest.raises(CommandIdReused):
            log.append([Batch(first, 0, (fact(),)), Batch(second, 1, (fact(),))], asked)
        assert log.head().size == 5

    @pytest.mark.parametrize("number", [1, 7])
    def test_a_command_of_which_only_a_later_fact_was_carried_over_is_new(self, log: Log, number: int) -> None:
        (one,) = log.append([Batch(uuid4(), 0, (fact(),))], context())
        asked = context()
        later = event_id(asked.command_id, number)
        log.extend([attrs.evolve(one, event_id=later, command_id=asked.command_id, version=2)])
        with pytest.raises(WrongExpectedVersion):
            log.append([Batch(one.stream, 1, (fact(),))], asked)
        (written,) = log.append([Batch(one.stream, 2, (fact(),))], asked)
        assert (written.version, log.head().size) == (3, 3)

    def test_who_waits_is_woken_by_what_is_appended(self, log: Log) -> None:
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(log.wait, 0, 60)
            log.append([Batch(uuid4(), 0, (fact(),))], context())
            waiting.result(20)
        log.wait(0, 60)  # it stands there already
        log.wait(1, 0)  # and no longer than that

    def test_who_waits_is_let_go_by_closing(self, make_store: MakeLog) -> None:
        log = make_store(TickingClock())
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(log.wait, 99, 60)
            log.close()
            waiting.result(20)
