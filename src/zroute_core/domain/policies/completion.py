"""PVT, MAP, examinations, and the completion of the Z-route."""

from __future__ import annotations

from datetime import date

from zroute_core.domain.act import ExamLevel, ExamPart, MapTheme, Route
from zroute_core.domain.events import (
    CertificateHandedOut,
    ExamTaken,
    Fact,
    MapInterviewHeld,
    ParticipationDeclarationSigned,
    RouteCompleted,
)
from zroute_core.domain.policies.stating import policy
from zroute_core.domain.programme import Category, Evidence, Policy, Programme
from zroute_core.domain.trajectory import Trajectory

ACT = date(2022, 1, 1)
PVT_HOURS = 12
"""Besluit inburgering 2021 art. 3.1 [S] (R-PVT-01)."""
MAP_HOURS = 40
"""Practical part, whole hours (Divosa [S], R-MAP-01)."""
KNM_EXAM_SINCE = date(2023, 1, 1)
"""Besluit of 5 December 2022, Stb. 2022, 489 [V] (R-Z-05)."""

DUO = "DUO, README of 11 June 2026"
DUO_AT = "https://github.com/duonl/gemeente-m2m-inburgering"
BESLUIT_3_14 = "https://wetten.overheid.nl/jci1.3:c:BWBR0045555&artikel=3.14"
BESLUIT_3_1 = "https://wetten.overheid.nl/jci1.3:c:BWBR0045555&artikel=3.1"


