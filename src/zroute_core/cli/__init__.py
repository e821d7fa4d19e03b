"""The command-line door: `zroute`, with the extra `cli`."""

from __future__ import annotations

import sys
from io import TextIOWrapper

STOPPED = 130
"""The exit code of a program that was stopped by Ctrl-C: 128 and the number of the signal."""


def main() -> None:
    """Run `zroute`; without click and rich, say how to get them. Stopped by Ctrl-C before a verb began, say nothing."""
    try:
        _run()
    except KeyboardInterrupt:
        sys.exit(STOPPED)


def _run() -> None:
    try:
        from zroute_core.cli.commands import zroute
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in {"click", "rich"}:
            raise
        print("The command line needs two more libraries: pip install 'zroute_core[cli]'", file=sys.stderr)
        sys.exit(1)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that has no Arabic shows a question mark, and goes on
    zroute()
