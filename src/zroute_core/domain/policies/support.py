"""The duty itself, the offer, guidance, money, and sanctions that are proposed."""

from __future__ import annotations

from datetime import date

from zroute_core.domain.act import Permit, Sanction
from zroute_core.domain.events import (
    CourseOffered,
    DutyEnded,
    DutyNotified,
    ExemptionWithdrawn,
    Fact,
    FinancialReliefEnded,
    FinancialReliefStarted,
    IntakeCallMissed,
    MovedToMunicipality,
    RuleOverridden,
    SanctionProposed,
    SocialGuidanceEnded,
    SocialGuidanceStarted,
    TargetGroupChanged,
)
from zroute_core.domain.periods import months_after
from zroute_core.domain.policies.stating import policy
from zroute_core.domain.programme import Evidence, Policy, Programme
from zroute_core.domain.sanctions import EFFORT_FINE, INTAKE_FINE, LATENESS_FINE
from zroute_core.domain.trajectory import Trajectory
from zroute_core.domain.values import TargetGroup

ACT = date(2022, 1, 1)
HOUSE = "the record must not contradict itself"
RELIEF_MONTHS = 6
"""Participatiewet art. 56a [S] (R-ONT-01)."""
NO_LATENESS_FINE = date(2025, 7, 9)
"""Raad van State, following the EU Court of 4 February 2025, ECLI:EU:C:2025:52 [V] (R-SAN-07)."""
RECONSIDERED = date(2026, 2, 18)
"""Raad van State: earlier, final decisions must be reconsidered too [V] (R-SAN-07)."""
INTAKE_CALLS_AT = "https://www.nt2.nl/nl/dossier/de-nieuwe-wet-inburgering-/de-brede-intake"


