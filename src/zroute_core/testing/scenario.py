"""given / when / then: a rule as a sentence of the domain.

given(OPENED, INTAKE).when(AttendLesson(DAY, LESSON)).then(LessonAttended(DAY, LESSON))
given(OPENED).when(AttendLesson(DAY, LESSON)).then_refused("intake-first")
given(OPENED, INTAKE, ATTENDED).when(AttendLesson(DAY, LESSON)).then_nothing()
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

import attrs

from zroute_core.domain.decisions import Command, Decision, decide
from zroute_core.domain.events import Fact
from zroute_core.domain.history import History
from zroute_core.domain.national import PILOT
from zroute_core.domain.programme import Programme
from zroute_core.errors import RuleViolation, ZRouteError

LATER = date(9999, 12, 31)
"""The day a command is given when a scenario does not care."""


@attrs.frozen
class Entry:
    """A fact with the name a log would give it: the first of a scenario is UUID(int=1), then UUID(int=2) ..."""

    event_id: UUID
    event: Fact


def history(*facts: Fact) -> History:
    """A history of these facts, in the order of recording."""
    return History.of(Entry(UUID(int=number), fact) for number, fact in enumerate(facts, start=1))


def given(*facts: Fact, programme: Programme = PILOT) -> Given:
    """What stands in the history already."""
    return Given(history(*facts), programme)


@attrs.frozen
class Given:
    """A history, waiting for a command."""

    history: History
    programme: Programme

    def when(self, command: Command, *, said_on: date = LATER) -> When:
        """Decide on the command, as if it were given on `said_on`."""
        try:
            return When(decide(command, self.history, self.programme, said_on), None)
        except ZRouteError as error:
            return When(None, error)


@attrs.frozen
class When:
    """What was decided, waiting to be looked at."""

    decision: Decision | None
    error: ZRouteError | None

    def then(self, *facts: Fact) -> None:
        """Exactly these facts follow."""
        found = self._allowed().facts
        if found != facts:
            raise AssertionError(f"expected {facts}, but {found} follows")

    def then_nothing(self) -> None:
        """It all happened already."""
        self.then()

    def then_advised(self, *rules: str) -> None:
        """It is allowed, and these advisory rules remark on it."""
        found = tuple(remark.rule for remark in self._allowed().advisories)
        if found != rules:
            raise AssertionError(f"expected the remarks {rules}, but they are {found}")

    def then_refused(self, *rules: str) -> None:
        """Exactly these binding rules object."""
        if not isinstance(self.error, RuleViolation):
            raise AssertionError(f"expected a refusal by {rules}, but got {self.error or self.decision}")
        if self.error.rules != rules:
            raise AssertionError(f"expected a refusal by {rules}, but {self.error.rules} object")

    def then_fails(self, kind: type[ZRouteError]) -> ZRouteError:
        """It fails with this kind of error, which is returned to be looked at."""
        if not isinstance(self.error, kind):
            raise AssertionError(f"expected {kind.__name__}, but got {self.error or self.decision}")
        return self.error

    def _allowed(self) -> Decision:
        if self.decision is None:
            raise AssertionError(f"expected facts, but it was refused: {self.error}")
        return self.decision
