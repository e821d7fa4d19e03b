"""Whole applications and projections of the `eventsourcing` library run on our logs, by its own test cases.

Not run, with its reason: the projection cases about dynamic consistency boundaries (`TaggedDecisionCounters...`) need a
`DCBRecorder`, which is another log of another kind.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Event
from typing import Any, ClassVar
from uuid import UUID

import pytest
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    InfrastructureFactoryError,
    IntegrityError,
    InterfaceError,
    PersistenceError,
    ProcessRecorder,
    StoredEvent,
    Tracking,
    TrackingRecorder,
)
from eventsourcing.projection import ProjectionRunner
from eventsourcing.tests import application, persistence, projection
from eventsourcing.utils import Environment

from tests.adapters.databases import Database, database
from zroute_core.adapters.process_recorder import LogFactory, LogRecorder, SnapshotRecorder
from zroute_core.adapters.sqlite import SqliteEventStore

MODULE = "zroute_core.adapters.process_recorder"


class OnSqlite:
    """Each test has logs of its own, in the environment of the process, and closes what it opened."""

    @pytest.fixture(autouse=True)
    def logs(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        # The Counters projection is an application beside the one it follows: a log for each.
        places = {
            "ZROUTE_LOG": f"sqlite:///{tmp_path}/app.db",
            "COUNTERS_ZROUTE_LOG": f"sqlite:///{tmp_path}/counters.db",
            "EVENTCOUNTERS_ZROUTE_LOG": f"sqlite:///{tmp_path}/view.db",
        }
        yield from in_environment(monkeypatch, places)


def in_environment(monkeypatch: pytest.MonkeyPatch, places: Mapping[str, str]) -> Iterator[None]:
    for name, value in {"PERSISTENCE_MODULE": MODULE, **places}.items():
        monkeypatch.setenv(name, value)
    opened: list[LogFactory] = []
    made = LogFactory.__init__

    def noted(factory: LogFactory, env: Any) -> None:
        made(factory, env)
        opened.append(factory)

    monkeypatch.setattr(LogFactory, "__init__", noted)  # the library's cases do not close their applications
    yield
    for one in opened:
        one.close()


@pytest.fixture(scope="module")
def databases(postgres_url: str) -> Mapping[str, Database]:
    names = ("ZROUTE_LOG", "ZROUTE_SNAPSHOTS", "COUNTERS_ZROUTE_LOG", "EVENTCOUNTERS_ZROUTE_LOG")
    return {name: database(postgres_url) for name in names}


class OnPostgres:
    @pytest.fixture(autouse=True)
    def logs(self, databases: Mapping[str, Database], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        yield from in_environment(monkeypatch, {name: one.emptied() for name, one in databases.items()})


class TestExampleApplicationOnSqlite(OnSqlite, application.ExampleApplicationTestCase):
    expected_factory_topic = f"{MODULE}:LogFactory"


@pytest.mark.postgres
class TestExampleApplicationOnPostgres(OnPostgres, application.ExampleApplicationTestCase):
    expected_factory_topic = f"{MODULE}:LogFactory"


class ApplicationCase(application.ApplicationTestCase):
    __test__ = False

    if not __debug__:  # the guard it asks for is an assert of the library
        test_take_snapshot_raises_assertion_error_if_snapshotting_not_enabled = None  # type: ignore[assignment]


@pytest.mark.filterwarnings("default::DeprecationWarning")  # a case looks at one that the library gives on purpose
class TestApplicationOnSqlite(OnSqlite, ApplicationCase):
    __test__ = True


@pytest.mark.postgres
@pytest.mark.filterwarnings("default::DeprecationWarning")
class TestApplicationOnPostgres(OnPostgres, ApplicationCase):
    __test__ = True


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cases of the library give the thread that follows one second; a busy machine needs more."""
    wait = TrackingRecorder.wait

    def longer(
        self: TrackingRecorder,
        application_name: str,
        notification_id: int | None,
        timeout: float = 1.0,
        interrupt: Event | None = None,
    ) -> None:
        wait(self, application_name, notification_id, max(timeout, 60), interrupt)

    monkeypatch.setattr(TrackingRecorder, "wait", longer)


@pytest.mark.usefixtures("patient")
class TestEventSourcedProjectionOnSqlite(OnSqlite, projection.EventSourcedProjectionTestCase):
    pass


@pytest.mark.postgres
@pytest.mark.usefixtures("patient")
class TestEventSourcedProjectionOnPostgres(OnPostgres, projection.EventSourcedProjectionTestCase):
    pass


