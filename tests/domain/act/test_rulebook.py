"""The rules as values."""

import importlib
import re
from datetime import date

import attrs
import pytest

from zroute_core.domain.national import PILOT, WI2021
from zroute_core.domain.policies import ACT_KEEPERS, ACT_POLICIES, FIRST_POLICIES
from zroute_core.domain.programme import Evidence, Keeper, Policy
from zroute_core.domain.rulebook import DEFINITIONS, Force, Rule, rule_of, rulebook

RULES = rulebook(WI2021)
APPLIED = [one for one in RULES if one.where]


def resolved(dotted: str) -> object:
    """What stands under this name: a module, and attributes of it."""
    parts = dotted.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for name in parts[cut:]:
            fields = [one.name for one in attrs.fields(found)] if isinstance(found, type) and attrs.has(found) else []
            found = name if name in fields else getattr(found, name)
        return found
    raise LookupError(dotted)


@pytest.mark.parametrize("rule", APPLIED, ids=lambda rule: rule.id)
def test_what_applies_a_rule_exists(rule: Rule) -> None:
    found = resolved(rule.where)
    if rule.force in {Force.BINDING, Force.ADVISORY}:
        assert isinstance(found, Policy | Keeper)
        assert found.rule == rule.id


def test_a_name_that_is_not_there_is_noticed() -> None:
    with pytest.raises(AttributeError):
        resolved("zroute_core.domain.duty.Duty.no_such_thing")


def test_one_rule_for_each_policy_and_the_definitions_of_the_act() -> None:
    applied = [one.rule for one in ACT_POLICIES] + [one.rule for one in ACT_KEEPERS]
    assert [one.id for one in RULES] == applied + [one.id for one in DEFINITIONS]
    assert [one.id for one in rulebook(PILOT)] == [one.rule for one in FIRST_POLICIES]
    assert len({one.id for one in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_is_told_in_two_languages_with_its_source(rule: Rule) -> None:
    """Compact rule 27."""
    assert rule.source
    assert rule.sentence.nl.endswith(".")
    assert rule.sentence.en.endswith(".")
    assert rule.sentence.nl != rule.sentence.en


def test_what_nobody_could_verify_is_there_and_applied_by_nothing() -> None:
    remembered = [one for one in RULES if one.evidence is Evidence.MEMORY]
    assert len(remembered) >= 8
    assert all(one.force is Force.NOT_APPLIED for one in remembered)
    assert {one.id for one in RULES if not one.where} == {one.id for one in RULES if one.force is Force.NOT_APPLIED}


def test_a_programme_that_made_a_rule_advisory_says_so() -> None:
    softer = [attrs.evolve(one, binding=False) if one.evidence is Evidence.SECONDARY else one for one in ACT_POLICIES]
    forces = {one.id: one.force for one in rulebook(attrs.evolve(WI2021, policies=tuple(softer)))}
    assert forces["switch-within-18-months"] is Force.ADVISORY
    assert forces["z-route-carries-no-level"] is Force.BINDING


def test_R_SAN_07_known_later_than_in_force() -> None:
    reaching_back = next(one for one in RULES if one.id == "earlier-lateness-fines-reconsidered")
    assert reaching_back.in_force_on(date(2025, 7, 8))
    assert not reaching_back.in_force_on(date(2025, 7, 9))
    assert not reaching_back.known_on(date(2026, 2, 17))
    assert reaching_back.known_on(date(2026, 2, 18))


def test_a_rule_without_a_first_day_holds_always() -> None:
    opens_once = rule_of(ACT_POLICIES[0])
    assert (opens_once.since, opens_once.until, opens_once.published) == (None, None, None)
    assert opens_once.in_force_on(date.min)
    assert opens_once.known_on(date.min)


@pytest.mark.parametrize("rule", DEFINITIONS, ids=lambda rule: rule.id)
def test_a_definition_goes_by_the_id_of_our_reading_of_the_law(rule: Rule) -> None:
    if rule.force is Force.DEFINITION:
        assert re.fullmatch(r"(R-[A-Z]+|B)-\d+", rule.id)
