"""The facts in force: what corrections make of a history."""

from datetime import date, timedelta
from uuid import UUID

import attrs
from hypothesis import given
from hypothesis import strategies as st

from zroute_core.domain.events import Fact, FactCorrected, FactRetracted, LessonAttended, LessonMissed
from zroute_core.domain.history import History, effective, last_words, valid_on
from zroute_core.domain.values import AbsenceReason
from zroute_core.testing.samples import ATTENDED, DAY, INTAKE, LATER_DAY, LESSON, OPENED
from zroute_core.testing.scenario import Entry, history

MISSED = LessonMissed(DAY, LESSON, AbsenceReason.ILL)
SHORTER = LessonAttended(DAY, attrs.evolve(LESSON, minutes=60))


def entry(number: int) -> UUID:
    """The name of the `number`-th entry of a scenario."""
    return UUID(int=number)


def corrected(number: int, replacement: LessonAttended | LessonMissed) -> FactCorrected:
    return FactCorrected(LATER_DAY, entry(number), replacement, "was anders")


def retracted(number: int) -> FactRetracted:
    return FactRetracted(LATER_DAY, entry(number), "never happened")


def in_force(*facts: Fact) -> list[Fact]:
    return [one.fact for one in history(*facts).facts]


def test_a_correction_takes_the_place_of_the_fact() -> None:
    told = history(OPENED, INTAKE, ATTENDED, corrected(3, MISSED))
    assert [one.fact for one in told.facts] == [OPENED, INTAKE, MISSED]
    last = told.facts[-1]
    assert (last.event_id, last.corrected_by) == (entry(3), entry(4))
    assert len(told.entries) == 4


def test_a_fact_in_force_is_told_from_others_by_the_names_of_its_entries() -> None:
    """The same facts read twice are the same; the same fact told twice is not."""
    once, again = history(OPENED, ATTENDED, corrected(2, SHORTER)), history(OPENED, ATTENDED, corrected(2, SHORTER))
    assert once.facts == again.facts
    assert hash(once.facts) == hash(again.facts)
    twice = history(OPENED, ATTENDED, ATTENDED).facts
    assert twice[1].fact == twice[2].fact
    assert twice[1] != twice[2]
    assert history(OPENED, SHORTER).facts[1].fact == once.facts[1].fact
    assert history(OPENED, SHORTER).facts != once.facts


def test_the_correction_recorded_last_decides() -> None:
    assert in_force(ATTENDED, corrected(1, MISSED), corrected(1, SHORTER)) == [SHORTER]


def test_a_retracted_fact_is_out() -> None:
    assert in_force(OPENED, ATTENDED, retracted(2)) == [OPENED]


def test_a_retracted_correction_leaves_the_fact_as_it_was() -> None:
    assert in_force(ATTENDED, corrected(1, MISSED), retracted(2)) == [ATTENDED]


def test_an_earlier_correction_counts_again_when_the_later_one_is_retracted() -> None:
    assert in_force(ATTENDED, corrected(1, MISSED), corrected(1, SHORTER), retracted(3)) == [MISSED]


def test_a_retraction_can_be_retracted() -> None:
    assert in_force(ATTENDED, retracted(1), retracted(2)) == [ATTENDED]


def test_correcting_a_correction_speaks_about_the_fact_behind_it() -> None:
    assert in_force(ATTENDED, corrected(1, MISSED), corrected(2, SHORTER)) == [SHORTER]
    assert in_force(ATTENDED, corrected(1, MISSED), corrected(2, SHORTER), retracted(3)) == [MISSED]


def test_the_last_words_are_those_no_later_entry_set_aside() -> None:
    def stand(*facts: Fact) -> set[int]:
        return {name.int for name in last_words(history(*facts).entries)}

    assert stand(OPENED, ATTENDED) == {1, 2}
    assert stand(OPENED, ATTENDED, corrected(2, MISSED)) == {1, 3}
    assert stand(OPENED, ATTENDED, corrected(2, MISSED), corrected(2, SHORTER)) == {1, 4}
    assert stand(OPENED, ATTENDED, corrected(2, MISSED), corrected(3, SHORTER)) == {1, 4}
    assert stand(OPENED, ATTENDED, corrected(2, MISSED), retracted(3)) == {1, 2, 4}
    assert stand(OPENED, ATTENDED, retracted(2)) == {1, 3}
    assert stand(OPENED, ATTENDED, retracted(2), retracted(3)) == {1, 2, 4}


