"""The ladder of the broad intake, and the time that DUO gives anew after a fine."""

import pytest

from zroute_core.domain.act import Sanction
from zroute_core.domain.sanctions import (
    Step,
    after_unanswered_calls,
    months_after_a_fine,
    months_after_a_fine_for_the_route,
)


def test_R_BI_07_the_ladder() -> None:
    assert after_unanswered_calls(0) is None
    assert after_unanswered_calls(1) == Step(Sanction.INTAKE_WARNING, 0)
    assert after_unanswered_calls(2) == Step(Sanction.INTAKE_FINE, 250)
    assert after_unanswered_calls(3) == Step(Sanction.INTAKE_FINE, 250, pip_without_the_person=True)


def test_R_BI_07_there_is_no_fourth_step() -> None:
    assert after_unanswered_calls(4) == after_unanswered_calls(3)


@pytest.mark.parametrize(
    ("minutes", "months"),
    [
        (0, 24),
        (200 * 60 - 1, 24),
        (200 * 60, 18),
        (400 * 60 - 1, 18),
        (400 * 60, 12),
        (600 * 60 - 1, 12),
        (600 * 60, 6),
        (800 * 60 - 1, 6),
        (800 * 60, None),
        (1200 * 60, None),
    ],
)
def test_R_SAN_06_the_bands_of_the_z_route_at_their_edges(minutes: int, months: int | None) -> None:
    assert months_after_a_fine_for_the_route(minutes) == months


def test_R_SAN_06_more_hours_never_give_a_longer_term() -> None:
    months = [months_after_a_fine_for_the_route(hours * 60) or 0 for hours in range(900)]
    assert months == sorted(months, reverse=True)


@pytest.mark.parametrize(
    ("route_late_at", "pvt_late", "map_late", "months"),
    [
        (None, False, False, None),
        (None, True, False, 6),
        (None, False, True, 6),
        (None, True, True, 12),
        (100 * 60, True, True, 24),  # the longest, never 36
        (500 * 60, True, True, 12),
        (700 * 60, True, False, 6),
        (700 * 60, True, True, 12),
        (800 * 60, False, False, None),
        (800 * 60, False, True, 6),
    ],
)
def test_R_SAN_06_several_at_once_the_longest_never_the_sum(
    route_late_at: int | None, pvt_late: bool, map_late: bool, months: int | None
) -> None:
    assert months_after_a_fine(route_late_at=route_late_at, pvt_late=pvt_late, map_late=map_late) == months
