"""Our logs are recorders of the `eventsourcing` library: its own test cases judge them, and ours what it does not ask.

Not run, each with its reason:
- `test_performance`, three times: it prints a figure and checks nothing;
- the cases for text ids (`ORIGINATOR_ID_TYPE=text`): a stream of our log is a UUID, other ids are refused, below;
- `TranscoderTestCase`: it is about a transcoder of one's own, and we bring none.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import (
    AggregateRecorder,
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    StoredEvent,
    Tracking,
)
from eventsourcing.tests import persistence as library

from tests.adapters.databases import Database, database
from zroute_core.adapters import process_recorder
from zroute_core.adapters.postgres import PostgresEventStore
from zroute_core.adapters.process_recorder import LogRecorder, SnapshotRecorder, TrackedLog
from zroute_core.adapters.sqlite import SqliteEventStore
from zroute_core.errors import CommitOutcomeUnknown, MalformedEvent, RootMismatch, StoreBusy, StoreError, ZRouteError
from zroute_core.kernel.log import Actor, Envelope, Logged
from zroute_core.kernel.merkle import Frontier
from zroute_core.testing.clock import TickingClock

MakeLog = Callable[[], TrackedLog]


@pytest.fixture(scope="module")
def one_database(postgres_url: str) -> Database:
    return database(postgres_url)


# ── the library's own test cases ─────────────────────────────────────────────────────────────────────────────


class OnSqlite:
    """Logs of one's own for each recorder that a case makes; what was opened is closed."""

    @pytest.fixture(autouse=True)
    def logs(self, tmp_path: Path) -> Iterator[None]:
        with ExitStack() as opened:
            self.make_log: MakeLog = lambda: opened.enter_context(
                closing(SqliteEventStore(tmp_path / f"{uuid4().hex}.db"))
            )
            yield

    def create_recorder(self) -> LogRecorder:
        return LogRecorder(self.make_log())


class OnPostgres:
    @pytest.fixture(autouse=True)
    def logs(self, one_database: Database) -> Iterator[None]:
        with closing(PostgresEventStore(one_database.emptied())) as log:
            self.make_log: MakeLog = lambda: log  # each case makes one recorder
            yield

    def create_recorder(self) -> LogRecorder:
        return LogRecorder(self.make_log())


class TestSnapshotsOnSqlite(OnSqlite, library.AggregateRecorderTestCase):
    test_performance = None  # type: ignore[assignment]

    def create_recorder(self) -> AggregateRecorder:  # type: ignore[override]
        return SnapshotRecorder(self.make_log())


class TestApplicationOnSqlite(OnSqlite, library.ApplicationRecorderTestCase[LogRecorder]):
    test_performance = None  # type: ignore[assignment]

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestNoInterleavingOnSqlite(OnSqlite, library.NonInterleavingNotificationIDsBaseCase):
    pass


class TestTrackingOnSqlite(OnSqlite, library.TrackingRecorderTestCase):
    pass


class TestProcessOnSqlite(OnSqlite, library.ProcessRecorderTestCase):
    test_performance = None  # type: ignore[assignment]


@pytest.mark.postgres
class TestSnapshotsOnPostgres(OnPostgres, library.AggregateRecorderTestCase):
    test_performance = None  # type: ignore[assignment]

    def create_recorder(self) -> AggregateRecorder:  # type: ignore[override]
        return SnapshotRecorder(self.make_log())


@pytest.mark.postgres
class TestApplicationOnPostgres(OnPostgres, library.ApplicationRecorderTestCase[LogRecorder]):
    test_performance = None  # type: ignore[assignment]

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


@pytest.mark.postgres
class TestNoInterleavingOnPostgres(OnPostgres, library.NonInterleavingNotificationIDsBaseCase):
    pass


@pytest.mark.postgres
class TestTrackingOnPostgres(OnPostgres, library.TrackingRecorderTestCase):
    pass


@pytest.mark.postgres
class TestProcessOnPostgres(OnPostgres, library.ProcessRecorderTestCase):
    test_performance = None  # type: ignore[assignment]


