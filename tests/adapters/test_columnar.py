"""The columns follow the log, and answer as the read models do."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid5

import attrs
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zroute_core.adapters import columnar, columnar_files
from zroute_core.adapters.codec import JsonCodec
from zroute_core.adapters.columnar_files import LOCK, MANIFEST
from zroute_core.adapters.columnar_questions import Minutes, Period
from zroute_core.adapters.columnar_rows import DETAILS, SCHEMA
from zroute_core.adapters.memory import MemoryEventStore
from zroute_core.adapters.sealing import MemoryKeyRing, SealedEventStore
from zroute_core.domain.events import (
    AssessmentRecorded,
    Fact,
    FactCorrected,
    FactRetracted,
    Happened,
    InternshipHoursLogged,
    InternshipStarted,
    LessonAttended,
    MovedToMunicipality,
    OwnJudgementGiven,
    PvtSessionAttended,
    TrajectoryEnded,
    TrajectoryOpened,
)
from zroute_core.domain.history import History
from zroute_core.domain.national import PILOT, WI2021
from zroute_core.domain.programme import Category, Programme
from zroute_core.domain.values import (
    INTERNSHIPS,
    LESSONS,
    Answer,
    Component,
    EndReason,
    Internship,
    Lesson,
    Modality,
    Moment,
    Regime,
    TargetGroup,
)
from zroute_core.errors import (
    ConfigurationError,
    InvalidChoice,
    InvalidDate,
    LeafMismatch,
    NotFound,
    RootMismatch,
    SequenceGap,
    StoreBusy,
    StoreError,
    UnknownEventType,
)
from zroute_core.histories import Histories, facts_on
from zroute_core.kernel.log import Actor, Batch, Context, Encoded, Envelope, Logged
from zroute_core.kernel.merkle import Frontier
from zroute_core.read_models.hours import hours
from zroute_core.testing.clock import TickingClock
from zroute_core.testing.drawn import FIRST, LAST
from zroute_core.testing.samples import FACT_SAMPLES
from zroute_core.testing.strategies import lawful_histories
from zroute_core.trajectories import Trajectories

ONE, TWO, THREE = (UUID(int=number) for number in (1, 2, 3))
CODEC = JsonCodec()
START = datetime(2021, 1, 1, tzinfo=UTC)
DAY = date(2020, 9, 1)


class Written:
    """A log, written fact by fact; the n-th at n seconds after its start."""

    def __init__(self) -> None:
        self.log = MemoryEventStore()
        self.versions: Counter[UUID] = Counter()
        self.ids: dict[tuple[UUID, int], UUID] = {}

    def add(self, stream: UUID, fact: Fact, encoded: Encoded | None = None) -> UUID:
        self.versions[stream] += 1
        number = self.log.head().size + 1
        name, told = uuid5(stream, str(number)), encoded or CODEC.encode(fact)
        self.log.extend(
            [
                Envelope(
                    stream=stream,
                    version=self.versions[stream],
                    event_id=name,
                    tag=told.tag,
                    schema_version=told.schema_version,
                    recorded_at=at(number),
                    actor=Actor("teacher-7", "z-route"),
                    command_id=name,
                    correlation_id=name,
                    causation_id=None,
                    key_id=told.key_id,
                    payload=told.payload,
                )
            ]
        )
        return name


def at(number: int) -> datetime:
    """When the n-th fact was recorded."""
    return START + timedelta(seconds=number)


def lesson(
    minutes: int, component: Component = Component.LANGUAGE, key: str = "les-1", in_intake: bool = False
) -> Lesson:
    return Lesson(key, component, minutes, "Nova College", Modality.IN_CLASS, in_intake=in_intake)


def opened(municipality: str = "0392", on: date = DAY) -> TrajectoryOpened:
    return TrajectoryOpened(on, municipality, TargetGroup.ASYLUM_STATUS_HOLDER, Regime.PILOT)


def small() -> Written:
    """Two people in two municipalities; one moves, one lesson is corrected and one retracted."""
    written = Written()
    written.add(ONE, opened("0392"))
    written.add(TWO, opened("0034"))
    first = written.add(ONE, LessonAttended(date(2020, 10, 1), lesson(120)))
    wrong = written.add(ONE, LessonAttended(date(2020, 10, 8), lesson(60, key="les-2")))
    written.add(ONE, MovedToMunicipality(date(2020, 11, 1), "0034"))
    written.add(ONE, LessonAttended(date(2020, 11, 5), lesson(45, Component.SOCIETY, "les-3")))
    written.add(TWO, LessonAttended(date(2021, 2, 1), lesson(30)))
    shorter = LessonAttended(date(2020, 10, 1), lesson(90))
    written.add(ONE, FactCorrected(date(2021, 3, 1), first, shorter, "the list says 90"))
    written.add(ONE, FactRetracted(date(2021, 3, 1), wrong, "it was another group"))
    return written


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The columns of the small log."""
    columnar.update(tmp_path / "columns", small().log, CODEC)
    return tmp_path / "columns"


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_minutes_stand_with_the_municipality_of_their_day_and_corrections_count(folder: Path) -> None:
    assert columnar.minutes_by(folder) == (
        Minutes("0034", Component.LANGUAGE, False, None, 30),
        Minutes("0034", Component.SOCIETY, False, None, 45),
        Minutes("0392", Component.LANGUAGE, False, None, 90),
    )


