"""The term (inburgeringstermijn): three years from the day after the first PIP."""

from datetime import date

import pytest

from tests.domain.act.scenes import ONE_DAY, PIP_DATE, Z, after, opened, pip
from zroute_core.domain.act import ExemptionCode, ExemptionKind, Instance
from zroute_core.domain.duty import Term
from zroute_core.domain.events import (
    ExemptionGranted,
    ExemptionWithdrawn,
    Fact,
    PipAnnulled,
    PipRestored,
    PipRevoked,
    TermExtended,
    TermExtensionRefused,
)
from zroute_core.domain.periods import months_after

LATER = date(2026, 2, 2)
THE_TERM = Term(date(2025, 5, 13), date(2028, 5, 13))


def term_after(*facts: Fact) -> Term | None:
    return after(*opened(), *facts).duty.term


def test_R_TERM_01_three_calendar_years() -> None:
    assert term_after(pip(date(2025, 5, 12))) == THE_TERM  # DUO's own example


def test_R_TERM_02_it_begins_the_day_after_the_first_pip() -> None:
    assert term_after() is None
    assert not THE_TERM.holds(PIP_DATE)
    assert THE_TERM.holds(PIP_DATE + ONE_DAY)


def test_R_TERM_04_the_end_does_not_count() -> None:
    assert THE_TERM.holds(date(2028, 5, 12))
    assert not THE_TERM.holds(date(2028, 5, 13))


@pytest.mark.parametrize(
    ("pip_on", "since", "until"),
    [
        (date(2024, 2, 27), date(2024, 2, 28), date(2027, 2, 28)),
        (date(2024, 2, 28), date(2024, 2, 29), date(2027, 3, 1)),  # our decision: 28 February 2027 is the last day
        (date(2024, 2, 29), date(2024, 3, 1), date(2027, 3, 1)),
        (date(2025, 2, 28), date(2025, 3, 1), date(2028, 3, 1)),
        (date(2023, 12, 31), date(2024, 1, 1), date(2027, 1, 1)),
    ],
)
def test_R_TERM_04_around_29_february(pip_on: date, since: date, until: date) -> None:
    facts = (*opened(on=date(2023, 10, 2)), pip(pip_on))
    assert after(*facts).duty.term == Term(since, until)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 2, 29), 12, date(2025, 3, 1)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2025, 8, 31), 1, date(2025, 10, 1)),
        (date(2025, 12, 31), 2, date(2026, 3, 1)),
        (date(2025, 12, 31), 12, date(2026, 12, 31)),
        (date(2025, 11, 30), 1, date(2025, 12, 30)),
        (date(2025, 5, 13), 0, date(2025, 5, 13)),
    ],
)
def test_R_TERM_04_months_later(day: date, months: int, expected: date) -> None:
    assert months_after(day, months) == expected


FALLS = (
    PipRevoked(LATER, "pip-1", "Made again."),
    PipAnnulled(LATER, "pip-1", Instance.OBJECTION, "bezwaar"),
    PipAnnulled(LATER, "pip-1", Instance.COURT, "ECLI:1"),
)


@pytest.mark.parametrize("fall", FALLS, ids=lambda fact: type(fact).__name__)
def test_R_TERM_03_never_moved_when_the_first_pip_falls_and_is_replaced(fall: Fact) -> None:
    assert term_after(pip(), fall) == THE_TERM
    assert term_after(pip(), fall, pip(LATER + ONE_DAY, "pip-2")) == THE_TERM
    back = PipRestored(LATER + 2 * ONE_DAY, "pip-1", Instance.HIGHEST_COURT, "ECLI:2")
    assert term_after(pip(), fall, pip(LATER + ONE_DAY, "pip-2"), back) == THE_TERM


def test_R_TERM_03_never_moved_by_a_changed_pip() -> None:
    assert term_after(pip(), pip(LATER, "pip-2", Z)) == THE_TERM


def test_R_TERM_05_an_extension_moves_the_end_only() -> None:
    """The ground is DUO's own code, and comes as data."""
    once = TermExtended(LATER, date(2028, 11, 13), "A1", True)
    twice = TermExtended(date(2028, 6, 1), date(2029, 5, 13), "7", False)
    refused = TermExtensionRefused(date(2028, 12, 1), "A1")
    assert term_after(pip(), once) == Term(date(2025, 5, 13), date(2028, 11, 13))
    assert term_after(pip(), once, twice, refused) == Term(date(2025, 5, 13), date(2029, 5, 13))


def test_R_TERM_05_a_new_pip_does_not_undo_an_extension() -> None:
    extended = TermExtended(LATER, date(2028, 11, 13), "A1", True)
    assert term_after(pip(), extended, pip(LATER + ONE_DAY, "pip-2")) == Term(date(2025, 5, 13), date(2028, 11, 13))


# ── a temporary exemption (R-GRP-07) ─────────────────────────────────────────────────────────────────────────

UNTIL = date(2026, 12, 31)
TEMPORARY = ExemptionGranted(LATER, ExemptionKind.TEMPORARY, ExemptionCode.EDUCATION, until=UNTIL)


def test_R_GRP_07_it_suspends_up_to_and_including_its_last_day() -> None:
    duty = after(*opened(), pip(), TEMPORARY).duty
    suspended = {day: duty.suspended(day) for day in (LATER - ONE_DAY, LATER, UNTIL, UNTIL + ONE_DAY)}
    assert list(suspended.values()) == [False, True, True, False]


def test_R_GRP_07_withdrawn_it_resumes_that_day_with_pip_and_term_as_they_were() -> None:
    withdrawn = date(2026, 6, 1)
    before = after(*opened(), pip()).duty
    duty = after(*opened(), pip(), TEMPORARY, ExemptionWithdrawn(withdrawn)).duty
    assert duty.suspended(withdrawn - ONE_DAY)
    assert not duty.suspended(withdrawn)
    assert (duty.pip, duty.term) == (before.pip, before.term)


@pytest.mark.parametrize("kind", [ExemptionKind.FULL, ExemptionKind.PARTIAL])
def test_R_GRP_07_another_exemption_suspends_nothing(kind: ExemptionKind) -> None:
    granted = ExemptionGranted(LATER, kind, ExemptionCode.DIPLOMA)
    assert not after(*opened(), pip(), granted).duty.suspended(LATER)


def test_R_GRP_07_without_a_last_day_it_runs_until_it_is_withdrawn() -> None:
    granted = ExemptionGranted(LATER, ExemptionKind.TEMPORARY, ExemptionCode.ON_REQUEST)
    assert after(*opened(), pip(), granted).duty.suspended(date(2099, 1, 1))