def test_correcting_a_retraction_tells_how_it_was() -> None:
    assert in_force(ATTENDED, retracted(1), corrected(2, SHORTER)) == [SHORTER]


def test_a_corrected_day_moves_the_fact_to_its_place() -> None:
    before = attrs.evolve(ATTENDED, on=date(2020, 9, 7))
    other = LessonAttended(date(2020, 9, 10), attrs.evolve(LESSON, key="les-2"))
    assert in_force(OPENED, other, ATTENDED, corrected(3, before)) == [OPENED, before, other]


def test_facts_of_one_day_stay_in_the_order_of_recording() -> None:
    assert in_force(ATTENDED, INTAKE, OPENED) == [INTAKE, OPENED, ATTENDED]  # two of 1 September, one of the 14th


def test_five_thousand_corrections_of_corrections_are_read_without_recursion() -> None:
    chain: list[Fact] = [ATTENDED]
    for number in range(1, 5001):
        minutes = 1 + number % 800
        chain.append(corrected(number, LessonAttended(DAY, attrs.evolve(LESSON, minutes=minutes))))
    (standing,) = history(*chain).facts
    assert isinstance(standing.fact, LessonAttended)
    assert standing.fact.lesson.minutes == 201  # 1 + 5000 % 800
    assert standing.corrected_by == entry(5001)


def test_valid_on_a_day_knows_that_day_and_not_the_next() -> None:
    told = history(OPENED, INTAKE, ATTENDED)
    assert [one.fact for one in valid_on(told.facts, DAY)] == [OPENED, INTAKE, ATTENDED]
    assert [one.fact for one in valid_on(told.facts, DAY - timedelta(days=1))] == [OPENED, INTAKE]


def test_following_a_history_reads_late_facts_into_their_place() -> None:
    told = history(OPENED, ATTENDED)
    after = told.followed_by([Entry(entry(3), INTAKE)])
    assert [one.fact for one in after.facts] == [OPENED, INTAKE, ATTENDED]
    assert after == History.of(after.entries)


def test_an_empty_history_has_no_facts() -> None:
    assert effective(()) == ()
    assert history().trajectory.opened is None


NUMBERS = st.integers(1, 12)
DAYS = st.integers(0, 30).map(lambda later: DAY + timedelta(days=later))
TOLD: st.SearchStrategy[Fact] = st.one_of(
    st.builds(LessonAttended, DAYS, st.just(LESSON)),
    st.builds(LessonMissed, DAYS, st.just(LESSON), st.just(AbsenceReason.ILL)),
    st.builds(corrected, NUMBERS, st.builds(LessonAttended, DAYS, st.just(LESSON))),
    st.builds(retracted, NUMBERS),
)


@given(st.lists(TOLD, max_size=12))
def test_a_fact_that_nobody_speaks_about_is_in_force_as_it_was_told_and_touches_no_other(facts: list[Fact]) -> None:
    """Whatever corrections say of others, of later entries, or of what is not there."""
    told = history(*facts)
    about = {one.fact for one in facts if isinstance(one, FactCorrected | FactRetracted)}
    silent = [
        one
        for one in told.entries
        if one.event_id not in about and not isinstance(one.event, FactCorrected | FactRetracted)
    ]
    others = [one for one in told.entries if one not in silent]
    names = {one.event_id for one in silent}
    assert {one.event_id: one.fact for one in told.facts if one.event_id in names} == {
        one.event_id: one.event for one in silent
    }
    assert tuple(one for one in told.facts if one.event_id not in names) == effective(others)


@given(st.lists(TOLD, max_size=12), st.integers(0, 12))
def test_following_any_history_equals_reading_it_whole(facts: list[Fact], at: int) -> None:
    entries = history(*facts).entries
    assert History.of(entries[:at]).followed_by(entries[at:]) == History.of(entries)
