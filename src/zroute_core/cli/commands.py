"""The verbs of `zroute`. Each asks the front door one question and hands the answer to its view.

Exit codes: 0 fine, 1 the library said no (the error stands on standard error, with --json as JSON), 2 wrong usage.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial, wraps
from pathlib import Path
from typing import Any, ParamSpec
from uuid import UUID

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from zroute_core.adapters.codec import write_json
from zroute_core.adapters.converter import to_plain
from zroute_core.audit import VIEWS
from zroute_core.cli.caseload_view import show_caseload
from zroute_core.cli.cohort_view import show_cohort
from zroute_core.cli.diff_view import show_diff
from zroute_core.cli.findings_view import show_findings, show_findings_of_all
from zroute_core.cli.history_view import show_entries, show_participants, show_timeline
from zroute_core.cli.hours_view import show_hours
from zroute_core.cli.obligations_view import show_obligations
from zroute_core.cli.plan_view import show_plan
from zroute_core.cli.progress_view import show_progress
from zroute_core.cli.rules_view import show_rules
from zroute_core.cli.signals_view import show_signals
from zroute_core.cli.why_view import show_why
from zroute_core.domain.national import PILOT, WI2021
from zroute_core.domain.rulebook import rulebook as rules_of
from zroute_core.errors import ConfigurationError, InvalidInput, NotAStore, NotFound, RuleViolation, ZRouteError
from zroute_core.histories import HERE
from zroute_core.opening import open as open_trajectories
from zroute_core.pilots import EVALUATED_ON, PROGRAMMES, SPREAD_NOTE, favourites, made_up, record_all
from zroute_core.read_models.diff import Point
from zroute_core.read_models.signals import By
from zroute_core.read_models.why import Question
from zroute_core.trajectories import Trajectories

P = ParamSpec("P")


def _moment(ctx: click.Context, param: click.Parameter, value: str | None) -> datetime | None:
    try:
        moment = None if value is None else datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter("give a moment like 2021-06-30T12:00:00Z", ctx, param) from None
    if moment is not None and moment.utcoffset() is None:
        raise click.BadParameter("a moment needs its offset: 2021-06-30T12:00:00Z or ...+02:00", ctx, param)
    return moment


def _day(ctx: click.Context, param: click.Parameter, value: str | None) -> date | None:
    if value is None:
        return None
    try:
        return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007  a day has no zone
    except ValueError:
        raise click.BadParameter("give a day like 2021-06-30", ctx, param) from None


db = click.option(
    "--db",
    default="zroute.db",
    envvar="ZROUTE_DB",
    show_default=True,
    help="A SQLite file, or a URL: sqlite:///file.db, postgresql://host/database.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")
known_at = click.option(
    "--known-at", metavar="MOMENT", callback=_moment, help="As known at this moment: what was recorded by then."
)
valid_on = click.option("--valid-on", metavar="DAY", callback=_day, help="As it was on this day.")
rulebook = click.option("--rulebook", metavar="DAY", callback=_day, help="By the rules as they were known on this day.")
person = click.argument("participant", metavar="ID")

UNDER = {"pilot": PILOT, "wi2021": WI2021, **{one.name.lower().replace(" ", "-"): one for one in PROGRAMMES}}
"""The programmes that come with the library, by the name to choose them by."""

under = click.option(
    "--programme", type=click.Choice(sorted(UNDER)), help="Under this programme, instead of the participant's own."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="zroute_core")
def zroute() -> None:
    """Z-route trajectories: what happened, how far somebody is, what was planned.

    ID is the id of a participant, or the first characters of it (four or more) when no other begins so.
    """


def answers(command: Callable[P, None]) -> Callable[P, None]:
    """What the library refuses becomes a sentence and exit code 1."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except ZRouteError as error:
            if kwargs.get("as_json"):
                told: dict[str, object] = {"error": error.code, "sentence": error.sentence, "field": error.field}
                if isinstance(error, RuleViolation):
                    told["rules"] = list(error.rules)
                click.echo(write_json(told), err=True)
            else:
                click.echo(f"{error} ({error.code})", err=True)
            sys.exit(1)

    return run


