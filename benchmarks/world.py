"""Made-up people with histories of 800 facts each, the same every time, to measure with.

Groups of fifteen follow lessons together for some two years: a lesson is one command over fifteen histories, whatever
happens to one person is a command of its own. A hundred and twenty people are on their way at the same time, so the
entries of one history stand far apart in the log, as they do in life. Thirty histories are different from each other;
a larger world repeats them under other ids. Each fact is encoded once, by the library's own codec.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from hashlib import blake2b
from itertools import islice
from random import Random
from uuid import UUID

import attrs

from zroute_core.adapters.codec import JsonCodec
from zroute_core.domain.act import ExamLevel, ExamPart, LearningAbility, LiteracyNeed, MapTheme, Route
from zroute_core.domain.events import (
    ActivityAttended,
    ActivityMissed,
    AgreementReviewed,
    AssessmentRecorded,
    CoachingHeld,
    DutyNotified,
    ExamTaken,
    Fact,
    FactCorrected,
    FactRetracted,
    GroupJoined,
    GuideAssigned,
    HomeworkHandedIn,
    IntakeHeld,
    InternshipEnded,
    InternshipHoursLogged,
    InternshipStarted,
    LanguageBuddyMatched,
    LearningAbilityTested,
    LessonAttended,
    LessonMissed,
    MapHoursLogged,
    MapInterviewHeld,
    MapThemeCovered,
    OwnJudgementGiven,
    ParticipationDeclarationSigned,
    PipDecided,
    PlanAdopted,
    PlanRevised,
    ProgressInterviewHeld,
    PvtSessionAttended,
    TrajectoryOpened,
)
from zroute_core.domain.instruments import CEFR, PILOT_SELF_RELIANCE, Instrument
from zroute_core.domain.values import (
    AbsenceReason,
    Activity,
    Agreement,
    Answer,
    Component,
    EndReason,
    Group,
    Guide,
    IntakePart,
    Internship,
    LearningGoal,
    Lesson,
    Modality,
    Moment,
    PlannedComponent,
    Regime,
    Setting,
    TargetGroup,
)
from zroute_core.kernel.log import Actor, Batch, Context, Encoded, Envelope, event_id, seal

FACTS = 800
"""Of one participant."""

GROUP = 15
"""People who follow lessons together."""

DIFFERENT = 2
"""Groups whose histories are different; the next ones are like them."""

AT_THE_SAME_TIME = 8
"""Groups on their way at the same time."""

PURPOSE = "made-up-measuring"

MUNICIPALITY = "0392"

CODEC = JsonCodec()

NAMED_LATER = UUID("6e616d65-6420-4c61-a465-722121212121")
"""Stands in a correction for the id of the fact that it names, which is another one in every history."""


@attrs.frozen
class Step:
    """What happens next in a group: a fact for each of its people."""

    on: date
    actor: Actor
    facts: tuple[Fact, ...]
    together: bool
    """One command for all of them; else each has its own."""
    about: int | None = None
    """Of a correction: the number of the step it corrects."""


@attrs.frozen
class Command:
    """What a store is given: facts for one or many histories, under which command, and when."""

    batches: tuple[Batch, ...]
    context: Context
    recorded_at: datetime


class World:
    """So many people, with so many facts each."""

    def __init__(self, people: int, facts: int = FACTS) -> None:
        self.people = people
        self.facts = facts

    @property
    def size(self) -> int:
        """How many facts there are."""
        return self.people * self.facts

    def participants(self) -> list[UUID]:
        """Their ids, in the order in which they come in."""
        return [participant(number) for number in range(self.people)]

    def commands(self) -> Iterator[Command]:
        """All that is recorded, in that order."""
        groups = -(-self.people // GROUP)
        for first in range(0, groups, AT_THE_SAME_TIME):
            here = range(first, min(first + AT_THE_SAME_TIME, groups))
            for number in range(self.facts):
                for group in here:
                    yield from self._commands(group, number)

    def envelopes(self) -> Iterator[Envelope]:
        """The same, as it stands in a log."""
        for command in self.commands():
            yield from seal(command.batches, command.context, command.recorded_at)

    def history(self, person: int) -> tuple[Fact, ...]:
        """The facts of one person. A correction in it names nobody's fact: its id is known when it is recorded."""
        steps = story(person // GROUP % DIFFERENT)[: self.facts]
        return tuple(step.facts[person % GROUP] for step in steps)

    def _commands(self, group: int, number: int) -> Iterator[Command]:
        step = story(group % DIFFERENT)[number]
        encoded = encodings(group % DIFFERENT)[number]
        at = datetime.combine(step.on, time(15), UTC) + timedelta(seconds=number % 3600, milliseconds=group % 1000)
        members = range(min(GROUP, self.people - group * GROUP))
        batches = tuple(
            Batch(
                participant(group * GROUP + member),
                number,
                (encoded[member] if step.about is None else _naming(encoded[member], group, member, step.about),),
            )
            for member in members
        )
        if step.together:
            yield Command(batches, Context(_id("command", group, number), step.actor), at)
            return
        for member, batch in zip(members, batches, strict=True):
            yield Command((batch,), Context(_id("command", group, number, member), step.actor), at)


def pages(envelopes: Iterable[Envelope], each: int = 1000) -> Iterator[list[Envelope]]:
    """So many envelopes at a time."""
    left = iter(envelopes)
    while page := list(islice(left, each)):
        yield page


@cache
def participant(number: int) -> UUID:
    """The id of this person."""
    return _id("participant", number)


def command_id(*parts: object) -> UUID:
    """The id of a command that is not in the world."""
    return _id("another command", *parts)


def facts_of(encoded: Sequence[Encoded]) -> tuple[Fact, ...]:
    """Read back."""
    return tuple(CODEC.decode(one.tag, one.schema_version, one.payload) for one in encoded)


def _naming(encoded: Encoded, group: int, member: int, number: int) -> Encoded:
    """The correction, with the id of the fact that it is about."""
    step = story(group % DIFFERENT)[number]
    command = _id("command", group, number) if step.together else _id("command", group, number, member)
    name = event_id(command, member if step.together else 0)
    return attrs.evolve(encoded, payload=encoded.payload.replace(str(NAMED_LATER).encode(), str(name).encode()))


def _id(*parts: object) -> UUID:
    """Random to look at, and the same every time."""
    return UUID(bytes=blake2b(repr(parts).encode(), digest_size=16).digest(), version=4)


# ── what happens in a group ──────────────────────────────────────────────────────────────────────────────────

OFFICE = Actor("municipality", PURPOSE)
SCHOOL = Actor("nova-college", PURPOSE)
COACH = Actor("coach-3", PURPOSE)
ASSESSOR = Actor("assessor-1", PURPOSE)

THEMES = ("health", "work", "money", "school", "living", "travel", "shopping", "the town hall")
GOALS = (
    LearningGoal("doctor", "Make an appointment with the doctor myself and tell what is wrong."),
    LearningGoal("letters", "Open my post, sort it, and know what I must pay."),
)
PLAN = (
    PlannedComponent(Component.LANGUAGE, 360, "Nova College", "two mornings"),
    PlannedComponent(Component.SOCIETY, 120, "Nova College"),
    PlannedComponent(Component.WORKSHOP, 90, "budget coach"),
    PlannedComponent(Component.LANGUAGE_INTERNSHIP, 240, "Agros", "from the second half year"),
)
AGREEMENTS = (
    Agreement("library", "Become a member of the library and borrow a book."),
    Agreement("talk", "Talk with the guide about how it goes."),
)

NOTICE = date(2024, 1, 8)
"""A Monday: the duty of the first group is notified."""


@cache
def story(number: int) -> tuple[Step, ...]:
    """The 800 steps of a group."""
    return tuple(islice(_Telling(number).steps(), FACTS))


@cache
def encodings(number: int) -> tuple[tuple[Encoded, ...], ...]:
    """The same steps, encoded."""
    return tuple(tuple(CODEC.encode(fact) for fact in step.facts) for step in story(number))


class _Telling:
    """Tells what happens to one group, week by week, for as long as somebody listens."""

    def __init__(self, number: int) -> None:
        self._chance = Random(f"group {number}")  # noqa: S311  a story needs no secrecy
        self._group = Group(f"group-{number}", "alfa", "Nova College")
        self._start = NOTICE + timedelta(weeks=4 * number)
        self._told: list[Step] = []

    def steps(self) -> Iterator[Step]:
        for step in self._all():
            self._told.append(step)
            yield step

    def _all(self) -> Iterator[Step]:
        yield from self._beginning()
        for week in range(14, 10_000):
            on = self._start + timedelta(weeks=week)
            for day, component, minutes in ((0, Component.LANGUAGE, 180), (2, Component.LANGUAGE, 180)):
                lesson = len(self._told)
                yield self._lesson(on + timedelta(days=day), component, minutes, week)
            yield self._lesson(on + timedelta(days=4), Component.SOCIETY, 120, week)
            homework = len(self._told)
            key = f"homework {on}"
            yield self._each(on + timedelta(days=4), SCHOOL, HomeworkHandedIn(on + timedelta(days=4), key, _of(week)))
            yield self._activity(on + timedelta(days=3), week)
            yield from self._now_and_then(on, week)
            if week % 13 == 7:
                yield self._corrected(on + timedelta(days=5), lesson)
            if week % 26 == 20:
                when = on + timedelta(days=5)
                fact = FactRetracted(when, NAMED_LATER, "Written down for the wrong week.")
                yield self._each(when, SCHOOL, fact, about=homework)

    def _beginning(self) -> Iterator[Step]:
        first = self._start
        opened = TrajectoryOpened(first, MUNICIPALITY, TargetGroup.ASYLUM_STATUS_HOLDER, Regime.WI2021)
        yield self._each(first, OFFICE, opened)
        yield self._each(first, OFFICE, DutyNotified(first, first))
        yield self._each(first, OFFICE, GuideAssigned(first, Guide("coach-3", "work coach (werkcoach)")))
        intake = first + timedelta(weeks=3)
        yield self._each(intake, OFFICE, LearningAbilityTested(intake, LearningAbility.B1_NOT_REACHABLE))
        yield self._each(intake, OFFICE, IntakeHeld(intake, tuple(IntakePart), GOALS))
        yield from self._measured(intake, Moment.T0)
        decided = first + timedelta(weeks=9)
        pip = PipDecided(
            decided, "pip-1", MUNICIPALITY, Route.SELF_RELIANCE, None, LiteracyNeed.OTHER_SCRIPT, None, tuple(Route)
        )
        yield self._each(decided, OFFICE, pip)
        yield self._each(decided, OFFICE, PlanAdopted(decided, GOALS, PLAN, AGREEMENTS))
        begin = first + timedelta(weeks=13)
        yield self._all_of_them(begin, SCHOOL, GroupJoined(begin, self._group, GROUP))
        for number in range(6):
            on = begin + timedelta(days=number)
            yield self._all_of_them(on, OFFICE, PvtSessionAttended(on, f"pvt-{number + 1}", 120))
        signed = begin + timedelta(days=6)
        yield self._all_of_them(signed, OFFICE, ParticipationDeclarationSigned(signed))

    def _now_and_then(self, on: date, week: int) -> Iterator[Step]:
        """What does not come every week."""
        thursday = on + timedelta(days=3)
        if week % 2 == 0:
            talk = CoachingHeld(thursday, f"talk {thursday}", "work coach", 45, Modality.ONLINE, _of(week))
            yield self._each(thursday, COACH, talk)
        if week == 20:
            yield self._each(thursday, OFFICE, LanguageBuddyMatched(thursday, "buddy-7"))
        if week == 24:
            yield self._each(thursday, COACH, AgreementReviewed(thursday, "library", True))
        if week == 40:
            reason = "The internship begins."
            yield self._each(thursday, COACH, PlanRevised(thursday, GOALS, PLAN, AGREEMENTS, reason))
            placed = Internship("internship-1", Component.LANGUAGE_INTERNSHIP, "nursery garden", "Agros")
            yield self._each(thursday, COACH, InternshipStarted(thursday, placed))
        if 40 < week < 92:
            for day in (1, 3):
                at = on + timedelta(days=day)
                yield self._each(at, COACH, InternshipHoursLogged(at, "internship-1", f"{at}", 180))
        if week == 92:
            yield self._each(thursday, COACH, InternshipEnded(thursday, "internship-1", EndReason.COMPLETED))
        if week % 26 == 10:
            yield self._each(thursday, OFFICE, ProgressInterviewHeld(thursday, f"interview {thursday}"))
        if week in {60, 110}:
            moment = Moment.T1 if week == 60 else Moment.T2
            yield from self._measured(thursday, moment)
            judged = OwnJudgementGiven(thursday, moment, Answer.YES, Answer.YES, Answer.UNCLEAR)
            yield self._each(thursday, ASSESSOR, judged)
        if 60 <= week < 60 + len(MapTheme):
            theme = list(MapTheme)[week - 60]
            yield self._each(thursday, COACH, MapThemeCovered(thursday, theme))
            yield self._each(thursday, COACH, MapHoursLogged(thursday, f"map {thursday}", 300))
        if week == 100:
            yield self._each(thursday, COACH, MapInterviewHeld(thursday, True))
        if 112 <= week < 112 + len(ExamPart):
            part = list(ExamPart)[week - 112]
            level = None if part is ExamPart.SOCIETY else ExamLevel.A2
            yield self._each(thursday, OFFICE, ExamTaken(thursday, f"exam {thursday}", part, level, True))

    def _lesson(self, on: date, component: Component, minutes: int, week: int) -> Step:
        lesson = Lesson(
            f"{component.value} {self._group.key} {on}",
            component,
            minutes,
            "Nova College",
            Modality.ONLINE if week % 9 == 0 else Modality.IN_CLASS,
            Setting.GROUP,
            self._group.key,
            _of(week),
            time(9, 30),
        )
        facts: list[Fact] = []
        for _ in range(GROUP):
            missed = self._chance.random() < 0.13
            reason = self._chance.choice(tuple(AbsenceReason))
            facts.append(LessonMissed(on, lesson, reason) if missed else LessonAttended(on, lesson))
        return Step(on, SCHOOL, tuple(facts), together=True)

    def _activity(self, on: date, week: int) -> Step:
        it = Activity(
            f"{Component.WORKSHOP.value} {_of(week)} {on}",
            Component.WORKSHOP,
            90,
            "budget coach",
            Modality.IN_CLASS,
            _of(week),
            interpreter=week < 40,
            language_rich=True,
            starts=time(13, 30),
        )
        facts: list[Fact] = []
        for _ in range(GROUP):
            missed = self._chance.random() < 0.1
            facts.append(ActivityMissed(on, it, AbsenceReason.ILL) if missed else ActivityAttended(on, it))
        return Step(on, COACH, tuple(facts), together=True)

    def _measured(self, on: date, moment: Moment) -> Iterator[Step]:
        for instrument in (CEFR, PILOT_SELF_RELIANCE):
            for domain in instrument.domains:
                yield self._scored(on, moment, instrument, domain)

    def _scored(self, on: date, moment: Moment, instrument: Instrument, domain: str) -> Step:
        low, high = instrument.lowest, instrument.highest
        facts = (
            AssessmentRecorded(
                on, instrument.key, instrument.version, low, high, domain, self._chance.randint(low, high), moment
            )
            for _ in range(GROUP)
        )
        return Step(on, ASSESSOR, tuple(facts), together=False)

    def _corrected(self, on: date, about: int) -> Step:
        """Who was there was not after all, and the other way round."""
        facts: list[Fact] = []
        for told in self._told[about].facts:
            match told:
                case LessonAttended(day, lesson):
                    other: LessonMissed | LessonAttended = LessonMissed(day, lesson, AbsenceReason.APPOINTMENT)
                case LessonMissed(day, lesson):
                    other = LessonAttended(day, lesson)
                case _:
                    raise AssertionError("unreachable: it is a lesson that is corrected")
            facts.append(FactCorrected(other.on, NAMED_LATER, other, "The list of that day was read wrong."))
        return Step(on, SCHOOL, tuple(facts), together=False, about=about)

    def _each(self, on: date, actor: Actor, fact: Fact, *, about: int | None = None) -> Step:
        return Step(on, actor, (fact,) * GROUP, together=False, about=about)

    def _all_of_them(self, on: date, actor: Actor, fact: Fact) -> Step:
        return Step(on, actor, (fact,) * GROUP, together=True)


def _of(week: int) -> str:
    """The theme of the week; it changes every four weeks."""
    return THEMES[week // 4 % len(THEMES)]
