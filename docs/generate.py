"""Write the reference pages that are made from the code: `python docs/generate.py`. A test holds them equal."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import get_type_hints

import attrs

from zroute_core import errors
from zroute_core.domain.events import FACTS
from zroute_core.domain.policies import FIRST_POLICIES

REFERENCE = Path(__file__).parent / "reference"
MADE = "<!-- made by docs/generate.py -->\n"


def pages() -> dict[str, str]:
    """The name of each page and its text."""
    return {"facts.md": facts(), "policies.md": policies(), "errors.md": error_codes()}


def facts() -> str:
    rows = (f"| `{fact.tag}` | {_sentence(fact)} | {', '.join(_fields(fact))} |" for fact in FACTS)
    return _page(
        "The facts",
        "Everything that can stand in a history, with its tag. A tag and its fields load for ever. Minutes are whole "
        "minutes; `on` is the day it was so.",
        "| tag | what it says | fields |\n| --- | --- | --- |",
        rows,
    )


def policies() -> str:
    rows = (
        f"| `{one.rule}` | {one.sentence.en} | {one.sentence.nl} | {one.source} | {one.evidence.value} "
        f"| {'binding' if one.binding else 'advisory'} |"
        for one in FIRST_POLICIES
    )
    return _page(
        "The policies",
        "The rules a programme starts with, in the order in which they are asked. A binding rule refuses, an advisory "
        "one remarks. Evidence: V read in an official text, S in a text that cites one, I inferred, M not verified, "
        "H no law but what keeps a record consistent.",
        "| rule | sentence | zin | source | evidence | force |\n| --- | --- | --- | --- | --- | --- |",
        rows,
    )


def error_codes() -> str:
    classes = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, errors.ZRouteError)]
    rows = (f"| `{cls.code}` | `{cls.__name__}` | `{cls.__base__.__name__}` | {_sentence(cls)} |" for cls in classes)
    return _page(
        "The errors",
        "One closed tree. Every error has a stable `code`; no error holds an input value.",
        "| code | class | is a | meaning |\n| --- | --- | --- | --- |",
        rows,
    )


def _page(title: str, opening: str, head: str, rows: Iterator[str]) -> str:
    return f"# {title}\n\n{MADE}\n{opening}\n\n{head}\n" + "\n".join(rows) + "\n"


def _sentence(cls: type) -> str:
    return (inspect.getdoc(cls) or "").split("\n\n")[0].replace("\n", " ")


def _fields(fact: type[attrs.AttrsInstance]) -> Iterator[str]:
    hints = get_type_hints(fact)
    for field in attrs.fields(fact):
        kind = hints[field.name]
        yield f"`{field.name}` {getattr(kind, '__name__', str(kind).rpartition('.')[2])}"


if __name__ == "__main__":
    REFERENCE.mkdir(exist_ok=True)
    for name, text in pages().items():
        (REFERENCE / name).write_text(text, encoding="utf-8")
        print(REFERENCE / name)
