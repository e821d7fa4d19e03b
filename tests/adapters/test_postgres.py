"""The log on a PostgreSQL server: the contract, and what becomes of it when servers and connections fail."""

from __future__ import annotations

import socket
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import product
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any
from uuid import UUID, uuid4

import attrs
import psycopg
import pytest
from psycopg import errors

from tests.adapters.databases import Database, database
from tests.postgres_server import Server, running
from zroute_core.adapters import postgres
from zroute_core.adapters.memory import MemoryEventStore
from zroute_core.adapters.postgres import APPEND, PostgresEventStore, _entry_of
from zroute_core.adapters.postgres_deadline import Broke, Connections, DeadlineConnection, each_host, translated
from zroute_core.adapters.postgres_rows import pack
from zroute_core.adapters.postgres_schema import migrate
from zroute_core.adapters.postgres_tables import PostgresReadModelStore
from zroute_core.errors import (
    CommandIdReused,
    CommitOutcomeUnknown,
    IntegrityViolation,
    InvalidInput,
    InvalidNumber,
    LeafMismatch,
    OutOfOrder,
    RootMismatch,
    SchemaMismatch,
    SequenceGap,
    StoreBusy,
    StoreClosed,
    StoreError,
    StoreFull,
    StoreUnavailable,
    WrongExpectedVersion,
    ZRouteError,
)
from zroute_core.kernel.log import Actor, Batch, Context, Envelope, seal
from zroute_core.kernel.merkle import Frontier
from zroute_core.testing.clock import TickingClock
from zroute_core.testing.store_contract import ME, LogContract, MakeLog, context, fact, log_of

pytestmark = pytest.mark.postgres

FREE: list[Database] = []
"""Databases whose tests are over: emptied, they serve again."""


@pytest.fixture
def new_log(postgres_url: str) -> Iterator[Callable[[], Database]]:
    taken: list[Database] = []

    def take() -> Database:
        taken.append(FREE.pop() if FREE else database(postgres_url))
        taken[-1].emptied()
        return taken[-1]

    yield take
    FREE.extend(taken)


@pytest.fixture
def log(new_log: Callable[[], Database]) -> Database:
    return new_log()


@pytest.fixture
def store(log: Database) -> Iterator[PostgresEventStore]:
    with closing(PostgresEventStore(log.url, TickingClock(), deadline=30)) as store:
        yield store


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture
def fragile(server: Server) -> Iterator[Database]:
    """A log on a server that a test may stop."""
    yield database(server.url)
    if not server.runs:
        server.start()


class TestOnPostgres(LogContract):
    @pytest.fixture
    def make_store(self, new_log: Callable[[], Database]) -> MakeLog:
        return lambda clock: PostgresEventStore(new_log().url, clock)


