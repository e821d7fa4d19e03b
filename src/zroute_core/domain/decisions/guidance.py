"""The people and groups around the participant."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeAlias, assert_never

import attrs

from zroute_core.checking import Whole, checked
from zroute_core.domain.events import (
    CoachingHeld,
    GroupFormed,
    GroupJoined,
    GroupLeft,
    GuideAssigned,
    GuideReleased,
    Happened,
    LanguageBuddyLeft,
    LanguageBuddyMatched,
)
from zroute_core.domain.values import EndReason, Group, Guide, Key, Line, Minutes, Modality


@attrs.frozen(field_transformer=checked)
class AssignGuide:
    """Give the participant a fixed contact (vast aanspreekpunt) from this day."""

    on: date
    guide: Guide


@attrs.frozen(field_transformer=checked)
class ReleaseGuide:
    """The guide is no longer the contact from this day."""

    on: date
    guide: Key


@attrs.frozen(field_transformer=checked)
class MatchLanguageBuddy:
    """Match a language buddy (taalmaatje)."""

    on: date
    buddy: Key


@attrs.frozen(field_transformer=checked)
class EndLanguageBuddyMatch:
    """End the match."""

    on: date
    buddy: Key
    reason: EndReason


@attrs.frozen(field_transformer=checked)
class HoldCoaching:
    """Record a one to one talk."""

    on: date
    session: Key
    coach: Line
    minutes: Minutes
    modality: Modality
    theme: Line | None = None


@attrs.frozen(field_transformer=checked)
class JoinGroup:
    """Come into a group; `founding` when it is formed with this participant in it."""

    on: date
    group: Group
    size: Annotated[int, Whole(1, 100)]
    founding: bool = False


@attrs.frozen(field_transformer=checked)
class LeaveGroup:
    """Leave the group."""

    on: date
    group: Key
    reason: EndReason


GuidanceCommand: TypeAlias = (
    AssignGuide | ReleaseGuide | MatchLanguageBuddy | EndLanguageBuddyMatch | HoldCoaching | JoinGroup | LeaveGroup
)


def propose_guidance(command: GuidanceCommand) -> tuple[Happened, ...]:
    match command:
        case AssignGuide(on, guide):
            return (GuideAssigned(on, guide),)
        case ReleaseGuide(on, guide_key):
            return (GuideReleased(on, guide_key),)
        case MatchLanguageBuddy(on, buddy):
            return (LanguageBuddyMatched(on, buddy),)
        case EndLanguageBuddyMatch(on, buddy, reason):
            return (LanguageBuddyLeft(on, buddy, reason),)
        case HoldCoaching(on, session, coach, minutes, modality, theme):
            return (CoachingHeld(on, session, coach, minutes, modality, theme),)
        case JoinGroup(on, group, size, founding):
            return (GroupFormed(on, group, size) if founding else GroupJoined(on, group, size),)
        case LeaveGroup(on, group_key, reason):
            return (GroupLeft(on, group_key, reason),)
        case _:
            assert_never(command)
