"""Saying that the record was wrong."""

from __future__ import annotations

from datetime import date
from typing import TypeAlias, assert_never
from uuid import UUID

import attrs

from zroute_core.checking import checked
from zroute_core.domain.events import Correction, FactCorrected, FactRetracted, Happened
from zroute_core.domain.history import History
from zroute_core.domain.values import Note
from zroute_core.errors import NotFound


@attrs.frozen(field_transformer=checked)
class CorrectFact:
    """Say how it really was. `fact` is the event id of the entry that tells it wrongly."""

    on: date
    fact: UUID
    replacement: Happened
    reason: Note = attrs.field(repr=False)


@attrs.frozen(field_transformer=checked)
class RetractFact:
    """Say that it never happened. `fact` is the event id of the entry that says it did."""

    on: date
    fact: UUID
    reason: Note = attrs.field(repr=False)


CorrectionCommand: TypeAlias = CorrectFact | RetractFact


def propose_correction(command: CorrectionCommand, history: History) -> tuple[Correction, ...]:
    """Raises NotFound when the history has no such entry."""
    if command.fact not in {entry.event_id for entry in history.entries}:
        raise NotFound("there is no such entry in this history: name the event id of an entry", field="fact")
    match command:
        case CorrectFact(on, fact, replacement, reason):
            return (FactCorrected(on, fact, replacement, reason),)
        case RetractFact(on, fact, reason):
            return (FactRetracted(on, fact, reason),)
        case _:
            assert_never(command)
