"""The clock on the wall."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    """The present moment, as the machine has it."""

    def now(self) -> datetime:
        return datetime.now(UTC)
