"""The PIP: when it is due, what may stand in it, and which one is in force after a chain of rulings."""

from datetime import date

import pytest

from tests.domain.act.scenes import (
    ASYLUM,
    B1,
    FAMILY,
    ONE_DAY,
    OPENING,
    PIP_DATE,
    O,
    Z,
    after,
    deciding,
    opened,
    pip,
    under_the_act,
)
from zroute_core.domain.act import Instance, PipLevel, Route
from zroute_core.domain.decisions import AnnulPip, ExtendTerm, RestorePip, RevokePip
from zroute_core.domain.events import (
    DutyNotified,
    Fact,
    OutsideInformationReceived,
    PipAnnulled,
    PipDecided,
    PipRestored,
    PipRevoked,
)
from zroute_core.domain.values import TargetGroup
from zroute_core.testing.scenario import history

# ── the clock: ten weeks, registered later, two weeks ────────────────────────────────────────────────────────

NOTIFIED = DutyNotified(OPENING, OPENING)  # Monday 10 March 2025
TEN_WEEKS = date(2025, 5, 19)  # Monday ten weeks on


def test_R_PIP_02_the_tenth_week_still_counts_and_the_day_after_it_is_late() -> None:
    before = (*opened(), NOTIFIED)
    under_the_act(*before).when(deciding(pip(TEN_WEEKS))).then_advised()
    under_the_act(*before).when(deciding(pip(TEN_WEEKS + ONE_DAY))).then_advised("pip-within-ten-weeks")


def test_R_PIP_02_who_is_registered_later_has_ten_weeks_from_then() -> None:
    registered = DutyNotified(OPENING, OPENING, registered_on=date(2025, 4, 1))
    assert after(*opened(), registered).duty.pip_due == date(2025, 6, 10)
    under_the_act(*opened(), registered).when(deciding(pip(date(2025, 6, 10)))).then_advised()
    under_the_act(*opened(), registered).when(deciding(pip(date(2025, 6, 11)))).then_advised("pip-within-ten-weeks")
    earlier = DutyNotified(OPENING, OPENING, registered_on=date(2025, 1, 2))
    assert after(*opened(), earlier).duty.pip_due == TEN_WEEKS


def test_R_PIP_02_information_from_others_gives_two_weeks_from_its_receipt() -> None:
    received = OutsideInformationReceived(date(2025, 5, 15))
    assert after(*opened(), NOTIFIED, received).duty.pip_due == date(2025, 5, 29)
    under_the_act(*opened(), NOTIFIED, received).when(deciding(pip(date(2025, 5, 29)))).then_advised()
    late = under_the_act(*opened(), NOTIFIED, received).when(deciding(pip(date(2025, 5, 30))))
    late.then_advised("pip-within-ten-weeks")
    early = OutsideInformationReceived(date(2025, 3, 20))  # it takes nothing away from the ten weeks
    assert after(*opened(), NOTIFIED, early).duty.pip_due == TEN_WEEKS


def test_R_PIP_02_the_clock_is_that_of_the_first_pip() -> None:
    later = pip(date(2025, 9, 1), "pip-2")
    under_the_act(*opened(), NOTIFIED, pip()).when(deciding(later)).then_advised()


def test_R_PIP_02_without_a_notice_no_clock_runs() -> None:
    assert after(*opened()).duty.pip_due is None
    under_the_act(*opened()).when(deciding(pip(date(2027, 1, 1)))).then_advised()


# ── combinations that cannot be ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("level", PipLevel)
def test_R_Z_15_the_z_route_carries_no_level(level: PipLevel) -> None:
    under_the_act(*opened()).when(deciding(pip(level=level))).then_refused("z-route-carries-no-level")
    under_the_act(*opened()).when(deciding(pip())).then(pip())


def test_R_Z_15_the_education_route_is_not_at_a2() -> None:
    at_a2 = pip(route=O, level=PipLevel.A2)
    under_the_act(*opened()).when(deciding(at_a2)).then_refused("education-route-not-a2")
    for level in (PipLevel.B1, None):
        assert under_the_act(*opened()).when(deciding(pip(route=O, level=level))).error is None


