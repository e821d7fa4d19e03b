"""How numbers, days and words look to a reader."""

from __future__ import annotations

from datetime import date
from enum import Enum
from fractions import Fraction

from rich.console import Console
from rich.padding import Padding

from zroute_core.domain.instruments import Instrument
from zroute_core.histories import NATIONAL
from zroute_core.pilots import PROGRAMMES


def hours(minutes: int) -> str:
    """`12 h 30` for 750 minutes."""
    return f"{minutes // 60} h {minutes % 60:02}"


def day(value: date | None) -> str:
    """`27 August 2021`."""
    return "-" if value is None else f"{value.day} {value:%B %Y}"


def signed(value: Fraction | None) -> str:
    """`+0.88`; a dash when there is nothing to tell."""
    return "-" if value is None else f"{float(value):+.2f}"


def mean(value: Fraction | None) -> str:
    return "-" if value is None else f"{float(value):.2f}"


def words(value: Enum | str) -> str:
    """`language internship` for language-internship."""
    return str(value.value if isinstance(value, Enum) else value).replace("-", " ")


def municipality(code: str) -> str:
    """Its name where a programme is known, else the CBS code."""
    return next((one.name for one in PROGRAMMES if one.municipality == code), code)


def times(number: int) -> str:
    """`1 time`, `2 times`."""
    return f"{number} time{'' if number == 1 else 's'}"


def days(number: int) -> str:
    """`1 day`, `2 days`."""
    return f"{number} day{'' if number == 1 else 's'}"


def number_of(number: int, what: str) -> str:
    """`1 fact`, `2 facts`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def instrument(key: str, version: str) -> Instrument | None:
    """The instrument, where a programme uses it."""
    found = (one.instrument(key, version) for one in (*PROGRAMMES, *NATIONAL))
    return next((one for one in found if one is not None), None)


def measured_with(key: str, version: str) -> str:
    """Its name and scale, where it is known; else its key."""
    known = instrument(key, version)
    return f"{known.name} (scale {known.lowest}-{known.highest})" if known else f"{words(key)} {version}"


def period(since: date, until: date | None) -> str:
    """`since 7 September 2020`, or `7 September 2020 to 25 June 2021`."""
    return f"since {day(since)}" if until is None else f"{day(since)} to {day(until)}"


def item(console: Console, text: str, indent: int = 2) -> None:
    """A sentence that keeps its place when it goes on in the next line."""
    console.print(Padding.indent(text, indent))


def bar(part: int, whole: int, width: int = 20) -> str:
    """A bar of text; the numbers stand beside it."""
    filled = 0 if whole <= 0 else min(width, part * width // whole)
    return "#" * filled + "." * (width - filled)
