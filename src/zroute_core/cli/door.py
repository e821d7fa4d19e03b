"""What the verbs of `zroute` share: their options, the store they open, and how an answer or a refusal is shown.

Exit codes: 0 fine, 1 the library said no, or left somebody out of an answer (each error stands on standard error, with
--json as a line of JSON), 2 wrong usage, 130 stopped by Ctrl-C before the verb began.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec
from uuid import UUID

import click
from rich.console import Console

from zroute_core.adapters.codec import write_json
from zroute_core.adapters.converter import to_plain
from zroute_core.errors import (
    ArchiveError,
    ConfigurationError,
    DecodeError,
    InvalidInput,
    NotAStore,
    NotFound,
    RuleViolation,
    ZRouteError,
)
from zroute_core.opening import open as open_trajectories
from zroute_core.pilots import PROGRAMMES
from zroute_core.trajectories import Trajectories

P = ParamSpec("P")

LEFT_OUT = "zroute_core.left_out"
"""Where the verb that runs keeps whose history cannot be read, and why."""


def a_moment(ctx: click.Context, param: click.Parameter, value: str | None) -> datetime | None:
    try:
        moment = None if value is None else datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter("give a moment like 2021-06-30T12:00:00Z", ctx, param) from None
    if moment is not None and moment.utcoffset() is None:
        raise click.BadParameter("a moment needs its offset: 2021-06-30T12:00:00Z or ...+02:00", ctx, param)
    return moment


def a_day(ctx: click.Context, param: click.Parameter, value: str | None) -> date | None:
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
    show_envvar=True,
    metavar="FILE|URL",
    help="A SQLite file, or a URL: sqlite:///file.db, postgresql://host/database.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")
known_at = click.option(
    "--known-at", metavar="MOMENT", callback=a_moment, help="As known at this moment: what was recorded by then."
)
valid_on = click.option("--valid-on", metavar="DAY", callback=a_day, help="As it was on this day.")
person = click.argument("participant", metavar="ID")


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
        show = _show_as_json if kwargs.get("as_json") else _show
        refused = True
        try:
            command(*args, **kwargs)
            sys.stdout.flush()
            refused = False
        except BrokenPipeError:
            raise  # click knows: who read has read enough
        except OSError:
            click.echo("the answer could not be written: is there room where it goes?", err=True)
            _let_go_of_output()
        except ZRouteError as error:
            show(error)
        for left_out in click.get_current_context().meta.get(LEFT_OUT, {}).values():
            refused = True
            show(left_out)
        if refused:
            sys.exit(1)

    return run


def _show(error: ZRouteError) -> None:
    click.echo(f"{error} ({error.code})", err=True)
    for one in error.errors if isinstance(error, ArchiveError) else ():
        click.echo(one, err=True)
    if isinstance(error, DecodeError) and error.participant:
        click.echo(f"It is entry {error.version} of {error.participant}, who is left out.", err=True)


def _show_as_json(error: ZRouteError) -> None:
    told: dict[str, object] = {"error": error.code, "sentence": error.sentence, "field": error.field}
    if isinstance(error, RuleViolation):
        told["rules"] = list(error.rules)
    if isinstance(error, ArchiveError):
        told["errors"] = list(error.errors)
    if isinstance(error, DecodeError) and error.participant:
        told |= {"participant": str(error.participant), "version": error.version}
    click.echo(write_json(told), err=True)


def _let_go_of_output() -> None:
    """Nothing more can be written there, and Python need not try at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def opened(db: str) -> Trajectories:
    """The trajectories of the store, for reading: a file that is not there is not made.

    Who cannot be read is left out of an answer about everybody, which is said, and the exit code is 1.
    """
    verb = click.get_current_context(silent=True)  # there is none in a process that works for one
    left_out: dict[UUID | None, DecodeError] = {} if verb is None else verb.meta.setdefault(LEFT_OUT, {})
    return open_trajectories(
        url_of(db, there=True),
        programme=PROGRAMMES,
        read_only=True,
        unreadable=lambda error: left_out.setdefault(error.participant, error),
    )


def url_of(db: str, *, there: bool) -> str:
    """What `--db` means. Raises NotAStore when it is `there` to be, and is not."""
    if db.startswith("memory:"):
        raise ConfigurationError("a store in memory would end with the verb: give a file or a server", field="db")
    url = db if "://" in db else f"sqlite:///{db}"
    path = url.removeprefix("sqlite:///")
    if there and path != url and not _holds_something(Path(path)):
        raise NotAStore(
            "there is no such store: give a store with --db, or make one with: zroute migrate (or zroute demo)",
            field="db",
        )
    return url


def _holds_something(path: Path) -> bool:
    try:
        return path.is_file() and path.stat().st_size > 0
    except OSError:  # a name that no file can have, or a folder that may not be read
        return False


def who(trajectories: Trajectories, asked: str) -> UUID:
    """The participant with this id, or the only one whose id begins so."""
    asked = asked.lower()
    try:
        return UUID(asked)
    except ValueError:
        pass
    if len(asked) < 4:
        raise InvalidInput("give the whole id, or at least its first four characters", field="ID")
    found = [one for one in trajectories.ids() if str(one).startswith(asked)]
    if not found:
        raise NotFound("nobody here has an id that begins so: see zroute list", field="ID")
    if len(found) > 1:
        raise InvalidInput(f"{len(found)} ids begin so: give more characters", field="ID")
    return found[0]


def show_answer(answer: object, view: Callable[[Console, Any], None], as_json: bool, heading: str = "") -> None:
    if as_json:
        print_json(to_plain(answer))
        return
    console = a_console()
    if heading:
        console.print(heading, style="bold")
    view(console, answer)


def heading_of(participant: UUID, known_at: datetime | None) -> str:
    """Whose view it is, and as known when."""
    known = f"\nas known at {known_at.isoformat(sep=' ')}" if known_at else ""
    return f"Participant {participant}{known}"


def print_json(plain: object) -> None:
    click.echo(write_json(plain))


def a_console() -> Console:
    """As wide as the terminal. Where nobody looks, lines are as long as they are: the reader of a pipe cuts them."""
    console = Console(highlight=False, markup=False, emoji=False)  # what people wrote is shown as they wrote it
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 1000
    return console
