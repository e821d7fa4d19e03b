"""How a pilot is told: verbs that put happenings on an agenda, which is then lived through day by day.

Everything goes through the front door, as a municipality would do it. Chance decides who misses a lesson and who
gains how much on which skill; it is seeded by the municipality, so the same story is told every time, to the byte.
The people are made up. What is given (by the factsheet) and what is chosen stands in docs/explanation/pilots.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from heapq import heappop, heappush
from itertools import count
from random import Random
from uuid import UUID

import attrs

from zroute_core.domain.decisions import (
    Absent,
    AdoptPlan,
    AssignGuide,
    AttendActivity,
    CancelGroupActivity,
    Command,
    EndInternship,
    EndLanguageBuddyMatch,
    EndTrajectory,
    FormGroup,
    GiveOwnJudgement,
    GroupCommand,
    HandInHomework,
    HoldCoaching,
    HoldGroupActivity,
    HoldGroupLesson,
    HoldIntake,
    JoinGroup,
    LeaveGroup,
    LogInternshipHours,
    MatchLanguageBuddy,
    OpenTrajectory,
    RecordAssessment,
    ReviewAgreement,
    RevisePlan,
    StartInternship,
)
from zroute_core.domain.instruments import PILOT_LANGUAGE, PILOT_SELF_RELIANCE, Instrument
from zroute_core.domain.programme import Offered, Programme
from zroute_core.domain.values import (
    AbsenceReason,
    Activity,
    Agreement,
    Answer,
    CancellationReason,
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
    Score,
    Setting,
    TargetGroup,
)
from zroute_core.kernel.log import Actor
from zroute_core.pilots.school_days import open_days
from zroute_core.trajectories import Trajectories

PURPOSE = "made-up-pilot"
"""What the story records for: it stands beside every fact, so that nobody takes it for somebody's history."""

FACTSHEET = "factsheet Goed op weg met de Z-route (27 August 2021)"

CHOSEN = "chosen for this story; no source gives it"

EXCURSIONS = Offered(
    Component.EXCURSION, None, FACTSHEET, note="said of the pilots together: mostly cancelled by the pandemic"
)

GOALS = (
    LearningGoal("doctor", "Make an appointment with the doctor myself and tell what is wrong."),
    LearningGoal("bus", "Plan a trip by bus or train and travel alone."),
    LearningGoal("school", "Understand letters from my children's school."),
    LearningGoal("letters", "Open my post, sort it, and know what I must pay."),
    LearningGoal("work", "Find out which work suits me, and try it."),
    LearningGoal("neighbours", "Have a short talk with the neighbours."),
)

ABSENCES: Mapping[AbsenceReason, int] = {
    AbsenceReason.ILL: 9,
    AbsenceReason.CHILDCARE: 6,
    AbsenceReason.APPOINTMENT: 5,
    AbsenceReason.NO_DEVICE: 3,
    AbsenceReason.NOT_GIVEN: 4,
}
"""Reasons of absence with their weight (chosen)."""

Gains = Mapping[str, int]
"""For each skill or domain, the points that all who stayed gained together between T0 and T2."""

Lines = tuple[PlannedComponent, ...]
"""The lines of a plan."""
Change = Callable[[Lines], Lines]
"""What is done to a plan."""


