"""What an auditor asks: what the rules have against a record, what other rules would mean, what differs, and why.

Each question may name another programme than the participant's own, and the day on which its rules were known
(`rulebook`): the day that is asked about when left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import cast
from uuid import UUID

from zroute_core.domain.events import Fact, TrajectoryOpened
from zroute_core.domain.history import History, InForce
from zroute_core.domain.programme import Programme
from zroute_core.domain.trajectory import fold
from zroute_core.errors import (
    InvalidChoice,
    InvalidInput,
)
from zroute_core.histories import Histories, a_day, facts_on
from zroute_core.kernel.log import Recorded
from zroute_core.read_models import findings as found
from zroute_core.read_models import what_if as weighed
from zroute_core.read_models.diff import Diff, Point, Side, diff
from zroute_core.read_models.findings import Findings, FindingsOfAll, findings
from zroute_core.read_models.plan import plan
from zroute_core.read_models.progress import progress
from zroute_core.read_models.timeline import timeline
from zroute_core.read_models.what_if import Compared, Rules, WhatIf, compared, measured
from zroute_core.read_models.why import Question, Why, why

VIEWS = ("progress", "plan", "timeline", "findings")
"""What `diff` can look at."""


class Audit:
    """The questions of an auditor about the histories of one store: `trajectories.audit`."""

    def __init__(self, histories: Histories) -> None:
        self._histories = histories

    def findings(
        self,
        participant: UUID,
        *,
        programme: Programme | None = None,
        rulebook: date | None = None,
        known_at: datetime | None = None,
        valid_on: date | None = None,
    ) -> Findings:
        """What has a programme against what was recorded about this participant?"""
        history, day = self._histories.known(participant, known_at), self._histories.day(known_at, valid_on)
        rules = Rules(programme, rulebook)
        return findings(facts_on(history, valid_on), *self._rules(rules, history, day), day)

    def findings_of_all(
        self,
        *,
        programme: Programme | None = None,
        rulebook: date | None = None,
        known_at: datetime | None = None,
        valid_on: date | None = None,
    ) -> FindingsOfAll:
        """What has a programme against everybody's history? Counted by rule and by municipality."""
        day, gathered = self._histories.day(known_at, valid_on), found.Found()
        rules = Rules(programme, rulebook)
        for _, history, facts in self._opened(known_at, valid_on):
            one = findings(facts, *self._rules(rules, history, day), day)
            gathered = found.include(gathered, one)
        return found.of_all(gathered, a_day(rulebook, "rulebook") or day, day)

    def what_if(
        self,
        rules: Mapping[str, Rules | Programme],
        *,
        known_at: datetime | None = None,
        valid_on: date | None = None,
    ) -> WhatIf:
        """What would other rules mean for everybody together? Each set of rules against the first."""
        gathered = weighed.Weighed()
        for one in self.what_if_each(rules, known_at=known_at, valid_on=valid_on):
            gathered = weighed.include(gathered, one)
        return weighed.what_if(gathered, rules, self._histories.day(known_at, valid_on))

    def what_if_each(
        self,
        rules: Mapping[str, Rules | Programme],
        *,
        known_at: datetime | None = None,
        valid_on: date | None = None,
    ) -> Iterator[Compared]:
        """The same, person by person: hours to go and findings under each set of rules, side by side."""
        sets, day = _sets_of_rules(rules), self._histories.day(known_at, valid_on)
        for participant, history, facts in self._opened(known_at, valid_on):
            under = {name: measured(facts, *self._rules(one, history, day), day) for name, one in sets.items()}
            yield compared(participant, fold(entry.fact for entry in facts).municipality or "", day, under)

    def diff(self, participant: UUID, view: str = "progress", *, before: Point, after: Point) -> Diff:
        """What differs between a view seen from two points, and which facts and rules make it so?

        The view is one of VIEWS.
        """
        return diff(self._side(participant, view, before), self._side(participant, view, after))

    def why(
        self,
        participant: UUID,
        what: Question,
        *,
        programme: Programme | None = None,
        rulebook: date | None = None,
        known_at: datetime | None = None,
        valid_on: date | None = None,
    ) -> Why:
        """Why is this number what it is? Its rules, and its facts with what each contributes."""
        if not isinstance(cast("object", what), Question):
            raise InvalidChoice("must be a Question", field="what")
        history, day = self._histories.known(participant, known_at), self._histories.day(known_at, valid_on)
        rules = self._rules(Rules(programme, rulebook), history, day)
        return why(facts_on(history, valid_on), *rules, day, what)

    def _opened(
        self, known_at: datetime | None, valid_on: date | None
    ) -> Iterator[tuple[UUID, History, tuple[InForce, ...]]]:
        """Everybody whose trajectory was opened then, with the facts that are valid."""
        for participant, history in self._histories.everybody(known_at):
            facts = facts_on(history, valid_on)
            if any(isinstance(entry.fact, TrajectoryOpened) for entry in facts):
                yield participant, history, facts

    def _side(self, participant: UUID, view: str, point: Point) -> Side:
        if type(cast("object", point)) is not Point:
            raise InvalidInput("must be a Point", field="point")
        history, day = (
            self._histories.known(participant, point.known_at),
            self._histories.day(point.known_at, point.valid_on),
        )
        facts = facts_on(history, point.valid_on)
        programme, rulebook = self._rules(Rules(point.programme, point.rulebook), history, day)
        match view:
            case "progress":
                seen: object = progress(facts, programme.as_of(rulebook), day)
            case "plan":
                seen = plan(facts, day)
            case "timeline":
                seen = timeline(cast("tuple[Recorded[Fact], ...]", history.entries), point.valid_on or date.max)
            case "findings":
                seen = findings(facts, programme, rulebook, day)
            case _:
                raise InvalidChoice(f"must be one of: {', '.join(VIEWS)}", field="view")
        return Side(point, history, facts, programme, rulebook, day, seen)

    def _rules(self, rules: Rules, history: History, day: date) -> tuple[Programme, date]:
        programme = self._histories.programme(history) if rules.programme is None else _a_programme(rules.programme)
        return programme, a_day(rules.rulebook, "rulebook") or day


def _sets_of_rules(rules: Mapping[str, Rules | Programme]) -> Mapping[str, Rules]:
    given = cast("object", rules)
    if not isinstance(given, Mapping) or len(rules) < 2:
        raise InvalidInput("give two sets of rules or more, each by a name", field="rules")
    return {name: one if isinstance(one, Rules) else Rules(_a_programme(one)) for name, one in rules.items()}


def _a_programme(given: object) -> Programme:
    if not isinstance(given, Programme):
        raise InvalidInput("must be a programme", field="programme")
    return given
