"""Somebody under the Wet inburgering 2021, for the tests of its rules: from the notice to the PIP of DUO's example."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count

import attrs

from zroute_core.domain.act import ExamPart, LiteracyNeed, MapTheme, PipLevel, Route
from zroute_core.domain.decisions import DecidePip, TakeExam
from zroute_core.domain.events import (
    ActivityAttended,
    Fact,
    FinalInterviewHeld,
    IntakeHeld,
    LessonAttended,
    MapHoursLogged,
    MapInterviewHeld,
    MapThemeCovered,
    ParticipationDeclarationSigned,
    PipDecided,
    PvtSessionAttended,
    TrajectoryOpened,
)
from zroute_core.domain.national import WI2021
from zroute_core.domain.programme import Programme
from zroute_core.domain.trajectory import Trajectory
from zroute_core.domain.values import IntakePart, Regime, TargetGroup
from zroute_core.testing.samples import ACTIVITY, GOAL, LESSON
from zroute_core.testing.scenario import Given, given, history

ONE_DAY = timedelta(days=1)
ASYLUM, FAMILY = TargetGroup.ASYLUM_STATUS_HOLDER, TargetGroup.FAMILY_OR_OTHER_MIGRANT
Z, B1, O = Route.SELF_RELIANCE, Route.B1, Route.EDUCATION  # noqa: E741  the code of the onderwijsroute

OPENING = date(2025, 3, 10)
PIP_DATE = date(2025, 5, 12)
"""The date of DUO's example: the term begins on 2025-05-13 and ends before 2028-05-13 (R-TERM-04)."""
AT_THE_END = date(2027, 12, 1)

HERE, ELSEWHERE = "0392", "0153"


def opened(group: TargetGroup = ASYLUM, on: date = OPENING) -> tuple[Fact, ...]:
    return TrajectoryOpened(on, HERE, group, Regime.WI2021), IntakeHeld(on, tuple(IntakePart), (GOAL,))


def pip(
    on: date = PIP_DATE,
    key: str = "pip-1",
    route: Route = Z,
    level: PipLevel | None = None,
    *,
    municipality: str = HERE,
    intensity: int | None = None,
    looked_into: tuple[Route, ...] = tuple(Route),
) -> PipDecided:
    return PipDecided(on, key, municipality, route, level, LiteracyNeed.OTHER_SCRIPT, intensity, looked_into)


def deciding(fact: PipDecided) -> DecidePip:
    """The command this fact follows from."""
    return DecidePip(**attrs.asdict(fact, recurse=False))


def under_the_act(*facts: Fact, programme: Programme = WI2021) -> Given:
    return given(*facts, programme=programme)


def after(*facts: Fact) -> Trajectory:
    return history(*facts).trajectory


def lessons(minutes: int, begin: date = PIP_DATE + ONE_DAY, *, in_intake: bool = False) -> tuple[Fact, ...]:
    """So many minutes of language lessons, at most ten hours a day."""
    return tuple(
        LessonAttended(
            on,
            attrs.evolve(LESSON, key=f"l-{in_intake}-{on}", minutes=some, starts=None, group=None, in_intake=in_intake),
        )
        for on, some in _spread(minutes, begin)
    )


def activities(minutes: int, begin: date = PIP_DATE + ONE_DAY) -> tuple[Fact, ...]:
    """So many minutes of participation, at most ten hours a day."""
    return tuple(
        ActivityAttended(on, attrs.evolve(ACTIVITY, key=f"a-{on}", minutes=some, starts=None))
        for on, some in _spread(minutes, begin)
    )


def pvt(minutes: int = 12 * 60, on: date = PIP_DATE + ONE_DAY) -> PvtSessionAttended:
    return PvtSessionAttended(on, "pvt-1", minutes)


def map_done(on: date = AT_THE_END) -> tuple[Fact, ...]:
    """Forty hours and eight themes, and the interview on `on`."""
    begin = PIP_DATE + ONE_DAY
    logged = (MapHoursLogged(begin + day * ONE_DAY, f"map-{day}", 240) for day in range(10))
    return (*logged, *(MapThemeCovered(begin, theme) for theme in MapTheme), MapInterviewHeld(on, True))


def ready_to_complete(
    group: TargetGroup = ASYLUM, *, course: int = 800 * 60, participation: int = 800 * 60
) -> tuple[Fact, ...]:
    """All that completion takes, with these minutes."""
    return (
        *opened(group),
        pip(),
        pvt(),
        *map_done(),
        *lessons(course),
        *activities(participation),
        ParticipationDeclarationSigned(AT_THE_END),
        FinalInterviewHeld(AT_THE_END),
    )


def knm_exam(on: date) -> TakeExam:
    return TakeExam(on, "knm-1", ExamPart.SOCIETY, None, True)


def _spread(minutes: int, begin: date) -> Iterator[tuple[date, int]]:
    for day in count():
        if minutes <= 0:
            return
        yield begin + day * ONE_DAY, min(600, minutes)
        minutes -= 600
