"""A value is what its annotation says, exactly."""

import pickle
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import attrs
import pytest

from zroute_core.domain.decisions import AdoptPlan, AttendLesson, HoldIntake, RecordAssessment, RecordTogether
from zroute_core.domain.events import FactRetracted, LessonAttended, TrajectoryOpened
from zroute_core.domain.values import (
    Activity,
    Component,
    Internship,
    LearningGoal,
    Lesson,
    Modality,
    Moment,
    PlannedComponent,
    Regime,
    Score,
    TargetGroup,
)
from zroute_core.errors import (
    InvalidChoice,
    InvalidDate,
    InvalidDuration,
    InvalidIdentifier,
    InvalidInput,
    InvalidMunicipalityCode,
    InvalidNumber,
    InvalidText,
    RuleViolation,
    TextTooLong,
    ZRouteError,
)
from zroute_core.kernel.log import Actor, Context
from zroute_core.testing.samples import (
    ACTIVITY,
    AGREEMENT,
    COMMAND_SAMPLES,
    DAY,
    FACT_SAMPLES,
    GOAL,
    INTAKE,
    LESSON,
    OPENED,
    PERSON,
    PLANNED,
)


def lesson(**changes: Any) -> Lesson:
    return attrs.evolve(LESSON, **changes)


@pytest.mark.parametrize("minutes", [1, 90, 870])
def test_whole_minutes_of_a_day_are_taken(minutes: int) -> None:
    assert lesson(minutes=minutes).minutes == minutes


@pytest.mark.parametrize(
    ("minutes", "error"),
    [
        (0, InvalidDuration),
        (-60, InvalidDuration),
        (1441, InvalidDuration),
        (2**63, InvalidDuration),
        (90.0, InvalidNumber),
        (float("nan"), InvalidNumber),
        (True, InvalidNumber),
        ("90", InvalidNumber),
        (None, InvalidNumber),
    ],
)
def test_everything_else_is_no_number_of_minutes(minutes: Any, error: type[InvalidInput]) -> None:
    with pytest.raises(InvalidInput) as caught:
        lesson(minutes=minutes)
    assert type(caught.value) is error
    assert caught.value.field == "Lesson.minutes"


def test_a_whole_day_is_1440_minutes() -> None:
    assert lesson(starts=None, minutes=1440).minutes == 1440
    assert lesson(starts=time(0, 0), minutes=1440).minutes == 1440
    with pytest.raises(InvalidDuration, match="after midnight"):
        lesson(starts=time(0, 1), minutes=1440)


@pytest.mark.parametrize("day", [datetime(2020, 9, 1), "2020-09-01", None, 20200901, date(1, 1, 1)])  # noqa: DTZ001
def test_a_day_is_a_date_and_nothing_else(day: Any) -> None:
    with pytest.raises(InvalidDate) as caught:
        AttendLesson(day, LESSON)
    assert caught.value.field == "AttendLesson.on"


@pytest.mark.parametrize("at", ["09:30", time(9, 30, tzinfo=UTC), 570])
def test_a_time_of_day_has_no_zone(at: Any) -> None:
    with pytest.raises(InvalidInput):
        lesson(starts=at)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", InvalidText),
        ("   ", InvalidText),
        ("A\x00B", InvalidText),
        ("A\nB", InvalidText),
        ("A\u202eB", InvalidText),
        ("A\u200fB", InvalidText),
        ("\ud800", InvalidText),
        ("\ufeffA", InvalidText),
        ("A\uffffB", InvalidText),
        (b"bytes", InvalidText),
        ({"_type_": "x"}, InvalidText),
        (None, InvalidText),
        ("a" * 201, TextTooLong),
        ("a" * 10_485_760, TextTooLong),
    ],
)
def test_what_is_no_text_for_a_line(text: Any, error: type[InvalidInput]) -> None:
    with pytest.raises(InvalidText) as caught:
        lesson(provider=text)
    assert type(caught.value) is error
    assert caught.value.field == "Lesson.provider"


