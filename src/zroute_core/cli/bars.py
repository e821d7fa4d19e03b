"""A bar for long work, on standard error; none where nobody looks."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from zroute_core.kernel import ports


@contextmanager
def bar() -> Generator[ports.Progress]:
    """What to tell it with. It goes away when the work is done."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as shown:

        def tell(what: str, done: int, of: int) -> None:
            task = shown.task_ids[0] if shown.task_ids else shown.add_task("")
            shown.update(task, description=what, completed=done, total=of)

        yield tell
