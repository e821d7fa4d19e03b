"""Write the reference pages that are made from the code: `make docs`. A test holds them equal."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import attrs

from zroute_core import errors
from zroute_core.checking import Among, AtLeastOne, Code, EachOnce, Exact, Text, Whole
from zroute_core.domain import act, values
from zroute_core.domain.decisions import Command, GroupCommand
from zroute_core.domain.events import FACTS, Happened
from zroute_core.domain.national import WI2021
from zroute_core.domain.programme import Evidence, Offered
from zroute_core.domain.rulebook import Force, Rule, rulebook
from zroute_core.kernel.tables import LAST_POSITION, PARKED, STATE, Column
from zroute_core.pilots import PILOTS
from zroute_core.projections import TABLES

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "docs" / "reference"
RULE_TESTS = {file: file.read_text(encoding="utf-8") for file in sorted((ROOT / "tests" / "domain").rglob("test_*.py"))}
MADE = "<!-- made by docs/generate.py -->\n"

SIMPLE: dict[Any, str] = {
    int: "whole number",
    str: "text",
    bool: "yes or no",
    Decimal: "exact decimal",
    date: "day",
    time: "time of day",
    datetime: "moment in UTC",
    UUID: "UUID",
    Happened: "any fact that can happen",
}


def pages() -> dict[str, str]:
    """The name of each page and its text."""
    return {
        "facts.md": facts(),
        "commands.md": commands(),
        "values.md": values_and_choices(),
        "rulebook.md": rules(),
        "programmes.md": programmes(),
        "errors.md": error_codes(),
        "tables.md": tables(),
    }


def facts() -> str:
    rows = (f"| `{fact.tag}` | {_sentence(fact)} | {', '.join(_fields(fact))} |" for fact in FACTS)
    return _page(
        "The facts",
        "Everything that can stand in a history, with its tag. A tag and its fields load for ever. Minutes are whole "
        "minutes; `on` is the day it was so. What the fields are made of stands in [values](values.md).",
        _table("tag", "what it says", "fields", rows=rows),
    )


def commands() -> str:
    alone = (f"| `{one.__name__}` | {_sentence(one)} | {', '.join(_fields(one))} |" for one in get_args(Command))
    many = (f"| `{one.__name__}` | {_sentence(one)} | {', '.join(_fields(one))} |" for one in get_args(GroupCommand))
    return _page(
        "The commands",
        "What can be asked, from `zroute_core.domain.decisions`. Each is safe to send twice. Which rules may refuse it "
        "stands in the [rulebook](rulebook.md).",
        "## For one participant: `trajectories.handle`\n",
        _table("command", "what it does", "fields", rows=alone),
        "\n## For many at once, all or none: `trajectories.handle_together`\n",
        _table("command", "what it does", "fields", rows=many),
    )


def values_and_choices() -> str:
    here = [
        one
        for room in (values, act)
        for one in vars(room).values()
        if inspect.isclass(one) and one.__module__ == room.__name__
    ]
    made = (f"| `{one.__name__}` | {_sentence(one)} | {', '.join(_fields(one))} |" for one in here if attrs.has(one))
    chosen = (
        f"| `{one.__name__}` | {_sentence(one)} | {', '.join(f'`{member.value}`' for member in one)} |"
        for one in here
        if issubclass(one, Enum)
    )
    return _page(
        "The values",
        "What facts and commands are made of, from `zroute_core.domain.values` and (for the act) from "
        "`zroute_core.domain.act`. Types are exact: nothing is coerced. "
        "The Dutch terms stand in the [glossary](glossary.md).",
        _table("value", "what it is", "fields", rows=made),
        "\n## Choices\n",
        _table("choice", "what it says", "one of", rows=chosen),
    )


FORCES = {
    Force.BINDING: "A binding rule refuses what goes against it, in the order in which they are asked.",
    Force.ADVISORY: "An advisory rule remarks and lets pass.",
    Force.DEFINITION: "A definition says how something is worked out.",
    Force.NOT_APPLIED: "**Nobody could verify these, or they are for another to apply: nothing here rests on them.**",
}


def rules() -> str:
    """Every rule of the act: what it says, where that stands, since when, what applies it and what tests it."""
    titles = ("rule", "zin", "sentence", "source", "evidence", "valid", "known", "applied by", "tested in")
    known = rulebook(WI2021)
    return _page(
        "The rulebook",
        "The rules of a programme under the Wet inburgering 2021; a programme of the pilots has the policies from "
        "`opens-once` to `while-interrupted`. Evidence: V read in an official text, S read in a text that cites one, "
        "I inferred, M **not verified**, H no law but what keeps a record consistent. V and S refuse unless the rule "
        "says why it advises; I and M never refuse. A rule speaks of facts from its first day of validity up to, not "
        "including, its last; it is known from the day it was published, later where a ruling reaches back.",
        *(
            f"## {force.value.capitalize()}\n\n{text}\n\n"
            + _table(*titles, rows=(_rule(one) for one in known if one.force is force))
            + "\n"
            for force, text in FORCES.items()
        ),
    )


def _rule(one: Rule) -> str:
    source = f"[{one.source.replace('[', '(').replace(']', ')')}]({one.link})" if one.link else one.source
    evidence = "**M, not verified**" if one.evidence is Evidence.MEMORY else one.evidence.value
    valid = f"{one.since or 'always'}{f' to {one.until}' if one.until else ''}"
    where = f"`{one.where.removeprefix('zroute_core.domain.')}`" if one.where else "nothing"
    tests = ", ".join(f"[{file.stem}](../../{file.relative_to(ROOT)})" for file in tested_in(one)) or "-"
    cells = (f"`{one.id}`", one.sentence.nl, one.sentence.en, source, evidence, valid)
    return f"| {' | '.join(cells)} | {one.published or 'always'} | {where} | {tests} |"


def tested_in(one: Rule) -> list[Path]:
    """The tests that name a policy, or a rule by its id in the name of a test."""
    policy = one.force in {Force.BINDING, Force.ADVISORY}
    named = rf'"{one.id}"' if policy else rf"def test_(\w+_)?{one.id.replace('-', '_')}_"
    return [file for file, text in RULE_TESTS.items() if one.where and re.search(named, text)]


def programmes() -> str:
    offers = (
        f"\n## {pilot.name} ({pilot.programme.municipality})\n\n"
        + _table(
            "component", "provider", "called", "how", "with whom", "about", "note", "source", rows=map(_offer, offered)
        )
        for pilot in PILOTS
        for offered in [pilot.programme.offer]
    )
    return _page(
        "The programmes of the pilots",
        "What each municipality offered, as its programme value in `src/zroute_core/pilots/` holds it. A dash: the "
        "source does not say. What the stories add to that is marked as chosen.",
        *offers,
    )


def error_codes() -> str:
    classes = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, errors.ZRouteError)]
    rows = (f"| `{cls.code}` | `{cls.__name__}` | `{cls.__base__.__name__}` | {_sentence(cls)} |" for cls in classes)
    return _page(
        "The errors",
        "One closed tree. Every error has a stable `code`; no error holds an input value.",
        _table("code", "class", "is a", "meaning", rows=rows),
    )


def tables() -> str:
    return _page(
        "The tables",
        "Read models as tables with typed columns, for SQL and BI: in a SQLite file of their own, and in the schema "
        "`zroute_views` of a PostgreSQL database. Read the names below: they are views, and stay when the tables "
        "behind them are made anew. All tables go up to the same position, the one in `state`, and each row says in "
        "`last_position` up to which entry of its participant it goes. Whoever is in `parked` is in no other table: a "
        "report that adds up says how many those are. No table holds a note, nor anything that depends on "
        "today. Of what people type only these stand there: `provider`, a line of free text, and the organisation's "
        "own references in `guide`, `pip`, `recorded_by` and `purpose`. How they follow the log stands in "
        "[follow the log](../how-to/follow-the-log.md); what the choices in `code marks` can be, in "
        "[values](values.md) and in `src/zroute_core/domain/programme.py` (`Category`).",
        *(_columns(one.name, one.about, (*one.columns, LAST_POSITION), {*one.keys}) for one in TABLES),
        _columns("parked", "Who has no rows in the tables, and why?", PARKED, {"participant"}),
        _columns("state", "How far is the log in these tables? One row.", STATE, set()),
    )


SQL_KINDS = {
    "text": ("TEXT", "text"),
    "whole number": ("INTEGER", "bigint"),
    "day": ("TEXT, `2024-03-01`", "date"),
    "moment in UTC": ("TEXT, `2024-03-01T09:30:00.000000Z`", "timestamptz"),
    "UUID": ("TEXT", "uuid"),
    "yes or no": ("INTEGER, 1 or 0", "boolean"),
}


def _columns(name: str, about: str, columns: Iterable[Column], keys: set[str]) -> str:
    rows = (
        f"| {f'**`{one.name}`**' if one.name in keys else f'`{one.name}`'} | {' | '.join(SQL_KINDS[one.kind.value])} "
        f"| {'yes' if one.nullable else 'no'} | {one.about} |"
        for one in columns
    )
    table = _table("column", "in SQLite", "in PostgreSQL", "may be empty", "what it says", rows=rows)
    return (
        f"## `{name}`\n\n{about} The key is in bold.\n\n{table}\n" if keys else f"## `{name}`\n\n{about}\n\n{table}\n"
    )


def _page(title: str, opening: str, *parts: str) -> str:
    return "\n".join([f"# {title}\n", f"{MADE}\n{opening}\n", *parts]) + "\n"


def _table(*titles: str, rows: Iterable[str]) -> str:
    return "\n".join([f"| {' | '.join(titles)} |", f"|{' --- |' * len(titles)}", *rows])


def _sentence(cls: type) -> str:
    return (inspect.getdoc(cls) or "").split("\n\n")[0].replace("\n", " ")


def _fields(cls: type[attrs.AttrsInstance]) -> Iterator[str]:
    hints = get_type_hints(cls, include_extras=True)
    for field in attrs.fields(cls):
        yield f"`{field.name}` {_kind(hints[field.name])}"


def _kind(annotation: Any) -> str:
    """The annotation in words."""
    if annotation in SIMPLE:
        return SIMPLE[annotation]
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return " ".join([_kind(inner[0]), *map(_limit, inner[1:])]).strip()
    if origin is tuple:
        return f"list of {_kind(inner[0])}"
    if origin in {Union, UnionType}:
        real = [one for one in inner if one is not type(None)]
        words = _kind(real[0]) if len(real) == 1 else "any command for one participant"
        return f"{words} or none" if len(real) < len(inner) else words
    return f"`{annotation.__name__}`"


def _limit(limit: object) -> str:
    match limit:
        case Exact(lowest, highest, places):
            return f"({lowest} to {highest}, {places} places)"
        case Whole(low, high):
            return f"({low} to {high})"
        case Text(longest, lines):
            return f"(up to {longest}{', more lines' if lines else ''})"
        case Code(digits):
            return f"({digits} digits)"
        case Among(members):
            return f"({', '.join(sorted(member.value for member in members))})"
        case AtLeastOne():
            return "(at least one)"
        case EachOnce(attributes):
            return f"(each {' and '.join(attributes)} once)"
        case _:
            raise TypeError(f"say in words what {type(limit).__name__} asks")


def _offer(one: Offered) -> str:
    how, whom = (value.value if value else "-" for value in (one.modality, one.setting))
    note = ", ".join(filter(None, ["with an interpreter" if one.interpreter else "", one.note]))
    cells = (one.component.value, one.provider or "-", one.name or "-", how, whom, ", ".join(one.themes) or "-", note)
    return f"| {' | '.join(cells)} | {one.source} |"


if __name__ == "__main__":
    REFERENCE.mkdir(exist_ok=True)
    for name, text in pages().items():
        (REFERENCE / name).write_text(text, encoding="utf-8")
        print(REFERENCE / name)
