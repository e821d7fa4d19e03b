"""The front door over a store that fails: a command sent again under its id has one effect, for one or for many."""

from __future__ import annotations

from datetime import date
from itertools import product
from uuid import UUID, uuid4

import pytest

from zroute_core.adapters.clock import SystemClock
from zroute_core.adapters.codec import JsonCodec
from zroute_core.adapters.memory import MemoryEventStore
from zroute_core.domain.decisions import AttendLesson, HoldGroupLesson, HoldIntake, OpenTrajectory
from zroute_core.domain.national import PILOT
from zroute_core.domain.values import IntakePart, Regime, TargetGroup
from zroute_core.errors import CommitOutcomeUnknown, StoreBusy
from zroute_core.kernel.log import Actor
from zroute_core.testing.faults import FailingStore, Failure
from zroute_core.testing.samples import GOAL, LESSON
from zroute_core.trajectories import Receipt, Trajectories

ME = Actor("teacher-7", "z-route")
DAY, LESSON_DAY = date(2020, 9, 1), date(2020, 9, 14)
PEOPLE = [UUID(int=number) for number in range(10, 14)]
FAILURES = [[first] for first in Failure] + [list(both) for both in product(Failure, repeat=2)]


@pytest.fixture
def store() -> FailingStore:
    return FailingStore(MemoryEventStore())


@pytest.fixture
def trajectories(store: FailingStore) -> Trajectories:
    door = Trajectories(store, JsonCodec(), [PILOT], SystemClock())
    for one in PEOPLE:
        door.handle(one, OpenTrajectory(DAY, "0392", TargetGroup.ASYLUM_STATUS_HOLDER, Regime.PILOT), by=ME)
        door.handle(one, HoldIntake(DAY, (IntakePart.EDUCATION_AND_WORK,), (GOAL,)), by=ME)
    return door


@pytest.mark.parametrize("failures", FAILURES, ids=lambda them: " then ".join(one.name for one in them))
@pytest.mark.parametrize("many", [False, True], ids=["for one", "for many"])
def test_a_command_that_is_sent_again_has_one_effect(
    store: FailingStore, trajectories: Trajectories, failures: list[Failure], many: bool
) -> None:
    command_id, before = uuid4(), store.read_all()

    def send() -> Receipt:
        if many:
            lesson = HoldGroupLesson(LESSON_DAY, LESSON, tuple(PEOPLE))
            return trajectories.handle_together(lesson, by=ME, command_id=command_id)
        return trajectories.handle(PEOPLE[0], AttendLesson(LESSON_DAY, LESSON), by=ME, command_id=command_id)

    store.will(*failures)
    answer: Receipt | None = None
    sendings = 0
    while answer is None:
        sendings += 1
        try:
            answer = send()
        except (StoreBusy, CommitOutcomeUnknown):
            stored = Failure.LOST_AFTER in failures[:sendings]
            assert (len(store.read_all()) > len(before)) is stored
    added = store.read_all()[len(before) :]
    assert [one.event_id for one in answer.facts] == [one.envelope.event_id for one in added]
    assert len(added) == (len(PEOPLE) if many else 1)
    assert send().facts == answer.facts
    assert store.read_all()[len(before) :] == added
