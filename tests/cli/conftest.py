"""What the tests of the program share: no terminal but the one that a test speaks of."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _of_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colours, bars and widths would else be those that the machine which runs the tests asks for."""
    for name in ("COLUMNS", "LINES", "FORCE_COLOR", "NO_COLOR", "TERM", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
