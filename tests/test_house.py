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
    "__future__", "attrs", "bisect", "collections", "dataclasses", "datetime", "decimal", "enum", "fractions",
    "functools", "hashlib", "itertools", "operator", "struct", "types", "typing", "unicodedata", "uuid", "zroute_core",
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
        ("projections/folding.py", "from zroute_core.adapters import memory"),
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


MISSING_BRANCH = {
    "domain/trajectory.py": "Naturalised",
    "domain/hours.py": "Naturalised",
    "read_models/telling.py": "Naturalised",
    "domain/decisions/lessons.py": "TeachLesson",
    "domain/decisions/deciding.py": "Appeal",
}
"""Where the type checker must miss a branch for a fact, a command or a subject of commands that was planted."""


@pytest.fixture(scope="module")
def type_errors(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What mypy says of a house with a new fact, a new command and a new subject in it, and no branch for them."""
    folder = tmp_path_factory.mktemp("house")
    house = copy_of_the_house(folder)
    for file, union, new in (
        ("domain/events.py", "Happened: TypeAlias = (\n    ", "Naturalised"),
        ("domain/decisions/lessons.py", "LessonCommand: TypeAlias = ", "TeachLesson"),
        ("domain/decisions/deciding.py", "OneCommand: TypeAlias = (\n    ", "Appeal"),
    ):
        planted = f"@attrs.frozen(field_transformer=checked)\nclass {new}:\n    on: date\n\n\n{union}{new} | "
        text = (house / file).read_text()
        assert union in text
        (house / file).write_text(text.replace(union, planted))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", *(str(house / file) for file in MISSING_BRANCH)],
        cwd=folder,
        env={"MYPYPATH": str(folder / "src"), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


@pytest.mark.parametrize("file", MISSING_BRANCH)
def test_what_is_new_fails_the_type_check_until_it_has_its_branch(type_errors: str, file: str) -> None:
    said = [line for line in type_errors.splitlines() if f"/{file}:" in line and "error:" in line]
    assert any(MISSING_BRANCH[file] in line for line in said), type_errors
