"""What must this participant still do, by when, and what does not apply and why?

Every part of the duty under the Wet inburgering 2021, in the order in which they come up. *Unknown yet* is a state of
its own and never "not applicable": without a PIP nobody knows the route, so nobody knows which parts the duty has.
What does not apply says because of what: the group, the route, a dispensation, an exemption, or the end of the duty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from datetime import date, timedelta
from enum import Enum
from functools import reduce

import attrs

from zroute_core.domain.act import DispensationKind, ExamPart, ExemptionKind, MapTheme, Route
from zroute_core.domain.duty import Duty
from zroute_core.domain.events import DispensationGranted, ExamTaken, ExemptionGranted, Happened
from zroute_core.domain.history import InForce
from zroute_core.domain.policies.completion import MAP_HOURS, PVT_HOURS
from zroute_core.domain.programme import Category, Programme, Sentence
from zroute_core.domain.values import Regime, TargetGroup
from zroute_core.errors import NotFound
from zroute_core.read_models import progress


class ObligationKind(Enum):
    """What the duty is made of."""

    PIP = "pip"
    LEARNING_ABILITY_TEST = "learning-ability-test"
    """Leerbaarheidstoets."""
    PVT_HOURS = "pvt-hours"
    """Participatieverklaringstraject: its hours."""
    PVT_DECLARATION = "pvt-declaration"
    """Signing the participation declaration (participatieverklaring)."""
    MAP_HOURS = "map-hours"
    """Module Arbeidsmarkt en Participatie: its practical hours."""
    MAP_THEMES = "map-themes"
    MAP_INTERVIEW = "map-interview"
    """Eindgesprek MAP."""
    COURSE_HOURS = "course-hours"
    """Cursusuren."""
    PARTICIPATION_HOURS = "participation-hours"
    """Participatie-uren."""
    KNM_EXAM = "knm-exam"
    """Examen kennis van de Nederlandse maatschappij."""
    PROGRESS_INTERVIEW = "progress-interview"
    """Voortgangsgesprek."""
    FINAL_INTERVIEW = "final-interview"
    """Eindgesprek of the Z-route."""
    COMPLETION = "completion"
    """Afronding of the Z-route, reported to DUO."""
    CERTIFICATE = "certificate"


class ObligationState(Enum):
    """How it stands."""

    MET = "met"
    OPEN = "open"
    """To be done; no last day is known."""
    DUE = "due"
    """To be done by its last day."""
    OVERDUE = "overdue"
    NOT_APPLICABLE = "not-applicable"
    UNKNOWN = "unknown"
    """Whether it applies is not known yet."""


class Because(Enum):
    """Why something does not apply."""

    NO_DUTY = "no-duty"
    """The pilots: nobody had to."""
    GROUP = "group"
    ROUTE = "route"
    WAIVED = "waived"
    """Lawfully left out for this person."""
    DISPENSATION = "dispensation"
    """Ontheffing."""
    EXEMPTION = "exemption"
    """Vrijstelling; a temporary one suspends, and what it suspends comes back (R-GRP-07)."""
    DUTY_ENDED = "duty-ended"


class Unit(Enum):
    """What an amount counts."""

    MINUTES = "minutes"
    THEMES = "themes"
    TIMES = "times"


@attrs.frozen
class Amount:
    """How much was done, of how much."""

    done: int
    needed: int | None
    """None where no number is laid down."""
    unit: Unit


@attrs.frozen
class Why:
    """The sentence behind a state, and the rule it comes from."""

    rule: str
    """Its number, as the sources of the policies cite it; else the message description of DUO."""
    sentence: Sentence


@attrs.frozen
class Obligation:
    """One part of the duty."""

    kind: ObligationKind
    state: ObligationState
    why: Why
    due: date | None = None
    """The last day on which it is in time, where there is one: of what has to be done within the term, the day before
    the term's exclusive end."""
    met_on: date | None = None
    """None where it is not met, and where it is the sum of many days."""
    amount: Amount | None = None
    because: Because | None = None
    """Only with not applicable."""


