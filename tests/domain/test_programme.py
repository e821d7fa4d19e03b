"""Amounts with dates, and what counts for what."""

from datetime import date

import attrs
import pytest

from zroute_core.domain.instruments import PILOT_LANGUAGE, PILOT_SELF_RELIANCE
from zroute_core.domain.national import PILOT, WI2021
from zroute_core.domain.programme import Category, Dated, Targets
from zroute_core.domain.values import Component, TargetGroup

LAW = date(2022, 1, 1)


@pytest.mark.parametrize(
    ("day", "value"),
    [
        (date(1999, 1, 1), "old"),
        (date(2021, 12, 31), "old"),
        (LAW, "new"),
        (date(2024, 6, 30), "new"),
        (date(2024, 7, 1), "newest"),
    ],
)
def test_a_dated_value_is_the_last_step_before_or_on_the_day(day: date, value: str) -> None:
    steps = ((date(2020, 1, 1), "old"), (LAW, "new"), (date(2024, 7, 1), "newest"))
    assert Dated(steps).on(day) == value


def test_the_law_asks_800_course_hours_of_all_and_800_participation_hours_of_status_holders() -> None:
    """Besluit inburgering 2021 art. 3.14: R-Z-02 and R-Z-03. 800 hours are 48,000 minutes."""
    holder, family = TargetGroup.ASYLUM_STATUS_HOLDER, TargetGroup.FAMILY_OR_OTHER_MIGRANT
    assert WI2021.target(holder, Category.COURSE, LAW) == 48_000
    assert WI2021.target(holder, Category.PARTICIPATION, LAW) == 48_000
    assert WI2021.target(family, Category.COURSE, LAW) == 48_000
    assert WI2021.target(family, Category.PARTICIPATION, LAW) == 0
    assert WI2021.target(holder, Category.NOT_COUNTED, LAW) == 0


def test_lessons_are_course_hours_and_every_component_has_one_category() -> None:
    assert set(PILOT.counts_as) == set(Component)
    course = {one for one in Component if PILOT.category(one) is Category.COURSE}
    assert course == {Component.LANGUAGE, Component.LITERACY, Component.SOCIETY}


def test_a_municipality_exchanges_parts_of_the_national_programme() -> None:
    fewer = Dated(((LAW, Targets(course=1200, participation=0)),))
    ours = attrs.evolve(WI2021, municipality="0392", targets=dict.fromkeys(TargetGroup, fewer))
    assert ours.target(TargetGroup.ASYLUM_STATUS_HOLDER, Category.COURSE, LAW) == 1200
    assert WI2021.target(TargetGroup.ASYLUM_STATUS_HOLDER, Category.COURSE, LAW) == 48_000


def test_the_instruments_have_the_scales_of_the_factsheet() -> None:
    assert (PILOT_LANGUAGE.lowest, PILOT_LANGUAGE.highest) == (0, 4)
    assert (PILOT_SELF_RELIANCE.lowest, PILOT_SELF_RELIANCE.highest) == (1, 5)
    assert PILOT.instrument("pilot-language", "2020") is PILOT_LANGUAGE
    assert PILOT.instrument("pilot-language", "2021") is None


def test_an_amount_that_begins_later_is_not_known_yet() -> None:
    """The first step always is: before it there is no other."""
    halved = Dated(((date(2022, 1, 1), Targets(48_000, 48_000)), (date(2027, 1, 1), Targets(48_000, 24_000))))
    programme = attrs.evolve(WI2021, targets={TargetGroup.ASYLUM_STATUS_HOLDER: halved})
    later = date(2028, 1, 1)

    def aimed_at(known: date) -> int:
        return programme.as_of(known).target(TargetGroup.ASYLUM_STATUS_HOLDER, Category.PARTICIPATION, later)

    assert [aimed_at(date(2026, 12, 31)), aimed_at(date(2027, 1, 1))] == [48_000, 24_000]
    assert aimed_at(date(2020, 1, 1)) == 48_000
