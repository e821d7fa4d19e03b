"""The PIP as a decision, the routes, and switching between them."""

from __future__ import annotations

from datetime import date

from zroute_core.domain.act import PipLevel, Route
from zroute_core.domain.duty import Duty
from zroute_core.domain.events import Fact, PipAnnulled, PipDecided, PipRestored, PipRevoked, TermExtended
from zroute_core.domain.periods import months_after
from zroute_core.domain.policies.stating import policy
from zroute_core.domain.programme import Category, Evidence, Policy, Programme
from zroute_core.domain.trajectory import Trajectory
from zroute_core.domain.values import TargetGroup

ACT = date(2022, 1, 1)
"""The act is in force since then (Stb. 2021, 586)."""

DUO = "DUO, message description PIP 1.2.0 and README of 11 June 2026"
DUO_AT = "https://github.com/duonl/gemeente-m2m-inburgering"
BESLUIT_5_3 = "https://wetten.overheid.nl/jci1.3:c:BWBR0045555&artikel=5.3"

SWITCH_MONTHS = 18
"""A year and a half after the term began (R-SW-01)."""

SCALING_DOWN_HOURS = 600
"""Course hours at a certified school before B1 may become A2 (Besluit 5.5, R-SW-03)."""


@policy(
    "z-route-carries-no-level",
    nl="In een PIP voor de Z-route staat geen taalniveau.",
    en="A PIP for the Z-route carries no language level.",
    source=f"{DUO} (R-Z-15, R-DUTY-04)",
    evidence=Evidence.VERIFIED,
    since=ACT,
    link=DUO_AT,
)
def the_z_route_carries_no_level(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case PipDecided(route=Route.SELF_RELIANCE, level=level):
            return level is None
        case _:
            return True


@policy(
    "education-route-not-a2",
    nl="De onderwijsroute gaat niet samen met niveau A2.",
    en="The education route does not go with level A2.",
    source=f"{DUO} (R-Z-15)",
    evidence=Evidence.VERIFIED,
    since=ACT,
    link=DUO_AT,
)
def the_education_route_is_not_at_a2(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case PipDecided(route=Route.EDUCATION, level=level):
            return level is not PipLevel.A2
        case _:
            return True


@policy(
    "first-pip-not-b1-at-a2",
    nl="Het eerste PIP van iemand is nooit de B1-route op niveau A2.",
    en="Nobody's first PIP is the B1-route at level A2.",
    source=f"{DUO} (R-Z-15)",
    evidence=Evidence.VERIFIED,
    since=ACT,
    link=DUO_AT,
)
def the_first_pip_is_not_b1_at_a2(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    """Whichever municipality made it."""
    match fact:
        case PipDecided(route=Route.B1, level=PipLevel.A2):
            return bool(trajectory.duty.pips)
        case _:
            return True


@policy(
    "intensity-b1-asylum-only",
    nl="Een geschatte intensiteit staat alleen in een PIP voor de B1-route van een asielstatushouder.",
    en="An estimated intensity stands only in a PIP for the B1-route of an asylum status holder.",
    source=f"{DUO} (R-PIP-05)",
    evidence=Evidence.VERIFIED,
    since=ACT,
    link=DUO_AT,
)
def intensity_is_for_b1_and_asylum(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case PipDecided(intensity=int(), route=route):
            return route is Route.B1 and trajectory.target_group is TargetGroup.ASYLUM_STATUS_HOLDER
        case _:
            return True


@policy(
    "pip-within-ten-weeks",
    nl="Het eerste PIP komt binnen tien weken na de kennisgeving, of twee weken na informatie van anderen.",
    en="The first PIP comes within ten weeks of the notice, or two weeks after information from others.",
    source="Besluit inburgering 2021 art. 5.3 [S] (R-PIP-02)",
    evidence=Evidence.SECONDARY,
    since=ACT,
    link=BESLUIT_5_3,
    advises_because="a PIP that comes late is a decision all the same, and must be recorded",
)
def the_first_pip_comes_in_time(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case PipDecided(on=on):
            due = trajectory.duty.pip_due
            return bool(trajectory.duty.pips) or due is None or on <= due
        case _:
            return True


@policy(
    "pip-after-the-duty-began",
    nl="De dagtekening van het PIP ligt niet voor het begin van de inburgeringsplicht.",
    en="The date of the PIP does not lie before the duty began.",
    source=f"{DUO} (R-PIP-04)",
    evidence=Evidence.VERIFIED,
    since=ACT,
    link=DUO_AT,
)
def the_pip_follows_the_duty(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case PipDecided(on=on):
            notified = trajectory.duty.notified
            return notified is None or notified.duty_since <= on
        case _:
            return True


@policy(
    "pip-by-the-municipality-of-residence",
    nl="Het PIP komt van de gemeente waar iemand woont, en niet van voor de vestiging daar.",
    en="The PIP comes from the municipality where somebody lives, and not from before they settled there.",
    source=f"{DUO} (R-PIP-04)",
    evidence=Evidence.VERIFIED,
    since=ACT,
    link=DUO_AT,
)
def the_pip_is_of_the_municipality(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    """Facts stand in the order of their days, so the municipality is the one of that day."""
    match fact:
        case PipDecided(on=on, municipality=code):
            notified = trajectory.duty.notified
            settled = notified.registered_on if notified and not trajectory.duty.moved else None
            return code == trajectory.municipality and (settled is None or settled <= on)
        case _:
            return True


@policy(
    "pip-stands-or-falls",
    nl="Een PIP dat wordt ingetrokken, gold; een PIP dat herleeft, was vervallen; elke instantie vernietigt één keer.",
    en="A PIP that is revoked, stood; one that comes back, had fallen; each instance annuls once.",
    source="the record must not contradict itself",
    evidence=Evidence.HOUSE,
)
def a_pip_falls_and_comes_back_in_turn(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    duty = trajectory.duty
    known = {one.pip for one in duty.pips}
    match fact:
        case PipRevoked(pip=pip):
            return pip in known - duty.fallen
        case PipAnnulled(pip=pip, by=by):
            return pip in known and duty.annulled.get(pip) is not by
        case PipRestored(pip=pip):
            return pip in known & duty.fallen
        case _:
            return True


@policy(
    "new-municipality-keeps-the-route",
    nl="Wie verhuist, houdt de leerroute: de nieuwe gemeente neemt die over in haar eerste PIP.",
    en="Whoever moves keeps the route: the new municipality takes it over in its first PIP.",
    source="Besluit inburgering 2021 art. 5.3 lid 5 [S], lid 4 before 2023 (R-PIP-07)",
    evidence=Evidence.SECONDARY,
    since=ACT,
    link=BESLUIT_5_3,
    overridable=True,
)
def the_route_moves_along(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case PipDecided(municipality=code, route=route):
            before = trajectory.duty.last_pip
            return before is None or before.municipality == code or before.route is route
        case _:
            return True


@policy(
    "switch-within-18-months",
    nl="Schakelen naar een andere leerroute kan tot anderhalf jaar na het begin van de termijn.",
    en="A switch to another route is possible until a year and a half after the term began.",
    source="Divosa as cited by nt2.nl [S] (R-SW-01); its exceptions could not be read (R-SW-02)",
    evidence=Evidence.SECONDARY,
    since=ACT,
    link=(
        "https://nt2.nl/en/artikelen/80-4459_Handige-informatie-over-inburgeren/"
        "80-4443_Het-inburgeringsexamen-en-andere-examens/80-4440_Wat-is-inburgeren-en-wie-moeten-inburgeren/"
        "80-4446_Het-persoonlijk-plan-inburgering-en-participatie"
    ),
    overridable=True,
)
def a_switch_comes_in_time(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    """Scaling down from B1 to A2 is no switch: the route stays. Nor is another route after a PIP that was annulled, for
    that never counted. Our reading: the day a year and a half after the term began still counts.
    """
    match fact:
        case PipDecided(on=on, route=route):
            before = trajectory.duty.last_pip
            return before is None or before.route is route or on <= last_day_to_switch(trajectory.duty)
        case _:
            return True


@policy(
    "scaling-down-inside-b1",
    nl="Afschalen van B1 naar A2 kan alleen binnen de B1-route en na 600 cursusuren.",
    en="Scaling down from B1 to A2 is possible only inside the B1-route and after 600 course hours.",
    source="Besluit inburgering 2021 art. 5.5, Wet art. 17 lid 3 [S] (R-SW-03)",
    evidence=Evidence.SECONDARY,
    since=ACT,
    link="https://wetten.overheid.nl/jci1.3:c:BWBR0045555&artikel=5.5",
)
def scaling_down_stays_inside_b1(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    """A B1-route at A2 comes from the same route at B1, or was at A2 already; nobody's first PIP is one."""
    match fact:
        case PipDecided(route=Route.B1, level=PipLevel.A2) if trajectory.duty.pips:
            before = trajectory.duty.last_pip
            if before is None or before.route is not Route.B1:
                return False
            enough = programme.counted(trajectory.spent, Category.COURSE) >= SCALING_DOWN_HOURS * 60
            return before.level is PipLevel.A2 or enough
        case _:
            return True


@policy(
    "every-route-looked-into",
    nl="De gemeente onderzoekt elke leerroute voordat zij beslist.",
    en="The municipality looks into every route before it decides.",
    source="Raad van State 24 December 2024, ECLI:NL:RVS:2024:5413 [V] (R-SW-04)",
    evidence=Evidence.VERIFIED,
    since=date(2024, 12, 24),
    link="https://lexboost.com/rechtspraak/ECLI:NL:RVS:2024:5413",
    advises_because="it judges the care of a decision, and a careless decision must be recorded too",
)
def every_route_is_looked_into(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case PipDecided(looked_into=looked_into):
            return set(looked_into) == set(Route)
        case _:
            return True


@policy(
    "extension-of-a-term",
    nl="Alleen een termijn die er is, wordt verlengd, en daarna eindigt zij later.",
    en="Only a term that is there is extended, and it ends later after that.",
    source="the record must not contradict itself",
    evidence=Evidence.HOUSE,
)
def an_extension_makes_the_term_longer(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case TermExtended(until=until):
            term = trajectory.duty.term
            return term is not None and term.until < until
        case _:
            return True


def last_day_to_switch(duty: Duty) -> date:
    """The day a year and a half after the term began; any day while there is no term."""
    return months_after(duty.term.since, SWITCH_MONTHS) if duty.term else date.max


PIP_POLICIES: tuple[Policy, ...] = (
    the_z_route_carries_no_level,
    the_education_route_is_not_at_a2,
    the_first_pip_is_not_b1_at_a2,
    intensity_is_for_b1_and_asylum,
    the_pip_follows_the_duty,
    the_pip_is_of_the_municipality,
    a_pip_falls_and_comes_back_in_turn,
    the_route_moves_along,
    a_switch_comes_in_time,
    scaling_down_stays_inside_b1,
    an_extension_makes_the_term_longer,
    the_first_pip_comes_in_time,
    every_route_is_looked_into,
)