def test_minutes_by_month_and_by_year(folder: Path) -> None:
    by_month = [(one.period, one.minutes) for one in columnar.minutes_by(folder, period=Period.MONTH)]
    assert by_month == [(date(2021, 2, 1), 30), (date(2020, 11, 1), 45), (date(2020, 10, 1), 90)]
    by_year = [(one.municipality, one.period, one.minutes) for one in columnar.minutes_by(folder, period=Period.YEAR)]
    assert by_year == [("0034", date(2021, 1, 1), 30), ("0034", date(2020, 1, 1), 45), ("0392", date(2020, 1, 1), 90)]


def test_minutes_as_known_at_a_moment_and_as_valid_on_a_day(folder: Path) -> None:
    before = [one.minutes for one in columnar.minutes_by(folder, known_at=at(7))]
    assert before == [30, 45, 180], "nothing was corrected yet"
    assert [one.minutes for one in columnar.minutes_by(folder, known_at=at(8))] == [30, 45, 150]
    assert [one.minutes for one in columnar.minutes_by(folder, valid_on=date(2020, 10, 31))] == [90]
    assert columnar.minutes_by(folder, known_at=START) == ()


def test_hours_at_an_internship_take_their_component_from_its_start(tmp_path: Path) -> None:
    written = Written()
    written.add(ONE, opened())
    written.add(ONE, InternshipHoursLogged(date(2020, 10, 1), "int-1", "log-1", 60))
    written.add(
        ONE,
        InternshipStarted(
            date(2020, 10, 5), Internship("int-1", Component.LANGUAGE_INTERNSHIP, "laundry", "the municipality")
        ),
    )
    written.add(ONE, InternshipHoursLogged(date(2020, 10, 5), "int-1", "log-2", 30))
    written.add(ONE, InternshipHoursLogged(date(2020, 10, 6), "int-2", "log-3", 15))
    columnar.update(tmp_path, written.log, CODEC)
    assert [(one.component, one.minutes) for one in columnar.minutes_by(tmp_path)] == [
        (Component.LANGUAGE_INTERNSHIP, 30),
        (Component.WORK_INTERNSHIP, 75),
    ]


def measured(on: date, domain: str, moment: Moment, score: int) -> AssessmentRecorded:
    return AssessmentRecorded(on, "zrm", "2017", 1, 5, domain, score, moment)


def test_a_mean_change_is_exact_and_over_those_measured_twice(tmp_path: Path) -> None:
    """ONE goes from 1 and 2 to 3 and 3, TWO from 2 to 3 in one domain: (1.5 + 1) / 2."""
    written = Written()
    for stream in (ONE, TWO):
        written.add(stream, opened())
        written.add(stream, measured(DAY, "work", Moment.T0, 1 if stream == ONE else 2))
        written.add(stream, measured(LAST, "work", Moment.T2, 3))
    written.add(ONE, measured(DAY, "home", Moment.T0, 2))
    written.add(ONE, measured(LAST, "home", Moment.T2, 3))
    written.add(TWO, measured(DAY, "home", Moment.T0, 5))
    columnar.update(tmp_path, written.log, CODEC)
    answer = columnar.cohort(tmp_path)
    whole, *_ = answer.means
    assert (whole.municipality, whole.domain, whole.n) == (None, None, 2)
    assert (whole.start, whole.end, whole.change) == (Fraction(7, 4), Fraction(3), Fraction(5, 4))
    assert answer.participants == 2