@zroute.command("list")
@db
@as_json
@known_at
@answers
def list_participants(db: str, as_json: bool, known_at: datetime | None) -> None:
    """Everybody in the store."""
    with _opened(db) as trajectories:
        found = tuple(trajectories.participants(known_at=known_at))
        if as_json:
            _print_json(to_plain(list(found)))
        else:
            show_participants(_console(), found)


@zroute.command()
@person
@db
@as_json
@known_at
@answers
def show(participant: str, db: str, as_json: bool, known_at: datetime | None) -> None:
    """The entries about somebody as they were recorded, mistakes and corrections alike."""
    with _opened(db) as trajectories:
        whose = _who(trajectories, participant)
        entries = trajectories.history(whose, known_at=known_at)
        if as_json:
            _print_json([_entry(one.envelope, one.event) for one in entries])
        else:
            console = _console()
            console.print(_heading(whose, known_at), style="bold")
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
    with _opened(db) as trajectories:
        whose = _who(trajectories, participant)
        answer = trajectories.timeline(whose, known_at=known_at, valid_on=valid_on)
        _answer(answer, show_timeline, as_json, _heading(whose, known_at))


@zroute.command()
@person
@db
@as_json
@known_at
@valid_on
@answers
def progress(participant: str, db: str, as_json: bool, known_at: datetime | None, valid_on: date | None) -> None:
    """How far is somebody?"""
    with _opened(db) as trajectories:
        whose = _who(trajectories, participant)
        answer = trajectories.progress(whose, known_at=known_at, valid_on=valid_on)
        _answer(answer, show_progress, as_json, _heading(whose, known_at))


@zroute.command()
@person
@db
@as_json
@known_at
@valid_on
@answers
def plan(participant: str, db: str, as_json: bool, known_at: datetime | None, valid_on: date | None) -> None:
    """What is planned for somebody, and what came of it?"""
    with _opened(db) as trajectories:
        whose = _who(trajectories, participant)
        answer = trajectories.plan(whose, known_at=known_at, valid_on=valid_on)
        _answer(answer, show_plan, as_json, _heading(whose, known_at))


@zroute.command()
@person
@db
@as_json
@known_at
@valid_on
@answers
def obligations(participant: str, db: str, as_json: bool, known_at: datetime | None, valid_on: date | None) -> None:
    """What must somebody still do, by when, and what does not apply?"""
    with _opened(db) as trajectories:
        whose = _who(trajectories, participant)
        answer = trajectories.obligations(whose, known_at=known_at, valid_on=valid_on)
        _answer(answer, show_obligations, as_json, _heading(whose, known_at))


@zroute.command()
@person
@db
@as_json
@known_at
@valid_on
@answers
def hours(participant: str, db: str, as_json: bool, known_at: datetime | None, valid_on: date | None) -> None:
    """What may each municipality report of somebody's hours?"""
    with _opened(db) as trajectories:
        whose = _who(trajectories, participant)
        answer = trajectories.hours(whose, known_at=known_at, valid_on=valid_on)
        _answer(answer, show_hours, as_json, _heading(whose, known_at))


@zroute.command()
@db
@as_json
@known_at
@valid_on
@answers
def caseload(db: str, as_json: bool, known_at: datetime | None, valid_on: date | None) -> None:
    """Who needs attention, and why?"""
    with _opened(db) as trajectories:
        _answer(trajectories.caseload(known_at=known_at, valid_on=valid_on), show_caseload, as_json)


@zroute.command()
@click.option("--from", "first", metavar="DAY", callback=_day, required=True, help="The first day.")
@click.option("--to", "last", metavar="DAY", callback=_day, required=True, help="The last day, counted in.")
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
    with _opened(db) as trajectories:
        answer = trajectories.signals(first, last, by=By(by), known_at=known_at, valid_on=valid_on)
        _answer(answer, show_signals, as_json)


@zroute.command()
@db
@as_json
@known_at
@valid_on
@answers
def cohort(db: str, as_json: bool, known_at: datetime | None, valid_on: date | None) -> None:
    """What changed for everybody together?"""
    with _opened(db) as trajectories:
        view = partial(show_cohort, pilots=made_up(trajectories))
        _answer(trajectories.cohort(known_at=known_at, valid_on=valid_on), view, as_json)