def test_R_Z_15_the_first_pip_is_not_b1_at_a2_whichever_municipality_makes_it() -> None:
    at_a2 = pip(route=B1, level=PipLevel.A2)
    under_the_act(*opened()).when(deciding(at_a2)).then_refused("first-pip-not-b1-at-a2")
    for level in (PipLevel.B1, None):
        assert under_the_act(*opened()).when(deciding(pip(route=B1, level=level))).error is None


@pytest.mark.parametrize("group", TargetGroup)
@pytest.mark.parametrize("route", Route)
def test_R_PIP_05_intensity_only_in_the_b1_route_of_an_asylum_holder(group: TargetGroup, route: Route) -> None:
    decided = under_the_act(*opened(group)).when(deciding(pip(route=route, intensity=600)))
    if group is ASYLUM and route is B1:
        assert decided.error is None
    else:
        decided.then_refused("intensity-b1-asylum-only")
    assert under_the_act(*opened(FAMILY)).when(deciding(pip(route=route))).error is None


# ── bounds of its date ───────────────────────────────────────────────────────────────────────────────────────


def test_R_PIP_04_not_before_the_duty_began() -> None:
    notified = DutyNotified(OPENING, date(2025, 4, 1))
    early = under_the_act(*opened(), notified).when(deciding(pip(date(2025, 3, 31))))
    early.then_refused("pip-after-the-duty-began")
    assert under_the_act(*opened(), notified).when(deciding(pip(date(2025, 4, 1)))).error is None


def test_R_PIP_04_of_the_municipality_where_somebody_lives() -> None:
    other = pip(municipality="0153")
    under_the_act(*opened()).when(deciding(other)).then_refused("pip-by-the-municipality-of-residence")


def test_R_PIP_04_an_older_pip_told_late_is_the_earlier_one_never_the_changed_one() -> None:
    """Facts in force stand in the order of their days, so no changed PIP is older than the one it changes."""
    told_late = pip(date(2025, 4, 14), "pip-0")
    duty = after(*opened(), pip(), told_late).duty
    assert duty.pip == pip()
    assert duty.term is not None
    assert duty.term.since == date(2025, 4, 15)


def test_R_SW_04_every_route_is_looked_into() -> None:
    """Known since the ruling of 24 December 2024; before that, nothing is remarked."""
    careless = pip(looked_into=(Z,))
    under_the_act(*opened()).when(deciding(careless)).then_advised("every-route-looked-into")
    for on, remarks in ((date(2024, 12, 23), ()), (date(2024, 12, 24), ("every-route-looked-into",))):
        decided = under_the_act(*opened(on=date(2024, 11, 1))).when(deciding(pip(on, looked_into=())))
        decided.then_advised(*remarks)


# ── a decision that falls and comes back ─────────────────────────────────────────────────────────────────────


def test_a_pip_falls_once_and_comes_back_only_after_that() -> None:
    before = (*opened(), pip())
    fell = PipAnnulled(PIP_DATE + ONE_DAY, "pip-1", Instance.OBJECTION, "bezwaar 1")
    day = PIP_DATE + 2 * ONE_DAY
    under_the_act(*before).when(RevokePip(day, "pip-9", "unknown")).then_refused("pip-stands-or-falls")
    restore = RestorePip(day, "pip-1", Instance.HIGHEST_COURT, "ECLI:1")
    under_the_act(*before).when(restore).then_refused("pip-stands-or-falls")
    assert under_the_act(*before, fell).when(restore).error is None
    again = AnnulPip(day, "pip-1", Instance.OBJECTION, "bezwaar 2")
    under_the_act(*before, fell).when(again).then_refused("pip-stands-or-falls")
    assert under_the_act(*before, fell).when(AnnulPip(day, "pip-1", Instance.COURT, "ECLI:2")).error is None
    revoked = PipRevoked(PIP_DATE + ONE_DAY, "pip-1", "Made again.")
    assert under_the_act(*before, revoked).when(AnnulPip(day, "pip-1", Instance.COURT, "ECLI:2")).error is None
    under_the_act(*before, revoked).when(RevokePip(day, "pip-1", "Again.")).then_refused("pip-stands-or-falls")


