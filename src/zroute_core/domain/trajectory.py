"""The state that decisions look at, and `evolve`, which follows the facts.

`evolve` never refuses and never sees a programme, a clock or a store: what happened, happened. New rules cannot
change an old history. It is folded over the effective history, so corrections are applied before they come here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import TypeVar, assert_never

import attrs

from zroute_core.domain.duty import UNTOUCHED, Duty, follow
from zroute_core.domain.events import (
    ActivityAttended,
    ActivityCancelled,
    ActivityMissed,
    AgreementReviewed,
    AssessmentRecorded,
    CertificateHandedOut,
    CoachingHeld,
    CourseOffered,
    DispensationGranted,
    DutyEnded,
    DutyNotified,
    ExamTaken,
    ExemptionGranted,
    ExemptionWithdrawn,
    Fact,
    FactCorrected,
    FactRetracted,
    FinalInterviewHeld,
    FinancialReliefEnded,
    FinancialReliefStarted,
    GroupFormed,
    GroupJoined,
    GroupLeft,
    GuideAssigned,
    GuideReleased,
    Happened,
    HomeworkHandedIn,
    IntakeCallMissed,
    IntakeHeld,
    InternshipEnded,
    InternshipHoursLogged,
    InternshipStarted,
    LanguageBuddyLeft,
    LanguageBuddyMatched,
    LearningAbilityTested,
    LearningAbilityTestWaived,
    LessonAttended,
    LessonCancelled,
    LessonMissed,
    MapHoursLogged,
    MapInterviewHeld,
    MapThemeCovered,
    MovedToMunicipality,
    OutsideInformationReceived,
    OwnJudgementGiven,
    ParticipationDeclarationSigned,
    PipAnnulled,
    PipDecided,
    PipRestored,
    PipRevoked,
    PlanAdopted,
    PlanRevised,
    ProgressInterviewHeld,
    PvtSessionAttended,
    RouteCompleted,
    RuleOverridden,
    SanctionProposed,
    SocialGuidanceEnded,
    SocialGuidanceStarted,
    TargetGroupChanged,
    TermExtended,
    TermExtensionRefused,
    TrajectoryEnded,
    TrajectoryInterrupted,
    TrajectoryOpened,
    TrajectoryResumed,
)
from zroute_core.domain.hours import spent
from zroute_core.domain.periods import Period
from zroute_core.domain.values import Component, Group, Internship, TargetGroup

K = TypeVar("K")
V = TypeVar("V")
Place = TypeVar("Place", "Membership", "Placement")


Counted = tuple[Component, bool]
"""A component, and whether it was during the broad intake."""


@attrs.frozen
class Membership:
    """Of a group."""

    group: Group
    period: Period


@attrs.frozen
class Placement:
    """At the host of an internship."""

    internship: Internship
    period: Period


@attrs.frozen
class Slot:
    """A stretch of one day that was attended: minutes after midnight, the end not included."""

    begins: int
    ends: int

    def overlaps(self, other: Slot) -> bool:
        return self.begins < other.ends and other.begins < self.ends


NOTHING: Mapping[str, Period] = MappingProxyType({})


@attrs.frozen
class Trajectory:
    """What a later decision needs to know of one participant, and nothing else."""

    opened: TrajectoryOpened | None = None
    intake: IntakeHeld | None = None
    plan: PlanAdopted | PlanRevised | None = None
    interrupted: Period | None = None
    """The last interruption."""
    ended: TrajectoryEnded | None = None
    guides: Mapping[str, Period] = NOTHING
    buddies: Mapping[str, Period] = NOTHING
    groups: Mapping[str, Membership] = MappingProxyType({})
    """The last membership of each group."""
    internships: Mapping[str, Placement] = MappingProxyType({})
    agreements: frozenset[str] = frozenset()
    """The keys of all agreements ever made."""
    recorded: frozenset[str] = frozenset()
    """The names of the lessons, activities, talks, homework, log entries and measurements that have their outcome."""
    minutes: Mapping[date, int] = MappingProxyType({})
    """How long the participant was busy on each day."""
    spent: Mapping[Counted, int] = MappingProxyType({})
    """Whole minutes of each component, those of the broad intake apart."""
    duty: Duty = UNTOUCHED
    slots: Mapping[date, tuple[Slot, ...]] = MappingProxyType({})
    """When the participant was busy on each day, as far as the time of day is known."""

    @property
    def target_group(self) -> TargetGroup | None:
        """As it is now: of the opening, or as it was changed to."""
        return self.duty.target_group or (self.opened.target_group if self.opened else None)

    @property
    def municipality(self) -> str | None:
        """Which one it is with now: of the opening, or where the participant moved to last."""
        if self.duty.moved:
            return self.duty.moved[-1].municipality
        return self.opened.municipality if self.opened else None


EMPTY = Trajectory()


def fold(facts: Iterable[Happened], trajectory: Trajectory = EMPTY) -> Trajectory:
    """The trajectory after all these facts."""
    gathered = _Gathered(trajectory.duty)
    for fact in facts:
        trajectory = _follow(trajectory, gathered, fact)
    return gathered.added_to(trajectory)


def evolve(now: Trajectory, fact: Happened) -> Trajectory:
    """The trajectory after one more fact."""
    return fold((fact,), now)


def _follow(now: Trajectory, gathered: _Gathered, fact: Happened) -> Trajectory:
    """The trajectory after one more fact, but for what is gathered. What comes most often stands first."""
    match fact:
        case LessonAttended() | ActivityAttended() | InternshipHoursLogged() | CoachingHeld():
            gathered.note(fact)
            gathered.spend(fact, now.internships)
            return now
        case (
            LessonMissed()
            | LessonCancelled()
            | ActivityMissed()
            | ActivityCancelled()
            | HomeworkHandedIn()
            | AssessmentRecorded()
            | AgreementReviewed()
            | OwnJudgementGiven()
        ):
            gathered.note(fact)
            return now
        case TrajectoryOpened():
            return attrs.evolve(now, opened=fact)
        case IntakeHeld():
            return attrs.evolve(now, intake=fact)
        case PlanAdopted() | PlanRevised():
            agreed = now.agreements | {one.key for one in fact.agreements}
            return attrs.evolve(now, plan=fact, agreements=agreed)
        case TrajectoryInterrupted():
            return attrs.evolve(now, interrupted=Period(fact.on))
        case TrajectoryResumed():
            return attrs.evolve(now, interrupted=now.interrupted and Period(now.interrupted.since, fact.on))
        case TrajectoryEnded():
            return attrs.evolve(now, ended=fact)
        case GuideAssigned():
            return attrs.evolve(now, guides=_with(now.guides, fact.guide.key, Period(fact.on)))
        case GuideReleased():
            return attrs.evolve(now, guides=_until(now.guides, fact.guide, fact.on))
        case LanguageBuddyMatched():
            return attrs.evolve(now, buddies=_with(now.buddies, fact.buddy, Period(fact.on)))
        case LanguageBuddyLeft():
            return attrs.evolve(now, buddies=_until(now.buddies, fact.buddy, fact.on))
        case GroupFormed() | GroupJoined():
            joined = Membership(fact.group, Period(fact.on))
            return attrs.evolve(now, groups=_with(now.groups, fact.group.key, joined))
        case GroupLeft():
            return attrs.evolve(now, groups=_left(now.groups, fact.group, fact.on))
        case InternshipStarted():
            started = Placement(fact.internship, Period(fact.on))
            return attrs.evolve(now, internships=_with(now.internships, fact.internship.key, started))
        case InternshipEnded():
            return attrs.evolve(now, internships=_left(now.internships, fact.internship, fact.on))
        case under_the_act:
            gathered.note(fact)
            gathered.spend(fact, now.internships)
            gathered.duty = follow(gathered.duty, under_the_act)
            return now


def name_of(fact: Fact) -> str | None:
    """What the fact is about, when that has one outcome: its kind and its key. None for what may be told again."""
    match fact:
        case LessonAttended(lesson=lesson) | LessonMissed(lesson=lesson) | LessonCancelled(lesson=lesson):
            return f"lesson {lesson.key}"
        case ActivityAttended(activity=it) | ActivityMissed(activity=it) | ActivityCancelled(activity=it):
            return f"activity {it.key}"
        case InternshipHoursLogged(internship=internship, log=log):
            return f"internship hours {internship}/{log}"
        case CoachingHeld(session=session):
            return f"coaching {session}"
        case HomeworkHandedIn(homework=homework):
            return f"homework {homework}"
        case AssessmentRecorded():
            return f"assessment {fact.instrument}/{fact.version} {fact.domain} {fact.moment.value}"
        case OwnJudgementGiven(moment=moment):
            return f"own judgement {moment.value}"
        case PvtSessionAttended(session=session):
            return f"PVT session {session}"
        case MapHoursLogged(log=log):
            return f"MAP hours {log}"
        case ExamTaken(exam=exam):
            return f"exam {exam}"
        case ProgressInterviewHeld(interview=interview):
            return f"progress interview {interview}"
        case SanctionProposed(proposal=proposal):
            return f"sanction proposal {proposal}"
        case PipDecided(pip=pip):
            return f"PIP {pip}"
        case IntakeCallMissed(call=call):
            return f"intake call {call}"
        case (
            TrajectoryOpened()
            | IntakeHeld()
            | TrajectoryInterrupted()
            | TrajectoryResumed()
            | TrajectoryEnded()
            | PlanAdopted()
            | PlanRevised()
            | AgreementReviewed()
            | GuideAssigned()
            | GuideReleased()
            | LanguageBuddyMatched()
            | LanguageBuddyLeft()
            | GroupFormed()
            | GroupJoined()
            | GroupLeft()
            | InternshipStarted()
            | InternshipEnded()
            | DutyNotified()
            | TargetGroupChanged()
            | MovedToMunicipality()
            | ExemptionGranted()
            | ExemptionWithdrawn()
            | DispensationGranted()
            | DutyEnded()
            | LearningAbilityTested()
            | LearningAbilityTestWaived()
            | OutsideInformationReceived()
            | PipRevoked()
            | PipAnnulled()
            | PipRestored()
            | TermExtended()
            | TermExtensionRefused()
            | ParticipationDeclarationSigned()
            | MapThemeCovered()
            | MapInterviewHeld()
            | FinalInterviewHeld()
            | RouteCompleted()
            | CertificateHandedOut()
            | CourseOffered()
            | SocialGuidanceStarted()
            | SocialGuidanceEnded()
            | FinancialReliefStarted()
            | FinancialReliefEnded()
            | RuleOverridden()
            | FactCorrected()
            | FactRetracted()
        ):
            return None
        case _:
            assert_never(fact)


def slot_of(fact: Fact) -> Slot | None:
    """The stretch of the day an attendance takes, when its time of day is known."""
    match fact:
        case LessonAttended(lesson=it) | ActivityAttended(activity=it) if it.starts is not None:
            begins = it.starts.hour * 60 + it.starts.minute
            return Slot(begins, begins + it.minutes)
        case _:
            return None


class _Gathered:
    """What many facts add to a trajectory, gathered, so that what stands in it is copied once and not for each."""

    def __init__(self, duty: Duty) -> None:
        self.duty = duty
        self._names: set[str] = set()
        self._minutes: defaultdict[date, int] = defaultdict(int)
        self._spent: defaultdict[Counted, int] = defaultdict(int)
        self._slots: defaultdict[date, list[Slot]] = defaultdict(list)
        self._placements: Mapping[str, Placement] = {}
        self._internships: Mapping[str, Internship] = {}

    def note(self, fact: Happened) -> None:
        if name := name_of(fact):
            self._names.add(name)

    def spend(self, fact: Happened, placements: Mapping[str, Placement]) -> None:
        if placements is not self._placements:
            self._placements = placements
            self._internships = {key: one.internship for key, one in placements.items()}
        time = spent(fact, self._internships)
        if time is None:
            return
        self._minutes[fact.on] += time.minutes
        self._spent[time.component, time.in_intake] += time.minutes
        if slot := slot_of(fact):
            self._slots[fact.on].append(slot)

    def added_to(self, now: Trajectory) -> Trajectory:
        if not self._names and not self._spent and self.duty is now.duty:
            return now
        return attrs.evolve(
            now,
            duty=self.duty,
            recorded=now.recorded | self._names,
            minutes=_sums(now.minutes, self._minutes),
            spent=_sums(now.spent, self._spent),
            slots=_with_each(now.slots, {on: (*now.slots.get(on, ()), *more) for on, more in self._slots.items()}),
        )


def _sums(these: Mapping[K, int], more: Mapping[K, int]) -> Mapping[K, int]:
    return _with_each(these, {key: these.get(key, 0) + one for key, one in more.items()})


def _with_each(these: Mapping[K, V], others: Mapping[K, V]) -> Mapping[K, V]:
    return MappingProxyType({**these, **others}) if others else these


def _with(these: Mapping[K, V], key: K, value: V) -> Mapping[K, V]:
    return MappingProxyType({**these, key: value})


def _until(periods: Mapping[str, Period], key: str, day: date) -> Mapping[str, Period]:
    """The period closed; one that never began is left alone, for `evolve` does not judge."""
    return _with(periods, key, Period(periods[key].since, day)) if key in periods else periods


def _left(places: Mapping[str, Place], key: str, day: date) -> Mapping[str, Place]:
    """The same for a membership or placement."""
    if key not in places:
        return places
    place = places[key]
    return _with(places, key, attrs.evolve(place, period=Period(place.period.since, day)))