@pytest.mark.parametrize("text", ["O", "محمد", "ትግርኛ", "می‌خواهم", "'; DROP TABLE stored_events;--", "a" * 200, "Ł-ø"])
def test_every_script_and_the_shortest_names_are_text(text: str) -> None:
    assert lesson(provider=text).provider == text


def test_a_note_may_have_lines() -> None:
    assert LearningGoal("g", "one\ntwo").text == "one\ntwo"
    with pytest.raises(InvalidText):
        LearningGoal("g", "one\r\ntwo")


def test_the_same_text_from_two_keyboards_is_one_text() -> None:
    composed, decomposed = "Zo\u00eb", "Zoe\u0308"
    assert composed != decomposed
    assert lesson(provider=decomposed) == lesson(provider=composed)
    assert lesson(provider=decomposed).provider == composed


@pytest.mark.parametrize(
    ("code", "error"),
    [
        *((code, InvalidMunicipalityCode) for code in ("363", "03922", "9999", "0000", "O392", "٠٣٩٢")),
        (392, InvalidText),
        (None, InvalidText),
    ],
)
def test_a_municipality_code_is_four_digits(code: Any, error: type[InvalidInput]) -> None:
    with pytest.raises(error):
        TrajectoryOpened(DAY, code, TargetGroup.ASYLUM_STATUS_HOLDER, Regime.PILOT)


@pytest.mark.parametrize("choice", ["in-class", "IN_CLASS", None, 1, Component.LANGUAGE])
def test_a_choice_is_a_member_of_its_enumeration(choice: Any) -> None:
    with pytest.raises(InvalidChoice):
        lesson(modality=choice)


def test_a_component_fits_its_place() -> None:
    with pytest.raises(InvalidChoice):
        lesson(component=Component.SPORT)
    with pytest.raises(InvalidChoice):
        attrs.evolve(ACTIVITY, component=Component.LANGUAGE)
    with pytest.raises(InvalidChoice):
        Internship("s", Component.COACHING, "garden", "Agros")
    assert Activity("s", Component.SPORT, 60, "club", Modality.IN_CLASS)


@pytest.mark.parametrize("name", ["not-a-uuid", "../../etc/passwd", None, 7, UUID(int=0)])
def test_a_name_in_the_log_is_a_uuid_and_not_the_nil_one(name: Any) -> None:
    with pytest.raises(InvalidIdentifier) as caught:
        FactRetracted(DAY, name, "wrong")
    assert caught.value.field == "FactRetracted.fact"


