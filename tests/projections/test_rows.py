"""What stands in each table, for two histories whose rows are worked out by hand."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, time
from pathlib import Path
from uuid import UUID

import attrs
import pytest

from zroute_core.adapters.memory_tables import MemoryReadModelStore
from zroute_core.adapters.sqlite_tables import SqliteReadModelStore
from zroute_core.domain.events import (
    ActivityAttended,
    AssessmentRecorded,
    FactCorrected,
    FactRetracted,
    GuideAssigned,
    InternshipHoursLogged,
    InternshipStarted,
    LessonAttended,
    LessonMissed,
    MovedToMunicipality,
    PlanAdopted,
    TrajectoryEnded,
    TrajectoryInterrupted,
)
from zroute_core.domain.values import (
    AbsenceReason,
    Component,
    EndReason,
    Guide,
    InterruptionReason,
    Lesson,
    Modality,
    Moment,
    PlannedComponent,
)
from zroute_core.kernel.tables import check_tables
from zroute_core.projections import PROJECTIONS, TABLES
from zroute_core.projections.rebuilding import rebuild
from zroute_core.testing.samples import (
    ACTIVITY,
    INTAKE_UNDER_THE_ACT,
    INTERNSHIP,
    NOTICE,
    OPENED,
    OPENED_UNDER_THE_ACT,
    PIP,
    PIP_DAY,
)

from .scenes import ANNE, BO, folding, new_log, rows, tell, views

LESSON = Lesson("les-1", Component.LANGUAGE, 120, "Nova College", Modality.IN_CLASS, starts=time(9))
EARLY = Lesson("les-0", Component.LITERACY, 60, "Nova College", Modality.IN_CLASS, in_intake=True)
JUNE, JULY = date(2024, 6, 3), date(2024, 7, 1)

FACTS = (
    OPENED_UNDER_THE_ACT,  # 1, on 4 March 2024 in Haarlem (0392)
    INTAKE_UNDER_THE_ACT,  # 2
    LessonAttended(NOTICE, EARLY),  # 3
    PIP,  # 4, on 15 April: the term runs from 16 April 2024 up to 16 April 2027
    GuideAssigned(PIP_DAY, Guide("coach-1", "work coach")),  # 5
    PlanAdopted(PIP_DAY, (), (PlannedComponent(Component.LANGUAGE, 360, "Nova College", "mornings"),), ()),  # 6
    LessonAttended(JUNE, LESSON),  # 7
    LessonAttended(JUNE, attrs.evolve(LESSON, key="les-2", minutes=90, starts=None)),  # 8: retracted by 15
    ActivityAttended(JUNE, ACTIVITY),  # 9: 90 minutes with the budget coach
    MovedToMunicipality(JULY, "0153"),  # 10
    InternshipStarted(JULY, INTERNSHIP),  # 11
    InternshipHoursLogged(JULY, "stage-1", "log-1", 240),  # 12
    AssessmentRecorded(JUNE, "pilot-language", "2020", 0, 4, "speaking", 1, Moment.T0),  # 13: corrected by 14
)


@pytest.fixture
def stored() -> Iterator[tuple[MemoryReadModelStore, list[UUID]]]:
    """The tables over that history, and the ids of its entries by version."""
    log, store = new_log(), views()
    for fact in FACTS:
        tell(log, ANNE, fact)
    ids = [UUID(int=0), *(one.event_id for one in log.read_stream(ANNE))]
    better = AssessmentRecorded(JUNE, "pilot-language", "2020", 0, 4, "speaking", 2, Moment.T0)
    tell(log, ANNE, FactCorrected(JULY, ids[13], better, "Read wrongly."))
    tell(log, ANNE, FactRetracted(JULY, ids[8], "Another person."))
    rebuild(folding(log), store)
    yield store, [UUID(int=0), *(one.event_id for one in log.read_stream(ANNE))]
    store.close()


Stored = tuple[MemoryReadModelStore, list[UUID]]


def test_one_row_says_where_somebody_stands(stored: Stored) -> None:
    store, _ = stored
    (row,) = rows(store, "participants")
    assert row[:-1] == (
        ANNE,
        "0153",
        "0392",
        "wi2021",
        "asylum-status-holder",
        "Wet inburgering 2021, Z-route",
        NOTICE,
        None,
        None,
        None,
        "coach-1",
        "pip-1",
        "self-reliance",
        date(2024, 4, 16),
        date(2027, 4, 16),
        None,
        None,
        15,
        JULY,
    )
    assert row[-1].isoformat() == "2024-01-01T00:00:15+00:00"


def test_every_minute_in_force_stands_once_with_what_it_counts_for_and_where(stored: Stored) -> None:
    store, ids = stored
    found = {row[1]: row[2:] for row in rows(store, "minutes")}
    assert found == {
        ids[3]: (NOTICE, "0392", "literacy", True, "intake-course", "Nova College", 60),
        ids[7]: (JUNE, "0392", "language", False, "course", "Nova College", 120),
        ids[9]: (JUNE, "0392", "workshop", False, "participation", "budget coach", 90),
        ids[12]: (JULY, "0153", "language-internship", False, "participation", "Agros", 240),
    }


def test_a_score_stands_as_it_was_corrected(stored: Stored) -> None:
    store, ids = stored
    assert rows(store, "assessments") == [
        (ANNE, ids[13], JUNE, "pilot-language", "2020", "speaking", "T0", 2, 0, 4),
    ]


def test_the_plan_stands_with_what_was_realised_and_what_was_never_planned(stored: Stored) -> None:
    store, _ = stored
    assert rows(store, "plan_lines") == [
        (ANNE, 1, "language", "Nova College", 360, PIP_DAY, 120),
        (ANNE, 2, "literacy", "Nova College", None, NOTICE, 60),
        (ANNE, 3, "workshop", "budget coach", None, JUNE, 90),
        (ANNE, 4, "language-internship", "Agros", None, JULY, 240),
    ]


def test_every_entry_stands_with_what_it_is_about_and_whether_it_counts(stored: Stored) -> None:
    store, ids = stored
    found = rows(store, "entries")
    assert [row[1] for row in found] == list(range(1, 16))
    by_version = {row[1]: row for row in found}
    assert [version for version, row in by_version.items() if not row[-1]] == [8, 13]
    assert (by_version[14][10], by_version[15][10], by_version[7][10]) == (ids[13], ids[8], ids[7])
    assert by_version[14][3:8] == ("fact-corrected", 1, JUNE, by_version[14][6], "teacher-7")
    assert by_version[14][8] == "z-route"


def test_who_has_ended_or_stands_still_shows_it() -> None:
    log, store = new_log(), views()
    for who in (ANNE, BO):
        tell(log, who, OPENED, GuideAssigned(OPENED.on, Guide("coach-1", "work coach")))
        tell(log, who, TrajectoryInterrupted(date(2020, 10, 1), InterruptionReason.ILLNESS))
    tell(log, BO, TrajectoryEnded(date(2020, 11, 1), EndReason.MOVED))
    rebuild(folding(log), store)
    assert [row[7:11] for row in rows(store, "participants")] == [
        (date(2020, 10, 1), None, None, "coach-1"),
        (None, date(2020, 11, 1), "moved", None),
    ]


def test_somebody_whose_opening_was_retracted_has_entries_and_nothing_else() -> None:
    log, store = new_log(), views()
    (first, *_) = tell(log, ANNE, OPENED, LessonAttended(JUNE, LESSON))
    tell(log, ANNE, FactRetracted(JUNE, first.event_id, "Another person."))
    tell(log, BO, OPENED, LessonMissed(JUNE, LESSON, AbsenceReason.ILL))
    rebuild(folding(log), store)
    assert [row[0] for row in rows(store, "entries")] == [ANNE, ANNE, ANNE, BO, BO]
    assert [row[0] for row in rows(store, "participants")] == [BO]
    assert rows(store, "minutes") == []


def test_a_file_can_be_read_with_sql_alone(tmp_path: Path) -> None:
    log, store = new_log(), SqliteReadModelStore(tmp_path / "views.db", TABLES)
    for fact in FACTS:
        tell(log, ANNE, fact)
    rebuild(folding(log), store)
    with closing(sqlite3.connect(f"file:{tmp_path / 'views.db'}?mode=ro", uri=True)) as connection:
        by_municipality = connection.execute(
            "SELECT municipality, sum(minutes) / 60 FROM minutes WHERE category = 'participation' GROUP BY 1 ORDER BY 1"
        )
        assert by_municipality.fetchall() == [("0153", 4), ("0392", 1)]
        (row,) = connection.execute("SELECT * FROM participants")
        assert (row[0], row[6], row[-2], row[-1]) == (str(ANNE), "2024-03-04", "2024-01-01T00:00:13.000000Z", 13)
        assert connection.execute("SELECT in_intake, typeof(in_intake) FROM minutes WHERE minutes = 60").fetchall() == [
            (1, "integer")
        ]
        assert connection.execute("SELECT * FROM state").fetchall() == [(1, 13)]
        assert connection.execute("SELECT count(*) FROM parked").fetchone() == (0,)
    store.close()


def test_no_table_has_a_column_for_what_people_type() -> None:
    names = {column.name for table in TABLES for column in table.columns}
    assert not names & {"note", "text", "reason", "goal", "name", "bsn", "payload"}


def test_every_table_is_described_and_fit_for_every_store() -> None:
    check_tables(TABLES)
    for one in PROJECTIONS:
        assert one.table.about.endswith(".")
        assert all(column.about.endswith(".") for column in one.table.columns)
