"""What has a programme against this history?"""

from datetime import date
from functools import reduce
from uuid import UUID

import attrs
import pytest
from hypothesis import given, settings

from zroute_core.domain.act import LiteracyNeed, Route, Sanction
from zroute_core.domain.events import (
    Fact,
    GroupJoined,
    MovedToMunicipality,
    PipDecided,
    RuleOverridden,
    SanctionProposed,
)
from zroute_core.domain.history import History
from zroute_core.domain.national import PILOT, WI2021
from zroute_core.domain.values import TargetGroup
from zroute_core.errors import NotFound
from zroute_core.read_models.findings import Found, RuleCount, findings, include, of_all
from zroute_core.testing.drawn import LAST
from zroute_core.testing.samples import (
    ATTENDED,
    DAY,
    GROUP,
    INTAKE,
    INTAKE_UNDER_THE_ACT,
    LATER_DAY,
    OPENED,
    OPENED_UNDER_THE_ACT,
    PIP,
    START,
)
from zroute_core.testing.scenario import history
from zroute_core.testing.strategies import opened_histories

FINE_DAY = date(2024, 6, 3)
"""Before the ruling of 9 July 2025."""
FINE = SanctionProposed(FINE_DAY, "fine-1", Sanction.LATENESS_FINE, 340, "late")
FINED: tuple[Fact, ...] = (OPENED_UNDER_THE_ACT, INTAKE_UNDER_THE_ACT, PIP, FINE)


def rules_against(told: History, rulebook: date) -> list[str]:
    return [one.rule for one in findings(told.facts, WI2021, rulebook, rulebook).findings]


def test_a_ruling_that_reaches_back_speaks_from_the_day_it_is_known() -> None:
    """R-SAN-07: known from 18 February 2026, about proposals before 9 July 2025."""
    told = history(*FINED)
    assert rules_against(told, date(2026, 2, 17)) == []
    assert rules_against(told, date(2026, 2, 18)) == ["earlier-lateness-fines-reconsidered"]


def test_the_ruling_is_about_asylum_status_holders_only() -> None:
    family = attrs.evolve(OPENED_UNDER_THE_ACT, target_group=TargetGroup.FAMILY_OR_OTHER_MIGRANT)
    assert rules_against(history(family, *FINED[1:]), date(2026, 2, 18)) == []


def test_the_rulebook_may_be_of_another_day_than_the_day_asked_about() -> None:
    answer = findings(history(*FINED).facts, WI2021, date(2026, 2, 18), FINE_DAY)
    assert (answer.day, answer.rulebook, answer.facts) == (FINE_DAY, date(2026, 2, 18), 4)
    assert answer.by_rule == {"earlier-lateness-fines-reconsidered": 1}


def test_a_finding_says_what_where_and_which_rule() -> None:
    (found,) = findings(history(*FINED).facts, WI2021, date(2026, 2, 18), date(2026, 2, 18)).findings
    assert (found.event_id, found.on, found.tag) == (UUID(int=4), FINE_DAY, "sanction-proposed/1")
    assert found.fact == "Sanction proposed, not imposed: lateness fine, 340 euros. late"
    assert found.municipality == "0392"
    assert found.source.startswith("Raad van State 18 February 2026")
    assert found.sentence.nl.startswith("Ook een eerdere boete")
    assert (found.binding, found.overridden, found.reason, found.refuses) == (False, False, None, False)


