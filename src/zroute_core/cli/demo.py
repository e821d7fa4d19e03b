"""`zroute demo`: the six pilots, recorded in a file and shown."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import click

from zroute_core.adapters.converter import to_plain
from zroute_core.cli.bars import bar
from zroute_core.cli.cohort_view import show_cohort
from zroute_core.cli.door import (
    a_console,
    answers,
    as_json,
    opened,
    print_json,
    zroute,
)
from zroute_core.cli.plan_view import show_plan
from zroute_core.cli.progress_view import show_progress
from zroute_core.errors import ConfigurationError
from zroute_core.pilots import EVALUATED_ON, SPREAD_NOTE, favourites, made_up, record_all
from zroute_core.trajectories import Trajectories


@zroute.command(short_help="Record the six pilots and show them.")
@click.option("--db", type=click.Path(path_type=Path, dir_okay=False), default=Path("pilots.db"), show_default=True)
@click.option("--fresh", is_flag=True, help="Replace the file, when an earlier demo made it.")
@as_json
@answers
def demo(db: Path, fresh: bool, as_json: bool) -> None:
    """Record the six pilots of 2020-2021 in a SQLite file, and show them."""
    _check_room(db, fresh)
    with _new_store(db) as new, _recorded(f"sqlite:///{new}"):
        pass
    with opened(str(db)) as trajectories:
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
        print_json({"note": SPREAD_NOTE, "participants": views, "cohort": to_plain(together)})
        return
    console = a_console()
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
    """The six pilots, recorded under a progress bar."""
    with bar() as progress:
        trajectories = record_all(
            url, progress=lambda month, done, of: progress(f"recording the six pilots, {month}", done, of)
        )
    with trajectories:
        yield trajectories


def _check_room(db: Path, fresh: bool) -> None:
    """Only what an earlier demo made may be replaced, never anybody's own store."""
    if not db.exists():
        return
    if not fresh:
        raise ConfigurationError("is there already: add --fresh to replace it, or choose another --db", field=db.name)
    with opened(str(db)) as trajectories:
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
