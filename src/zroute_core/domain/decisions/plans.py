"""The personalised plan and its agreements."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeAlias, assert_never

import attrs

from zroute_core.checking import EachOnce, checked
from zroute_core.domain.events import AgreementReviewed, Happened, PlanAdopted, PlanRevised
from zroute_core.domain.values import Agreement, Key, LearningGoal, Note, PlannedComponent

Goals = Annotated[tuple[LearningGoal, ...], EachOnce("key")]
Components = Annotated[tuple[PlannedComponent, ...], EachOnce("component", "provider")]
Agreements = Annotated[tuple[Agreement, ...], EachOnce("key")]


@attrs.frozen(field_transformer=checked)
class AdoptPlan:
    """Adopt the plan."""

    on: date
    goals: Goals
    components: Components
    agreements: Agreements = ()


@attrs.frozen(field_transformer=checked)
class RevisePlan:
    """Change the plan: all of it as it is from now on, and why."""

    on: date
    goals: Goals
    components: Components
    agreements: Agreements
    reason: Note = attrs.field(repr=False)


@attrs.frozen(field_transformer=checked)
class ReviewAgreement:
    """Record whether an agreement was kept."""

    on: date
    agreement: Key
    kept: bool


PlanCommand: TypeAlias = AdoptPlan | RevisePlan | ReviewAgreement


def propose_plan(command: PlanCommand) -> tuple[Happened, ...]:
    match command:
        case AdoptPlan(on, goals, components, agreements):
            return (PlanAdopted(on, goals, components, agreements),)
        case RevisePlan(on, goals, components, agreements, reason):
            return (PlanRevised(on, goals, components, agreements, reason),)
        case ReviewAgreement(on, agreement, kept):
            return (AgreementReviewed(on, agreement, kept),)
        case _:
            assert_never(command)
