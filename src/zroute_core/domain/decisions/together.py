"""Commands for many participants at once: one transaction over all their histories, all or none.

Each names at least one participant, and each participant once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypeAlias
from uuid import UUID

import attrs

from zroute_core.checking import checked
from zroute_core.domain.decisions.guidance import JoinGroup
from zroute_core.domain.decisions.lessons import AttendLesson, CancelLesson, MissLesson
from zroute_core.domain.decisions.participation import AttendActivity, CancelActivity, MissActivity
from zroute_core.domain.values import AbsenceReason, Activity, CancellationReason, Group, Lesson
from zroute_core.errors import InvalidIdentifier


@attrs.frozen(field_transformer=checked)
class Absent:
    """A participant who was expected, and why they were not there."""

    participant: UUID
    reason: AbsenceReason


@attrs.frozen(field_transformer=checked)
class HoldGroupLesson:
    """Record a lesson for everybody in it: who was there, and who was not."""

    on: date
    lesson: Lesson
    present: tuple[UUID, ...]
    absent: tuple[Absent, ...] = ()

    def __attrs_post_init__(self) -> None:
        _each_once((*self.present, *(one.participant for one in self.absent)), "HoldGroupLesson")

    def each(self) -> Mapping[UUID, AttendLesson | MissLesson]:
        attended = {one: AttendLesson(self.on, self.lesson) for one in self.present}
        missed = {one.participant: MissLesson(self.on, self.lesson, one.reason) for one in self.absent}
        return {**attended, **missed}


@attrs.frozen(field_transformer=checked)
class HoldGroupActivity:
    """Record an activity for everybody in it: who was there, and who was not."""

    on: date
    activity: Activity
    present: tuple[UUID, ...]
    absent: tuple[Absent, ...] = ()

    def __attrs_post_init__(self) -> None:
        _each_once((*self.present, *(one.participant for one in self.absent)), "HoldGroupActivity")

    def each(self) -> Mapping[UUID, AttendActivity | MissActivity]:
        attended = {one: AttendActivity(self.on, self.activity) for one in self.present}
        missed = {one.participant: MissActivity(self.on, self.activity, one.reason) for one in self.absent}
        return {**attended, **missed}


@attrs.frozen(field_transformer=checked)
class CancelGroupLesson:
    """Record for everybody expected that the lesson did not take place."""

    on: date
    lesson: Lesson
    expected: tuple[UUID, ...]
    reason: CancellationReason

    def __attrs_post_init__(self) -> None:
        _each_once(self.expected, "CancelGroupLesson")

    def each(self) -> Mapping[UUID, CancelLesson]:
        return dict.fromkeys(self.expected, CancelLesson(self.on, self.lesson, self.reason))


@attrs.frozen(field_transformer=checked)
class CancelGroupActivity:
    """Record for everybody expected that the activity did not take place."""

    on: date
    activity: Activity
    expected: tuple[UUID, ...]
    reason: CancellationReason

    def __attrs_post_init__(self) -> None:
        _each_once(self.expected, "CancelGroupActivity")

    def each(self) -> Mapping[UUID, CancelActivity]:
        return dict.fromkeys(self.expected, CancelActivity(self.on, self.activity, self.reason))


@attrs.frozen(field_transformer=checked)
class FormGroup:
    """Form a group of these participants."""

    on: date
    group: Group
    members: tuple[UUID, ...]

    def __attrs_post_init__(self) -> None:
        _each_once(self.members, "FormGroup")

    def each(self) -> Mapping[UUID, JoinGroup]:
        return dict.fromkeys(self.members, JoinGroup(self.on, self.group, len(self.members), founding=True))


GroupCommand: TypeAlias = HoldGroupLesson | HoldGroupActivity | CancelGroupLesson | CancelGroupActivity | FormGroup


def _each_once(participants: Sequence[UUID], command: str) -> None:
    if not participants:
        raise InvalidIdentifier("name at least one participant", field=command)
    if len(set(participants)) != len(participants):
        raise InvalidIdentifier("name each participant once", field=command)