def test_the_last_word_about_a_score_counts_by_its_day(tmp_path: Path) -> None:
    written = Written()
    written.add(ONE, opened())
    late = written.add(ONE, measured(date(2021, 6, 2), "work", Moment.T2, 4))
    written.add(ONE, measured(date(2021, 6, 1), "work", Moment.T2, 2))
    written.add(ONE, measured(DAY, "work", Moment.T0, 1))
    columnar.update(tmp_path, written.log, CODEC)
    assert columnar.cohort(tmp_path).means[0].end == 4
    written.add(
        ONE, FactCorrected(LAST, late, measured(date(2021, 6, 1), "work", Moment.T2, 3), "the day before, and 3")
    )
    columnar.update(tmp_path, written.log, CODEC)
    assert columnar.cohort(tmp_path).means[0].end == 2, "of one day the order of telling decides"


def test_of_two_openings_the_hours_take_the_first_and_the_cohort_the_last(tmp_path: Path) -> None:
    """No rule lets that happen, and what happened is answered all the same, as the read models do."""
    written = Written()
    written.add(ONE, opened("0034", on=date(2020, 9, 2)))
    written.add(ONE, opened("0392", on=date(2020, 9, 1)))
    written.add(ONE, LessonAttended(date(2020, 10, 1), lesson(30)))
    columnar.update(tmp_path, written.log, CODEC)
    trajectories = Trajectories(written.log, CODEC, (PILOT,), TickingClock())
    assert columnar.cohort(tmp_path) == trajectories.cohort()
    assert columnar.cohort(tmp_path).by_municipality == {"0034": 1}
    assert [one.municipality for one in columnar.minutes_by(tmp_path)] == ["0392"]
    assert [one.municipality for one in trajectories.hours(ONE, valid_on=LAST).municipalities] == ["0392"]


def test_questions_of_your_own_see_the_facts_in_force(folder: Path) -> None:
    days = columnar.in_force(folder).filter(pl.col("minutes").is_not_null()).select("on", "minutes", "told", "version")
    assert sorted(days.collect().rows()) == [
        (date(2020, 10, 1), 90, 2, 6),
        (date(2020, 11, 5), 45, 5, 5),
        (date(2021, 2, 1), 30, 2, 2),
    ]


def component_minutes(histories: Histories, known_at: datetime | None, valid_on: date | None) -> Counter[Any]:
    """The same sums by the read model of hours: under a programme in which one component counts and no other."""
    found: Counter[Any] = Counter()
    for _, history in histories.everybody(known_at):
        for component in Component:
            only: Programme = attrs.evolve(PILOT, counts_as={component: Category.COURSE})
            try:
                answer = hours(facts_on(history, valid_on), only, LAST)
            except NotFound:
                continue
            for one in answer.municipalities:
                found[one.municipality, component, True] += one.totals.intake_course.minutes
                found[one.municipality, component, False] += one.totals.course.minutes
    return +found


Spoken = FactCorrected | FactRetracted


def interleaved(histories: Sequence[History], draw: st.DataObject) -> Iterator[tuple[UUID, int, Fact]]:
    """The entries of several histories, each in its order, mixed as they might be recorded."""
    waiting = {UUID(int=number): list(enumerate(one.entries)) for number, one in enumerate(histories, start=1)}
    while waiting:
        stream = draw.draw(st.sampled_from(sorted(waiting)))
        number, entry = waiting[stream].pop(0)
        yield stream, number, entry.event
        if not waiting[stream]:
            del waiting[stream]


