"""A follower keeps tables at the end of a log, whatever stands in it and whatever a store does."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from threading import Barrier, Event, Thread
from typing import Any
from uuid import UUID

import attrs
import pytest

from zroute_core.adapters import sqlite_tables
from zroute_core.adapters.codec import JsonCodec
from zroute_core.adapters.memory import MemoryEventStore
from zroute_core.adapters.sealing import MemoryKeyRing, SealedEventStore
from zroute_core.adapters.sqlite import SqliteEventStore
from zroute_core.adapters.sqlite_tables import SqliteReadModelStore
from zroute_core.domain.events import Fact, FactCorrected
from zroute_core.errors import (
    KeyNotFound,
    LeafMismatch,
    ProjectionBehind,
    SchemaMismatch,
    SequenceGap,
    StoreClosed,
    StoreError,
    StoreUnavailable,
)
from zroute_core.kernel.log import Encoded, Envelope, Logged
from zroute_core.kernel.ports import Key, ReadModelStore, Signal
from zroute_core.projections import PROJECTIONS, TABLES
from zroute_core.projections.following import Follower
from zroute_core.projections.minutes import MINUTES
from zroute_core.projections.on_record import OnRecord, Projection
from zroute_core.projections.rebuilding import rebuild, shadow
from zroute_core.testing.samples import DAY

from .scenes import (
    ANNE,
    BO,
    CEM,
    NEWER,
    PEOPLE,
    folding,
    folds,
    lesson,
    minutes,
    new_log,
    opened,
    poison,
    rows,
    start,
    tell,
    views,
    write,
)


class Counting(JsonCodec):
    """Counts how often each tag is read."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    def decode(self, tag: str, schema_version: int, payload: bytes) -> Fact:
        self.read.append(tag)
        return super().decode(tag, schema_version, payload)


def following(log: MemoryEventStore, store: ReadModelStore, **options: Any) -> Follower:
    """A follower of tables that were built when the log was empty."""
    made = folding(log)
    if store.serving() is None:
        rebuild(folding(new_log()), store)
    return Follower(made, store, pause=lambda _: None, **options)


# ── one bad fact ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("batch", [1, 2, 1_000])
def test_a_fact_that_cannot_be_read_parks_one_participant_and_all_others_are_right(batch: int) -> None:
    log, store, codec, waited = new_log(), views(), Counting(), list[float]()
    rebuild(folding(log), store)
    opened(log, *PEOPLE)
    tell(log, ANNE, lesson("1", 60))
    tell(log, BO, lesson("1", 90))
    poison(log, BO)
    tell(log, CEM, lesson("1", 30))
    tell(log, BO, lesson("2", 120))
    follower = Follower(folding(log, codec), store, batch=batch, pause=waited.append)

    assert follower.catch_up() == 11
    assert minutes(store) == {ANNE: 60, CEM: 30}
    assert codec.read.count("lesson-of-tomorrow") == 3
    assert waited == [0.05, 0.1]
    (parked,) = store.parked(1)
    assert parked.parked is not None
    assert (parked.participant, parked.version, parked.position) == (BO, 5, 11)
    assert attrs.astuple(parked.parked) == ("unknown-event-type", "UnknownEventType", 3, 4)


def test_after_the_fix_the_parked_participant_is_right_and_equals_a_rebuild() -> None:
    log, store = new_log(), views()
    rebuild(folding(log), store)
    opened(log, ANNE, BO)
    poison(log, BO)
    follower = following(log, store)
    follower.catch_up()
    tell(log, BO, lesson("2", 120))
    follower.catch_up()
    assert minutes(store) == {}
    (still,) = follower.replay_parked()
    assert still.parked is not None
    assert still.parked.tries == 4

    fixed = folding(log, JsonCodec(NEWER))
    mended = Follower(fixed, store)
    assert mended.replay_parked() == ()
    assert minutes(store) == {BO: 45 + 120}
    assert not store.parked(1)
    live = folds(store)
    rebuild(fixed, store)
    assert folds(store) == live
    assert shadow(fixed, store).differences == ()


