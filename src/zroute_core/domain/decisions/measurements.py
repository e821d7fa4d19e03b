"""Scores, and what the participants say themselves."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeAlias, assert_never

import attrs

from zroute_core.checking import AtLeastOne, EachOnce, checked
from zroute_core.domain.events import AssessmentRecorded, Happened, OwnJudgementGiven
from zroute_core.domain.programme import Programme
from zroute_core.domain.values import Answer, Key, Moment, Score


@attrs.frozen(field_transformer=checked)
class RecordAssessment:
    """Record the scores of one sitting; each becomes a fact of its own."""

    on: date
    instrument: Key
    version: Key
    moment: Moment
    scores: Annotated[tuple[Score, ...], AtLeastOne(), EachOnce("domain")]


@attrs.frozen(field_transformer=checked)
class GiveOwnJudgement:
    """Record what the participant says of the programme."""

    on: date
    moment: Moment
    understands_more: Answer
    content: Answer
    wants_to_go_on: Answer


MeasurementCommand: TypeAlias = RecordAssessment | GiveOwnJudgement


def propose_measurement(command: MeasurementCommand, programme: Programme) -> tuple[Happened, ...]:
    match command:
        case RecordAssessment(on, key, version, moment, scores):
            known = programme.instrument(key, version)
            lowest, highest = (known.lowest, known.highest) if known else (0, 0)
            return tuple(
                AssessmentRecorded(on, key, version, lowest, highest, one.domain, one.score, moment) for one in scores
            )
        case GiveOwnJudgement(on, moment, understands_more, content, wants_to_go_on):
            return (OwnJudgementGiven(on, moment, understands_more, content, wants_to_go_on),)
        case _:
            assert_never(command)
