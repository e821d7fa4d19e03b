"""Whether a message to DUO about the PVT or the MAP may say that somebody is to blame (verwijtbaar): B-1 to B-8.

From the README of DUO's message descriptions of 11 June 2026 [V]. Our reading [I], which makes B-2 to B-4 fit together:

- the term is exceeded when the event lies on or after its end, which does not count; and, in a message without a date,
  when the message is sent on or after that end;
- "not to blame" is said shortly before the end, without a date: it will not be reached, and DUO can extend the term.

Open question: when the term is already exceeded, nothing can be sent that says "not to blame". With a date or without,
B-3 refuses it; without a flag, B-1 does; what is left is "to blame". The text does not say that this is meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import attrs

from zroute_core.domain.duty import Term
from zroute_core.domain.periods import months_after

NOT_TO_BLAME_MONTHS = 2
"""So long before the end of the term "not to blame" can be said (B-3)."""


@attrs.frozen
class Message:
    """What a municipality wants to tell DUO: the date of signing (PVT) or of the final interview (MAP)."""

    event_on: date | None
    """None leaves the date out: where one is registered, that withdraws it."""
    to_blame: bool | None
    """Verwijtbaar: Ja, Nee, or not in the message."""
    sent_on: date
    term: Term
    registered: date | None = None
    """The date that stands at DUO now."""
    delivered_by_us: bool = False
    """This municipality delivered that date."""
    holds_current_pip: bool = True
    completed: date | None = None
    """Datum afronding Z-route, as registered."""
    duty_met: bool = False
    """The duty was met through the Z-route."""

    @property
    def exceeded(self) -> bool:
        return (self.event_on or self.sent_on) >= self.term.until


def broken_rules(message: Message) -> tuple[str, ...]:
    """The rules of the matrix that the message breaks, in their order; none when it can be sent."""
    return tuple(_broken(message))


def _broken(message: Message) -> Iterator[str]:
    on, end = message.event_on, message.term.until
    if message.to_blame is None and message.exceeded:
        yield "B-1"
    if message.to_blame is not None and on is not None and on < end:
        yield "B-2"
    if message.to_blame is False and not message.sent_on < end <= months_after(message.sent_on, NOT_TO_BLAME_MONTHS):
        yield "B-3"
    if message.to_blame is True and not message.exceeded:
        yield "B-4"
    changes = message.registered is not None and on != message.registered
    if changes and not (message.delivered_by_us and message.holds_current_pip):
        yield "B-5"
    if on is not None and not message.term.since <= on <= min(message.sent_on, message.completed or date.max):
        yield "B-6"
    if on is None and message.completed is not None:
        yield "B-7"
    if message.duty_met:
        yield "B-8"