def test_an_error_of_a_table_parks_the_participant_and_says_nothing_of_what_it_read() -> None:
    def fails(told: OnRecord) -> Sequence[tuple[Any, ...]]:
        if len(told.entries) > 2:
            raise ZeroDivisionError("Anne de Vries, 123456782")
        return ()

    projections = (*PROJECTIONS, Projection(attrs.evolve(MINUTES.table, name="broken"), fails))
    log, store = new_log(), views(projections)
    opened(log, ANNE, BO)
    tell(log, ANNE, lesson("1"))
    rebuild(folding(log, projections=projections), store)
    assert set(minutes(store)) == set()
    (parked,) = store.parked(1)
    assert "Anne" not in repr(parked)
    assert parked.parked is not None
    assert attrs.astuple(parked.parked) == ("zroute-error", "ZeroDivisionError", 3, None)
    assert set(folds(store)[BO].rows) == {"participants", "entries"}


@pytest.mark.parametrize("bad", ["text\0", "\ud800", 2**63, True, None, 1.5])
def test_a_value_that_no_store_can_hold_parks_its_participant_only(bad: object) -> None:
    table = attrs.evolve(MINUTES.table, name="broken")

    def of_anne(told: OnRecord) -> Sequence[tuple[Any, ...]]:
        (row,) = MINUTES.rows(told)
        text, number = (bad, 1) if isinstance(bad, str) else ("school", bad)
        return [(*row[:-2], text, number)] if len(told.entries) == 4 else [row]

    projections = (Projection(table, of_anne),)
    log, store = new_log(), views(projections)
    opened(log, ANNE, BO)
    tell(log, ANNE, lesson("1"))
    write(log, ANNE, JsonCodec().encode(FactCorrected(DAY, log.read_stream(ANNE)[2].event_id, lesson("1"), "checked")))
    tell(log, BO, lesson("1"))
    rebuild(folding(log, projections=projections), store)
    assert [one.participant for one in store.parked(1)] == [ANNE]
    assert [row[0] for row in rows(store, "broken")] == [BO]


def test_an_entry_that_was_changed_behind_the_log_parks_its_participant_and_the_others_go_on(tmp_path: Path) -> None:
    log, store = SqliteEventStore(tmp_path / "log.db", start()), views()
    rebuild(folding(log), store)
    opened(log, *PEOPLE)
    for who, some in zip(PEOPLE, (60, 90, 30), strict=True):
        tell(log, who, lesson("1", some))
    with closing(sqlite3.connect(tmp_path / "log.db")) as connection:
        connection.execute("DROP TRIGGER events_never_change")
        connection.execute("UPDATE events SET payload = CAST(replace(payload, '90', '99') AS BLOB) WHERE position = 8")
        connection.commit()
    with pytest.raises(LeafMismatch):
        log.read_all()
    assert Follower(folding(log), store, pause=lambda _: None).catch_up() == 9
    assert minutes(store) == {ANNE: 60, CEM: 30}
    (parked,) = store.parked(1)
    assert parked.parked is not None
    assert (parked.participant, parked.parked.code) == (BO, "leaf-mismatch")
    log.close()


class Lossy(MemoryKeyRing):
    """Loses keys, and finds them again."""

    def __init__(self) -> None:
        super().__init__()
        self.lost: set[str] = set()

    def key(self, key_id: str) -> Key:
        if key_id in self.lost:
            raise KeyNotFound("the key ring does not know the key of this payload")
        return super().key(key_id)


@pytest.mark.parametrize("batch", [1, 2, 1_000])
def test_a_key_that_is_gone_parks_its_participant_and_the_others_go_on(batch: int) -> None:
    below, keys, store = new_log(), Lossy(), views()
    writer = SealedEventStore(below, keys)
    rebuild(folding(writer), store)
    opened(writer, *PEOPLE)
    for who, some in zip((*PEOPLE, ANNE, BO), (60, 90, 30, 6, 9), strict=True):
        tell(writer, who, lesson(f"{some}", some))
    keys.lost.add(keys.key_of(BO).id)
    log = SealedEventStore(below, keys)
    follower = Follower(folding(log), store, batch=batch, pause=lambda _: None)

    assert follower.catch_up() == 11
    assert minutes(store) == {ANNE: 66, CEM: 30}
    (parked,) = store.parked(1)
    assert parked.parked is not None
    assert (parked.participant, parked.version, parked.position) == (BO, 4, 11)
    assert attrs.astuple(parked.parked) == ("key-not-found", "KeyNotFound", 3, None)
    assert shadow(folding(log), store).differences == ()
    rebuild(folding(log), store)
    assert minutes(store) == {ANNE: 66, CEM: 30}
    keys.lost.clear()
    assert follower.replay_parked() == ()
    assert minutes(store) == {ANNE: 66, BO: 99, CEM: 30}