@policy(
    "duty-in-order",
    nl="Wat in de plicht verandert, was anders: groep, gemeente, vrijstelling, einde.",
    en="What changes in the duty was different before: group, municipality, exemption, end.",
    source=HOUSE,
    evidence=Evidence.HOUSE,
)
def the_duty_changes_in_order(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    duty = trajectory.duty
    match fact:
        case TargetGroupChanged(target_group=group):
            return group is not trajectory.target_group
        case MovedToMunicipality(municipality=code):
            return code != trajectory.municipality
        case ExemptionWithdrawn(on=on):
            return duty.suspended(on)
        case DutyEnded():
            return duty.ended is None
        case _:
            return True


@policy(
    "act-from-2022",
    nl="Onder de Wet inburgering 2021 valt wie inburgeringsplichtig werd op of na 1 januari 2022.",
    en="Under the Wet inburgering 2021 is who got the duty on or after 1 January 2022.",
    source="Schulinck on the old and the new act [S] (R-LAW-01)",
    evidence=Evidence.SECONDARY,
    since=ACT,
    link="https://www.schulinck.nl/opinie/inburgeringsplichtig-oude-of-het-nieuwe-inburgeringsstelsel/",
)
def the_act_is_for_duties_from_2022(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    """The day the duty began decides, not arrival nor the first lesson."""
    match fact:
        case DutyNotified(duty_since=since):
            return since >= ACT
        case _:
            return True


@policy(
    "intake-calls-in-turn",
    nl="Oproepen voor de brede intake komen na elkaar: de eerste, de tweede, de derde.",
    en="Calls for the broad intake come in turn: the first, the second, the third.",
    source="nt2.nl, Schulinck [S] (R-BI-07)",
    evidence=Evidence.SECONDARY,
    since=ACT,
    link=INTAKE_CALLS_AT,
)
def intake_calls_come_in_turn(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case IntakeCallMissed(call=call):
            return call == trajectory.duty.missed_calls + 1
        case _:
            return True


@policy(
    "offer-to-asylum-with-a-pip",
    nl="Een inburgeringsaanbod is voor een asielstatushouder met een PIP, en niet ouder dan dat PIP.",
    en="A course is offered to an asylum status holder with a PIP, and not before that PIP.",
    source="DUO, message description Inburgeringsaanbod 1.2.0; Wet inburgering 2021 art. 16 [V] (R-OFF-01, R-OFF-02)",
    evidence=Evidence.VERIFIED,
    since=ACT,
    link="https://wetten.overheid.nl/jci1.3:c:BWBR0044770&artikel=16",
)
def a_course_is_offered_to_asylum_holders(
    fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date
) -> bool:
    match fact:
        case CourseOffered(on=on):
            pip = trajectory.duty.pip
            return _asylum(trajectory) and pip is not None and pip.on <= on
        case _:
            return True


@policy(
    "guidance-to-asylum",
    nl="Maatschappelijke begeleiding is voor asielstatushouders; zij begint en eindigt, om de beurt.",
    en="Social guidance is for asylum status holders; it begins and ends, in turn.",
    source="Wet inburgering 2021 art. 13 [S] (R-MB-01)",
    evidence=Evidence.SECONDARY,
    since=ACT,
    link="https://wetten.overheid.nl/jci1.3:c:BWBR0044770&artikel=13",
)
def social_guidance_is_for_asylum_holders(
    fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date
) -> bool:
    guidance = trajectory.duty.guidance
    match fact:
        case SocialGuidanceStarted():
            return _asylum(trajectory) and (guidance is None or not guidance.runs)
        case SocialGuidanceEnded():
            return guidance is not None and guidance.runs
        case _:
            return True


@policy(
    "relief-for-its-own-group",
    nl="Ontzorgen is voor wie bijstand heeft en een asielvergunning voor bepaalde tijd.",
    en="Financial relief is for who has a benefit and an asylum permit for a fixed term.",
    source="Participatiewet art. 56a [S] (R-ONT-01)",
    evidence=Evidence.SECONDARY,
    since=ACT,
    link="https://wetten.overheid.nl/jci1.3:c:BWBR0015703&artikel=56a",
)
def relief_is_for_its_own_group(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    """Narrower than the asylum group of the act: family with a regular permit is not in it."""
    relief = trajectory.duty.relief
    match fact:
        case FinancialReliefStarted(permit=permit, benefit=benefit):
            return permit is Permit.ASYLUM_FIXED_TERM and benefit and (relief is None or not relief.runs)
        case FinancialReliefEnded():
            return relief is not None and relief.runs
        case _:
            return True


@policy(
    "relief-for-six-months",
    nl="Ontzorgen duurt zes maanden; langer kan alleen op grond van artikel 57 van de Participatiewet.",
    en="Financial relief lasts six months; longer is possible only under article 57 of the Participatiewet.",
    source="Participatiewet art. 56a and 57 [S] (R-ONT-01)",
    evidence=Evidence.SECONDARY,
    since=ACT,
    link="https://wetten.overheid.nl/jci1.3:c:BWBR0015703&artikel=56a",
    advises_because="relief that lasted longer must be recorded, and article 57 may allow it",
)
def relief_lasts_six_months(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case FinancialReliefEnded(on=on):
            relief = trajectory.duty.relief
            return relief is None or on <= months_after(relief.since, RELIEF_MONTHS)
        case _:
            return True


@policy(
    "intake-ladder",
    nl="Een waarschuwing volgt op de eerste gemiste oproep, een boete op de tweede en nog een op de derde.",
    en="A warning follows the first call that was missed, a fine the second and one more the third.",
    source="nt2.nl, Schulinck [S] (R-BI-07)",
    evidence=Evidence.SECONDARY,
    since=ACT,
    link=INTAKE_CALLS_AT,
)
def the_intake_ladder_is_climbed_step_by_step(
    fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date
) -> bool:
    duty = trajectory.duty
    match fact:
        case SanctionProposed(sanction=Sanction.INTAKE_WARNING):
            return duty.missed_calls >= 1
        case SanctionProposed(sanction=Sanction.INTAKE_FINE):
            return duty.missed_calls >= duty.intake_fines + 2
        case _:
            return True


@policy(
    "intake-fine-is-fixed",
    nl="De boete voor een gemiste brede intake is 250 euro; lager kan, hoger niet. Een waarschuwing kost niets.",
    en="The fine for a missed broad intake is 250 euros; lower is possible, higher is not. A warning costs nothing.",
    source="Wet inburgering 2021 art. 22; Awb art. 5:46 lid 3 [S] (R-BI-07, R-SAN-01)",
    evidence=Evidence.SECONDARY,
    since=ACT,
    link="https://www.schulinck.nl/opinie/gefixeerde-inburgeringsboete-en-de-algemene-wet-bestuursrecht",
)
def the_intake_fine_is_fixed(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case SanctionProposed(sanction=Sanction.INTAKE_FINE, euros=euros):
            return euros <= INTAKE_FINE
        case SanctionProposed(sanction=Sanction.INTAKE_WARNING, euros=euros):
            return euros == 0
        case _:
            return True


@policy(
    "effort-fine-at-most-800",
    nl="De boete voor wie zich niet aan het PIP houdt, is hoogstens 800 euro.",
    en="The fine for who does not keep to the PIP is 800 euros at most.",
    source="Wet inburgering 2021 art. 23, Schulinck [S] (R-SAN-02)",
    evidence=Evidence.SECONDARY,
    since=ACT,
    link="https://www.schulinck.nl/opinie/samenloop-tussen-de-nieuwe-wet-inburgering-en-de-participatiewet/",
)
def an_effort_fine_has_its_limit(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case SanctionProposed(sanction=Sanction.EFFORT_FINE, euros=euros):
            return euros <= EFFORT_FINE
        case _:
            return True


@policy(
    "lateness-fine-at-most-1000",
    nl="De boete voor wie te laat is, is hoogstens 1.000 euro.",
    en="The fine for being late is 1,000 euros at most.",
    source="fact sheets that cite inburgeren.nl, August 2026 [S] (R-SAN-05); DUO imposes it, 340 for PVT and for MAP",
    evidence=Evidence.SECONDARY,
    since=ACT,
    link="https://www.inburgeren.nl",
)
def a_lateness_fine_has_its_limit(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case SanctionProposed(sanction=Sanction.LATENESS_FINE, euros=euros):
            return euros <= LATENESS_FINE
        case _:
            return True


@policy(
    "no-lateness-fine-on-asylum",
    nl="Een asielstatushouder krijgt geen boete omdat hij te laat is.",
    en="An asylum status holder is not fined for being late.",
    source="Raad van State 9 July 2025; EU Court 4 February 2025, ECLI:EU:C:2025:52 [V] (R-SAN-07)",
    evidence=Evidence.VERIFIED,
    since=NO_LATENESS_FINE,
    overridable=True,
    link="https://www.rijksoverheid.nl/actueel/nieuws/2025/07/09/uitspraak-raad-van-state-in-zaak-boetes-en-leningen-inburgering",
)
def no_lateness_fine_on_asylum_holders(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    """Only proven, lasting unwillingness may be an exception."""
    return not _lateness_fine(fact, trajectory)


@policy(
    "earlier-lateness-fines-reconsidered",
    nl="Ook een eerdere boete van een asielstatushouder die te laat was, moet worden heroverwogen.",
    en="An earlier fine of an asylum status holder for being late must be reconsidered too.",
    source="Raad van State 18 February 2026 [V] (R-SAN-07)",
    evidence=Evidence.VERIFIED,
    until=NO_LATENESS_FINE,
    published=RECONSIDERED,
    link="https://www.rijksoverheid.nl/actueel/nieuws/2026/02/19/uitspraak-raad-van-state-over-boetes-en-leningen-inburgering",
    advises_because="the ruling reaches back to proposals that were allowed when they were made",
)
def earlier_lateness_fines_are_reconsidered(
    fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date
) -> bool:
    return not _lateness_fine(fact, trajectory)


@policy(
    "override-of-a-known-rule",
    nl="Een uitzondering geldt een regel die er is en die een uitzondering kent.",
    en="An exception concerns a rule that is there and knows exceptions.",
    source=HOUSE,
    evidence=Evidence.HOUSE,
)
def an_override_names_a_rule(fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> bool:
    match fact:
        case RuleOverridden(rule=rule):
            return any(one.rule == rule and one.overridable for one in programme.policies)
        case _:
            return True


def _asylum(trajectory: Trajectory) -> bool:
    return trajectory.target_group is TargetGroup.ASYLUM_STATUS_HOLDER


def _lateness_fine(fact: Fact, trajectory: Trajectory) -> bool:
    return isinstance(fact, SanctionProposed) and fact.sanction is Sanction.LATENESS_FINE and _asylum(trajectory)


SUPPORT_POLICIES: tuple[Policy, ...] = (
    the_duty_changes_in_order,
    the_act_is_for_duties_from_2022,
    intake_calls_come_in_turn,
    a_course_is_offered_to_asylum_holders,
    social_guidance_is_for_asylum_holders,
    relief_is_for_its_own_group,
    the_intake_ladder_is_climbed_step_by_step,
    the_intake_fine_is_fixed,
    an_effort_fine_has_its_limit,
    a_lateness_fine_has_its_limit,
    no_lateness_fine_on_asylum_holders,
    an_override_names_a_rule,
    relief_lasts_six_months,
    earlier_lateness_fines_are_reconsidered,
)
