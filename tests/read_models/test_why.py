"""Why is this number what it is? The contributions add up to it."""

from datetime import date
from uuid import UUID

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zroute_core.domain.act import DispensationGround, DispensationKind, GroupChange, Instance
from zroute_core.domain.events import (
    DispensationGranted,
    DutyNotified,
    Fact,
    FactCorrected,
    LessonAttended,
    PipAnnulled,
    TargetGroupChanged,
    TermExtended,
    TermExtensionRefused,
)
from zroute_core.domain.history import History, valid_on
from zroute_core.domain.national import PILOT, WI2021
from zroute_core.domain.programme import Category
from zroute_core.domain.values import TargetGroup
from zroute_core.errors import NotFound
from zroute_core.read_models.progress import progress
from zroute_core.read_models.why import Question, Why, why
from zroute_core.testing.drawn import FIRST, LAST
from zroute_core.testing.samples import (
    ATTENDED,
    DAY,
    INTAKE,
    INTAKE_UNDER_THE_ACT,
    LESSON,
    NOTICE,
    OPENED,
    OPENED_UNDER_THE_ACT,
    PIP,
)
from zroute_core.testing.scenario import history
from zroute_core.testing.strategies import opened_histories

TODAY = date(2026, 9, 1)
FAMILY_NOW = TargetGroupChanged(
    date(2025, 3, 3), TargetGroup.FAMILY_OR_OTHER_MIGRANT, GroupChange.OTHER_RIGHTS_GRANTED_ON_REQUEST
)
ASYLUM_AGAIN = TargetGroupChanged(date(2025, 9, 1), TargetGroup.ASYLUM_STATUS_HOLDER, GroupChange.ASYLUM_RIGHTS_GRANTED)
CAPPED = DispensationGranted(date(2025, 6, 2), DispensationKind.PARTIAL, DispensationGround.MEDICAL, 300)
BEGUN: tuple[Fact, ...] = (OPENED_UNDER_THE_ACT, INTAKE_UNDER_THE_ACT, PIP)


def asked(question: Question, *facts: Fact) -> Why:
    return why(history(*facts).facts, WI2021, TODAY, TODAY, question)


def steps(answer: Why) -> list[tuple[int, object, int | None]]:
    return [(one.event_id.int, one.value, one.contribution) for one in answer.facts]


def rules(answer: Why) -> list[str]:
    return [one.rule for one in answer.rules]


def test_the_target_follows_the_group_and_the_cap() -> None:
    """800 hours; family has none; the cap says nothing about none; asylum again: the lower of 800 and 300."""
    answer = asked(Question.PARTICIPATION_TARGET, *BEGUN, FAMILY_NOW, CAPPED, ASYLUM_AGAIN)
    assert answer.value == 300 * 60
    assert steps(answer) == [(1, 48_000, 48_000), (4, 0, -48_000), (6, 18_000, 18_000)]
    assert rules(answer) == ["R-Z-02", "R-Z-10"]


def test_a_dispensation_that_lowers_the_target_is_named() -> None:
    answer = asked(Question.PARTICIPATION_TARGET, *BEGUN, CAPPED)
    assert steps(answer) == [(1, 48_000, 48_000), (4, 18_000, -30_000)]
    assert answer.facts[1].sentence.endswith("at most 300 hours of participation.")


def test_minutes_come_from_lessons_and_a_correction_is_named() -> None:
    shorter = LessonAttended(DAY, attrs.evolve(LESSON, minutes=90))
    told = history(OPENED, INTAKE, ATTENDED, FactCorrected(DAY, UUID(int=3), shorter, "was wrong")).facts
    answer = why(told, PILOT, DAY, DAY, Question.COURSE_MINUTES)
    (lesson,) = answer.facts
    assert (answer.value, lesson.contribution) == (90, 90)
    assert (lesson.event_id, lesson.corrected_by) == (UUID(int=3), UUID(int=4))
    assert rules(answer) == ["R-Z-06, R-Z-07"]


def test_lessons_of_the_intake_stand_apart_and_the_rule_says_so() -> None:
    in_intake = LessonAttended(NOTICE, attrs.evolve(LESSON, in_intake=True))
    answer = asked(Question.COURSE_MINUTES, *BEGUN, in_intake)
    assert (answer.value, answer.facts) == (0, ())
    assert rules(answer) == ["R-Z-06, R-Z-07", "R-Z-08"]


def test_the_amounts_of_the_pilots_are_those_of_the_programme() -> None:
    answer = why(history(OPENED, INTAKE).facts, PILOT, DAY, DAY, Question.COURSE_TARGET)
    assert rules(answer) == ["programme-targets"]
    assert "had no duty" in answer.rules[0].source