@contextmanager
def few_rows() -> Iterator[Path]:
    """A folder whose files hold a few rows, so that there are many of them."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(columnar_files, "FILE_ROWS", 16)
        patch.setattr(columnar_files, "GROUP_ROWS", 4)
        yield Path(name) / "columns"


def check_answers(folder: Path, log: MemoryEventStore, moment: datetime, day: date) -> None:
    """Whatever is asked, as known at any moment and as valid on any day, the read models answer the same."""
    assert columnar.check(folder, log, CODEC) == ()
    trajectories = Trajectories(log, CODEC, (PILOT, WI2021), TickingClock())
    histories = Histories(log, CODEC, (PILOT, WI2021), TickingClock())
    for known_at in (None, moment):
        for valid_on in (None, day):
            asked: dict[str, Any] = {"known_at": known_at, "valid_on": valid_on}
            assert columnar.cohort(folder, **asked) == trajectories.cohort(**asked)
            lines = columnar.minutes_by(folder, **asked)
            found = {(one.municipality, one.component, one.in_intake): one.minutes for one in lines}
            assert found == component_minutes(histories, known_at, valid_on)
            split: Counter[Any] = Counter()
            for one in columnar.minutes_by(folder, period=Period.MONTH, **asked):
                split[one.municipality, one.component, one.in_intake] += one.minutes
            assert split == found
    assert columnar.cohort(folder, first=Moment.T1, last=Moment.T1) == trajectories.cohort(
        first=Moment.T1, last=Moment.T1
    )


@given(st.lists(st.one_of(lawful_histories(), lawful_histories(WI2021)), min_size=1, max_size=4), st.data())
@settings(max_examples=10)
def test_of_lawful_histories_the_columns_answer_as_the_read_models_do(some: list[History], data: st.DataObject) -> None:
    """With late facts, corrections and moves among them, and brought up to date now and then."""
    written, ids = Written(), dict[tuple[UUID, UUID], UUID]()
    with few_rows() as folder:
        for stream, number, told in interleaved(some, data):
            fact = attrs.evolve(told, fact=ids[stream, told.fact]) if isinstance(told, Spoken) else told
            ids[stream, some[stream.int - 1].entries[number].event_id] = written.add(stream, fact)
            if data.draw(st.integers(0, 9)) == 0:
                columnar.update(folder, written.log, CODEC)
        columnar.update(folder, written.log, CODEC)
        known_at = at(data.draw(st.integers(0, written.log.head().size)))
        check_answers(folder, written.log, known_at, data.draw(st.dates(FIRST, LAST)))


def anything(chance: Random) -> Happened:
    """A fact on one of few days and about few things, so that they meet; no rule looks at it."""
    day = FIRST + timedelta(days=chance.choice([0, 1, 2, 40]))
    code, key, number = chance.choice(["0392", "0034", "0344"]), chance.choice("ab"), chance.randint(1, 5)
    moment, answer = chance.choice(list(Moment)), partial(chance.choice, list(Answer))
    placement = chance.choice(sorted(INTERNSHIPS, key=str))
    some: list[Happened] = [
        opened(code, day),
        MovedToMunicipality(day, code),
        LessonAttended(day, lesson(number, chance.choice(sorted(LESSONS, key=str)), key, chance.random() < 0.3)),
        PvtSessionAttended(day, key, number),
        InternshipHoursLogged(day, key, "log-1", number),
        InternshipStarted(day, Internship(key, placement, "laundry", "Agros")),
        measured(day, chance.choice(["work", "home"]), moment, number),
        measured(day, chance.choice(["work", "home"]), moment, number),
        OwnJudgementGiven(day, moment, answer(), answer(), answer()),
        TrajectoryEnded(day, chance.choice(list(EndReason))),
    ]
    return chance.choice(some)


@pytest.mark.parametrize("seed", range(16))
def test_of_whatever_was_recorded_the_columns_answer_as_the_read_models_do(seed: int) -> None:
    """Facts in any order, most histories with an opening first, and corrections of anything that was said before."""
    chance, written, told = Random(seed), Written(), dict[UUID, list[UUID]]()
    with few_rows() as folder:
        for _ in range(chance.randint(20, 60)):
            stream = chance.choice([ONE, TWO, THREE])
            before = told.setdefault(stream, [])
            form = anything(chance) if before or chance.random() < 0.2 else opened(on=FIRST)
            fact: Fact = form
            if before and chance.random() < 0.3:
                about = chance.choice([*before, uuid5(ONE, "nothing")])
                retracted, corrected = (
                    FactRetracted(LAST, about, "not so"),
                    FactCorrected(LAST, about, form, "otherwise"),
                )
                fact = retracted if chance.random() < 0.4 else corrected
            before.append(written.add(stream, fact))
            if chance.random() < 0.1:
                columnar.update(folder, written.log, CODEC)
        columnar.update(folder, written.log, CODEC)
        size = written.log.head().size
        check_answers(folder, written.log, at(chance.randint(1, size)), FIRST + timedelta(days=chance.choice([0, 1])))


# ── following the log ────────────────────────────────────────────────────────────────────────────────────────


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def test_the_folder_holds_a_manifest_and_the_files_it_names(folder: Path) -> None:
    assert names(folder) == [
        "being-updated",
        "corrections-000000000009.parquet",
        "facts-000000000001-000000000009.parquet",
        "manifest.json",
    ]
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["position"], manifest["root"]) == (9, small().log.head().root().hex())
    facts, corrections = columnar.files(folder)
    assert [one.name for one in facts] == ["facts-000000000001-000000000009.parquet"]
    assert corrections == folder / "corrections-000000000009.parquet"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {one.stat().st_mode & 0o077 for one in folder.iterdir() if one.suffix} == {0}


def test_what_stands_in_a_row() -> None:
    """Each sample of the catalogue: texts that people typed are in none of them."""
    written = Written()
    written.add(ONE, opened())
    for fact in FACT_SAMPLES.values():
        written.add(ONE, fact)
    with tempfile.TemporaryDirectory() as name:
        columnar.update(Path(name), written.log, CODEC)
        rows = pl.read_parquet(Path(name) / "facts-*.parquet")
    assert rows.schema == SCHEMA
    assert set(rows["tag"]) == {tag.tag.partition("/")[0] for tag in FACT_SAMPLES}
    said = {str(value) for name in DETAILS for value in rows[name].drop_nulls()}
    for typed in ("Nova College", "ill", "childcare", "laundry", "coach", "too late"):
        assert typed not in said


def test_small_files_are_merged_and_large_ones_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columnar_files, "FILE_ROWS", 8)
    written = Written()
    written.add(ONE, opened())
    stretches: list[list[int]] = []
    for number in range(20):
        written.add(ONE, LessonAttended(DAY, lesson(30, key=f"les-{number}")))
        manifest = columnar.update(tmp_path, written.log, CODEC)
        stretches.append([one.rows for one in manifest.files])
    assert stretches[:7] == [[2], [2, 1], [4], [4, 1], [4, 2], [4, 2, 1], [8]]
    assert stretches[-1] == [8, 8, 4, 1]
    assert columnar.check(tmp_path, written.log, CODEC) == ()
    assert columnar.minutes_by(tmp_path)[0].minutes == 600


def test_brought_up_to_date_again_nothing_changes(folder: Path) -> None:
    before = {one.name: one.read_bytes() for one in folder.iterdir()}
    heard: list[tuple[str, int, int]] = []
    columnar.update(folder, small().log, CODEC, progress=lambda *told: heard.append(told))
    assert {one.name: one.read_bytes() for one in folder.iterdir()} == before
    assert heard == []


def test_whoever_waits_hears_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columnar_files, "FILE_ROWS", 4)
    heard: list[tuple[str, int, int]] = []
    columnar.update(tmp_path, small().log, CODEC, progress=lambda *told: heard.append(told))
    assert heard == [("writing columns", done, 9) for done in (4, 8, 9)]


def test_files_of_the_manifest_before_stay_for_whoever_reads_them_and_go_the_next_time(tmp_path: Path) -> None:
    written = Written()
    written.add(ONE, opened())
    columnar.update(tmp_path, written.log, CODEC)
    written.add(ONE, LessonAttended(DAY, lesson(30)))
    columnar.update(tmp_path, written.log, CODEC)
    assert [one for one in names(tmp_path) if "facts" in one] == [
        "facts-000000000001-000000000001.parquet",
        "facts-000000000001-000000000002.parquet",
    ]
    columnar.update(tmp_path, written.log, CODEC)
    assert [one for one in names(tmp_path) if "facts" in one] == ["facts-000000000001-000000000002.parquet"]


@pytest.mark.parametrize("writes", range(1, 8))
def test_after_a_crash_the_older_columns_answer_and_the_next_time_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    """The disk fails at the n-th file. Whatever stands there then is the columns up to some position."""
    monkeypatch.setattr(columnar_files, "FILE_ROWS", 4)
    written, whole = small(), columnar_files._put
    done = 0

    def failing(path: Path, write: Any) -> None:
        nonlocal done
        done += 1
        if done == writes:
            write(path.with_name(f"{path.name}.abc.part"))
            raise KeyboardInterrupt
        whole(path, write)

    with monkeypatch.context() as broken:
        broken.setattr(columnar_files, "_put", failing)
        with pytest.raises(KeyboardInterrupt):
            columnar.update(tmp_path, written.log, CODEC)
    if writes > 1:
        assert columnar.check(tmp_path, written.log, CODEC) == ()
        position = json.loads((tmp_path / "manifest.json").read_text())["position"]
        assert columnar.minutes_by(tmp_path) == columnar.minutes_by(tmp_path, known_at=at(position))
    columnar.update(tmp_path, written.log, CODEC)
    assert columnar.check(tmp_path, written.log, CODEC) == ()
    assert [one.minutes for one in columnar.minutes_by(tmp_path)] == [30, 45, 90]
    assert not [one for one in names(tmp_path) if one.endswith(".part")]


def test_one_at_a_time_brings_a_folder_up_to_date(folder: Path) -> None:
    with columnar_files._alone(folder), pytest.raises(StoreBusy):
        columnar.update(folder, small().log, CODEC)
    columnar.update(folder, small().log, CODEC)


def test_they_stand_in_a_folder_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "facts-about-cats.csv").touch()
    with pytest.raises(ConfigurationError, match="other things"):
        columnar.update(tmp_path, small().log, CODEC)
    assert [one.name for one in tmp_path.iterdir()] == ["facts-about-cats.csv"]


def test_what_others_put_beside_them_stays(folder: Path) -> None:
    others = {"facts-about-cats.csv", "film.mkv.part", "corrections-of-my-thesis.doc", ".zroute.jsonl.abc.part"}
    for name in (*others, "facts-000000000001-000000000002.parquet", "manifest.json.ab1_.part"):
        (folder / name).touch()
    columnar.update(folder, small().log, CODEC)
    assert {one.name for one in folder.iterdir()} - {MANIFEST, LOCK} == others | columnar_files.manifest_of(
        folder
    ).names


@pytest.mark.parametrize("kind", ["facts", "corrections"])
def test_a_changed_file_does_not_go_into_another_one(folder: Path, kind: str) -> None:
    """The new file would have a hash that fits, and vouch for it."""
    written = small()
    for number in range(9):
        wrong = written.add(TWO, LessonAttended(date(2021, 4, 1), lesson(30, key=f"april-{number}")))
    written.add(TWO, FactRetracted(date(2021, 4, 2), wrong, "not there"))
    (changed,) = folder.glob(f"{kind}-*")
    pl.read_parquet(changed).with_columns(pl.lit(9, pl.Int64).alias("position")).write_parquet(changed)
    with pytest.raises(StoreError, match="throw the folder away"):
        columnar.update(folder, written.log, CODEC)


def test_an_entry_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    written = small()
    written.add(TWO, opened(), Encoded("never-heard-of", 1, b"{}"))
    with pytest.raises(UnknownEventType) as refused:
        columnar.update(tmp_path, written.log, CODEC)
    assert (refused.value.participant, refused.value.version) == (TWO, 3)


def test_columns_of_another_log_are_not_added_to(folder: Path) -> None:
    before = {one.name: one.read_bytes() for one in folder.iterdir()}
    other, shorter = Written(), Written()
    for number in range(12):
        other.add(ONE, opened() if number == 0 else LessonAttended(DAY, lesson(30, key=str(number))))
    shorter.add(ONE, opened())
    for log in (other.log, shorter.log):
        with pytest.raises(RootMismatch):
            columnar.update(folder, log, CODEC)
    assert {one.name: one.read_bytes() for one in folder.iterdir()} == before


class Bent(MemoryEventStore):
    """A store that shows one of its entries otherwise."""

    def __init__(self, position: int, **fields: Any) -> None:
        super().__init__()
        self.extend([one.envelope for one in small().log.read_all()])
        self._position, self._fields = position, fields

    def read_all(self, *, after: int = 0, limit: int = 1000) -> Sequence[Logged]:
        page = super().read_all(after=after, limit=limit)
        if not self._fields:
            return [one for one in page if one.position != self._position]
        return [
            attrs.evolve(one, envelope=attrs.evolve(one.envelope, **self._fields))
            if one.position == self._position
            else one
            for one in page
        ]


def test_a_log_that_is_not_what_it_was_makes_no_columns(tmp_path: Path) -> None:
    other = CODEC.encode(LessonAttended(DAY, lesson(240))).payload
    with pytest.raises(LeafMismatch):
        columnar.update(tmp_path / "changed", Bent(3, payload=other), CODEC)
    with pytest.raises(SequenceGap):
        columnar.update(tmp_path / "gap", Bent(3), CODEC)
    with pytest.raises(SequenceGap, match="without its beginning"):
        columnar.update(tmp_path / "orphan", Orphan(), CODEC)


class Orphan(MemoryEventStore):
    """A store that lets a history begin with its second entry."""

    def __init__(self) -> None:
        super().__init__()
        written = small()
        (second,) = written.log.read_stream(ONE)[1:2]
        self._shown, self._tree = Logged(1, second), Frontier().followed_by([second.leaf()])

    def read_all(self, *, after: int = 0, limit: int = 1000) -> Sequence[Logged]:
        return (self._shown,)

    def head(self) -> Frontier:
        return self._tree

    def leaves(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        return iter([self._shown.envelope.leaf()][start:stop])


def test_of_an_encrypted_log_the_columns_are_made_as_it_is_opened(tmp_path: Path) -> None:
    below, keys = MemoryEventStore(TickingClock(START)), MemoryKeyRing()
    above = SealedEventStore(below, keys)
    facts = (CODEC.encode(opened()), CODEC.encode(LessonAttended(DAY, lesson(45))))
    above.append([Batch(ONE, 0, facts)], Context(UUID(int=9), Actor("teacher-7", "z-route")))
    with pytest.raises(ConfigurationError, match="as it is opened"):
        columnar.update(tmp_path, below, CODEC)
    manifest = columnar.update(tmp_path, above, CODEC)
    assert manifest.root == below.head().root().hex()
    assert [one.minutes for one in columnar.minutes_by(tmp_path)] == [45]
    assert columnar.check(tmp_path, above, CODEC) == columnar.check(tmp_path, below) == ()


# ── held against the log ─────────────────────────────────────────────────────────────────────────────────────


def rewritten(folder: Path, name: str, frame: pl.DataFrame) -> None:
    """Change a file, and the manifest so that it fits: somebody took pains."""
    frame.write_parquet(folder / name)
    manifest = json.loads((folder / "manifest.json").read_text())
    digest = columnar_files.digest_of(folder / name)
    if name.startswith("facts"):
        manifest["files"][0]["sha256"] = digest
    else:
        manifest["corrections"]["sha256"] = digest
    (folder / "manifest.json").write_text(json.dumps(manifest))


FACTS = "facts-000000000001-000000000009.parquet"
CORRECTIONS = "corrections-000000000009.parquet"


def test_whatever_is_changed_in_the_files_is_found(folder: Path) -> None:
    log = small().log
    assert columnar.check(folder, log) == columnar.check(folder, log, CODEC) == ()
    whole = {name: (folder / name).read_bytes() for name in (FACTS, CORRECTIONS)}
    for name, data in whole.items():
        for bent in (data[:-1], data[:100] + bytes([data[100] ^ 1]) + data[101:]):
            (folder / name).write_bytes(bent)
            assert columnar.check(folder, log) == (f"{name} is missing, or is not what was written",)
        (folder / name).unlink()
        assert columnar.check(folder, log) == (f"{name} is missing, or is not what was written",)
        (folder / name).write_bytes(data)


def test_a_changed_value_is_found_and_named_although_the_manifest_fits(folder: Path) -> None:
    frame, log = pl.read_parquet(folder / FACTS), small().log
    for name, value in (("minutes", 240), ("municipality", "0344"), ("on", date(2020, 1, 1)), ("actor", "nobody")):
        lit = pl.lit(value, SCHEMA[name])
        changed = pl.when(pl.col("position") == 3).then(lit).otherwise(pl.col(name))
        rewritten(folder, FACTS, frame.with_columns(changed.alias(name)))
        assert columnar.check(folder, log, CODEC) == (f"position 3 has another {name} than in the log",)
    rewritten(folder, FACTS, frame.filter(pl.col("position") != 3))
    assert columnar.check(folder, log)[0] == f"{FACTS} does not hold the positions that its name says"
    other = pl.when(pl.col("position") == 3).then(pl.lit(b"\0" * 32)).otherwise(pl.col("leaf"))
    rewritten(folder, FACTS, frame.with_columns(leaf=other))
    assert columnar.check(folder, log) == ("position 3 is another entry than in the log",)


def test_a_changed_correction_is_found_although_the_manifest_fits(folder: Path) -> None:
    table = pl.read_parquet(folder / CORRECTIONS)
    rewritten(folder, CORRECTIONS, table.with_columns(counts=~pl.col("counts")))
    assert columnar.check(folder, small().log) == ("the file of corrections does not say what the entries say",)


def test_who_checks_while_they_are_brought_up_to_date_begins_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice brought up to date: the files that the first manifest names are swept away."""
    written, looks = small(), list[int]()
    real = columnar_files.manifest_of

    def seen(where: Path) -> columnar_files.Manifest:
        found = real(where)
        looks.append(found.position)
        if len(looks) == 1:
            monkeypatch.setattr(columnar_files, "manifest_of", real)
            for _ in range(2):
                for number in range(9):
                    written.add(TWO, LessonAttended(LAST, lesson(30, key=f"{written.log.head().size}-{number}")))
                columnar.update(where, written.log, CODEC)
            monkeypatch.setattr(columnar_files, "manifest_of", seen)
        return found

    monkeypatch.setattr(columnar_files, "manifest_of", seen)
    assert columnar.check(folder, written.log, CODEC) == ()
    assert looks == [9, 27, 27]


