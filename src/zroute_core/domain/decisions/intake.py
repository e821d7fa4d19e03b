"""Calls, the learning ability test, and what the PIP waits for."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeAlias, assert_never

import attrs

from zroute_core.checking import Whole, checked
from zroute_core.domain.act import LearningAbility, TestScore, WaiverGround
from zroute_core.domain.events import (
    Happened,
    IntakeCallMissed,
    LearningAbilityTested,
    LearningAbilityTestWaived,
    OutsideInformationReceived,
)


@attrs.frozen(field_transformer=checked)
class MissIntakeCall:
    """Record that a call for the intake was not answered."""

    on: date
    call: Annotated[int, Whole(1, 3)]


@attrs.frozen(field_transformer=checked)
class RecordLearningAbility:
    """Record the result of the learning ability test."""

    on: date
    result: LearningAbility
    score: TestScore | None = None
    needed: TestScore | None = None


@attrs.frozen(field_transformer=checked)
class WaiveLearningAbilityTest:
    """Record that the learning ability test is left out."""

    on: date
    ground: WaiverGround


@attrs.frozen(field_transformer=checked)
class ReceiveOutsideInformation:
    """Record that information from others came in."""

    on: date


IntakeCommand: TypeAlias = MissIntakeCall | RecordLearningAbility | WaiveLearningAbilityTest | ReceiveOutsideInformation


def propose_intake(command: IntakeCommand) -> tuple[Happened, ...]:
    match command:
        case MissIntakeCall(on, call):
            return (IntakeCallMissed(on, call),)
        case RecordLearningAbility(on, result, score, needed):
            return (LearningAbilityTested(on, result, score, needed),)
        case WaiveLearningAbilityTest(on, ground):
            return (LearningAbilityTestWaived(on, ground),)
        case ReceiveOutsideInformation(on):
            return (OutsideInformationReceived(on),)
        case _:
            assert_never(command)
