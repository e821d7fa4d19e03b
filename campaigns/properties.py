"""The property tests over and over: what they claim of every history, held against histories nobody drew before.

The test run draws from a fixed seed, so that it says the same of the same code on the same machine. What is rare shows
here.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from campaigns.proof import Violation

HERE = Path(__file__).parents[1]


def hold(seed: int) -> int:
    """Run every property test with this seed; how many there were. Raises Violation with what pytest said."""
    told = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "hypothesis"),
            *("--hypothesis-profile=campaign", f"--hypothesis-seed={seed}", "tests"),
        ],
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
    )
    passed = re.search(r"(\d+) passed", told.stdout)
    if told.returncode or passed is None:
        raise Violation(told.stdout + told.stderr)
    return int(passed[1])
