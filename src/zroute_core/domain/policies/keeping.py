"""What a command may not take away or move: rules that look at the record before and after it.

A policy judges a fact by what came before it. These three ask what becomes of the record as a whole: a decision that
is dated before the first one, a date that is withdrawn under a completion, a PIP that vanishes under its hours. DUO
refuses the message; the record must be able to be put right all the same, so they remark and do not refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from zroute_core.domain.events import Fact, FactCorrected, FactRetracted, PipDecided
from zroute_core.domain.policies.stating import DUO_PUBLISHED
from zroute_core.domain.programme import Evidence, Keeper, Kept, Sentence
from zroute_core.domain.trajectory import Trajectory
from zroute_core.domain.values import LESSONS

ACT = date(2022, 1, 1)
DUO = "DUO, README of 11 June 2026"
DUO_AT = "https://github.com/duonl/gemeente-m2m-inburgering"
PUT_RIGHT = "DUO refuses the message, and a record that is wrong must be put right"


def keeper(
    rule: str, *, nl: str, en: str, source: str, since: date = ACT, published: date = ACT
) -> Callable[[Kept], Keeper]:
    """Make a rule of the function below it. All of them are read in an official text, and remark."""
    said = f"{source}. Advisory: {PUT_RIGHT}"
    return lambda kept: Keeper(rule, said, Evidence.VERIFIED, since, Sentence(nl, en), kept, published, DUO_AT)


@keeper(
    "changed-pip-not-earlier",
    nl="Een gewijzigd PIP is niet ouder dan het eerste: de termijn begint niet eerder dan zij begon.",
    en="A changed PIP is not older than the first: the term does not begin earlier than it began.",
    source=f"{DUO} [V] (R-PIP-04, R-TERM-03)",
)
def a_changed_pip_is_not_older(new: Sequence[Fact], before: Trajectory, after: Trajectory) -> bool:
    first = min((one.on for one in before.duty.pips), default=None)
    return first is None or all(first <= fact.on for fact in new if isinstance(fact, PipDecided))


@keeper(
    "not-withdrawn-after-completion",
    nl="Na de afronding worden ondertekening en eindgesprek MAP niet meer ingetrokken of verplaatst.",
    en="After completion the signing and the MAP interview are no longer withdrawn or moved.",
    source=f"{DUO} [V] (R-Z-11, B-7, B-8)",
    published=DUO_PUBLISHED,
)
def what_completion_rests_on_stays(new: Sequence[Fact], before: Trajectory, after: Trajectory) -> bool:
    if before.duty.completed is None or after.duty.completed is None or not _put_right(new):
        return True
    return (before.duty.signed, before.duty.map_interview) == (after.duty.signed, after.duty.map_interview)


@keeper(
    "pip-not-deleted-under-its-hours",
    nl="Een PIP waarop cursusuren rusten, wordt niet verwijderd: het wordt gewijzigd.",
    en="A PIP on which course hours rest is not deleted: it is changed.",
    source=f"{DUO} [V] (R-PIP-06)",
)
def a_pip_with_hours_is_not_deleted(new: Sequence[Fact], before: Trajectory, after: Trajectory) -> bool:
    vanished = {one.pip for one in before.duty.pips} - {one.pip for one in after.duty.pips}
    hours = any(component in LESSONS and minutes for (component, _), minutes in before.spent.items())
    return not (vanished and hours and _put_right(new))


def _put_right(new: Sequence[Fact]) -> bool:
    return any(isinstance(fact, FactCorrected | FactRetracted) for fact in new)


ACT_KEEPERS: tuple[Keeper, ...] = (
    a_changed_pip_is_not_older,
    what_completion_rests_on_stays,
    a_pip_with_hours_is_not_deleted,
)
