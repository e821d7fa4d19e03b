"""The six pilots of 2020-2021 as programmes and stories: 95 made-up people in six real municipalities.

The factsheet gives totals only. How the people are spread over the municipalities, who gained what, and every day and
hour is chosen; the totals are not written down anywhere, the read model computes them from the recorded facts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

import attrs

from zroute_core.domain.programme import Programme
from zroute_core.errors import ConfigurationError
from zroute_core.kernel.ports import Progress, untold
from zroute_core.opening import open as open_trajectories
from zroute_core.pilots import berg_en_dal, best, enschede, haarlem, midden_groningen, velsen
from zroute_core.pilots.story import PURPOSE, Story, StoryClock
from zroute_core.trajectories import Trajectories


@attrs.frozen
class Pilot:
    """One municipality's pilot."""

    programme: Programme
    course: Callable[[], Story]

    @property
    def name(self) -> str:
        return self.programme.name


@attrs.frozen
class Factsheet:
    """The figures of the factsheet Goed op weg met de Z-route (27 August 2021)."""

    participants: int = 95
    language_change: Decimal = Decimal("0.88")
    """On a scale of 0-4."""
    self_reliance_change: Decimal = Decimal("0.41")
    """On a scale of 1-5."""


FACTSHEET = Factsheet()

PILOTS: tuple[Pilot, ...] = (
    Pilot(best.PROGRAMME, best.course),
    Pilot(midden_groningen.PROGRAMME, midden_groningen.course),
    Pilot(enschede.PROGRAMME, enschede.course),
    Pilot(velsen.PROGRAMME, velsen.course),
    Pilot(berg_en_dal.PROGRAMME, berg_en_dal.course),
    Pilot(haarlem.PROGRAMME, haarlem.course),
)
"""In the order of the factsheet."""

PROGRAMMES: tuple[Programme, ...] = tuple(pilot.programme for pilot in PILOTS)

EVALUATED_ON = date(2021, 7, 1)
"""After the final measurements and before the factsheet."""

SPREAD_NOTE = (
    "The people are made up. The factsheet gives only the totals: how the 95 are spread over the six municipalities, "
    "how each of them scored, and every day and hour is chosen here."
)


def record(
    trajectories: Trajectories,
    clock: StoryClock,
    pilots: Sequence[Pilot] = PILOTS,
    progress: Progress = untold,
) -> None:
    """Record these pilots through the front door, all of them day by day, as they ran beside each other.

    The store of `trajectories` must go by `clock`. `progress` hears the month, how many happenings are told, and how
    many there are as far as is known.
    """
    stories = [pilot.course() for pilot in pilots]
    for story in stories:
        story.begin(trajectories, clock)
    told = 0
    while running := [story for story in stories if story.next_day is not None]:
        story = min(running, key=lambda one: one.next_day or date.max)
        month = f"{story.next_day:%B %Y}"
        story.go_on()
        told += 1
        progress(month, told, told + sum(one.ahead for one in stories))


def record_all(url: str = "memory:", *, progress: Progress = untold) -> Trajectories:
    """Fill an empty store with the six pilots, and return it opened.

    Raises ConfigurationError when the store holds trajectories already.
    """
    clock = StoryClock()
    trajectories = open_trajectories(url, programme=PROGRAMMES, clock=clock)
    if any(True for _ in trajectories.participants()):
        trajectories.close()
        raise ConfigurationError("this store holds trajectories already: give the pilots a new one")
    record(trajectories, clock, PILOTS, progress)
    return trajectories


def made_up(trajectories: Trajectories) -> bool:
    """Was everything in this store recorded by a story?"""
    entries = (entry for one in trajectories.participants() for entry in trajectories.history(one.id))
    purposes = {entry.envelope.actor.purpose for entry in entries}
    return purposes == {PURPOSE}


def favourites(trajectories: Trajectories) -> tuple[UUID, ...]:
    """The first participant of each of three municipalities that differ most: Best, Velsen and Haarlem."""
    shown = [programme.municipality for programme in (best.PROGRAMME, velsen.PROGRAMME, haarlem.PROGRAMME)]
    first: dict[str | None, UUID] = {}
    for participant in trajectories.participants():
        first.setdefault(participant.municipality, participant.id)
    return tuple(first[code] for code in shown if code in first)
