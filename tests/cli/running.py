"""Runs a verb of `zroute` as a person would, on a screen of so many columns or as a program of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import IO

from click.testing import CliRunner, Result

from zroute_core.cli.commands import zroute


def on_a_screen(columns: int) -> Callable[..., Result]:
    """The function that runs the words it is given."""
    runner = CliRunner(env={"COLUMNS": str(columns)})
    return lambda *words: runner.invoke(zroute, [str(word) for word in words])


def as_a_program(*words: object, stdout: IO[str] | int = subprocess.PIPE) -> subprocess.Popen[str]:
    """The process that runs the words it is given; Ctrl-C of the person who runs the tests does not reach it."""
    command = [sys.executable, "-m", "zroute_core.cli", *map(str, words)]
    return subprocess.Popen(command, stdout=stdout, stderr=subprocess.PIPE, text=True, start_new_session=True)