@policy(
    "pvt-takes-12-hours",
    nl="Wie de participatieverklaring tekent, heeft twaalf uur van het participatieverklaringstraject gevolgd.",
    en="Whoever signs the participation declaration has followed twelve hours of its track.",
    source="Besluit inburgering 2021 art. 3.1 [S] (R-PVT-01)",
    evidence=Evidence.SECONDARY,
    since=ACT,
    link=BESLUIT_3_1,
)
def the_pvt_takes_twelve_hours(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case ParticipationDeclarationSigned():
            return trajectory.duty.pvt_minutes >= PVT_HOURS * 60
        case _:
            return True


@policy(
    "map-takes-40-hours-and-eight-themes",
    nl="De MAP is voldoende na veertig uur praktijk en alle acht thema's.",
    en="The MAP is sufficient after forty practical hours and all eight themes.",
    source="Divosa, nt2.nl [S] (R-MAP-01, R-MAP-02)",
    evidence=Evidence.SECONDARY,
    since=ACT,
    link="https://divosa.nl/meedoen/inburgering/participatie/hulpmiddelen-duale-trajecten-map-en-1",
    overridable=True,
)
def the_map_takes_hours_and_themes(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    """An exemption through paid work exists; its norm could not be read (R-MAP-03), so the rule can be overridden."""
    match fact:
        case MapInterviewHeld(sufficient=True):
            duty = trajectory.duty
            return duty.map_minutes >= MAP_HOURS * 60 and duty.map_themes == frozenset(MapTheme)
        case _:
            return True


@policy(
    "within-the-term",
    nl="Ondertekening, eindgesprek MAP en afronding liggen niet voor het begin van de termijn.",
    en="Signing, the MAP interview and completion do not lie before the term began.",
    source=f"{DUO} (R-Z-11)",
    evidence=Evidence.VERIFIED,
    since=ACT,
    link=DUO_AT,
)
def nothing_is_finished_before_the_term(
    fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date
) -> bool:
    match fact:
        case ParticipationDeclarationSigned(on=on) | MapInterviewHeld(on=on) | RouteCompleted(on=on):
            term = trajectory.duty.term
            return term is not None and term.since <= on
        case _:
            return True


@policy(
    "not-after-completion",
    nl="Ondertekening en eindgesprek MAP liggen niet na de afronding van de Z-route.",
    en="Signing and the MAP interview do not lie after the completion of the Z-route.",
    source=f"{DUO} (R-Z-11)",
    evidence=Evidence.VERIFIED,
    since=ACT,
    link=DUO_AT,
)
def pvt_and_map_come_before_completion(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case ParticipationDeclarationSigned() | MapInterviewHeld():
            return trajectory.duty.completed is None or fact.on <= trajectory.duty.completed
        case _:
            return True


@policy(
    "completed-once",
    nl="De Z-route wordt één keer afgerond, door wie haar volgt.",
    en="The Z-route is completed once, by somebody who follows it.",
    source="the record must not contradict itself",
    evidence=Evidence.HOUSE,
)
def the_z_route_is_completed_once(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case RouteCompleted():
            return trajectory.duty.completed is None and trajectory.duty.route is Route.SELF_RELIANCE
        case _:
            return True


@policy(
    "completion-takes-the-hours",
    nl="Afronden kan na 800 cursusuren, en voor asielstatushouders ook na 800 participatie-uren of wat zij aankunnen.",
    en="Completion takes 800 course hours, and of asylum status holders 800 participation hours or what they can bear.",
    source="Besluit inburgering 2021 art. 3.14 [S] (R-Z-02, R-Z-03, R-Z-10)",
    evidence=Evidence.SECONDARY,
    since=ACT,
    link=BESLUIT_3_14,
)
def completion_takes_the_hours(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    """Reaching A1 is an aim and no condition (R-Z-01)."""
    match fact:
        case RouteCompleted(on=on):
            return all(
                programme.counted(trajectory.spent, one)
                >= programme.asked(one, on, trajectory.target_group, trajectory.duty)
                for one in (Category.COURSE, Category.PARTICIPATION)
            )
        case _:
            return True


@policy(
    "completion-takes-the-final-interview",
    nl="Voor de afronding voert de gemeente het eindgesprek.",
    en="The final interview with the municipality comes before completion.",
    source="Besluit inburgering 2021 art. 3.14 [S] (R-Z-02)",
    evidence=Evidence.SECONDARY,
    since=ACT,
    link=BESLUIT_3_14,
)
def completion_takes_the_interview(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case RouteCompleted():
            return trajectory.duty.final_interview is not None
        case _:
            return True


@policy(
    "completion-takes-pvt-and-map",
    nl="Voor de afronding zijn de participatieverklaring getekend en de MAP voldoende afgesloten.",
    en="Before completion the participation declaration is signed and the MAP closed as sufficient.",
    source="inferred from the parts of the duty (R-DUTY-01) and the order of the dates (R-Z-11, R-Z-12)",
    evidence=Evidence.INFERRED,
    since=ACT,
)
def completion_takes_pvt_and_map(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case RouteCompleted():
            interview = trajectory.duty.map_interview
            return trajectory.duty.signed is not None and interview is not None and interview.sufficient
        case _:
            return True


@policy(
    "certificate-after-completion",
    nl="Het certificaat volgt op de afronding.",
    en="The certificate follows completion.",
    source="DUO, attention signal SS141 (R-Z-13)",
    evidence=Evidence.VERIFIED,
    since=ACT,
    link=DUO_AT,
)
def the_certificate_follows_completion(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case CertificateHandedOut():
            return trajectory.duty.completed is not None
        case _:
            return True


@policy(
    "knm-exam-from-2023",
    nl="Wie de Z-route volgt, kan pas sinds 1 januari 2023 het examen KNM doen.",
    en="Somebody in the Z-route can sit the KNM exam only since 1 January 2023.",
    source="Stb. 2022, 489 onderdeel C: Besluit inburgering 2021 art. 3.14 lid 7 [V] (R-Z-05)",
    evidence=Evidence.VERIFIED,
    since=ACT,
    until=KNM_EXAM_SINCE,
    link="https://zoek.officielebekendmakingen.nl/stb-2022-489.html",
)
def no_knm_exam_before_2023(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case ExamTaken(part=ExamPart.SOCIETY):
            return trajectory.duty.route is not Route.SELF_RELIANCE
        case _:
            return True


@policy(
    "z-route-exams-at-a2",
    nl="Wie de Z-route volgt, kan taalexamens op niveau A2 doen; het examen KNM heeft geen niveau.",
    en="Somebody in the Z-route can sit language exams at level A2; the KNM exam has no level.",
    source="Stb. 2022, 489 onderdeel C and its explanation: Besluit inburgering 2021 art. 3.14 lid 7 [V] (R-Z-05)",
    evidence=Evidence.VERIFIED,
    since=ACT,
    link="https://zoek.officielebekendmakingen.nl/stb-2022-489.html",
)
def exams_in_the_z_route_are_at_a2(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case ExamTaken(part=ExamPart.SOCIETY, level=level):
            return level is None
        case ExamTaken(level=level) if trajectory.duty.route is Route.SELF_RELIANCE:
            return level is ExamLevel.A2
        case _:
            return True


COMPLETION_POLICIES: tuple[Policy, ...] = (
    the_pvt_takes_twelve_hours,
    the_map_takes_hours_and_themes,
    nothing_is_finished_before_the_term,
    pvt_and_map_come_before_completion,
    the_z_route_is_completed_once,
    completion_takes_the_hours,
    completion_takes_the_interview,
    the_certificate_follows_completion,
    no_knm_exam_before_2023,
    exams_in_the_z_route_are_at_a2,
    completion_takes_pvt_and_map,
)
