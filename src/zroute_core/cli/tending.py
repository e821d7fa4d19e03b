"""The verbs that look after a store: its tables, and whether the log is what it says."""

from __future__ import annotations

from contextlib import closing
from re import fullmatch

import click

from zroute_core.adapters.converter import to_plain
from zroute_core.cli.bars import bar
from zroute_core.cli.door import a_console, answers, as_json, db, print_json, url_of, zroute
from zroute_core.cli.words import number_of
from zroute_core.errors import RootMismatch
from zroute_core.kernel.merkle import HASH_BYTES, Frontier
from zroute_core.kernel.proof import check as check_log
from zroute_core.kernel.proof import root_at
from zroute_core.opening import migrate as bring_up_to_date
from zroute_core.opening import open_log
from zroute_core.opening import plan as planned


@zroute.command(short_help="Make or update the tables of a store.")
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


def a_root(ctx: click.Context, param: click.Parameter, value: str | None) -> bytes | None:
    if value is None:
        return None
    if not fullmatch(f"[0-9a-fA-F]{{{2 * HASH_BYTES}}}", value):
        raise click.BadParameter(f"this is no root: give its {2 * HASH_BYTES} digits, 0-9 and a-f", ctx, param)
    return bytes.fromhex(value)


@zroute.command(short_help="Hold the log against its root.")
@db
@click.option("--at", type=click.IntRange(0), metavar="SIZE", help="How many facts the log had when a root was kept.")
@click.option(
    "--root", metavar="HEX", callback=a_root, help="The root that was kept: the first SIZE facts must make it."
)
@as_json
@answers
def check(db: str, at: int | None, root: bytes | None, as_json: bool) -> None:
    """Read the whole log and hold it against its root, and against one that was kept earlier; nothing is written."""
    if (at is None) != (root is None):
        raise click.UsageError("give --at and --root together")
    head, earlier = _checked(url_of(db, there=True), at)
    if at is not None and at > head.size:
        raise RootMismatch(
            f"the log has only {number_of(head.size, 'fact')}: give the size that was kept with the root, and if that"
            " is it, facts are gone",
            field="at",
        )
    if earlier != root:
        raise RootMismatch("the first SIZE facts of this log do not make the root that was kept", field="root")
    if as_json:
        print_json({"size": head.size, "root": head.root().hex()})
        return
    console = a_console()
    if root is not None:
        console.print(f"Up to position {at} it is the log of the root that was kept.")
    console.print(f"The log is whole: {number_of(head.size, 'fact')}.")
    console.print(f"Root: {head.root().hex()}", soft_wrap=True)
    console.print("Keep both elsewhere. Later: zroute check --at SIZE --root ROOT says whether anything was changed.")


def _checked(url: str, at: int | None) -> tuple[Frontier, bytes | None]:
    """The head, and the root of the first `at` facts where there are so many."""
    with closing(open_log(url, read_only=True)) as log:
        with bar() as progress:
            head = check_log(log, progress)
        return head, None if at is None or at > head.size else root_at(log, at)
