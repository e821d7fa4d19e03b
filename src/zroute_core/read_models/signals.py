"""What happened in a period that somebody must act on, or know? Over many participants.

Two periods can be meant. What *was so* in the period: the facts in force, by their own day. What *was written down* in
the period: the entries as recorded, mistakes included, by the day of writing; so nothing that came in late is missed
by somebody who reads the signals every week.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from types import MappingProxyType
from uuid import UUID

import attrs

from zroute_core.domain.events import (
    DispensationGranted,
    DutyEnded,
    DutyNotified,
    ExemptionGranted,
    ExemptionWithdrawn,
    Fact,
    FactCorrected,
    FactRetracted,
    IntakeCallMissed,
    MovedToMunicipality,
    PipAnnulled,
    PipDecided,
    PipRestored,
    PipRevoked,
    RouteCompleted,
    RuleOverridden,
    SanctionProposed,
    TargetGroupChanged,
    TermExtended,
    TermExtensionRefused,
    TrajectoryEnded,
)
from zroute_core.domain.history import effective
from zroute_core.kernel.log import Recorded
from zroute_core.read_models.telling import tell


class SignalKind(Enum):
    """What it is about."""

    DUTY = "duty"
    """DUO gave notice: the weeks for the PIP have begun (DUO SS101, SS139)."""
    INTAKE_CALL_MISSED = "intake-call-missed"
    PIP_DECIDED = "pip-decided"
    PIP_FELL = "pip-fell"
    """Revoked or annulled."""
    PIP_RESTORED = "pip-restored"
    TERM_EXTENDED = "term-extended"
    TERM_EXTENSION_REFUSED = "term-extension-refused"
    EXEMPTION = "exemption"
    """Granted or withdrawn."""
    DISPENSATION = "dispensation"
    GROUP_CHANGED = "group-changed"
    MOVED = "moved"
    COMPLETED = "completed"
    DUTY_ENDED = "duty-ended"
    TRAJECTORY_ENDED = "trajectory-ended"
    SANCTION_PROPOSED = "sanction-proposed"
    OVERRIDE = "override"
    """A lawful exception to a rule, with its reason."""
    CORRECTION = "correction"
    """An entry was corrected or retracted."""
    LATE = "late"
    """Written down long after it was so, whatever it is."""


class By(Enum):
    """Which day of a fact lies in the period."""

    ON = "on"
    """Its own: when it was so."""
    RECORDED = "recorded"
    """When it was written down."""


KINDS: Mapping[type[Fact], SignalKind] = MappingProxyType(
    {
        DutyNotified: SignalKind.DUTY,
        IntakeCallMissed: SignalKind.INTAKE_CALL_MISSED,
        PipDecided: SignalKind.PIP_DECIDED,
        PipRevoked: SignalKind.PIP_FELL,
        PipAnnulled: SignalKind.PIP_FELL,
        PipRestored: SignalKind.PIP_RESTORED,
        TermExtended: SignalKind.TERM_EXTENDED,
        TermExtensionRefused: SignalKind.TERM_EXTENSION_REFUSED,
        ExemptionGranted: SignalKind.EXEMPTION,
        ExemptionWithdrawn: SignalKind.EXEMPTION,
        DispensationGranted: SignalKind.DISPENSATION,
        TargetGroupChanged: SignalKind.GROUP_CHANGED,
        MovedToMunicipality: SignalKind.MOVED,
        RouteCompleted: SignalKind.COMPLETED,
        DutyEnded: SignalKind.DUTY_ENDED,
        TrajectoryEnded: SignalKind.TRAJECTORY_ENDED,
        SanctionProposed: SignalKind.SANCTION_PROPOSED,
        RuleOverridden: SignalKind.OVERRIDE,
        FactCorrected: SignalKind.CORRECTION,
        FactRetracted: SignalKind.CORRECTION,
    }
)


@attrs.frozen
class Signal:
    """One thing that happened."""

    kind: SignalKind
    participant: UUID
    on: date
    """When it was so; of a correction, the day on which it was made."""
    recorded_on: date
    """When it was written down first."""
    sentence: str = attrs.field(repr=False)
    event_id: UUID


@attrs.frozen
class Signals:
    """The answer."""

    first: date
    last: date
    """Counted in."""
    by: By
    late_after_days: int
    counts: Mapping[SignalKind, int]
    """Of each kind that there is; late entries count as late and as what they are."""
    lines: tuple[Signal, ...]
    """By the day asked for; of one day, person by person."""


@attrs.frozen
class Gathered:
    """What is asked, and what is gathered on the way, person by person: it grows only with what happened."""

    first: date
    last: date
    day_of: Callable[[datetime], date]
    """The day of a moment where the asker is."""
    by: By = By.ON
    late_after_days: int = 30
    """Practice, no law."""
    lines: tuple[Signal, ...] = ()


def signals(gathered: Gathered) -> Signals:
    """Everything gathered, in order."""
    lines = sorted(gathered.lines, key=lambda one: (_day(one, gathered.by), one.participant))
    counts = {kind: sum(one.kind is kind for one in lines) for kind in SignalKind}
    return Signals(
        gathered.first,
        gathered.last,
        gathered.by,
        gathered.late_after_days,
        {kind: number for kind, number in counts.items() if number},
        tuple(lines),
    )


def include(gathered: Gathered, participant: UUID, entries: Sequence[Recorded[Fact]], until: date) -> Gathered:
    """What is gathered with one more person in it; of facts up to and including `until`."""
    new = [
        one
        for entry_id, fact, recorded_on in _told(gathered, entries)
        if fact.on <= until
        for one in _signals(gathered, participant, entry_id, fact, recorded_on)
        if gathered.first <= _day(one, gathered.by) <= gathered.last
    ]
    return attrs.evolve(gathered, lines=(*gathered.lines, *new)) if new else gathered


def _told(gathered: Gathered, entries: Sequence[Recorded[Fact]]) -> Iterator[tuple[UUID, Fact, date]]:
    """Each entry as recorded; or each fact in force with the day it was told first, and what corrects the record."""
    recorded = {entry.event_id: gathered.day_of(entry.recorded_at) for entry in entries}
    if gathered.by is By.ON:
        yield from ((one.event_id, one.fact, recorded[one.event_id]) for one in effective(entries))
    for entry in entries:
        if gathered.by is By.RECORDED or isinstance(entry.event, FactCorrected | FactRetracted):
            yield entry.event_id, entry.event, recorded[entry.event_id]


def _signals(gathered: Gathered, participant: UUID, event_id: UUID, fact: Fact, recorded_on: date) -> Iterator[Signal]:
    late = (recorded_on - fact.on).days > gathered.late_after_days
    for kind in (KINDS.get(type(fact)), SignalKind.LATE if late else None):
        if kind is not None:
            yield Signal(kind, participant, fact.on, recorded_on, tell(fact), event_id)


def _day(signal: Signal, by: By) -> date:
    return signal.on if by is By.ON else signal.recorded_on
