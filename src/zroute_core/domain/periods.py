"""Stretches of days, and days some years, months or weeks away."""

from __future__ import annotations

from datetime import date

import attrs


@attrs.frozen
class Period:
    """From the day it began to the day on which it ended; it runs while `until` is None."""

    since: date
    until: date | None = None

    @property
    def runs(self) -> bool:
        return self.until is None


def months_after(day: date, months: int) -> date:
    """The day with the same number so many months later; where that month has no such day, the first of the next.

    So three years from 29 February end with 28 February: as the end is exclusive, the first day after is 1 March.
    """
    count = day.year * 12 + day.month - 1 + months
    for number, of_month in ((count, day.day), (count + 1, 1)):
        year, month = divmod(number, 12)
        try:
            return date(year, month + 1, of_month)
        except ValueError:
            continue
    return date.max
