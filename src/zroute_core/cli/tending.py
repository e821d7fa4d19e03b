"""The verbs that look after a store: its tables, and whether the log is what it says."""

from __future__ import annotations

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from zroute_core.adapters.converter import to_plain
from zroute_core.cli.door import a_console, answers, as_json, db, print_json, url_of, zroute
from zroute_core.cli.words import number_of
from zroute_core.kernel.merkle import Frontier
from zroute_core.kernel.proof import check as check_log
from zroute_core.opening import migrate as bring_up_to_date
from zroute_core.opening import open_log
from zroute_core.opening import plan as planned


@zroute.command()
@db
@click.option("--plan", is_flag=True, help="Only show what would be done, with its SQL.")
@as_json
@answers
def migrate(db: str, plan: bool, as_json: bool) -> None:
    """Make the tables of a store, or bring them up to this version of the library."""
    url = url_of(db, there=False)
    steps = planned(url) if plan else bring_up_to_date(url)
    if as_json:
        print_json(to_plain(list(steps)))
        return
    console = a_console()
    if not steps:
        console.print("Nothing to do: the tables are up to date.")
    for step in steps:
        console.print(f"{'Would do' if plan else 'Done'}: step {step.version}, {step.title}", style="bold")
        if plan:
            console.print(step.sql.strip(), soft_wrap=True)


@zroute.command()
@db
@as_json
@answers
def check(db: str, as_json: bool) -> None:
    """Read the whole log and hold it against its root; nothing is written."""
    head = _checked(url_of(db, there=True))
    if as_json:
        print_json({"size": head.size, "root": head.root().hex()})
        return
    console = a_console()
    console.print(f"The log is whole: {number_of(head.size, 'fact')}.")
    console.print(f"Root: {head.root().hex()}")
    console.print("Keep both elsewhere: whoever holds them can see later whether anything up to here was changed.")


def _checked(url: str) -> Frontier:
    """Under a progress bar; no bar where nobody looks."""
    console = Console(stderr=True)
    columns = (TextColumn("Reading the log"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("")
        log = open_log(url, read_only=True)
        try:
            return check_log(log, lambda done, of: bar.update(task, completed=done, total=of))
        finally:
            log.close()
