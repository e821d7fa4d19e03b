"""Who has the duty, in which group, where, and since when it stands still or is over."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeAlias, assert_never

import attrs

from zroute_core.checking import Whole, checked
from zroute_core.domain.act import (
    DispensationGround,
    DispensationKind,
    DutyEndReason,
    ExamLevel,
    ExamPart,
    ExemptionCode,
    ExemptionKind,
    GroupChange,
)
from zroute_core.domain.events import (
    DispensationGranted,
    DutyEnded,
    DutyNotified,
    ExemptionGranted,
    ExemptionWithdrawn,
    Happened,
    MovedToMunicipality,
    TargetGroupChanged,
)
from zroute_core.domain.values import MunicipalityCode, TargetGroup


@attrs.frozen(field_transformer=checked)
class NotifyDuty:
    """Record DUO's notice of the duty; `registered_on` when the person came into the register (BRP) here later than
    that."""

    on: date
    duty_since: date
    registered_on: date | None = None


@attrs.frozen(field_transformer=checked)
class ChangeTargetGroup:
    """Change the target group from this day."""

    on: date
    target_group: TargetGroup
    cause: GroupChange


@attrs.frozen(field_transformer=checked)
class MoveToMunicipality:
    """Let another municipality go on from this day."""

    on: date
    municipality: MunicipalityCode


@attrs.frozen(field_transformer=checked)
class GrantExemption:
    """Record an exemption that DUO granted."""

    on: date
    kind: ExemptionKind
    code: ExemptionCode
    since: date | None = None
    until: date | None = None
    parts: tuple[ExamPart, ...] = ()
    level: ExamLevel | None = None


@attrs.frozen(field_transformer=checked)
class WithdrawExemption:
    """Record that the temporary exemption was withdrawn."""

    on: date


@attrs.frozen(field_transformer=checked)
class GrantDispensation:
    """Record a dispensation that DUO granted."""

    on: date
    kind: DispensationKind
    ground: DispensationGround
    participation_cap: Annotated[int, Whole(0, 9999)] | None = None
    parts: tuple[ExamPart, ...] = ()


@attrs.frozen(field_transformer=checked)
class EndDuty:
    """Record that the duty ended."""

    on: date
    reason: DutyEndReason


DutyCommand: TypeAlias = (
    NotifyDuty
    | ChangeTargetGroup
    | MoveToMunicipality
    | GrantExemption
    | WithdrawExemption
    | GrantDispensation
    | EndDuty
)


def propose_duty(command: DutyCommand) -> tuple[Happened, ...]:
    match command:
        case NotifyDuty(on, duty_since, registered_on):
            return (DutyNotified(on, duty_since, registered_on),)
        case ChangeTargetGroup(on, target_group, cause):
            return (TargetGroupChanged(on, target_group, cause),)
        case MoveToMunicipality(on, municipality):
            return (MovedToMunicipality(on, municipality),)
        case GrantExemption(on, kind, code, since, until, parts, level):
            return (ExemptionGranted(on, kind, code, since, until, parts, level),)
        case WithdrawExemption(on):
            return (ExemptionWithdrawn(on),)
        case GrantDispensation(on, kind, ground, participation_cap, parts):
            return (DispensationGranted(on, kind, ground, participation_cap, parts),)
        case EndDuty(on, reason):
            return (DutyEnded(on, reason),)
        case _:
            assert_never(command)
