"""Who needs attention on this day, and why? Over many participants, the most urgent first.

Only two of the days looked at are law: the last for the first PIP, and the end of the term. When to worry before that
is practice, and for the asker to say: `Attention` holds it. Whoever has ended, has completed the route, or has no duty
for now because of a temporary exemption, needs no attention here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from enum import Enum
from functools import reduce
from typing import Annotated
from uuid import UUID

import attrs

from zroute_core.checking import Whole, checked
from zroute_core.domain.act import Route
from zroute_core.domain.duty import UNTOUCHED, Duty, follow
from zroute_core.domain.events import (
    CoachingHeld,
    FinalInterviewHeld,
    GuideAssigned,
    GuideReleased,
    Happened,
    IntakeHeld,
    MapInterviewHeld,
    PipAnnulled,
    PipRevoked,
    PlanAdopted,
    ProgressInterviewHeld,
    TrajectoryInterrupted,
    TrajectoryResumed,
    UnderTheAct,
)
from zroute_core.domain.history import InForce
from zroute_core.domain.programme import Programme
from zroute_core.domain.values import Amount
from zroute_core.errors import NotFound
from zroute_core.read_models.progress import Progress, progress

Days = Annotated[int, Whole(-100_000, 100_000)]
"""A number of days or weeks; below 0 it turns off what lies ahead within it."""


@attrs.frozen(field_transformer=checked)
class Attention:
    """When somebody needs attention. None of these numbers is law: they are practice, to be chosen."""

    pip_due_within_days: Days = 28
    """Four of the ten weeks are left."""
    term_ends_within_days: Days = 182
    """Half a year. DUO itself writes two months before the end (R-TERM-11)."""
    most_minutes_a_week: Amount = 20 * 60
    """A week that asks more is too full: the programme was meant as some 20 hours a week (Divosa)."""
    forecast_after_weeks: Days = 26
    """How long the pace is left to settle before its forecast counts."""
    no_contact_days: Days = 90
    """Since the last talk: coaching, an interview, the intake."""
    no_progress_interview_days: Days = 182
    """Since the last progress interview, or since the PIP. The law gives no rhythm (R-PIP-10)."""
    interrupted_days: Days = 90
    no_plan_days: Days = 70
    """Since the opening: ten weeks, as the PIP has."""


class Concern(Enum):
    """Why somebody needs attention; the most urgent first."""

    PIP_OVERDUE = "pip-overdue"
    TERM_OVER = "term-over"
    """It has ended, and the route is not completed."""
    PIP_DUE = "pip-due"
    PIP_FELL = "pip-fell"
    """No PIP is in force, and the term runs."""
    FALLING_BEHIND = "falling-behind"
    """What is left asks a fuller week than there is, or at the pace so far it will not be done within the term."""
    TERM_ENDING = "term-ending"
    INTERRUPTED = "interrupted"
    NO_PLAN = "no-plan"
    """No plan was adopted, and no PIP decided."""
    NO_CONTACT = "no-contact"
    NO_PROGRESS_INTERVIEW = "no-progress-interview"


URGENCY = {concern: rank for rank, concern in enumerate(Concern)}


@attrs.frozen
class Reason:
    """One reason for attention."""

    concern: Concern
    day: date | None
    """The last day for it, where one lies ahead or has passed; else since when it is so. Of falling behind, when all
    would be done at the pace so far; None for never."""
    days: int | None
    """From now to that last day, negative when it has passed; or how long it is so already. None of falling behind."""
    minutes_a_week: int | None = None
    """Only of falling behind: the week that what is left asks, all categories together."""


@attrs.frozen
class Case:
    """Somebody who needs attention."""

    participant: UUID
    municipality: str
    guide: str | None
    """The fixed contact now (vast aanspreekpunt), where there is one."""
    reasons: tuple[Reason, ...]
    """The most urgent first."""


@attrs.frozen
class Caseload:
    """The answer."""

    day: date
    attention: Attention
    participants: int
    """How many were looked at: those whose trajectory and duty have not ended."""
    cases: tuple[Case, ...]
    """Those who need attention, the most urgent first."""


@attrs.frozen
class Gathered:
    """What is gathered on the way, person by person: it grows only with those who need attention."""

    day: date
    attention: Attention = Attention()
    participants: int = 0
    cases: tuple[Case, ...] = ()


def caseload(gathered: Gathered) -> Caseload:
    """Everybody gathered, in order of urgency."""
    cases = sorted(gathered.cases, key=_urgency)
    return Caseload(gathered.day, gathered.attention, gathered.participants, tuple(cases))


def include(gathered: Gathered, participant: UUID, facts: Iterable[InForce], programme: Programme) -> Gathered:
    """What is gathered with one more person in it. One whose trajectory was not opened yet does not count."""
    told = tuple(facts)
    try:
        so_far = progress(told, programme, gathered.day)
    except NotFound:
        return gathered
    seen = reduce(project, (entry.fact for entry in told), Seen())
    if so_far.ended_on or seen.duty.ended or seen.duty.lifted:
        return gathered
    counted = attrs.evolve(gathered, participants=gathered.participants + 1)
    if seen.duty.completed or seen.duty.suspended(gathered.day):
        return counted
    reasons = tuple(sorted(_reasons(so_far, seen, gathered.attention), key=lambda one: URGENCY[one.concern]))
    if not reasons:
        return counted
    case = Case(participant, so_far.municipality, seen.guides[-1] if seen.guides else None, reasons)
    return attrs.evolve(counted, cases=(*gathered.cases, case))


@attrs.frozen
class Seen:
    """What is remembered of one person on the way, beside their progress."""

    duty: Duty = UNTOUCHED
    contact: date | None = None
    """The last talk."""
    planned: bool = False
    fell_on: date | None = None
    """When a PIP fell last."""
    interrupted: date | None = None
    guides: tuple[str, ...] = ()
    """Who is the fixed contact now, the last one last."""


def project(seen: Seen, fact: Happened) -> Seen:
    """What was seen after one more fact; facts it has no use for leave it as it is."""
    if isinstance(fact, UnderTheAct):
        seen = attrs.evolve(seen, duty=follow(seen.duty, fact))
    match fact:
        case IntakeHeld() | CoachingHeld() | ProgressInterviewHeld() | MapInterviewHeld() | FinalInterviewHeld():
            return attrs.evolve(seen, contact=fact.on)
        case PlanAdopted():
            return attrs.evolve(seen, planned=True)
        case PipRevoked(on=on) | PipAnnulled(on=on):
            return attrs.evolve(seen, fell_on=on)
        case TrajectoryInterrupted(on=on):
            return attrs.evolve(seen, interrupted=on)
        case TrajectoryResumed():
            return attrs.evolve(seen, interrupted=None)
        case GuideAssigned(guide=guide):
            return attrs.evolve(seen, guides=(*seen.guides, guide.key))
        case GuideReleased(guide=key):
            return attrs.evolve(seen, guides=tuple(one for one in seen.guides if one != key))
        case _:
            return seen


def _reasons(so_far: Progress, seen: Seen, attention: Attention) -> Iterator[Reason]:
    """Any that holds, in no order."""
    day, duty = so_far.day, seen.duty
    if not duty.pips and duty.pip_due is not None:
        left = (duty.pip_due - day).days
        if left <= attention.pip_due_within_days:
            yield Reason(Concern.PIP_OVERDUE if left < 0 else Concern.PIP_DUE, duty.pip_due, left)
    elif not duty.pips and not seen.planned:
        yield from _long(Concern.NO_PLAN, so_far.opened_on, day, attention.no_plan_days)
    if duty.pips and duty.pip is None and seen.fell_on is not None:
        yield Reason(Concern.PIP_FELL, seen.fell_on, (day - seen.fell_on).days)
    if duty.term is not None:
        last = duty.term.until - timedelta(days=1)
        left = (last - day).days
        if left <= attention.term_ends_within_days:
            yield Reason(Concern.TERM_OVER if left < 0 else Concern.TERM_ENDING, last, left)
        if left >= 0 and duty.route is Route.SELF_RELIANCE:
            yield from _behind(so_far, (day - duty.term.since).days // 7, attention)
    if seen.interrupted is not None:
        yield from _long(Concern.INTERRUPTED, seen.interrupted, day, attention.interrupted_days)
    yield from _long(Concern.NO_CONTACT, seen.contact or so_far.opened_on, day, attention.no_contact_days)
    if duty.pip is not None:
        since = duty.progress_interviews[-1] if duty.progress_interviews else duty.pips[0].on
        yield from _long(Concern.NO_PROGRESS_INTERVIEW, since, day, attention.no_progress_interview_days)


def _long(concern: Concern, since: date, day: date, days: int) -> Iterator[Reason]:
    """It is so for longer than this."""
    if (day - since).days > days:
        yield Reason(concern, since, (day - since).days)


def _behind(so_far: Progress, weeks_gone: int, attention: Attention) -> Iterator[Reason]:
    """By the week it asks from now on, at the least one; or by the pace so far, once that had time to settle."""
    left = sum(one.left for one in so_far.categories)
    asked = -(-left // max(1, so_far.weeks_left))
    slow = so_far.forecast is None or so_far.forecast.in_time is False
    settled = weeks_gone >= attention.forecast_after_weeks
    if left and (asked > attention.most_minutes_a_week or (settled and slow)):
        yield Reason(Concern.FALLING_BEHIND, so_far.forecast.met_on if so_far.forecast else None, None, asked)


def _urgency(case: Case) -> tuple[int, int, UUID]:
    """The worst reason; of one kind, what is the longest overdue, the soonest due or the longest so."""
    worst = case.reasons[0]
    weight = worst.days or 0
    if worst.concern is Concern.FALLING_BEHIND:
        weight = -(worst.minutes_a_week or 0)
    elif worst.concern not in AHEAD:
        weight = -weight
    return URGENCY[worst.concern], weight, case.participant


AHEAD = frozenset({Concern.PIP_OVERDUE, Concern.PIP_DUE, Concern.TERM_OVER, Concern.TERM_ENDING})
"""Their day is a last day; the day of the others is the first."""
