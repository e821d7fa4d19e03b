"""Opening, intake, interruption and end of a trajectory."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeAlias, assert_never

import attrs

from zroute_core.checking import AtLeastOne, EachOnce, checked
from zroute_core.domain.events import (
    Happened,
    IntakeHeld,
    TrajectoryEnded,
    TrajectoryInterrupted,
    TrajectoryOpened,
    TrajectoryResumed,
)
from zroute_core.domain.values import (
    EndReason,
    IntakePart,
    InterruptionReason,
    LearningGoal,
    MunicipalityCode,
    Regime,
    TargetGroup,
)


@attrs.frozen(field_transformer=checked)
class OpenTrajectory:
    """Open a trajectory for a participant of this municipality."""

    on: date
    municipality: MunicipalityCode
    target_group: TargetGroup
    regime: Regime


@attrs.frozen(field_transformer=checked)
class HoldIntake:
    """Record that the broad intake (brede intake) was held."""

    on: date
    parts: Annotated[tuple[IntakePart, ...], AtLeastOne(), EachOnce("value")]
    goals: Annotated[tuple[LearningGoal, ...], EachOnce("key")] = ()


@attrs.frozen(field_transformer=checked)
class InterruptTrajectory:
    """Let the trajectory stand still from this day."""

    on: date
    reason: InterruptionReason


@attrs.frozen(field_transformer=checked)
class ResumeTrajectory:
    """Let the trajectory go on from this day."""

    on: date


@attrs.frozen(field_transformer=checked)
class EndTrajectory:
    """End the trajectory."""

    on: date
    reason: EndReason


LifecycleCommand: TypeAlias = OpenTrajectory | HoldIntake | InterruptTrajectory | ResumeTrajectory | EndTrajectory


def propose_lifecycle(command: LifecycleCommand) -> tuple[Happened, ...]:
    match command:
        case OpenTrajectory(on, municipality, target_group, regime):
            return (TrajectoryOpened(on, municipality, target_group, regime),)
        case HoldIntake(on, parts, goals):
            return (IntakeHeld(on, parts, goals),)
        case InterruptTrajectory(on, reason):
            return (TrajectoryInterrupted(on, reason),)
        case ResumeTrajectory(on):
            return (TrajectoryResumed(on),)
        case EndTrajectory(on, reason):
            return (TrajectoryEnded(on, reason),)
        case _:
            assert_never(command)