# ── what the library does not ask ────────────────────────────────────────────────────────────────────────────


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def open_log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., TrackedLog]]:
    """Opens the same log as often as it is called."""
    with ExitStack() as opened:
        if request.param == "sqlite":
            make: Callable[..., TrackedLog] = partial(SqliteEventStore, tmp_path / "log.db", TickingClock())
        else:
            there: Database = request.getfixturevalue("one_database")
            make = partial(PostgresEventStore, there.emptied(), TickingClock())
        yield lambda **options: opened.enter_context(closing(make(**options)))


@pytest.fixture
def log(open_log: MakeLog) -> TrackedLog:
    return open_log()


@pytest.fixture
def recorder(log: TrackedLog) -> LogRecorder:
    return LogRecorder(log, TickingClock())


def event(stream: UUID, version: int, topic: str = "accounts:Opened", state: bytes = b"{}") -> StoredEvent:
    return StoredEvent(stream, version, topic, state)


def test_an_event_stands_in_the_log_with_its_topic_its_state_and_who_wrote_it(log: TrackedLog) -> None:
    stream = uuid4()
    recorder = LogRecorder(log, TickingClock(), Actor("clerk-4", "keeping accounts"))
    assert recorder.insert_events([event(stream, 1, state=b"1"), event(stream, 2, state=b"2")]) == [1, 2]
    first, second = log.read_stream(stream)
    assert (first.tag, first.payload, first.version, first.schema_version) == ("accounts:Opened", b"1", 1, 1)
    assert (second.payload, second.version, second.actor) == (b"2", 2, Actor("clerk-4", "keeping accounts"))
    assert first.command_id == second.command_id == first.correlation_id
    assert first.recorded_at == second.recorded_at
    assert log.head().size == 2


def test_each_call_is_a_command_of_its_own(log: TrackedLog, recorder: LogRecorder) -> None:
    stream = uuid4()
    recorder.insert_events([event(stream, 1)])
    recorder.insert_events([event(stream, 2)])
    first, second = log.read_stream(stream)
    assert first.command_id != second.command_id


@pytest.mark.parametrize("start", [0, 1])
def test_versions_count_from_nought_or_one_and_read_back_so(recorder: LogRecorder, start: int) -> None:
    stream = uuid4()
    for version in range(start, start + 4):
        recorder.insert_events([event(stream, version)])
    read = recorder.select_events(stream)
    assert [(one.originator_version, one.topic) for one in read] == [
        (version, "accounts:Opened") for version in range(start, start + 4)
    ]
    assert [one.originator_version for one in recorder.select_events(stream, gt=start)] == [
        start + 1,
        start + 2,
        start + 3,
    ]
    assert [one.originator_version for one in recorder.select_events(stream, gt=start, lte=start + 2)] == [
        start + 1,
        start + 2,
    ]
    (last,) = recorder.select_events(stream, desc=True, limit=1)
    assert last.originator_version == start + 3
    assert recorder.select_events(stream, limit=0) == []


@pytest.mark.parametrize("topic", ["accounts:Opened@3", "@1", "a@b", "@", "accounts:Opened@"])
def test_a_topic_that_looks_like_a_version_is_kept_to_the_letter(recorder: LogRecorder, topic: str) -> None:
    stream = uuid4()
    recorder.insert_events([event(stream, 1, topic), event(stream, 2, topic)])
    assert [(one.originator_version, one.topic) for one in recorder.select_events(stream)] == [(1, topic), (2, topic)]
    assert [one.topic for one in recorder.select_notifications(1, 10, topics=[topic])] == [topic, topic]


@pytest.mark.parametrize(
    ("stored", "asked"),
    [((), 2), ((), 7), ((1,), 3), ((0,), 2), ((0, 1), 3), ((1, 2), 1), ((1, 2), 0), ((0, 1), 0)],
)
def test_a_hole_or_a_step_back_is_refused_like_a_conflict(
    recorder: LogRecorder, stored: Sequence[int], asked: int
) -> None:
    stream = uuid4()
    recorder.insert_events([event(stream, one) for one in stored])
    with pytest.raises(IntegrityError):
        recorder.insert_events([event(uuid4(), 1), event(stream, asked)])
    assert [one.originator_version for one in recorder.select_events(stream)] == list(stored)
    assert recorder.max_notification_id() == (len(stored) or None)