def test_an_entry_of_which_the_log_cannot_say_whose_it_is_stops_everybody_at_it(tmp_path: Path) -> None:
    log, store = SqliteEventStore(tmp_path / "log.db", start()), views()
    rebuild(folding(log), store)
    opened(log, *PEOPLE)
    for who in (BO, ANNE):
        tell(log, who, lesson("1"))
    with closing(sqlite3.connect(tmp_path / "log.db")) as connection:
        connection.execute("DROP TRIGGER events_never_change")
        connection.execute("UPDATE events SET stream = ? WHERE position = 7", (UUID(int=7).bytes,))
        connection.commit()
    with pytest.raises(SequenceGap) as stopped:
        Follower(folding(log), store).catch_up()
    assert stopped.value.__context__ is None
    at = store.serving()
    assert at is not None
    assert at.position == 6
    assert set(folds(store)) == set(PEOPLE)
    with pytest.raises(SequenceGap):
        rebuild(folding(log), store)
    log.close()


# ── once, in order, from anywhere ────────────────────────────────────────────────────────────────────────────


def story(log: MemoryEventStore) -> None:
    """Three people, 13 entries, a correction among them."""
    opened(log, *PEOPLE)
    for number, who in enumerate((ANNE, BO, ANNE, CEM, BO, ANNE)):
        tell(log, who, lesson(f"{number}", 10 + number))
    first = log.read_stream(ANNE)[2].event_id
    tell(log, ANNE, FactCorrected(DAY, first, lesson("0", 100), "It was longer."))


EXPECTED = {ANNE: 100 + 12 + 15, BO: 11 + 14, CEM: 13}


@pytest.mark.parametrize("batch", range(1, 15))
def test_a_restart_at_every_batch_boundary_gives_what_one_go_gives(batch: int) -> None:
    log, store, at_once = new_log(), views(), views()
    story(log)
    rebuild(folding(log), at_once)
    moved = True
    while moved:
        follower = following(log, store, batch=batch)  # a new process knows nothing of the one before
        before = store.serving()
        assert before is not None
        moved = follower.step(before) is not None
    assert folds(store) == folds(at_once)
    assert minutes(store) == EXPECTED


def test_a_correction_is_folded_for_its_participant_only() -> None:
    folded: list[int] = []

    def counted(told: OnRecord) -> Any:
        folded.append(len(told.entries))
        return MINUTES.rows(told)

    projections = (attrs.evolve(MINUTES, rows=counted),)
    log, store = new_log(), views(projections)
    story(log)
    rebuild(folding(log, projections=projections), store)
    before, follower = folds(store), Follower(folding(log, projections=projections), store)
    folded.clear()
    third = log.read_stream(ANNE)[3].event_id
    tell(log, ANNE, FactCorrected(DAY, third, lesson("2", 1), "It was shorter."))
    follower.catch_up()
    assert folded == [7]
    after = folds(store)
    assert (after[BO], after[CEM]) == (before[BO], before[CEM])
    assert after[ANNE].position == 14
    assert minutes(store) == {**EXPECTED, ANNE: 100 + 1 + 15}


def test_rows_stand_where_the_position_says_although_the_log_goes_on() -> None:
    log, store = new_log(), views()
    follower = following(log, store, batch=3)
    opened(log, ANNE)
    tell(log, ANNE, lesson("1", 60))
    tell(log, ANNE, lesson("2", 60))
    at = store.serving()
    assert at is not None
    follower.step(at)
    assert minutes(store) == {ANNE: 60}
    assert folds(store)[ANNE].position == 3


def test_two_followers_at_once_do_no_harm() -> None:
    log, store = new_log(), views()
    story(log)
    both = [following(log, store, batch=1) for _ in range(2)]
    gate = Barrier(2)

    def follow(one: Follower) -> None:
        gate.wait()
        one.catch_up()

    threads = [Thread(target=follow, args=(one,)) for one in both]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    at = store.serving()
    assert at is not None
    assert at.position == 13
    assert minutes(store) == EXPECTED


