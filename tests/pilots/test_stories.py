"""The stories agree with themselves: what was planned for somebody is what happened to them."""

from collections.abc import Iterator
from fractions import Fraction
from uuid import UUID

import pytest

import zroute_core
from zroute_core import Actor, Trajectories
from zroute_core.domain.decisions import OpenTrajectory
from zroute_core.domain.events import ActivityAttended, CoachingHeld, LessonAttended
from zroute_core.domain.instruments import PILOT_LANGUAGE, PILOT_SELF_RELIANCE
from zroute_core.domain.values import Component, EndReason, Modality
from zroute_core.pilots import EVALUATED_ON, PROGRAMMES, made_up, record_all
from zroute_core.read_models.plan import AgreementState, Plan
from zroute_core.testing.samples import COMMAND_SAMPLES, PERSON

Place = tuple[Component, str | None]

PEOPLE = {"0753": 12, "1952": 16, "0153": 17, "0453": 17, "1945": 16, "0392": 17}


@pytest.fixture(scope="module")
def pilots() -> Iterator[Trajectories]:
    with record_all() as trajectories:
        yield trajectories


@pytest.fixture(scope="module")
def plans(pilots: Trajectories) -> dict[UUID, tuple[str, Plan]]:
    return {one.id: (one.municipality, pilots.plan(one.id, valid_on=EVALUATED_ON)) for one in pilots.participants()}


def test_the_people_are_95_and_marked_as_made_up(pilots: Trajectories) -> None:
    assert pilots.cohort().by_municipality == PEOPLE
    assert sum(PEOPLE.values()) == 95
    assert made_up(pilots)


def test_other_people_are_not_taken_for_made_up() -> None:
    with zroute_core.open("memory:", programme=PROGRAMMES) as trajectories:
        assert not made_up(trajectories)
        trajectories.handle(PERSON, COMMAND_SAMPLES[OpenTrajectory], by=Actor("teacher-7", "z-route"))
        assert not made_up(trajectories)


def test_the_figures_of_the_factsheet_come_out(pilots: Trajectories) -> None:
    """370 points over 84 people and 5 skills, 241 over 84 people and 7 domains."""
    cohort = pilots.cohort(valid_on=EVALUATED_ON)
    language, self_reliance = cohort.mean(PILOT_LANGUAGE), cohort.mean(PILOT_SELF_RELIANCE)
    assert (language.n, self_reliance.n) == (84, 84)
    assert (language.change, self_reliance.change) == (Fraction(370, 84 * 5), Fraction(241, 84 * 7))
    changes = {one: cohort.mean(PILOT_LANGUAGE, domain=one).change or 0 for one in PILOT_LANGUAGE.domains}
    assert min(changes[one] for one in ("listening", "conversation", "speaking")) > max(
        changes[one] for one in ("reading", "writing")
    )


def test_what_was_followed_was_planned_for_this_person(plans: dict[UUID, tuple[str, Plan]]) -> None:
    for _, plan in plans.values():
        ever: set[Place] = {(one.component, one.provider) for change in plan.changes for one in change.dropped}
        for line in plan.components:
            assert line.planned_minutes_a_week is not None or (line.component, line.provider) in ever


def test_what_stands_in_the_plan_with_a_rhythm_was_followed(plans: dict[UUID, tuple[str, Plan]]) -> None:
    """Absences and weeks without lessons leave some half of it or more, over the people of one municipality."""
    ratios: dict[tuple[str, Component, str | None], list[float]] = {}
    for municipality, plan in plans.values():
        for line in plan.components:
            if line.planned_minutes_a_week and ((plan.ended_on or EVALUATED_ON) - line.since).days >= 12 * 7:
                assert line.realised_minutes_a_week > 0
                ratio = line.realised_minutes_a_week / line.planned_minutes_a_week
                ratios.setdefault((municipality, line.component, line.provider), []).append(ratio)
    means = {place: sum(some) / len(some) for place, some in ratios.items()}
    assert {place: mean for place, mean in means.items() if not 0.4 <= mean <= 1} == {}


def test_a_provider_that_gives_something_stands_in_the_offer(plans: dict[UUID, tuple[str, Plan]]) -> None:
    offers = {
        programme.municipality: {(one.component, one.provider) for one in programme.offer} for programme in PROGRAMMES
    }
    for municipality, plan in plans.values():
        assert {(one.component, one.provider) for one in plan.components} <= offers[municipality]


def test_no_agreement_is_due_after_the_end_and_most_are_reviewed(plans: dict[UUID, tuple[str, Plan]]) -> None:
    last = {code: max(plan.ended_on or EVALUATED_ON for at, plan in plans.values() if at == code) for code in PEOPLE}
    agreed = [(at, one) for at, plan in plans.values() for one in plan.agreements]
    assert all(one.due is not None and one.due < last[at] for at, one in agreed)
    open_ones = [one for _, one in agreed if one.state not in {AgreementState.KEPT, AgreementState.NOT_KEPT}]
    assert len(open_ones) < len(agreed) * 0.15


def test_whoever_leaves_lets_go_of_the_language_buddy(plans: dict[UUID, tuple[str, Plan]]) -> None:
    matched = [(plan.ended_on, buddy.until) for _, plan in plans.values() for buddy in plan.language_buddies]
    assert len(matched) == 16 + 6
    assert all(ended == until for ended, until in matched)


def test_berg_en_dal_gives_everybody_at_least_two_participation_activities(
    plans: dict[UUID, tuple[str, Plan]],
) -> None:
    for municipality, plan in plans.values():
        if municipality == "1945":
            common = {Component.LANGUAGE, Component.LANGUAGE_BUDDY, Component.COACHING}
            assert len([one for one in plan.components if one.component not in common]) >= 2


def test_in_velsen_everything_took_place_online(pilots: Trajectories) -> None:
    for person in pilots.participants():
        if person.municipality == "0453":
            for entry in pilots.history(person.id):
                match entry.event:
                    case LessonAttended(lesson=it):
                        assert it.modality is Modality.ONLINE
                    case ActivityAttended(activity=it):
                        assert it.modality is Modality.ONLINE
                    case CoachingHeld(modality=modality):
                        assert modality is Modality.ONLINE
                    case _:
                        pass


def test_eleven_left_early_each_with_a_reason(pilots: Trajectories) -> None:
    ended = pilots.cohort(valid_on=EVALUATED_ON).ended
    assert ended[EndReason.COMPLETED] == 84
    assert sum(ended.values()) == 95