@attrs.frozen
class Obligations:
    """The answer."""

    day: date
    regime: Regime
    target_group: TargetGroup
    route: Route | None
    """By the PIP in force; None while there is none: unknown."""
    lines: tuple[Obligation, ...]
    """One of each kind."""

    def of(self, kind: ObligationKind) -> Obligation:
        return next(one for one in self.lines if one.kind is kind)


NOTHING_YET = progress.Tally()


@attrs.frozen
class Tally:
    """What is remembered on the way: what progress counts, and what only an obligation asks."""

    counted: progress.Tally = NOTHING_YET
    exempt: bool = False
    """Wholly."""
    dispensed: bool = False
    """Wholly."""
    dispensed_of: frozenset[ExamPart] = frozenset()
    knm_passed: date | None = None


def project(tally: Tally, fact: Happened) -> Tally:
    """The tally after one more fact."""
    tally = attrs.evolve(tally, counted=progress.project(tally.counted, fact))
    match fact:
        case ExemptionGranted(kind=ExemptionKind.FULL):
            return attrs.evolve(tally, exempt=True)
        case DispensationGranted(kind=DispensationKind.FULL):
            return attrs.evolve(tally, dispensed=True)
        case DispensationGranted(parts=parts):
            return attrs.evolve(tally, dispensed_of=tally.dispensed_of.union(parts))
        case ExamTaken(on=on, part=ExamPart.SOCIETY, passed=True):
            return attrs.evolve(tally, knm_passed=tally.knm_passed or on)
        case _:
            return tally


def obligations(facts: Iterable[InForce], programme: Programme, day: date) -> Obligations:
    """What must be done, as it stands on `day`. Raises NotFound before the trajectory was opened."""
    tally = reduce(project, (entry.fact for entry in facts), Tally())
    opened, group, duty = tally.counted.opened, tally.counted.target_group, tally.counted.duty
    if opened is None or group is None:
        raise NotFound("the trajectory was not opened yet", field="participant")
    if opened.regime is Regime.PILOT:
        lines = tuple(_not(kind, Because.NO_DUTY, NO_DUTY) for kind in ObligationKind)
    else:
        lifted = _lifted(tally, day)
        asked = (*_plan(duty, day), *_modules(duty, day), *_route(tally, group, programme, day))
        lines = tuple(_unless(lifted, one, duty) for one in asked)
    return Obligations(day, opened.regime, group, duty.route, lines)


def _why(rule: str, nl: str, en: str) -> Why:
    return Why(rule, Sentence(nl, en))


