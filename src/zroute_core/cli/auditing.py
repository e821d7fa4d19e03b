"""The verbs of an auditor: rules, findings, diff, why."""

from __future__ import annotations

from datetime import date, datetime

import click

from zroute_core.adapters.converter import to_plain
from zroute_core.audit import VIEWS
from zroute_core.cli.diff_view import show_diff
from zroute_core.cli.door import (
    a_console,
    a_day,
    a_moment,
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
from zroute_core.cli.findings_view import show_findings, show_findings_of_all
from zroute_core.cli.rules_view import show_rules
from zroute_core.cli.why_view import show_why
from zroute_core.domain.national import PILOT, WI2021
from zroute_core.domain.rulebook import rulebook as rules_of
from zroute_core.histories import HERE
from zroute_core.pilots import PROGRAMMES
from zroute_core.read_models.diff import Point
from zroute_core.read_models.why import Question

rulebook = click.option("--rulebook", metavar="DAY", callback=a_day, help="By the rules as known on this day.")

UNDER = {"pilot": PILOT, "wi2021": WI2021, **{one.name.lower().replace(" ", "-"): one for one in PROGRAMMES}}
"""The programmes that come with the library, by the name to choose them by."""

under = click.option(
    "--programme", type=click.Choice(sorted(UNDER)), help="Under this programme, instead of the participant's own."
)


@zroute.command()
@click.option("--on", metavar="DAY", callback=a_day, help="As known on this day; today when left out.")
@as_json
@answers
def rules(on: date | None, as_json: bool) -> None:
    """Which rules of the act were known on a day, and how well?"""
    asked = on or datetime.now(HERE).date()
    known = tuple(one for one in rules_of(WI2021) if one.known_on(asked))
    if as_json:
        print_json([{**to_plain(one), "in_force": one.in_force_on(asked)} for one in known])
    else:
        show_rules(a_console(), known, asked)


@zroute.command()
@click.argument("participant", metavar="ID", required=False)
@click.option("--all", "everybody", is_flag=True, help="Of everybody, counted by rule and municipality.")
@under
@rulebook
@db
@as_json
@known_at
@valid_on
@answers
def findings(
    participant: str | None,
    everybody: bool,
    programme: str | None,
    rulebook: date | None,
    db: str,
    as_json: bool,
    known_at: datetime | None,
    valid_on: date | None,
) -> None:
    """What have the rules against what was recorded?"""
    if (participant is None) is not everybody:
        raise click.UsageError("give the ID of somebody, or --all")
    rules = UNDER[programme] if programme else None
    with opened(db) as trajectories:
        if participant is None:
            table = trajectories.audit.findings_of_all(
                programme=rules, rulebook=rulebook, known_at=known_at, valid_on=valid_on
            )
            show_answer(table, show_findings_of_all, as_json)
            return
        whose = who(trajectories, participant)
        answer = trajectories.audit.findings(
            whose, programme=rules, rulebook=rulebook, known_at=known_at, valid_on=valid_on
        )
        show_answer(answer, show_findings, as_json, heading_of(whose, known_at))


@zroute.command(short_help="What differs between two points, and why?")
@person
@click.option("--view", type=click.Choice(VIEWS), default=VIEWS[0], show_default=True, help="What is compared.")
@click.option("--known-before", metavar="MOMENT", callback=a_moment, help="First as known at this moment ...")
@click.option("--known-after", metavar="MOMENT", callback=a_moment, help="... and then at this one; now if left out.")
@click.option("--valid-before", metavar="DAY", callback=a_day, help="First as it was on this day ...")
@click.option("--valid-after", metavar="DAY", callback=a_day, help="... and then on this one.")
@click.option("--rulebook-before", metavar="DAY", callback=a_day, help="First by the rules known on this day ...")
@click.option("--rulebook-after", metavar="DAY", callback=a_day, help="... and then on this one.")
@db
@as_json
@answers
def diff(
    participant: str,
    view: str,
    known_before: datetime | None,
    known_after: datetime | None,
    valid_before: date | None,
    valid_after: date | None,
    rulebook_before: date | None,
    rulebook_after: date | None,
    db: str,
    as_json: bool,
) -> None:
    """What differs between two moments, days or rulebooks, and which facts and rules make it so?"""
    before = Point(known_before, valid_before, rulebook=rulebook_before)
    after = Point(known_after, valid_after, rulebook=rulebook_after)
    with opened(db) as trajectories:
        whose = who(trajectories, participant)
        answer = trajectories.audit.diff(whose, view, before=before, after=after)
        show_answer(answer, show_diff, as_json, f"Participant {whose}: {view}")


@zroute.command()
@person
@click.argument("question", metavar="QUESTION", type=click.Choice([one.value for one in Question]))
@under
@rulebook
@db
@as_json
@known_at
@valid_on
@answers
def why(
    participant: str,
    question: str,
    programme: str | None,
    rulebook: date | None,
    db: str,
    as_json: bool,
    known_at: datetime | None,
    valid_on: date | None,
) -> None:
    """Why is a number what it is?

    \b
    QUESTION is one of
      course-minutes  course-target  course-left  course-pace
      participation-minutes  participation-target  participation-left
      participation-pace  pip-in-force  pip-due  term-since  term-until
    """
    with opened(db) as trajectories:
        whose = who(trajectories, participant)
        answer = trajectories.audit.why(
            whose,
            Question(question),
            programme=UNDER[programme] if programme else None,
            rulebook=rulebook,
            known_at=known_at,
            valid_on=valid_on,
        )
        show_answer(answer, show_why, as_json, heading_of(whose, known_at))