def test_events_of_several_streams_stand_in_the_order_given(recorder: LogRecorder) -> None:
    one, other = uuid4(), uuid4()
    written = [event(one, 1), event(other, 0), event(one, 2), event(other, 1), event(one, 3)]
    assert recorder.insert_events(written) == [1, 2, 3, 4, 5]
    read = recorder.select_notifications(None, 10)
    assert [(entry.originator_id, entry.originator_version) for entry in read] == [
        (one, 1),
        (other, 0),
        (one, 2),
        (other, 1),
        (one, 3),
    ]


def test_tracking_and_events_stand_together_or_not_at_all(recorder: LogRecorder) -> None:
    stream = uuid4()
    recorder.insert_events([event(stream, 1)], tracking=Tracking("upstream", 5))
    with pytest.raises(IntegrityError):
        recorder.insert_events([event(stream, 2)], tracking=Tracking("upstream", 5))
    with pytest.raises(IntegrityError):
        recorder.insert_events([event(stream, 1)], tracking=Tracking("upstream", 6))
    assert len(recorder.select_events(stream)) == 1
    assert recorder.max_tracking_id("upstream") == 5


def test_of_writers_at_one_version_one_wins(recorder: LogRecorder) -> None:
    stream, barrier = uuid4(), threading.Barrier(8)
    won: list[int] = []

    def write(number: int) -> None:
        barrier.wait()
        try:
            recorder.insert_events([event(stream, 1, state=b"%d" % number)])
        except IntegrityError:
            return
        won.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert [one.state for one in recorder.select_events(stream)] == [b"%d" % number for number in won]
    assert len(won) == 1


def test_a_stream_that_is_no_uuid_is_refused(recorder: LogRecorder) -> None:
    with pytest.raises(NotSupportedError):
        recorder.insert_events([StoredEvent("canary-999993653", 1, "topic", b"")])
    with pytest.raises(NotSupportedError) as refused:
        recorder.select_events("canary-999993653")
    assert "999993653" not in told(refused.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"originator_version": -1},
        {"originator_version": True},
        {"originator_version": 2**63},
        {"originator_version": "1"},
        {"topic": ""},
        {"topic": "canary-999993653\x00"},
        {"topic": "canary-999993653\ud800"},
        {"topic": None},
        {"topic": "x" * 201},
        {"topic": "x" * 199, "originator_version": 0},
        {"topic": "canary-999993653:e\u0301"},
        {"topic": " canary-999993653"},
        {"topic": "canary-999993653 "},
        {"state": "canary-999993653"},
        {"state": None},
    ],
)
def test_what_is_no_event_is_refused_with_nothing_stored(recorder: LogRecorder, wrong: dict[str, Any]) -> None:
    fields: dict[str, Any] = {"originator_id": uuid4(), "originator_version": 1, "topic": "topic", "state": b""}
    with pytest.raises(DataError) as refused:
        recorder.insert_events([event(uuid4(), 1), StoredEvent(**(fields | wrong))])
    assert "999993653" not in told(refused.value)
    assert recorder.max_notification_id() is None


def test_what_a_topic_filter_passes_over_is_not_counted_against_the_limit(
    recorder: LogRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_recorder, "PAGE", 3)
    stream = uuid4()
    recorder.insert_events([event(stream, number, "even" if number % 2 == 0 else "odd") for number in range(1, 21)])
    assert [one.id for one in recorder.select_notifications(None, 100)] == list(range(1, 21))
    assert [one.id for one in recorder.select_notifications(1, 4, topics=["even"])] == [2, 4, 6, 8]
    assert [one.id for one in recorder.select_notifications(8, 4, topics=["even"], inclusive_of_start=False)] == [
        10,
        12,
        14,
        16,
    ]
    assert [one.id for one in recorder.select_notifications(7, 100, 11)] == [7, 8, 9, 10, 11]
    assert [one.id for one in recorder.select_notifications(7, 100, 11, ["odd"])] == [7, 9, 11]
    assert recorder.select_notifications(21, 5) == []
    assert recorder.select_notifications(1, 0) == []