NO_DUTY = _why(
    "R-LAW-01",
    "In de pilots gold geen inburgeringsplicht.",
    "In the pilots there was no duty.",
)
PIP = _why(
    "R-PIP-02",
    "Het eerste PIP komt binnen tien weken na de kennisgeving, of twee weken na informatie van anderen.",
    "The first PIP comes within ten weeks of the notice, or two weeks after information from others.",
)
NO_NOTICE = _why(
    "R-PIP-02",
    "De kennisgeving van DUO staat hier niet, dus de laatste dag voor het PIP is onbekend.",
    "DUO's notice does not stand here, so the last day for the PIP is not known.",
)
PIP_FELL = _why(
    "R-TERM-03",
    "Het PIP is vervallen: er is een nieuw nodig. De termijn loopt door.",
    "The PIP fell: a new one is needed. The term runs on.",
)
TEST = _why(
    "R-BI-01",
    "De leerbaarheidstoets hoort bij de brede intake, voor het PIP.",
    "The learning ability test belongs to the broad intake, before the PIP.",
)
TEST_WAIVED = _why(
    "R-BI-06",
    "De leerbaarheidstoets is rechtmatig overgeslagen.",
    "The learning ability test was lawfully left out.",
)
PVT = _why(
    "R-PVT-01",
    "Het PVT duurt ten minste twaalf uur en eindigt met ondertekenen, binnen de termijn.",
    "The PVT takes at least twelve hours and ends with signing, within the term.",
)
MAP = _why(
    "R-MAP-01",
    "De MAP vraagt ten minste veertig uur praktijk en acht thema's, binnen de termijn.",
    "The MAP takes at least forty practical hours and eight themes, within the term.",
)
MAP_INTERVIEW = _why(
    "R-MAP-02",
    "De MAP wordt afgesloten met een voldoende eindgesprek, binnen de termijn.",
    "The MAP is closed by a final interview that found it sufficient, within the term.",
)
NO_MAP = _why(
    "R-DUTY-02",
    "In de onderwijsroute geldt de MAP niet.",
    "The MAP does not apply in the education route.",
)
COURSE = _why(
    "R-Z-02",
    "In de Z-route volgt iedereen ten minste 800 cursusuren.",
    "In the Z-route everybody follows at least 800 course hours.",
)
PARTICIPATION = _why(
    "R-Z-02",
    "Asielstatushouders in de Z-route volgen ook ten minste 800 participatie-uren.",
    "Asylum status holders in the Z-route also follow at least 800 participation hours.",
)
CAPPED = _why(
    "R-Z-10",
    "Van de 800 participatie-uren blijft over wat iemand volgens de ontheffing aankan.",
    "Of the 800 participation hours, what somebody can bear by the dispensation remains.",
)
NO_LOAD = _why(
    "R-Z-10",
    "Volgens de ontheffing kan iemand geen participatie-uren volgen.",
    "By the dispensation somebody can bear no participation hours.",
)
NO_PARTICIPATION = _why(
    "R-Z-03",
    "Voor gezinsmigranten en overige migranten gelden geen participatie-uren.",
    "Participation hours do not apply to family and other migrants.",
)
KNM = _why(
    "R-DUTY-01",
    "Buiten de Z-route hoort het examen KNM bij de plicht.",
    "Outside the Z-route the KNM exam is part of the duty.",
)
NO_KNM = _why(
    "R-Z-04",
    "In de Z-route is het examen KNM niet verplicht.",
    "In the Z-route the KNM exam is not required.",
)
KNM_DISPENSED = _why(
    "DUO Ontheffing 1.0.0",
    "Voor het examen KNM is ontheffing verleend.",
    "A dispensation was granted from the KNM exam.",
)
INTERVIEW = _why(
    "R-PIP-10",
    "Het PIP zegt hoe de gemeente de voortgang volgt; een aantal gesprekken ligt niet vast.",
    "The PIP says how the municipality follows progress; no number of interviews is laid down.",
)
FINAL = _why(
    "R-Z-02",
    "De Z-route eindigt met een eindgesprek met de gemeente.",
    "The Z-route ends with a final interview with the municipality.",
)
COMPLETION = _why(
    "R-Z-12",
    "Afronden kan na de uren, het PVT, de MAP en het eindgesprek, binnen de termijn.",
    "Completion follows the hours, the PVT, the MAP and the final interview, within the term.",
)
CERTIFICATE = _why(
    "R-Z-13",
    "De gemeente reikt het certificaat uit nadat DUO de afronding heeft verwerkt.",
    "The municipality hands out the certificate after DUO processed the completion.",
)
OTHER_ROUTE = _why(
    "R-DUTY-01",
    "Dit hoort bij de Z-route, en iemand volgt een andere.",
    "This belongs to the Z-route, and another route is followed.",
)
NO_PIP_YET = _why(
    "R-PIP-01",
    "Nog onbekend: er is geen PIP dat geldt, dus er is geen leerroute.",
    "Not known yet: no PIP is in force, so there is no route.",
)
SUSPENDED = _why(
    "R-GRP-07",
    "Een tijdelijke vrijstelling schort de plicht op.",
    "A temporary exemption suspends the duty.",
)
EXEMPT = _why("R-GRP-06", "Er is volledige vrijstelling verleend.", "A full exemption was granted.")
DISPENSED = _why("R-GRP-06", "Er is volledige ontheffing verleend.", "A full dispensation was granted.")
DUTY_ENDED = _why("R-GRP-06", "De inburgeringsplicht is geëindigd.", "The duty has ended.")

