"""What may each municipality report of this participant's hours?

DUO takes three cumulative totals from each municipality, in whole hours, and a municipality speaks of its own only. A
minute belongs to the municipality the participant was with on that day: from the day of a move on that is the new one,
whatever was written down first. Each minute stands in exactly one category of exactly one municipality.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import reduce
from types import MappingProxyType

import attrs

from zroute_core.domain.events import (
    Happened,
    InternshipStarted,
    MovedToMunicipality,
    TargetGroupChanged,
    TrajectoryOpened,
)
from zroute_core.domain.history import InForce
from zroute_core.domain.hours import spent
from zroute_core.domain.programme import Category, Dated, Programme
from zroute_core.domain.values import Internship, TargetGroup
from zroute_core.errors import NotFound


@attrs.frozen
class Total:
    """A cumulative total."""

    minutes: int
    hours: int
    """Whole hours, rounded down once, from the minutes beside it: what is reported."""


@attrs.frozen
class Totals:
    """The totals of one municipality, or of all together.

    Of all together the hours are those of all its minutes; the hours that the municipalities report may add up to less.
    """

    intake_course: Total
    """Lessons of the broad intake (DUO: TaallesEnKnmBredeIntake). Apart, whether or not the programme counts them
    (R-Z-08)."""
    course: Total
    """Lessons at a school, those of earlier routes included (DUO: ParticipatieAlsTaalles; R-Z-08, R-Z-09)."""
    participation: Total
    """Activities, those of the broad intake included (DUO: ParticipatieactiviteitenBredeIntake; R-Z-07). DUO asks it of
    asylum status holders."""
    not_counted: Total
    """Reported nowhere."""


@attrs.frozen
class MunicipalityHours:
    """The hours of one municipality."""

    municipality: str
    since: date
    """When the participant first was with it."""
    totals: Totals


@attrs.frozen
class Hours:
    """The answer."""

    day: date
    """Up to and including this day; DUO's `bekendTot` is exclusive: the day after."""
    target_group: TargetGroup
    municipalities: tuple[MunicipalityHours, ...]
    """In the order in which the participant came to them."""
    total: Totals


Place = tuple[str, Category]


@attrs.frozen
class Tally:
    """What is counted on the way, given where the participant was."""

    stays: Dated[str]
    programme: Programme
    """Its lessons of the broad intake stand apart."""
    internships: Mapping[str, Internship] = MappingProxyType({})
    minutes: Mapping[Place, int] = MappingProxyType({})


def hours(facts: Iterable[InForce], programme: Programme, day: date) -> Hours:
    """The totals up to `day`. Raises NotFound before the trajectory was opened."""
    told = tuple(entry.fact for entry in facts)
    opened = next((fact for fact in told if isinstance(fact, TrajectoryOpened)), None)
    if opened is None:
        raise NotFound("the trajectory was not opened yet", field="participant")
    moves = ((fact.on, fact.municipality) for fact in told if isinstance(fact, MovedToMunicipality))
    stays = Dated(((opened.on, opened.municipality), *moves))
    apart = attrs.evolve(programme, intake_course_counts=False)
    minutes = reduce(project, told, Tally(stays, apart)).minutes
    first: dict[str, date] = {}
    for since, municipality in stays.steps:
        first.setdefault(municipality, since)
    together = {one: sum(some for (_, category), some in minutes.items() if category is one) for one in Category}
    return Hours(
        day,
        next((one.target_group for one in reversed(told) if isinstance(one, TargetGroupChanged)), opened.target_group),
        tuple(
            MunicipalityHours(code, since, _totals({one: minutes.get((code, one), 0) for one in Category}))
            for code, since in first.items()
        ),
        _totals(together),
    )


def project(tally: Tally, fact: Happened) -> Tally:
    """The tally after one more fact; facts it has no use for leave it as it is."""
    if time := spent(fact, tally.internships):
        place = (tally.stays.on(fact.on), tally.programme.category(time.component, time.in_intake))
        return attrs.evolve(tally, minutes={**tally.minutes, place: tally.minutes.get(place, 0) + time.minutes})
    if isinstance(fact, InternshipStarted):
        return attrs.evolve(tally, internships={**tally.internships, fact.internship.key: fact.internship})
    return tally


def _totals(minutes: Mapping[Category, int]) -> Totals:
    return Totals(
        *(
            Total(minutes[one], minutes[one] // 60)
            for one in (Category.INTAKE_COURSE, Category.COURSE, Category.PARTICIPATION, Category.NOT_COUNTED)
        )
    )