# ── snapshots ────────────────────────────────────────────────────────────────────────────────────────────────


def test_snapshots_are_taken_at_any_version_once(log: TrackedLog) -> None:
    recorder, stream = SnapshotRecorder(log), uuid4()
    for version in (40, 20, 60):
        recorder.insert_events([event(stream, version, state=b"%d" % version)])
    with pytest.raises(IntegrityError):
        recorder.insert_events([event(stream, 20)])
    assert [one.originator_version for one in recorder.select_events(stream)] == [20, 40, 60]
    assert [one.state for one in recorder.select_events(stream, desc=True, limit=1, lte=59)] == [b"40"]
    assert [one.originator_version for one in recorder.select_events(stream, gt=20, lte=40)] == [40]


# ── answers that are lost, and errors ────────────────────────────────────────────────────────────────────────


class Faulty:
    """A log whose line breaks: before the entries are written, or after it, when the answer is lost."""

    def __init__(self, log: TrackedLog) -> None:
        self.log = log
        self.before: ZRouteError | None = None
        self.after: ZRouteError | None = None
        self.away = False

    def extend(
        self, envelopes: Sequence[Envelope], *, after: int | None = None, tracking: tuple[str, int] | None = None
    ) -> int:
        if self.before is not None:
            raise self.before
        position = self.log.extend(envelopes, after=after, tracking=tracking)
        if self.after is not None:
            raise self.after
        return position

    def read_stream(self, stream: UUID, *, after: int = 0) -> Sequence[Envelope]:
        if self.away:
            raise StoreError("away")
        return self.log.read_stream(stream, after=after)

    def read_all(self, *, after: int = 0, limit: int = 1000) -> Sequence[Logged]:
        return self.log.read_all(after=after, limit=limit)

    def head(self) -> Frontier:
        return self.log.head()

    def tracked(self, name: str) -> int | None:
        return self.log.tracked(name)

    def wait(self, after: int, seconds: float) -> None:
        self.log.wait(after, seconds)

    def close(self) -> None:
        self.log.close()


@pytest.mark.parametrize("page", [1, 2, 1000])
def test_a_lost_answer_is_found_again(log: TrackedLog, page: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_recorder, "PAGE", page)
    faulty = Faulty(log)
    recorder, stream = LogRecorder(faulty), uuid4()
    recorder.insert_events([event(uuid4(), 1)])
    faulty.after = CommitOutcomeUnknown("lost")
    assert recorder.insert_events([event(stream, 1), event(stream, 2)], tracking=Tracking("upstream", 1)) == [2, 3]
    assert recorder.max_tracking_id("upstream") == 1
    assert recorder.max_notification_id() == 3


def test_a_write_that_failed_is_said_and_may_be_repeated(log: TrackedLog) -> None:
    faulty = Faulty(log)
    recorder, stream = LogRecorder(faulty), uuid4()
    faulty.before = StoreBusy("busy")
    with pytest.raises(OperationalError):
        recorder.insert_events([event(stream, 1)])
    faulty.before = None
    assert recorder.insert_events([event(stream, 1)]) == [1]


def test_somebody_elses_event_at_the_same_version_is_not_taken_for_ones_own(log: TrackedLog) -> None:
    stream = uuid4()

    class Overtaken(Faulty):
        def extend(self, *args: Any, **kwargs: Any) -> int:
            LogRecorder(log).insert_events([event(stream, 1, state=b"theirs")])
            raise CommitOutcomeUnknown("lost")

    recorder = LogRecorder(Overtaken(log))
    with pytest.raises(OperationalError):
        recorder.insert_events([event(stream, 1, state=b"ours")])


