"""What differs between two views, and which facts and rules make it so?"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zroute_core.domain.events import (
    Fact,
    FactCorrected,
    FactRetracted,
    InternshipHoursLogged,
    InternshipStarted,
    LessonAttended,
)
from zroute_core.domain.history import History, valid_on
from zroute_core.domain.national import PILOT, WI2021
from zroute_core.domain.programme import Category, Programme
from zroute_core.domain.values import Component
from zroute_core.kernel.log import Actor, Envelope, Recorded
from zroute_core.read_models.diff import Cause, Diff, FieldChange, Point, Side, diff
from zroute_core.read_models.findings import findings
from zroute_core.read_models.plan import plan
from zroute_core.read_models.progress import Progress, progress
from zroute_core.read_models.timeline import timeline
from zroute_core.testing.drawn import FIRST, LAST
from zroute_core.testing.samples import DAY, INTAKE, INTERNSHIP, LATER_DAY, LESSON, OPENED, START
from zroute_core.testing.strategies import opened_histories

MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)
SHORTER = LessonAttended(DAY, attrs.evolve(LESSON, minutes=90))
OTHER = LessonAttended(LATER_DAY, attrs.evolve(LESSON, key="les-2"))
ATTENDED = LessonAttended(DAY, LESSON)


def recorded(*facts: Fact) -> tuple[Recorded[Fact], ...]:
    """The first is written down a second after midnight and is UUID(int=1), and so on."""
    return tuple(
        Recorded(
            fact,
            Envelope(
                stream=UUID(int=99),
                version=number,
                event_id=UUID(int=number),
                tag=fact.tag,
                schema_version=1,
                recorded_at=after(number),
                actor=Actor("teacher-7", "z-route"),
                command_id=UUID(int=1000 + number),
                correlation_id=UUID(int=1000 + number),
                causation_id=None,
                key_id=None,
                payload=b"",
            ),
        )
        for number, fact in enumerate(facts, start=1)
    )


def after(number: int) -> datetime:
    """The moment after so many facts were written down."""
    return MIDNIGHT + timedelta(seconds=number)


def seen(
    entries: Sequence[Recorded[Fact]],
    *,
    known: int | None = None,
    valid: date | None = None,
    programme: Programme = PILOT,
    rulebook: date = LAST,
    view: str = "progress",
) -> Side:
    history = History.of(entries[:known])
    facts = history.facts if valid is None else valid_on(history.facts, valid)
    day = valid or LAST
    match view:
        case "plan":
            answer: object = plan(facts, day)
        case "timeline":
            answer = timeline(entries[:known], day)
        case "findings":
            answer = findings(facts, programme, rulebook, day)
        case _:
            answer = progress(facts, programme.as_of(rulebook), day)
    moment = None if known is None else after(known)
    return Side(Point(moment, valid, programme, rulebook), history, facts, programme, rulebook, day, answer)


def causes(answer: Diff) -> list[tuple[int, Cause]]:
    return [(one.event_id.int, one.cause) for one in answer.facts]


def field(answer: Diff, path: str) -> tuple[object, object]:
    (found,) = (one for one in answer.fields if one.path == path)
    return found.before, found.after


def test_what_happened_in_between() -> None:
    entries = recorded(OPENED, INTAKE, ATTENDED, OTHER)
    answer = diff(seen(entries, valid=DAY), seen(entries, valid=LATER_DAY))
    assert causes(answer) == [(4, Cause.HAPPENED)]
    assert field(answer, "categories[course].minutes") == (120, 240)
    assert field(answer, "day") == (DAY, LATER_DAY)
    assert answer.facts[0].minutes == answer.minutes(Category.COURSE) == 120
    assert answer.facts[0].written == ()


def test_what_was_told_late() -> None:
    entries = recorded(OPENED, INTAKE, OTHER, ATTENDED)
    answer = diff(seen(entries, known=3), seen(entries, known=4))
    assert causes(answer) == [(4, Cause.TOLD_LATE)]
    (written,) = answer.facts[0].written
    assert (written.event_id, written.recorded_at, written.recorded_by) == (UUID(int=4), after(4), "teacher-7")


def test_what_was_not_yet_written_because_it_had_not_happened() -> None:
    entries = recorded(OPENED, INTAKE, ATTENDED, OTHER)
    answer = diff(seen(entries, known=3, valid=DAY), seen(entries, known=4, valid=LATER_DAY))
    assert causes(answer) == [(4, Cause.HAPPENED)]
    assert [one.event_id for one in answer.facts[0].written] == [UUID(int=4)]


def test_a_correction_names_both_forms_and_the_entry_that_made_it_so() -> None:
    entries = recorded(OPENED, INTAKE, ATTENDED, FactCorrected(LATER_DAY, UUID(int=3), SHORTER, "was wrong"))
    answer = diff(seen(entries, known=3), seen(entries, known=4))
    (change,) = answer.facts
    assert (change.cause, change.minutes) == (Cause.CORRECTED, -30)
    assert change.before is not None
    assert change.after is not None
    assert (change.before.minutes, change.after.minutes) == (120, 90)
    assert [one.sentence for one in change.written] == [
        "Correction: Followed language lesson about work, 90 minutes, in class, Nova College. Reason: was wrong"
    ]


def test_a_correction_to_another_day_takes_it_out_of_view_or_brings_it_in() -> None:
    later = attrs.evolve(ATTENDED, on=LATER_DAY)
    entries = recorded(OPENED, INTAKE, ATTENDED, FactCorrected(LATER_DAY, UUID(int=3), later, "another day"))
    out = diff(seen(entries, known=3, valid=DAY), seen(entries, known=4, valid=DAY))
    assert causes(out) == [(3, Cause.CORRECTED)]
    back = diff(seen(entries, known=4, valid=DAY), seen(entries, known=3, valid=DAY))
    assert causes(back) == [(3, Cause.CORRECTED)]


def test_a_retraction_and_its_taking_back() -> None:
    entries = recorded(
        OPENED,
        INTAKE,
        ATTENDED,
        FactRetracted(LATER_DAY, UUID(int=3), "never"),
        FactRetracted(LATER_DAY, UUID(int=4), "it did"),
    )
    assert causes(diff(seen(entries, known=3), seen(entries, known=4))) == [(3, Cause.RETRACTED)]
    assert causes(diff(seen(entries, known=4), seen(entries, known=3))) == [(3, Cause.RETRACTED)]
    again = diff(seen(entries, known=4), seen(entries, known=5))
    assert causes(again) == [(3, Cause.REINSTATED)]
    assert [one.event_id.int for one in again.facts[0].written] == [5]
    assert diff(seen(entries, known=3), seen(entries, known=5)).facts == ()


def test_hours_that_count_otherwise_by_another_fact() -> None:
    """Logged before anybody told which internship it was: work, until the language internship was recorded."""
    logged = InternshipHoursLogged(LATER_DAY, INTERNSHIP.key, "log-1", 240)
    entries = recorded(OPENED, INTAKE, logged, InternshipStarted(DAY, INTERNSHIP))
    answer = diff(seen(entries, known=3), seen(entries, known=4))
    assert causes(answer) == [(4, Cause.TOLD_LATE), (3, Cause.COUNTED_OTHERWISE)]
    assert answer.facts[1].minutes == 0
    assert field(answer, "components[language-internship].minutes") == (None, 240)
    assert field(answer, "components[work-internship].minutes") == (240, None)


def test_hours_that_count_otherwise_under_another_programme() -> None:
    entries = recorded(OPENED, INTAKE, LessonAttended(DAY, attrs.evolve(LESSON, in_intake=True)))
    counting = attrs.evolve(PILOT, name="Counting", intake_course_counts=True)
    answer = diff(seen(entries), seen(entries, programme=counting))
    assert causes(answer) == [(3, Cause.COUNTED_OTHERWISE)]
    assert answer.minutes(Category.COURSE) == 120
    assert answer.minutes(Category.INTAKE_COURSE) == -120


def test_the_rules_that_speak_at_one_point_only() -> None:
    entries = recorded(OPENED, INTAKE)
    day = date(2026, 2, 18)
    before = seen(entries, programme=WI2021, rulebook=date(2026, 2, 17), view="findings", valid=day)
    answer = diff(before, seen(entries, programme=WI2021, rulebook=day, view="findings", valid=day))
    (rule,) = answer.rules
    assert rule.rule == "earlier-lateness-fines-reconsidered"
    assert (rule.speaks_before, rule.speaks_after) == (False, True)


def test_a_rule_that_has_not_begun_does_not_speak_yet() -> None:
    """R-SAN-07: about facts from 9 July 2025 on; published that day too."""
    entries = recorded(OPENED, INTAKE)
    days = date(2025, 7, 8), date(2025, 7, 9)
    answer = diff(*(seen(entries, programme=WI2021, rulebook=date(2025, 7, 9), valid=day) for day in days))
    assert [(one.rule, one.speaks_after) for one in answer.rules] == [("no-lateness-fine-on-asylum", True)]


def test_only_what_was_written_about_the_fact_itself_is_named() -> None:
    entries = recorded(OPENED, INTAKE, ATTENDED, OTHER, FactCorrected(LATER_DAY, UUID(int=3), SHORTER, "was wrong"))
    answer = diff(seen(entries, known=3), seen(entries, known=5))
    named = {one.event_id.int: [it.event_id.int for it in one.written] for one in answer.facts}
    assert named == {3: [5], 4: [4]}


def test_the_amounts_that_are_not_the_same() -> None:
    entries = recorded(OPENED, INTAKE)
    answer = diff(seen(entries), seen(entries, programme=WI2021, rulebook=date(2022, 1, 1), valid=date(2022, 1, 1)))
    family = [(one.category, one.before, one.after) for one in answer.amounts]
    assert family == [(Category.PARTICIPATION, 48_000, 0)]


def test_items_of_a_list_go_by_their_own_name() -> None:
    entries = recorded(OPENED, INTAKE, ATTENDED)
    told = diff(seen(entries, known=2, view="timeline"), seen(entries, view="timeline"))
    name = UUID(int=3)
    assert FieldChange(f"lines[{name}].in_force", None, True) in told.fields
    planned = diff(seen(entries, known=2, view="plan"), seen(entries, view="plan"))
    assert FieldChange("components[language/Nova College].realised_minutes", None, 120) in planned.fields


@attrs.frozen
class AnyView:
    """A list of plain values, a set, and two items of one name."""

    days: tuple[date, ...]
    kinds: frozenset[Component]
    lines: tuple[FieldChange, ...] = ()


def test_any_frozen_view_will_do() -> None:
    side = seen(recorded(OPENED, INTAKE))
    before = attrs.evolve(side, view=AnyView((DAY,), frozenset({Component.WORK})))
    answer = diff(before, attrs.evolve(side, view=AnyView((START, DAY), frozenset(Component) - set(Component))))
    assert answer.fields == (
        FieldChange("days[0]", DAY, START),
        FieldChange("kinds", ("work",), ()),
        FieldChange("days[1]", None, DAY),
    )


# ── whatever the history ─────────────────────────────────────────────────────────────────────────────────────

histories = st.one_of(opened_histories(), opened_histories(WI2021))
points = st.tuples(st.integers(1, 40), st.none() | st.dates(FIRST, LAST), st.booleans())


def from_point(history: History, point: tuple[int, date | None, bool], view: str = "progress") -> Side | None:
    known, valid, counting = point
    entries = recorded(*(one.event for one in history.entries))
    opened = History.of(entries[:known]).trajectory.opened
    if opened is None or (valid is not None and valid < opened.on):
        return None
    programme = attrs.evolve(PILOT, intake_course_counts=counting, counts_as=PILOT.counts_as if counting else {})
    return seen(entries, known=known, valid=valid, programme=programme, view=view)


@given(histories, points, st.sampled_from(["progress", "plan", "timeline", "findings"]))
@settings(max_examples=40)
def test_a_point_does_not_differ_from_itself(history: History, point: tuple[int, date | None, bool], view: str) -> None:
    side, again = from_point(history, point, view), from_point(history, point, view)
    if side is not None and again is not None:
        assert diff(side, again).same


@given(histories, points, points)
@settings(max_examples=60)
def test_every_minute_that_differs_comes_from_a_fact(
    history: History, one: tuple[int, date | None, bool], other: tuple[int, date | None, bool]
) -> None:
    before, after = from_point(history, one), from_point(history, other)
    if before is None or after is None:
        return
    answer, was, now = diff(before, after), before.view, after.view
    assert isinstance(was, Progress)
    assert isinstance(now, Progress)
    for old, new in zip(was.categories, now.categories, strict=True):
        assert answer.minutes(old.category) == new.minutes - old.minutes
    for component in Component:
        minutes = [sum(line.minutes for line in view.components if line.component is component) for view in (was, now)]
        brought = sum(it.after.minutes for it in answer.facts if it.after and it.after.component is component)
        taken = sum(it.before.minutes for it in answer.facts if it.before and it.before.component is component)
        assert brought - taken == minutes[1] - minutes[0]


@given(histories, points, points)
@settings(max_examples=40)
def test_looked_at_from_the_other_side_it_is_the_same_difference(
    history: History, one: tuple[int, date | None, bool], other: tuple[int, date | None, bool]
) -> None:
    before, after = from_point(history, one), from_point(history, other)
    if before is None or after is None:
        return
    there, back = diff(before, after), diff(after, before)
    assert {(it.event_id, it.cause, it.minutes, it.written) for it in there.facts} == {
        (it.event_id, it.cause, -it.minutes, it.written) for it in back.facts
    }
    assert {(it.path, it.before, it.after) for it in there.fields} == {
        (it.path, it.after, it.before) for it in back.fields
    }


@pytest.mark.parametrize("view", ["progress", "plan", "timeline", "findings"])
def test_two_histories_that_are_the_same_give_nothing(view: str) -> None:
    entries = recorded(OPENED, INTAKE, ATTENDED)
    assert diff(seen(entries, view=view), seen(entries, view=view)).same