@zroute.command()
@click.option("--on", metavar="DAY", callback=_day, help="As known on this day; today when left out.")
@as_json
@answers
def rules(on: date | None, as_json: bool) -> None:
    """Which rules of the act were known on a day, and how well?"""
    asked = on or datetime.now(HERE).date()
    known = tuple(one for one in rules_of(WI2021) if one.known_on(asked))
    if as_json:
        _print_json([{**to_plain(one), "in_force": one.in_force_on(asked)} for one in known])
    else:
        show_rules(_console(), known, asked)


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
    with _opened(db) as trajectories:
        if participant is None:
            table = trajectories.audit.findings_of_all(
                programme=rules, rulebook=rulebook, known_at=known_at, valid_on=valid_on
            )
            _answer(table, show_findings_of_all, as_json)
            return
        whose = _who(trajectories, participant)
        answer = trajectories.audit.findings(
            whose, programme=rules, rulebook=rulebook, known_at=known_at, valid_on=valid_on
        )
        _answer(answer, show_findings, as_json, _heading(whose, known_at))


@zroute.command()
@person
@click.option("--view", type=click.Choice(VIEWS), default=VIEWS[0], show_default=True, help="What is compared.")
@click.option("--known-before", metavar="MOMENT", callback=_moment, help="First as known at this moment ...")
@click.option("--known-after", metavar="MOMENT", callback=_moment, help="... and then at this one; now if left out.")
@click.option("--valid-before", metavar="DAY", callback=_day, help="First as it was on this day ...")
@click.option("--valid-after", metavar="DAY", callback=_day, help="... and then on this one.")
@click.option("--rulebook-before", metavar="DAY", callback=_day, help="First by the rules known on this day ...")
@click.option("--rulebook-after", metavar="DAY", callback=_day, help="... and then on this one.")
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
    with _opened(db) as trajectories:
        whose = _who(trajectories, participant)
        answer = trajectories.audit.diff(whose, view, before=before, after=after)
        _answer(answer, show_diff, as_json, f"Participant {whose}: {view}")


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
    with _opened(db) as trajectories:
        whose = _who(trajectories, participant)
        answer = trajectories.audit.why(
            whose,
            Question(question),
            programme=UNDER[programme] if programme else None,
            rulebook=rulebook,
            known_at=known_at,
            valid_on=valid_on,
        )
        _answer(answer, show_why, as_json, _heading(whose, known_at))


@zroute.command()
@click.option("--db", type=click.Path(path_type=Path, dir_okay=False), default=Path("pilots.db"), show_default=True)
@click.option("--fresh", is_flag=True, help="Replace the file, when an earlier demo made it.")
@as_json
@answers
def demo(db: Path, fresh: bool, as_json: bool) -> None:
    """Record the six pilots of 2020-2021 in a SQLite file, and show them."""
    _check_room(db, fresh)
    with _new_store(db) as new, _recorded(f"sqlite:///{new}"):
        pass
    with _opened(str(db)) as trajectories:
        people = favourites(trajectories)
        shown = [
            (trajectories.progress(one, valid_on=EVALUATED_ON), trajectories.plan(one, valid_on=EVALUATED_ON))
            for one in people
        ]
        together = trajectories.cohort(valid_on=EVALUATED_ON)
    if as_json:
        views = [
            {"participant": str(one), "progress": to_plain(progress), "plan": to_plain(plan)}
            for one, (progress, plan) in zip(people, shown, strict=True)
        ]
        _print_json({"note": SPREAD_NOTE, "participants": views, "cohort": to_plain(together)})
        return
    console = _console()
    console.print(f"The six pilots of 2020-2021. {SPREAD_NOTE} Three of the people:")
    for one, (progress, plan) in zip(people, shown, strict=True):
        console.print(f"\n=== participant {str(one)[:8]} ===\n", style="bold")
        show_progress(console, progress)
        show_plan(console, plan)
    console.print("=== the six pilots together ===\n", style="bold")
    show_cohort(console, together, pilots=True)
    console.print("\nLook further:", style="bold")
    me, store = as_called(), shlex.quote(str(db))
    on = f"--valid-on {EVALUATED_ON}"
    for verb, options in (("timeline", on), ("progress", on), ("plan", on), ("show", "")):
        click.echo(" ".join(filter(None, (f"  {me} {verb} {str(people[0])[:8]} --db {store}", options))))
    click.echo(f"  {me} cohort --db {store} {on}")
    click.echo(f"  {me} list --db {store}")