@contextmanager
def connected(url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


@contextmanager
def locked(log: Database) -> Iterator[None]:
    """Another writer is at it, and does not come to an end."""
    with connected(log.owner) as connection, connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock('zroute.log_head'::regclass::oid::bigint)")
        yield


def ended(log: Database, what: str) -> int:
    """End the connections of the store that are at this, from the server's side; how many."""
    return done_to(log, "pg_terminate_backend", what)


def done_to(log: Database, deed: str, what: str) -> int:
    query = f"SELECT count({deed}(pid)) FROM pg_stat_activity WHERE usename LIKE 'log_%' AND {what}"
    with connected(log.owner) as connection:
        found = connection.execute(query.encode()).fetchone()
    assert found is not None
    return int(found[0])


def until(what: Callable[[], object]) -> None:
    """Wait for what others do; on a machine that is busy it takes a long moment."""
    end = monotonic() + 60
    while not what():
        assert monotonic() < end, "it did not come to that"
        sleep(0.02)


def one_of(stream: UUID | None = None, version: int = 0, text: str = "{}") -> list[Batch]:
    return [Batch(stream or uuid4(), version, (fact(text),))]


def made(count: int, start: int = 0) -> list[Envelope]:
    """So many entries of their own commands, over three streams."""
    streams, envelopes = [uuid4() for _ in range(3)], list[Envelope]()
    for number in range(start, start + count):
        batch = Batch(streams[number % 3], number // 3, (fact(str(number)),))
        envelopes += seal([batch], Context(uuid4(), ME), datetime(2024, 1, 1, tzinfo=UTC))
    return envelopes


def told(error: BaseException | None) -> str:
    """Everything a log could show of an error."""
    text = ""
    while error is not None:
        text += f"{error!s} {error!r} {error.args}"
        error = error.__context__ or error.__cause__
    return text


# ── a connection breaks ──────────────────────────────────────────────────────────────────────────────────────


def test_a_connection_that_is_cut_in_a_call_is_no_loss_and_no_double(log: Database, store: PostgresEventStore) -> None:
    asked, batches = context(), one_of()
    with ThreadPoolExecutor(1) as pool:
        with locked(log):
            writing = pool.submit(store.append, batches, asked)
            until(lambda: ended(log, "wait_event = 'advisory'"))
            until(lambda: ended(log, "wait_event = 'advisory'"))  # and its second try
        written = writing.result(30)
        assert log_of(store) == list(written)
        assert store.append(batches, asked) == written


def test_an_answer_that_was_lost_is_found_again(log: Database, store: PostgresEventStore) -> None:
    """The command stands already when it is sent: as after a commit whose answer did not arrive."""
    asked, batches = context(), [Batch(uuid4(), 0, (fact("1"), fact("2"))), Batch(uuid4(), 0, (fact("3"),))]
    with closing(PostgresEventStore(log.url, TickingClock(datetime(2020, 1, 1, tzinfo=UTC)))) as before:
        written = before.append(batches, asked)
    assert store.append(batches, asked) == written
    assert len(log_of(store)) == 3


def test_what_cannot_be_found_out_is_said_and_sending_again_settles_it(
    log: Database, store: PostgresEventStore
) -> None:
    def given_up(writing: Future[Any]) -> bool:
        """Its second try waits for too long, says the server."""
        done_to(log, "pg_cancel_backend", "wait_event = 'advisory'")
        return writing.done()

    asked, batches = context(), one_of()
    with ThreadPoolExecutor(1) as pool, locked(log):
        writing = pool.submit(store.append, batches, asked)
        until(lambda: ended(log, "wait_event = 'advisory'"))
        until(lambda: given_up(writing))
        with pytest.raises(CommitOutcomeUnknown) as failure:
            writing.result(20)
    assert "log_" not in told(failure.value)
    written = store.append(batches, asked)
    assert log_of(store) == list(written)


def test_connections_that_ended_while_nobody_used_them_are_passed_over(
    log: Database, store: PostgresEventStore
) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: store.append(one_of(), context()), range(8)))
    assert ended(log, "state = 'idle'") >= 1
    store.append(one_of(), context())
    assert len(log_of(store)) == 9


@pytest.fixture
def losing(store: PostgresEventStore, monkeypatch: pytest.MonkeyPatch) -> PostgresEventStore:
    """Its server does what it is asked, and the first answer is lost."""
    once, lost = store._connections.once, list[Any]()

    def lose(work: Callable[[DeadlineConnection], Any], until: float) -> Any:
        answer = once(work, until)
        if not lost:
            lost.append(answer)
            raise Broke("999993653")
        return answer

    monkeypatch.setattr(store._connections, "once", lose)
    return store


def test_a_commit_whose_answer_was_lost_is_one_effect(losing: PostgresEventStore) -> None:
    written = losing.append([Batch(uuid4(), 0, (fact("1"), fact("2")))], context())
    assert log_of(losing) == list(written)


@pytest.mark.parametrize("count", [1, 30, 2500])
def test_an_import_whose_answer_was_lost_is_one_effect(losing: PostgresEventStore, count: int) -> None:
    envelopes = made(count)
    assert losing.extend(envelopes, after=0, tracking=("upstream", 7)) == count
    assert (log_of(losing), losing.tracked("upstream")) == (envelopes, 7)


def test_of_a_follower_whose_step_was_lost_nobody_says_that_it_was_not_done(losing: PostgresEventStore) -> None:
    with pytest.raises(CommitOutcomeUnknown) as failure:
        losing.extend((), tracking=("upstream", 7))
    assert "999993653" not in told(failure.value)
    assert losing.tracked("upstream") == 7


# ── the deadline ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def patient(log: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgresEventStore]:
    """A store with one connection, that waits for other writers a third of its time: much is left for the answer."""
    monkeypatch.setattr(postgres, "PATIENCE", 0.3)
    with closing(PostgresEventStore(log.url, deadline=10, pool_size=1)) as store:
        yield store


