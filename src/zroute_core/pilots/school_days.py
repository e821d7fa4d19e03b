"""The days of the story: when there are lessons, and when they can be given in class."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from zroute_core.domain.values import Modality

CLOSED: tuple[tuple[date, date], ...] = (
    (date(2020, 2, 17), date(2020, 2, 21)),
    (date(2020, 4, 27), date(2020, 5, 8)),
    (date(2020, 7, 6), date(2020, 8, 14)),
    (date(2020, 10, 19), date(2020, 10, 23)),
    (date(2020, 12, 21), date(2021, 1, 1)),
    (date(2021, 2, 22), date(2021, 2, 26)),
    (date(2021, 5, 3), date(2021, 5, 14)),
)
"""Weeks without lessons, first and last day (chosen)."""

AT_HOME: tuple[tuple[date, date], ...] = (
    (date(2020, 3, 16), date(2020, 6, 1)),
    (date(2020, 12, 16), date(2021, 5, 18)),
)
"""When lessons could not be given in class, first and last day (chosen after the two lockdowns)."""


def open_days(since: date, until: date, weekdays: Iterable[int]) -> list[date]:
    """The days of these weekdays from `since` up to and including `until`, without the closed weeks."""
    wanted = frozenset(weekdays)
    days = (since + timedelta(days=number) for number in range((until - since).days + 1))
    return [day for day in days if day.weekday() in wanted and not within(day, CLOSED)]


def monthly(since: date, until: date, weekday: int) -> list[date]:
    """The second such weekday of each month, without the closed weeks."""
    return [day for day in open_days(since, until, (weekday,)) if 8 <= day.day <= 14]


def within(day: date, periods: Iterable[tuple[date, date]]) -> bool:
    """Does the day lie in one of these periods, first and last day included?"""
    return any(first <= day <= last for first, last in periods)


def as_allowed(day: date) -> Modality:
    """In class when that was possible, online when it was not."""
    return Modality.ONLINE if within(day, AT_HOME) else Modality.IN_CLASS


def online(_: date) -> Modality:
    """Always online."""
    return Modality.ONLINE
