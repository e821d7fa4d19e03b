"""The verbs that ask: each asks the front door one question and hands the answer to its view."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from typing import Any

import click

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


@zroute.command()
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
@person
@db
@as_json
@known_at
@valid_on
@answers
def timeline(participant: str, db: str, as_json: bool, known_at: datetime | None, valid_on: date | None) -> None:
    """What happened, as a person reads it."""
    with opened(db) as trajectories:
        whose = who(trajectories, participant)
        answer = trajectories.timeline(whose, known_at=known_at, valid_on=valid_on)
        show_answer(answer, show_timeline, as_json, heading_of(whose, known_at))


@zroute.command()
@person
@db
@as_json
@known_at
@valid_on
@answers
def progress(participant: str, db: str, as_json: bool, known_at: datetime | None, valid_on: date | None) -> None:
    """How far is somebody?"""
    with opened(db) as trajectories:
        whose = who(trajectories, participant)
        answer = trajectories.progress(whose, known_at=known_at, valid_on=valid_on)
        show_answer(answer, show_progress, as_json, heading_of(whose, known_at))


@zroute.command()
@person
@db
@as_json
@known_at
@valid_on
@answers
def plan(participant: str, db: str, as_json: bool, known_at: datetime | None, valid_on: date | None) -> None:
    """What is planned for somebody, and what came of it?"""
    with opened(db) as trajectories:
        whose = who(trajectories, participant)
        answer = trajectories.plan(whose, known_at=known_at, valid_on=valid_on)
        show_answer(answer, show_plan, as_json, heading_of(whose, known_at))


@zroute.command()
@person
@db
@as_json
@known_at
@valid_on
@answers
def obligations(participant: str, db: str, as_json: bool, known_at: datetime | None, valid_on: date | None) -> None:
    """What must somebody still do, by when, and what does not apply?"""
    with opened(db) as trajectories:
        whose = who(trajectories, participant)
        answer = trajectories.obligations(whose, known_at=known_at, valid_on=valid_on)
        show_answer(answer, show_obligations, as_json, heading_of(whose, known_at))


@zroute.command()
@person
@db
@as_json
@known_at
@valid_on
@answers
def hours(participant: str, db: str, as_json: bool, known_at: datetime | None, valid_on: date | None) -> None:
    """What may each municipality report of somebody's hours?"""
    with opened(db) as trajectories:
        whose = who(trajectories, participant)
        answer = trajectories.hours(whose, known_at=known_at, valid_on=valid_on)
        show_answer(answer, show_hours, as_json, heading_of(whose, known_at))


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


def _entry(envelope: object, fact: object) -> dict[str, Any]:
    head = {name: value for name, value in to_plain(envelope).items() if name != "payload"}
    return {**head, "fact": to_plain(fact)}
