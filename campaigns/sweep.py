"""The nth-fault sweep: every call that a command makes to its database fails once, and from then on for ever.

After each: the answer was true, the log is unchanged or fully changed, the same store goes on, and the same command
sent again has exactly one effect. The sweep of a command ends with the run in which no fault fired.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import count
from threading import Event, Thread
from time import monotonic, sleep
from uuid import UUID, uuid5

import attrs

from campaigns.faults import CANARY, Faults, Kind, Plan, When
from campaigns.proof import Violation, require, whole
from campaigns.script import NAMESPACE, WRITER, Command
from zroute_core.adapters.memory import MemoryEventStore
from zroute_core.errors import (
    CommandIdReused,
    CommitOutcomeUnknown,
    IntegrityViolation,
    StoreError,
    StoreUnavailable,
    WrongExpectedVersion,
    ZRouteError,
)
from zroute_core.kernel.log import Batch, Context, Encoded, event_id
from zroute_core.kernel.ports import ProvenLog
from zroute_core.testing.clock import TickingClock

FACT = Encoded("lesson-attended", 1, b'{"minutes":120}')


@attrs.frozen
class Case:
    """One thing that is asked of a store, and what is true about it."""

    name: str
    send: Callable[[ProvenLog], object]
    right: Callable[[object], bool]
    """Is this the true answer, to whoever asks for the first time or again?"""
    adds: frozenset[UUID] = frozenset()
    """The events it adds, all or none; none for a refusal, a repeat and a question."""
    refusal: type[ZRouteError] | None = None
    """The true answer, where that is a refusal."""
    twice: type[ZRouteError] | None = None
    """How it is refused when it stands in the log already; None: it answers again what it answered first."""
    lied_to: type[ZRouteError] | None = None
    """What it may take a broken key for, when it is the database that says so."""


Made = Callable[[ProvenLog, Callable[[], UUID]], Case]
"""Makes a case, as often as asked: prepares the store, and takes ids that were not there before."""


# ── what is asked ────────────────────────────────────────────────────────────────────────────────────────────


def one_fact(_: ProvenLog, new: Callable[[], UUID]) -> Case:
    return _append("one fact", 1, new)


def a_group(_: ProvenLog, new: Callable[[], UUID]) -> Case:
    return _append("a group of eight", 8, new)


def a_conflict(store: ProvenLog, new: Callable[[], UUID]) -> Case:
    known, stranger, asked = new(), new(), Context(new(), WRITER)
    store.append([Batch(known, 0, (FACT,))], Context(new(), WRITER))
    stale = [Batch(stranger, 0, (FACT,)), Batch(known, 0, (FACT,))]
    return Case("a conflict", lambda it: it.append(stale, asked), lambda _: False, refusal=WrongExpectedVersion)


def a_repeat(store: ProvenLog, new: Callable[[], UUID]) -> Case:
    command = Command((Batch(new(), 0, (FACT, FACT)), Batch(new(), 0, (FACT,))), Context(new(), WRITER))
    first = store.append(command.batches, command.context)
    return Case("a repeat", lambda it: it.append(command.batches, command.context), lambda answer: answer == first)


def an_id_used_before(store: ProvenLog, new: Callable[[], UUID]) -> Case:
    asked = Context(new(), WRITER)
    store.append([Batch(new(), 0, (FACT,))], asked)
    other = [Batch(new(), 0, (FACT,))]
    return Case("an id used before", lambda it: it.append(other, asked), lambda _: False, refusal=CommandIdReused)


def an_extension(_: ProvenLog, new: Callable[[], UUID]) -> Case:
    elsewhere = MemoryEventStore(TickingClock())
    batches = [Batch(new(), 0, (FACT, FACT)), Batch(new(), 0, (FACT, FACT, FACT))]
    envelopes = elsewhere.append(batches, Context(new(), WRITER))
    return Case(
        "an extension",
        lambda it: it.extend(envelopes),
        lambda answer: type(answer) is int,
        adds=frozenset(one.event_id for one in envelopes),
        twice=CommandIdReused,
        lied_to=CommandIdReused,
    )


def _append(name: str, streams: int, new: Callable[[], UUID]) -> Case:
    command = Command(tuple(Batch(new(), 0, (FACT,)) for _ in range(streams)), Context(new(), WRITER))
    return Case(
        name,
        lambda store: store.append(command.batches, command.context),
        lambda answer: isinstance(answer, tuple) and command.made(answer),
        adds=frozenset(event_id(command.context.command_id, number) for number in range(streams)),
    )


WRITING: tuple[Made, ...] = (one_fact, a_group, a_conflict, a_repeat, an_id_used_before, an_extension)


def a_history(store: ProvenLog, new: Callable[[], UUID]) -> Case:
    stream = new()
    store.append([Batch(stream, 0, (FACT, FACT, FACT))], Context(new(), WRITER))
    truth = store.read_stream(stream)
    return Case("a history", lambda it: it.read_stream(stream), lambda answer: answer == truth)


def a_page(store: ProvenLog, new: Callable[[], UUID]) -> Case:
    store.append([Batch(new(), 0, (FACT, FACT, FACT))], Context(new(), WRITER))
    after = store.head().size - 3
    truth = store.read_all(after=after)
    return Case("a page", lambda it: it.read_all(after=after), lambda answer: answer == truth)


def the_head(store: ProvenLog, _: Callable[[], UUID]) -> Case:
    truth = store.head()
    return Case("the head", lambda it: it.head(), lambda answer: answer == truth)


def the_leaves(store: ProvenLog, new: Callable[[], UUID]) -> Case:
    store.append([Batch(new(), 0, (FACT, FACT, FACT))], Context(new(), WRITER))
    start = store.head().size - 3
    truth = list(store.leaves(start))
    return Case("the leaves", lambda it: list(it.leaves(start)), lambda answer: answer == truth)


READING: tuple[Made, ...] = (a_history, a_page, the_head, the_leaves)


# ── the sweep ────────────────────────────────────────────────────────────────────────────────────────────────


def befalling(kinds: Sequence[Kind] = tuple(Kind)) -> Iterator[tuple[Kind, When, bool]]:
    """What can befall a call. Only a full disk and an I/O error make a database roll back by itself."""
    for kind in kinds:
        for when in When:
            if when is not When.ROLLED_BACK or kind in {Kind.FULL, Kind.IO}:
                yield kind, when, False
                yield kind, when, True


class Sweep:
    """One store under fire, and an onlooker whose connections never fail."""

    def __init__(self, store: ProvenLog, onlooker: ProvenLog, faults: Faults, tries: int = 1) -> None:
        """`tries` are those a store may need after a failure: connections to a server are made anew meanwhile."""
        self.store = store
        self.onlooker = onlooker
        self.faults = faults
        self.tries = tries
        self.runs = 0
        self.fired = 0
        self._made = 0

    def new(self) -> UUID:
        """An id that was not there before."""
        self._made += 1
        return uuid5(NAMESPACE, f"sweep {self._made}")

    def sweep(self, make: Made, kind: Kind, when: When, for_ever: bool) -> int:
        """Ask with the 1st, 2nd, 3rd ... call failing, until none fails; how many calls could. Raises Violation."""
        for nth in count(1):
            plan = Plan(nth, kind, when, for_ever)
            case = make(self.store, self.new)
            before = self.onlooker.head().size
            self.faults.arm(plan)
            answer = ask(case, self.store)
            fired = self.faults.fired
            self.faults.arm(None)
            self.runs += 1
            self.fired += fired
            self.judge(case, answer, before, plan, fired)
            require(
                self.onlooker.head().size == before + len(case.adds), f"{case.name}, {plan}: something else is stored"
            )
            if not fired:
                return nth - 1
        raise NotImplementedError

    def close(self) -> None:
        self.faults.arm(None)
        self.store.close()
        self.onlooker.close()

    def judge(self, case: Case, answer: object, before: int, plan: Plan, fired: int) -> None:
        """Was the answer true, and is there one effect once it is asked again?"""
        said = f"{case.name}, {plan}"
        stored = self._stored(case, before)
        require(stored in {0, len(case.adds)}, f"{said}: {stored} of {len(case.adds)} facts are stored")
        if not isinstance(answer, ZRouteError):
            require(case.refusal is None, f"{said}: accepted, where the true answer is a refusal")
            require(case.right(answer), f"{said}: a false answer")
            require(stored == len(case.adds), f"{said}: acknowledged and not stored")
        elif type(answer) is not case.refusal:
            require(fired > 0, f"{said}: {answer.code} though nothing had failed")
            lied_to = plan.kind is Kind.INTEGRITY and type(answer) is case.lied_to
            require(lied_to or isinstance(answer, StoreError | IntegrityViolation), f"{said}: {answer.code} is not so")
            unknown = isinstance(answer, CommitOutcomeUnknown)
            require(unknown or not case.adds or not stored, f"{said}: {answer.code}, and yet it is stored")
        self._judge_again(case, answer, before, bool(stored), said)

    def _judge_again(self, case: Case, first: object, before: int, stored: bool, said: str) -> None:
        again = self.patiently(lambda store: ask(case, store))
        said += f", sent again: {again.code if isinstance(again, ZRouteError) else 'accepted'}"
        if case.refusal is not None:
            require(type(again) is case.refusal, said)
        elif stored and case.twice is not None:
            require(type(again) is case.twice, said)
        else:
            require(not isinstance(again, ZRouteError) and case.right(again), said)
            require(isinstance(first, ZRouteError) or first == again, f"{said} with another answer")
        require(self._stored(case, before) == len(case.adds), f"{said}: not exactly one effect")

    def patiently(self, question: Callable[[ProvenLog], object]) -> object:
        """Asked again while the store finds its way back to its database, as often as it may need."""
        answer: object = None
        for _ in range(self.tries):
            try:
                answer = question(self.store)
            except ZRouteError as error:
                answer = error
            if not isinstance(answer, StoreUnavailable | CommitOutcomeUnknown):
                break
        return answer

    def _stored(self, case: Case, before: int) -> int:
        new = self.onlooker.read_all(after=before, limit=1000)
        return sum(one.envelope.event_id in case.adds for one in new)

    def finish(self) -> None:
        """At the end the log is one proven whole, for both. Raises Violation."""
        require(whole(self.onlooker).root == self.store.head().root(), "two who look at one log see different things")


def ask(case: Case, store: ProvenLog) -> object:
    """The answer, or the error that was raised. Raises Violation for an error of somebody else's, or one that tells."""
    try:
        return case.send(store)
    except ZRouteError as error:
        _require_discreet(error, case.name)
        return error
    except Exception as error:
        raise Violation(f"{case.name}: {type(error).__name__} crossed the border") from error


