"""Stores in lock-step with a plain model: commands, groups, repeats, refusals, imports, restarts and failures.

Whatever Hypothesis makes of them, all stores answer alike, hold the same envelopes and the same root, and what they
hold is what the model says.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import attrs
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from campaigns.faults import Faults, Kind, Plan, When
from campaigns.proof import require, whole
from campaigns.script import NAMESPACE, WRITER, Command
from campaigns.sweep import Case, ask
from zroute_core.adapters.archive import export_log
from zroute_core.adapters.memory import MemoryEventStore
from zroute_core.adapters.sqlite import SqliteEventStore
from zroute_core.errors import (
    CommandIdReused,
    CommitOutcomeUnknown,
    IntegrityViolation,
    StoreError,
    StoreUnavailable,
    WrongExpectedVersion,
    ZRouteError,
)
from zroute_core.kernel.log import Batch, Context, Encoded, Envelope
from zroute_core.kernel.ports import Clock, ProvenLog

STREAMS = [uuid5(NAMESPACE, f"lockstep {number}") for number in range(5)]


class StandingClock:
    """The same moment for all stores, until it is moved on."""

    def __init__(self) -> None:
        self._now = datetime(2024, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def tick(self) -> None:
        self._now += timedelta(seconds=1)


@attrs.define
class Replica:
    """One of the stores; `faults` where its database can be made to fail."""

    name: str
    open: Callable[[StandingClock], ProvenLog]
    lasts: bool = True
    """Whether it is still there when it is opened again."""
    faults: Faults | None = None
    falls: Callable[[Kind, When], bool] = lambda _kind, _when: True
    """What can befall its calls."""
    tries: int = 1
    store: ProvenLog = attrs.field(init=False)


_payloads = st.sampled_from(['{"minutes":60}', '{"minutes":120,"lesson":"les-1"}', '{"note":"كان خطأ"}', "{}"])
_facts = st.builds(
    Encoded, st.sampled_from(["lesson-attended", "lesson-missed"]), st.integers(1, 3), _payloads.map(str.encode)
)
_work = st.dictionaries(st.sampled_from(STREAMS), st.lists(_facts, min_size=1, max_size=3), min_size=1, max_size=4)
_plans = st.tuples(st.integers(1, 25), st.sampled_from(Kind), st.sampled_from(When), st.booleans())


class Lockstep(RuleBasedStateMachine):
    """Subclass it, and say in `replicas` which stores there are: new and empty ones each time."""

    def replicas(self) -> list[Replica]:
        raise NotImplementedError

    def __init__(self) -> None:
        super().__init__()
        self.clock = StandingClock()
        self.all = self.replicas()
        for one in self.all:
            one.store = one.open(self.clock)
        self.sent: list[Command] = []
        self.streams: dict[UUID, list[tuple[UUID, Encoded]]] = {}
        self.log: list[tuple[UUID, int, UUID, Encoded]] = []
        self.imported: list[tuple[Envelope, ...]] = []
        self.number = 0

    # ── what is done ─────────────────────────────────────────────────────────────────────────────────────────

    @initialize(work=_work)
    def begin(self, work: dict[UUID, list[Encoded]]) -> None:
        self.write(work)

    @rule(work=_work)
    def write(self, work: dict[UUID, list[Encoded]]) -> None:
        command = self._command(work)
        written = self._agreed(self._sender(command))
        require(isinstance(written, tuple) and command.made(written), "a command was not written as it was sent")
        self._keep(command)

    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        command = data.draw(st.sampled_from(self.sent))
        written = self._agreed(self._sender(command))
        require(isinstance(written, tuple) and command.made(written), "a repeat was not answered as the first time")

    @rule(data=st.data(), work=_work)
    def use_an_id_again(self, data: st.DataObject, work: dict[UUID, list[Encoded]]) -> None:
        earlier = data.draw(st.sampled_from(self.sent))
        other = Command(self._command(work).batches, earlier.context)
        if _content(other) != _content(earlier):
            self._refused(self._sender(other), CommandIdReused)

    @rule(work=_work, wrong=st.sampled_from([-2, -1, 1, 2, 99]), data=st.data())
    def write_stale(self, work: dict[UUID, list[Encoded]], wrong: int, data: st.DataObject) -> None:
        right = self._command(work).batches
        which = data.draw(st.integers(0, len(right) - 1))
        batches = [
            attrs.evolve(one, expected_version=one.expected_version + wrong * (number == which))
            for number, one in enumerate(right)
        ]
        self._refused(self._sender(Command(tuple(batches), self._context())), WrongExpectedVersion)

    @rule(facts=st.lists(_facts, min_size=1, max_size=4), kept=st.booleans())
    def bring_in(self, facts: list[Encoded], kept: bool) -> None:
        elsewhere = MemoryEventStore(self.clock)
        stranger = uuid5(NAMESPACE, f"stranger {self.number}")
        command = Command((Batch(stranger, 0, tuple(facts)),), self._context())
        envelopes = elsewhere.append(command.batches, command.context)
        after = len(self.log) if kept else None
        position = self._agreed(lambda store: store.extend(envelopes, after=after))
        self._keep(command)
        require(position == len(self.log), "what was brought in does not end where it says")
        self.imported.append(envelopes)

    @precondition(lambda self: self.imported)
    @rule(data=st.data())
    def bring_in_again(self, data: st.DataObject) -> None:
        envelopes = data.draw(st.sampled_from(self.imported))
        self._refused(lambda store: store.extend(envelopes), CommandIdReused)

    @rule()
    def bring_in_at_the_wrong_place(self) -> None:
        self._refused(lambda store: store.extend((), after=len(self.log) + 1), WrongExpectedVersion)

    @rule()
    def restart(self) -> None:
        for one in self.all:
            if one.lasts:
                one.store.close()
                one.store = one.open(self.clock)

    @rule(work=_work, plan=_plans)
    def write_while_a_call_fails(self, work: dict[UUID, list[Encoded]], plan: tuple[int, Kind, When, bool]) -> None:
        """Each store on its own: what it answers is true; sent again, the command has its one effect in all of them."""
        command, (nth, kind, when, for_ever) = self._command(work), plan
        for one in self.all:
            if one.faults is not None and one.falls(kind, when):
                one.faults.arm(Plan(nth, kind, when, for_ever))
                answer = self._ask(one, self._sender(command))
                one.faults.arm(None)
                self._require_true(one, answer, command)
        written = self._agreed(self._sender(command))
        require(isinstance(written, tuple) and command.made(written), "after a failure a command has no effect")
        self._keep(command)

    @rule(after=st.integers(0, 30), limit=st.integers(1, 7))
    def read(self, after: int, limit: int) -> None:
        page = self._agreed(lambda store: store.read_all(after=after, limit=limit))
        require(isinstance(page, tuple) and len(page) == len(self.log[after : after + limit]), "a page is not full")
        for stream in STREAMS:
            envelopes = self._agreed(lambda store, stream=stream: store.read_stream(stream, after=after))  # type: ignore[misc]
            expected = self.streams.get(stream, [])[after:]
            require(
                [(one.command_id, one.payload) for one in envelopes] == [(by, it.payload) for by, it in expected], ""
            )

    # ── what holds ───────────────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def all_stand_at_the_same_root(self) -> None:
        head = self._agreed(lambda store: store.head())
        require(head.size == len(self.log), "the stores do not stand where the model does")

    def teardown(self) -> None:
        try:
            wholes = [whole(one.store) for one in self.all]
            exported = {_exported(one.store) for one in self.all}
            require(all(it == wholes[0] for it in wholes), "the stores hold different logs")
            told = [(one.stream, one.version, one.command_id, _encoded(one)) for one in wholes[0].log]
            require(told == self.log, "the stores hold another log than the model")
            require(len(exported) == 1, "the same log gives different exports")
        finally:
            for one in self.all:
                one.store.close()

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────

    def _context(self) -> Context:
        self.number += 1
        self.clock.tick()
        return Context(uuid5(NAMESPACE, f"lockstep command {self.number}"), WRITER)

    def _command(self, work: dict[UUID, list[Encoded]]) -> Command:
        batches = [Batch(one, len(self.streams.get(one, ())), tuple(facts)) for one, facts in work.items()]
        return Command(tuple(batches), self._context())

    def _keep(self, command: Command) -> None:
        self.sent.append(command)
        for batch in command.batches:
            for fact in batch.facts:
                stream = self.streams.setdefault(batch.stream, [])
                stream.append((command.context.command_id, fact))
                self.log.append((batch.stream, len(stream), command.context.command_id, fact))

    def _sender(self, command: Command) -> Callable[[ProvenLog], object]:
        return lambda store: store.append(command.batches, command.context)

    def _agreed(self, question: Callable[[ProvenLog], object]) -> Any:
        """The one answer, or the one kind of error, of all stores. Raises Violation when they differ."""
        answers = {one.name: self._ask(one, question) for one in self.all}
        said = [type(it) if isinstance(it, ZRouteError) else it for it in answers.values()]
        require(all(it == said[0] for it in said), f"the stores answer differently: {answers}")
        return said[0]

    def _refused(self, question: Callable[[ProvenLog], object], kind: type[ZRouteError]) -> None:
        answer = self._agreed(question)
        require(answer is kind, f"the true answer was {kind.code}, they gave {answer}")

    def _ask(self, one: Replica, question: Callable[[ProvenLog], object]) -> object:
        answer: object = None
        for _ in range(one.tries):
            answer = ask(Case(one.name, question, lambda _: True), one.store)
            if not isinstance(answer, StoreUnavailable | CommitOutcomeUnknown):
                break
            if one.faults is not None and one.faults.fired:
                break
        return answer

    def _require_true(self, one: Replica, answer: object, command: Command) -> None:
        if not isinstance(answer, ZRouteError):
            require(isinstance(answer, tuple) and command.made(answer), f"{one.name}: a false answer")
            return
        require(isinstance(answer, StoreError | IntegrityViolation), f"{one.name}: {answer.code} is not so")
        if not isinstance(answer, CommitOutcomeUnknown):
            head = self._ask(one, lambda store: store.head().size)
            require(head == len(self.log), f"{one.name}: {answer.code}, and yet something is stored")


def in_memory(store: Callable[[Clock], ProvenLog] = MemoryEventStore) -> Replica:
    return Replica("memory", store, lasts=False)


def on_sqlite(path: Path, faults: Faults) -> Replica:
    return Replica("SQLite", lambda clock: SqliteEventStore(path, clock), faults=faults)


def in_step(*replicas: Callable[[], Replica]) -> type[Lockstep]:
    """A machine over stores that are made anew for every run of it."""

    class InStep(Lockstep):
        def replicas(self) -> list[Replica]:
            return [make() for make in replicas]

    return InStep


def go(machine: type[Lockstep], examples: int, steps: int, at: int | None = None) -> None:
    """So many runs of so many steps, always the same ones, or from a seed. Raises Violation for the first that fails.

    A run that fails is not made smaller: the same seed finds it again.
    """
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=at is None,
        database=None,
        report_multiple_bugs=False,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine if at is None else seed(at)(machine), settings=chosen)


def _content(command: Command) -> list[tuple[object, ...]]:
    return [(it.stream, one.tag, one.schema_version, one.payload) for it in command.batches for one in it.facts]


def _encoded(one: Envelope) -> Encoded:
    return Encoded(one.tag, one.schema_version, one.payload, one.key_id, one.key_commitment)


def _exported(store: ProvenLog) -> bytes:
    out = BytesIO()
    export_log(store, out)
    return out.getvalue()