def test_a_writer_that_does_not_end_is_waited_for_and_then_reported(log: Database, patient: PostgresEventStore) -> None:
    asked, batches, begun = context(), one_of(), monotonic()
    with locked(log), pytest.raises(StoreBusy):
        patient.append(batches, asked)
    assert 2.5 < monotonic() - begun < 10
    assert log_of(patient) == []
    assert len(patient.append(batches, asked)) == 1


def test_when_all_connections_are_in_use_that_is_said(log: Database) -> None:
    taken, go = Event(), Event()

    def hold(_: DeadlineConnection) -> bool:
        taken.set()
        return go.wait(60)

    with closing(PostgresEventStore(log.url, deadline=60, pool_size=1)) as store:
        with ThreadPoolExecutor(1) as pool:
            holding = pool.submit(store._connections.once, hold, monotonic() + 60)
            assert taken.wait(60)
            with pytest.raises(StoreBusy):
                store._read("SELECT 1", until=monotonic() + 0.3)
            assert not holding.done()
            go.set()
            assert holding.result(20)
        assert len(store.append(one_of(), context())) == 1


@contextmanager
def answering_within(seconds: float, store: PostgresEventStore) -> Iterator[None]:
    """For as long as this lasts, and only then: else it has all the time that a slow machine needs."""
    before, store._deadline = store._deadline, seconds
    yield
    store._deadline = before


def test_a_server_that_stands_still_is_given_up_in_time(server: Server, fragile: Database) -> None:
    asked, batches = context(), one_of()
    with closing(PostgresEventStore(fragile.url, deadline=30, pool_size=1)) as store:
        store.append(one_of(), context())
        with server.frozen(), answering_within(2, store):
            for use, error in (
                (lambda: store.append(batches, asked), CommitOutcomeUnknown),
                (lambda: store.append(one_of(), context()), StoreUnavailable),  # there was nothing to send it on
                (store.read_all, StoreUnavailable),
                (lambda: store.read_stream(uuid4()), StoreUnavailable),
                (store.head, StoreUnavailable),
            ):
                begun = monotonic()
                with pytest.raises(error):
                    use()
                assert monotonic() - begun < 6
            begun = monotonic()
            with pytest.raises(StoreUnavailable):
                PostgresEventStore(fragile.url, deadline=2)
            assert monotonic() - begun < 10
            begun = monotonic()
            store.wait(99, 0.2)
            assert monotonic() - begun < 7
        written = store.append(batches, asked)
        assert [one for one in log_of(store) if one.command_id == asked.command_id] == list(written)


def test_a_server_that_is_stopped_is_unavailable_and_nothing_is_in_doubt(server: Server, fragile: Database) -> None:
    with closing(PostgresEventStore(fragile.url, TickingClock(), deadline=30)) as store:
        store.append(one_of(), context())
        server.stop()
        with answering_within(1, store):
            for use in (lambda: store.append(one_of(), context()), store.read_all, store.head):
                begun = monotonic()
                with pytest.raises(StoreUnavailable):
                    use()
                assert monotonic() - begun < 5
        begun = monotonic()
        with pytest.raises(StoreUnavailable):
            PostgresEventStore(fragile.url)
        assert monotonic() - begun < 10
        server.start()
        assert len(store.append(one_of(), context())) == 1
        assert len(log_of(store)) == 2


def test_what_was_acknowledged_is_there_after_every_crash_of_the_server(server: Server, fragile: Database) -> None:
    stream, written = uuid4(), 0
    with closing(PostgresEventStore(fragile.url, deadline=30)) as store:
        for _ in range(3):
            for _ in range(5):
                store.append(one_of(stream, written), context())
                written += 1
            server.stop(immediately=True)
            server.start()
            assert [one.version for one in store.read_stream(stream)] == list(range(1, written + 1))
        assert store.head() == Frontier().followed_by(store.leaves())


def test_a_server_that_comes_back_within_the_deadline_is_waited_for(server: Server, fragile: Database) -> None:
    with closing(PostgresEventStore(fragile.url, deadline=40)) as store, ThreadPoolExecutor(1) as pool:
        store.append(one_of(), context())
        server.stop(immediately=True)
        writing = pool.submit(store.append, one_of(), context())
        sleep(0.5)
        server.start()
        assert len(writing.result(60)) == 1
        assert len(log_of(store)) == 2


