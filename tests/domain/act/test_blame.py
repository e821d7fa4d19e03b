"""The blame flag of a message about PVT or MAP: B-1 to B-8, both ways."""

from datetime import date, timedelta

import attrs
import pytest

from zroute_core.domain.blame import Message, broken_rules
from zroute_core.domain.duty import Term

ONE_DAY = timedelta(days=1)
END = date(2028, 5, 13)
TERM = Term(date(2025, 5, 13), END)
IN_TIME = Message(date(2027, 6, 1), None, date(2027, 6, 15), TERM)
LATE = Message(date(2028, 6, 1), True, date(2028, 6, 15), TERM)
NOT_TO_BLAME = Message(None, False, date(2028, 4, 3), TERM)


@pytest.mark.parametrize("message", [IN_TIME, LATE, NOT_TO_BLAME], ids=["in-time", "late", "not-to-blame"])
def test_the_three_messages_that_can_be_sent(message: Message) -> None:
    assert broken_rules(message) == ()


def test_B_1_without_a_flag_only_while_the_term_is_not_exceeded() -> None:
    last = attrs.evolve(IN_TIME, event_on=END - ONE_DAY, sent_on=END + 30 * ONE_DAY)
    assert broken_rules(last) == ()  # it happened in time and is sent late
    assert broken_rules(attrs.evolve(last, event_on=END)) == ("B-1",)
    without_a_date = attrs.evolve(IN_TIME, event_on=None)
    assert broken_rules(attrs.evolve(without_a_date, sent_on=END - ONE_DAY)) == ()
    assert broken_rules(attrs.evolve(without_a_date, sent_on=END)) == ("B-1",)


@pytest.mark.parametrize(("flag", "rules"), [(None, ()), (True, ("B-2", "B-4")), (False, ("B-2",))])
def test_B_2_no_flag_with_a_date_before_the_end(flag: bool | None, rules: tuple[str, ...]) -> None:
    day_before = Message(END - ONE_DAY, flag, END - ONE_DAY, TERM)
    assert broken_rules(day_before) == rules


@pytest.mark.parametrize(
    ("sent_on", "allowed"),
    [
        (date(2028, 3, 12), False),
        (date(2028, 3, 13), True),  # two months before the end
        (date(2028, 5, 12), True),
        (date(2028, 5, 13), False),
    ],
)
def test_B_3_not_to_blame_only_when_the_end_falls_within_two_months(sent_on: date, allowed: bool) -> None:
    assert broken_rules(Message(None, False, sent_on, TERM)) == (() if allowed else ("B-3",))


def test_B_4_to_blame_only_when_the_term_is_exceeded() -> None:
    assert broken_rules(Message(None, True, END - ONE_DAY, TERM)) == ("B-4",)
    assert broken_rules(Message(None, True, END, TERM)) == ()
    assert broken_rules(Message(END, True, END, TERM)) == ()


def test_B_5_a_change_only_by_who_delivered_it_and_holds_the_current_pip() -> None:
    changed = attrs.evolve(IN_TIME, registered=date(2027, 5, 3))
    assert broken_rules(changed) == ("B-5",)
    assert broken_rules(attrs.evolve(changed, delivered_by_us=True)) == ()
    assert broken_rules(attrs.evolve(changed, delivered_by_us=True, holds_current_pip=False)) == ("B-5",)
    same = attrs.evolve(IN_TIME, registered=IN_TIME.event_on)
    assert broken_rules(same) == ()


def test_B_6_not_before_the_term_not_after_completion_not_in_the_future() -> None:
    def with_date(day: date) -> tuple[str, ...]:
        return broken_rules(attrs.evolve(IN_TIME, event_on=day, completed=date(2027, 6, 10)))

    assert with_date(TERM.since) == ()
    assert with_date(TERM.since - ONE_DAY) == ("B-6",)
    assert with_date(date(2027, 6, 10)) == ()
    assert with_date(date(2027, 6, 11)) == ("B-6",)
    today = attrs.evolve(IN_TIME, event_on=IN_TIME.sent_on)
    assert broken_rules(today) == ()
    assert broken_rules(attrs.evolve(today, event_on=IN_TIME.sent_on + ONE_DAY)) == ("B-6",)


def test_B_7_no_withdrawal_once_completion_is_registered() -> None:
    withdrawal = attrs.evolve(IN_TIME, event_on=None, registered=date(2027, 6, 1), delivered_by_us=True)
    assert broken_rules(withdrawal) == ()
    assert broken_rules(attrs.evolve(withdrawal, completed=date(2027, 6, 10))) == ("B-7",)


def test_B_8_nothing_once_the_duty_is_met() -> None:
    assert broken_rules(attrs.evolve(IN_TIME, duty_met=True)) == ("B-8",)


def test_the_open_question_nothing_says_not_to_blame_once_the_term_is_exceeded() -> None:
    """The text leaves this case without a message; this is what the code does until somebody reads more."""
    assert broken_rules(Message(None, False, END, TERM)) == ("B-3",)
    assert broken_rules(Message(END, False, END + ONE_DAY, TERM)) == ("B-3",)
    assert broken_rules(Message(None, None, END, TERM)) == ("B-1",)
    assert broken_rules(Message(None, True, END, TERM)) == ()