Z_ROUTE = frozenset({Route.SELF_RELIANCE})


def _plan(duty: Duty, day: date) -> Iterator[Obligation]:
    """The broad intake and the PIP. A first PIP has a last day; for one after a PIP that fell no text gives any."""
    due = None if duty.pips else duty.pip_due
    why = PIP if duty.pip or due else PIP_FELL if duty.pips else NO_NOTICE
    yield _line(ObligationKind.PIP, why, day, due, met_on=duty.pip.on if duty.pip else None)
    if duty.waived and not duty.tested:
        yield _not(ObligationKind.LEARNING_ABILITY_TEST, Because.WAIVED, TEST_WAIVED)
    else:
        tested = duty.tested.on if duty.tested else None
        yield _line(ObligationKind.LEARNING_ABILITY_TEST, TEST, day, due, met_on=tested)


def _modules(duty: Duty, day: date) -> Iterator[Obligation]:
    """PVT, in every route, and MAP, not in the education route. What was closed as sufficient is met as it is: an
    exception may have taken the place of hours (R-MAP-03)."""
    due = _last_day(duty)
    followed = Amount(duty.pvt_minutes, PVT_HOURS * 60, Unit.MINUTES)
    yield _line(ObligationKind.PVT_HOURS, PVT, day, due, amount=followed, met=duty.signed is not None)
    yield _line(ObligationKind.PVT_DECLARATION, PVT, day, due, met_on=duty.signed)
    interview = duty.map_interview
    closed_on = interview.on if interview and interview.sufficient else None
    worked = Amount(duty.map_minutes, MAP_HOURS * 60, Unit.MINUTES)
    themes = Amount(len(duty.map_themes), len(MapTheme), Unit.THEMES)
    for one in (
        _line(ObligationKind.MAP_HOURS, MAP, day, due, amount=worked, met=closed_on is not None),
        _line(ObligationKind.MAP_THEMES, MAP, day, due, amount=themes, met=closed_on is not None),
        _line(ObligationKind.MAP_INTERVIEW, MAP_INTERVIEW, day, due, met_on=closed_on),
    ):
        yield _in_routes(one, {Route.B1, Route.SELF_RELIANCE}, duty, NO_MAP)


def _route(tally: Tally, group: TargetGroup, programme: Programme, day: date) -> Iterator[Obligation]:
    """What the route asks. The hours are those the programme counts and aims at."""
    duty, due = tally.counted.duty, _last_day(tally.counted.duty)
    completed = duty.completed is not None

    def amount(category: Category) -> Amount:
        needed = programme.target(group, category, day, duty.participation_cap)
        return Amount(programme.counted(tally.counted.spent, category), needed, Unit.MINUTES)

    followed = amount(Category.COURSE)
    yield _in_routes(
        _line(ObligationKind.COURSE_HOURS, COURSE, day, due, amount=followed, met=completed), Z_ROUTE, duty
    )
    yield _in_routes(_participation(group, programme, duty, day, amount(Category.PARTICIPATION)), Z_ROUTE, duty)
    if ExamPart.SOCIETY in tally.dispensed_of and not tally.knm_passed:
        yield _not(ObligationKind.KNM_EXAM, Because.DISPENSATION, KNM_DISPENSED)
    else:
        exam = _line(ObligationKind.KNM_EXAM, KNM, day, due, met_on=tally.knm_passed)
        yield _in_routes(exam, {Route.B1, Route.EDUCATION}, duty, NO_KNM)
    held = duty.progress_interviews
    times = Amount(len(held), None, Unit.TIMES)
    talk = _line(ObligationKind.PROGRESS_INTERVIEW, INTERVIEW, day, met_on=held[-1] if held else None, amount=times)
    yield _in_routes(talk, frozenset(Route), duty)
    for one in (
        _line(ObligationKind.FINAL_INTERVIEW, FINAL, day, due, met_on=duty.final_interview),
        _line(ObligationKind.COMPLETION, COMPLETION, day, due, met_on=duty.completed),
        _line(ObligationKind.CERTIFICATE, CERTIFICATE, day, met_on=duty.certificate),
    ):
        yield _in_routes(one, Z_ROUTE, duty)


