"""A clock for tests: it starts where you say and moves a second with every look."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class TickingClock:
    """The same moments in every run."""

    def __init__(self, start: datetime = datetime(2024, 1, 1, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now

    def turn_to(self, moment: datetime) -> None:
        """Stand at this moment, also when it lies before the last one."""
        self._now = moment
