"""The floor of a replay: bytes in memory to a frozen object to one step of a sum, and nothing else.

`orjson` reads the payload, a frozen attrs class takes its fields as they are (days stay texts, parts stay dicts), and a
dict says which function adds it up. Nothing is checked, nothing is verified, no database is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

import attrs
import orjson

from benchmarks.world import facts_of
from zroute_core.adapters.converter import TAGS
from zroute_core.domain.events import (
    ActivityAttended,
    ActivityMissed,
    CoachingHeld,
    Fact,
    InternshipHoursLogged,
    LessonAttended,
    LessonMissed,
    MapHoursLogged,
    PvtSessionAttended,
)
from zroute_core.kernel.log import Encoded, Envelope


class Account:
    """What is added up of one participant: minutes of each component, and how often somebody was not there."""

    __slots__ = ("facts", "minutes", "missed")

    def __init__(self) -> None:
        self.facts = 0
        self.minutes: dict[str, int] = {}
        self.missed = 0

    def spend(self, component: str, minutes: int) -> None:
        self.minutes[component] = self.minutes.get(component, 0) + minutes


Apply = Callable[[Account, Any], None]


def _nothing(account: Account, fact: Any) -> None:
    """Most kinds of facts say nothing of minutes."""


def _missed(account: Account, _: Any) -> None:
    account.missed += 1


# ── the floor's facts: fields as JSON gives them ─────────────────────────────────────────────────────────────

FLOOR_CLASSES: Mapping[str, type[Any]] = {
    tag.partition("/")[0]: attrs.make_class(
        f"Floor{cls.__name__}", {one.name: attrs.field(default=None) for one in attrs.fields(cls)}, frozen=True
    )
    for tag, cls in TAGS.items()
}

FLOOR_APPLY: dict[str, Apply] = {
    **dict.fromkeys(FLOOR_CLASSES, _nothing),
    "lesson-attended": lambda account, fact: account.spend(fact.lesson["component"], fact.lesson["minutes"]),
    "activity-attended": lambda account, fact: account.spend(fact.activity["component"], fact.activity["minutes"]),
    "internship-hours-logged": lambda account, fact: account.spend("language-internship", fact.minutes),
    "coaching-held": lambda account, fact: account.spend("coaching", fact.minutes),
    "pvt-session-attended": lambda account, fact: account.spend("pvt", fact.minutes),
    "map-hours-logged": lambda account, fact: account.spend("map", fact.minutes),
    "lesson-missed": _missed,
    "activity-missed": _missed,
}


def floor(entries: Iterable[tuple[UUID, str, bytes]]) -> dict[UUID, Account]:
    """Everybody's account, from (stream, tag, payload) in memory."""
    accounts: dict[UUID, Account] = {}
    loads, classes, apply = orjson.loads, FLOOR_CLASSES, FLOOR_APPLY
    for stream, tag, payload in entries:
        fact = classes[tag](**loads(payload))
        account = accounts.get(stream)
        if account is None:
            account = accounts[stream] = Account()
        account.facts += 1
        apply[tag](account, fact)
    return accounts


# ── ours: the same sums of the library's own facts ───────────────────────────────────────────────────────────

OUR_APPLY: dict[type[Fact], Apply] = {
    **dict.fromkeys(TAGS.values(), _nothing),
    LessonAttended: lambda account, fact: account.spend(fact.lesson.component.value, fact.lesson.minutes),
    ActivityAttended: lambda account, fact: account.spend(fact.activity.component.value, fact.activity.minutes),
    InternshipHoursLogged: lambda account, fact: account.spend("language-internship", fact.minutes),
    CoachingHeld: lambda account, fact: account.spend("coaching", fact.minutes),
    PvtSessionAttended: lambda account, fact: account.spend("pvt", fact.minutes),
    MapHoursLogged: lambda account, fact: account.spend("map", fact.minutes),
    LessonMissed: _missed,
    ActivityMissed: _missed,
}


def add_up(accounts: dict[UUID, Account], stream: UUID, fact: Fact) -> None:
    """One fact of ours."""
    account = accounts.get(stream)
    if account is None:
        account = accounts[stream] = Account()
    account.facts += 1
    OUR_APPLY[type(fact)](account, fact)


def in_memory(envelopes: Iterable[Envelope]) -> list[tuple[UUID, str, bytes]]:
    """What the floor is given."""
    return [(one.stream, one.tag, one.payload) for one in envelopes]


def added_up(entries: Iterable[tuple[UUID, Encoded]]) -> dict[UUID, Account]:
    """Everybody's account, by the library's codec: for a test that holds the floor to it."""
    accounts: dict[UUID, Account] = {}
    for stream, encoded in entries:
        add_up(accounts, stream, facts_of([encoded])[0])
    return accounts
