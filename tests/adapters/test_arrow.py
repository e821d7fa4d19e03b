"""Answers of read models as Arrow tables."""

import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import attrs
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]
import pytest

import zroute_core
from zroute_core.adapters import arrow
from zroute_core.adapters.arrow import stored, tables, to_arrow
from zroute_core.adapters.codec import JsonCodec
from zroute_core.adapters.memory import MemoryEventStore
from zroute_core.adapters.sqlite_tables import SqliteReadModelStore
from zroute_core.domain.national import PILOT
from zroute_core.errors import InvalidChoice, InvalidInput
from zroute_core.histories import Histories
from zroute_core.kernel.tables import Kind
from zroute_core.pilots import EVALUATED_ON, PILOTS, PROGRAMMES, haarlem, record
from zroute_core.pilots.story import StoryClock
from zroute_core.projections import TABLES
from zroute_core.projections.folding import Folding
from zroute_core.projections.rebuilding import rebuild
from zroute_core.read_models.cohort import MeanChange
from zroute_core.read_models.diff import Point
from zroute_core.read_models.signals import Signals
from zroute_core.read_models.why import Question
from zroute_core.trajectories import Participant, Trajectories


@cache
def trajectories() -> Trajectories:
    """One of the six pilots."""
    clock = StoryClock()
    opened = zroute_core.open("memory:", programme=PROGRAMMES, clock=clock)
    record(opened, clock, PILOTS[:1])
    return opened


@cache
def somebody() -> UUID:
    return next(trajectories().participants()).id


