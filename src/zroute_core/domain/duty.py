"""What a decision needs to know of somebody's duty under the Wet inburgering 2021, and how facts change it.

`follow` judges nothing, as `evolve` does not. What the state leaves to be worked out stands in its properties: which
PIP is in force, which term runs, when the PIP is due.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import assert_never

import attrs

from zroute_core.domain.act import (
    DispensationGround,
    DispensationKind,
    ExemptionKind,
    Instance,
    MapTheme,
    Route,
    Sanction,
)
from zroute_core.domain.events import (
    CertificateHandedOut,
    CourseOffered,
    DispensationGranted,
    DutyEnded,
    DutyNotified,
    ExamTaken,
    ExemptionGranted,
    ExemptionWithdrawn,
    FinalInterviewHeld,
    FinancialReliefEnded,
    FinancialReliefStarted,
    IntakeCallMissed,
    LearningAbilityTested,
    LearningAbilityTestWaived,
    MapHoursLogged,
    MapInterviewHeld,
    MapThemeCovered,
    MovedToMunicipality,
    OutsideInformationReceived,
    ParticipationDeclarationSigned,
    PipAnnulled,
    PipDecided,
    PipRestored,
    PipRevoked,
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
    UnderTheAct,
)
from zroute_core.domain.periods import Period, months_after
from zroute_core.domain.values import TargetGroup

TERM_MONTHS = 36
"""Three years (Wet inburgering 2021 art. 11 lid 1 [V], R-TERM-01)."""

PIP_WEEKS = 10
"""From the notice, or from registration in the municipality when that came later (Besluit 5.3 [S], R-PIP-02)."""

PIP_WEEKS_AFTER_INFORMATION = 2
"""From the receipt of information that others had to give (Besluit 5.3 [S], R-PIP-02)."""


@attrs.frozen
class Term:
    """The term (inburgeringstermijn): from its first day up to, and not including, `until` (R-TERM-04)."""

    since: date
    until: date

    def holds(self, day: date) -> bool:
        return self.since <= day < self.until


@attrs.frozen
class Duty:
    """The duty of one participant, as far as later decisions look at it."""

    notified: DutyNotified | None = None
    information: date | None = None
    """When information from others came in that the PIP waited for."""
    target_group: TargetGroup | None = None
    """As it was changed to; None while the one of the opening holds."""
    moved: tuple[MovedToMunicipality, ...] = ()
    exempted: tuple[Period, ...] = ()
    """Temporary exemptions: both days count (R-TERM-04, DUO Vrijstelling)."""
    lifted: date | None = None
    """When a full exemption or dispensation was granted: nothing is asked since (R-GRP-06)."""
    participation_cap: int | None = None
    """Whole hours, by the last partial medical dispensation that named some (R-Z-10)."""
    ended: DutyEnded | None = None
    missed_calls: int = 0
    intake_fines: int = 0
    """How many fines for the broad intake were proposed."""
    tested: LearningAbilityTested | None = None
    waived: LearningAbilityTestWaived | None = None
    pips: tuple[PipDecided, ...] = ()
    """Every PIP that was decided, oldest first, those that fell included."""
    fallen: frozenset[str] = frozenset()
    """The keys of PIPs that were revoked or annulled, and did not come back."""
    annulled: Mapping[str, Instance] = MappingProxyType({})
    """Of these, the ones that were annulled, and by whom last: they never counted. A revoked one did until then."""
    extended: tuple[TermExtended, ...] = ()
    pvt_minutes: int = 0
    signed: date | None = None
    map_minutes: int = 0
    map_themes: frozenset[MapTheme] = frozenset()
    map_interview: MapInterviewHeld | None = None
    """The last one."""
    progress_interviews: tuple[date, ...] = ()
    final_interview: date | None = None
    completed: date | None = None
    certificate: date | None = None
    offered: date | None = None
    guidance: Period | None = None
    relief: Period | None = None
    overridden: frozenset[tuple[str, date]] = frozenset()
    """The rules to which somebody let an exception pass, each with the day."""

    @property
    def pip(self) -> PipDecided | None:
        """The PIP in force: the last that was decided and stands. When it falls, the one before it stands again."""
        return next((one for one in reversed(self.pips) if one.pip not in self.fallen), None)

    @property
    def last_pip(self) -> PipDecided | None:
        """The last PIP that ever counted, in force or revoked since: what a new one is compared with. Whoever revokes a
        PIP and decides another switches all the same."""
        return next((one for one in reversed(self.pips) if one.pip not in self.annulled), None)

    @property
    def route(self) -> Route | None:
        return self.pip.route if self.pip else None

    @property
    def term(self) -> Term | None:
        """Begins the day after the date of the first PIP (R-TERM-02), and never moves (R-TERM-03): also not when that
        PIP falls. Ends three years later, or where DUO's last extension says; that day does not count (R-TERM-04).
        """
        if not self.pips:
            return None
        since = min(one.on for one in self.pips) + timedelta(days=1)
        until = self.extended[-1].until if self.extended else months_after(since, TERM_MONTHS)
        return Term(since, until)

    @property
    def pip_due(self) -> date | None:
        """The last day for the first PIP: ten weeks after the notice or the registration here, two weeks after
        information from others, whichever comes last (R-PIP-02). Information that came when the PIP was overdue already
        moves nothing; nor does a move before the first PIP: no text that could be read says so.
        """
        if self.notified is None:
            return None
        begins = max(self.notified.on, self.notified.registered_on or self.notified.on)
        due = begins + timedelta(weeks=PIP_WEEKS)
        if self.information is None or self.information > due:
            return due
        return max(due, self.information + timedelta(weeks=PIP_WEEKS_AFTER_INFORMATION))

    def suspended(self, day: date) -> bool:
        """Does a temporary exemption hold on this day?"""
        return any(one.since <= day and (one.until is None or day <= one.until) for one in self.exempted)


UNTOUCHED = Duty()


def follow(now: Duty, fact: UnderTheAct) -> Duty:
    """The duty after one more fact."""
    match fact:
        case DutyNotified():
            begins_anew = now.ended is not None and now.ended.on < fact.duty_since
            again = attrs.evolve(now, ended=None, lifted=None) if begins_anew else now
            return attrs.evolve(again, notified=fact)
        case OutsideInformationReceived(on=on):
            return attrs.evolve(now, information=on)
        case TargetGroupChanged(target_group=group):
            return attrs.evolve(now, target_group=group)
        case MovedToMunicipality():
            return attrs.evolve(now, moved=(*now.moved, fact))
        case ExemptionGranted(kind=ExemptionKind.TEMPORARY):
            return attrs.evolve(now, exempted=(*now.exempted, Period(fact.since or fact.on, fact.until)))
        case ExemptionGranted(on=on, kind=ExemptionKind.FULL):
            return attrs.evolve(now, lifted=on)
        case ExemptionGranted():
            return now
        case ExemptionWithdrawn(on=on):
            return attrs.evolve(now, exempted=tuple(_cut_off(one, on) for one in now.exempted))
        case DispensationGranted(on=on, kind=DispensationKind.FULL):
            return attrs.evolve(now, lifted=on)
        case DispensationGranted(ground=ground, participation_cap=cap):
            medical = ground is DispensationGround.MEDICAL
            return attrs.evolve(now, participation_cap=cap) if medical and cap is not None else now
        case DutyEnded():
            return attrs.evolve(now, ended=fact)
        case IntakeCallMissed(call=call):
            return attrs.evolve(now, missed_calls=max(now.missed_calls, call))
        case LearningAbilityTested():
            return attrs.evolve(now, tested=fact)
        case LearningAbilityTestWaived():
            return attrs.evolve(now, waived=fact)
        case PipDecided(pip=pip):
            return attrs.evolve(_standing(now, pip), pips=(*now.pips, fact))
        case PipRevoked(pip=pip):
            return attrs.evolve(now, fallen=now.fallen | {pip})
        case PipAnnulled(pip=pip, by=by):
            annulled = MappingProxyType({**now.annulled, pip: by})
            return attrs.evolve(now, fallen=now.fallen | {pip}, annulled=annulled)
        case PipRestored(pip=pip):
            return _standing(now, pip)
        case TermExtended():
            return attrs.evolve(now, extended=(*now.extended, fact))
        case PvtSessionAttended(minutes=minutes):
            return attrs.evolve(now, pvt_minutes=now.pvt_minutes + minutes)
        case ParticipationDeclarationSigned(on=on):
            return attrs.evolve(now, signed=on)
        case MapHoursLogged(minutes=minutes):
            return attrs.evolve(now, map_minutes=now.map_minutes + minutes)
        case MapThemeCovered(theme=theme):
            return attrs.evolve(now, map_themes=now.map_themes | {theme})
        case MapInterviewHeld():
            return attrs.evolve(now, map_interview=fact)
        case ProgressInterviewHeld(on=on):
            return attrs.evolve(now, progress_interviews=(*now.progress_interviews, on))
        case FinalInterviewHeld(on=on):
            return attrs.evolve(now, final_interview=on)
        case RouteCompleted(on=on):
            return attrs.evolve(now, completed=on)
        case CertificateHandedOut(on=on):
            return attrs.evolve(now, certificate=on)
        case CourseOffered(on=on):
            return attrs.evolve(now, offered=on)
        case SocialGuidanceStarted(on=on):
            return attrs.evolve(now, guidance=Period(on))
        case SocialGuidanceEnded(on=on):
            return attrs.evolve(now, guidance=now.guidance and Period(now.guidance.since, on))
        case FinancialReliefStarted(on=on):
            return attrs.evolve(now, relief=Period(on))
        case FinancialReliefEnded(on=on):
            return attrs.evolve(now, relief=now.relief and Period(now.relief.since, on))
        case RuleOverridden(on=on, rule=rule):
            return attrs.evolve(now, overridden=now.overridden | {(rule, on)})
        case SanctionProposed(sanction=sanction):
            return attrs.evolve(now, intake_fines=now.intake_fines + (sanction is Sanction.INTAKE_FINE))
        case TermExtensionRefused() | ExamTaken():
            return now
        case _:
            assert_never(fact)


def _cut_off(period: Period, day: date) -> Period:
    """A temporary exemption that was withdrawn: `day` is the first day without it."""
    until = day - timedelta(days=1)
    return period if period.until is not None and period.until < day else Period(period.since, until)


def _standing(now: Duty, pip: str) -> Duty:
    annulled = MappingProxyType({key: by for key, by in now.annulled.items() if key != pip})
    return attrs.evolve(now, fallen=now.fallen - {pip}, annulled=annulled)