@pytest.mark.parametrize("goals", [[LearningGoal("g", "text")], None, "g", (1,)])
def test_a_tuple_is_no_list_and_holds_what_it_says(goals: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        attrs.evolve(INTAKE, goals=goals)
    assert str(caught.value.field).startswith("IntakeHeld.goals")


def test_a_subclass_is_another_class() -> None:
    class Longer(Lesson):
        pass

    with pytest.raises(InvalidInput):
        LessonAttended(DAY, Longer("l", Component.LANGUAGE, 60, "p", Modality.ONLINE))


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        Lesson("", Component.SPORT, 0, "school", "online")  # type: ignore[arg-type]
    fields = [error.field for error in caught.value.errors]
    assert fields == ["Lesson.key", "Lesson.component", "Lesson.minutes", "Lesson.modality"]
    assert [type(error) for error in caught.value.errors] == [
        InvalidText,
        InvalidChoice,
        InvalidDuration,
        InvalidChoice,
    ]
    assert "4 fields are not right" in str(caught.value)


def test_no_error_holds_what_was_typed() -> None:
    canary = "Fatima-0612345678\x00"
    with pytest.raises(InvalidInput) as caught:
        lesson(provider=canary, theme=canary, key=canary)
    told = repr(caught.value) + str(caught.value) + repr(caught.value.args) + repr(caught.value.errors)
    assert "Fatima" not in told
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_bounds_of_other_numbers() -> None:
    assert PlannedComponent(Component.LANGUAGE, 0).minutes_a_week == 0
    with pytest.raises(InvalidNumber):
        PlannedComponent(Component.LANGUAGE, -1)
    assert Score("speaking", -1000).score == -1000
    with pytest.raises(InvalidNumber):
        Score("speaking", 1001)


def test_who_acts_is_said() -> None:
    with pytest.raises(InvalidText):
        Actor("", "z-route")
    with pytest.raises(InvalidInput) as caught:
        Context("not-a-uuid", "nobody")  # type: ignore[arg-type]
    assert [error.field for error in caught.value.errors] == ["Context.command_id", "Context.actor"]


def test_a_checked_value_cannot_be_changed() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        OPENED.on = DAY  # type: ignore[misc]


@pytest.mark.parametrize("text", [" les-1", "les-1 ", "les\u20281", "les\u20291", "les\u200d1"])
def test_two_keys_that_look_the_same_are_the_same(text: str) -> None:
    with pytest.raises(InvalidText):
        lesson(key=text)


def test_a_joiner_may_stand_where_people_write() -> None:
    assert LearningGoal("goal", "می\u200cخواهم کار کنم").text == "می\u200cخواهم کار کنم"


def test_a_time_of_day_is_in_whole_minutes() -> None:
    for at in (time(9, 30, 15), time(9, 30, 0, 1)):
        with pytest.raises(InvalidDate) as caught:
            lesson(starts=at)
        assert caught.value.field == "Lesson.starts"


@pytest.mark.parametrize("component", [["Fatima"], {}, "language", None])
def test_what_cannot_be_a_choice_is_no_choice(component: Any) -> None:
    with pytest.raises(InvalidChoice):
        lesson(component=component)


def test_a_command_holds_at_least_one_and_each_once() -> None:
    for make in (
        lambda: RecordAssessment(DAY, "pilot-language", "2020", Moment.T0, ()),
        lambda: RecordAssessment(DAY, "pilot-language", "2020", Moment.T0, (Score("reading", 1), Score("reading", 2))),
        lambda: HoldIntake(DAY, ()),
        lambda: AdoptPlan(DAY, (GOAL, GOAL), ()),
        lambda: AdoptPlan(DAY, (), (PLANNED, PLANNED)),
        lambda: AdoptPlan(DAY, (), (), (AGREEMENT, attrs.evolve(AGREEMENT, text="Something else."))),
        lambda: RecordTogether(()),
    ):
        with pytest.raises(InvalidInput) as caught:
            make()
        assert caught.value.field is not None
    other = attrs.evolve(PLANNED, provider="INTK")
    assert len(AdoptPlan(DAY, (), (PLANNED, other)).components) == 2


def test_what_people_type_stands_in_no_repr() -> None:
    """Notes may hold anything; a repr ends in logs."""
    everything = (*FACT_SAMPLES.values(), *COMMAND_SAMPLES.values())
    notes = (GOAL.text, AGREEMENT.text, "Schools are closed", "Was not there", "Written down")
    assert not [note for note in notes for one in everything if note in repr(one)]


@pytest.mark.parametrize("error", [InvalidText("no", field="x"), RuleViolation("no", rules=("a", "b"), field="on")])
def test_an_error_travels_between_processes(error: ZRouteError) -> None:
    error.participant = PERSON
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.participant) == (type(error), str(error), PERSON)
    assert vars(again).keys() == vars(error).keys()
    if isinstance(error, RuleViolation):
        assert again.rules == ("a", "b")


def test_a_text_that_is_far_too_long_is_refused_and_not_composed() -> None:
    """Composing a million marks would take minutes; the test would not end."""
    with pytest.raises(TextTooLong):
        lesson(provider="a" + "\u0301\u0323" * 500_000)