def test_an_exception_stays_a_finding_with_its_reason() -> None:
    """18 months after 16 April 2024 is 16 October 2025 (R-SW-01)."""
    switch_day = date(2025, 10, 17)
    switch = PipDecided(switch_day, "pip-2", "0392", Route.B1, None, LiteracyNeed.NOT_APPLICABLE, None, tuple(Route))
    exception = RuleOverridden(switch_day, "switch-within-18-months", "new facts")
    without = findings(history(*FINED[:3], switch).facts, WI2021, switch_day, switch_day)
    (found,) = without.findings
    assert (found.rule, found.refuses) == ("switch-within-18-months", True)
    let_pass = findings(history(*FINED[:3], exception, switch).facts, WI2021, switch_day, switch_day)
    (found,) = let_pass.findings
    assert (found.binding, found.overridden, found.reason, found.refuses) == (True, True, "new facts", False)
    both = of_all(reduce(include, (without, let_pass), Found()), switch_day, switch_day)
    assert both.of(found.rule, "0392") == RuleCount(found.rule, "0392", findings=2, refusing=1, participants=2)


def test_under_another_programme_other_rules_object() -> None:
    told = history(OPENED, INTAKE, ATTENDED)
    assert findings(told.facts, PILOT, LATER_DAY, LATER_DAY).findings == ()
    # Opened under other rules, in a year in which the act was not there.
    under_the_act = findings(told.facts, WI2021, LATER_DAY, LATER_DAY)
    assert under_the_act.by_rule == {"opens-once": 1}


def test_before_the_opening_there_is_nothing_to_judge() -> None:
    with pytest.raises(NotFound):
        findings((), PILOT, DAY, DAY)


def test_everybody_together_is_counted_by_rule_and_municipality() -> None:
    """Two groups of nine are two findings of one person; whoever moved has one in each municipality."""
    large = [GroupJoined(DAY, attrs.evolve(GROUP, key=key), 9) for key in ("a", "b")]
    late = GroupJoined(date(2024, 6, 3), attrs.evolve(GROUP, key="b"), 9)
    moved = MovedToMunicipality(date(2024, 6, 1), "0153")
    people = [
        (PILOT, history(OPENED, INTAKE, *large)),
        (PILOT, history(OPENED, INTAKE)),
        (
            WI2021,
            history(
                OPENED_UNDER_THE_ACT,
                INTAKE_UNDER_THE_ACT,
                attrs.evolve(large[0], on=OPENED_UNDER_THE_ACT.on),
                moved,
                late,
            ),
        ),
    ]
    found = reduce(include, (findings(told.facts, programme, LAST, LATEST) for programme, told in people), Found())
    table = of_all(found, LAST, LATEST)
    assert (table.participants, table.with_findings) == (3, 2)
    assert table.programmes == {PILOT.name: 2, WI2021.name: 1}
    assert table.of("group-size") == RuleCount("group-size", None, 4, 0, 2)
    assert table.of("group-size", "0392") == RuleCount("group-size", "0392", 3, 0, 2)
    assert table.of("group-size", "0153") == RuleCount("group-size", "0153", 1, 0, 1)
    assert table.of("intake-first") == RuleCount("intake-first", None, 0, 0, 0)
    assert table.counts[0].municipality is None


LATEST = date(2024, 12, 31)


lawful = opened_histories(WI2021)


@given(lawful)
@settings(max_examples=50)
def test_a_lawful_history_has_nothing_that_refuses_under_its_own_rulebook(told: History) -> None:
    """`decide` let it through by the rules of its days; the rules of the last of those days find nothing binding."""
    answer = findings(told.facts, WI2021, LAST, LAST)
    assert [one for one in answer.findings if one.refuses] == []
    assert sum(answer.by_rule.values()) == len(answer.findings)


@given(lawful)
@settings(max_examples=25)
def test_a_rule_that_is_published_later_changes_no_earlier_finding(told: History) -> None:
    published = tuple(one for one in WI2021.policies if one.published <= LAST)
    today = findings(told.facts, WI2021, LAST, LAST)
    assert findings(told.facts, attrs.evolve(WI2021, policies=published), LAST, LAST) == today


def test_nothing_of_the_answer_shows_what_people_wrote_in_a_repr() -> None:
    told = history(OPENED, INTAKE, RuleOverridden(START, "switch-within-18-months", "secret words"))
    assert "secret" not in repr(findings(told.facts, PILOT, DAY, DAY))
