"""PVT, MAP and examinations."""

from __future__ import annotations

from datetime import date
from typing import TypeAlias, assert_never

import attrs

from zroute_core.checking import checked
from zroute_core.domain.act import ExamLevel, ExamPart, MapTheme
from zroute_core.domain.events import (
    ExamTaken,
    Happened,
    MapHoursLogged,
    MapInterviewHeld,
    MapThemeCovered,
    ParticipationDeclarationSigned,
    PvtSessionAttended,
)
from zroute_core.domain.values import Key, Minutes


@attrs.frozen(field_transformer=checked)
class AttendPvtSession:
    """Record a session of the PVT."""

    on: date
    session: Key
    minutes: Minutes


@attrs.frozen(field_transformer=checked)
class SignParticipationDeclaration:
    """Record that the participation declaration was signed."""

    on: date


@attrs.frozen(field_transformer=checked)
class LogMapHours:
    """Record practical hours of the MAP."""

    on: date
    log: Key
    minutes: Minutes


@attrs.frozen(field_transformer=checked)
class CoverMapTheme:
    """Record that a theme of the MAP was dealt with."""

    on: date
    theme: MapTheme


@attrs.frozen(field_transformer=checked)
class HoldMapInterview:
    """Record the final interview of the MAP."""

    on: date
    sufficient: bool


@attrs.frozen(field_transformer=checked)
class TakeExam:
    """Record an examination."""

    on: date
    exam: Key
    part: ExamPart
    level: ExamLevel | None
    passed: bool


ModulesCommand: TypeAlias = (
    AttendPvtSession | SignParticipationDeclaration | LogMapHours | CoverMapTheme | HoldMapInterview | TakeExam
)


def propose_modules(command: ModulesCommand) -> tuple[Happened, ...]:
    match command:
        case AttendPvtSession(on, session, minutes):
            return (PvtSessionAttended(on, session, minutes),)
        case SignParticipationDeclaration(on):
            return (ParticipationDeclarationSigned(on),)
        case LogMapHours(on, log, minutes):
            return (MapHoursLogged(on, log, minutes),)
        case CoverMapTheme(on, theme):
            return (MapThemeCovered(on, theme),)
        case HoldMapInterview(on, sufficient):
            return (MapInterviewHeld(on, sufficient),)
        case TakeExam(on, exam, part, level, passed):
            return (ExamTaken(on, exam, part, level, passed),)
        case _:
            assert_never(command)
