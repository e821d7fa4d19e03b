"""The verb for columns: Parquet files that follow the log, for questions about everybody."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from zroute_core.adapters import columnar
from zroute_core.adapters.codec import JsonCodec
from zroute_core.cli.bars import bar
from zroute_core.cli.door import a_console, answers, as_json, db, print_json, url_of, zroute
from zroute_core.cli.words import number_of
from zroute_core.opening import open_log


@zroute.command(short_help="Bring Parquet files up to the log.")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--check", is_flag=True, help="Hold them against the log, value by value; nothing is written.")
@db
@as_json
@answers
def columns(folder: Path, check: bool, db: str, as_json: bool) -> None:
    """Bring the Parquet files in FOLDER to the end of the log; they are made when they are not there.

    Polars, DuckDB and whatever else reads Parquet can ask them. They hold what the log says of people, in the clear.
    Needs the extra analytics.
    """
    with closing(open_log(url_of(db, there=True), read_only=True)) as log:
        if check:
            with bar() as progress:
                found = columnar.check(folder, log, JsonCodec(), progress=progress)
            _tell_differences(found, as_json)
            return
        with bar() as progress:
            made = columnar.update(folder, log, JsonCodec(), progress=progress)
    if as_json:
        print_json({"position": made.position, "root": made.root})
        return
    console = a_console()
    console.print(f"The columns stand at position {made.position}.")
    console.print(f"Root: {made.root}", soft_wrap=True)


def _tell_differences(found: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        print_json(list(found))
    else:
        console = a_console()
        for one in found:
            console.print(one, soft_wrap=True)
        console.print(f"Not the log: {number_of(len(found), 'difference')}." if found else "The columns are the log.")
    if found:
        raise SystemExit(1)
