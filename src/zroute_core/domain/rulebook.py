"""The rules as values: every policy of a programme, and the rules that are no policy, each with where it is applied.

What nobody could verify stands here too, marked as such and applied by nothing. Ids are those of our reading of the
law (R-...); a policy goes by its own name.
"""

from __future__ import annotations

from datetime import date
from enum import Enum

import attrs

from zroute_core.domain.policies.stating import ALWAYS, DUO_PUBLISHED
from zroute_core.domain.programme import Evidence, Keeper, Policy, Programme, Sentence
from zroute_core.domain.values import Regime

ACT = date(2022, 1, 1)
DOMAIN = "zroute_core.domain"

WET = "https://wetten.overheid.nl/jci1.3:c:BWBR0044770"
BESLUIT = "https://wetten.overheid.nl/jci1.3:c:BWBR0045555"
DUO = "https://github.com/duonl/gemeente-m2m-inburgering"
SOCIAL = "https://www.schulinck.nl/opinie"
NOT_READ = "none that could be read"


class Force(Enum):
    """What a rule does here."""

    BINDING = "binding"
    """Refuses what goes against it."""
    ADVISORY = "advisory"
    """Remarks, and lets pass."""
    DEFINITION = "definition"
    """Says how something is worked out: a day, a target, a total."""
    NOT_APPLIED = "not applied"
    """Nothing here rests on it: it could not be verified, or it is for another to apply."""


@attrs.frozen
class Rule:
    """One rule, in two languages, with where it comes from and since when."""

    id: str
    sentence: Sentence
    source: str
    evidence: Evidence
    force: Force
    since: date | None = ACT
    """The first day it speaks of; None for every day."""
    until: date | None = None
    """The first day it speaks of no longer."""
    published: date | None = ACT
    """The day it became known; None when it was never unknown."""
    link: str = ""
    where: str = ""
    """The dotted name of what applies it; empty when nothing does."""

    def in_force_on(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)

    def known_on(self, day: date) -> bool:
        return self.published is None or self.published <= day


def rulebook(programme: Programme) -> tuple[Rule, ...]:
    """One rule for each policy, in the order in which they are asked; under the act, its definitions after them."""
    definitions = DEFINITIONS if programme.regime is Regime.WI2021 else ()
    return (*map(rule_of, programme.policies), *map(rule_kept, programme.keepers), *definitions)


def rule_of(policy: Policy) -> Rule:
    """The rule that a policy upholds."""
    return Rule(
        policy.rule,
        policy.sentence,
        policy.source,
        policy.evidence,
        Force.BINDING if policy.binding else Force.ADVISORY,
        None if policy.since == ALWAYS else policy.since,
        policy.until,
        None if policy.published == ALWAYS else policy.published,
        policy.link,
        f"{policy.upheld.__module__}.{getattr(policy.upheld, '__qualname__', '')}",
    )


def rule_kept(keeper: Keeper) -> Rule:
    """The rule about the record that a keeper upholds."""
    return Rule(
        keeper.rule,
        keeper.sentence,
        keeper.source,
        keeper.evidence,
        Force.ADVISORY,
        keeper.since,
        None,
        keeper.published,
        keeper.link,
        f"{keeper.kept.__module__}.{getattr(keeper.kept, '__qualname__', '')}",
    )


def _defined(
    rule: str, nl: str, en: str, source: str, evidence: Evidence, where: str, link: str = "", since: date | None = ACT
) -> Rule:
    return Rule(rule, Sentence(nl, en), source, evidence, Force.DEFINITION, since, None, since, link, where)


def _unapplied(
    rule: str,
    nl: str,
    en: str,
    source: str,
    evidence: Evidence = Evidence.MEMORY,
    link: str = "",
    since: date = ACT,
) -> Rule:
    return Rule(rule, Sentence(nl, en), source, evidence, Force.NOT_APPLIED, since, None, since, link)


