"""Who is under which act: the day on which the duty began decides."""

from datetime import date

import pytest

from tests.domain.act.scenes import opened
from zroute_core.domain.decisions import NotifyDuty
from zroute_core.domain.national import WI2021
from zroute_core.testing.scenario import given


@pytest.mark.parametrize("noticed", [date(2022, 3, 1), date(2023, 5, 1)])
def test_R_LAW_01_the_day_the_duty_began_decides(noticed: date) -> None:
    """Some 3,210 people got the notice of a duty of 2022 only in 2023: the notice may come late."""
    before = opened(on=date(2022, 1, 3))
    assert given(*before, programme=WI2021).when(NotifyDuty(noticed, date(2022, 1, 1))).error is None
    given(*before, programme=WI2021).when(NotifyDuty(noticed, date(2021, 12, 31))).then_refused("act-from-2022")
