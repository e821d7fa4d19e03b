"""What holds for every lawful history."""

import tempfile
from collections.abc import Sequence
from datetime import date
from functools import reduce
from pathlib import Path
from typing import get_args
from uuid import UUID, uuid5

from eventsourcing.popo import POPOApplicationRecorder
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from zroute_core.adapters.codec import JsonCodec
from zroute_core.adapters.memory import MemoryEventStore
from zroute_core.adapters.recorder import RecorderEventStore
from zroute_core.adapters.sqlite import SqliteEventStore
from zroute_core.domain.decisions import Command, Decision, HoldIntake, OpenTrajectory, decide, judge
from zroute_core.domain.events import Fact, FactCorrected, FactRetracted, Happened, TrajectoryOpened
from zroute_core.domain.history import History, effective, valid_on
from zroute_core.domain.national import PILOT, WI2021
from zroute_core.domain.programme import Programme
from zroute_core.domain.trajectory import evolve, fold
from zroute_core.domain.values import Regime
from zroute_core.errors import ZRouteError
from zroute_core.kernel.log import Actor, Batch, Context
from zroute_core.kernel.ports import EventStore
from zroute_core.read_models import plan, progress
from zroute_core.read_models.cohort import Gathered, cohort, include
from zroute_core.testing.act_strategies import act_commands
from zroute_core.testing.clock import TickingClock
from zroute_core.testing.drawn import FIRST, LAST
from zroute_core.testing.scenario import Entry
from zroute_core.testing.strategies import commands, corrections, lawful_histories, together


def of(history: History) -> Programme:
    """The programme it was made under."""
    opened = history.entries[0].event
    return WI2021 if isinstance(opened, TrajectoryOpened) and opened.regime is Regime.WI2021 else PILOT


histories = st.one_of(lawful_histories(), lawful_histories(WI2021))


def test_the_strategies_make_every_command() -> None:
    """A kind that nobody draws is held to no property. They are drawn until there is one of each, or far too long."""
    drawn: set[type[Command]] = {OpenTrajectory, HoldIntake}
    about = histories.flatmap(lambda told: st.one_of(corrections(told), together(told)))

    def all_are_there(command: Command) -> bool:
        drawn.add(type(command))
        return drawn == set(get_args(Command))

    find(
        st.one_of(commands(), act_commands(), about),
        all_are_there,
        settings=settings(max_examples=20_000, database=None, phases=[Phase.generate], derandomize=False),
    )


@given(lawful_histories(WI2021))
@settings(max_examples=20)
def test_a_lawful_history_may_be_of_another_programme(history: History) -> None:
    opened = history.entries[0].event
    assert isinstance(opened, TrajectoryOpened)
    assert opened.regime is Regime.WI2021


@given(histories, commands())
def test_asked_again_gives_nothing(history: History, command: Command) -> None:
    try:
        decision = decide(command, history, of(history), LAST)
    except ZRouteError:
        return
    first = len(history.entries) + 1
    after = history.followed_by([Entry(UUID(int=first + at), fact) for at, fact in enumerate(decision.facts)])
    assert decide(command, after, of(history), LAST) == Decision((), ())


@given(histories, st.integers(0, 40))
def test_folding_in_two_parts_equals_folding_at_once(history: History, at: int) -> None:
    """And whoever still holds the state after the first part sees that nothing in it has moved."""
    facts = [one.fact for one in history.facts]
    first = fold(facts[:at])
    assert fold(facts[at:], first) == fold(facts) == history.trajectory
    assert first == fold(facts[:at])


@given(histories, st.integers(0, 40))
def test_a_read_model_folds_in_two_parts(history: History, at: int) -> None:
    facts = [one.fact for one in history.facts]
    tally = reduce(progress.project, facts[:at], progress.Tally())
    notes = reduce(plan.project, facts[:at], plan.Notes())
    assert reduce(progress.project, facts[at:], tally) == reduce(progress.project, facts, progress.Tally())
    assert reduce(plan.project, facts[at:], notes) == reduce(plan.project, facts, plan.Notes())
    assert tally == reduce(progress.project, facts[:at], progress.Tally())
    assert notes == reduce(plan.project, facts[:at], plan.Notes())


