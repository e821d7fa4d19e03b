"""The furthest entry that was read has to stand there from then on."""

from __future__ import annotations

import pytest

from zroute_core.errors import RootMismatch
from zroute_core.kernel.furthest import Furthest

READ = Furthest(3, b"leaf")


def test_before_anything_was_read_nothing_stands_there_and_that_is_right() -> None:
    Furthest().check(None)


def test_a_standby_may_be_behind_the_one_that_was_asked_before() -> None:
    READ.check(b"leaf")
    READ.check(b"leaf", may_lag=True)
    READ.check(None, may_lag=True)


@pytest.mark.parametrize(("standing", "may_lag"), [(b"other", True), (b"other", False), (None, False)])
def test_another_entry_or_none_is_another_log(standing: bytes | None, may_lag: bool) -> None:
    with pytest.raises(RootMismatch):
        READ.check(standing, may_lag=may_lag)


def test_only_a_further_entry_takes_its_place() -> None:
    assert READ.or_at(4, b"next") == Furthest(4, b"next")
    for position in (2, 3):
        assert READ.or_at(position, b"other") == READ
