"""What is no entry is refused by a sentence of ours, whichever of Python's own errors it comes to."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import attrs
import pytest

from tests.adapters.databases import Database, database
from zroute_core.adapters.memory import MemoryEventStore
from zroute_core.adapters.postgres import PostgresEventStore
from zroute_core.adapters.sqlite import SqliteEventStore
from zroute_core.errors import InvalidInput, WrongExpectedVersion
from zroute_core.kernel.log import Batch, Envelope
from zroute_core.kernel.ports import ProvenLog
from zroute_core.testing.clock import TickingClock
from zroute_core.testing.store_contract import context, fact, log_of

MOMENT = datetime(2024, 3, 4, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def server_log(postgres_url: str) -> Database:
    return database(postgres_url)


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ProvenLog]:
    opened: dict[str, Callable[[], ProvenLog]] = {
        "memory": lambda: MemoryEventStore(TickingClock()),
        "sqlite": lambda: SqliteEventStore(tmp_path / "log.db", TickingClock()),
        "postgres": lambda: PostgresEventStore(request.getfixturevalue("server_log").emptied(), TickingClock()),
    }
    log = opened[request.param]()
    yield log
    log.close()


@pytest.fixture
def one(log: ProvenLog) -> Envelope:
    (one,) = log.append([Batch(uuid4(), 0, (fact(),))], context())
    return one


@pytest.mark.parametrize(
    "wrong",
    [
        *[{"recorded_at": moment} for moment in (MOMENT.replace(tzinfo=None), None, 5)],
        *[{"payload": payload} for payload in (None, "text", 5)],
        *[{"actor": actor} for actor in (None, "teacher-7")],
        *[{name: None} for name in ("stream", "event_id", "command_id", "correlation_id")],
        *[{name: "x"} for name in ("stream", "event_id", "command_id", "correlation_id", "causation_id")],
        *[{"key_commitment": commitment} for commitment in ("text", 5, bytearray(b"bound"))],
        *[{"tag": 5}, {"schema_version": "1"}, {"key_id": 5}],
        {"stream": []},
        {"version": 1.0},
    ],
    ids=repr,
)
def test_a_field_of_another_type_stands_in_no_log(log: ProvenLog, one: Envelope, wrong: dict[str, Any]) -> None:
    other = attrs.evolve(one, stream=uuid4(), event_id=uuid4())
    following = attrs.evolve(other, **{"stream": uuid4(), "event_id": uuid4(), **wrong})
    with pytest.raises(InvalidInput, match="cannot stand in a log") as refused:
        log.extend([other, following])
    assert refused.value.__context__ is None
    assert log_of(log) == [one]


@pytest.mark.parametrize("wrong", [None, ["entry"], [None]], ids=repr)
def test_what_is_no_entry_at_all_stands_in_no_log(log: ProvenLog, wrong: Any) -> None:
    with pytest.raises(InvalidInput, match="cannot stand in a log"):
        log.extend(wrong)
    assert log_of(log) == []


@pytest.mark.parametrize("version", [-1, 0, 2**63, 2**64, "1", None])
def test_a_version_that_is_none_does_not_follow(log: ProvenLog, one: Envelope, version: Any) -> None:
    with pytest.raises(WrongExpectedVersion):
        log.extend([attrs.evolve(one, event_id=uuid4(), version=version)])
    assert log_of(log) == [one]


@pytest.mark.parametrize("after", [-1, 0, 2, 2**63, 2**64, "1", []], ids=repr)
def test_a_log_stands_at_no_position_but_its_own(log: ProvenLog, one: Envelope, after: Any) -> None:
    with pytest.raises(WrongExpectedVersion):
        log.extend([attrs.evolve(one, event_id=uuid4(), version=2)], after=after)
    assert log_of(log) == [one]


def test_what_was_handed_over_is_not_changed_from_outside(log: ProvenLog, one: Envelope) -> None:
    payload = bytearray(b"{}")
    log.extend([attrs.evolve(one, event_id=uuid4(), version=2, payload=payload)])  # type: ignore[arg-type]
    payload[:] = b"[]"
    assert [(type(entry.payload), entry.payload) for entry in log_of(log)] == [(bytes, b"{}")] * 2