@given(histories, st.integers(0, 40))
def test_following_a_history_equals_reading_it_whole(history: History, at: int) -> None:
    entries = history.entries
    assert History.of(entries[:at]).followed_by(entries[at:]) == History.of(entries) == history


@given(lawful_histories(correcting=False))
def test_a_lawful_history_has_no_findings(history: History) -> None:
    """`decide` let it through fact by fact, late facts too: the same rules find nothing in the whole."""
    assert [found for _, found in judge(history.facts, of(history), LAST) if found.binding] == []


@given(histories)
def test_a_corrected_history_has_no_findings_either(history: History) -> None:
    assert [found for _, found in judge(history.facts, of(history), LAST) if found.binding] == []


@given(histories)
def test_a_correction_gives_what_a_history_without_the_mistake_would_give(history: History) -> None:
    """Rewrite the history as if each fact had been right at once; the views are the same, the log keeps both."""
    standing = {one.event_id: one.fact for one in history.facts}
    clean = [Entry(entry.event_id, standing[entry.event_id]) for entry in history.entries if entry.event_id in standing]
    without = History.of(clean)
    assert [one.fact for one in without.facts] == [one.fact for one in history.facts]
    assert without.trajectory == history.trajectory
    if history.trajectory.opened is not None:
        assert progress.progress(without.facts, of(history), LAST) == progress.progress(
            history.facts, of(history), LAST
        )
        assert plan.plan(without.facts, LAST) == plan.plan(history.facts, LAST)
        both = [cohort(include(Gathered(), one.facts)) for one in (without, history)]
        assert both[0] == both[1]
    spoken_about = sum(isinstance(entry.event, FactCorrected | FactRetracted) for entry in history.entries)
    assert len(history.entries) - spoken_about >= len(history.facts)


@given(histories, st.dates(FIRST, LAST))
def test_what_is_valid_on_a_day_does_not_know_later_days(history: History, day: date) -> None:
    known = valid_on(history.facts, day)
    assert all(one.fact.on <= day for one in known)
    assert known == history.facts[: len(known)]


@given(histories)
def test_facts_in_force_stand_in_the_order_of_their_days(history: History) -> None:
    days = [one.fact.on for one in effective(history.entries)]
    assert days == sorted(days)


@given(histories)
def test_every_fact_reads_back_the_same(history: History) -> None:
    codec = JsonCodec()
    for entry in history.entries:
        encoded = codec.encode(entry.event)
        assert codec.decode(encoded.tag, encoded.schema_version, encoded.payload) == entry.event


@given(histories)
@settings(max_examples=15)
def test_what_is_written_reads_back_the_same_on_every_store(history: History) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stores: Sequence[EventStore] = (
            MemoryEventStore(TickingClock()),
            RecorderEventStore(POPOApplicationRecorder(), TickingClock()),
            SqliteEventStore(Path(folder) / "zroute.db", TickingClock()),
        )
        read = [_through(store, [entry.event for entry in history.entries]) for store in stores]
        for store in stores:
            store.close()
    assert read[0] == read[1] == read[2]
    assert read[0][0] == [entry.event for entry in history.entries]


def _through(store: EventStore, facts: Sequence[Fact]) -> tuple[list[Fact], list[object]]:
    codec, stream = JsonCodec(), UUID(int=7)
    for version, fact in enumerate(facts):
        asked = Context(uuid5(stream, str(version)), Actor("teacher-7", "z-route"))
        store.append([Batch(stream, version, (codec.encode(fact),))], asked)
    envelopes = store.read_stream(stream)
    read = [codec.decode(one.tag, one.schema_version, one.payload) for one in envelopes]
    return read, list(envelopes)


@given(st.lists(histories, max_size=3))
def test_evolve_never_refuses(some: list[History]) -> None:
    """Any facts in any order: what happened, happened."""
    mixed: list[Happened] = [one.fact for history in some for one in history.facts]
    trajectory = fold(())
    for fact in reversed(mixed):
        trajectory = evolve(trajectory, fact)
