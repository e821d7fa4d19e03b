"""The front door: one effect for each command, all or none, and the two axes of time."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import attrs
import pytest

import zroute_core
from zroute_core.adapters.codec import JsonCodec
from zroute_core.adapters.memory import MemoryEventStore
from zroute_core.domain.decisions import (
    Absent,
    AdoptPlan,
    AttendLesson,
    CancelLesson,
    CorrectFact,
    EndTrajectory,
    FormGroup,
    HoldGroupLesson,
    HoldIntake,
    InterruptTrajectory,
    JoinGroup,
    OpenTrajectory,
    ResumeTrajectory,
    RetractFact,
)
from zroute_core.domain.events import LessonAttended, LessonMissed, TrajectoryOpened
from zroute_core.domain.national import PILOT
from zroute_core.domain.programme import Category
from zroute_core.domain.values import (
    AbsenceReason,
    CancellationReason,
    EndReason,
    Group,
    IntakePart,
    InterruptionReason,
    Lesson,
    Regime,
    TargetGroup,
)
from zroute_core.errors import (
    CommandIdReused,
    DecodeError,
    InvalidDate,
    InvalidIdentifier,
    InvalidInput,
    MissingActor,
    NotFound,
    RuleViolation,
    StoreClosed,
    UnknownEventType,
    WrongExpectedVersion,
)
from zroute_core.kernel.log import Actor, Batch, Context, Encoded, Envelope, Logged
from zroute_core.read_models.plan import AgreementState
from zroute_core.testing.samples import AGREEMENT, GOAL, LESSON
from zroute_core.trajectories import ATTEMPTS, Trajectories

ME = Actor("teacher-7", "z-route")
SEPTEMBER = date(2020, 9, 1)
LESSON_DAY = date(2020, 9, 14)
ANNA, BORIS, CHANTAL = (UUID(int=number) for number in (0xA, 0xB, 0xC))
OPEN = OpenTrajectory(SEPTEMBER, "0392", TargetGroup.ASYLUM_STATUS_HOLDER, Regime.PILOT)
INTAKE = HoldIntake(SEPTEMBER, (IntakePart.EDUCATION_AND_WORK,), (GOAL,))
ATTEND = AttendLesson(LESSON_DAY, LESSON)


class SetClock:
    """Stands at the moment a test says."""

    def __init__(self, day: date = LESSON_DAY) -> None:
        self.day = day

    def now(self) -> datetime:
        return datetime(self.day.year, self.day.month, self.day.day, 12, tzinfo=UTC)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def lesson(key: str, minutes: int = 120) -> Lesson:
    return attrs.evolve(LESSON, key=key, minutes=minutes, starts=None)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def trajectories(clock: SetClock) -> Trajectories:
    """Anna, Boris and Chantal, taken in on 1 September."""
    made = zroute_core.open("memory:", programme=PILOT, clock=clock)
    for one in (ANNA, BORIS, CHANTAL):
        made.handle(one, OPEN, by=ME)
        made.handle(one, INTAKE, by=ME)
    return made


def course_minutes(trajectories: Trajectories, one: UUID, **at: Any) -> int:
    (course,) = (it for it in trajectories.progress(one, **at).categories if it.category is Category.COURSE)
    return course.minutes


def test_a_command_becomes_a_fact_with_its_who_why_and_when(trajectories: Trajectories) -> None:
    cause, conversation, command = uuid4(), uuid4(), uuid4()
    receipt = trajectories.handle(
        ANNA, ATTEND, by=ME, command_id=command, correlation_id=conversation, causation_id=cause
    )
    (recorded,) = receipt.facts
    assert recorded.event == LessonAttended(LESSON_DAY, LESSON)
    assert trajectories.history(ANNA)[-1] == recorded
    envelope = recorded.envelope
    assert (envelope.actor, envelope.recorded_at, envelope.version) == (ME, noon(LESSON_DAY), 3)
    assert (envelope.command_id, envelope.correlation_id, envelope.causation_id) == (command, conversation, cause)


def test_advisories_come_with_the_receipt(trajectories: Trajectories) -> None:
    receipt = trajectories.handle(ANNA, JoinGroup(LESSON_DAY, Group("g", "alfa", "school"), 9), by=ME)
    assert [(one.participant, one.objection.rule) for one in receipt.advisories] == [(ANNA, "group-size")]
    assert len(receipt.facts) == 1


# ── one effect for each command ──────────────────────────────────────────────────────────────────────────────


def test_sent_again_a_command_has_one_effect_and_the_same_receipt(trajectories: Trajectories) -> None:
    command = uuid4()
    first = trajectories.handle(ANNA, ATTEND, by=ME, command_id=command)
    again = trajectories.handle(ANNA, ATTEND, by=ME, command_id=command, expected_version=2)
    assert again.facts == first.facts
    assert len(trajectories.history(ANNA)) == 3


def test_asked_again_under_another_id_gives_nothing(trajectories: Trajectories) -> None:
    trajectories.handle(ANNA, ATTEND, by=ME)
    assert trajectories.handle(ANNA, ATTEND, by=ME).facts == ()
    assert len(trajectories.history(ANNA)) == 3


def test_a_command_id_belongs_to_one_command(trajectories: Trajectories) -> None:
    command = uuid4()
    trajectories.handle(ANNA, ATTEND, by=ME, command_id=command)
    with pytest.raises(CommandIdReused):
        trajectories.handle(ANNA, AttendLesson(LESSON_DAY, lesson("les-2")), by=ME, command_id=command)
    with pytest.raises(CommandIdReused):
        trajectories.handle(BORIS, ATTEND, by=ME, command_id=command)
    assert len(trajectories.history(ANNA)) == 3
    assert len(trajectories.history(BORIS)) == 2


def test_sent_again_after_the_fact_was_corrected_it_changes_nothing(trajectories: Trajectories) -> None:
    command = uuid4()
    (attended,) = trajectories.handle(ANNA, ATTEND, by=ME, command_id=command).facts
    shorter = LessonAttended(LESSON_DAY, attrs.evolve(LESSON, minutes=60))
    trajectories.handle(ANNA, CorrectFact(LESSON_DAY, attended.event_id, shorter, "left early"), by=ME)
    again = trajectories.handle(ANNA, ATTEND, by=ME, command_id=command)
    assert again.facts == (attended,)
    assert course_minutes(trajectories, ANNA) == 60
    trajectories.handle(ANNA, RetractFact(LESSON_DAY, attended.event_id, "another person"), by=ME)
    assert trajectories.handle(ANNA, ATTEND, by=ME, command_id=command).facts == (attended,)
    assert course_minutes(trajectories, ANNA) == 0


def test_sent_again_after_the_trajectory_ended_it_is_still_the_same_command(trajectories: Trajectories) -> None:
    command = uuid4()
    first = trajectories.handle(
        ANNA, InterruptTrajectory(LESSON_DAY, InterruptionReason.ILLNESS), by=ME, command_id=command
    )
    trajectories.handle(ANNA, ResumeTrajectory(LESSON_DAY), by=ME)
    trajectories.handle(ANNA, EndTrajectory(LESSON_DAY, EndReason.MOVED), by=ME)
    again = trajectories.handle(
        ANNA, InterruptTrajectory(LESSON_DAY, InterruptionReason.ILLNESS), by=ME, command_id=command
    )
    assert again.facts == first.facts


@pytest.mark.parametrize("expected", [0, 1, 3, 9])
def test_an_expected_version_that_is_not_there_is_refused(trajectories: Trajectories, expected: int) -> None:
    with pytest.raises(WrongExpectedVersion):
        trajectories.handle(ANNA, ATTEND, by=ME, expected_version=expected)
    assert len(trajectories.history(ANNA)) == 2


def test_an_expected_version_that_is_there_is_taken(trajectories: Trajectories) -> None:
    assert len(trajectories.handle(ANNA, ATTEND, by=ME, expected_version=2).facts) == 1


# ── many participants at once ────────────────────────────────────────────────────────────────────────────────


def held(*present: UUID, absent: Sequence[UUID] = ()) -> HoldGroupLesson:
    return HoldGroupLesson(LESSON_DAY, LESSON, present, tuple(Absent(one, AbsenceReason.ILL) for one in absent))


def test_a_group_lesson_stands_in_every_history_under_one_command(trajectories: Trajectories) -> None:
    receipt = trajectories.handle_together(held(ANNA, BORIS, absent=[CHANTAL]), by=ME)
    assert len({one.envelope.command_id for one in receipt.facts}) == 1
    last = [trajectories.history(one)[-1].event for one in (ANNA, BORIS, CHANTAL)]
    assert [type(fact) for fact in last] == [LessonAttended, LessonAttended, LessonMissed]


def test_one_refusal_refuses_the_lesson_for_all_and_says_whose(trajectories: Trajectories) -> None:
    stranger = uuid4()
    trajectories.handle(stranger, OPEN, by=ME)
    with pytest.raises(RuleViolation) as refused:
        trajectories.handle_together(held(ANNA, BORIS, stranger), by=ME)
    assert refused.value.rules == ("intake-first",)
    assert refused.value.participant == stranger
    assert str(stranger) not in str(refused.value)
    assert [len(trajectories.history(one)) for one in (ANNA, BORIS, stranger)] == [2, 2, 1]


def test_somebody_unknown_refuses_the_lesson_for_all(trajectories: Trajectories) -> None:
    stranger = uuid4()
    with pytest.raises(NotFound) as refused:
        trajectories.handle_together(held(ANNA, stranger), by=ME)
    assert refused.value.participant == stranger
    assert len(trajectories.history(ANNA)) == 2
    with pytest.raises(NotFound):
        trajectories.history(stranger)


def test_a_group_lesson_sent_again_has_one_effect(trajectories: Trajectories) -> None:
    command = uuid4()
    first = trajectories.handle_together(held(ANNA, BORIS), by=ME, command_id=command)
    assert trajectories.handle_together(held(ANNA, BORIS), by=ME, command_id=command).facts == first.facts
    with pytest.raises(CommandIdReused):
        trajectories.handle_together(held(ANNA, BORIS, CHANTAL), by=ME, command_id=command)
    assert len(trajectories.history(CHANTAL)) == 2


def test_who_was_recorded_before_is_not_recorded_twice(trajectories: Trajectories) -> None:
    trajectories.handle(ANNA, ATTEND, by=ME)
    command = uuid4()
    receipt = trajectories.handle_together(held(ANNA, BORIS), by=ME, command_id=command)
    assert [one.envelope.stream for one in receipt.facts] == [BORIS]
    assert trajectories.handle_together(held(ANNA, BORIS), by=ME, command_id=command).facts == receipt.facts
    assert len(trajectories.history(ANNA)) == 3


def test_everybody_who_is_refused_is_named(trajectories: Trajectories) -> None:
    strangers = [uuid4(), uuid4()]
    for one in strangers:
        trajectories.handle(one, OPEN, by=ME)
    with pytest.raises(RuleViolation) as refused:
        trajectories.handle_together(held(ANNA, *strangers), by=ME)
    assert refused.value.refused == dict.fromkeys(strangers, ("intake-first",))


def test_a_group_lesson_sent_again_does_not_ask_the_clock(trajectories: Trajectories, clock: SetClock) -> None:
    """Boris was recorded before, by a clock that stood later than it stands now."""
    clock.day = LESSON_DAY + timedelta(days=1)
    trajectories.handle(BORIS, ATTEND, by=ME)
    clock.day = LESSON_DAY
    command = uuid4()
    first = trajectories.handle_together(held(ANNA, BORIS), by=ME, command_id=command)
    assert trajectories.handle_together(held(ANNA, BORIS), by=ME, command_id=command).facts == first.facts


class Between:
    """A store in which, once, the same command is recorded between the first read of it and the next."""

    def __init__(self) -> None:
        self.inner = MemoryEventStore(SetClock())
        self.meanwhile: list[Callable[[], object]] = []

    def append(self, batches: Sequence[Batch], context: Context) -> tuple[Envelope, ...]:
        return self.inner.append(batches, context)

    def read_stream(self, stream: UUID, *, after: int = 0) -> Sequence[Envelope]:
        read = self.inner.read_stream(stream, after=after)
        while self.meanwhile:
            self.meanwhile.pop()()
        return read

    def read_all(self, *, after: int = 0, limit: int = 1000) -> Sequence[Logged]:
        return self.inner.read_all(after=after, limit=limit)

    def close(self) -> None:
        self.inner.close()


def test_a_sending_that_is_recorded_between_two_reads_is_seen_whole() -> None:
    store, command = Between(), uuid4()
    ours, theirs = (Trajectories(store, JsonCodec(), (PILOT,), SetClock()) for _ in range(2))
    for one in (ANNA, BORIS):
        ours.handle(one, OPEN, by=ME)
        ours.handle(one, INTAKE, by=ME)
    store.meanwhile.append(lambda: theirs.handle_together(held(ANNA, BORIS), by=ME, command_id=command))
    receipt = ours.handle_together(held(ANNA, BORIS), by=ME, command_id=command)
    assert [one.envelope.stream for one in receipt.facts] == [ANNA, BORIS]
    assert [len(ours.history(one)) for one in (ANNA, BORIS)] == [3, 3]


def test_a_group_is_formed_in_every_history(trajectories: Trajectories) -> None:
    receipt = trajectories.handle_together(
        FormGroup(LESSON_DAY, Group("g", "alfa", "school"), (ANNA, BORIS, CHANTAL)), by=ME
    )
    assert [one.envelope.stream for one in receipt.facts] == [ANNA, BORIS, CHANTAL]
    assert receipt.advisories == ()


# ── who, what and whose must be said ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("nobody", [None, "teacher-7", ("teacher-7", "z-route")])
def test_every_write_names_who_writes(trajectories: Trajectories, nobody: Any) -> None:
    with pytest.raises(MissingActor) as caught:
        trajectories.handle(ANNA, ATTEND, by=nobody)
    assert caught.value.field == "by"


@pytest.mark.parametrize("name", ["not-a-uuid", UUID(int=0), None, 7, [1]])
def test_a_participant_is_a_uuid(trajectories: Trajectories, name: Any) -> None:
    for ask in (trajectories.history, trajectories.progress, trajectories.plan, trajectories.timeline):
        with pytest.raises(InvalidIdentifier):
            ask(name)
    with pytest.raises(InvalidIdentifier):
        trajectories.handle(name, OPEN, by=ME)


@pytest.mark.parametrize("wrong", [None, "attend", LESSON, held(ANNA), OpenTrajectory])
def test_a_command_is_one_of_the_commands(trajectories: Trajectories, wrong: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        trajectories.handle(ANNA, wrong, by=ME)
    assert caught.value.field == "command"


def test_a_group_command_is_one_of_the_group_commands(trajectories: Trajectories) -> None:
    with pytest.raises(InvalidInput):
        trajectories.handle_together(ATTEND, by=ME)  # type: ignore[arg-type]


@pytest.mark.parametrize("command_id", ["", "C1", 0, UUID(int=0)])
def test_a_command_id_is_a_uuid(trajectories: Trajectories, command_id: Any) -> None:
    with pytest.raises(InvalidIdentifier):
        trajectories.handle(ANNA, ATTEND, by=ME, command_id=command_id)


@pytest.mark.parametrize("version", [-1, True, "2", 2.0])
def test_a_version_is_a_whole_number_from_0(trajectories: Trajectories, version: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        trajectories.handle(ANNA, ATTEND, by=ME, expected_version=version)
    assert caught.value.field == "expected_version"


def test_days_are_days_and_moments_have_an_offset(trajectories: Trajectories) -> None:
    some: Any = datetime(2020, 9, 14, 12)  # noqa: DTZ001
    for ask in (trajectories.progress, trajectories.plan, trajectories.timeline):
        with pytest.raises(InvalidDate):
            ask(ANNA, known_at=some)
        with pytest.raises(InvalidDate):
            ask(ANNA, valid_on=some)
    with pytest.raises(InvalidDate):
        trajectories.handle(ANNA, ATTEND, by=ME, said_on=some)
    today: Any = LESSON_DAY
    with pytest.raises(InvalidDate):
        trajectories.progress(ANNA, known_at=today)
    with pytest.raises(InvalidDate):
        trajectories.cohort(valid_on=some)


def test_nobody_is_made_by_asking(trajectories: Trajectories) -> None:
    stranger = uuid4()
    for ask in (trajectories.history, trajectories.progress, trajectories.plan, trajectories.timeline):
        with pytest.raises(NotFound):
            ask(stranger)
    with pytest.raises(NotFound):
        trajectories.handle(stranger, ATTEND, by=ME)
    assert [one.id for one in trajectories.participants()] == [ANNA, BORIS, CHANTAL]


# ── the day a command is given ───────────────────────────────────────────────────────────────────────────────


def test_today_is_the_day_in_the_netherlands() -> None:
    class JustAfterMidnight:
        def now(self) -> datetime:
            return datetime(2020, 9, 13, 22, 30, tzinfo=UTC)  # 00:30 on the 14th in Amsterdam, in summer

    made = zroute_core.open("memory:", clock=JustAfterMidnight())
    made.handle(ANNA, OPEN, by=ME)
    assert made.handle(ANNA, CancelLesson(LESSON_DAY, LESSON, CancellationReason.OTHER), by=ME).facts
    with pytest.raises(RuleViolation):
        made.handle(ANNA, CancelLesson(date(2020, 9, 15), lesson("x"), CancellationReason.OTHER), by=ME)
    assert made.progress(ANNA).day == LESSON_DAY


def test_a_command_may_say_on_which_day_it_is_given(trajectories: Trajectories) -> None:
    with pytest.raises(RuleViolation) as refused:
        trajectories.handle(ANNA, ATTEND, by=ME, said_on=date(2020, 9, 13))
    assert refused.value.rules == ("not-in-the-future",)


# ── two axes of time ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_correction_three_months_back_as_known_and_as_valid(trajectories: Trajectories, clock: SetClock) -> None:
    """Two lessons of 120 minutes in September; in December one turns out to have been 45, and on the 21st."""
    september, december = date(2020, 9, 14), date(2020, 12, 14)
    (attended,) = trajectories.handle(ANNA, AttendLesson(september, lesson("l-1")), by=ME).facts
    clock.day = date(2020, 9, 15)
    trajectories.handle(ANNA, AttendLesson(date(2020, 9, 15), lesson("l-2")), by=ME)
    clock.day = december
    really = LessonAttended(date(2020, 9, 21), lesson("l-1", 45))
    trajectories.handle(ANNA, CorrectFact(december, attended.event_id, really, "the list of another week"), by=ME)

    assert course_minutes(trajectories, ANNA) == 165  # 120 + 45
    assert course_minutes(trajectories, ANNA, known_at=noon(date(2020, 11, 1))) == 240  # as believed then
    assert course_minutes(trajectories, ANNA, valid_on=date(2020, 9, 20)) == 120  # the other one came a day later
    assert course_minutes(trajectories, ANNA, valid_on=date(2020, 9, 21)) == 165
    both = {"known_at": noon(date(2020, 11, 1)), "valid_on": date(2020, 9, 14)}
    assert course_minutes(trajectories, ANNA, **both) == 120  # believed in November about 14 September
    assert len(trajectories.history(ANNA)) == 5
    assert len(trajectories.history(ANNA, known_at=noon(date(2020, 11, 1)))) == 4


def test_a_late_fact_is_not_known_before_it_was_told(trajectories: Trajectories, clock: SetClock) -> None:
    clock.day = date(2020, 12, 1)
    trajectories.handle(ANNA, ATTEND, by=ME)
    assert course_minutes(trajectories, ANNA, valid_on=LESSON_DAY) == 120
    assert course_minutes(trajectories, ANNA, known_at=noon(date(2020, 11, 30)), valid_on=LESSON_DAY) == 0


def test_the_moment_itself_is_known(trajectories: Trajectories) -> None:
    before = noon(LESSON_DAY) - timedelta(microseconds=1)
    assert len(trajectories.history(ANNA, known_at=noon(LESSON_DAY))) == 2
    with pytest.raises(NotFound):
        trajectories.history(ANNA, known_at=before)
    assert list(trajectories.participants(known_at=before)) == []


def test_a_clock_that_was_set_back_hides_nothing(trajectories: Trajectories, clock: SetClock) -> None:
    """The lesson was recorded by a clock that stood a day ahead; what came after it was known before it."""
    clock.day = LESSON_DAY + timedelta(days=1)
    trajectories.handle(ANNA, ATTEND, by=ME)
    clock.day = LESSON_DAY
    trajectories.handle(ANNA, AttendLesson(LESSON_DAY, lesson("les-2", 60)), by=ME)
    assert course_minutes(trajectories, ANNA, known_at=noon(LESSON_DAY)) == 60
    assert course_minutes(trajectories, ANNA) == 180


def test_before_the_day_of_opening_there_is_nothing_to_show(trajectories: Trajectories) -> None:
    day_before = SEPTEMBER - timedelta(days=1)
    with pytest.raises(NotFound):
        trajectories.progress(ANNA, valid_on=day_before)
    with pytest.raises(NotFound):
        trajectories.plan(ANNA, valid_on=day_before)
    with pytest.raises(NotFound):
        trajectories.timeline(ANNA, valid_on=day_before)
    assert trajectories.cohort(valid_on=day_before).participants == 0
    assert trajectories.cohort(valid_on=SEPTEMBER).participants == 3


def test_the_other_views_speak_of_both_axes_too(trajectories: Trajectories, clock: SetClock) -> None:
    clock.day = date(2020, 12, 1)
    trajectories.handle(ANNA, ATTEND, by=ME)
    november = noon(date(2020, 11, 1))
    assert len(trajectories.timeline(ANNA).lines) == 3
    assert len(trajectories.timeline(ANNA, known_at=november).lines) == 2
    assert len(trajectories.timeline(ANNA, valid_on=SEPTEMBER).lines) == 2
    assert len(trajectories.plan(ANNA).components) == 1
    assert trajectories.plan(ANNA, known_at=november).components == ()
    assert trajectories.plan(ANNA, valid_on=SEPTEMBER).components == ()


# ── many writers ─────────────────────────────────────────────────────────────────────────────────────────────


def test_as_known_at_a_moment_speaks_of_the_day_of_that_moment(trajectories: Trajectories, clock: SetClock) -> None:
    """What was due in October was not overdue on 20 September, whenever that is asked."""
    trajectories.handle(ANNA, AdoptPlan(LESSON_DAY, (GOAL,), (), (AGREEMENT,)), by=ME)
    clock.day = date(2024, 1, 1)
    then = trajectories.plan(ANNA, known_at=noon(date(2020, 9, 20)))
    assert (then.day, then.agreements[0].state) == (date(2020, 9, 20), AgreementState.OPEN)
    assert trajectories.plan(ANNA).agreements[0].state is AgreementState.OVERDUE
    assert trajectories.progress(ANNA, known_at=noon(date(2020, 9, 20))).day == date(2020, 9, 20)


def test_a_wrong_municipality_and_a_wrong_regime_can_be_put_right(trajectories: Trajectories) -> None:
    """The correction is judged under the programme that then holds, however much happened already."""
    trajectories.handle(ANNA, ATTEND, by=ME)
    opening = trajectories.history(ANNA)[0]
    right = TrajectoryOpened(SEPTEMBER, "0153", TargetGroup.FAMILY_OR_OTHER_MIGRANT, Regime.WI2021)
    trajectories.handle(ANNA, CorrectFact(LESSON_DAY, opening.event_id, right, "Another municipality."), by=ME)
    progress = trajectories.progress(ANNA)
    assert (progress.municipality, progress.programme) == ("0153", "Wet inburgering 2021, Z-route")
    assert [one.target for one in progress.categories] == [800 * 60, 0, 0, 0]


def test_two_front_doors_on_one_store_see_each_other() -> None:
    clock = SetClock()
    store = MemoryEventStore(clock)
    left, right = (Trajectories(store, JsonCodec(), (PILOT,), clock) for _ in range(2))
    left.handle(ANNA, OPEN, by=ME)
    right.handle(ANNA, INTAKE, by=ME)
    left.handle(ANNA, ATTEND, by=ME)
    assert right.handle(ANNA, ATTEND, by=ME).facts == ()
    assert left.history(ANNA) == right.history(ANNA)


class Overtaken:
    """A store in which somebody else is always a little quicker, a number of times."""

    def __init__(self, times: int) -> None:
        self.inner = MemoryEventStore(SetClock())
        self.times = times

    def append(self, batches: Sequence[Batch], context: Context) -> tuple[Envelope, ...]:
        (batch, *_) = batches
        if self.times and batch.expected_version == 2 + self.done:
            self.times -= 1
            self.done += 1
            other = JsonCodec().encode(LessonAttended(LESSON_DAY, lesson(f"other-{self.done}")))
            self.inner.append([Batch(batch.stream, batch.expected_version, (other,))], Context(uuid4(), ME))
        return self.inner.append(batches, context)

    done = 0

    def read_stream(self, stream: UUID, *, after: int = 0) -> Sequence[Envelope]:
        return self.inner.read_stream(stream, after=after)

    def read_all(self, *, after: int = 0, limit: int = 1000) -> Any:
        return self.inner.read_all(after=after, limit=limit)

    def close(self) -> None:
        self.inner.close()


def taken_in(store: Overtaken) -> Trajectories:
    made = Trajectories(store, JsonCodec(), (PILOT,), SetClock())
    made.handle(ANNA, OPEN, by=ME)
    made.handle(ANNA, INTAKE, by=ME)
    return made


def test_a_decision_is_taken_anew_when_somebody_else_was_first() -> None:
    made = taken_in(Overtaken(times=ATTEMPTS - 1))
    (attended,) = made.handle(ANNA, ATTEND, by=ME).facts
    assert attended.envelope.version == 2 + ATTEMPTS
    assert course_minutes(made, ANNA) == 120 * ATTEMPTS


def test_in_the_end_it_is_reported() -> None:
    made = taken_in(Overtaken(times=ATTEMPTS))
    with pytest.raises(WrongExpectedVersion):
        made.handle(ANNA, ATTEND, by=ME)
    assert len(made.history(ANNA)) == 2 + ATTEMPTS


def test_with_an_expected_version_nothing_is_tried_twice() -> None:
    made = taken_in(Overtaken(times=1))
    with pytest.raises(WrongExpectedVersion):
        made.handle(ANNA, ATTEND, by=ME, expected_version=2)
    assert course_minutes(made, ANNA) == 120


def test_what_another_writer_made_unlawful_is_refused() -> None:
    store = MemoryEventStore(SetClock())
    made = Trajectories(store, JsonCodec(), (PILOT,), SetClock())
    other = Trajectories(store, JsonCodec(), (PILOT,), SetClock())
    made.handle(ANNA, OPEN, by=ME)
    made.handle(ANNA, INTAKE, by=ME)
    other.handle(ANNA, EndTrajectory(SEPTEMBER, EndReason.MOVED), by=ME)
    with pytest.raises(RuleViolation):
        made.handle(ANNA, ATTEND, by=ME)


def test_fifty_threads_with_one_command_have_one_effect(trajectories: Trajectories) -> None:
    command = uuid4()
    with ThreadPoolExecutor(50) as pool:
        sendings = [pool.submit(trajectories.handle, ANNA, ATTEND, by=ME, command_id=command) for _ in range(50)]
    facts = {sending.result().facts for sending in sendings}
    assert len(facts) == 1
    assert len(trajectories.history(ANNA)) == 3


def test_threads_with_different_commands_lose_nothing(trajectories: Trajectories) -> None:
    def attend(number: int) -> None:
        for _ in range(50):
            try:
                trajectories.handle(ANNA, AttendLesson(LESSON_DAY, lesson(f"l-{number}", 10)), by=ME)
            except WrongExpectedVersion:
                continue
            return

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(attend, range(24)))
    assert course_minutes(trajectories, ANNA) == 240


# ── the rest ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_door_closes_behind_a_with_block() -> None:
    with zroute_core.open("memory:") as made:
        made.handle(ANNA, OPEN, by=ME)
    with pytest.raises(StoreClosed):
        made.history(ANNA)


def test_only_so_many_histories_are_kept_and_all_are_read_again(trajectories: Trajectories) -> None:
    for number in range(300):
        trajectories.handle(UUID(int=1000 + number), OPEN, by=ME)
    trajectories.handle(ANNA, ATTEND, by=ME)
    assert course_minutes(trajectories, ANNA) == 120
    assert len(list(trajectories.participants())) == 303


def test_each_municipality_has_its_own_programme() -> None:
    haarlem = attrs.evolve(PILOT, name="Haarlem", municipality="0392")
    made = zroute_core.open("memory:", programme=haarlem, clock=SetClock())
    made.handle(ANNA, OPEN, by=ME)
    made.handle(BORIS, attrs.evolve(OPEN, municipality="0753"), by=ME)
    later = attrs.evolve(OPEN, regime=Regime.WI2021)
    made.handle(CHANTAL, later, by=ME)
    assert made.progress(ANNA).programme == "Haarlem"
    assert made.progress(BORIS).programme == "Pilots Z-route 2020-2021"
    assert made.progress(CHANTAL).programme == "Wet inburgering 2021, Z-route"


# ── an entry that cannot be read ─────────────────────────────────────────────────────────────────────────────


ABOUT_EVERYBODY: Sequence[Callable[[Trajectories], object]] = (
    lambda asked: [one.id for one in asked.participants()],
    lambda asked: asked.caseload().participants,
    lambda asked: asked.cohort().participants,
    lambda asked: asked.signals(SEPTEMBER, LESSON_DAY),
    lambda asked: asked.audit.findings_of_all(),
    lambda asked: asked.audit.what_if({"pilot": PILOT, "act": PILOT}),
)


def with_an_unknown_fact(clock: SetClock) -> MemoryEventStore:
    """Anna, Boris and Chantal; of Boris something stands there that no version of this library knows."""
    store = MemoryEventStore(clock)
    made = Trajectories(store, JsonCodec(), [PILOT], clock)
    for one in (ANNA, BORIS, CHANTAL):
        made.handle(one, OPEN, by=ME, command_id=one)
    store.append([Batch(BORIS, 1, (Encoded("never-heard-of", 1, b"{}"),))], Context(uuid4(), ME))
    return store


@pytest.mark.parametrize("ask", ABOUT_EVERYBODY)
def test_an_answer_about_everybody_leaves_nobody_out_without_a_word(
    clock: SetClock, ask: Callable[[Trajectories], object]
) -> None:
    asked = Trajectories(with_an_unknown_fact(clock), JsonCodec(), [PILOT], clock)
    with pytest.raises(UnknownEventType) as refused:
        ask(asked)
    assert (refused.value.participant, refused.value.version) == (BORIS, 2)
    assert asked.progress(ANNA).day == LESSON_DAY


@pytest.mark.parametrize("ask", ABOUT_EVERYBODY)
def test_who_wants_to_be_told_gets_the_answer_about_the_others(
    clock: SetClock, ask: Callable[[Trajectories], object]
) -> None:
    left_out: list[DecodeError] = []
    asked = Trajectories(with_an_unknown_fact(clock), JsonCodec(), [PILOT], clock, left_out.append)
    others = zroute_core.open("memory:", programme=PILOT, clock=clock)
    for one in (ANNA, CHANTAL):
        others.handle(one, OPEN, by=ME, command_id=one)
    assert ask(asked) == ask(others)
    assert [(one.participant, one.version) for one in left_out] == [(BORIS, 2)]
