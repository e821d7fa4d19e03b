"""Five years after the end of the duty."""

from datetime import date

import pytest

from zroute_core.domain.retention import keep_until


@pytest.mark.parametrize(
    ("ended", "until"),
    [
        (date(2025, 3, 10), date(2030, 3, 10)),
        (date(2024, 2, 29), date(2029, 3, 1)),
        (date(2023, 2, 28), date(2028, 2, 28)),
        (date(2024, 12, 31), date(2029, 12, 31)),
    ],
)
def test_R_RET_01_five_years(ended: date, until: date) -> None:
    assert keep_until(ended) == until