def _participation(group: TargetGroup, programme: Programme, duty: Duty, day: date, amount: Amount) -> Obligation:
    kind, cap = ObligationKind.PARTICIPATION_HOURS, duty.participation_cap
    if programme.target(group, Category.PARTICIPATION, day) == 0:
        return _not(kind, Because.GROUP, NO_PARTICIPATION, amount)
    if cap == 0:
        return _not(kind, Because.DISPENSATION, NO_LOAD, amount)
    why = PARTICIPATION if cap is None else CAPPED
    return _line(kind, why, day, _last_day(duty), amount=amount, met=duty.completed is not None)


def _last_day(duty: Duty) -> date | None:
    """Of the term."""
    return duty.term.until - timedelta(days=1) if duty.term else None


def _line(
    kind: ObligationKind,
    why: Why,
    day: date,
    due: date | None = None,
    *,
    met_on: date | None = None,
    amount: Amount | None = None,
    met: bool = False,
) -> Obligation:
    """Met on a day, by its amount, or because what it is for was closed; else open, due or overdue."""
    enough = amount is not None and amount.needed is not None and amount.done >= amount.needed
    if met or enough or met_on is not None:
        state = ObligationState.MET
    elif due is None:
        state = ObligationState.OPEN
    else:
        state = ObligationState.DUE if day <= due else ObligationState.OVERDUE
    return Obligation(kind, state, why, due, met_on, amount)


def _not(kind: ObligationKind, because: Because, why: Why, amount: Amount | None = None) -> Obligation:
    return Obligation(kind, ObligationState.NOT_APPLICABLE, why, amount=amount, because=because)


def _in_routes(one: Obligation, routes: Set[Route], duty: Duty, other: Why = OTHER_ROUTE) -> Obligation:
    """Only in these routes; while no route is known, what is not met yet is unknown. What does not apply for another
    reason, does not apply."""
    if one.state is ObligationState.NOT_APPLICABLE or duty.route in routes:
        return one
    if duty.route is not None:
        return _not(one.kind, Because.ROUTE, other, one.amount)
    if one.state is ObligationState.MET:
        return one
    return attrs.evolve(one, state=ObligationState.UNKNOWN, why=NO_PIP_YET, due=None)


def _lifted(tally: Tally, day: date) -> tuple[Because, Why] | None:
    """What took the duty away, wholly or for now."""
    duty = tally.counted.duty
    if duty.ended is not None:
        return Because.DUTY_ENDED, DUTY_ENDED
    if tally.exempt:
        return Because.EXEMPTION, EXEMPT
    if tally.dispensed:
        return Because.DISPENSATION, DISPENSED
    return (Because.EXEMPTION, SUSPENDED) if duty.suspended(day) else None


def _unless(lifted: tuple[Because, Why] | None, one: Obligation, duty: Duty) -> Obligation:
    """What was met stays met. Whoever met the duty still gets the certificate (R-Z-13)."""
    to_come = one.kind is ObligationKind.CERTIFICATE and duty.completed is not None
    if lifted is None or one.state in {ObligationState.MET, ObligationState.NOT_APPLICABLE} or to_come:
        return one
    return _not(one.kind, *lifted, one.amount)