def test_the_pace_is_what_is_left_over_the_weeks_left() -> None:
    """Opened on 1 September 2020: 104 weeks end on 30 August 2022, 102 whole weeks after 14 September 2020."""
    told = history(OPENED, INTAKE, ATTENDED).facts
    answer = why(told, PILOT, DAY, DAY, Question.COURSE_PACE)
    assert answer.parts == {"minutes-left": 47_880, "weeks-left": 102}
    assert answer.value == 470  # 47,880 / 102 = 469.4, rounded up
    assert steps(answer) == [(1, 48_000, 48_000), (3, 47_880, -120)]
    assert rules(answer) == ["programme-targets", "R-Z-06, R-Z-07", "weekly-pace"]


def test_the_term_is_moved_by_an_extension_and_by_nothing_else() -> None:
    """PIP of 15 April 2024: the term is 16 April 2024 up to 16 April 2027 (R-TERM-02, R-TERM-04)."""
    annulled = PipAnnulled(date(2024, 9, 2), "pip-1", Instance.OBJECTION, "B-1")
    again = attrs.evolve(PIP, on=date(2024, 10, 1), pip="pip-2")
    refused = TermExtensionRefused(date(2026, 1, 5), "A1")
    extended = TermExtended(date(2026, 3, 2), date(2027, 10, 16), "A2", True)
    answer = asked(Question.TERM_UNTIL, *BEGUN, annulled, again, refused, extended)
    assert answer.value == date(2027, 10, 16)
    three_years = date(2027, 4, 16)
    assert [(one.event_id.int, one.value) for one in answer.facts] == [
        *((number, three_years) for number in (3, 4, 5, 6)),
        (7, date(2027, 10, 16)),
    ]
    assert all(one.contribution is None for one in answer.facts)
    assert rules(answer) == ["R-TERM-02", "R-TERM-01, R-TERM-04", "R-TERM-03", "R-TERM-05"]
    since = asked(Question.TERM_SINCE, *BEGUN, annulled, again)
    assert since.value == date(2024, 4, 16)


def test_the_pip_in_force_and_its_last_day() -> None:
    annulled = PipAnnulled(date(2024, 9, 2), "pip-1", Instance.OBJECTION, "B-1")
    answer = asked(Question.PIP_IN_FORCE, *BEGUN, annulled)
    assert [(one.event_id.int, one.value) for one in answer.facts] == [(3, "pip-1"), (4, None)]
    due = asked(Question.PIP_DUE, BEGUN[0], DutyNotified(NOTICE, NOTICE))
    assert due.value == date(2024, 5, 13)  # ten weeks after 4 March 2024
    assert rules(due) == ["R-PIP-02"]


def test_before_the_opening_there_is_no_number() -> None:
    with pytest.raises(NotFound):
        why((), PILOT, DAY, DAY, Question.COURSE_MINUTES)


@pytest.mark.parametrize("question", Question)
def test_every_question_has_its_rule_in_two_languages(question: Question) -> None:
    answer = asked(question, *BEGUN)
    assert answer.rules
    assert all(one.sentence.nl and one.sentence.en and one.source for one in answer.rules)


SUMS = {
    Question.COURSE_MINUTES: (Category.COURSE, "minutes"),
    Question.PARTICIPATION_MINUTES: (Category.PARTICIPATION, "minutes"),
    Question.COURSE_TARGET: (Category.COURSE, "target"),
    Question.PARTICIPATION_TARGET: (Category.PARTICIPATION, "target"),
    Question.COURSE_LEFT: (Category.COURSE, "left"),
    Question.PARTICIPATION_LEFT: (Category.PARTICIPATION, "left"),
}


@given(st.one_of(opened_histories(), opened_histories(WI2021)), st.dates(FIRST, LAST), st.sampled_from(Question))
@settings(max_examples=100)
def test_contributions_add_up_to_the_number_that_progress_shows(told: History, day: date, question: Question) -> None:
    facts = valid_on(told.facts, day)
    if told.trajectory.opened is None or told.trajectory.opened.on > day:
        return
    programme = PILOT if told.trajectory.opened.regime is PILOT.regime else WI2021
    answer = why(facts, programme, day, day, question)
    shown = {one.category: one for one in progress(facts, programme, day).categories}
    total = sum(one.contribution or 0 for one in answer.facts)
    if question in SUMS:
        category, field = SUMS[question]
        assert answer.value == total == getattr(shown[category], field)
    elif answer.parts:
        category = Category.COURSE if question is Question.COURSE_PACE else Category.PARTICIPATION
        assert answer.value == shown[category].weekly_pace
        assert total == answer.parts["minutes-left"] == shown[category].left
    elif answer.facts:
        assert answer.value == answer.facts[-1].value
