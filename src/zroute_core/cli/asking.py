"""The verbs that ask: each asks the front door one question and hands the answer to its view."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Any, Protocol, TypedDict, Unpack
from uuid import UUID

import click
from rich.console import Console

from zroute_core.adapters.converter import to_plain
from zroute_core.cli.caseload_view import show_caseload
from zroute_core.cli.cohort_view import show_cohort
from zroute_core.cli.door import (
    a_console,
    a_day,
    answers,
    as_json,
    db,
    heading_of,
    known_at,
    opened,
    person,
    print_json,
    show_answer,
    valid_on,
    who,
    zroute,
)
from zroute_core.cli.history_view import show_entries, show_participants, show_timeline
from zroute_core.cli.hours_view import show_hours
from zroute_core.cli.obligations_view import show_obligations
from zroute_core.cli.plan_view import show_plan
from zroute_core.cli.progress_view import show_progress
from zroute_core.cli.signals_view import show_signals
from zroute_core.pilots import made_up
from zroute_core.read_models.signals import By
from zroute_core.trajectories import Trajectories


class Asked(TypedDict):
    """What the verbs about one participant are given."""

    participant: str
    db: str
    as_json: bool
    known_at: datetime | None
    valid_on: date | None


class AboutSomebody(Protocol):
    """A question to the front door about one participant."""

    def __call__(
        self, trajectories: Trajectories, participant: UUID, /, *, known_at: datetime | None, valid_on: date | None
    ) -> object: ...


def about_somebody(command: Callable[..., None]) -> Callable[..., None]:
    """The argument and the options of a verb about one participant."""
    return person(db(as_json(known_at(valid_on(answers(command))))))


@zroute.command("list")
@db
@as_json
@known_at
@answers
def list_participants(db: str, as_json: bool, known_at: datetime | None) -> None:
    """Everybody in the store."""
    with opened(db) as trajectories:
        found = tuple(trajectories.participants(known_at=known_at))
        if as_json:
            print_json(to_plain(list(found)))
        else:
            show_participants(a_console(), found)


@zroute.command(short_help="The entries about somebody, as recorded.")
@person
@db
@as_json
@known_at
@answers
def show(participant: str, db: str, as_json: bool, known_at: datetime | None) -> None:
    """The entries about somebody as they were recorded, mistakes and corrections alike."""
    with opened(db) as trajectories:
        whose = who(trajectories, participant)
        entries = trajectories.history(whose, known_at=known_at)
        if as_json:
            print_json([_entry(one.envelope, one.event) for one in entries])
        else:
            console = a_console()
            console.print(heading_of(whose, known_at), style="bold")
            show_entries(console, entries)


@zroute.command()
@about_somebody
def timeline(**asked: Unpack[Asked]) -> None:
    """What happened, as a person reads it."""
    _answer(Trajectories.timeline, show_timeline, **asked)


@zroute.command()
@about_somebody
def progress(**asked: Unpack[Asked]) -> None:
    """How far is somebody?"""
    _answer(Trajectories.progress, show_progress, **asked)


@zroute.command()
@about_somebody
def plan(**asked: Unpack[Asked]) -> None:
    """What is planned for somebody, and what came of it?"""
    _answer(Trajectories.plan, show_plan, **asked)


@zroute.command(short_help="What must somebody still do, by when?")
@about_somebody
def obligations(**asked: Unpack[Asked]) -> None:
    """What must somebody still do, by when, and what does not apply?"""
    _answer(Trajectories.obligations, show_obligations, **asked)


@zroute.command()
@about_somebody
def hours(**asked: Unpack[Asked]) -> None:
    """What may each municipality report of somebody's hours?"""
    _answer(Trajectories.hours, show_hours, **asked)


@zroute.command()
@db
@as_json
@known_at
@valid_on
@answers
def caseload(db: str, as_json: bool, known_at: datetime | None, valid_on: date | None) -> None:
    """Who needs attention, and why?"""
    with opened(db) as trajectories:
        show_answer(trajectories.caseload(known_at=known_at, valid_on=valid_on), show_caseload, as_json)


@zroute.command()
@click.option("--from", "first", metavar="DAY", callback=a_day, required=True, help="The first day.")
@click.option("--to", "last", metavar="DAY", callback=a_day, required=True, help="The last day, counted in.")
@click.option(
    "--by",
    type=click.Choice([one.value for one in By]),
    default=By.ON.value,
    show_default=True,
    help="By the day on which it was so, or on which it was written down.",
)
@db
@as_json
@known_at
@valid_on
@answers
def signals(
    first: date, last: date, by: str, db: str, as_json: bool, known_at: datetime | None, valid_on: date | None
) -> None:
    """What happened in a period that somebody must act on or know?"""
    with opened(db) as trajectories:
        answer = trajectories.signals(first, last, by=By(by), known_at=known_at, valid_on=valid_on)
        show_answer(answer, show_signals, as_json)


@zroute.command()
@db
@as_json
@known_at
@valid_on
@answers
def cohort(db: str, as_json: bool, known_at: datetime | None, valid_on: date | None) -> None:
    """What changed for everybody together?"""
    with opened(db) as trajectories:
        view = partial(show_cohort, pilots=made_up(trajectories))
        show_answer(trajectories.cohort(known_at=known_at, valid_on=valid_on), view, as_json)


def _answer(ask: AboutSomebody, view: Callable[[Console, Any], None], **asked: Unpack[Asked]) -> None:
    with opened(asked["db"]) as trajectories:
        whose = who(trajectories, asked["participant"])
        answer = ask(trajectories, whose, known_at=asked["known_at"], valid_on=asked["valid_on"])
        show_answer(answer, view, asked["as_json"], heading_of(whose, asked["known_at"]))


def _entry(envelope: object, fact: object) -> dict[str, Any]:
    head = {name: value for name, value in to_plain(envelope).items() if name != "payload"}
    return {**head, "fact": to_plain(fact)}