def test_hosts_that_say_nothing_are_given_up_together_within_the_deadline() -> None:
    """The kernel takes the connections, and nobody is behind it."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as silent, ThreadPoolExecutor(2) as pool:
        port = silent.getsockname()[1]
        url = f"postgresql://nobody@127.0.0.1:{port},127.0.0.1:{port},127.0.0.1:{port}/log"

        def given_up(use: Callable[[], object]) -> float:
            begun = monotonic()
            with pytest.raises(StoreUnavailable):
                use()
            return monotonic() - begun

        uses: list[Callable[[], object]] = [
            partial(PostgresEventStore, url, deadline=6),
            partial(PostgresReadModelStore, url, (), deadline=2),
        ]
        assert max(pool.map(given_up, uses)) < 12


def test_each_host_gets_its_share_of_the_time_and_two_seconds_at_least(monkeypatch: pytest.MonkeyPatch) -> None:
    three = {"host": "127.0.0.1,127.0.0.2,127.0.0.3"}
    assert [each_host(three, seconds) for seconds in (60, 15, 10, 2, 0)] == [5, 5, 3, 2, 2]
    assert [each_host({**three, "connect_timeout": given}, 60) for given in ("1", "7", "0", "90")] == [2, 7, 20, 20]
    monkeypatch.setenv("PGHOST", "127.0.0.1,127.0.0.2")
    assert [each_host({}, 6), each_host({"host": "127.0.0.1"}, 6)] == [3, 5]


def test_a_deadline_is_more_than_nothing(log: Database) -> None:
    for wrong in (0, -1, float("nan"), float("inf")):
        with pytest.raises(InvalidNumber):
            PostgresEventStore(log.url, deadline=wrong)
    with pytest.raises(InvalidNumber):
        PostgresEventStore(log.url, pool_size=0)


# ── many at once ─────────────────────────────────────────────────────────────────────────────────────────────


def test_of_two_groups_of_the_same_streams_one_wins_whole(log: Database, store: PostgresEventStore) -> None:
    for _ in range(10):
        streams = [uuid4() for _ in range(4)]

        def write(order: list[UUID]) -> bool:
            try:
                return bool(store.append([Batch(one, 0, (fact(),)) for one in order], context()))
            except WrongExpectedVersion:
                return False

        with ThreadPoolExecutor(2) as pool:
            assert sum(pool.map(write, (streams, streams[::-1]))) == 1
        assert [len(store.read_stream(one)) for one in streams] == [1, 1, 1, 1]


def test_a_reader_that_follows_eight_writers_misses_nothing(store: PostgresEventStore) -> None:
    each, done = 25, Event()
    seen: list[UUID] = []

    def write(stream: UUID) -> list[UUID]:
        written: list[UUID] = []
        for number in range(each):
            facts = (fact("a"), fact("b"), fact("c"))
            written += [one.event_id for one in store.append([Batch(stream, 3 * number, facts)], context())]
        return written

    def follow() -> None:
        position = 0
        while not done.is_set() or store.size() > position:
            for one in store.read_all(after=position, limit=7):
                seen.append(one.envelope.event_id)
                position = one.position
            store.wait(position, 0.1)

    reader = Thread(target=follow)
    reader.start()
    with ThreadPoolExecutor(8) as pool:
        written = [one for some in pool.map(write, [uuid4() for _ in range(8)]) for one in some]
    done.set()
    reader.join(60)
    assert len(seen) == 8 * each * 3
    assert set(seen) == set(written)


@pytest.mark.parametrize("after", [0, 1])
def test_a_history_that_grows_while_it_is_read_lost_nothing(
    store: PostgresEventStore, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """Another writer commits as soon as the first statement of a reader has its answer."""
    stream = uuid4()
    for version in range(after):
        store.append(one_of(stream, version), context())
    ask, asked = Connections.ask, list[object]()

    def meanwhile(connections: Connections, work: Any, until: float) -> Any:
        answer = ask(connections, work, until)
        asked.append(work)
        if len(asked) == 1:
            store.append(one_of(stream, after), context())
        return answer

    monkeypatch.setattr(Connections, "ask", meanwhile)
    assert store.read_stream(stream, after=after) == ()
    assert [one.version for one in store.read_stream(stream, after=after)] == [after + 1]


def test_positions_have_no_gap_however_three_writers_end(log: Database) -> None:
    """Each holds its transaction for a while, then commits or not; a reader looks at each moment."""
    for ends in product([True, False], repeat=3):
        with closing(PostgresEventStore(log.emptied(), deadline=30)) as store:
            with ExitStack() as stack, ThreadPoolExecutor(3) as pool:
                sent, expected = [made(2) for _ in ends], list[Envelope]()
                writers = [stack.enter_context(closing(store._connections.single(60))) for _ in ends]
                for writer in writers:
                    writer.execute("BEGIN")
                begun = [
                    pool.submit(one.execute, APPEND.encode(), (pack(some, _entry_of(one)), 60_000, None, None, None))
                    for one, some in zip(writers, sent, strict=True)
                ]
                left = set(range(3))
                while left:
                    until(partial(any_done, begun, left))
                    (first,) = [one for one in left if begun[one].done()]  # the others wait for it
                    begun[first].result()
                    assert log_of(store) == expected  # what it wrote is not to be seen yet
                    writers[first].execute("COMMIT" if ends[first] else "ROLLBACK")
                    expected += sent[first] if ends[first] else []
                    assert log_of(store) == expected
                    left.remove(first)
            assert [one.position for one in store.read_all()] == list(range(1, 2 * sum(ends) + 1))
            assert store.head() == Frontier().followed_by(one.leaf() for one in expected)


def any_done(begun: Sequence[Future[Any]], left: Iterable[int]) -> bool:
    return any(begun[one].done() for one in left)


# ── tables that are made anew ────────────────────────────────────────────────────────────────────────────────


def test_a_log_whose_tables_were_made_anew_is_written_to_again(postgres_url: str) -> None:
    """As after a copy was put back, while the store was open."""
    log, many = database(postgres_url), made(2500)
    asked, batches = context(), one_of()
    with closing(PostgresEventStore(log.url, TickingClock(), pool_size=1)) as store:
        uses: list[Callable[[], object]] = [
            lambda: store.append(batches, asked),
            lambda: store.extend(many[:30], after=0),
            lambda: store.extend(many, after=0),
            lambda: store.append(batches, asked),
        ]
        for use in uses:
            use()
            with connected(log.owner) as connection:
                connection.execute("DROP SCHEMA zroute CASCADE")
            for gone in (lambda: store.append(one_of(), context()), lambda: store.extend(many), store.read_all):
                with pytest.raises(SchemaMismatch):
                    gone()
            migrate(log.owner)
        assert log_of(store) == []
        written = store.append(batches, asked)
        assert log_of(store) == list(written)


# ── imports and followers ────────────────────────────────────────────────────────────────────────────────────


def test_the_server_carries_the_tree_on_as_the_library_does(store: PostgresEventStore) -> None:
    envelopes = made(70)
    for start, stop in ((0, 1), (1, 2), (2, 3), (3, 7), (7, 8), (8, 31), (31, 33), (33, 64), (64, 65), (65, 70)):
        store.extend(envelopes[start:stop], after=start)
        assert store.head() == Frontier().followed_by(one.leaf() for one in envelopes[:stop])
    assert store.head() == Frontier().followed_by(store.leaves())


def test_an_import_of_many_comes_whole_or_not_at_all(store: PostgresEventStore) -> None:
    envelopes = made(2500)
    broken = [*envelopes[:-1], attrs.evolve(envelopes[-1], version=envelopes[-1].version + 1)]
    with pytest.raises(WrongExpectedVersion):
        store.extend(broken)
    with pytest.raises(CommandIdReused):
        store.extend([*envelopes, attrs.evolve(envelopes[0], version=envelopes[-1].version + 1)])
    with pytest.raises(WrongExpectedVersion):
        store.extend(envelopes, after=1)
    with pytest.raises(InvalidInput):
        store.extend([*envelopes[:-1], attrs.evolve(envelopes[-1], tag="\udc00")])
    assert (log_of(store), store.head()) == ([], Frontier())
    assert store.extend(envelopes, after=0) == 2500
    assert log_of(store) == envelopes
    assert store.head() == Frontier().followed_by(store.leaves())


def test_a_follower_goes_forward_only_and_with_what_it_writes(store: PostgresEventStore) -> None:
    envelopes = made(4)
    assert store.tracked("upstream") is None
    assert store.extend(envelopes[:2], tracking=("upstream", 5)) == 2
    for position in (5, 4):
        with pytest.raises(OutOfOrder):
            store.extend(envelopes[2:], tracking=("upstream", position))
    assert (log_of(store), store.tracked("upstream")) == (envelopes[:2], 5)
    assert store.extend((), tracking=("upstream", 6)) == 2
    assert store.extend(envelopes[2:], tracking=("another", 1)) == 4
    assert (store.tracked("upstream"), store.tracked("another")) == (6, 1)


def test_the_ends_of_streams_are_known_as_of_any_position(store: PostgresEventStore) -> None:
    memory, envelopes = MemoryEventStore(), made(11)
    for one in (memory, store):
        one.extend(envelopes)
    for position in (0, 1, 2, 3, 7, 11, 2**63, 2**70):
        assert sorted(store.tails(position)) == sorted(memory.tails(position))


def test_memory_stays_flat_while_a_log_is_read(store: PostgresEventStore) -> None:
    envelopes = [attrs.evolve(one, payload=bytes(4000)) for one in made(3000)]
    store.extend(envelopes)
    del envelopes
    tracemalloc.start()
    try:
        position = 0
        while page := store.read_all(after=position, limit=100):
            position = page[-1].position
        assert sum(1 for _ in store.leaves()) == position == 3000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4_000_000  # a page is 400 KB of payloads, the log 12 MB


# ── what was changed behind the library ──────────────────────────────────────────────────────────────────────


@pytest.fixture
def changed(log: Database, store: PostgresEventStore) -> Callable[[str], None]:
    """A log of six entries in two streams, and somebody who may do anything to it."""
    store.extend(SIX)

    def change(statement: str) -> None:
        with connected(log.owner) as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute("ALTER TABLE zroute.events ALTER COLUMN tag DROP NOT NULL")
            connection.execute(statement.encode())

    return change


STREAMS = UUID("7e0e6d3c-6f5e-4a53-9a0a-0d7a3f9a1c01"), UUID("7e0e6d3c-6f5e-4a53-9a0a-0d7a3f9a1c02")
SIX = [
    one
    for number in range(6)
    for one in seal(
        [Batch(STREAMS[number % 2], number // 2, (fact(str(number)),))],
        Context(UUID(int=number + 1), ME),
        datetime(2024, 1, 1, tzinfo=UTC),
    )
]


@pytest.mark.parametrize(
    "column",
    [
        "payload = payload || '\\x00'",
        "payload = ''",
        "leaf = sha256('')",
        "tag = 'lesson-missed'",
        "tag = NULL",
        "schema_version = 2",
        "recorded_at = recorded_at + interval '1 microsecond'",
        "recorded_at = 'infinity'",
        "actor = 'somebody-else'",
        "actor = ''",
        "purpose = purpose || '!'",
        "event_id = gen_random_uuid()",
        "command_id = gen_random_uuid()",
        "correlation_id = gen_random_uuid()",
        "causation_id = gen_random_uuid()",
        "key_id = 'k'",
        "key_commitment = '\\x00'",
    ],
)
def test_a_changed_entry_is_seen_when_it_is_read(
    store: PostgresEventStore, changed: Callable[[str], None], column: str
) -> None:
    changed(f"UPDATE zroute.events SET {column} WHERE position = 3")
    for read in (lambda: store.read_stream(STREAMS[0]), store.read_all):
        with pytest.raises(LeafMismatch) as seen:
            read()
        assert "somebody-else" not in told(seen.value)
    assert len(store.read_stream(STREAMS[1])) == 3


@pytest.mark.parametrize("position", [1, 3, 6])
def test_a_missing_entry_is_seen_when_the_log_is_read(
    store: PostgresEventStore, changed: Callable[[str], None], position: int
) -> None:
    changed(f"DELETE FROM zroute.events WHERE position = {position}")
    for read in (store.read_all, lambda: log_of(store, 1), lambda: log_of(store, 2), lambda: list(store.leaves())):
        with pytest.raises(SequenceGap):
            read()


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_missing_fact_of_a_history_is_seen_wherever_reading_goes_on(
    store: PostgresEventStore, changed: Callable[[str], None], after: int
) -> None:
    changed("DELETE FROM zroute.events WHERE position = 3")  # version 2 of the first
    with pytest.raises(SequenceGap):
        store.read_stream(STREAMS[0], after=after)
    assert [one.version for one in store.read_stream(STREAMS[1], after=1)] == [2, 3]


@pytest.mark.parametrize("after", [0, 1, 2])
@pytest.mark.parametrize("lost", ["version = 3", "version > 1", "true"])
def test_a_history_that_lost_its_end_is_seen(
    store: PostgresEventStore, changed: Callable[[str], None], lost: str, after: int
) -> None:
    changed(f"DELETE FROM zroute.events WHERE stream = '{STREAMS[0]}' AND {lost}")
    with pytest.raises(SequenceGap):
        store.read_stream(STREAMS[0], after=after)


def test_a_history_whose_kept_version_was_changed_is_seen(
    store: PostgresEventStore, changed: Callable[[str], None]
) -> None:
    changed("UPDATE zroute.streams SET version = 2")
    with pytest.raises(SequenceGap):
        store.read_stream(STREAMS[0])


def test_a_moved_entry_is_seen(store: PostgresEventStore, changed: Callable[[str], None]) -> None:
    changed("UPDATE zroute.events SET position = 7 WHERE position = 6")
    with pytest.raises(SequenceGap):
        store.read_all()


def test_a_log_that_lost_its_end_is_not_opened_and_not_written_to(
    log: Database, store: PostgresEventStore, changed: Callable[[str], None]
) -> None:
    changed("DELETE FROM zroute.events WHERE position > 4")
    with pytest.raises(SequenceGap):
        PostgresEventStore(log.url)
    with pytest.raises(SequenceGap):
        store.read_all(after=4)


def test_a_changed_head_is_seen(log: Database, store: PostgresEventStore, changed: Callable[[str], None]) -> None:
    changed("UPDATE zroute.log_head SET frontier = substr(frontier, 1, 32)")
    with pytest.raises(RootMismatch):
        store.head()
    changed("UPDATE zroute.log_head SET size = 5")
    with pytest.raises(IntegrityViolation):
        store.append(one_of(), context())
    assert len(store.read_stream(STREAMS[0])) == 3


# ── values and errors ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("expected", [-(2**70), -2, 2**62, 2**63 - 1, 2**63, 2**70])
def test_a_version_beyond_all_bounds_is_a_wrong_one(store: PostgresEventStore, expected: int) -> None:
    with pytest.raises(WrongExpectedVersion):
        store.append([Batch(uuid4(), expected, (fact(), fact()))], context())
    assert log_of(store) == []


def test_a_command_that_is_known_is_known_whatever_version_it_names(store: PostgresEventStore) -> None:
    asked, stream = context(), uuid4()
    written = store.append(one_of(stream), asked)
    for expected in (-2, 0, 1, 5, 2**70):
        assert store.append(one_of(stream, expected), asked) == written


def test_all_that_an_envelope_can_hold_reads_back(store: PostgresEventStore) -> None:
    (plain,) = made(1)
    full = attrs.evolve(
        plain,
        tag="t" * 200,
        schema_version=9999,
        recorded_at=datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        actor=Actor("مدرسة", "leerroute ‑ ß"),
        causation_id=uuid4(),
        key_id="k/1",
        payload=bytes(range(256)) * 1000,
        key_commitment=bytes(32),
    )
    store.extend([full])
    assert log_of(store) == [full]
    (read,) = store.read_all()
    assert read.envelope.recorded_at.tzinfo is UTC


@pytest.mark.parametrize("wrong", [{"tag": "a\x00b"}, {"tag": "\ud800"}, {"schema_version": 2**40}])
def test_what_no_log_can_hold_is_refused(store: PostgresEventStore, wrong: dict[str, Any]) -> None:
    (one,) = made(1)
    with pytest.raises((InvalidInput, StoreError)) as refused:
        store.extend([attrs.evolve(one, **wrong)])
    assert not isinstance(refused.value, CommitOutcomeUnknown)
    assert log_of(store) == []


@pytest.mark.parametrize("position", [-1, 2**63, 2**70])
def test_a_follower_stands_at_a_position(store: PostgresEventStore, position: int) -> None:
    with pytest.raises(InvalidNumber):
        store.extend(made(1), tracking=("upstream", position))
    assert (log_of(store), store.tracked("upstream")) == ([], None)


def test_a_follower_has_a_name_that_can_be_written_down(store: PostgresEventStore) -> None:
    uses: list[Callable[[], object]] = [
        lambda: store.tracked("\ud800"),
        lambda: store.extend((), tracking=("\ud800", 1)),
    ]
    for use in uses:
        with pytest.raises(InvalidInput) as refused:
            use()
        assert refused.value.__context__ is None


@pytest.mark.parametrize("after", [-(2**70), -1, 1, 2**63 - 1, 2**63, 2**70])
def test_a_log_stands_at_no_other_position_whatever_its_number(store: PostgresEventStore, after: int) -> None:
    with pytest.raises(WrongExpectedVersion):
        store.extend(made(1), after=after)
    assert log_of(store) == []


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        (errors.DiskFull("secret"), StoreFull),
        (errors.LockNotAvailable("secret"), StoreBusy),
        (errors.QueryCanceled("secret"), StoreBusy),
        (errors.DeadlockDetected("secret"), StoreBusy),
        (errors.InternalError_("secret"), StoreError),
    ],
)
def test_an_error_of_the_driver_becomes_one_of_ours(error: psycopg.Error, ours: type[ZRouteError]) -> None:
    assert isinstance(translated(error), ours)
    assert "secret" not in told(translated(error))


def test_the_parameters_of_a_url_hold_for_every_connection(log: Database) -> None:
    with closing(PostgresEventStore(f"{log.url}?application_name=zroute-here")) as store:
        store.append(one_of(), context())
        with connected(log.owner) as connection:
            seen = connection.execute("SELECT 1 FROM pg_stat_activity WHERE application_name = 'zroute-here'")
            assert seen.fetchone() is not None


def test_a_store_is_for_the_process_that_opened_it(store: PostgresEventStore, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("zroute_core.adapters.postgres_deadline.getpid", lambda: -1)
        for use in (store.head, lambda: store.append(one_of(), context())):
            with pytest.raises(StoreClosed):
                use()
    assert store.head() == Frontier()


# ── waiting ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_waits_is_woken_by_another_process_too(log: Database, store: PostgresEventStore) -> None:
    with closing(PostgresEventStore(log.url)) as other, ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(store.wait, 0, 60) for _ in range(3)]
        sleep(0.3)
        assert not any(one.done() for one in waiting)
        other.append(one_of(), context())
        for one in waiting:
            one.result(20)


def test_who_waits_for_what_is_there_does_not_wait_behind_another(store: PostgresEventStore) -> None:
    store.append(one_of(), context())
    with ThreadPoolExecutor(2) as pool:
        other = pool.submit(store.wait, 99, 60)
        until(lambda: store._listener._turn.locked())
        pool.submit(store.wait, 0, 60).result(20)
        second = pool.submit(store.wait, 1, 60)
        sleep(0.5)
        assert not other.done()
        assert not second.done()
        store.append(one_of(), context())
        second.result(20)
        store.close()
        other.result(20)


def test_who_waits_is_woken_even_when_the_listening_connection_was_cut(
    log: Database, store: PostgresEventStore
) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(store.wait, 0, 60)
        until(lambda: ended(log, "query LIKE 'SELECT size%' AND state = 'idle'"))
        store.append(one_of(), context())
        waiting.result(20)


def test_waiting_ends_in_time_and_needs_no_server(server: Server, fragile: Database) -> None:
    with closing(PostgresEventStore(fragile.url)) as store:
        server.stop()
        begun = monotonic()
        store.wait(0, 1)
        assert 0.9 < monotonic() - begun < 10
        store.close()
        store.wait(0, 60)


# ── a log that goes back ─────────────────────────────────────────────────────────────────────────────────────

KEPT = ("events", "streams", "log_head")


def keep(log: Database) -> None:
    """A backup of the log."""
    with psycopg.connect(log.owner, autocommit=True) as connection:
        for table in KEPT:
            connection.execute(f"CREATE TABLE public.{table} AS TABLE zroute.{table}".encode())


def put_back(log: Database) -> None:
    with psycopg.connect(log.owner) as connection:
        connection.execute("SET session_replication_role = replica")
        for table in KEPT:
            connection.execute(f"DELETE FROM zroute.{table}".encode())
            connection.execute(f"INSERT INTO zroute.{table} SELECT * FROM public.{table}".encode())


@pytest.mark.parametrize("further", [0, 1, 2, 3])
def test_a_backup_that_is_put_back_under_an_open_store_is_noticed(postgres_url: str, further: int) -> None:
    """Also when others have written since, so that there are as many entries as before, or more."""
    log, stream = database(postgres_url), uuid4()
    with closing(PostgresEventStore(log.url)) as store:
        store.append([Batch(stream, 0, (fact(),))], context())
        keep(log)
        for version in (1, 2):
            store.append([Batch(stream, version, (fact(),))], context())
        assert len(store.read_stream(stream)) == 3
        put_back(log)
        with closing(PostgresEventStore(log.url)) as other:
            for version in range(1, further + 1):
                other.append([Batch(stream, version, (fact(),))], context())
            for ask in (lambda: store.read_stream(stream, after=3), store.read_all, lambda: store.read_all(after=9)):
                with pytest.raises(RootMismatch, match="put back"):
                    ask()
            assert len(other.read_stream(stream)) == 1 + further
