"""Runs a verb of `zroute` as a person would, on a screen of so many columns."""

from __future__ import annotations

from collections.abc import Callable

from click.testing import CliRunner, Result

from zroute_core.cli.commands import zroute


def on_a_screen(columns: int) -> Callable[..., Result]:
    """The function that runs the words it is given."""
    runner = CliRunner(env={"COLUMNS": str(columns)})
    return lambda *words: runner.invoke(zroute, [str(word) for word in words])
