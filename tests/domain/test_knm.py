"""The end terms of the day."""

from datetime import date

from zroute_core.domain.knm import END_TERMS


def test_the_end_terms_changed_on_1_july_2025() -> None:
    assert END_TERMS.on(date(2025, 6, 30)) == ()
    assert len(END_TERMS.on(date(2025, 7, 1))) == 8
    assert "wonen" in END_TERMS.on(date(2026, 1, 1))
