"""Code of the library's users is typed strictly by mypy and pyright, and its mistakes are found by both."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "typed_usage"
RIGHT, WRONG = HERE / "right.py", HERE / "wrong.py"


def mypy(file: Path, folder: Path) -> set[int]:
    """The lines on which mypy --strict finds an error."""
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-error-summary", str(file)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    return {int(number) for number in re.findall(r"^.+?:(\d+): error:", done.stdout, re.MULTILINE)}


def pyright(file: Path, folder: Path) -> set[int]:
    """The lines on which pyright, strict, finds an error."""
    shutil.copy(file, folder)
    settings = {"typeCheckingMode": "strict", "reportUnusedExpression": "none"}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, "--project", str(folder)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] == 1
    found = report["generalDiagnostics"]
    return {one["range"]["start"]["line"] + 1 for one in found if one["severity"] == "error"}


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_right_usage_has_no_error(checker: Callable[[Path, Path], set[int]], tmp_path: Path) -> None:
    assert checker(RIGHT, tmp_path) == set()


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_each_mistake_is_found_and_nothing_else(checker: Callable[[Path, Path], set[int]], tmp_path: Path) -> None:
    lines = WRONG.read_text(encoding="utf-8").splitlines()
    mistakes = {number for number, line in enumerate(lines, start=1) if "# mistake:" in line}
    assert len(mistakes) == 13
    assert checker(WRONG, tmp_path) == mistakes