class Gap(MemoryEventStore):
    """Hands out a log in which position 3 is missing."""

    missing = 3

    def read_all(self, *, after: int = 0, limit: int = 1000) -> Sequence[Logged]:
        return [one for one in super().read_all(after=after, limit=limit) if one.position != self.missing]


def test_a_position_that_is_missing_is_never_passed_over() -> None:
    log, store = Gap(start()), views()
    follower = following(log, store)
    opened(log, ANNE, BO)
    with pytest.raises(SequenceGap):
        follower.catch_up()
    at = store.serving()
    assert at is not None
    assert at.position == 0


# ── a store that fails ───────────────────────────────────────────────────────────────────────────────────────


class Breaking(sqlite3.Connection):
    """Breaks at a commit, before or after it is done."""

    after = False
    armed = False

    def execute(self, sql: str, *given: Any) -> sqlite3.Cursor:
        if sql == "COMMIT" and Breaking.armed:
            Breaking.armed = False
            if Breaking.after:
                super().execute(sql)
            raise sqlite3.OperationalError("disk I/O error")
        return super().execute(sql, *given)


@pytest.mark.parametrize("after", [False, True])
def test_a_commit_that_breaks_leaves_rows_and_position_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    def connected(path: Path, mode: str) -> sqlite3.Connection:
        return sqlite3.connect(path, isolation_level=None, check_same_thread=False, factory=Breaking)

    monkeypatch.setattr(sqlite_tables, "connected", connected)
    log, store = new_log(), SqliteReadModelStore(tmp_path / "views.db", TABLES)
    follower = following(log, store, batch=4)
    story(log)
    for _ in range(4):
        at = store.serving()
        assert at is not None
        Breaking.after, Breaking.armed = after, True
        with pytest.raises(StoreError):
            follower.step(at)
        stands = store.serving()
        assert stands is not None
        assert stands.position == (min(13, at.position + 4) if after else at.position)
        assert shadow(folding(log), store).differences == ()  # the rows are those of the position, whichever it is
        if not after:
            follower.step(stands)
    assert minutes(store) == EXPECTED
    store.close()


class Unsteady(MemoryEventStore):
    """Does not answer as often as it is told."""

    failures = 0
    whole_log_answers = False

    def _fail(self) -> None:
        if self.failures:
            self.failures -= 1
            raise StoreUnavailable("the store does not answer")

    def read_all(self, *, after: int = 0, limit: int = 1000) -> Sequence[Logged]:
        if not self.whole_log_answers:
            self._fail()
        return super().read_all(after=after, limit=limit)

    def read_stream(self, stream: UUID, *, after: int = 0) -> Sequence[Envelope]:
        self._fail()
        return super().read_stream(stream, after=after)


class Patience:
    """Notes how long it is waited, and stops after some waits that are no failure."""

    def __init__(self, done: Callable[[], bool]) -> None:
        self.waits: list[float] = []
        self.done = done

    def is_set(self) -> bool:
        return self.done()

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout or 0)
        return False


def test_a_log_that_does_not_answer_is_waited_for_longer_and_longer_and_then_followed() -> None:
    log, store = Unsteady(start()), views()
    follower = following(log, store, poll_seconds=7)
    story(log)
    log.failures = 11
    stop = Patience(lambda: 7 in stop.waits)
    follower.run(stop)
    assert stop.waits == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30, 7]
    assert minutes(store) == EXPECTED
    assert follower.trouble is None
    tell(log, ANNE, lesson("late"))
    log.failures = 1
    with pytest.raises(StoreUnavailable):
        follower.catch_up()
    assert not store.parked(1)


def test_a_log_that_fails_while_somebody_is_folded_parks_nobody() -> None:
    log, store = Unsteady(start()), views()
    opened(log, ANNE, BO)
    following(log, store).catch_up()
    tell(log, ANNE, lesson("1"))
    tell(log, BO, lesson("1"))
    follower = following(log, store)  # which has to read their histories from their beginning
    log.failures, log.whole_log_answers = 1, True
    with pytest.raises(StoreUnavailable):
        follower.catch_up()
    assert minutes(store) == {}
    assert follower.catch_up() == 6
    assert not store.parked(1)
    assert minutes(store) == {ANNE: 60, BO: 60}