def test_a_file_that_goes_while_it_is_read_is_looked_for_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = small()

    def brought_up_to_date(*_: object) -> bool:
        """Between the hash of a file and its content."""
        monkeypatch.undo()
        for number in range(9):
            written.add(TWO, LessonAttended(LAST, lesson(30, key=f"late-{number}")))
        columnar.update(folder, written.log, CODEC)
        raise StoreError("the files of these columns cannot be read")

    monkeypatch.setattr(columnar_files, "_other_corrections", brought_up_to_date)
    assert columnar.check(folder, written.log, CODEC) == ()
    monkeypatch.setattr(columnar_files, "_other_corrections", raising)
    with pytest.raises(StoreError):
        columnar.check(folder, written.log, CODEC)


def raising(*_: object) -> bool:
    raise StoreError("the files of these columns cannot be read")


def test_columns_of_another_log_are_found(folder: Path) -> None:
    found = columnar.check(folder, Bent(3, version=9))
    assert found == ()  # only the leaves are looked at, and those are of the same log
    other = Written()
    for number in range(9):
        other.add(ONE, opened() if number == 0 else LessonAttended(DAY, lesson(30, key=str(number))))
    found = columnar.check(folder, other.log)
    assert found[-1] == "the manifest has another root than the log"
    assert "position 9 is another entry than in the log" in found
    shorter = Written()
    shorter.add(ONE, opened())
    assert columnar.check(folder, shorter.log) == ("the columns go up to position 9 and the log ends at 1",)


