"""How numbers, days and words look to a reader."""

from __future__ import annotations

from datetime import date
from enum import Enum
from fractions import Fraction

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


def bar(part: int, whole: int, width: int = 20) -> str:
    """A bar of text; the numbers stand beside it."""
    filled = 0 if whole <= 0 else min(width, part * width // whole)
    return "#" * filled + "." * (width - filled)
