"""How long a file is kept."""

from __future__ import annotations

from datetime import date

from zroute_core.domain.periods import months_after

RETENTION_MONTHS = 60
"""Five years after the end of the duty; goes before the ten years of the selectielijst 2020 [S] (R-RET-01)."""


def keep_until(duty_ended: date) -> date:
    """The first day on which the municipality need not keep the file any more (R-RET-01).

    The end of the duty may be a death (R-RET-02). Five years from 29 February end with 28 February.
    """
    return months_after(duty_ended, RETENTION_MONTHS)
