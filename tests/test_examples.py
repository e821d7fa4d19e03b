"""Every script in examples/ runs, and tells the same story every time."""

import runpy
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
SCRIPTS = sorted(EXAMPLES.rglob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: str(script.relative_to(EXAMPLES)))
def test_an_example_runs(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(script), run_name="__main__")
    assert capsys.readouterr().out.strip()


def test_a_pilot_is_told_the_same_every_time(capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    for _ in range(2):
        runpy.run_path(str(EXAMPLES / "pilots" / "berg_en_dal.py"), run_name="__main__")
        told.append(capsys.readouterr().out)
    assert told[0] == told[1]


def test_the_cohort_script_shows_the_figures_of_the_factsheet(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLES / "pilots" / "cohort.py"), run_name="__main__")
    out = capsys.readouterr().out
    assert "Participants: 95 (factsheet: 95)" in out
    assert "all together         +0.88   n = 84   factsheet +0.88" in out
    assert "all together         +0.41   n = 84   factsheet +0.41" in out
    assert "The people are made up" in out