@pytest.mark.parametrize("field", ["root", "frontier", "position", "files"])
def test_a_changed_manifest_is_found(folder: Path, field: str) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest[field] = {"root": "00" * 32, "frontier": ["00" * 32] * 2, "position": 10, "files": []}[field]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert columnar.check(folder, small().log) != ()


# ── when it cannot be asked ──────────────────────────────────────────────────────────────────────────────────


def test_where_there_are_no_columns_nothing_is_answered(tmp_path: Path) -> None:
    for ask in (columnar.cohort, columnar.minutes_by, columnar.in_force, columnar.files):
        with pytest.raises(StoreError, match="no columns in this folder"):
            ask(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("manifest", ["", "[]", "{}", '{"columns":"cookbook"}', "\x00"])
def test_a_manifest_that_cannot_be_read_is_said(folder: Path, manifest: str) -> None:
    (folder / "manifest.json").write_text(manifest)
    with pytest.raises(StoreError, match="manifest of these columns cannot be read"):
        columnar.cohort(folder)


def test_columns_of_a_newer_version_are_no_rubbish(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "version": 2, "more": True}))
    with pytest.raises(StoreError, match="newer version"):
        columnar_files.manifest_of(folder)


def test_files_that_are_gone_are_said(folder: Path) -> None:
    (folder / FACTS).unlink()
    for ask in (columnar.cohort, columnar.minutes_by):
        with pytest.raises(StoreError, match="cannot be read"):
            ask(folder)
    shutil.copy(folder / CORRECTIONS, folder / FACTS)
    with pytest.raises(StoreError, match="cannot be read"):
        columnar.minutes_by(folder)


def test_wrong_questions_are_refused(folder: Path) -> None:
    wrong: Any = "T0"
    with pytest.raises(InvalidChoice):
        columnar.cohort(folder, first=wrong)
    with pytest.raises(InvalidChoice):
        columnar.minutes_by(folder, period=wrong)
    with pytest.raises(InvalidDate):
        columnar.cohort(folder, known_at=datetime(2021, 1, 1))  # noqa: DTZ001
    with pytest.raises(InvalidDate):
        columnar.cohort(folder, valid_on=START)


def test_an_empty_log_has_empty_answers(tmp_path: Path) -> None:
    columnar.update(tmp_path, MemoryEventStore(), CODEC)
    assert columnar.minutes_by(tmp_path) == ()
    assert columnar.cohort(tmp_path).participants == 0
    assert columnar.check(tmp_path, MemoryEventStore(), CODEC) == ()


def test_without_the_extra_it_can_be_imported_and_says_what_is_missing() -> None:
    script = """
import sys
sys.modules["polars"] = None
from pathlib import Path
from zroute_core.adapters import columnar
from zroute_core.errors import ConfigurationError
try:
    columnar.cohort(Path("nowhere"))
except ConfigurationError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "columns need Polars: pip install 'zroute_core[analytics]'\n"
