"""The verbs for archives: a log goes out to a file, comes back in, and a file is looked at by itself."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import click
from rich.console import Console

from zroute_core.adapters.archive import FACTS, Imported, Verdict, import_log, verify_archive
from zroute_core.adapters.archive_files import ArchiveFile, write_archive
from zroute_core.adapters.converter import to_plain
from zroute_core.cli.bars import bar
from zroute_core.cli.door import a_console, answers, as_json, db, print_json, url_of, zroute
from zroute_core.cli.new_store import NewStore
from zroute_core.cli.words import number_of
from zroute_core.errors import NotAStore
from zroute_core.kernel.ports import ProvenLog
from zroute_core.opening import open_log

archive = click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
sealed = click.option(
    "--sealed", is_flag=True, help="Do not look into the payloads: keep what this version cannot read."
)


@zroute.command("export", short_help="Write the whole log to a file.")
@archive
@db
@click.option("--after", type=click.IntRange(0), default=0, metavar="POSITION", help="Begin behind this position.")
@click.option("--until", type=click.IntRange(0), metavar="POSITION", help="Go on to this position; to the end if not.")
@as_json
@answers
def export_archive(file: Path, db: str, after: int, until: int | None, as_json: bool) -> None:
    """Write the whole log to FILE, as lines of JSON; packed when its name ends in .gz.

    A file that is there is never overwritten. With --after a later part follows an earlier one.
    """
    with closing(open_log(url_of(db, there=True), read_only=True)) as log, bar() as progress:
        header = write_archive(log, file, after=after, until=until, progress=progress)
    if as_json:
        print_json(to_plain(header))
        return
    console = a_console()
    console.print(f"Written: {number_of(header.size - header.after, 'fact')}, up to position {header.size}.")
    console.print(f"Root: {header.root}", soft_wrap=True)
    console.print(
        "Keep the root elsewhere: whoever holds it can see that the archive is this log. Payloads are personal."
    )


@zroute.command("import", short_help="Verify an archive and take it in.")
@archive
@db
@click.option("--dry-run", is_flag=True, help="Verify, and say what would come in; nothing is stored.")
@click.option("--new-positions", is_flag=True, help="Put the facts behind whatever the store holds already.")
@sealed
@as_json
@answers
def import_archive(file: Path, db: str, dry_run: bool, new_positions: bool, sealed: bool, as_json: bool) -> None:
    """Verify the archive in FILE, and then add to the store what is not there yet.

    Of an archive that is not whole nothing is stored, and what is wrong with it is said. An import that broke off goes
    on when it is given again. FILE is read twice, so it can be no pipe.
    """
    with closing(_store(db, dry_run)) as log, bar() as progress:
        done = import_log(
            log,
            ArchiveFile(file),
            keep_positions=not new_positions,
            dry_run=dry_run,
            codec=None if sealed else FACTS,
            progress=progress,
        )
        if isinstance(log, NewStore) and not dry_run:
            log.make()  # an archive of nothing makes an empty store
    if as_json:
        print_json(to_plain(done))
    else:
        _show_imported(a_console(), done)


@zroute.command(short_help="Say what is wrong with an archive.")
@archive
@sealed
@as_json
@answers
def verify(file: Path, sealed: bool, as_json: bool) -> None:
    """Read the archive in FILE and say what is wrong with it; no store is needed.

    Of very many problems the first thousand are told, and how many there are.
    """
    with bar() as progress:
        verdict = verify_archive(ArchiveFile(file), codec=None if sealed else FACTS, progress=progress)
    if as_json:
        print_json({"whole": verdict.whole, **to_plain(verdict)})
    else:
        _show_verdict(a_console(), verdict)
    if not verdict.whole:
        sys.exit(1)


def _store(db: str, dry_run: bool) -> ProvenLog:
    """A store that is not there is an empty one, and its file is made when the first facts come in."""
    try:
        url = url_of(db, there=True)
    except NotAStore:
        return NewStore(url_of(db, there=False))
    return open_log(url, read_only=dry_run)


def _show_imported(console: Console, done: Imported) -> None:
    console.print(f"The archive is whole: {number_of(done.facts, 'fact')} of {_participants(done.participants)}.")
    if done.there:
        console.print(f"There already: {done.there}.")
    console.print(f"{'Would come in' if done.dry_run else 'Came in'}: {done.added}. The store holds {done.size}.")
    console.print(f"Root of the archive: {done.root}", soft_wrap=True)


def _show_verdict(console: Console, verdict: Verdict) -> None:
    for one in verdict.problems:
        click.echo(str(one))
    if verdict.more_problems:
        console.print(f"And {number_of(verdict.more_problems, 'more problem')}.")
    if not verdict.whole:
        console.print(
            f"Not whole: {number_of(len(verdict.problems) + verdict.more_problems, 'problem')}.", style="bold"
        )
        return
    console.print(f"Whole: {number_of(verdict.facts, 'fact')} of {_participants(verdict.participants)}.", style="bold")
    console.print(f"Root: {verdict.root}", soft_wrap=True)
    console.print("Compare it with the root that was kept when the archive was made.")


def _participants(number: int) -> str:
    return number_of(number, "participant")
