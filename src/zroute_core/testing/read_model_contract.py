"""What every store of read models promises. Yours passes when its test file is one fixture long:

class TestOurReadModels(ReadModelContract):
    @pytest.fixture
    def open_views(self, tmp_path):
        return lambda tables: OurReadModelStore(tmp_path / "views", tables)

`open_views` may be called more than once: all it opens are the same store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from uuid import UUID

import attrs
import pytest

from zroute_core.errors import ConfigurationError, OutOfOrder, SchemaMismatch, StoreClosed, StoreUnavailable
from zroute_core.kernel.ports import ReadModelStore
from zroute_core.kernel.tables import Column, Fold, Generation, Kind, Parked, Row, Table, digest

OpenViews = Callable[[Sequence[Table]], ReadModelStore]

VISITS = Table(
    "visits",
    1,
    "A table with a column of every kind.",
    ("number", "place"),
    (
        Column("number", Kind.INTEGER, "Which."),
        Column("place", Kind.TEXT, "Where."),
        Column("day", Kind.DAY, "On which day.", nullable=True),
        Column("at", Kind.MOMENT, "When.", nullable=True),
        Column("command", Kind.UUID, "Why.", nullable=True),
        Column("kept", Kind.BOOLEAN, "Whether.", nullable=True),
        Column("order", Kind.TEXT, "A word of SQL.", nullable=True),
    ),
)
NAMES = Table("names", 1, "A table with one row a participant.", (), (Column("name", Kind.TEXT, "Made up."),))
TABLES = (VISITS, NAMES)

ANNE, BO, CEM = (UUID(int=number << 100) for number in (1, 2, 3))


def visit(who: UUID, number: int = 1, place: str = "school") -> Row:
    """A row with a value in every column."""
    at = datetime(2024, 3, 1, 9, 30, 0, 1, tzinfo=UTC)
    return (
        who,
        number,
        place,
        date(2024, 2, 29),
        at,
        UUID(int=abs(number)),
        True,
        "é ض \"quoted\"; DROP TABLE 'x' -- %s",
    )


def empty_visit(who: UUID, number: int) -> Row:
    """A row with nothing where that is allowed."""
    return (who, number, "school", None, None, None, None, None)


def fold(who: UUID, version: int, position: int, *rows: Row, name: str | None = None) -> Fold:
    """A participant with these visits."""
    told = {"visits": tuple(rows), "names": ((who, name),) if name else ()}
    return Fold(who, version, position, {table: some for table, some in told.items() if some})


def parked(who: UUID, version: int, position: int, tries: int = 3) -> Fold:
    """A participant who could not be processed."""
    return Fold(who, version, position, {}, Parked("unknown-event-type", "UnknownEventType", tries, version))


def folds_of(store: ReadModelStore) -> dict[UUID, Fold]:
    """Everybody, page by page."""
    found: dict[UUID, Fold] = {}
    after = None
    while True:
        page = store.page(after=after, limit=2).folds
        assert [one.participant for one in page] == sorted(one.participant for one in page)
        assert len(page) <= 2
        if not page:
            return found
        found.update({one.participant: one for one in page})
        after = page[-1].participant


def built(store: ReadModelStore, *folds: Fold, position: int = 10) -> Generation:
    """A generation with these participants, which serves."""
    generation = store.begin(position)
    store.fill(generation.number, folds)
    store.serve(generation.number)
    return generation


class ReadModelContract:
    """Subclass it, and give the fixture `open_views`: a function from tables to a store that was empty before."""

    @pytest.fixture
    def store(self, open_views: OpenViews) -> Iterator[ReadModelStore]:
        store = open_views(TABLES)
        yield store
        store.close()

    def test_before_anything_was_built_nothing_serves(self, store: ReadModelStore) -> None:
        assert store.serving() is None
        with pytest.raises(SchemaMismatch):
            store.page()

    def test_what_is_written_reads_back_as_it_was(self, store: ReadModelStore) -> None:
        anne = fold(ANNE, 2, 7, visit(ANNE, 1), visit(ANNE, 2), empty_visit(ANNE, 3), name="Anne")
        built(store, anne)
        assert folds_of(store) == {ANNE: anne}
        assert digest(folds_of(store)[ANNE]) == digest(anne)

    def test_rows_come_in_the_order_of_their_keys(self, store: ReadModelStore) -> None:
        order = [(-1, "school"), (9, "Z"), (9, "z"), (9, "é"), (10, "b")]
        built(store, fold(ANNE, 1, 1, *(visit(ANNE, number, place) for number, place in order)))
        (found,) = store.page().folds
        assert [(row[1], row[2]) for row in found.rows["visits"]] == order

    def test_a_page_goes_on_after_a_participant_and_holds_the_tables_that_are_asked(
        self, store: ReadModelStore
    ) -> None:
        built(store, *(fold(who, 1, 1, visit(who), name="somebody") for who in (CEM, ANNE, BO)))
        assert [one.participant for one in store.page(limit=2).folds] == [ANNE, BO]
        assert [one.participant for one in store.page(after=BO, limit=2).folds] == [CEM]
        assert store.page(after=CEM).folds == ()
        assert [one.participant for one in store.page(limit=2**63).folds] == [ANNE, BO, CEM]
        assert store.page(limit=0).folds == store.page(limit=-1).folds == ()
        (found,) = store.page(after=BO, tables=["names"]).folds
        assert found.rows == {"names": ((CEM, "somebody"),)}

    def test_a_batch_replaces_all_rows_of_its_participants_and_of_nobody_else(self, store: ReadModelStore) -> None:
        bo = fold(BO, 1, 2, visit(BO), name="Bo")
        at = built(store, fold(ANNE, 1, 1, visit(ANNE, 1), visit(ANNE, 2), name="Anne"), bo)
        anne = fold(ANNE, 2, 11, visit(ANNE, 2, "home"), visit(ANNE, 3))
        after = store.write(at, 12, [anne])
        assert folds_of(store) == {ANNE: anne, BO: bo}
        assert store.serving() == after
        assert (after.number, after.position) == (at.number, 12)

    def test_a_batch_delivered_again_is_refused_and_leaves_everything_as_it_was(self, store: ReadModelStore) -> None:
        at, batch = built(store), [fold(ANNE, 1, 11, visit(ANNE))]
        after = store.write(at, 12, batch)
        before = folds_of(store)
        for _ in range(2):
            with pytest.raises(OutOfOrder):
                store.write(at, 12, batch)
        assert (folds_of(store), store.serving()) == (before, after)

    def test_a_batch_that_does_not_follow_is_refused_and_is_not_lost(self, store: ReadModelStore) -> None:
        at = built(store)
        eleven, twelve = [fold(ANNE, 1, 11, visit(ANNE))], [fold(BO, 1, 12, visit(BO))]
        ahead = attrs.evolve(at, position=11, revision=at.revision + 1)
        with pytest.raises(OutOfOrder):
            store.write(ahead, 12, twelve)
        with pytest.raises(OutOfOrder):
            store.write(at, 9, eleven)
        assert folds_of(store) == {}
        store.write(store.write(at, 11, eleven), 12, twelve)
        assert set(folds_of(store)) == {ANNE, BO}

    def test_participants_are_looked_at_again_without_moving_the_position(self, store: ReadModelStore) -> None:
        at = built(store, parked(ANNE, 1, 1))
        after = store.write(at, 10, [fold(ANNE, 1, 1, visit(ANNE))])
        assert after.position == 10
        assert not store.parked(at.number)
        with pytest.raises(OutOfOrder):  # somebody else wrote since `at` was read, although the position is the same
            store.write(at, 11, [])

    def test_an_error_while_the_rows_are_made_leaves_rows_and_position_as_they_were(
        self, store: ReadModelStore
    ) -> None:
        at = built(store, fold(ANNE, 1, 1, visit(ANNE)))
        before = folds_of(store)

        def breaking() -> Iterator[Fold]:
            for number in range(100):
                yield fold(UUID(int=number + 1), 1, 11, visit(UUID(int=number + 1)))
            yield fold(ANNE, 2, 12, visit(ANNE, 2))
            raise StoreUnavailable("the log does not answer")

        with pytest.raises(StoreUnavailable):
            store.write(at, 12, breaking())
        assert (folds_of(store), store.serving()) == (before, at)
        store.write(at, 12, [fold(ANNE, 2, 12, visit(ANNE, 2))])

    def test_who_is_parked_has_no_rows_and_says_why(self, store: ReadModelStore) -> None:
        at = built(store, fold(ANNE, 1, 1, visit(ANNE), name="Anne"), fold(BO, 1, 2, visit(BO)))
        store.write(at, 11, [parked(ANNE, 2, 11)])
        assert list(store.parked(at.number)) == [parked(ANNE, 2, 11)]
        assert folds_of(store)[ANNE] == parked(ANNE, 2, 11)
        assert folds_of(store)[BO].rows

    def test_a_generation_is_made_beside_the_one_that_serves(self, store: ReadModelStore) -> None:
        first = built(store, fold(ANNE, 1, 1, visit(ANNE)))
        second = store.begin(11)
        store.fill(second.number, [fold(ANNE, 2, 11, visit(ANNE, 2))])
        store.fill(second.number, [fold(BO, 1, 9, visit(BO))])
        assert store.serving() == first
        assert set(folds_of(store)) == {ANNE}
        first = store.write(first, 11, [fold(CEM, 1, 11, visit(CEM))])
        store.serve(second.number)
        assert store.serving() == second
        assert set(folds_of(store)) == {ANNE, BO}
        with pytest.raises(SchemaMismatch):
            store.write(first, 12, [])

    def test_one_that_stands_earlier_does_not_take_over_before_it_caught_up(self, store: ReadModelStore) -> None:
        built(store, position=10)
        second = store.begin(9)
        with pytest.raises(OutOfOrder):
            store.serve(second.number)
        assert store.write(second, 10, []).number == second.number
        store.serve(second.number)

    def test_one_that_stands_earlier_takes_over_where_the_log_went_back(self, store: ReadModelStore) -> None:
        built(store, fold(ANNE, 1, 10, visit(ANNE)), position=10)
        second = store.begin(9)
        store.fill(second.number, [fold(BO, 1, 9, visit(BO))])
        store.serve(second.number, earlier=True)
        assert store.serving() == second
        assert set(folds_of(store)) == {BO}

    def test_the_leaf_of_the_entry_it_stands_at_is_kept_with_the_position(self, store: ReadModelStore) -> None:
        first, later = "ab" * 32, "cd" * 32
        at = store.begin(10, leaf=first)
        store.serve(at.number)
        assert store.serving() == at
        assert at.leaf == first
        after = store.write(at, 11, [], leaf=later)
        assert store.serving() == after
        assert after.leaf == later
        with pytest.raises(OutOfOrder):
            store.write(at, 12, [], leaf=first)
        serving = store.serving()
        assert serving is not None
        assert serving.leaf == later

    def test_one_that_was_begun_and_left_is_dropped_by_the_next(self, store: ReadModelStore) -> None:
        serving, left = built(store, fold(ANNE, 1, 1, visit(ANNE))), store.begin(11)
        store.begin(11)
        for work in (
            lambda: store.fill(left.number, [fold(BO, 1, 1, visit(BO))]),
            lambda: store.serve(left.number),
            lambda: store.parked(left.number),
        ):
            with pytest.raises(SchemaMismatch):
                work()
        assert store.serving() == serving
        assert set(folds_of(store)) == {ANNE}

    def test_what_serves_is_not_filled(self, store: ReadModelStore) -> None:
        at = built(store)
        with pytest.raises(OutOfOrder):
            store.fill(at.number, [fold(ANNE, 1, 1, visit(ANNE))])
        assert folds_of(store) == {}

    def test_tables_of_another_version_are_told_apart_and_can_be_built_beside(self, open_views: OpenViews) -> None:
        old, new = open_views(TABLES), open_views([attrs.evolve(VISITS, version=2)])
        if old is not new:
            built(old, fold(ANNE, 1, 1, visit(ANNE)))
            known = new.serving()
            if known is not None:  # a store in memory is not opened twice
                with pytest.raises(SchemaMismatch):
                    new.page()
                with pytest.raises(SchemaMismatch):
                    new.write(known, 11, [])
                built(new, fold(BO, 1, 1, visit(BO)))
                assert set(folds_of(new)) == {BO}
                with pytest.raises(SchemaMismatch):
                    old.page()
        old.close()
        new.close()

    @pytest.mark.parametrize(
        "wrong",
        [
            [attrs.evolve(VISITS, name="visits; --")],
            [attrs.evolve(VISITS, name="Visits")],
            [attrs.evolve(VISITS, name="state")],
            [VISITS, VISITS],
            [attrs.evolve(VISITS, key=("nothing",))],
            [attrs.evolve(VISITS, key=("day",))],
            [attrs.evolve(NAMES, own=(Column('a" text', Kind.TEXT, "Wrong."),))],
            [attrs.evolve(NAMES, own=(Column("participant", Kind.TEXT, "Twice."),))],
            [attrs.evolve(NAMES, own=(Column("last_position", Kind.INTEGER, "Ours."),))],
        ],
    )
    def test_tables_that_do_not_fit_are_refused(self, open_views: OpenViews, wrong: list[Table]) -> None:
        with pytest.raises(ConfigurationError):
            open_views(wrong)

    def test_a_closed_store_says_so(self, open_views: OpenViews) -> None:
        store = open_views(TABLES)
        store.close()
        store.close()
        with pytest.raises(StoreClosed):
            store.serving()
        with pytest.raises(StoreClosed):
            store.begin(0)