class CountersInALog(LogRecorder, projection.EventCountersView):
    """A view whose counters are events of the log, so that each stands there with the position it was counted at."""

    CREATED, SUBSEQUENT = UUID(int=1), UUID(int=2)

    def get_created_event_counter(self) -> int:
        return len(self.select_events(self.CREATED))

    def get_subsequent_event_counter(self) -> int:
        return len(self.select_events(self.SUBSEQUENT))

    def incr_created_event_counter(self, tracking: Tracking) -> None:
        self._count(self.CREATED, tracking)

    def incr_subsequent_event_counter(self, tracking: Tracking) -> None:
        self._count(self.SUBSEQUENT, tracking)

    def _count(self, counter: UUID, tracking: Tracking) -> None:
        counted = len(self.select_events(counter))
        self.insert_events([StoredEvent(counter, counted + 1, "counted", b"")], tracking=tracking)


class ViewCase(projection.EventCountersViewTestCase):
    __test__ = False

    def construct_event_counters_view(self) -> projection.EventCountersView:
        factory: LogFactory = LogFactory.construct(Environment("eventcounters", dict(os.environ)))
        view = factory.tracking_recorder(CountersInALog)
        assert isinstance(view, CountersInALog)
        return view


class TestViewOnSqlite(OnSqlite, ViewCase):
    __test__ = True


@pytest.mark.postgres
class TestViewOnPostgres(OnPostgres, ViewCase):
    __test__ = True


class ProjectionCase(projection.AggregateEventCountersProjectionTestCase):
    __test__ = False
    view_class = CountersInALog

    @pytest.mark.usefixtures("patient")  # another case waits until nothing has come
    def test_event_counters_projection(self) -> None:
        super().test_event_counters_projection()


class TestProjectionOnSqlite(OnSqlite, ProjectionCase):
    __test__ = True


@pytest.mark.postgres
class TestProjectionOnPostgres(OnPostgres, ProjectionCase):
    __test__ = True


class FactoryCase(persistence.InfrastructureFactoryTestCase[LogFactory]):
    __test__ = False

    def setUp(self) -> None:
        self.env = Environment("TestCase", dict(os.environ))
        super().setUp()

    def expected_factory_class(self) -> type[LogFactory]:
        return LogFactory

    def expected_aggregate_recorder_class(self) -> type[AggregateRecorder]:
        return SnapshotRecorder

    def expected_application_recorder_class(self) -> type[ApplicationRecorder]:
        return LogRecorder

    def expected_tracking_recorder_class(self) -> type[TrackingRecorder]:
        return LogRecorder

    def tracking_recorder_subclass(self) -> type[TrackingRecorder]:
        return CountersInALog

    def expected_process_recorder_class(self) -> type[ProcessRecorder]:
        return LogRecorder


class TestFactoryOnSqlite(OnSqlite, FactoryCase):
    __test__ = True


@pytest.mark.postgres
class TestFactoryOnPostgres(OnPostgres, FactoryCase):
    __test__ = True


# ── what the library does not ask ────────────────────────────────────────────────────────────────────────────


class Accounts(Application[UUID]):
    snapshotting_intervals: ClassVar[dict[Any, int]] = {Aggregate: 2}


def env(folder: Path, **more: str) -> dict[str, str]:
    return {"PERSISTENCE_MODULE": MODULE, "ZROUTE_LOG": f"sqlite:///{folder}/app.db", **more}


def test_an_application_goes_on_where_it_was_closed(tmp_path: Path) -> None:
    with Accounts(env(tmp_path)) as app:
        account = Aggregate()
        account.trigger_event(Aggregate.Event)
        app.save(account)
    with Accounts(env(tmp_path)) as app:
        again: Aggregate = app.repository.get(account.id)
        assert again.version == 2
        again.trigger_event(Aggregate.Event)
        (recording,) = app.save(again)
        assert recording.notification.id == 3


def test_its_events_stand_in_the_log_under_who_wrote_them_and_what_for(tmp_path: Path) -> None:
    with Accounts(env(tmp_path, ZROUTE_ACTOR="desk-2", ZROUTE_PURPOSE="keeping accounts")) as app:
        app.save(account := Aggregate())
    log = SqliteEventStore(tmp_path / "app.db")
    (one,) = log.read_stream(account.id)
    assert (one.tag, one.actor.id, one.actor.purpose) == (
        "eventsourcing.domain:Aggregate.Created",
        "desk-2",
        "keeping accounts",
    )
    assert list(log.leaves()) == [one.leaf()]
    log.close()


