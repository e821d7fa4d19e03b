"""What keeps a record consistent, and what the pilots showed: the policies that every programme starts with.

Most are no rule of law (evidence H): a history that contradicts itself proves nothing.
"""

from __future__ import annotations

from datetime import date

from zroute_core.domain.events import (
    ActivityAttended,
    AgreementReviewed,
    AssessmentRecorded,
    DutyNotified,
    Fact,
    FactCorrected,
    FactRetracted,
    GroupFormed,
    GroupJoined,
    GroupLeft,
    GuideAssigned,
    GuideReleased,
    InternshipEnded,
    InternshipHoursLogged,
    InternshipStarted,
    LanguageBuddyLeft,
    LanguageBuddyMatched,
    LessonAttended,
    LessonMissed,
    PlanAdopted,
    PlanRevised,
    TrajectoryEnded,
    TrajectoryInterrupted,
    TrajectoryOpened,
    TrajectoryResumed,
    UnderTheAct,
)
from zroute_core.domain.hours import minutes_of
from zroute_core.domain.periods import Period
from zroute_core.domain.policies.stating import FACTSHEET, policy
from zroute_core.domain.programme import Evidence, Policy, Programme
from zroute_core.domain.trajectory import Trajectory, name_of, slot_of
from zroute_core.domain.values import Component, Regime

HOUSE = "the record must not contradict itself"


# ── binding ──────────────────────────────────────────────────────────────────────────────────────────────────