DEFINITIONS: tuple[Rule, ...] = (
    _defined(
        "R-Z-01",
        "A1 is het doel van de Z-route, geen voorwaarde om haar af te ronden.",
        "A1 is the aim of the Z-route, no condition for completing it.",
        "factsheet Goed op weg met de Z-route (27 August 2021) [V]; Divosa [S]",
        Evidence.VERIFIED,
        f"{DOMAIN}.policies.completion.completion_takes_the_hours",
        "https://www.divosa.nl/zelfredzaamheidsroute-z-route",
    ),
    _defined(
        "R-Z-02",
        "Een asielstatushouder volgt 800 cursusuren en 800 participatie-uren.",
        "An asylum status holder follows 800 course hours and 800 participation hours.",
        "Besluit inburgering 2021 art. 3.14 [S]",
        Evidence.SECONDARY,
        f"{DOMAIN}.national.WI2021",
        f"{BESLUIT}&artikel=3.14",
    ),
    _defined(
        "R-Z-03",
        "Een gezinsmigrant of overige migrant volgt 800 cursusuren; participatie-uren worden niet gevraagd.",
        "A family or other migrant follows 800 course hours; no participation hours are asked.",
        "Besluit inburgering 2021 art. 3.14 [S]; DUO, message description GevolgdeUren 1.0.0 [V]",
        Evidence.SECONDARY,
        f"{DOMAIN}.national.WI2021",
        f"{BESLUIT}&artikel=3.14",
    ),
    _defined(
        "R-Z-06",
        "Nederlands, alfabetisering en KNM zijn samen de cursusuren.",
        "Dutch, literacy and KNM together are the course hours.",
        "DUO, message description GevolgdeUren 1.0.0; that literacy counts is inferred from it",
        Evidence.INFERRED,
        f"{DOMAIN}.national.COUNTS_AS",
        DUO,
    ),
    _defined(
        "R-Z-07",
        "Participatie telt, ook als zij tijdens de brede intake plaatsvindt.",
        "Participation counts, also when it is during the broad intake.",
        "DUO, message description GevolgdeUren 1.0.0, citing Besluit inburgering 2021 art. 3.14 [V]",
        Evidence.VERIFIED,
        f"{DOMAIN}.programme.Programme.category",
        DUO,
    ),
    _defined(
        "R-Z-08",
        "Lesuren van de brede intake zijn een totaal apart; of zij meetellen, zegt het programma.",
        "Lesson hours of the broad intake are a total of their own; whether they count, the programme says.",
        "DUO, message description GevolgdeUren 1.0.0 [V]; whether they count was not in what could be read",
        Evidence.VERIFIED,
        f"{DOMAIN}.programme.Programme.intake_course_counts",
        DUO,
    ),
    _defined(
        "R-Z-09",
        "Wie schakelt, houdt de uren van de eerdere leerroute.",
        "Whoever switches keeps the hours of the earlier route.",
        "DUO, message description GevolgdeUren 1.0.0 [V]",
        Evidence.VERIFIED,
        f"{DOMAIN}.programme.Programme.counted",
        DUO,
    ),
    _defined(
        "R-Z-10",
        "Een medische grens verlaagt het aantal participatie-uren, tot nul toe, en verhoogt het nooit.",
        "A medical cap lowers the participation hours, down to none, and never raises them.",
        "DUO, message description Ontheffing 1.0.0 [V]; that the lower of the two holds is inferred",
        Evidence.INFERRED,
        f"{DOMAIN}.programme.Programme.target",
        DUO,
    ),
    _defined(
        "R-PIP-02",
        "Het PIP is er binnen tien weken na kennisgeving of inschrijving, of twee weken na informatie van anderen.",
        "The PIP is due ten weeks after notice or registration, or two weeks after information from others.",
        "Besluit inburgering 2021 art. 5.3 [S]",
        Evidence.SECONDARY,
        f"{DOMAIN}.duty.Duty.pip_due",
        f"{BESLUIT}&artikel=5.3",
    ),
    _defined(
        "R-TERM-01",
        "De inburgeringstermijn is drie jaar.",
        "The term is three years.",
        "Wet inburgering 2021 art. 11 lid 1 [V]",
        Evidence.VERIFIED,
        f"{DOMAIN}.duty.TERM_MONTHS",
        f"{WET}&artikel=11",
    ),
    _defined(
        "R-TERM-02",
        "De termijn begint op de dag na de dagtekening van het eerste PIP.",
        "The term begins on the day after the date of the first PIP.",
        "Wet inburgering 2021 art. 11 lid 2 [V]",
        Evidence.VERIFIED,
        f"{DOMAIN}.duty.Duty.term",
        f"{WET}&artikel=11",
    ),
    _defined(
        "R-TERM-03",
        "Het begin verschuift niet als een PIP wordt ingetrokken, vernietigd, vervangen of opnieuw vastgesteld.",
        "The beginning does not move when a PIP is revoked, annulled, replaced or set again.",
        "Wet inburgering 2021 art. 11 lid 3 [V]",
        Evidence.VERIFIED,
        f"{DOMAIN}.duty.Duty.term",
        f"{WET}&artikel=11",
    ),
    _defined(
        "R-TERM-04",
        "De einddatum van de termijn telt niet mee; drie jaar vanaf 29 februari eindigt voor 1 maart.",
        "The end of the term does not count; three years from 29 February end before 1 March.",
        "DUO, message description Inburgeringstermijn 1.0.0 [V]; 29 February is our decision",
        Evidence.VERIFIED,
        f"{DOMAIN}.periods.months_after",
        DUO,
    ),
    _defined(
        "R-TERM-05",
        "Een verlenging door DUO verschuift alleen het einde; de grond is een code van DUO.",
        "An extension by DUO moves the end only; its ground is a code of DUO.",
        "DUO, message description Inburgeringstermijn 1.0.0 [V]",
        Evidence.VERIFIED,
        f"{DOMAIN}.duty.Duty.term",
        DUO,
    ),
    _defined(
        "R-GRP-04",
        "De doelgroep kan in beide richtingen wijzigen; de uren blijven, wat gevraagd wordt verandert.",
        "The target group can change both ways; the hours stay, what is asked changes.",
        "DUO, Gebeurtenissen (SS124, SS125) and Inburgeringsplicht 1.2.2 [V]",
        Evidence.VERIFIED,
        f"{DOMAIN}.trajectory.Trajectory.target_group",
        DUO,
    ),
    _defined(
        "R-GRP-07",
        "Een tijdelijke vrijstelling schort op tot en met haar laatste dag; daarna gaat alles verder zoals het was.",
        "A temporary exemption suspends up to and including its last day; then all goes on as it was.",
        "DUO, Gebeurtenissen (SS129, SS130) and Vrijstelling 1.0.0 [V]",
        Evidence.VERIFIED,
        f"{DOMAIN}.duty.Duty.suspended",
        DUO,
    ),
    _defined(
        "R-BI-03",
        "De uitslag van de leerbaarheidstoets is haalbaar, niet haalbaar of onbekend; de score is exact.",
        "The result of the learning ability test is reachable, not reachable or unknown; the score is exact.",
        "DUO, message description Leerbaarheidstoets 1.2.0 [V]",
        Evidence.VERIFIED,
        f"{DOMAIN}.act.LearningAbility",
        DUO,
    ),
    _defined(
        "R-BI-06",
        "De leerbaarheidstoets kan rechtmatig achterwege blijven.",
        "The learning ability test may lawfully be left out.",
        "Wet inburgering 2021 art. 14 lid 6 and 7, Schulinck [S]; added in 2022, the day was not read",
        Evidence.SECONDARY,
        f"{DOMAIN}.act.WaiverGround",
        f"{SOCIAL}/veranderingen-in-de-inburgering/",
    ),
    _defined(
        "R-BI-07",
        "Wie niet komt, krijgt een waarschuwing, dan 250 euro, dan nog eens 250 euro en een PIP zonder gesprek.",
        "Who does not come gets a warning, then 250 euros, then 250 euros more and a PIP set without them.",
        "nt2.nl, Schulinck [S]",
        Evidence.SECONDARY,
        f"{DOMAIN}.sanctions.after_unanswered_calls",
        "https://www.nt2.nl/nl/dossier/de-nieuwe-wet-inburgering-/de-brede-intake",
    ),
    _defined(
        "R-SAN-06",
        "Na een boete geeft DUO nieuwe tijd naar de gevolgde cursusuren; van meer termijnen de langste, nooit de som.",
        "After a fine DUO gives new time by the course hours followed; of several terms the longest, never the sum.",
        "a fact sheet that cites inburgeren.nl, August 2026 [S]; at 200, 400, 600 and 800 hours our reading",
        Evidence.SECONDARY,
        f"{DOMAIN}.sanctions.months_after_a_fine",
    ),
    *(
        _defined(
            rule,
            nl,
            en,
            "DUO, README with message description MAP, PVT, Z-route 1.0.0 [V]; how they fit together is our reading",
            Evidence.VERIFIED,
            f"{DOMAIN}.blame.broken_rules",
            DUO,
            DUO_PUBLISHED,
        )
        for rule, nl, en in (
            (
                "B-1",
                "Zonder verwijtbaarheid kan een bericht over PVT of MAP alleen als de termijn niet is overschreden.",
                "A message about PVT or MAP leaves blame out only while the term is not exceeded.",
            ),
            (
                "B-2",
                "Bij een datum voor het einde van de termijn staat geen verwijtbaarheid.",
                "With a date before the end of the term there is no word on blame.",
            ),
            (
                "B-3",
                "Niet verwijtbaar kan alleen als de termijn binnen twee maanden eindigt.",
                "Not to blame is said only when the term ends within two months.",
            ),
            (
                "B-4",
                "Verwijtbaar kan alleen als de termijn is overschreden.",
                "To blame is said only when the term is exceeded.",
            ),
            (
                "B-5",
                "Een datum wijzigt alleen de gemeente die haar doorgaf en het actuele PIP heeft.",
                "A date is changed only by the municipality that delivered it and holds the current PIP.",
            ),
            (
                "B-6",
                "De datum ligt niet voor de termijn, niet na de afronding en niet in de toekomst.",
                "The date does not lie before the term, after completion or in the future.",
            ),
            (
                "B-7",
                "Een datum intrekken kan zolang er geen afronding is geregistreerd.",
                "A date is withdrawn only while no completion is registered.",
            ),
            (
                "B-8",
                "Is met de Z-route aan de plicht voldaan, dan wijzigt er niets meer.",
                "Once the duty is met through the Z-route, nothing changes any more.",
            ),
        )
    ),
    _defined(
        "R-RET-01",
        "De gemeente bewaart het dossier tot vijf jaar na het einde van de plicht.",
        "The municipality keeps the file until five years after the end of the duty.",
        "VHIC, BREED [S]; the number of the article could not be read",
        Evidence.SECONDARY,
        f"{DOMAIN}.retention.keep_until",
        "https://www.vhic.nl/faq/aanpassing-selectielijst-inburgeringwet-traject/",
    ),
    # ── applied by nothing ───────────────────────────────────────────────────────────────────────────────────
    _unapplied(
        "unread-besluit-3-14",
        "Artikel 3.14 van het Besluit is niet in zijn geheel gelezen.",
        "Article 3.14 of the Besluit was not read as a whole.",
        "opening, amendments and second-hand restatements only",
        link=f"{BESLUIT}&artikel=3.14",
    ),
    _unapplied(
        "unread-versions-of-2025-and-2026",
        "Wat op 21 oktober 2025, 2 april en 18 april 2026 in wet, besluit en regeling wijzigde, is niet gelezen.",
        "What changed in act, decree and regulation on 21 October 2025, 2 April and 18 April 2026 was not read.",
        "the dates are known, the texts were not readable",
        link=WET,
        since=date(2025, 10, 21),
    ),
    _unapplied(
        "unread-hardship-clause",
        "Of er sinds de tussenevaluatie een hardheidsclausule of andere urennorm is, is niet gelezen.",
        "Whether there is a hardship clause or another norm of hours since the interim evaluation was not read.",
        "Kamerstuk 32824-478 (28 January 2026), opening only",
        since=date(2026, 1, 28),
    ),
    _unapplied(
        "unsettled-intake-hours",
        "Of lesuren van de brede intake voor de 800 tellen, is niet vastgesteld.",
        "Whether lesson hours of the broad intake count for the 800 is not settled.",
        "DUO keeps them apart; that they count is memory only",
    ),
    _unapplied(
        "R-MAP-04",
        "Of uren van MAP en PVT ook participatie-uren zijn, is niet vastgesteld.",
        "Whether hours of MAP and PVT are participation hours too is not settled.",
        "a page of a municipality (Delft) counts them; no primary text read here says so",
        Evidence.SECONDARY,
        "https://werkse.nl/?p=6845",
    ),
    _unapplied(
        "R-MAP-03",
        "Wie genoeg betaald werk heeft, is vrij van de MAP; de norm (48 uur per maand, zes maanden) is niet gelezen.",
        "Who has enough paid work is free of the MAP; the norm (48 hours a month, six months) was not read.",
        "memory",
    ),
    _unapplied(
        "unsettled-final-interview",
        "Of het eindgesprek van de Z-route een ander gesprek is dan dat van de MAP, is niet vastgesteld.",
        "Whether the final interview of the Z-route is another than that of the MAP is not settled.",
        "DUO has a date for the MAP and one for completion, none for an interview of the Z-route",
    ),
    _unapplied(
        "R-SAN-02-steps",
        "De boete voor wie zich niet aan het PIP houdt loopt op (50, 100, 200, 400), tot 2.400 euro in de termijn.",
        "The fine for who does not keep to the PIP goes up (50, 100, 200, 400), to 2,400 euros in the term.",
        "memory",
    ),
    _unapplied(
        "R-SW-02",
        "Welke uitzonderingen er zijn op anderhalf jaar om te schakelen, is niet gelezen: daarvoor is de motivering.",
        "Which exceptions there are to the year and a half for switching was not read: hence the reasoned exception.",
        NOT_READ,
    ),
    _unapplied(
        "R-SAN-08",
        "Wat de uitspraken van 2025 en 2026 betekenen voor boetes van de gemeente, is niet vastgesteld.",
        "What the rulings of 2025 and 2026 mean for fines of the municipality is not settled.",
        "the rulings are about fines of the minister",
        Evidence.INFERRED,
        since=date(2025, 7, 9),
    ),
    _unapplied(
        "unsettled-progress-interviews",
        "Hoeveel voortgangsgesprekken er zijn en hoe vaak, is niet gelezen.",
        "How many progress interviews there are and how often was not read.",
        NOT_READ,
    ),
    _unapplied(
        "unsettled-hour",
        "Of een cursusuur 60 of 45 minuten duurt, is niet gelezen; hier duurt een uur 60 minuten.",
        "Whether a course hour has 60 or 45 minutes was not read; here an hour has 60 minutes.",
        "DUO's schema does not state it",
    ),
    _unapplied(
        "R-RET-02",
        "Sommige gegevens worden 50 jaar bewaard; welke, en op grond van welk artikel, is niet gelezen.",
        "Some data are kept for 50 years; which, and by which article, was not read.",
        "BREED [S], a handbook of the VNG",
        Evidence.SECONDARY,
    ),
)
"""The rules of the act that are no policy, and those that nothing here applies."""
