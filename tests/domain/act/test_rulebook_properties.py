"""What holds for every rule and every lawful history: the days a rule speaks of, and the day it became known."""

from datetime import date, timedelta

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from zroute_core.domain.decisions import judge
from zroute_core.domain.events import Happened, RuleOverridden
from zroute_core.domain.history import History
from zroute_core.domain.national import WI2021
from zroute_core.domain.policies import ACT_POLICIES
from zroute_core.domain.programme import Policy, Programme
from zroute_core.domain.trajectory import EMPTY, fold
from zroute_core.testing.drawn import LAST
from zroute_core.testing.samples import FACT_SAMPLES
from zroute_core.testing.strategies import lawful_histories

ONE_DAY = timedelta(days=1)
histories = lawful_histories(WI2021, max_size=12)
few = settings(max_examples=25)
day_of_the_rulebook = st.dates(date(2021, 1, 1), date(2030, 1, 1))
dated = st.sampled_from([one for one in ACT_POLICIES if one.since > date.min or one.until is not None])


def outside(policy: Policy) -> st.SearchStrategy[date]:
    """Days before the rule began, and days on or after its end."""
    ways = []
    if policy.since > date.min:
        ways.append(st.dates(date(1950, 1, 1), policy.since - ONE_DAY))
    if policy.until is not None:
        ways.append(st.dates(policy.until, date(2150, 1, 1)))
    return st.one_of(ways)


def findings(
    history: History, programme: Programme, rulebook: date, said_on: date = LAST
) -> list[tuple[Happened, str, bool]]:
    """Of each: the fact, the rule, and whether it refuses."""
    judged = judge(history.facts, programme, said_on, rulebook=rulebook)
    return [(entry.fact, objection.rule, objection.refuses) for entry, objection in judged]


def never(policy: Policy) -> Policy:
    """The same rule with nothing that upholds it."""
    return attrs.evolve(policy, upheld=lambda *_: False)


@few
@given(histories, dated, st.data())
def test_a_rule_that_is_not_valid_never_speaks(history: History, policy: Policy, data: st.DataObject) -> None:
    """Even when nothing upholds it."""
    on = data.draw(outside(policy))
    facts = [one.fact for one in history.facts]
    fact = attrs.evolve(data.draw(st.sampled_from([*facts, *FACT_SAMPLES.values()])), on=on)
    assert policy(fact, history.trajectory, WI2021, LAST) is None
    assert never(policy)(fact, history.trajectory, WI2021, LAST) is None


@given(dated)
def test_it_speaks_on_its_first_and_its_last_day(policy: Policy) -> None:
    some = next(iter(FACT_SAMPLES.values()))
    if policy.since > date.min:
        assert never(policy)(attrs.evolve(some, on=policy.since), EMPTY, WI2021, LAST) is not None
    if policy.until is not None:
        last = attrs.evolve(some, on=policy.until - ONE_DAY)
        assert never(policy)(last, EMPTY, WI2021, LAST) is not None


@few
@given(histories, day_of_the_rulebook, st.data())
def test_a_rule_published_later_changes_no_finding_of_an_earlier_day(
    history: History, rulebook: date, data: st.DataObject
) -> None:
    """Also when it reaches back to every fact there is."""
    published = data.draw(st.dates(min_value=rulebook + ONE_DAY))
    reaching_back = attrs.evolve(
        never(data.draw(st.sampled_from(ACT_POLICIES))), rule="later", since=date.min, until=None, published=published
    )
    wider = attrs.evolve(WI2021, policies=(*WI2021.policies, reaching_back))
    assert findings(history, wider, rulebook) == findings(history, WI2021, rulebook)
    known = [rule for _, rule, _ in findings(history, wider, published)]
    assert known.count("later") == len(history.facts)


@few
@given(histories)
def test_what_was_let_through_has_no_refusing_finding_by_the_rules_of_its_recording(history: History) -> None:
    """Without exceptions nothing binding is found; with one, only what it let pass."""
    found = findings(history, WI2021, rulebook=LAST)
    assert [one for one in found if one[2]] == []
    judged = judge(history.facts, WI2021, LAST, rulebook=LAST)
    let_pass = {objection.rule for _, objection in judged if objection.binding}
    assert let_pass <= {one.fact.rule for one in history.facts if isinstance(one.fact, RuleOverridden)}


@few
@given(histories, day_of_the_rulebook)
def test_findings_by_another_rulebook_change_no_history(history: History, rulebook: date) -> None:
    findings(history, WI2021, rulebook)
    assert fold(one.fact for one in history.facts) == history.trajectory


@few
@given(histories, day_of_the_rulebook, day_of_the_rulebook)
def test_the_findings_of_an_earlier_rulebook_are_among_those_of_a_later_one(
    history: History, one_day: date, another: date
) -> None:
    """But for an exception to a rule that was published in between: the earlier rulebook does not know that rule."""
    earlier, later = sorted((one_day, another))
    published_between = {one.rule for one in WI2021.policies if earlier < one.published <= later}
    known = findings(history, WI2021, later)
    for fact, rule, refuses in findings(history, WI2021, earlier):
        if (fact, rule, refuses) not in known:
            assert rule == "override-of-a-known-rule"
            assert isinstance(fact, RuleOverridden)
            assert fact.rule in published_between
