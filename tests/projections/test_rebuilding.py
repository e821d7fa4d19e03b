"""Tables are made anew beside those that serve, and a shadow finds where they are not what the log says."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import UUID, uuid5

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zroute_core.adapters.codec import JsonCodec
from zroute_core.adapters.memory import MemoryEventStore
from zroute_core.adapters.memory_tables import MemoryReadModelStore
from zroute_core.adapters.sqlite import SqliteEventStore
from zroute_core.adapters.sqlite_tables import SqliteReadModelStore
from zroute_core.domain.events import FactCorrected, FactRetracted
from zroute_core.domain.history import History
from zroute_core.domain.national import PILOT, WI2021
from zroute_core.domain.programme import Category
from zroute_core.errors import (
    ConfigurationError,
    InvalidNumber,
    OutOfOrder,
    RootMismatch,
    SchemaMismatch,
    SequenceGap,
    StoreBusy,
    StoreError,
    StoreUnavailable,
)
from zroute_core.histories import Histories
from zroute_core.kernel.log import Batch, Context, Envelope, event_id
from zroute_core.kernel.ports import ReadModelStore
from zroute_core.kernel.tables import Fold, Generation, Page
from zroute_core.projections import TABLES
from zroute_core.projections.folding import Folding
from zroute_core.projections.following import Follower
from zroute_core.projections.minutes import MINUTES
from zroute_core.projections.rebuilding import Shadow, rebuild, shadow
from zroute_core.projections.streams import read_tails
from zroute_core.read_models.hours import hours
from zroute_core.testing.samples import DAY
from zroute_core.testing.strategies import lawful_histories

from .scenes import (
    ANNE,
    BO,
    CEM,
    NEWER,
    PEOPLE,
    TEACHER,
    folding,
    folds,
    lesson,
    minutes,
    new_log,
    opened,
    poison,
    start,
    tell,
    views,
)

# ── rebuilt equals live ──────────────────────────────────────────────────────────────────────────────────────


def interleaved(log: MemoryEventStore, histories: Sequence[History], order: Sequence[int]) -> None:
    """Write these histories into one log, each as its own participant, in turns; a fact a command."""
    codec, left = JsonCodec(), {UUID(int=at << 100): list(one.entries) for at, one in enumerate(histories, start=1)}
    told: dict[UUID, dict[UUID, UUID]] = {who: {} for who in left}
    turns = iter(order)
    while any(left.values()):
        people = [who for who, entries in left.items() if entries]
        who = people[next(turns, 0) % len(people)]
        entry = left[who].pop(0)
        fact = entry.event
        if isinstance(fact, FactCorrected | FactRetracted):
            fact = attrs.evolve(fact, fact=told[who][fact.fact])
        version = len(told[who])
        command = uuid5(who, str(version))
        told[who][entry.event_id] = event_id(command, 0)
        log.append([Batch(who, version, (codec.encode(fact),))], Context(command, TEACHER))


@settings(max_examples=60)
@given(
    st.lists(lawful_histories(WI2021, max_size=12) | lawful_histories(PILOT, max_size=12), min_size=1, max_size=3),
    st.lists(st.integers(0, 2), max_size=60),
    st.integers(1, 9),
)
def test_live_rebuilt_and_shadow_are_the_same(histories: list[History], order: list[int], batch: int) -> None:
    log, live, rebuilt = new_log(), views(), views()
    rebuild(folding(log), live)
    interleaved(log, histories, order)
    Follower(folding(log), live, batch=batch).catch_up()
    rebuild(folding(log), rebuilt)
    assert folds(live) == folds(rebuilt)
    compared = shadow(folding(log), live)
    assert (compared.differences, compared.participants) == ((), len(histories))
    assert compared.digest == shadow(folding(log), rebuilt).digest
    assert not [one.participant for one in folds(live).values() if one.parked]


@settings(max_examples=60)
@given(lawful_histories(WI2021, max_size=25) | lawful_histories(PILOT, max_size=25))
def test_the_table_of_minutes_adds_up_to_the_hours_that_are_reported(history: History) -> None:
    log, store = new_log(), views()
    interleaved(log, [history], [])
    rebuild(folding(log), store)
    (person,) = folds(store).values()
    if history.trajectory.opened is None:
        assert not person.rows.get("minutes")
        return
    programme = Histories(log, JsonCodec(), (), start()).programme(history)
    last = max(one.fact.on for one in history.facts)
    for of in hours(history.facts, programme, last).municipalities:
        rows = [row for row in person.rows.get("minutes", ()) if row[3] == of.municipality]
        in_intake = sum(row[-1] for row in rows if row[5] and row[6] != Category.PARTICIPATION.value)
        course = sum(row[-1] for row in rows if not row[5] and row[6] == Category.COURSE.value)
        participation = sum(row[-1] for row in rows if row[6] == Category.PARTICIPATION.value)
        totals = of.totals
        assert (in_intake, course, participation) == (
            totals.intake_course.minutes,
            totals.course.minutes,
            totals.participation.minutes,
        )


def test_a_parked_participant_is_parked_by_a_rebuild_as_well() -> None:
    log, live, rebuilt = new_log(), views(), views()
    rebuild(folding(log), live)
    opened(log, ANNE, BO)
    tell(log, ANNE, lesson("1"))
    poison(log, ANNE)
    tell(log, BO, lesson("1"))
    Follower(folding(log), live, batch=1, pause=lambda _: None).catch_up()
    rebuild(folding(log), rebuilt)
    assert folds(live) == folds(rebuilt)
    assert shadow(folding(log), live).differences == ()


# ── beside what serves ───────────────────────────────────────────────────────────────────────────────────────


def test_what_serves_goes_on_until_the_new_tables_take_its_place_and_never_goes_back() -> None:
    log, store = new_log(), views()
    opened(log, ANNE)
    first = rebuild(folding(log), store)
    follower = Follower(folding(log), store)

    class Meanwhile(Folding):
        """While it folds, the log grows and what serves follows it."""

        grown = False

        def fold_all(self, *given: Any) -> Iterator[Fold]:
            if not Meanwhile.grown:
                Meanwhile.grown = True
                tell(log, ANNE, lesson("1"))
                assert follower.catch_up() == 3
                assert minutes(store) == {ANNE: 60}
            return super().fold_all(*given)

    made = Meanwhile(log, JsonCodec(), Histories(log, JsonCodec(), (), start()).programme)
    second = rebuild(made, store)
    assert (second.number, second.position) == (first.number + 1, 3)
    assert minutes(store) == {ANNE: 60}
    tell(log, ANNE, lesson("2"))
    assert follower.catch_up() == 4  # the follower of the old tables goes on with the new ones
    assert minutes(store) == {ANNE: 120}


class Dying(MemoryEventStore):
    """Stops answering after some histories."""

    answers = 2

    def read_stream(self, stream: UUID, *, after: int = 0) -> Sequence[Envelope]:
        self.answers -= 1
        if self.answers < 0:
            raise StoreUnavailable("the store does not answer")
        return super().read_stream(stream, after=after)


def test_a_rebuild_that_breaks_off_leaves_what_serves_as_it_was() -> None:
    log, store = Dying(start()), views()
    log.answers = 1_000
    opened(log, *PEOPLE)
    rebuild(folding(log), store)
    before, serving = folds(store), store.serving()
    log.answers = 2
    with pytest.raises(StoreUnavailable):
        rebuild(folding(log), store)
    assert (folds(store), store.serving()) == (before, serving)
    log.answers = 1_000
    rebuild(folding(log), store)
    assert folds(store) == before


def test_a_reader_of_the_file_sees_all_tables_change_at_once(tmp_path: Path) -> None:
    log, path = new_log(), tmp_path / "views.db"
    store = SqliteReadModelStore(path, TABLES)
    people = [UUID(int=number << 90) for number in range(1, 40)]
    opened(log, *people)
    rebuild(folding(log), store)
    wrong: list[object] = []
    looked, stop = Event(), Event()

    def read() -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            while not stop.is_set():
                connection.execute("BEGIN")
                (position,) = connection.execute("SELECT position FROM state").fetchone()
                (entries,) = connection.execute("SELECT count(*) FROM entries").fetchone()
                (counted,) = connection.execute("SELECT sum(entries) FROM participants").fetchone()
                (last,) = connection.execute("SELECT max(last_position) FROM entries").fetchone()
                connection.execute("COMMIT")
                looked.set()
                if not position == entries == counted == last:
                    wrong.append((position, entries, counted, last))

    def looked_once_more() -> bool:
        looked.clear()
        return looked.wait(60)

    reader = Thread(target=read)
    reader.start()
    try:
        for number in range(10):
            assert looked_once_more()
            tell(log, people[number], lesson(str(number)))
            rebuild(folding(log), store)
            tell(log, people[number], lesson(f"{number} again"))
            Follower(folding(log), store).catch_up()
        assert looked_once_more()
    finally:
        stop.set()
        reader.join()
    assert wrong == []
    with closing(sqlite3.connect(path)) as connection:
        kept = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE name GLOB 'minutes__*'")]
    assert kept == ["minutes__11"]
    store.close()


# ── a log that is not the one the tables were made from ──────────────────────────────────────────────────────


class Plain:
    """The log, and nothing but the port."""

    def __init__(self, log: MemoryEventStore) -> None:
        self.append, self.read_all, self.read_stream, self.close = (
            log.append,
            log.read_all,
            log.read_stream,
            log.close,
        )


def restored(*lessons: int) -> MemoryEventStore:
    """The log of three people as a backup has it, six entries, with these lessons of Anne told since."""
    log = new_log()
    opened(log, *PEOPLE)
    for number, some in enumerate(lessons):
        tell(log, ANNE, lesson(f"{number}", some))
    return log


@pytest.mark.parametrize("now", [(), (60,), (60, 31), (60, 31, 32)], ids=["empty", "shorter", "as long", "longer"])
def test_a_log_that_went_back_is_told_and_only_tables_made_anew_follow_it(now: tuple[int, ...]) -> None:
    before, after, store = restored(60, 30), restored(*now), views()
    rebuild(folding(before), store)
    follower = Follower(folding(after), store)
    for follow in (
        follower.catch_up,
        follower.replay_parked,
        lambda: follower.wait_for(1),
        lambda: follower.run(Event()),
    ):
        with pytest.raises(RootMismatch, match="not the one"):
            follow()
    assert minutes(store) == {ANNE: 90}

    made = folding(after)
    assert rebuild(made, store).position == 6 + len(now)
    assert minutes(store) == ({ANNE: sum(now)} if now else {})
    tell(after, BO, lesson("1", 15))
    assert follower.catch_up() == 7 + len(now)
    assert minutes(store)[BO] == 15
    assert shadow(made, store).differences == ()


def test_tables_that_were_kept_serve_again_when_the_right_log_is_back() -> None:
    log, store = restored(60, 30), views()
    rebuild(folding(log), store)
    with pytest.raises(RootMismatch):
        Follower(folding(restored(60)), store).catch_up()
    tell(log, BO, lesson("1", 15))
    assert Follower(folding(log), store).catch_up() == 9
    assert minutes(store) == {ANNE: 90, BO: 15}


class Changeable(MemoryEventStore):
    """A log that is put back to what a backup had, while others have it open."""

    def becomes(self, other: MemoryEventStore) -> None:
        self.__dict__.update(other.__dict__)


def test_what_was_in_memory_of_another_log_is_in_no_row() -> None:
    log, store = Changeable(start()), views()
    log.becomes(restored(60, 30))
    made = folding(log)
    follower = Follower(made, store)
    rebuild(made, store)
    tell(log, ANNE, lesson("2", 10))
    follower.catch_up()  # the four lessons and openings of Anne are in its memory
    assert minutes(store) == {ANNE: 100}
    log.becomes(restored(60, 31))
    rebuild(folding(log), store)  # by another process
    tell(log, ANNE, lesson("2", 11))
    follower.catch_up()
    assert minutes(store) == {ANNE: 60 + 31 + 11}


class Fails(MemoryReadModelStore):
    """Does not write the next batch."""

    fails = False

    def write(self, *given: Any, **named: Any) -> Generation:
        if self.fails:
            list(given[2])
            self.fails = False
            raise StoreUnavailable("the store does not answer")
        return super().write(*given, **named)


def test_what_was_folded_and_not_written_is_in_no_row_of_a_log_that_went_back() -> None:
    log, store = Changeable(start()), Fails(TABLES)
    log.becomes(restored(60))
    rebuild(folding(log), store)
    follower = Follower(folding(log), store)
    tell(log, ANNE, lesson("1", 30))
    store.fails = True
    with pytest.raises(StoreUnavailable):
        follower.catch_up()
    log.becomes(restored(60))
    tell(log, ANNE, lesson("1", 31))
    tell(log, ANNE, lesson("2", 1))
    follower.catch_up()
    assert minutes(store) == {ANNE: 60 + 31 + 1}


def test_who_is_tried_again_is_read_again() -> None:
    log, store = Changeable(start()), views()
    log.becomes(restored(60))
    rebuild(folding(log), store)
    mended = Follower(folding(log, JsonCodec(NEWER)), store)
    tell(log, ANNE, lesson("1", 30))
    mended.catch_up()
    log.becomes(restored(60, 31))
    poison(log, ANNE)
    rebuild(folding(log), store)  # by another process, which parks her
    assert [one.participant for one in store.parked(2)] == [ANNE]
    mended.replay_parked()
    assert minutes(store) == {ANNE: 60 + 31 + 45}


def test_a_log_that_changes_while_it_is_read_makes_no_tables_that_serve() -> None:
    log, store = Changeable(start()), views()
    log.becomes(restored(60, 30))
    before = rebuild(folding(log), store)

    class Meanwhile(Folding):
        def fold_all(self, *given: Any) -> Iterator[Fold]:
            log.becomes(restored(60, 31, 32))
            return super().fold_all(*given)

    with pytest.raises(RootMismatch):
        rebuild(Meanwhile(log, JsonCodec(), Histories(log, JsonCodec(), (), start()).programme), store)
    assert store.serving() == before


def test_a_log_without_a_proof_that_went_back_is_told_as_well() -> None:
    before, after, store = Plain(restored(60, 30)), Plain(restored(60, 31)), views()
    rebuild(folding(before), store)
    with pytest.raises(RootMismatch):
        Follower(folding(after), store).catch_up()
    assert Follower(folding(before), store).catch_up() == 8
    assert rebuild(folding(Plain(restored())), store).position == 6


def test_who_cannot_catch_up_with_what_serves_gives_up_in_time() -> None:
    class Ahead(MemoryReadModelStore):
        """What serves is always a step further."""

        def serve(self, generation: int, **named: Any) -> None:
            raise OutOfOrder("these read models stand before those that serve")

    log = restored(60)
    store = Ahead(TABLES)
    with pytest.raises(StoreBusy):
        rebuild(folding(log), store, patience=0)


# ── in many processes ────────────────────────────────────────────────────────────────────────────────────────


def open_both(folder: Path) -> tuple[Folding, ReadModelStore]:
    log = SqliteEventStore(folder / "log.db", start())
    return folding(log), SqliteReadModelStore(folder / "views.db", TABLES)


def ends_at_once(folder: Path) -> tuple[Folding, ReadModelStore]:
    os._exit(3)


def does_not_open(folder: Path) -> tuple[Folding, ReadModelStore]:
    raise StoreUnavailable("the store does not answer")


@pytest.fixture
def some_people(tmp_path: Path) -> Path:
    """A folder with a log of 41 people, one of whom cannot be processed, and no tables."""
    log = SqliteEventStore(tmp_path / "log.db", start())
    people = [uuid5(ANNE, str(number)) for number in range(40)]
    opened(log, *people, BO)
    for number, who in enumerate(people):
        tell(log, who, lesson("1", number + 1))
    poison(log, BO)
    log.close()
    return tmp_path


def test_two_processes_make_the_tables_that_one_makes(some_people: Path) -> None:
    made, store = open_both(some_people)
    at_once = views()
    rebuild(made, at_once)
    heard: list[tuple[str, int, int]] = []
    opens = partial(open_both, some_people)
    done = rebuild(made, store, workers=2, opens=opens, progress=lambda *told: heard.append(told))
    assert done.position == 41 * 2 + 40 + 1
    assert folds(store) == folds(at_once)
    assert sum(minutes(store).values()) == 40 * 41 // 2
    assert shadow(made, store).digest == shadow(made, at_once).digest
    assert [done for _, done, _ in heard] == sorted({done for _, done, _ in heard})
    assert len(heard) > 1
    assert heard[-1] == ("folding", 41, 41)
    store.close()
    made.log.close()


def test_whoever_waits_hears_how_far_it_is(some_people: Path) -> None:
    made, _ = open_both(some_people)
    store, heard = views(), list[tuple[str, int, int]]()
    rebuild(made, store, progress=lambda *told: heard.append(told))
    assert heard == [("folding", 16, 41), ("folding", 32, 41), ("folding", 41, 41)]
    heard.clear()
    shadow(made, store, progress=lambda *told: heard.append(told))
    assert heard == [("comparing", 16, 41), ("comparing", 32, 41), ("comparing", 41, 41)]
    made.log.close()


@pytest.mark.parametrize(("opens", "error"), [(ends_at_once, StoreError), (does_not_open, StoreUnavailable)])
def test_a_process_that_ends_before_it_is_done_leaves_what_serves(
    some_people: Path, opens: Callable[[Path], tuple[Folding, ReadModelStore]], error: type[StoreError]
) -> None:
    made, store = open_both(some_people)
    rebuild(made, store)
    before, serving = folds(store), store.serving()
    with pytest.raises(error):
        rebuild(made, store, workers=2, opens=partial(opens, some_people))
    assert (folds(store), store.serving()) == (before, serving)
    store.close()
    made.log.close()


def test_processes_need_a_way_to_open_the_stores() -> None:
    made, store = folding(new_log()), views()
    for opens in (None, lambda: (made, store)):
        with pytest.raises(ConfigurationError):
            rebuild(made, store, workers=2, opens=opens)
    with pytest.raises(InvalidNumber):
        rebuild(made, store, workers=0)


# ── the shadow ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("sql", "who", "tables"),
    [
        ("UPDATE minutes__1 SET minutes = 61 WHERE participant = '{1}'", BO, ("minutes",)),
        ("DELETE FROM minutes__1 WHERE participant = '{0}'", ANNE, ("minutes",)),
        ("UPDATE folds__1 SET version = 2 WHERE participant = '{2}'", CEM, ()),
        ("UPDATE participants__1 SET guide = 'x' WHERE participant = '{2}'", CEM, ("participants",)),
        ("UPDATE folds__1 SET code = 'x', error = 'y', tries = 1 WHERE participant = '{0}'", ANNE, ()),
    ],
)
def test_a_row_that_was_changed_is_found(tmp_path: Path, sql: str, who: UUID, tables: tuple[str, ...]) -> None:
    log, store = new_log(), SqliteReadModelStore(tmp_path / "views.db", TABLES)
    opened(log, *PEOPLE)
    for one in PEOPLE:
        tell(log, one, lesson("1"))
    rebuild(folding(log), store)
    whole = shadow(folding(log), store)
    assert whole.differences == ()
    with closing(sqlite3.connect(tmp_path / "views.db")) as connection:
        connection.execute(sql.format(*PEOPLE))
        connection.commit()
    found = shadow(folding(log), store)
    assert [(one.participant, one.tables) for one in found.differences] == [(who, tables)]
    assert found.digest != whole.digest
    rebuild(folding(log), store)
    assert shadow(folding(log), store) == whole
    store.close()


def test_somebody_who_is_missing_and_somebody_who_should_not_be_there_are_found() -> None:
    log, other, store = new_log(), new_log(), views()
    opened(log, ANNE, CEM)
    opened(other, ANNE, BO)
    rebuild(folding(other), store)
    found = shadow(folding(log), store).differences
    assert [(one.participant, one.stored is None, one.folded is None) for one in found] == [
        (BO, False, True),
        (CEM, True, False),
    ]
    assert len(shadow(folding(log), store, most=1).differences) == 1


def test_the_shadow_looks_at_the_log_as_it_was_where_the_tables_stand() -> None:
    log, store = new_log(), views()
    opened(log, *PEOPLE)
    rebuild(folding(log), store)
    for one in PEOPLE:
        tell(log, one, lesson("1"))
    found = shadow(folding(log), store)
    assert (found.differences, found.position) == ((), 6)


@pytest.mark.parametrize("look", [rebuild, shadow])
def test_a_payload_that_was_changed_behind_the_log_is_seen_by_the_process_that_read_it_before(
    tmp_path: Path, look: Callable[[Folding, ReadModelStore], object]
) -> None:
    made, store = open_both(tmp_path)
    opened(made.log, ANNE, BO)
    rebuild(made, store)
    tell(made.log, ANNE, lesson("1", 90))
    Follower(made, store).catch_up()
    with closing(sqlite3.connect(tmp_path / "log.db")) as connection:
        connection.execute("DROP TRIGGER events_never_change")
        connection.execute("UPDATE events SET payload = CAST(replace(payload, '90', '99') AS BLOB) WHERE position = 5")
        connection.commit()
    found = look(made, store)
    if isinstance(found, Shadow):
        assert [one.participant for one in found.differences] == [ANNE]
    else:
        assert [one.parked and one.parked.code for one in store.parked(2)] == ["leaf-mismatch"]
    store.close()
    made.log.close()


@pytest.mark.parametrize("look", [rebuild, shadow])
def test_nobody_is_left_out_because_the_log_forgot_a_stream(
    tmp_path: Path, look: Callable[[Folding, ReadModelStore], object]
) -> None:
    made, store = open_both(tmp_path)
    opened(made.log, *PEOPLE)
    rebuild(made, store)
    with closing(sqlite3.connect(tmp_path / "log.db")) as connection:
        connection.execute("DROP TRIGGER streams_never_go")
        connection.execute("DELETE FROM streams WHERE stream = ?", (BO.bytes,))
        connection.commit()
    before = folds(store)
    with pytest.raises(SequenceGap):
        look(made, store)
    assert folds(store) == before
    store.close()
    made.log.close()


def test_the_shadow_says_when_there_is_nothing_to_compare() -> None:
    log, store = new_log(), views()
    with pytest.raises(SchemaMismatch):
        shadow(folding(log), store)
    rebuild(folding(log), store)
    with pytest.raises(SchemaMismatch):
        shadow(folding(log, projections=[MINUTES]), store)


def test_a_log_that_does_not_know_its_streams_is_read_for_them() -> None:
    log = new_log()
    opened(log, *PEOPLE)
    tell(log, ANNE, FactCorrected(DAY, log.read_stream(ANNE)[1].event_id, lesson("1"), "Another fact."))
    for until in range(9):
        assert sorted(read_tails(Plain(log), until)) == sorted(read_tails(log, until))


def test_an_earlier_entry_is_folded_as_it_was_although_later_ones_are_in_memory() -> None:
    log = new_log()
    opened(log, ANNE)
    tell(log, ANNE, lesson("1"), lesson("2"))
    made = folding(log)
    later = made.fold(ANNE, 4, 4)
    assert made.fold(ANNE, 3, 3) == folding(log).fold(ANNE, 3, 3)
    assert made.fold(ANNE, 4, 4) == later


def test_the_shadow_goes_on_while_the_tables_follow_the_log() -> None:
    class Followed(MemoryReadModelStore):
        """Before each page somebody who comes after it learns something more, and the tables follow."""

        pages = 0

        def page(self, *, after: UUID | None = None, limit: int = 100, tables: Sequence[str] | None = None) -> Page:
            Followed.pages += 1
            tell(log, people[-1], lesson(str(Followed.pages)))
            follower.catch_up()
            return super().page(after=after, limit=limit, tables=tables)

    log, people = new_log(), [UUID(int=number << 90) for number in range(1, 50)]
    opened(log, *people)
    store = Followed(TABLES)
    follower = Follower(folding(log), store)
    rebuild(folding(log), store)
    found = shadow(folding(log), store)
    assert Followed.pages == 4
    assert (found.differences, found.participants, found.position) == ((), 49, 102)
