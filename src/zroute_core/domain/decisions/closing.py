"""Interviews on the way, completion and certificate."""

from __future__ import annotations

from datetime import date
from typing import TypeAlias, assert_never

import attrs

from zroute_core.checking import checked
from zroute_core.domain.events import (
    CertificateHandedOut,
    FinalInterviewHeld,
    Happened,
    ProgressInterviewHeld,
    RouteCompleted,
)
from zroute_core.domain.values import Key


@attrs.frozen(field_transformer=checked)
class HoldProgressInterview:
    """Record a progress interview."""

    on: date
    interview: Key


@attrs.frozen(field_transformer=checked)
class HoldFinalInterview:
    """Record the final interview."""

    on: date


@attrs.frozen(field_transformer=checked)
class CompleteRoute:
    """Complete the Z-route."""

    on: date


@attrs.frozen(field_transformer=checked)
class HandOutCertificate:
    """Record that the certificate was handed out."""

    on: date


ClosingCommand: TypeAlias = HoldProgressInterview | HoldFinalInterview | CompleteRoute | HandOutCertificate


def propose_closing(command: ClosingCommand) -> tuple[Happened, ...]:
    match command:
        case HoldProgressInterview(on, interview):
            return (ProgressInterviewHeld(on, interview),)
        case HoldFinalInterview(on):
            return (FinalInterviewHeld(on),)
        case CompleteRoute(on):
            return (RouteCompleted(on),)
        case HandOutCertificate(on):
            return (CertificateHandedOut(on),)
        case _:
            assert_never(command)