def test_its_snapshots_stand_in_a_log_beside_it(tmp_path: Path) -> None:
    with Accounts(env(tmp_path)) as app:
        account = Aggregate()
        for _ in range(3):
            account.trigger_event(Aggregate.Event)
        app.save(account)
    beside = SqliteEventStore(tmp_path / "app.db.snapshots")
    assert [one.tag for one in beside.read_stream(account.id)] == [
        "eventsourcing.domain:Snapshot@2",
        "eventsourcing.domain:Snapshot@4",
    ]
    beside.close()
    log = SqliteEventStore(tmp_path / "app.db", read_only=True)
    assert log.head().size == 4
    log.close()


def test_snapshots_stand_where_one_says(tmp_path: Path) -> None:
    with Accounts(env(tmp_path, ZROUTE_SNAPSHOTS=f"sqlite:///{tmp_path}/elsewhere.db")) as app:
        app.take_snapshot(app.save(Aggregate())[0].domain_event.originator_id)
    assert (tmp_path / "elsewhere.db").exists()
    assert not (tmp_path / "app.db.snapshots").exists()


def test_two_who_saved_from_the_same_version_do_not_both_succeed(tmp_path: Path) -> None:
    with Accounts(env(tmp_path)) as app:
        app.save(account := Aggregate())
        one: Aggregate = app.repository.get(account.id)
        other: Aggregate = app.repository.get(account.id)
        for writer in (one, other):
            writer.trigger_event(Aggregate.Event)
        app.save(one)
        with pytest.raises(IntegrityError):
            app.save(other)
        assert app.repository.get(account.id).version == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"ZROUTE_LOG": ""},
        {"ZROUTE_LOG": "canary-999993653"},
        {"ZROUTE_LOG": "sqlite:///"},
        {"ZROUTE_LOG": "mysql://canary-999993653@host/db"},
        {"ORIGINATOR_ID_TYPE": "text"},
        {"PROCESS_RECORDER_TOPIC": "eventsourcing.popo:POPOProcessRecorder"},
    ],
)
def test_an_environment_that_cannot_work_is_refused(tmp_path: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(InfrastructureFactoryError) as refused:
        with_recorder(env(tmp_path, **wrong))
    assert "999993653" not in str(refused.value)


@pytest.mark.postgres
def test_on_postgresql_one_says_where_the_snapshots_stand(databases: Mapping[str, Database], tmp_path: Path) -> None:
    factory: LogFactory = LogFactory.construct(env(tmp_path, ZROUTE_LOG=databases["ZROUTE_LOG"].emptied()))
    with pytest.raises(InfrastructureFactoryError, match="ZROUTE_SNAPSHOTS"):
        factory.aggregate_recorder("snapshots")
    factory.close()


def test_without_the_driver_of_postgresql_one_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zroute_core.adapters.postgres", None)
    with pytest.raises(InfrastructureFactoryError, match="driver"):
        with_recorder(env(tmp_path, ZROUTE_LOG="postgresql://host/database"))


def test_what_is_no_log_is_told_in_the_librarys_words(tmp_path: Path) -> None:
    (tmp_path / "app.db").write_bytes(b"canary-999993653" * 100)
    with pytest.raises(PersistenceError) as refused:
        with_recorder(env(tmp_path))
    assert "999993653" not in str(refused.value)
    assert refused.value.__context__ is None


def with_recorder(environment: dict[str, str]) -> None:
    factory: LogFactory = LogFactory.construct(environment)
    try:
        factory.process_recorder()
    finally:
        factory.close()


def test_a_closed_application_lets_go_of_its_logs(tmp_path: Path) -> None:
    with Accounts(env(tmp_path)) as app:
        app.save(Aggregate())
    with pytest.raises(InterfaceError):
        app.save(Aggregate())


def test_projections_that_share_no_process_with_the_application_see_its_events(tmp_path: Path) -> None:
    """The runner opens the log once more: no signal reaches it, it looks by itself."""
    writer = Accounts(env(tmp_path))
    with ProjectionRunner(
        application_class=Accounts,
        projection_class=projection.AggregateEventCountersProjection,
        view_class=CountersInALog,
        env=env(tmp_path, EVENTCOUNTERS_ZROUTE_LOG=f"sqlite:///{tmp_path}/view.db"),
    ) as runner:
        (recording,) = writer.save(Aggregate())
        runner.wait(recording.notification.id, timeout=60)
        assert runner.projection.view.get_created_event_counter() == 1
    writer.close()
