"""A programme is a value: dated amounts, the offer of a municipality, and the policies it upholds.

A municipality's programme is the national one with a few parts exchanged:

    OURS = attrs.evolve(PILOT, name="Ours", municipality="0392", offer=(...))

Amounts that change get one more dated step; the old step stays, so old days keep their old amounts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import Enum
from functools import cached_property
from itertools import chain
from typing import Generic, TypeVar

import attrs

from zroute_core.domain.act import Route
from zroute_core.domain.duty import Duty
from zroute_core.domain.events import Fact
from zroute_core.domain.instruments import Instrument
from zroute_core.domain.trajectory import Trajectory
from zroute_core.domain.values import Component, Modality, Regime, Setting, TargetGroup

T = TypeVar("T")


@attrs.frozen
class Dated(Generic[T]):
    """A value with its history: steps from a first day on, oldest first."""

    steps: tuple[tuple[date, T], ...]

    def on(self, day: date) -> T:
        """The value in force on `day`; before the first step, the first value."""
        value = self.steps[0][1]
        for since, later in self.steps:
            if since <= day:
                value = later
        return value

    def known_on(self, day: date) -> Dated[T]:
        """The steps that had begun on `day`; the first one always."""
        return Dated((self.steps[0], *(step for step in self.steps[1:] if step[0] <= day)))


class Category(Enum):
    """What a minute counts for. Each minute of evidence counts once."""

    COURSE = "course"
    """Course hours (cursusuren)."""
    INTAKE_COURSE = "intake-course"
    """Lessons during the broad intake: a total of their own in the exchange with DUO (R-Z-08)."""
    PARTICIPATION = "participation"
    """Participation hours (participatie-uren)."""
    NOT_COUNTED = "not-counted"


@attrs.frozen
class Targets:
    """What is aimed at for one target group, in whole minutes."""

    course: int
    participation: int

    def of(self, category: Category) -> int:
        match category:
            case Category.COURSE:
                return self.course
            case Category.PARTICIPATION:
                return self.participation
            case Category.INTAKE_COURSE | Category.NOT_COUNTED:
                return 0


@attrs.frozen
class Offered:
    """A component that the municipality offers: by whom, how, with whom and about what.

    None or empty where the source does not say.
    """

    component: Component
    provider: str | None
    """Who gives it (aanbieder); None leaves it open: any provider fits."""
    source: str
    """Where this line comes from; it stands for every field of it."""
    name: str | None = None
    """What it is called, for instance a course brand: LifeGoals, DigiSterker."""
    modality: Modality | None = None
    setting: Setting | None = None
    themes: tuple[str, ...] = ()
    interpreter: bool = False
    note: str = ""


class Evidence(Enum):
    """How well a rule or number is known."""

    VERIFIED = "V"
    """Read in a primary or official text."""
    SECONDARY = "S"
    """Read in a text that cites the primary one."""
    INFERRED = "I"
    """Inferred from the two above; may warn, never refuses."""
    MEMORY = "M"
    """Not verified; may warn, never refuses."""
    HOUSE = "H"
    """No rule of law: what keeps a record consistent. Binding: a record that contradicts itself proves nothing."""


@attrs.frozen
class Sentence:
    """One sentence in two languages."""

    nl: str
    en: str


@attrs.frozen
class Objection:
    """What a policy has against a fact."""

    rule: str
    source: str
    sentence: Sentence
    binding: bool
    overridden: bool = False
    """Somebody let a lawful exception pass, with a reason that stands in the history."""

    @property
    def refuses(self) -> bool:
        return self.binding and not self.overridden


Upheld = Callable[[Fact, Trajectory, "Programme", date], bool]
"""Is the sentence upheld by this fact, in this trajectory, under this programme, said on this day?"""


@attrs.frozen
class Policy:
    """A rule as a value: a function named after the sentence it upholds, and where the sentence comes from.

    Two pairs of days, as with facts: it speaks about facts from `since` up to, not including, `until`; and it stands in
    the rulebook from `published` on, which is later where a ruling reaches back.
    """

    rule: str
    """Stable id."""
    source: str
    """Article or report."""
    evidence: Evidence
    since: date
    sentence: Sentence
    upheld: Upheld
    binding: bool
    until: date | None = None
    published: date = date.min
    link: str = ""
    """Where the text can be read; empty where there is none to point at."""
    overridable: bool = False
    """A lawful exception is possible: it takes a reasoned override (`OverrideRule`)."""

    def __call__(self, fact: Fact, trajectory: Trajectory, programme: Programme, said_on: date) -> Objection | None:
        """The objection to a proposed fact, or None."""
        if not self.speaks_of(fact.on) or self.upheld(fact, trajectory, programme, said_on):
            return None
        overridden = self.overridable and (self.rule, fact.on) in trajectory.duty.overridden
        return Objection(self.rule, self.source, self.sentence, self.binding, overridden)

    def speaks_of(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


Kept = Callable[[Sequence[Fact], Trajectory, Trajectory], bool]
"""Is the sentence upheld by these new facts, which turn the first trajectory into the second?"""


@attrs.frozen
class Keeper:
    """A rule about the record as a whole: what a command may not take away or move. It remarks."""

    rule: str
    source: str
    evidence: Evidence
    since: date
    sentence: Sentence
    kept: Kept
    published: date
    link: str

    def __call__(self, new: Sequence[Fact], before: Trajectory, after: Trajectory) -> Objection | None:
        """The objection to what a command does to the record, or None."""
        if all(fact.on < self.since for fact in new) or self.kept(new, before, after):
            return None
        return Objection(self.rule, self.source, self.sentence, binding=False)


@attrs.frozen
class Programme:
    """What a municipality does, and which rules it does it under."""

    name: str
    municipality: str | None
    """CBS municipality code (gemeentecode); None for a national programme."""
    regime: Regime
    targets: Mapping[TargetGroup, Dated[Targets]]
    counts_as: Mapping[Component, Category]
    instruments: tuple[Instrument, ...]
    policies: tuple[Policy, ...]
    keepers: tuple[Keeper, ...] = attrs.field(default=(), kw_only=True)
    length_weeks: int
    """How long a trajectory is meant to take."""
    offer: tuple[Offered, ...] = ()
    guides: tuple[str, ...] = ()
    """The roles that a fixed contact has here."""
    intake_course_counts: bool = False
    """Whether lessons of the broad intake count as course hours. DUO keeps them apart; no text that could be read says
    whether they count (R-Z-08), so a programme says it."""
    group_size: tuple[int, int] = (3, 8)
    """Smallest and largest group seen in the pilots (factsheet): an observation, no law."""
    about: str = ""

    @cached_property
    def _changed_last(self) -> date:
        """From then on all of it was known."""
        of_policies = (one.published for one in self.policies)
        of_keepers = (one.published for one in self.keepers)
        of_amounts = (since for amounts in self.targets.values() for since, _ in amounts.steps[1:])
        return max(chain(of_policies, of_keepers, of_amounts), default=date.min)

    def as_of(self, day: date) -> Programme:
        """The programme with the rules and the amounts that were known on this day."""
        if self._changed_last <= day:
            return self
        return attrs.evolve(
            self,
            policies=tuple(one for one in self.policies if one.published <= day),
            keepers=tuple(one for one in self.keepers if one.published <= day),
            targets={group: amounts.known_on(day) for group, amounts in self.targets.items()},
        )

    def category(self, component: Component, in_intake: bool = False) -> Category:
        """What a minute of this component counts for: exactly one thing."""
        category = self.counts_as.get(component, Category.NOT_COUNTED)
        apart = in_intake and category is Category.COURSE and not self.intake_course_counts
        return Category.INTAKE_COURSE if apart else category

    def counted(self, spent: Mapping[tuple[Component, bool], int], category: Category) -> int:
        """The whole minutes that count for this category."""
        return sum(minutes for kind, minutes in spent.items() if self.category(*kind) is category)

    def target(self, group: TargetGroup, category: Category, day: date, cap: int | None = None) -> int:
        """The whole minutes aimed at in this category, for this group, on this day.

        `cap` is the most participation that the participant can bear, in whole hours (R-Z-10): it lowers the target
        of participation and never raises it.
        """
        target = self.targets[group].on(day).of(category)
        return min(target, cap * 60) if cap is not None and category is Category.PARTICIPATION else target

    def asked(self, category: Category, day: date, group: TargetGroup | None, duty: Duty) -> int:
        """The whole minutes asked of one person: lowered by a cap, none in another route or where the duty is lifted.

        The hours are those of the Z-route (Besluit inburgering 2021 art. 3.14).
        """
        elsewhere = duty.route not in {None, Route.SELF_RELIANCE}
        if group is None or elsewhere or duty.lifted:
            return 0
        return self.target(group, category, day, duty.participation_cap)

    def instrument(self, key: str, version: str) -> Instrument | None:
        """The instrument of this name and version, if the programme uses it."""
        return next((one for one in self.instruments if (one.key, one.version) == (key, version)), None)