def _require_discreet(error: BaseException, name: str) -> None:
    seen: BaseException | None = error
    while seen is not None:
        require(isinstance(seen, ZRouteError), f"{name}: {type(seen).__name__} stands behind the error")
        require(CANARY not in f"{seen}{seen.args}", f"{name}: the error tells what the database said")
        seen = seen.__cause__ or seen.__context__


# ── two in one commit ────────────────────────────────────────────────────────────────────────────────────────


class GatedClock:
    """A clock that can be held: whoever asks for the time waits, in the middle of its transaction."""

    def __init__(self) -> None:
        self._clock = TickingClock()
        self._open = Event()
        self._open.set()
        self.asked = Event()

    def now(self) -> datetime:
        self.asked.set()
        if not self._open.wait(30):
            raise Violation("the clock was held for half a minute")
        return self._clock.now()

    def hold(self) -> None:
        self.asked.clear()
        self._open.clear()

    def let_go(self) -> None:
        self._open.set()


def together(
    sweep: Sweep,
    clock: GatedClock,
    waiting: Callable[[], int],
    makes: Sequence[Made],
    kind: Kind,
    when: When,
    ever: bool,
) -> int:
    """The first asks the clock, which holds it in its transaction until all others wait: they share the next commit.

    From there on the nth call fails, for n = 1, 2, 3 ... until none fails; how many calls could. Raises Violation.
    """
    for nth in count(1):
        plan = Plan(nth, kind, when, ever)
        cases = [make(sweep.store, sweep.new) for make in makes]
        before = sweep.onlooker.head().size
        answers: dict[int, object] = {}

        def send(which: int, cases: Sequence[Case] = cases, answers: dict[int, object] = answers) -> None:
            try:
                answers[which] = ask(cases[which], sweep.store)
            except Violation as violation:
                answers[which] = violation

        threads = [Thread(target=send, args=(which,)) for which in range(len(cases))]
        clock.hold()
        threads[0].start()
        require(clock.asked.wait(30), "the first does not ask the clock, so nobody has to wait behind it")
        for number, thread in enumerate(threads[1:], start=1):
            thread.start()
            until = monotonic() + 30
            while waiting() < number:
                require(monotonic() < until, "somebody who has to wait does not")
                sleep(0.0005)
        sweep.faults.arm(plan)
        clock.let_go()
        for thread in threads:
            thread.join()
        fired = sweep.faults.fired
        sweep.faults.arm(None)
        sweep.runs += 1
        sweep.fired += fired
        for which, case in enumerate(cases):
            answer = answers[which]
            if isinstance(answer, Violation):
                raise answer
            sweep.judge(case, answer, before, plan, fired)
        if not fired:
            return nth - 1
    raise NotImplementedError


def opening(opened: Callable[[], ProvenLog], migrate: Callable[[], object], faults: Faults, plan: Plan) -> int:
    """Open while a call fails, then migrate and open when none does; how many failed. Raises Violation."""
    faults.arm(plan)
    store: ProvenLog | None = None
    try:
        store = opened()
    except ZRouteError as error:
        _require_discreet(error, "opening")
        require(faults.fired > 0, f"opening, {plan}: {error.code} though nothing had failed")
    except Exception as error:
        raise Violation(f"opening, {plan}: {type(error).__name__} crossed the border") from error
    fired = faults.fired
    _close(store, plan)
    faults.arm(None)
    migrate()
    store = opened()
    whole(store)
    store.close()
    return fired


def _close(store: ProvenLog | None, plan: Plan) -> None:
    try:
        if store is not None:
            store.close()
    except Exception as error:
        raise Violation(f"closing, {plan}: {type(error).__name__} crossed the border") from error