def test_what_does_not_mend_itself_ends_the_follower_and_is_told() -> None:
    log, store = new_log(), views()
    follower = following(log, store, poll_seconds=0.01)
    follower.start()
    log.close()
    thread = follower._thread  # pyright: ignore[reportPrivateUsage]
    assert thread is not None
    thread.join(10)
    with pytest.raises(StoreClosed):
        follower.stop()


class Faulty:
    """A signal with a mistake in it."""

    def wait(self, after: int, seconds: float) -> None:
        raise RuntimeError("a mistake")


@pytest.mark.parametrize(("log", "signal", "error"), [(Gap, None, SequenceGap), (new_log, Faulty(), RuntimeError)])
def test_whatever_ends_the_thread_is_raised_by_stop(
    log: Callable[[], MemoryEventStore], signal: Signal | None, error: type[Exception]
) -> None:
    followed, store = log(), views()
    opened(followed, *PEOPLE)
    follower = following(followed, store, signal=signal)
    follower.start()
    thread = follower._thread  # pyright: ignore[reportPrivateUsage]
    assert thread is not None
    thread.join(10)
    with pytest.raises(error):
        follower.stop()
    follower.stop()


def test_a_follower_whose_thread_came_to_an_end_can_be_started_again() -> None:
    log, store = Gap(start()), views()
    follower = following(log, store, poll_seconds=0.01)
    opened(log, ANNE, BO)
    follower.start()
    thread = follower._thread  # pyright: ignore[reportPrivateUsage]
    assert thread is not None
    thread.join(10)
    assert isinstance(follower.trouble, SequenceGap)
    log.missing = 0
    follower.start()
    follower.wait_for(4)
    follower.stop()
    assert follower.trouble is None


# ── waiting for it ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("signalled", [True, False])
def test_what_was_written_can_be_read_after_waiting_for_its_position(signalled: bool) -> None:
    log, store = new_log(), views()
    seconds = 60 if signalled else 0.01  # with a signal nobody waits for the poll
    follower = following(log, store, signal=log if signalled else None, poll_seconds=seconds)
    follower.start()
    follower.start()
    for position in range(2, 30, 3):
        opened(log, UUID(int=position))
        tell(log, UUID(int=position), lesson("1", position))
        follower.wait_for(position + 1)
        assert minutes(store)[UUID(int=position)] == position
    log_end = Thread(target=follower.stop)
    log_end.start()
    opened(log, ANNE)  # wakes a follower that waits for a signal
    log_end.join()


def test_who_waits_too_long_is_told_that_the_tables_are_behind() -> None:
    log, store = new_log(), views()
    follower = following(log, store)
    opened(log, ANNE)
    with pytest.raises(ProjectionBehind):
        follower.wait_for(2, timeout=0.02)
    follower.catch_up()
    follower.wait_for(2, timeout=0)


def test_a_new_start_tries_once_more_who_is_parked() -> None:
    log, store = new_log(), views()
    follower = following(log, store)
    opened(log, ANNE)
    poison(log, ANNE)
    follower.catch_up()
    stop = Event()
    mended = Follower(folding(log, JsonCodec(NEWER)), store, poll_seconds=0.01)
    running = Thread(target=mended.run, args=(stop,))
    running.start()
    mended.wait_for(3)
    tell(log, ANNE, lesson("2", 15))
    mended.wait_for(4)
    stop.set()
    running.join()
    assert minutes(store) == {ANNE: 60}


# ── what serves ──────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_followed_before_it_was_built_or_when_it_is_of_another_version() -> None:
    log, store = new_log(), views()
    with pytest.raises(SchemaMismatch):
        Follower(folding(log), store).catch_up()
    rebuild(folding(log), store)
    other = (attrs.evolve(MINUTES, table=attrs.evolve(MINUTES.table, version=2)),)
    with pytest.raises(SchemaMismatch):
        Follower(folding(log, projections=other), store).catch_up()


def test_a_payload_that_is_no_fact_is_nobody_elses_trouble() -> None:
    log, store = new_log(), views()
    follower = following(log, store)
    opened(log, ANNE, BO)
    write(log, BO, Encoded("lesson-attended", 1, b"\xff\x00"))
    write(log, BO, Encoded("lesson-attended", 1, b"[" * 100_000))
    tell(log, ANNE, lesson("1"))
    follower.catch_up()
    assert minutes(store) == {ANNE: 60}
    assert [one.parked and one.parked.code for one in store.parked(1)] == ["malformed-event"]
