"""What may be proposed when somebody does not answer, and how much time a fine gives: pure functions.

The library imposes nothing. A sanction stands in a history as a proposal with its reasons (R-SAN-08).
"""

from __future__ import annotations

import attrs

from zroute_core.domain.act import Sanction

INTAKE_FINE = 250
"""Euros, fixed; lower is possible (Wet inburgering 2021 art. 22, Awb art. 5:46 lid 3 [S], R-SAN-01, R-BI-07)."""
EFFORT_FINE = 800
"""Euros at most (Wet inburgering 2021 art. 23 [S], R-SAN-02)."""

LATENESS_FINE = 1000
"""Euros at most for the route; DUO imposes it (fact sheets that cite inburgeren.nl, August 2026 [S], R-SAN-05)."""


@attrs.frozen
class Step:
    """What may be proposed after an unanswered call."""

    sanction: Sanction
    euros: int
    """At most."""
    pip_without_the_person: bool = False
    """The municipality sets the PIP without the person."""


INTAKE_LADDER: tuple[Step, ...] = (
    Step(Sanction.INTAKE_WARNING, 0),
    Step(Sanction.INTAKE_FINE, INTAKE_FINE),
    Step(Sanction.INTAKE_FINE, INTAKE_FINE, pip_without_the_person=True),
)
"""One step for each of the three calls (nt2.nl, Schulinck [S], R-BI-07)."""


def after_unanswered_calls(calls: int) -> Step | None:
    """The step that follows so many unanswered calls for the broad intake; None while all were answered.

    First: a written warning, and a second call. Second: a fine, and a third call. Third: a second fine, and the PIP
    is set without the person (R-BI-07 [S]). There is no fourth step.
    """
    return INTAKE_LADDER[min(calls, len(INTAKE_LADDER)) - 1] if calls > 0 else None


ROUTE_BANDS: tuple[tuple[int, int], ...] = ((200, 24), (400, 18), (600, 12), (800, 6))
"""Course hours below which so many months follow (inburgeren.nl as read in August 2026 [S], R-SAN-06)."""
PVT_LATE_MONTHS = 6
MAP_LATE_MONTHS = 6
BOTH_LATE_MONTHS = 12
"""PVT and MAP both late (R-SAN-06 [S])."""


def months_after_a_fine_for_the_route(course_minutes: int) -> int | None:
    """How many months DUO gives anew after a fine because the Z-route is late, by the course hours followed.

    Up to 200 hours 24 months, 200-400 18, 400-600 12, 600-800 6 (R-SAN-06 [S]). The bands of the source overlap at
    their edges. Our reading [I]: exactly 200 hours belong to the band that starts at 200, so nobody gets a longer
    term for more hours. From 800 hours on the source names no time: None.
    """
    return next((months for below, months in ROUTE_BANDS if course_minutes < below * 60), None)


def months_after_a_fine(
    *, route_late_at: int | None = None, pvt_late: bool = False, map_late: bool = False
) -> int | None:
    """The months DUO gives anew when several parts are late: the longest, never the sum (R-SAN-06 [S]).

    `route_late_at` are the course minutes followed, when the route is late. None when the source names no time.
    """
    route = None if route_late_at is None else months_after_a_fine_for_the_route(route_late_at)
    modules = BOTH_LATE_MONTHS if pvt_late and map_late else PVT_LATE_MONTHS if pvt_late else MAP_LATE_MONTHS
    named = [months for months in (route, modules if pvt_late or map_late else None) if months is not None]
    return max(named, default=None)
