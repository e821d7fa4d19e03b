from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import attrs
import pytest

from zroute_core.errors import InvalidInput
from zroute_core.kernel.tables import Column, Fold, Kind, Parked, Row, Table, digest, fingerprint

WHO = UUID(int=7)
TABLE = Table(
    "visits",
    1,
    "Made up.",
    ("number",),
    (
        Column("number", Kind.INTEGER, "Which."),
        Column("place", Kind.TEXT, "Where.", nullable=True),
        Column("day", Kind.DAY, "When.", nullable=True),
        Column("at", Kind.MOMENT, "When.", nullable=True),
        Column("kept", Kind.BOOLEAN, "Whether.", nullable=True),
    ),
)
ROW: Row = (WHO, 1, "school", date(2024, 2, 29), datetime(2024, 3, 1, tzinfo=UTC), True)


def test_rows_that_fit_come_in_the_order_of_their_keys() -> None:
    second, empty = (WHO, 2, *ROW[2:]), (WHO, 3, None, None, None, None)
    assert TABLE.checked([empty, ROW, second]) == (ROW, second, empty)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (0, str(WHO)),
        (1, None),
        (1, True),
        (1, 1.0),
        (1, 2**63),
        (1, -(2**63) - 1),
        (2, b"school"),
        (2, "sch\0ol"),
        (2, "\ud800"),
        (3, datetime(2024, 2, 29, tzinfo=UTC)),
        (3, "2024-02-29"),
        (4, datetime(2024, 3, 1)),  # noqa: DTZ001  that is what is refused
        (4, datetime(2024, 3, 1, tzinfo=timezone(timedelta(hours=1)))),
        (4, date(2024, 3, 1)),
        (5, 1),
    ],
)
def test_a_value_that_its_column_does_not_promise_is_refused_without_being_shown(place: int, value: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        TABLE.checked([(*ROW[:place], value, *ROW[place + 1 :])])
    assert "school" not in str(refused.value)
    assert refused.value.__context__ is None


def test_a_row_of_another_length_and_a_key_twice_are_refused() -> None:
    for rows in ([ROW[:-1]], [(*ROW, 1)], [ROW, ROW], [ROW, (WHO, 1, *[None] * 4)]):
        with pytest.raises(InvalidInput):
            TABLE.checked(rows)


def test_tables_of_another_version_or_form_have_another_fingerprint() -> None:
    others = [
        attrs.evolve(TABLE, version=2),
        attrs.evolve(TABLE, name="visit"),
        attrs.evolve(TABLE, key=("number", "place")),
        attrs.evolve(TABLE, own=TABLE.own[:-1]),
    ]
    assert len({fingerprint([one]) for one in [TABLE, *others]}) == 5
    assert fingerprint([TABLE]) == fingerprint([attrs.evolve(TABLE, about="The same, in other words.")])


def test_a_digest_changes_with_everything_a_table_says_and_with_nothing_else() -> None:
    one = Fold(WHO, 1, 1, {"visits": (ROW,)})
    others = [
        attrs.evolve(one, participant=UUID(int=8)),
        attrs.evolve(one, version=2),
        attrs.evolve(one, position=2),
        attrs.evolve(one, rows={"visits": (ROW, (WHO, 2, *ROW[2:]))}),
        attrs.evolve(one, rows={"visit": (ROW,)}),
        attrs.evolve(one, rows={"visits": ((*ROW[:2], "home", *ROW[3:]),)}),
        attrs.evolve(one, rows={}),
        attrs.evolve(one, rows={}, parked=Parked("a", "A", 3, 1)),
        attrs.evolve(one, rows={}, parked=Parked("a", "A", 3, 2)),
    ]
    assert len({digest(fold) for fold in [one, *others]}) == 10
    assert digest(attrs.evolve(one, rows={"visits": (ROW,), "names": ()})) == digest(one)
    tried_again = attrs.evolve(others[-1], parked=Parked("a", "A", 4, 2))
    assert digest(tried_again) == digest(others[-1])
