"""The reference pages are made from the code, and every link of the documentation leads somewhere."""

import re
import runpy
from pathlib import Path

import pytest

from zroute_core.domain.events import FACTS
from zroute_core.domain.national import WI2021
from zroute_core.domain.rulebook import Force, rulebook

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
MADE: dict[str, str] = runpy.run_path(str(ROOT / "docs" / "generate.py"))["pages"]()


@pytest.mark.parametrize("name", sorted(MADE))
def test_a_reference_page_says_what_the_code_says(name: str) -> None:
    page = ROOT / "docs" / "reference" / name
    assert page.read_text(encoding="utf-8") == MADE[name], "run: python docs/generate.py"


def test_every_fact_and_every_rule_is_in_the_reference() -> None:
    assert all(f"`{fact.tag}`" in MADE["facts.md"] for fact in FACTS)
    assert all(f"`{one.id}`" in MADE["rulebook.md"] for one in rulebook(WI2021))


def test_every_rule_that_is_applied_is_tested_and_the_others_are_seen_to_be_applied_by_nothing() -> None:
    lines = {line.split("`")[1]: line for line in MADE["rulebook.md"].splitlines() if line.startswith("| `")}
    for one in rulebook(WI2021):
        tests = lines[one.id].rsplit("|", 2)[1]
        if one.force is Force.NOT_APPLIED:
            assert "| nothing | - |" in lines[one.id]
        else:
            assert "tests/domain/" in tests, one.id


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_named_files_exist(page: Path) -> None:
    named = re.findall(r"`((?:src|tests|docs|examples)/[\w/.-]+)`", page.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []
