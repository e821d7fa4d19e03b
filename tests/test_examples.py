"""Every script in examples/ runs, and prints the same bytes every time."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
SCRIPTS = sorted(str(path.relative_to(EXAMPLES)) for path in EXAMPLES.rglob("*.py"))
NEVER = 1800
"""Seconds that no script takes, however busy the machine is: only one that hangs does."""


@cache
def told_twice(script: str) -> tuple[str, str]:
    """What it prints in two processes beside each other, whose sets stand in different orders."""
    running = [
        subprocess.Popen(
            [sys.executable, "-W", "error", EXAMPLES / script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        for seed in ("1", "2")
    ]
    first, second = [(*process.communicate(timeout=NEVER), process.returncode) for process in running]
    assert (first[1:], second[1:]) == (("", 0), ("", 0))
    return first[0], second[0]


@pytest.mark.parametrize("script", SCRIPTS)
def test_an_example_tells_the_same_every_time(script: str) -> None:
    first, second = told_twice(script)
    assert first.strip()
    assert first == second


@pytest.mark.parametrize("script", [one for one in SCRIPTS if one.startswith("pilots")])
def test_a_pilot_is_short_and_says_that_its_people_are_made_up(script: str) -> None:
    assert len((EXAMPLES / script).read_text(encoding="utf-8").splitlines()) <= 50
    assert "made up" in told_twice(script)[0]


def test_the_cohort_script_shows_the_figures_of_the_factsheet() -> None:
    out, _ = told_twice("pilots/cohort.py")
    assert "Participants: 95 (factsheet: 95)" in out
    assert "all together         +0.88   n = 84   factsheet +0.88" in out
    assert "all together         +0.41   n = 84   factsheet +0.41" in out
    assert "The people are made up" in out
