"""`open_views`: tables beside the log that follow it, are made anew, and are held against it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest

import zroute_core
from tests.adapters.databases import database
from zroute_core import Trajectories, Views
from zroute_core.adapters.postgres_tables_schema import migrate
from zroute_core.domain.decisions import AttendLesson, HoldIntake, OpenTrajectory, RetractFact
from zroute_core.errors import NotAStore, NotFound, ProjectionBehind, SchemaMismatch, StoreClosed, UnknownAdapter
from zroute_core.kernel.log import Actor, Batch, Context, Encoded
from zroute_core.projections.following import BATCH
from zroute_core.testing.samples import COMMAND_SAMPLES, DAY, PERSON, SOMEBODY

ME = Actor("teacher-7", "z-route")


@pytest.fixture
def trajectories(tmp_path: Path) -> Iterator[Trajectories]:
    with zroute_core.open(f"sqlite:///{tmp_path / 'zroute.db'}") as opened:
        for participant in (PERSON, SOMEBODY):
            opened.handle(participant, COMMAND_SAMPLES[OpenTrajectory], by=ME)
        opened.handle(PERSON, COMMAND_SAMPLES[HoldIntake], by=ME)
        yield opened


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    def server() -> str:
        made = database(request.getfixturevalue("postgres_url")).owner
        migrate(made)
        return made

    urls: dict[str, Callable[[], str]] = {
        "memory": lambda: "memory:",
        "sqlite": lambda: f"sqlite:///{tmp_path / 'views.db'}",
        "postgresql": server,
    }
    return urls[request.param]()


@pytest.fixture
def views(url: str, trajectories: Trajectories) -> Iterator[Views]:
    with zroute_core.open_views(url, trajectories) as opened:
        yield opened


def minutes(views: Views) -> dict[UUID, int]:
    found: dict[UUID, int] = {}
    for row in views.rows("minutes"):
        found[row[0]] = found.get(row[0], 0) + sum(value for value in row if type(value) is int)
    return found


def test_whoever_waits_for_tables_that_are_behind_hears_how_far_they_are(
    views: Views, trajectories: Trajectories
) -> None:
    views.catch_up()
    (opening, *_) = trajectories.folding().log.read_stream(PERSON)
    opened = (Encoded(opening.tag, opening.schema_version, opening.payload),)
    many = [Batch(UUID(int=number), 0, opened) for number in range(1, BATCH + 2)]
    trajectories.folding().log.append(many, Context(UUID(int=1), ME))
    heard: list[tuple[str, int, int]] = []
    views.catch_up(progress=lambda *told: heard.append(told))
    assert heard == [("following", BATCH, BATCH + 1), ("following", BATCH + 1, BATCH + 1)]


def test_the_tables_are_made_and_brought_to_the_end_of_the_log(views: Views) -> None:
    assert views.catch_up() == 3
    assert [row[0] for row in views.rows("participants")] == sorted([PERSON, SOMEBODY])
    assert list(views.rows("minutes")) == []


def test_what_was_written_can_be_read_after_waiting(views: Views, trajectories: Trajectories) -> None:
    views.start()
    views.wait_for(timeout=120)
    written = trajectories.handle(PERSON, COMMAND_SAMPLES[AttendLesson], by=ME).facts
    views.wait_for(timeout=120)
    assert list(minutes(views)) == [PERSON]
    trajectories.handle(PERSON, RetractFact(DAY, written[0].event_id, "never held"), by=ME)
    views.wait_for(5, timeout=120)
    assert minutes(views) == {}
    views.stop()


def test_waiting_for_what_nobody_follows_ends(views: Views, trajectories: Trajectories) -> None:
    views.catch_up()
    trajectories.handle(PERSON, COMMAND_SAMPLES[AttendLesson], by=ME)
    with pytest.raises(ProjectionBehind):
        views.wait_for(timeout=0.01)


def test_tables_that_were_made_anew_are_what_the_log_says(views: Views, trajectories: Trajectories) -> None:
    views.catch_up()
    trajectories.handle(PERSON, COMMAND_SAMPLES[AttendLesson], by=ME)
    assert views.rebuild().position == 4
    compared = views.compare()
    assert (compared.position, compared.participants, compared.differences) == (4, 2, ())
    assert list(views.parked()) == list(views.replay_parked()) == []


def test_tables_that_are_not_there_cannot_be_compared(views: Views) -> None:
    for ask in (views.parked, views.compare):
        with pytest.raises(SchemaMismatch):
            ask()


def test_a_table_that_is_not_there_has_no_rows_to_give(views: Views) -> None:
    views.catch_up()
    with pytest.raises(NotFound):
        list(views.rows("people"))


def test_closed_tables_say_so(url: str, trajectories: Trajectories) -> None:
    views = zroute_core.open_views(url, trajectories)
    views.close()
    views.close()
    with pytest.raises(StoreClosed):
        views.catch_up()


def test_the_log_is_no_place_for_tables(trajectories: Trajectories, tmp_path: Path) -> None:
    with pytest.raises(NotAStore):
        zroute_core.open_views(f"sqlite:///{tmp_path / 'zroute.db'}", trajectories)
    with pytest.raises(UnknownAdapter):
        zroute_core.open_views("views.db", trajectories)