def test_an_unknown_outcome_is_said_when_the_log_does_not_answer_that_either(log: TrackedLog) -> None:
    class Dead(Faulty):
        def extend(self, *args: Any, **kwargs: Any) -> int:
            self.away = True
            raise CommitOutcomeUnknown("lost")

    with pytest.raises(OperationalError, match="lost"):
        LogRecorder(Dead(log)).insert_events([event(uuid4(), 1)])


@pytest.mark.parametrize(
    ("ours", "theirs"), [(RootMismatch("changed"), InternalError), (MalformedEvent("what is it"), DatabaseError)]
)
def test_errors_are_the_librarys_own(log: TrackedLog, ours: ZRouteError, theirs: type[Exception]) -> None:
    faulty = Faulty(log)
    faulty.before = ours
    with pytest.raises(theirs, match=str(ours)) as raised:
        LogRecorder(faulty).insert_events([event(uuid4(), 1)])
    assert raised.type is theirs


def test_a_closed_log_says_so(recorder: LogRecorder, log: TrackedLog) -> None:
    log.close()
    with pytest.raises(InterfaceError):
        recorder.insert_events([event(uuid4(), 1)])
    with pytest.raises(InterfaceError):
        recorder.select_notifications(None, 10)
    with recorder.subscribe() as following, pytest.raises(InterfaceError):
        next(following)


def test_a_log_opened_for_reading_refuses_what_would_write(
    recorder: LogRecorder, open_log: Callable[..., TrackedLog]
) -> None:
    stream = uuid4()
    recorder.insert_events([event(stream, 1)])
    reading = open_log(read_only=True)
    with pytest.raises(NotSupportedError):
        LogRecorder(reading).insert_events([event(stream, 2)])
    assert len(LogRecorder(reading).select_events(stream)) == 1


def told(error: BaseException | None) -> str:
    """Everything a log could show of an error."""
    said = ""
    while error is not None:
        said += f"{error!s} {error!r} {error.args}"
        error = error.__context__ or error.__cause__
    return said


# ── following ────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_comes_between_looking_and_waiting_is_not_missed(log: TrackedLog) -> None:
    """The moment at which a signal is lost: the log was read and found empty, and nobody waits yet."""
    stream = uuid4()

    class WrittenJustBefore(Faulty):
        def wait(self, after: int, seconds: float) -> None:
            if after == 0:
                LogRecorder(log).insert_events([event(stream, 1)])
            super().wait(after, seconds)

    with LogRecorder(WrittenJustBefore(log)).subscribe() as following:
        assert next(following).originator_id == stream


def test_what_another_process_writes_is_found_without_a_signal(recorder: LogRecorder, open_log: MakeLog) -> None:
    stream, other = uuid4(), open_log()
    with recorder.subscribe() as following:
        written = threading.Timer(0.05, lambda: LogRecorder(other).insert_events([event(stream, 1)]))
        written.start()
        start = monotonic()
        assert next(following).originator_id == stream
        assert monotonic() - start < 10  # it looks five times a second
        written.join()


def test_a_subscription_gives_every_event_once_and_in_order_while_others_write(recorder: LogRecorder) -> None:
    def write() -> None:
        stream = uuid4()
        for version in range(1, 26):
            recorder.insert_events([event(stream, version), event(uuid4(), 1, "other")])

    writers = [threading.Thread(target=write) for _ in range(4)]
    with recorder.subscribe(topics=["accounts:Opened"]) as following:
        for one in writers:
            one.start()
        seen = [next(following) for _ in range(100)]
        for one in writers:
            one.join()
    assert [one.id for one in seen] == sorted({one.id for one in seen})
    assert seen == recorder.select_notifications(None, 200, topics=["accounts:Opened"])


def test_a_subscription_that_waits_is_stopped_from_elsewhere(recorder: LogRecorder) -> None:
    with recorder.subscribe() as following:
        stopping = threading.Timer(0.05, following.stop)
        stopping.start()
        start = monotonic()
        assert list(following) == []
        assert monotonic() - start < 10
        stopping.join()
