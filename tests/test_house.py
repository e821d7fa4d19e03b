"""The rooms of the house: who may import whom, and what the pure rooms never do."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "zroute_core"

PURE = ("errors.py", "checking.py", "domain", "kernel", "read_models")
MAY_IMPORT = {
    "__future__", "attrs", "collections", "dataclasses", "datetime", "decimal", "enum", "fractions", "functools",
    "itertools", "operator", "types", "typing", "unicodedata", "uuid", "zroute_core",
}  # fmt: skip
CLOCK_OR_CHANCE = {"now", "utcnow", "today", "uuid1", "uuid4", "urandom"}
INPUT_OR_OUTPUT = {"open", "print", "input", "eval", "exec", "__import__"}


def impurities(source: str) -> Iterator[str]:
    """What a pure file must not do: import another library, read a clock, make chance, do input or output."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                modules = [alias.name for alias in names]
            case ast.ImportFrom(module=str(module), names=names):
                modules = [module]
                yield from (f"imports {alias.name}" for alias in names if alias.name in CLOCK_OR_CHANCE)
            case ast.Attribute(attr=name) if name in CLOCK_OR_CHANCE:
                yield f"uses {name}"
                continue
            case ast.Call(func=ast.Name(id=name)) if name in INPUT_OR_OUTPUT:
                yield f"calls {name}"
                continue
            case _:
                continue
        yield from (f"imports {module}" for module in modules if module.split(".")[0] not in MAY_IMPORT)


def pure_files() -> list[Path]:
    places = [SOURCE / name for name in PURE]
    return sorted(file for place in places for file in ([place] if place.suffix else place.rglob("*.py")))


@pytest.mark.parametrize("file", pure_files(), ids=lambda file: str(file.relative_to(SOURCE)))
def test_a_pure_file_stays_pure(file: Path) -> None:
    assert list(impurities(file.read_text())) == []


@pytest.mark.parametrize(
    "planted",
    [
        "from datetime import datetime\nday = datetime.now()",
        "from uuid import uuid4",
        "import random",
        "import cattrs",
        "text = open('facts.txt')",
    ],
)
def test_a_planted_impurity_is_found(planted: str) -> None:
    assert list(impurities(planted))


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder / "src"), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )


def copy_of_the_house(folder: Path) -> Path:
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder / "src" / "zroute_core"


def test_the_import_contract_holds(tmp_path: Path) -> None:
    copy_of_the_house(tmp_path)
    done = lint_imports(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("room", "planted"),
    [
        ("domain/policies/pip.py", "from zroute_core.adapters import memory"),
        ("domain/values.py", "from zroute_core.kernel import log"),
        ("kernel/log.py", "from zroute_core.domain import values"),
        ("read_models/plan.py", "from zroute_core import trajectories"),
        ("adapters/memory.py", "from zroute_core import trajectories"),
        ("trajectories.py", "from zroute_core import opening"),
        ("domain/history.py", "import json"),
    ],
)
def test_a_planted_wrong_import_breaks_the_contract(tmp_path: Path, room: str, planted: str) -> None:
    file = copy_of_the_house(tmp_path) / room
    file.write_text(file.read_text() + f"\n{planted}\n")
    done = lint_imports(tmp_path)
    assert done.returncode != 0
    assert "BROKEN" in done.stdout


def test_a_room_that_nobody_placed_breaks_the_contract(tmp_path: Path) -> None:
    (copy_of_the_house(tmp_path) / "utils.py").write_text("")
    assert lint_imports(tmp_path).returncode != 0


@pytest.mark.parametrize("file", ["domain/trajectory.py", "domain/hours.py", "read_models/telling.py"])
def test_a_new_fact_without_its_branch_fails_the_type_check(tmp_path: Path, file: str) -> None:
    house = copy_of_the_house(tmp_path)
    events = house / "domain" / "events.py"
    new = "@attrs.frozen(field_transformer=checked)\nclass Naturalised:\n    on: date\n\n\n"
    union = "Happened: TypeAlias = (\n    "
    events.write_text(events.read_text().replace(union, f"{new}{union}Naturalised | "))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", str(house / file)],
        cwd=tmp_path,
        env={"MYPYPATH": str(tmp_path / "src"), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "Naturalised" in done.stdout


def test_a_new_command_without_its_branch_fails_the_type_check(tmp_path: Path) -> None:
    house = copy_of_the_house(tmp_path)
    lessons = house / "domain" / "decisions" / "lessons.py"
    new = "@attrs.frozen(field_transformer=checked)\nclass TeachLesson:\n    on: date\n\n\n"
    union = "LessonCommand: TypeAlias = "
    lessons.write_text(lessons.read_text().replace(union, f"{new}{union}TeachLesson | "))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", str(lessons)],
        cwd=tmp_path,
        env={"MYPYPATH": str(tmp_path / "src"), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "assert_never" in done.stdout
    assert "TeachLesson" in done.stdout


def test_a_new_subject_without_its_branch_fails_the_type_check(tmp_path: Path) -> None:
    house = copy_of_the_house(tmp_path)
    deciding = house / "domain" / "decisions" / "deciding.py"
    union = "OneCommand: TypeAlias = ("
    deciding.write_text(deciding.read_text().replace(union, f"class Appeal: ...\n\n\n{union}\n    Appeal | "))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", str(deciding)],
        cwd=tmp_path,
        env={"MYPYPATH": str(tmp_path / "src"), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "Appeal" in done.stdout
