"""Why is this number what it is? The rules it follows from, and the facts, each with what it did.

The facts are followed one by one, in the order of their days, and the number is worked out again after each of them.
What a fact contributes is the number after it minus the number before it, so the contributions add up to the value:
a lesson adds its minutes, an opening brings the target of its group, a change of group or a dispensation changes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from enum import Enum
from types import MappingProxyType
from uuid import UUID

import attrs

from zroute_core.domain.act import Route
from zroute_core.domain.events import (
    DutyNotified,
    Happened,
    OutsideInformationReceived,
    PipAnnulled,
    PipDecided,
    PipRestored,
    PipRevoked,
    TermExtended,
    TermExtensionRefused,
    TrajectoryOpened,
)
from zroute_core.domain.history import InForce
from zroute_core.domain.programme import Category, Programme, Sentence
from zroute_core.domain.trajectory import EMPTY, Trajectory, evolve
from zroute_core.domain.values import Regime, TargetGroup
from zroute_core.errors import NotFound
from zroute_core.read_models.progress import progress
from zroute_core.read_models.telling import tell


class Question(Enum):
    """What can be asked."""

    COURSE_MINUTES = "course-minutes"
    PARTICIPATION_MINUTES = "participation-minutes"
    COURSE_TARGET = "course-target"
    PARTICIPATION_TARGET = "participation-target"
    COURSE_LEFT = "course-left"
    PARTICIPATION_LEFT = "participation-left"
    COURSE_PACE = "course-pace"
    """Minutes a week that the course hours left ask."""
    PARTICIPATION_PACE = "participation-pace"
    PIP_IN_FORCE = "pip-in-force"
    """As the decisions stood on the day. That a PIP annulled later never counted is seen from the ruling on."""
    PIP_DUE = "pip-due"
    """The last day for the first PIP."""
    TERM_SINCE = "term-since"
    TERM_UNTIL = "term-until"
    """The first day after the term."""


@attrs.frozen
class Ground:
    """A rule that the number follows from."""

    rule: str
    sentence: Sentence
    source: str
    link: str = ""


@attrs.frozen
class Because:
    """A fact, and what it did to the number."""

    event_id: UUID
    """The entry that told it first."""
    corrected_by: UUID | None
    on: date
    sentence: str = attrs.field(repr=False)
    value: int | date | str | None
    """The number after this fact."""
    contribution: int | None
    """What it adds or takes; None where the answer is no sum. Of a pace: minutes that are left."""


@attrs.frozen
class Why:
    """The answer."""

    question: Question
    day: date
    programme: str
    rulebook: date
    value: int | date | str | None
    """Whole minutes, a day, or the key of a PIP; None when there is none."""
    rules: tuple[Ground, ...]
    facts: tuple[Because, ...]
    """In order; those that changed the number, and those that tried to."""
    parts: Mapping[str, int]
    """What a pace is worked out from: the minutes left and the weeks left."""


Value = int | date | str | None


def why(facts: Iterable[InForce], programme: Programme, rulebook: date, day: date, question: Question) -> Why:
    """Why the number is what it is on `day`, under `programme` as known on `rulebook`.

    Raises NotFound before the trajectory was opened.
    """
    facts = tuple(facts)
    known = programme.as_of(rulebook)
    pace = PACES.get(question)
    told, trajectory = _told(facts, known, day, question)
    if trajectory.opened is None:
        raise NotFound("the trajectory was not opened yet", field="participant")
    value, parts = _worked_out(question, trajectory, known, day), dict[str, int]()
    if pace is not None:
        answer = progress(facts, known, day)
        (line,) = (one for one in answer.categories if one.category is pace)
        value, parts = line.weekly_pace, {"minutes-left": line.left, "weeks-left": answer.weeks_left}
    rules = tuple(_rules(question, trajectory, known))
    return Why(question, day, programme.name, rulebook, value, rules, told, parts)


def _told(
    facts: Iterable[InForce], programme: Programme, day: date, question: Question
) -> tuple[tuple[Because, ...], Trajectory]:
    """Each fact with what it did, and the trajectory after all of them."""
    about = ABOUT.get(question, ())
    trajectory, told = EMPTY, list[Because]()
    value = _worked_out(question, trajectory, programme, day)
    for entry in facts:
        trajectory = evolve(trajectory, entry.fact)
        before, value = value, _worked_out(question, trajectory, programme, day)
        if value != before or isinstance(entry.fact, about):
            contribution = value - before if isinstance(value, int) and isinstance(before, int) else None
            sentence = tell(entry.fact)
            told.append(Because(entry.event_id, entry.corrected_by, entry.fact.on, sentence, value, contribution))
    return tuple(told), trajectory


# ── how each number is worked out ────────────────────────────────────────────────────────────────────────────


def _worked_out(question: Question, trajectory: Trajectory, programme: Programme, day: date) -> Value:
    """The number of one state; of a pace, the minutes that are left."""
    duty = trajectory.duty
    match question:
        case Question.COURSE_MINUTES:
            return programme.counted(trajectory.spent, Category.COURSE)
        case Question.PARTICIPATION_MINUTES:
            return programme.counted(trajectory.spent, Category.PARTICIPATION)
        case Question.COURSE_TARGET:
            return _target(Category.COURSE, trajectory, programme, day)
        case Question.PARTICIPATION_TARGET:
            return _target(Category.PARTICIPATION, trajectory, programme, day)
        case Question.COURSE_LEFT | Question.COURSE_PACE:
            return _left(Category.COURSE, trajectory, programme, day)
        case Question.PARTICIPATION_LEFT | Question.PARTICIPATION_PACE:
            return _left(Category.PARTICIPATION, trajectory, programme, day)
        case Question.PIP_IN_FORCE:
            return duty.pip.pip if duty.pip else None
        case Question.PIP_DUE:
            return duty.pip_due
        case Question.TERM_SINCE:
            return duty.term.since if duty.term else None
        case Question.TERM_UNTIL:
            return duty.term.until if duty.term else None


def _target(category: Category, trajectory: Trajectory, programme: Programme, day: date) -> int:
    return programme.asked(category, day, trajectory.target_group, trajectory.duty)


def _left(category: Category, trajectory: Trajectory, programme: Programme, day: date) -> int:
    minutes = programme.counted(trajectory.spent, category)
    return max(0, _target(category, trajectory, programme, day) - minutes)


PACES: Mapping[Question, Category] = MappingProxyType(
    {Question.COURSE_PACE: Category.COURSE, Question.PARTICIPATION_PACE: Category.PARTICIPATION}
)

PIPS: tuple[type[Happened], ...] = (PipDecided, PipRevoked, PipAnnulled, PipRestored)

ABOUT: Mapping[Question, tuple[type[Happened], ...]] = MappingProxyType(
    {
        Question.COURSE_PACE: (TrajectoryOpened,),
        Question.PARTICIPATION_PACE: (TrajectoryOpened,),
        Question.PIP_IN_FORCE: PIPS,
        Question.PIP_DUE: (DutyNotified, OutsideInformationReceived),
        Question.TERM_SINCE: PIPS,
        Question.TERM_UNTIL: (*PIPS, TermExtended, TermExtensionRefused),
    }
)
"""Facts that are shown also when they changed nothing: who asks about the term sees the PIP that did not move it."""


# ── the rules ────────────────────────────────────────────────────────────────────────────────────────────────

WET = "https://wetten.overheid.nl/jci1.3:c:BWBR0044770&artikel="
BESLUIT = "https://wetten.overheid.nl/jci1.3:c:BWBR0045555&artikel="

EACH_MINUTE_ONCE = Ground(
    "R-Z-06, R-Z-07",
    Sentence(
        "Lessen Nederlands en KNM, met alfabetisering, zijn cursusuren; activiteiten en stages zijn participatie-uren. "
        "Elke minuut telt één keer.",
        "Lessons in Dutch and KNM, literacy included, are course hours; activities and internships are participation "
        "hours. Each minute counts once.",
    ),
    "DUO, message descriptions [V]; that literacy counts as course hours: [I]",
)
OTHER_ROUTE = Ground(
    "R-Z-02, R-Z-03",
    Sentence(
        "De uren van de Z-route gelden alleen zolang het PIP voor de Z-route is.",
        "The hours of the Z-route are asked only while the PIP is for the Z-route.",
    ),
    "Besluit inburgering 2021 art. 3.14 [S]; that other routes do not ask them: [I]",
    f"{BESLUIT}3.14",
)
LIFTED = Ground(
    "R-GRP-06",
    Sentence(
        "Na een volledige vrijstelling of ontheffing wordt er niets meer gevraagd.",
        "After a full exemption or dispensation nothing is asked any more.",
    ),
    "DUO, message description Inburgeringsplicht 1.2.2 [V]",
)
INTAKE_APART = Ground(
    "R-Z-08",
    Sentence(
        "Lessen tijdens de brede intake staan apart en tellen hier niet mee.",
        "Lessons during the broad intake stand apart, and do not count here.",
    ),
    "DUO, message description GevolgdeUren [V] for the split; whether they count is said by the programme",
)
ASYLUM = Ground(
    "R-Z-02",
    Sentence(
        "Een asielstatushouder volgt 800 cursusuren en 800 participatie-uren.",
        "An asylum status holder follows 800 course hours and 800 participation hours.",
    ),
    "Besluit inburgering 2021 art. 3.14 [S]",
    f"{BESLUIT}3.14",
)
OTHERS = Ground(
    "R-Z-03",
    Sentence(
        "Een gezinsmigrant of overige migrant volgt 800 cursusuren en geen participatie-uren.",
        "A family or other migrant follows 800 course hours and no participation hours.",
    ),
    "Besluit inburgering 2021 art. 3.14 [S]",
    f"{BESLUIT}3.14",
)
CAP = Ground(
    "R-Z-10",
    Sentence(
        "Een gedeeltelijke ontheffing kan de participatie-uren lager maken, en nooit hoger.",
        "A partial dispensation may lower the participation hours, and never raises them.",
    ),
    "DUO, message description Ontheffing 1.0.0 [V]; the lower of the two: [I]",
)
PACE = Ground(
    "weekly-pace",
    Sentence(
        "Wat er nog over is, gedeeld door de hele weken die er nog zijn, naar boven afgerond.",
        "What is left, divided by the whole weeks that are left, rounded up.",
    ),
    "arithmetic, no rule of law",
)
STANDS = Ground(
    "R-PIP-01",
    Sentence(
        "Het laatste PIP dat niet is ingetrokken of vernietigd, geldt. Vervalt het, dan geldt het PIP ervoor weer.",
        "The last PIP that was not revoked or annulled is in force. When it falls, the one before it stands again.",
    ),
    "Wet inburgering 2021 art. 15 for the decision; that the one before it stands again is inferred [I]",
    f"{WET}15",
)
DUE = Ground(
    "R-PIP-02",
    Sentence(
        "Het eerste PIP komt binnen tien weken na de kennisgeving of de inschrijving, of twee weken na informatie van "
        "anderen.",
        "The first PIP comes within ten weeks of the notice or the registration, or two weeks after information from "
        "others.",
    ),
    "Besluit inburgering 2021 art. 5.3 [S]",
    f"{BESLUIT}5.3",
)
BEGINS = Ground(
    "R-TERM-02",
    Sentence(
        "De termijn begint op de dag na de dagtekening van het eerste PIP.",
        "The term begins on the day after the date of the first PIP.",
    ),
    "Wet inburgering 2021 art. 11 lid 2 [V]",
    f"{WET}11",
)
STAYS = Ground(
    "R-TERM-03",
    Sentence(
        "Het begin verschuift niet als een PIP vervalt of wordt vervangen.",
        "Its first day does not move when a PIP falls or is replaced.",
    ),
    "Wet inburgering 2021 art. 11 lid 3 [V]",
    f"{WET}11",
)
THREE_YEARS = Ground(
    "R-TERM-01, R-TERM-04",
    Sentence(
        "De termijn duurt drie jaar; de einddatum is de eerste dag erna.",
        "The term takes three years; its end is the first day after it.",
    ),
    "Wet inburgering 2021 art. 11 lid 1; DUO README [V]",
    f"{WET}11",
)
EXTENDED = Ground(
    "R-TERM-05",
    Sentence("DUO kan de termijn verlengen.", "DUO may extend the term."),
    "DUO [V]",
)

NEEDS_TARGET = frozenset(
    {
        Question.COURSE_TARGET,
        Question.PARTICIPATION_TARGET,
        Question.COURSE_LEFT,
        Question.PARTICIPATION_LEFT,
        Question.COURSE_PACE,
        Question.PARTICIPATION_PACE,
    }
)
OF_PARTICIPATION = frozenset({Question.PARTICIPATION_TARGET, Question.PARTICIPATION_LEFT, Question.PARTICIPATION_PACE})


def _rules(question: Question, trajectory: Trajectory, programme: Programme) -> Iterator[Ground]:
    match question:
        case Question.PIP_IN_FORCE:
            yield STANDS
            return
        case Question.PIP_DUE:
            yield DUE
            return
        case Question.TERM_SINCE:
            yield from (BEGINS, STAYS)
            return
        case Question.TERM_UNTIL:
            yield from (BEGINS, THREE_YEARS, STAYS)
            if trajectory.duty.extended:
                yield EXTENDED
            return
        case _:
            pass
    if question in NEEDS_TARGET:
        yield from _amounts(trajectory, programme)
        if question in OF_PARTICIPATION and trajectory.duty.participation_cap is not None:
            yield CAP
        if trajectory.duty.route not in {None, Route.SELF_RELIANCE}:
            yield OTHER_ROUTE
        if trajectory.duty.lifted is not None:
            yield LIFTED
    if question not in {Question.COURSE_TARGET, Question.PARTICIPATION_TARGET}:
        yield EACH_MINUTE_ONCE
        apart = any(in_intake for _, in_intake in trajectory.spent) and not programme.intake_course_counts
        if apart and question not in {Question.PARTICIPATION_MINUTES, *OF_PARTICIPATION}:
            yield INTAKE_APART
    if question in PACES:
        yield PACE


def _amounts(trajectory: Trajectory, programme: Programme) -> Iterator[Ground]:
    """The law's own amounts where the programme has those; else what the programme says of its amounts."""
    group = trajectory.target_group
    if group is None:
        return
    asylum = group is TargetGroup.ASYLUM_STATUS_HOLDER
    amounts = programme.targets[group].steps
    lawful = (800 * 60, 800 * 60 if asylum else 0)
    if programme.regime is Regime.WI2021 and all((one.course, one.participation) == lawful for _, one in amounts):
        yield ASYLUM if asylum else OTHERS
    else:
        said = f"{programme.name}: {programme.about}" if programme.about else programme.name
        yield Ground(
            "programme-targets",
            Sentence(
                "Het programma zegt voor elke doelgroep hoeveel uren de bedoeling zijn.",
                "The programme says for each target group how many hours are aimed at.",
            ),
            said,
        )
