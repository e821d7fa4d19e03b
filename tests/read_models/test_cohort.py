"""What changed for everybody together? Exact fractions, worked out by hand."""

from fractions import Fraction
from functools import reduce

import attrs

from zroute_core.domain.events import AssessmentRecorded, Fact, OwnJudgementGiven, TrajectoryEnded
from zroute_core.domain.instruments import PILOT_LANGUAGE
from zroute_core.domain.values import Answer, EndReason, Moment
from zroute_core.read_models.cohort import Cohort, Gathered, MeanChange, cohort, include
from zroute_core.testing.samples import DAY, LATER_DAY, OPENED
from zroute_core.testing.scenario import history


def scores(domain: str, first: int, last: int | None) -> tuple[Fact, ...]:
    def scored(score: int, moment: Moment) -> Fact:
        return AssessmentRecorded(DAY, "pilot-language", "2020", 0, 4, domain, score, moment)

    return (scored(first, Moment.T0), *([] if last is None else [scored(last, Moment.T2)]))


def table(*people: tuple[Fact, ...]) -> Cohort:
    return cohort(reduce(include, (history(*facts).facts for facts in people), Gathered()))


IN_BEST = attrs.evolve(OPENED, municipality="0753")

ANNA = (OPENED, *scores("speaking", 0, 2), *scores("reading", 1, 1))  # +2 and 0: mean +1
BORIS = (OPENED, *scores("speaking", 1, 2), *scores("reading", 0, None))  # +1 and not measured again: mean +1
CHANTAL = (IN_BEST, *scores("speaking", 2, 2), *scores("reading", 2, 3), *scores("writing", 0, 1))  # 0, 1, 1: +2/3
DAWIT = (IN_BEST, *scores("speaking", 3, None), TrajectoryEnded(LATER_DAY, EndReason.MOVED))  # left before T2


def test_a_mean_is_taken_over_people_with_both_moments() -> None:
    everybody = table(ANNA, BORIS, CHANTAL, DAWIT)
    assert everybody.participants == 4
    assert everybody.mean(PILOT_LANGUAGE) == MeanChange(
        "pilot-language",
        "2020",
        None,
        None,
        3,
        start=Fraction(17, 18),  # Anna 1/2, Boris 1, Chantal 4/3
        end=Fraction(33, 18),  # Anna 3/2, Boris 2, Chantal 2
        change=Fraction(8, 9),  # (1 + 1 + 2/3) / 3
    )


def test_a_domain_has_its_own_number_of_people() -> None:
    everybody = table(ANNA, BORIS, CHANTAL, DAWIT)
    speaking = everybody.mean(PILOT_LANGUAGE, domain="speaking")
    reading = everybody.mean(PILOT_LANGUAGE, domain="reading")
    assert (speaking.n, speaking.change) == (3, Fraction(1))  # (2 + 1 + 0) / 3
    assert (reading.n, reading.change) == (2, Fraction(1, 2))  # (0 + 1) / 2


def test_a_municipality_has_its_own_line() -> None:
    everybody = table(ANNA, BORIS, CHANTAL, DAWIT)
    assert everybody.by_municipality == {"0392": 2, "0753": 2}
    best = everybody.mean(PILOT_LANGUAGE, "0753")
    assert (best.n, best.change) == (1, Fraction(2, 3))
    assert everybody.mean(PILOT_LANGUAGE, "0753", "writing").change == 1


def test_nobody_measured_is_no_change_and_not_zero() -> None:
    nobody = table(DAWIT).mean(PILOT_LANGUAGE)
    assert (nobody.n, nobody.start, nobody.end, nobody.change) == (0, None, None, None)


def test_who_left_and_what_people_said_last() -> None:
    def said(moment: Moment, content: Answer) -> Fact:
        return OwnJudgementGiven(DAY, moment, Answer.YES, content, Answer.UNCLEAR)

    everybody = table(
        (*ANNA, said(Moment.T1, Answer.NO), said(Moment.T2, Answer.YES)),
        (*BORIS, said(Moment.T1, Answer.NO)),
        DAWIT,
    )
    assert everybody.ended == {EndReason.MOVED: 1}
    assert everybody.content == {Answer.YES: 1, Answer.NO: 1}
    assert everybody.understands_more == {Answer.YES: 2}
    assert everybody.wants_to_go_on == {Answer.UNCLEAR: 2}


def test_who_was_not_opened_yet_does_not_count() -> None:
    assert table((), ANNA).participants == 1


def test_other_moments_can_be_asked() -> None:
    midway = AssessmentRecorded(DAY, "pilot-language", "2020", 0, 4, "speaking", 1, Moment.T1)
    facts = history(*ANNA, midway).facts
    seen = cohort(include(Gathered(Moment.T0, Moment.T1), facts))
    assert (seen.mean(PILOT_LANGUAGE).n, seen.mean(PILOT_LANGUAGE).change) == (1, Fraction(1))


def test_scores_of_two_versions_are_never_compared() -> None:
    """Three points on 0-4 and nine on 0-10 are no change of six."""
    newer = AssessmentRecorded(LATER_DAY, "pilot-language", "2022", 0, 10, "speaking", 9, Moment.T2)
    both = table((OPENED, *scores("speaking", 3, None), newer))
    assert both.mean(PILOT_LANGUAGE).n == 0
    assert both.mean(attrs.evolve(PILOT_LANGUAGE, version="2022")).n == 0
