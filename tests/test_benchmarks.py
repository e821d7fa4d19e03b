"""Every benchmark runs at a tiny size and says what it measured; nothing here depends on how long anything takes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from math import isfinite
from pathlib import Path

import pytest

pytest.importorskip("benchmarks", reason="the benchmarks are not beside the tests")
pytest.importorskip("orjson", reason="the extra `bench` is not installed")

from benchmarks import __main__ as table
from benchmarks import command, floor, group_lesson, growth, national, postgres, report, world
from benchmarks.measure import Figure, amount, by_turns, percentile, ratio, read, sentence, written
from benchmarks.ours import CLOCK, envelopes_of, fill, log_in, sealed
from zroute_core.adapters.memory import MemoryEventStore
from zroute_core.histories import NATIONAL
from zroute_core.kernel.log import Encoded
from zroute_core.trajectories import Trajectories

TINY = {"writers": 50, "command": 2, "hashing": 2, "group_lesson": 1}
"""Of the scripts whose size is not a number of participants."""


@pytest.fixture(autouse=True)
def _short_histories(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "BEFORE", 30)
    monkeypatch.setattr(group_lesson, "BEFORE", 30)
    monkeypatch.setattr(growth, "SMALL", 1)
    monkeypatch.setattr(postgres, "IMPORTED", 1)
    monkeypatch.setattr(growth, "COMMANDS", 15)
    monkeypatch.setattr(national, "SAMPLE", 500)


@pytest.mark.parametrize(
    "script",
    [pytest.param(one, marks=pytest.mark.postgres) if one == "postgres" else one for one in table.SCRIPTS],
)
def test_a_script_measures_the_line_it_is_about(script: str) -> None:
    module = import_module(f"benchmarks.{script}")
    figures: Callable[[int, int], Sequence[Figure]] = module.figures
    found = figures(TINY.get(script, 1), 1)
    assert found
    (line,) = {one.line for one in found}
    assert str(module.__doc__).startswith(f"Line {line}:")
    assert all(isfinite(one.measured) for one in found)
    assert any(one.target is not None for one in found)


def test_the_scripts_stand_in_the_order_of_their_lines_in_the_table() -> None:
    lines = [int(str(import_module(f"benchmarks.{one}").__doc__).split(":")[0].split()[1]) for one in table.SCRIPTS]
    assert lines == sorted(lines)
    assert len(set(lines)) == len(lines)


def test_an_archive_is_measured_whole_and_its_log_is_kept_for_the_next_time(tmp_path: Path) -> None:
    found = national.figures(1, 1, tmp_path, encrypted=True)
    assert [one.line for one in found] == [7, 7, 7, 7, 8, 8]
    assert all(one.measured > 0 for one in found)
    assert [one.name for one in tmp_path.glob("*.db")] == ["1-encrypted.db"]
    again = growth.compare(tmp_path / "1-encrypted.db", 1, 1)
    assert [one.line for one in again] == [8, 8]


# ── the world ────────────────────────────────────────────────────────────────────────────────────────────────


def test_somebody_has_800_facts_and_only_the_size_of_the_group_is_remarked_on() -> None:
    here = world.World(world.GROUP + 1)
    log = MemoryEventStore()
    log.extend(list(here.envelopes()))
    door = Trajectories(log, world.CODEC, NATIONAL, CLOCK)
    for person in (here.participants()[0], here.participants()[9], here.participants()[15]):
        assert len(log.read_stream(person)) == 800
        assert {one.rule for one in door.audit.findings(person).findings} <= {"group-size"}


def test_every_correction_names_a_fact_of_the_same_history() -> None:
    known: dict[object, set[object]] = {}
    corrections = 0
    for one in world.World(31).envelopes():
        ids = known.setdefault(one.stream, set())
        fact = world.CODEC.decode(one.tag, one.schema_version, one.payload)
        if about := getattr(fact, "fact", None):
            assert about in ids
            corrections += 1
        ids.add(one.event_id)
    assert corrections >= 31 * 8


def test_a_world_is_the_same_every_time_and_its_histories_stand_apart_in_the_log() -> None:
    once, twice = (list(world.World(40, 30).envelopes()) for _ in range(2))
    assert once == twice
    assert len(once) == 40 * 30
    assert len({one.stream for one in once[:40]}) == 40


def test_an_encrypted_world_is_what_a_store_would_have_written() -> None:
    here = world.World(3, 25)
    below = MemoryEventStore()
    below.extend(list(envelopes_of(here, encrypted=True)))
    opened = [one.envelope.payload for one in sealed(below).read_all()]
    assert opened == [one.payload for one in here.envelopes()]
    assert not {one.envelope.payload for one in below.read_all()} & set(opened)


# ── the baselines do the same work ───────────────────────────────────────────────────────────────────────────


def test_the_floor_adds_up_what_the_library_adds_up() -> None:
    envelopes = list(world.World(4).envelopes())
    ours = floor.added_up((one.stream, Encoded(one.tag, one.schema_version, one.payload)) for one in envelopes)
    bare = floor.floor(floor.in_memory(envelopes))
    assert {one: (it.facts, it.missed, it.minutes) for one, it in bare.items()} == {
        one: (it.facts, it.missed, it.minutes) for one, it in ours.items()
    }
    assert all(it.facts == 800 and it.minutes["pvt"] == 6 * 120 for it in bare.values())


def test_the_stock_aggregate_holds_the_same_minutes_and_its_projection_a_row_for_each(tmp_path: Path) -> None:
    from benchmarks import stock

    here = world.World(3, 60)
    accounts = floor.floor(floor.in_memory(here.envelopes()))
    app = stock.stock_app(tmp_path / "stock.db")
    view = stock.minutes_view(tmp_path / "view.db")
    try:
        stock.fill(app, here)
        for person in here.participants():
            held = stock.participant_of(app, person)
            assert (held.version, held.minutes) == (60, accounts[person].minutes)
        assert stock.follow(app, stock.Minutes(view), 10**6) == 180
        with view.datastore.transaction(commit=False) as cursor:
            cursor.execute("SELECT sum(minutes) FROM minutes")
            assert cursor.fetchone()[0] == sum(sum(one.minutes.values()) for one in accounts.values())
            cursor.execute("PRAGMA synchronous")
            assert cursor.fetchone()[0] == 1
    finally:
        view.datastore.close()
        app.close()


def test_the_raw_table_gets_the_bytes_that_ours_wrote(tmp_path: Path) -> None:
    from benchmarks import raw

    fill(tmp_path / "ours.db", world.World(2, 20), encrypted=True)
    rows = raw.rows_of(tmp_path / "ours.db")
    raw.plain_table(tmp_path / "raw.db", rows)
    assert raw.rows_of(tmp_path / "raw.db") == rows
    assert len(rows) == 40
    with raw.connected(tmp_path / "raw.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_what_a_writer_wrote_is_read_back_through_the_store(tmp_path: Path) -> None:
    from benchmarks.ours import Writer

    here = world.World(3, 20)
    fill(tmp_path / "log.db", here, encrypted=True)
    writer = Writer(log_in(tmp_path / "log.db", encrypted=True), dict.fromkeys(here.participants(), 20))
    writer.one_fact(0)
    writer.ten_facts(1)
    writer.group_lesson(2)
    writer.close()
    log = log_in(tmp_path / "log.db", encrypted=True)
    assert [len(log.read_stream(one)) for one in here.participants()] == [22, 31, 21]
    log.close()


# ── figures, and the page ────────────────────────────────────────────────────────────────────────────────────


def test_turns_alternate_and_change_their_order() -> None:
    order: list[str] = []

    def turn(name: str) -> Callable[[], float]:
        return lambda: order.append(name) or 1.0  # type: ignore[func-returns-value]

    assert by_turns(3, {"a": turn("a"), "b": turn("b")}) == {"a": (1.0, 1.0, 1.0), "b": (1.0, 1.0, 1.0)}
    assert order == ["a", "b", "b", "a", "a", "b"]


def test_a_ratio_is_the_median_of_pairs_and_knows_whether_it_met_its_target() -> None:
    found = ratio(4, "as fast", [8.0, 30.0, 2.0], [2.0, 3.0, 1.0], target=4, at_least=True)
    assert (found.measured, found.lowest, found.highest, found.met) == (4.0, 2.0, 10.0, True)
    assert ratio(5, "of the floor", [3.0], [2.0], target=1.4).met is False
    assert amount(13, "cost", [1.0, 5.0, 2.0], "µs").met is None


def test_the_99th_percentile_leaves_out_one_in_a_hundred() -> None:
    assert percentile([*range(1, 100), 1000], 0.5) == 51
    assert percentile([1.0] * 99 + [7.0], 0.99) == 7.0
    assert percentile([1.0] * 199 + [7.0], 0.99) == 1.0


def test_a_figure_goes_from_one_process_to_another() -> None:
    figure = ratio(4, "as fast", [8.0], [2.0], target=4, at_least=True, detail="8 s, 2 s")
    assert read(written(figure)) == figure
    assert sentence(figure) == " 4  as fast: 4 x (4 to 4), target >= 4: met  [8 s, 2 s]"


def test_the_table_of_the_page_is_replaced_and_what_was_written_by_hand_stays(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text("# By hand\n\n<!-- bench: begin -->\nwhat stood there\n<!-- bench: end -->\n\nAlso by hand.\n")
    report.write(page, "bench", [ratio(4, "as fast", [8.0], [2.0], target=5, at_least=True)], 5)
    text = page.read_text()
    assert text.startswith("# By hand\n\n<!-- bench: begin -->\n- Made on ")
    assert "| 4 | as fast | 4× | 4 to 4 | ≥ 5× | not met |  |\n<!-- bench: end -->\n\nAlso by hand.\n" in text
    assert "what stood there" not in text
    with pytest.raises(ValueError, match="bench-national"):
        report.write(page, "bench-national", [], 5)


def test_the_page_of_the_project_can_be_written_by_both_runs(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text((Path(__file__).parent.parent / "docs" / "reference" / "performance.md").read_text())
    for made_by in ("bench", "bench-national"):
        report.write(page, made_by, [], 5)


def test_the_table_on_the_screen_has_a_line_for_each_figure_and_its_columns_stand_straight() -> None:
    figures = [ratio(4, "as fast", [8.0], [2.0], target=5, at_least=True), amount(13, "cost of one fact", [1.25], "µs")]
    head, first, second = report.table(figures).splitlines()
    assert head.split() == ["line", "what", "measured", "of", "all", "turns", "target", "values"]
    assert first == "4     as fast           4×        4 to 4        ≥ 5×    not met"
    assert second == "13    cost of one fact  1.25 µs   1.25 to 1.25"


def test_conditions_say_machine_versions_flags_and_turns() -> None:
    told = " ".join(report.conditions(5))
    assert "median of 5 alternating turns" in told
    assert f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}" in told
    assert all(f"{one} " in told for one in ("zroute_core", "eventsourcing", "msgspec", "SQLite"))