@policy(
    "opens-once",
    nl="Een traject wordt één keer geopend, onder de regels van dit programma.",
    en="A trajectory is opened once, under the rules of this programme.",
    source=HOUSE,
    evidence=Evidence.HOUSE,
)
def a_trajectory_opens_once(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case TrajectoryOpened():
            return trajectory.opened is None and programme.regime is fact.regime
        case _:
            return True


@policy(
    "not-before-opening",
    nl="Er gebeurt niets voordat het traject is geopend.",
    en="Nothing happens before the trajectory is opened.",
    source=HOUSE,
    evidence=Evidence.HOUSE,
)
def nothing_before_opening(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact, trajectory.opened:
        case TrajectoryOpened(), _:
            return True
        case FactCorrected() | FactRetracted(), None:
            return True  # an opening that was retracted can be told anew
        case _, None:
            return False
        case _, opened:
            return opened.on <= fact.on


@policy(
    "not-after-ending",
    nl="Na het einde van het traject gebeurt er niets meer.",
    en="Nothing happens after the trajectory has ended.",
    source=HOUSE,
    evidence=Evidence.HOUSE,
)
def nothing_after_ending(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    """What happened before may be told after it, and what was told wrongly put right."""
    match fact, trajectory.ended:
        case (FactCorrected() | FactRetracted(), _) | (_, None):
            return True
        case TrajectoryEnded(), _:
            return False
        case _, ended:
            return fact.on <= ended.on


@policy(
    "act-needs-the-act",
    nl="Een plicht, een PIP en een termijn heeft alleen wie onder de Wet inburgering 2021 valt.",
    en="Only who is under the Wet inburgering 2021 has a duty, a PIP and a term.",
    source=f"{FACTSHEET}: the participants of the pilots were dispensed and had no duty",
    evidence=Evidence.HOUSE,
)
def the_act_is_for_who_is_under_it(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    under = trajectory.opened is not None and trajectory.opened.regime is Regime.WI2021
    return under or not isinstance(fact, UnderTheAct)


@policy(
    "intake-first",
    nl="De brede intake komt eerst: daarna volgen plan, lessen en stage.",
    en="The broad intake comes first: plan, lessons and internship follow.",
    source=f"{FACTSHEET}; Wet inburgering 2021 art. 14 [S], R-BI-01",
    evidence=Evidence.HOUSE,
)
def intake_comes_first(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    """The intake is compulsory, and finds out for whom the Z-route is; that it stands before what rests on it keeps a
    record consistent. Its own lessons come before it is closed (R-Z-08), and
    participation may begin during it: those hours count (Besluit 3.14 as cited by DUO, R-Z-07).
    """
    match fact:
        case LessonAttended(lesson=lesson) | LessonMissed(lesson=lesson) if lesson.in_intake:
            return True
        case PlanAdopted() | LessonAttended() | LessonMissed() | InternshipStarted():
            return trajectory.intake is not None and trajectory.intake.on <= fact.on
        case _:
            return True


@policy(
    "counts-once",
    nl="Een les, activiteit, gesprek of meting telt één keer voor een deelnemer.",
    en="A lesson, activity, session or measurement counts once for a participant.",
    source=HOUSE,
    evidence=Evidence.HOUSE,
)
def one_lesson_counts_once(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    name = name_of(fact)
    return name is None or name not in trajectory.recorded


@policy(
    "no-overlap",
    nl="Niemand volgt twee lessen of activiteiten tegelijk.",
    en="Nobody is in two lessons or activities at once.",
    source=HOUSE,
    evidence=Evidence.HOUSE,
)
def no_overlapping_attendance(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    """As far as the times of day are known."""
    slot = slot_of(fact)
    return slot is None or not any(slot.overlaps(other) for other in trajectory.slots.get(fact.on, ()))


@policy(
    "day-has-24-hours",
    nl="Een dag heeft 24 uur: alle uren van een dag samen passen daarin.",
    en="A day has 24 hours: all time spent on a day fits into it.",
    source=HOUSE,
    evidence=Evidence.HOUSE,
)
def a_day_has_24_hours(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    minutes = minutes_of(fact)
    return not minutes or trajectory.minutes.get(fact.on, 0) + minutes <= 24 * 60


@policy(
    "not-in-the-future",
    nl="Wat nog niet is gebeurd, staat niet in het dossier.",
    en="What has not happened yet does not stand in the record.",
    source=HOUSE,
    evidence=Evidence.HOUSE,
)
def nothing_in_the_future(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    """Neither the fact itself nor a day in it that must have come before it."""
    match fact:
        case DutyNotified(duty_since=since, registered_on=registered):
            return max(fact.on, since, registered or since) <= said_on
        case _:
            return fact.on <= said_on


@policy(
    "on-its-scale",
    nl="Een score hoort bij een meetinstrument van het programma, een domein ervan en de schaal ervan.",
    en="A score belongs to an instrument of the programme, to one of its domains and to its scale.",
    source=HOUSE,
    evidence=Evidence.HOUSE,
)
def a_score_lies_on_its_scale(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case AssessmentRecorded():
            instrument = programme.instrument(fact.instrument, fact.version)
            return (
                instrument is not None
                and (fact.lowest, fact.highest) == (instrument.lowest, instrument.highest)
                and instrument.measures(fact.domain)
                and instrument.holds(fact.score)
            )
        case _:
            return True


@policy(
    "internship-period",
    nl="Een stage eindigt nadat zij begon, en uren vallen binnen de stage.",
    en="An internship ends after it began, and its hours lie within it.",
    source=HOUSE,
    evidence=Evidence.HOUSE,
)
def an_internship_ends_after_it_began(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case InternshipEnded(internship=key) | InternshipHoursLogged(internship=key):
            placement = trajectory.internships.get(key)
            if placement is None or placement.period.since > fact.on:
                return False
            until = placement.period.until
            return until is None or (fact.on <= until and not isinstance(fact, InternshipEnded))
        case _:
            return True


@policy(
    "one-internship-a-host",
    nl="Bij één stagebedrijf loopt één stage tegelijk.",
    en="One internship runs at one host at a time.",
    source=HOUSE,
    evidence=Evidence.HOUSE,
)
def one_internship_runs_at_a_host(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case InternshipStarted(internship=new):
            return new.key not in trajectory.internships and not any(
                placement.internship.host == new.host and placement.period.runs
                for placement in trajectory.internships.values()
            )
        case _:
            return True


@policy(
    "period-begins-first",
    nl="Wat eindigt, is eerder begonnen: een vast aanspreekpunt, een taalmaatje, een groep.",
    en="What ends began before: a guide, a language buddy, a group.",
    source=HOUSE,
    evidence=Evidence.HOUSE,
)
def what_ends_began_before(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case GuideReleased(guide=key):
            return _runs(trajectory.guides.get(key), fact.on)
        case LanguageBuddyLeft(buddy=key):
            return _runs(trajectory.buddies.get(key), fact.on)
        case GroupLeft(group=key):
            membership = trajectory.groups.get(key)
            return _runs(membership.period if membership else None, fact.on)
        case _:
            return True


@policy(
    "begins-once",
    nl="Wat loopt, begint niet nog eens: een vast aanspreekpunt, een taalmaatje, een groep.",
    en="What runs does not begin again: a guide, a language buddy, a group.",
    source=HOUSE,
    evidence=Evidence.HOUSE,
)
def what_runs_does_not_begin_again(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case GuideAssigned(guide=guide):
            period = trajectory.guides.get(guide.key)
        case LanguageBuddyMatched(buddy=key):
            period = trajectory.buddies.get(key)
        case GroupFormed(group=group) | GroupJoined(group=group):
            membership = trajectory.groups.get(group.key)
            period = membership.period if membership else None
        case _:
            return True
    return period is None or not period.runs


@policy(
    "interruption-in-turn",
    nl="Een traject wordt onderbroken en dan hervat, om de beurt.",
    en="A trajectory is interrupted and then resumed, in turn.",
    source=HOUSE,
    evidence=Evidence.HOUSE,
)
def interruptions_take_turns(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    standing_still = trajectory.interrupted is not None and trajectory.interrupted.runs
    match fact:
        case TrajectoryInterrupted():
            return not standing_still
        case TrajectoryResumed():
            return standing_still
        case _:
            return True


@policy(
    "plan-in-turn",
    nl="Een plan wordt één keer vastgesteld en daarna gewijzigd.",
    en="A plan is adopted once, and changed after that.",
    source=HOUSE,
    evidence=Evidence.HOUSE,
)
def a_plan_is_adopted_then_revised(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case PlanAdopted():
            return trajectory.plan is None
        case PlanRevised():
            return trajectory.plan is not None
        case _:
            return True


@policy(
    "agreement-in-plan",
    nl="Een afspraak die wordt nagegaan, staat of stond in het plan.",
    en="An agreement that is looked at stands or stood in the plan.",
    source=HOUSE,
    evidence=Evidence.HOUSE,
)
def a_reviewed_agreement_stands_in_the_plan(
    fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date
) -> bool:
    match fact:
        case AgreementReviewed(agreement=key):
            return key in trajectory.agreements
        case _:
            return True


# ── advisory ─────────────────────────────────────────────────────────────────────────────────────────────────


@policy(
    "group-size",
    nl="De groepen in de pilots hadden drie tot acht deelnemers.",
    en="The groups in the pilots had three to eight participants.",
    source=f"{FACTSHEET}: an observation, no rule of law",
    evidence=Evidence.INFERRED,
)
def a_group_is_small(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case GroupFormed(size=size) | GroupJoined(size=size):
            smallest, largest = programme.group_size
            return smallest <= size <= largest
        case _:
            return True


@policy(
    "group-level",
    nl="Een deelnemer leert in de pilots in groepen van één niveau.",
    en="In the pilots a participant learns in groups of one level.",
    source=f"{FACTSHEET}: an observation, no rule of law",
    evidence=Evidence.INFERRED,
)
def groups_are_of_one_level(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case GroupFormed(group=new) | GroupJoined(group=new):
            others = (one.group for one in trajectory.groups.values() if one.period.runs)
            return all(other.level == new.level for other in others)
        case _:
            return True


@policy(
    "in-the-offer",
    nl="Het onderdeel en de aanbieder staan in het aanbod van de gemeente.",
    en="The component and its provider stand in the municipality's offer.",
    source="the programme's own offer",
    evidence=Evidence.INFERRED,
)
def what_is_attended_is_offered(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case LessonAttended(lesson=it) | ActivityAttended(activity=it) if programme.offer:
            return _offered(it.component, it.provider, programme)
        case _:
            return True


@policy(
    "while-interrupted",
    nl="Tijdens een onderbreking wordt geen les of activiteit verwacht.",
    en="During an interruption no lesson or activity is expected.",
    source="practice; no source states a rule",
    evidence=Evidence.INFERRED,
)
def nothing_is_attended_while_interrupted(
    fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date
) -> bool:
    match fact:
        case LessonAttended() | ActivityAttended() | InternshipHoursLogged():
            return trajectory.interrupted is None or not trajectory.interrupted.runs
        case _:
            return True


def _runs(period: Period | None, day: date) -> bool:
    return period is not None and period.runs and period.since <= day


def _offered(component: Component, provider: str, programme: Programme) -> bool:
    return any(one.component is component and one.provider in {None, provider} for one in programme.offer)


FIRST_POLICIES: tuple[Policy, ...] = (
    a_trajectory_opens_once,
    nothing_before_opening,
    nothing_after_ending,
    the_act_is_for_who_is_under_it,
    intake_comes_first,
    one_lesson_counts_once,
    no_overlapping_attendance,
    a_day_has_24_hours,
    nothing_in_the_future,
    a_score_lies_on_its_scale,
    an_internship_ends_after_it_began,
    one_internship_runs_at_a_host,
    what_ends_began_before,
    what_runs_does_not_begin_again,
    interruptions_take_turns,
    a_plan_is_adopted_then_revised,
    a_reviewed_agreement_stands_in_the_plan,
    a_group_is_small,
    groups_are_of_one_level,
    what_is_attended_is_offered,
    nothing_is_attended_while_interrupted,
)
"""The policies that every programme starts with, binding ones first."""
