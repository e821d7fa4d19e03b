"""The reference pages are made from the code, and every link of the documentation leads somewhere."""

import re
import runpy
from pathlib import Path

import pytest

from zroute_core.domain.events import FACTS
from zroute_core.domain.policies import ACT_POLICIES

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
MADE: dict[str, str] = runpy.run_path(str(ROOT / "docs" / "generate.py"))["pages"]()


@pytest.mark.parametrize("name", sorted(MADE))
def test_a_reference_page_says_what_the_code_says(name: str) -> None:
    page = ROOT / "docs" / "reference" / name
    assert page.read_text(encoding="utf-8") == MADE[name], "run: python docs/generate.py"


def test_every_fact_and_every_policy_is_in_the_reference() -> None:
    assert all(f"`{fact.tag}`" in MADE["facts.md"] for fact in FACTS)
    assert all(f"`{one.rule}`" in MADE["policies.md"] for one in ACT_POLICIES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_named_files_exist(page: Path) -> None:
    named = re.findall(r"`((?:src|tests|docs|examples)/[\w/.-]+)`", page.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []
