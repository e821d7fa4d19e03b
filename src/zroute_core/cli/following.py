"""The verbs for the tables that follow the log: bring them up to it, make them anew, hold them against it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import sleep
from uuid import UUID

import attrs
import click
from rich.table import Table

from zroute_core.adapters.converter import to_plain
from zroute_core.cli.bars import bar
from zroute_core.cli.door import a_console, answers, as_json, db, opened, print_json, url_of, zroute
from zroute_core.cli.words import number_of
from zroute_core.errors import NotAStore
from zroute_core.kernel.ports import ReadModelStore
from zroute_core.kernel.tables import Fold
from zroute_core.projections.folding import Folding
from zroute_core.projections.rebuilding import Shadow
from zroute_core.viewing import Views, open_tables, open_views

views = click.option(
    "--views",
    "views_url",
    metavar="URL",
    help="Where the tables stand: a file beside the store (zroute-views.db), or the schema zroute_views of the server.",
)


def about_tables(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a verb about the tables."""
    return db(views(as_json(answers(command))))


@zroute.command(short_help="Keep the read models up to the log.")
@click.option("--once", is_flag=True, help="Bring the tables to the end of the log, and stop there.")
@about_tables
def follow(db: str, views_url: str | None, once: bool, as_json: bool) -> None:
    """Keep the tables of the read models at the end of the log, until stopped with Ctrl-C.

    They are made when they are not there. Lists, SQL and BI read them; they can be thrown away at any time.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever stops a service means the same as Ctrl-C
    with _opened(db, views_url) as tables:
        try:
            with bar() as progress:
                position = tables.catch_up(progress=progress)
            without = len(tables.parked())
            _tell(
                as_json,
                {"position": position, "parked": without},
                f"The tables stand at position {position}.{_without_rows(without)}",
            )
            if not once:
                tables.run(_ForEver(tables))
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)


@zroute.command(short_help="Make the read models anew.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that fold.")
@about_tables
def rebuild(db: str, views_url: str | None, workers: int, as_json: bool) -> None:
    """Make the tables anew beside those that serve, and change over at once."""
    with _opened(db, views_url) as tables:
        opens = partial(_reopened, db, _views_of(db, views_url))
        with bar() as progress:
            made = tables.rebuild(workers=workers, opens=opens, progress=progress)
        _tell(as_json, {"position": made.position}, f"Made anew: the tables stand at position {made.position}.")


@zroute.command(short_help="Hold the read models against the log.")
@about_tables
def compare(db: str, views_url: str | None, as_json: bool) -> None:
    """Fold everybody from the log, and compare with what stands in the tables; nothing is written."""
    with _opened(db, views_url, there=True) as tables:
        with bar() as progress:
            found = tables.compare(progress=progress)
        size, without = tables.log_size(), len(tables.parked())
    if as_json:
        print_json({**to_plain(found), "log_size": size, "parked": without})
    else:
        _show_comparison(found, size, without)
    if found.differences:
        raise SystemExit(1)


@zroute.command(short_help="Who has no rows in the read models?")
@click.option("--retry", is_flag=True, help="Try them once more first: the cause may be mended.")
@about_tables
def parked(db: str, views_url: str | None, retry: bool, as_json: bool) -> None:
    """Who has no rows in the tables because a fact of theirs cannot be processed, and why."""
    with _opened(db, views_url, there=True) as tables:
        left = tables.replay_parked() if retry else tables.parked()
    if as_json:
        print_json(to_plain([_Parked.of(one) for one in left]))
    else:
        _show_parked(left)


class _ForEver:
    """Never stops a follower, and says on the way when it does not get on, and when it does again."""

    def __init__(self, tables: Views) -> None:
        self._tables = tables
        self._told: str | None = None

    def is_set(self) -> bool:
        return False

    def wait(self, timeout: float | None = None) -> bool:
        trouble = self._tables.trouble
        told = None if trouble is None else f"waiting: {trouble} ({trouble.code})"
        if told != self._told:
            click.echo(told or "goes on", err=True)
        self._told = told
        sleep(timeout or 0)
        return False


@contextmanager
def _opened(db: str, views_url: str | None, *, there: bool = False) -> Generator[Views]:
    """The tables, beside the trajectories they follow. A file that is to be `there` is not made."""
    url = _views_of(db, views_url)
    if there and url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        raise NotAStore("the tables are not there: make them with zroute follow --once", field="views")
    with opened(db) as trajectories, open_views(url, trajectories) as tables:
        yield tables


def _reopened(db: str, views_url: str) -> tuple[Folding, ReadModelStore]:
    """In another process."""
    return opened(db).folding(), open_tables(views_url)


def _views_of(db: str, views_url: str | None) -> str:
    """Beside the store, when nothing else is said."""
    if views_url is not None:
        return url_of(views_url, there=False)
    url = url_of(db, there=False)
    if not url.startswith("sqlite:///"):
        return url
    path = Path(url.removeprefix("sqlite:///"))
    return f"sqlite:///{path.with_name(f'{path.stem}-views{path.suffix}')}"


def _tell(as_json: bool, plain: dict[str, object], sentence: str) -> None:
    if as_json:
        print_json(plain)
    else:
        a_console().print(sentence)


@attrs.frozen
class _Parked:
    """One who is parked, as JSON says it."""

    participant: UUID
    code: str
    error: str
    tries: int
    entry: int | None

    @classmethod
    def of(cls, fold: Fold) -> _Parked:
        why = fold.parked
        if why is None:
            raise AssertionError("unreachable: only who is parked is asked for")
        return cls(fold.participant, why.code, why.error, why.tries, why.entry)


def _show_parked(folds: Sequence[Fold]) -> None:
    console = a_console()
    if not folds:
        console.print("Nobody is parked: everybody has their rows.")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("Participant", "Because", "Entry", "Tries"):
        table.add_column(heading, overflow="fold")
    for one in map(_Parked.of, folds):
        table.add_row(
            str(one.participant), one.code, "all together" if one.entry is None else str(one.entry), str(one.tries)
        )
    console.print(table)
    console.print("Their rows are taken out, so that no total is wrong. Mend the cause, then: zroute parked --retry")


def _without_rows(parked: int) -> str:
    return f" {number_of(parked, 'participant')} without rows: see zroute parked." if parked else ""


def _show_comparison(found: Shadow, size: int, parked: int) -> None:
    console = a_console()
    console.print(f"Compared: {number_of(found.participants, 'participant')}, at position {found.position}.")
    if size > found.position:
        console.print(f"The log goes on to position {size}: bring the tables there with zroute follow --once.")
    if not found.differences:
        console.print(f"Up to there the tables are what the log says.{_without_rows(parked)}")
        console.print(f"Digest: {found.digest}", soft_wrap=True)
        return
    console.print("They differ. The first who differ:", style="bold")
    for one in found.differences:
        console.print(f"  {one.participant}  {', '.join(one.tables) or 'how far their history is known'}")
    console.print("Make the tables anew with: zroute rebuild")
