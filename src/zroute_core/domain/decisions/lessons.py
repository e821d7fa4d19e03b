"""Lessons and homework."""

from __future__ import annotations

from datetime import date
from typing import TypeAlias, assert_never

import attrs

from zroute_core.checking import checked
from zroute_core.domain.events import (
    Happened,
    HomeworkHandedIn,
    LessonAttended,
    LessonCancelled,
    LessonMissed,
)
from zroute_core.domain.values import AbsenceReason, CancellationReason, Key, Lesson, Line


@attrs.frozen(field_transformer=checked)
class AttendLesson:
    """Record that the participant followed a lesson."""

    on: date
    lesson: Lesson


@attrs.frozen(field_transformer=checked)
class MissLesson:
    """Record that the participant was not there."""

    on: date
    lesson: Lesson
    reason: AbsenceReason


@attrs.frozen(field_transformer=checked)
class CancelLesson:
    """Record that the lesson did not take place."""

    on: date
    lesson: Lesson
    reason: CancellationReason


@attrs.frozen(field_transformer=checked)
class HandInHomework:
    """Record that homework (huiswerkopdracht) was handed in."""

    on: date
    homework: Key
    theme: Line | None = None


LessonCommand: TypeAlias = AttendLesson | MissLesson | CancelLesson | HandInHomework


def propose_lesson(command: LessonCommand) -> tuple[Happened, ...]:
    match command:
        case AttendLesson(on, lesson):
            return (LessonAttended(on, lesson),)
        case MissLesson(on, lesson, reason):
            return (LessonMissed(on, lesson, reason),)
        case CancelLesson(on, lesson, reason):
            return (LessonCancelled(on, lesson, reason),)
        case HandInHomework(on, homework, theme):
            return (HomeworkHandedIn(on, homework, theme),)
        case _:
            assert_never(command)