CHAIN: tuple[tuple[Fact, str | None], ...] = (
    (pip(date(2025, 5, 12), "pip-1", Z), "pip-1"),
    (PipAnnulled(date(2025, 8, 4), "pip-1", Instance.OBJECTION, "bezwaar"), None),
    (pip(date(2025, 9, 1), "pip-2", B1), "pip-2"),
    (PipAnnulled(date(2026, 3, 2), "pip-2", Instance.COURT, "ECLI:NL:RBDHA:1"), None),
    (pip(date(2026, 4, 7), "pip-3", Z), "pip-3"),
    (PipAnnulled(date(2026, 11, 9), "pip-3", Instance.COURT, "ECLI:NL:RBDHA:2"), None),
    (PipRestored(date(2027, 6, 15), "pip-2", Instance.HIGHEST_COURT, "ECLI:NL:RVS:1"), "pip-2"),
    (PipRestored(date(2027, 6, 16), "pip-3", Instance.HIGHEST_COURT, "ECLI:NL:RVS:2"), "pip-3"),
    (PipRevoked(date(2027, 9, 1), "pip-3", "Made again."), "pip-2"),
)
"""What was ruled on each day, and the key of the PIP in force from then on."""


@pytest.mark.parametrize("rulings", range(len(CHAIN)))
def test_R_TERM_03_a_chain_of_decisions_at_each_of_its_moments(rulings: int) -> None:
    """Annulled on objection, replaced, annulled by a court, replaced, annulled, and brought back by the highest court:
    another PIP is in force each time, and the term is that of the first one throughout."""
    told = [fact for fact, _ in CHAIN[: rulings + 1]]
    duty = after(*opened(), *told).duty
    in_force = CHAIN[rulings][1]
    assert (duty.pip.pip if duty.pip else None) == in_force
    assert duty.term is not None
    assert (duty.term.since, duty.term.until) == (date(2025, 5, 13), date(2028, 5, 13))


def test_R_TERM_03_the_chain_can_be_recorded_day_by_day() -> None:
    """Each step is a command that is allowed on its own day."""
    so_far = list[Fact](opened())
    for fact, _ in CHAIN:
        match fact:
            case PipDecided():
                command: object = deciding(fact)
            case PipAnnulled():
                command = AnnulPip(fact.on, fact.pip, fact.by, fact.ruling)
            case PipRestored():
                command = RestorePip(fact.on, fact.pip, fact.by, fact.ruling)
            case PipRevoked():
                command = RevokePip(fact.on, fact.pip, fact.reason)
            case _:
                raise AssertionError(fact)
        assert isinstance(command, deciding(pip()).__class__ | AnnulPip | RestorePip | RevokePip)
        under_the_act(*so_far).when(command, said_on=fact.on).then(fact)
        so_far.append(fact)


def test_R_PIP_01_what_was_in_force_is_asked_of_the_facts_until_that_day() -> None:
    """Also when a ruling is recorded years later: it stands on its own day."""
    record = history(*opened(), *(fact for fact, _ in reversed(CHAIN)))
    for fact, in_force in CHAIN:
        known = [one.fact for one in record.facts if one.fact.on <= fact.on]
        current = after(*known).duty.pip
        assert (current.pip if current else None) == in_force


def test_an_extension_is_of_a_term_and_makes_it_longer() -> None:
    extend = ExtendTerm(date(2027, 1, 11), date(2028, 11, 13), "A1", True)
    under_the_act(*opened()).when(extend).then_refused("extension-of-a-term")
    same = ExtendTerm(date(2027, 1, 11), date(2028, 5, 13), "A1", True)
    under_the_act(*opened(), pip()).when(same).then_refused("extension-of-a-term")
    assert under_the_act(*opened(), pip()).when(extend).error is None
