"""A step from one version of a store's tables to the next."""

from __future__ import annotations

import attrs


@attrs.frozen
class Step:
    """What is done to the tables, as it would be read before it is done."""

    version: int
    """The version the tables have afterwards: 1, 2, 3 ..."""
    title: str
    sql: str