class StoryClock:
    """A clock that stands where the story is, and moves a second with every look."""

    def __init__(self) -> None:
        self._now = datetime(2020, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now

    def turn_to(self, day: date) -> None:
        """The afternoon of `day`, when the record is written up; never back."""
        self._now = max(self._now, datetime.combine(day, time(15), UTC))


@attrs.define
class Person:
    """Somebody in the story. What counts about them stands in the log; this is only the storyteller's memory."""

    id: UUID
    guide: Guide
    goals: tuple[LearningGoal, ...]
    enters: date
    group: Group | None = None
    buddy: str | None = None
    leaves: date | None = None
    """For those who leave early."""
    plan: tuple[PlannedComponent, ...] = ()
    """As it will be adopted; later, as it was last revised."""
    agreements: tuple[Agreement, ...] = ()


class Story:
    """One municipality's pilot."""

    _door: Trajectories
    _clock: StoryClock

    def __init__(self, programme: Programme, language: Gains, self_reliance: Gains) -> None:
        self.programme = programme
        self.people: list[Person] = []
        self._gains = ((PILOT_LANGUAGE, language), (PILOT_SELF_RELIANCE, self_reliance))
        self._chance = Random(f"{programme.municipality} 2020")  # noqa: S311  a story needs no secrecy
        self._agenda: list[tuple[date, int, Callable[[], None]]] = []
        self._number = count()
        self._scores: dict[tuple[UUID, str, str], tuple[int, int, int]] = {}
        self._day = date.min
        self._end_day = date.max

    # ── verbs ────────────────────────────────────────────────────────────────────────────────────────────────

    def enter(self, on: date, how_many: int, plan: Sequence[PlannedComponent], guides: Sequence[Guide]) -> list[Person]:
        """People come in: intake, guide, baseline within a week, plan after two."""
        newcomers: list[Person] = []
        for number in range(how_many):
            goals = tuple(self._chance.sample(GOALS, 2))
            person = Person(self._uuid(), guides[number % len(guides)], goals, on, plan=tuple(plan))
            newcomers.append(person)
            self.at(on, partial(self._begin, person, on))
            self.at(on + timedelta(days=14), partial(self._adopt, person))
        self.people.extend(newcomers)
        return newcomers

    def group(self, group: Group, on: date, members: Sequence[Person]) -> None:
        """A group is formed."""
        for person in members:
            person.group = group
        self.at(on, lambda: self._together(FormGroup(on, group, _ids(members)), "municipality"))

    def join(self, group: Group, on: date, person: Person, size: int) -> None:
        """Somebody comes into a group that is there."""
        person.group = group
        self.at(on, lambda: self._say(person, JoinGroup(on, group, size), "municipality"))

    def lessons(
        self,
        people: Sequence[Person],
        *,
        since: date,
        until: date,
        weekdays: Iterable[int],
        starts: time,
        minutes: int,
        provider: str,
        modality: Callable[[date], Modality],
        themes: Sequence[str],
        component: Component = Component.LANGUAGE,
        setting: Setting = Setting.GROUP,
        homework: bool = False,
        name: str | None = None,
    ) -> None:
        """Lessons on fixed weekdays (Monday is 0), holidays left out; the theme changes every four weeks."""
        group = people[0].group
        who = name or (group.key if group else provider)
        for on in open_days(since, until, weekdays):
            theme = themes[(on - since).days // 28 % len(themes)]
            key = f"{component.value} {who} {on}"
            lesson = Lesson(
                key,
                component,
                minutes,
                provider,
                modality(on),
                setting,
                group.key if group else None,
                theme,
                starts,
            )
            self.at(on, partial(self._give, lesson, people, homework=homework))

    def activity(
        self,
        on: date,
        component: Component,
        theme: str,
        provider: str,
        *,
        people: Sequence[Person] | None = None,
        minutes: int = 120,
        modality: Modality = Modality.IN_CLASS,
        interpreter: bool = False,
        language_rich: bool = False,
        starts: time = time(13, 30),
        cancelled: CancellationReason | None = None,
    ) -> None:
        """An activity that took place, or was cancelled."""
        everybody = self.people if people is None else people
        first = _ids(everybody)[0].hex[:4] if people is not None else "all"
        it = Activity(
            f"{component.value} {theme} {first} {on}",
            component,
            minutes,
            provider,
            modality,
            theme,
            interpreter,
            language_rich,
            starts,
        )
        self.at(on, lambda: self._do(it, everybody, cancelled))

    def coaching(
        self,
        *,
        since: date,
        until: date,
        every_weeks: int,
        minutes: int,
        coach: str,
        modality: Callable[[date], Modality],
    ) -> None:
        """One to one talks, each person in turn on a day of the week."""
        for number, person in enumerate(self.people):
            first = since + timedelta(days=number % 5)
            for on in open_days(first, until, [first.weekday()])[::every_weeks]:
                self.at(on, partial(self._coach, person, on, coach, minutes, modality(on)))

    def practise(self, person: Person, on: date, component: Component, theme: str, provider: str, minutes: int) -> None:
        """Something one person does alone: a practice assignment, volunteering, work."""
        it = Activity(
            f"{component.value} {person.id.hex[:4]} {on}",
            component,
            minutes,
            provider,
            Modality.IN_CLASS,
            theme,
            language_rich=True,
        )
        self.at(on, lambda: self._say(person, AttendActivity(on, it), provider))

    def internship(
        self,
        person: Person,
        *,
        since: date,
        until: date,
        host: str,
        arranged_by: str,
        weekdays: Iterable[int],
        minutes: int,
    ) -> None:
        """A language internship (taalstage) with hours on fixed weekdays."""
        key = f"taalstage {person.id.hex[:4]}"
        placed = Internship(key, Component.LANGUAGE_INTERNSHIP, host, arranged_by)
        self.at(since, lambda: self._say(person, StartInternship(since, placed), arranged_by))
        for on in open_days(since, until, weekdays):
            log = LogInternshipHours(on, key, f"{on}", minutes)
            self.at(on, partial(self._say, person, log, arranged_by))
        self.at(until, lambda: self._say(person, EndInternship(until, key, EndReason.COMPLETED), arranged_by))

    def buddy(self, person: Person, on: date) -> None:
        """A language buddy (taalmaatje) is matched."""
        self.at(on, lambda: self._match(person, f"buddy {person.id.hex[:4]}"))

    def revise(self, on: date, reason: str, change: Change, people: Sequence[Person] | None = None) -> None:
        """The plan of these people, or of everybody, is changed for one reason."""
        for person in self.people if people is None else people:
            self.at(on, partial(self._revise, person, on, reason, change))

    def leave(self, person: Person, on: date, reason: EndReason) -> None:
        """Somebody leaves before the end."""
        person.leaves = on
        self.at(on, lambda: self._end(person, on, reason))

    def evaluate(self, midway: date, end: date) -> None:
        """Midway and final measurement, what people say, and the end of the pilot for who is still there."""
        self._end_day = end
        for person in self.people:
            self.at(midway, partial(self._measure, person, midway, Moment.T1))
            self.at(end, partial(self._conclude, person, end))

    def at(self, on: date, happening: Callable[[], None]) -> None:
        """Put a happening on the agenda; of one day, in the order in which they were put there."""
        heappush(self._agenda, (on, next(self._number), happening))

    def begin(self, trajectories: Trajectories, clock: StoryClock) -> None:
        """Get ready to live through the agenda; the store of `trajectories` must go by this clock."""
        self._door = trajectories
        self._clock = clock
        self._draw_scores()

    @property
    def next_day(self) -> date | None:
        """The day of the next happening; None when the story is told."""
        return self._agenda[0][0] if self._agenda else None

    @property
    def ahead(self) -> int:
        """How many happenings are still to come, as far as is known."""
        return len(self._agenda)

    def go_on(self) -> None:
        """Live through the next happening."""
        self._day, _, happening = heappop(self._agenda)
        self._clock.turn_to(self._day)
        happening()

    # ── what happens ─────────────────────────────────────────────────────────────────────────────────────────

    def _begin(self, person: Person, on: date) -> None:
        code = self.programme.municipality or ""
        self._say(person, OpenTrajectory(on, code, TargetGroup.ASYLUM_STATUS_HOLDER, Regime.PILOT), "municipality")
        self._say(person, HoldIntake(on, tuple(IntakePart), person.goals), "municipality")
        self._say(person, AssignGuide(on, person.guide), "municipality")
        self._measure(person, on, Moment.T0)

    def _adopt(self, person: Person) -> None:
        on = self._day
        library, talk = on + timedelta(days=42), on + timedelta(days=70)
        outlook = min(on + timedelta(days=420), self._end_day - timedelta(days=14))
        person.agreements = (
            Agreement("library", "Become a member of the library and borrow a book.", library),
            Agreement("talk", "Talk with the guide about how it goes.", talk),
            Agreement("outlook", "Talk with the guide about what comes after the pilot.", outlook),
        )
        self._say(person, AdoptPlan(on, person.goals, person.plan, person.agreements), "municipality")
        self.at(library, lambda: self._review(person, "library", kept=self._chance.random() < 0.7))
        self.at(talk, lambda: self._review(person, "talk", kept=True))
        if self._chance.random() < 0.9:
            self.at(outlook, lambda: self._review(person, "outlook", kept=True))

    def _review(self, person: Person, agreement: str, *, kept: bool) -> None:
        self._say(person, ReviewAgreement(self._day, agreement, kept), person.guide.key)

    def _match(self, person: Person, buddy: str) -> None:
        if self._here(person):
            person.buddy = buddy
            self._record(person, MatchLanguageBuddy(self._day, buddy), "municipality")

    def _revise(self, person: Person, on: date, reason: str, change: Change) -> None:
        if self._here(person):
            person.plan = change(person.plan)
            self._say(person, RevisePlan(on, person.goals, person.plan, person.agreements, reason), person.guide.key)

    def _give(self, lesson: Lesson, people: Sequence[Person], *, homework: bool) -> None:
        present, absent = self._who_comes(people)
        if present or absent:
            self._together(HoldGroupLesson(self._day, lesson, present, absent), lesson.provider)
        if homework:
            for person in people:
                if person.id in present and self._chance.random() < 0.6:
                    work = HandInHomework(self._day, f"homework {lesson.key}", lesson.theme)
                    self._say(person, work, lesson.provider)

    def _do(self, it: Activity, people: Sequence[Person], cancelled: CancellationReason | None) -> None:
        present, absent = self._who_comes(people)
        if cancelled is not None:
            expected = (*present, *(one.participant for one in absent))
            self._together(CancelGroupActivity(self._day, it, expected, cancelled), it.provider)
        elif present or absent:
            self._together(HoldGroupActivity(self._day, it, present, absent), it.provider)

    def _coach(self, person: Person, on: date, coach: str, minutes: int, modality: Modality) -> None:
        self._say(person, HoldCoaching(on, f"talk {on}", coach, minutes, modality), person.guide.key)

    def _measure(self, person: Person, on: date, moment: Moment) -> None:
        if not self._here(person):
            return
        for instrument, _ in self._gains:
            scores = tuple(
                Score(domain, self._scores[person.id, instrument.key, domain][list(Moment).index(moment)])
                for domain in instrument.domains
            )
            self._say(person, RecordAssessment(on, instrument.key, instrument.version, moment, scores), "assessor")

    def _conclude(self, person: Person, on: date) -> None:
        if not self._here(person):
            return
        self._measure(person, on, Moment.T2)
        likely = self._chance.random()
        self._say(
            person,
            GiveOwnJudgement(
                on,
                Moment.T2,
                understands_more=Answer.YES if likely < 0.8 else Answer.UNCLEAR,
                content=Answer.YES if likely < 0.92 else Answer.NO,
                wants_to_go_on=Answer.YES if likely < 0.88 else Answer.UNCLEAR,
            ),
            "assessor",
        )
        self._end(person, on, EndReason.COMPLETED)

    def _end(self, person: Person, on: date, reason: EndReason) -> None:
        person.leaves = on
        if person.buddy is not None:
            self._record(person, EndLanguageBuddyMatch(on, person.buddy, reason), "municipality")
        if person.group is not None:
            self._record(person, LeaveGroup(on, person.group.key, reason), "municipality")
        self._record(person, EndTrajectory(on, reason), "municipality")

    # ── how it is said ───────────────────────────────────────────────────────────────────────────────────────

    def _say(self, person: Person, command: Command, actor: str) -> None:
        """Said of who is there; what was planned for somebody who left does not happen."""
        if self._here(person):
            self._record(person, command, actor)

    def _record(self, person: Person, command: Command, actor: str) -> None:
        self._door.handle(person.id, command, by=Actor(actor, PURPOSE), said_on=self._day, command_id=self._uuid())

    def _together(self, command: GroupCommand, actor: str) -> None:
        self._door.handle_together(command, by=Actor(actor, PURPOSE), said_on=self._day, command_id=self._uuid())

    def _here(self, person: Person) -> bool:
        return person.enters <= self._day and (person.leaves is None or self._day < person.leaves)

    def _who_comes(self, people: Sequence[Person]) -> tuple[tuple[UUID, ...], tuple[Absent, ...]]:
        present: list[UUID] = []
        absent: list[Absent] = []
        for person in people:
            if self._here(person):
                if self._chance.random() < 0.13:
                    absent.append(Absent(person.id, self._chance.choices(tuple(ABSENCES), tuple(ABSENCES.values()))[0]))
                else:
                    present.append(person.id)
        return tuple(present), tuple(absent)

    def _draw_scores(self) -> None:
        stayers = [person for person in self.people if person.leaves is None]
        for instrument, gains in self._gains:
            for domain in instrument.domains:
                drawn = self._spread(gains[domain], len(stayers))
                for person in self.people:
                    gain = drawn.pop() if person.leaves is None else 0
                    start = self._start(instrument, domain)
                    self._scores[person.id, instrument.key, domain] = (start, start + gain // 2, start + gain)

    def _start(self, instrument: Instrument, domain: str) -> int:
        if instrument is PILOT_LANGUAGE:
            return int(self._chance.random() < (0.1 if domain in {"reading", "writing"} else 0.25))
        return self._chance.choice((2, 2, 3))

    def _spread(self, total: int, people: int) -> list[int]:
        """Points in steps of 0, 1 and 2 over so many people, shuffled."""
        twos = max(0, total - people) + min(2, total // 4)
        ones = total - 2 * twos
        points = [2] * twos + [1] * ones + [0] * (people - twos - ones)
        self._chance.shuffle(points)
        return points

    def _uuid(self) -> UUID:
        return UUID(int=self._chance.getrandbits(128), version=4)


def weekly(
    component: Component, minutes: int, provider: str | None = None, note: str | None = None
) -> PlannedComponent:
    """A line of a plan, with its intensity in whole minutes a week."""
    return PlannedComponent(component, minutes, provider, note)


def changed(*lines: PlannedComponent, without: Component | None = None) -> Change:
    """The plan with these lines, each in the place of the one with its component and provider, and without one
    component."""
    new = {(line.component, line.provider): line for line in lines}

    def change(plan: Lines) -> Lines:
        there = {(line.component, line.provider): line for line in plan if line.component is not without}
        return tuple({**there, **new}.values())

    return change


def _ids(people: Sequence[Person]) -> tuple[UUID, ...]:
    return tuple(person.id for person in people)
