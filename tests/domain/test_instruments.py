"""Instruments are data, and two tracks that meet are not one line."""

import pytest

from zroute_core.domain.decisions import RecordAssessment
from zroute_core.domain.instruments import ALFA, CEFR, INSTRUMENTS, ZRM_2013, ZRM_2017, Instrument, compare
from zroute_core.domain.national import WI2021
from zroute_core.domain.values import Moment, Score
from zroute_core.testing.samples import OPENED_UNDER_THE_ACT, PIP_DAY
from zroute_core.testing.scenario import given


@pytest.mark.parametrize("one", INSTRUMENTS, ids=lambda one: f"{one.key}/{one.version}")
def test_an_instrument_says_where_it_comes_from(one: Instrument) -> None:
    assert one.source
    assert one.lowest < one.highest
    assert len(set(one.domains)) == len(one.domains)
    assert set(one.levels) == set(range(one.lowest, one.highest + 1))
    assert one.levels_source


def test_each_instrument_stands_once() -> None:
    assert len({(one.key, one.version) for one in INSTRUMENTS}) == len(INSTRUMENTS)


def test_the_matrix_has_eleven_domains_and_later_thirteen() -> None:
    assert (len(ZRM_2013.domains), len(ZRM_2017.domains)) == (11, 13)


def test_alfa_c_is_a1_and_what_is_below_cannot_be_compared() -> None:
    assert compare(ALFA, 3, CEFR, 1) == 0
    assert compare(CEFR, 1, ALFA, 3) == 0
    assert compare(ALFA, 3, CEFR, 2) == -1
    assert compare(CEFR, 0, ALFA, 3) == -1
    for score in (1, 2):
        assert compare(ALFA, score, CEFR, 0) is None
        assert compare(CEFR, 0, ALFA, score) is None


def test_scores_of_two_versions_are_not_compared() -> None:
    assert compare(ZRM_2013, 3, ZRM_2017, 3) is None
    assert compare(ZRM_2017, 4, ZRM_2017, 3) == 1


@pytest.mark.parametrize(
    ("key", "version", "domain", "score", "fits"),
    [
        ("alfa", "2005", "reading", 3, True),
        ("alfa", "2005", "speaking", 3, False),  # the track is about reading and writing
        ("alfa", "2005", "reading", 0, False),
        ("zrm", "2013", "addiction", 5, True),
        ("zrm", "2017", "addiction", 5, False),  # called substance use since
        ("zrm", "2015", "finances", 3, False),
        ("cefr", "1", "conversation", 4, True),
        ("cefr", "1", "conversation", 5, False),
    ],
)
def test_a_score_fits_its_instrument_and_version(key: str, version: str, domain: str, score: int, fits: bool) -> None:
    sitting = RecordAssessment(PIP_DAY, key, version, Moment.T0, (Score(domain, score),))
    decided = given(OPENED_UNDER_THE_ACT, programme=WI2021).when(sitting)
    if fits:
        assert decided.error is None
    else:
        decided.then_refused("on-its-scale")