def as_called() -> str:
    """How this was started, so that a hint can be copied into the same shell."""
    started = Path(sys.argv[0])
    if started.name == "__main__.py":
        return f"{_near(Path(sys.executable))} -m zroute_core.cli"
    if started.stem != "zroute":
        return "zroute"
    found = shutil.which("zroute")
    return "zroute" if found and Path(found).absolute() == started.absolute() else _near(started)


def _near(program: Path) -> str:
    """Its path from here where it lies below, else the whole path."""
    whole, here = program.absolute(), Path.cwd()
    if here not in whole.parents:
        return shlex.quote(str(whole))
    below = str(whole.relative_to(here))
    return shlex.quote(below if os.sep in below else f".{os.sep}{below}")


@contextmanager
def _recorded(url: str) -> Generator[Trajectories]:
    """The six pilots, recorded under a progress bar; no bar where nobody looks."""
    console = Console(stderr=True)
    columns = (
        TextColumn("Recording the six pilots"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("")
        trajectories = record_all(
            url, progress=lambda month, done, of: bar.update(task, description=month, completed=done, total=of)
        )
    with trajectories:
        yield trajectories


def _check_room(db: Path, fresh: bool) -> None:
    """Only what an earlier demo made may be replaced, never anybody's own store."""
    if not db.exists():
        return
    if not fresh:
        raise ConfigurationError("is there already: add --fresh to replace it, or choose another --db", field=db.name)
    with _opened(str(db)) as trajectories:
        if not made_up(trajectories):
            raise ConfigurationError("holds more than the made-up pilots, and is left as it is", field=db.name)


@contextmanager
def _new_store(db: Path) -> Generator[Path]:
    """A file beside `db` to fill; it takes the place of `db` when that is done."""
    new = db.with_name(f"{db.name}.new")
    for suffix in ("", "-wal", "-shm"):
        Path(f"{new}{suffix}").unlink(missing_ok=True)
    yield new
    for suffix in ("-wal", "-shm"):
        Path(f"{db}{suffix}").unlink(missing_ok=True)
    new.replace(db)


def _opened(db: str) -> Trajectories:
    """The store, for reading: a file that is not there is not made."""
    url = db if "://" in db else f"sqlite:///{db}"
    path = url.removeprefix("sqlite:///")
    if path != url and not (Path(path).is_file() and Path(path).stat().st_size):
        raise NotAStore("there is no such store: give a store with --db, or make one with: zroute demo", field="db")
    return open_trajectories(url, programme=PROGRAMMES)


def _who(trajectories: Trajectories, asked: str) -> UUID:
    """The participant with this id, or the only one whose id begins so."""
    asked = asked.lower()
    try:
        return UUID(asked)
    except ValueError:
        pass
    if len(asked) < 4:
        raise InvalidInput("give the whole id, or at least its first four characters", field="ID")
    found = [one.id for one in trajectories.participants() if str(one.id).startswith(asked)]
    if not found:
        raise NotFound("nobody here has an id that begins so: see zroute list", field="ID")
    if len(found) > 1:
        raise InvalidInput(f"{len(found)} ids begin so: give more characters", field="ID")
    return found[0]


def _answer(answer: object, view: Callable[[Console, Any], None], as_json: bool, heading: str = "") -> None:
    if as_json:
        _print_json(to_plain(answer))
        return
    console = _console()
    if heading:
        console.print(heading, style="bold")
    view(console, answer)


def _heading(participant: UUID, known_at: datetime | None) -> str:
    """Whose view it is, and as known when."""
    known = f"\nas known at {known_at.isoformat(sep=' ')}" if known_at else ""
    return f"Participant {participant}{known}"


def _entry(envelope: object, fact: object) -> dict[str, Any]:
    head = {name: value for name, value in to_plain(envelope).items() if name != "payload"}
    return {**head, "fact": to_plain(fact)}


def _print_json(plain: object) -> None:
    click.echo(write_json(plain))


def _console() -> Console:
    """As wide as the terminal. Where nobody looks, lines are as long as they are: the reader of a pipe cuts them."""
    console = Console(highlight=False, markup=False, emoji=False)  # what people wrote is shown as they wrote it
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 1000
    return console