ANSWERS: Mapping[str, Any] = {
    "progress": lambda t, one: t.progress(one, valid_on=EVALUATED_ON),
    "plan": lambda t, one: t.plan(one, valid_on=EVALUATED_ON),
    "timeline": lambda t, one: t.timeline(one, valid_on=EVALUATED_ON),
    "obligations": lambda t, one: t.obligations(one, valid_on=EVALUATED_ON),
    "hours": lambda t, one: t.hours(one, valid_on=EVALUATED_ON),
    "caseload": lambda t, _: t.caseload(valid_on=date(2021, 2, 1)),
    "signals": lambda t, _: t.signals(date(2020, 9, 1), date(2021, 7, 1)),
    "cohort": lambda t, _: t.cohort(valid_on=EVALUATED_ON),
    "findings": lambda t, one: t.audit.findings(one, valid_on=EVALUATED_ON),
    "findings of all": lambda t, _: t.audit.findings_of_all(valid_on=EVALUATED_ON),
    "what if": lambda t, _: t.audit.what_if({"pilot": PILOT, "haarlem": haarlem.PROGRAMME}, valid_on=EVALUATED_ON),
    "why": lambda t, one: t.audit.why(one, Question.COURSE_MINUTES, valid_on=EVALUATED_ON),
    "diff": lambda t, one: t.audit.diff(
        one, before=Point(valid_on=date(2020, 12, 1)), after=Point(valid_on=EVALUATED_ON)
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_every_read_model_comes_out_whole(name: str) -> None:
    """Each list is a table as long as the list, with typed columns; what is in no list stands in the answer's row."""
    answer = ANSWERS[name](trajectories(), somebody())
    found = tables(answer)
    lists = {
        field.name: value for field in attrs.fields(type(answer)) if type(value := getattr(answer, field.name)) is tuple
    }
    assert set(found) - {"answer"} == set(lists)
    assert {one: found[one].num_rows for one in lists} == {one: len(value) for one, value in lists.items()}
    alone = {field.name for field in attrs.fields(type(answer))} - set(lists)
    first = {column.partition(".")[0] for column in found["answer"].column_names} if "answer" in found else set()
    assert first == alone
    for table in found.values():
        table.validate(full=True)
        assert not any(pa.types.is_null(kind) for kind in table.schema.types)
        assert pl.DataFrame(table).height == table.num_rows


def test_a_mean_stays_exact() -> None:
    answer = trajectories().cohort(valid_on=EVALUATED_ON)
    table = to_arrow(answer, "means")
    row = table.to_pylist()[0]
    assert Fraction(row["change.numerator"], row["change.denominator"]) == answer.means[0].change
    assert (row["instrument"], row["municipality"], row["n"]) == (answer.means[0].instrument, None, answer.means[0].n)
    assert table.schema.field("change.numerator").type == pa.int64()
    nobody = to_arrow([MeanChange("zrm", "2017", None, None, 0, None, None, None)]).to_pylist()[0]
    assert (nobody["start.numerator"], nobody["start.denominator"]) == (None, None)


def test_counts_by_a_key_are_a_map() -> None:
    answer = trajectories().cohort(valid_on=EVALUATED_ON)
    (row,) = to_arrow(answer, "answer").to_pylist()
    assert dict(row["by_municipality"]) == answer.by_municipality
    assert dict(row["ended"]) == {reason.value: number for reason, number in answer.ended.items()}
    assert row["first"] == "T0"


def test_values_within_values_have_dotted_names() -> None:
    answer = trajectories().hours(somebody(), valid_on=EVALUATED_ON)
    (row,) = to_arrow(answer).to_pylist()
    assert row["totals.course.minutes"] == answer.municipalities[0].totals.course.minutes
    assert row["since"] == answer.municipalities[0].since


def test_a_list_that_is_empty_has_the_same_columns_as_a_full_one() -> None:
    full = trajectories().signals(date(2020, 9, 1), date(2021, 7, 1))
    empty = attrs.evolve(full, lines=())
    assert full.lines
    assert to_arrow(empty).schema == to_arrow(full).schema
    assert isinstance(full, Signals)


def test_a_history_and_the_participants_come_out_too() -> None:
    history = to_arrow(trajectories().history(somebody()))
    assert history.num_rows == len(trajectories().history(somebody()))
    assert history.to_pylist()[0]["envelope.actor.purpose"] == "made-up-pilot"
    people = to_arrow(trajectories().participants())
    assert people.num_rows == len(list(trajectories().participants()))
    assert people.column_names == ["id", "municipality", "opened_on"]
    assert to_arrow([], of=Participant).schema == people.schema


def test_a_stored_read_model_comes_out_with_its_types(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All tables of the pilot, in pages of two people, each row as the store gives it."""
    monkeypatch.setattr(arrow, "PAGE", 2)
    clock = StoryClock()
    log = MemoryEventStore(clock)
    written = Trajectories(log, JsonCodec(), PROGRAMMES, clock)
    record(written, clock, PILOTS[:1])
    folding = Folding(log, JsonCodec(), Histories(log, JsonCodec(), PROGRAMMES, clock).programme)
    views = SqliteReadModelStore(tmp_path / "views.db", TABLES)
    rebuild(folding, views)
    for table in TABLES:
        made = stored(views, table)
        folds = views.page(limit=1000, tables=[table.name]).folds
        rows = [(*row, fold.position) for fold in folds for row in fold.rows.get(table.name, ())]
        assert made.num_rows == len(rows) > 0
        assert made.column_names == [*(one.name for one in table.columns), "last_position"]
        assert [str(row[0]) for row in rows] == made["participant"].to_pylist()
        assert [row[-1] for row in rows] == made["last_position"].to_pylist()
        made.validate(full=True)
        for place, column in enumerate(table.columns):
            assert made.schema.field(column.name).nullable is column.nullable
            if column.kind in {Kind.DAY, Kind.INTEGER, Kind.MOMENT}:
                assert made[column.name].to_pylist() == [row[place] for row in rows]
    views.close()


class Colour(Enum):
    RED = "red"


@attrs.frozen
class Inner:
    share: Fraction
    colour: Colour | None


@attrs.frozen
class Everything:
    number: int | None
    text: str
    yes: bool
    raw: bytes
    day: date
    moment: datetime
    hour: time
    name: UUID
    exact: Decimal
    colours: frozenset[Colour]
    numbers: tuple[int | None, ...]
    inner: Inner | None
    by_day: Mapping[date, Inner]
    either: int | date | None


@attrs.frozen
class Nested:
    parts: tuple[Inner, ...]


@attrs.frozen
class Outer:
    nested: tuple[Nested, ...]


def test_each_kind_of_value_has_its_type() -> None:
    day, name = date(2021, 7, 1), UUID(int=7)
    moment = datetime(2021, 7, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    half = Inner(Fraction(1, 2), Colour.RED)
    full = Everything(
        1, "een", True, b"\0", day, moment, time(9, 30), name, Decimal("1.50"), frozenset(Colour), (1, None), half,
        {day: half}, day,
    )  # fmt: skip
    bare = attrs.evolve(full, number=None, colours=frozenset(), numbers=(), inner=None, by_day={}, either=5)
    table = to_arrow([full, bare])
    first, second = table.to_pylist()
    struct = {"share": {"numerator": 1, "denominator": 2}, "colour": "red"}
    assert first == {
        "number": 1,
        "text": "een",
        "yes": True,
        "raw": b"\0",
        "day": day,
        "moment": datetime(2021, 7, 1, 12, tzinfo=UTC),
        "hour": time(9, 30),
        "name": str(name),
        "exact": "1.50",
        "colours": ["red"],
        "numbers": [1, None],
        "inner.share.numerator": 1,
        "inner.share.denominator": 2,
        "inner.colour": "red",
        "by_day": [(day, struct)],
        "either": '"2021-07-01"',
    }
    assert (second["number"], second["inner.share.numerator"], second["by_day"], second["either"]) == (
        None, None, [], "5"
    )  # fmt: skip
    assert table.schema.field("day").type == pa.date32()
    assert table.schema.field("moment").type == pa.timestamp("us", "UTC")
    assert table.schema.field("colours").type == pa.list_(pa.string())
    assert to_arrow(Outer((Nested((half,)),))).to_pylist() == [{"parts": [struct]}]


def test_of_several_lists_one_is_named() -> None:
    answer = trajectories().plan(somebody(), valid_on=EVALUATED_ON)
    assert to_arrow(answer, "components").num_rows == len(answer.components)
    with pytest.raises(InvalidChoice, match="goals, components, agreements"):
        to_arrow(answer)
    with pytest.raises(InvalidChoice, match="must be one of"):
        to_arrow(answer, "weather")


@pytest.mark.parametrize("answer", [None, 5, "text", [], [1, 2], [Inner(Fraction(1), None), Nested(())]])
def test_what_is_no_answer_is_refused(answer: object) -> None:
    with pytest.raises(InvalidInput):
        to_arrow(answer)
    with pytest.raises(InvalidInput):
        tables(answer)


def test_a_number_that_no_column_can_hold_is_refused_and_not_quoted() -> None:
    with pytest.raises(InvalidInput, match="more than 64 bits") as caught:
        to_arrow([Inner(Fraction(2**70, 3), None)])
    assert caught.value.__context__ is None


def test_without_the_extra_it_can_be_imported_and_says_what_is_missing() -> None:
    script = """
import sys
sys.modules["pyarrow"] = None
from zroute_core.adapters.arrow import to_arrow
from zroute_core.errors import ConfigurationError
from zroute_core.trajectories import Participant
try:
    to_arrow([], of=Participant)
except ConfigurationError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "Arrow tables need pyarrow: pip install 'zroute_core[analytics]'\n"
