"""Two axes of time: what was so, and what was known. Recorded day by day, and asked at each moment."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from fractions import Fraction
from uuid import UUID

import attrs
import pytest

import zroute_core
from zroute_core.audit import VIEWS
from zroute_core.domain.act import Instance, LiteracyNeed, PipLevel, Route, Sanction
from zroute_core.domain.decisions import (
    AnnulPip,
    AttendLesson,
    Command,
    CorrectFact,
    DecidePip,
    EndTrajectory,
    HoldIntake,
    NotifyDuty,
    OpenTrajectory,
    ProposeSanction,
    RecordAssessment,
    RecordTogether,
    RestorePip,
    RetractFact,
)
from zroute_core.domain.events import AssessmentRecorded, LessonAttended, PipDecided
from zroute_core.domain.instruments import PILOT_LANGUAGE
from zroute_core.domain.national import PILOT, WI2021
from zroute_core.domain.programme import Category, Dated, Programme, Targets
from zroute_core.domain.values import EndReason, IntakePart, Moment, Regime, Score, TargetGroup
from zroute_core.errors import InvalidChoice, InvalidDate, InvalidInput, NotFound
from zroute_core.kernel.log import Actor
from zroute_core.read_models.cohort import MeanChange
from zroute_core.read_models.diff import Cause, Diff, Point
from zroute_core.read_models.what_if import Rules
from zroute_core.read_models.why import Question
from zroute_core.testing.clock import TickingClock
from zroute_core.testing.samples import LESSON
from zroute_core.trajectories import Trajectories

ME = Actor("case-director-3", "z-route")
ANNA, BORIS, CHANTAL = (UUID(int=number) for number in (0xA, 0xB, 0xC))
EVERY_ROUTE = tuple(Route)


def evening(day: date) -> datetime:
    """After everything that was recorded on this day."""
    return datetime(day.year, day.month, day.day, 18, tzinfo=UTC)


@attrs.define
class Diary:
    """Records each command on the day it is given."""

    trajectories: Trajectories
    clock: TickingClock

    def write(self, day: date, *commands: Command, about: UUID = ANNA) -> UUID:
        """The event id of the last fact that was recorded."""
        self.clock.turn_to(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
        receipts = [self.trajectories.handle(about, one, by=ME) for one in commands]
        return receipts[-1].facts[-1].event_id


@pytest.fixture
def diary() -> Iterator[Diary]:
    clock = TickingClock()
    with zroute_core.open("memory:", clock=clock) as trajectories:
        yield Diary(trajectories, clock)


def pip(on: date, key: str, route: Route = Route.SELF_RELIANCE, level: PipLevel | None = None) -> DecidePip:
    return DecidePip(on, key, "0392", route, level, LiteracyNeed.NOT_APPLICABLE, None, EVERY_ROUTE)


def lesson(key: str, minutes: int = 120) -> LessonAttended:
    return LessonAttended(LESSON_DAY, attrs.evolve(LESSON, key=key, minutes=minutes, starts=None))


OPENING = date(2022, 3, 1)
FIRST_PIP = date(2022, 4, 4)
OBJECTION = date(2022, 6, 13)
SECOND_PIP = date(2022, 7, 4)
LESSON_DAY = date(2022, 9, 12)
COURT = date(2024, 7, 4)
THIRD_PIP = date(2024, 8, 5)
HIGHEST_COURT = date(2025, 12, 17)
TODAY = date(2026, 3, 2)


def opened(diary: Diary, about: UUID = ANNA, group: TargetGroup = TargetGroup.ASYLUM_STATUS_HOLDER) -> None:
    diary.write(
        OPENING,
        OpenTrajectory(OPENING, "0392", group, Regime.WI2021),
        NotifyDuty(OPENING, OPENING),
        HoldIntake(OPENING, tuple(IntakePart), ()),
        about=about,
    )


@pytest.fixture
def chain(diary: Diary) -> Trajectories:
    """A PIP for the Z-route, annulled on objection, replaced; that one annulled by the court two years later and
    replaced by one for the B1-route; and the highest court, that lets the second stand again and annuls the third.
    """
    opened(diary)
    diary.write(FIRST_PIP, pip(FIRST_PIP, "pip-1"))
    diary.write(OBJECTION, AnnulPip(OBJECTION, "pip-1", Instance.OBJECTION, "B-2022-17"))
    diary.write(SECOND_PIP, pip(SECOND_PIP, "pip-2"))
    diary.write(COURT, AnnulPip(COURT, "pip-2", Instance.COURT, "AWB 22/1234"))
    diary.write(THIRD_PIP, pip(THIRD_PIP, "pip-3", Route.B1, PipLevel.B1))
    diary.write(
        HIGHEST_COURT,
        RecordTogether(
            (
                RestorePip(HIGHEST_COURT, "pip-2", Instance.HIGHEST_COURT, "202401234/1/V6"),
                AnnulPip(HIGHEST_COURT, "pip-3", Instance.HIGHEST_COURT, "202401234/1/V6"),
            )
        ),
    )
    diary.clock.turn_to(evening(TODAY))
    return diary.trajectories


STANDS = [
    (OPENING, None),
    (FIRST_PIP, "pip-1"),
    (OBJECTION, None),
    (SECOND_PIP, "pip-2"),
    (COURT, None),
    (THIRD_PIP, "pip-3"),
    (HIGHEST_COURT, "pip-2"),
]


# ── a real chain of decisions ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("day", "key"), STANDS)
def test_which_pip_is_in_force_as_known_then_and_as_it_was_that_day(
    chain: Trajectories, day: date, key: str | None
) -> None:
    """Nothing was told late here, so the two axes agree: what was known then, and what was so by what is known now."""
    known_then = chain.audit.why(ANNA, Question.PIP_IN_FORCE, known_at=evening(day))
    as_it_was = chain.audit.why(ANNA, Question.PIP_IN_FORCE, valid_on=day)
    assert known_then.value == as_it_was.value == key


@pytest.mark.parametrize("day", [day for day, _ in STANDS[1:]])
def test_the_term_never_moves_whatever_the_courts_say(chain: Trajectories, day: date) -> None:
    """R-TERM-02, R-TERM-03, R-TERM-04: the first PIP is of 4 April 2022."""
    assert chain.audit.why(ANNA, Question.TERM_SINCE, known_at=evening(day)).value == date(2022, 4, 5)
    assert chain.audit.why(ANNA, Question.TERM_UNTIL, known_at=evening(day)).value == date(2025, 4, 5)


def test_before_the_first_pip_no_term_runs(chain: Trajectories) -> None:
    assert chain.audit.why(ANNA, Question.TERM_UNTIL, known_at=evening(OPENING)).value is None
    assert chain.audit.why(ANNA, Question.PIP_DUE, known_at=evening(OPENING)).value == date(2022, 5, 10)


def test_the_whole_chain_stands_behind_the_answer(chain: Trajectories) -> None:
    answer = chain.audit.why(ANNA, Question.PIP_IN_FORCE)
    assert [one.value for one in answer.facts] == ["pip-1", None, "pip-2", None, "pip-3", "pip-3", "pip-2"]
    assert [one.on for one in answer.facts] == [
        FIRST_PIP,
        OBJECTION,
        SECOND_PIP,
        COURT,
        THIRD_PIP,
        HIGHEST_COURT,
        HIGHEST_COURT,
    ]


def test_what_the_highest_court_changed(chain: Trajectories) -> None:
    answer = chain.audit.diff(
        ANNA,
        "timeline",
        before=Point(known_at=evening(THIRD_PIP)),
        after=Point(known_at=evening(HIGHEST_COURT)),
    )
    assert [(one.cause, one.after.tag) for one in answer.facts if one.after] == [
        (Cause.HAPPENED, "pip-restored/1"),
        (Cause.HAPPENED, "pip-annulled/1"),
    ]


def test_the_chain_was_let_through_and_has_nothing_that_refuses(chain: Trajectories) -> None:
    for day, _ in STANDS:
        assert [one.rule for one in chain.audit.findings(ANNA, known_at=evening(day)).findings if one.refuses] == []


def test_a_ruling_on_careful_decisions_says_nothing_about_earlier_pips(diary: Diary) -> None:
    """R-SW-04 began on 24 December 2024: a PIP of 2022 that looked into one route only is not found."""
    opened(diary)
    careless = attrs.evolve(pip(FIRST_PIP, "pip-1"), looked_into=(Route.SELF_RELIANCE,))
    diary.write(FIRST_PIP, careless)
    diary.clock.turn_to(evening(TODAY))
    assert diary.trajectories.audit.findings(ANNA).findings == ()


# ── told late, about the past, corrected, and a ruling that reaches back ─────────────────────────────────────


def course(diary: Diary, known: date, valid: date | None = None) -> object:
    return diary.trajectories.audit.why(ANNA, Question.COURSE_MINUTES, known_at=evening(known), valid_on=valid).value


def between(diary: Diary, one: date, other: date, valid: date, view: str = "progress") -> Diff:
    """The difference of what was known on two days, about the same day."""
    return diary.trajectories.audit.diff(
        ANNA,
        view,
        before=Point(known_at=evening(one), valid_on=valid),
        after=Point(known_at=evening(other), valid_on=valid),
    )


def test_a_fact_told_late_counts_from_its_own_day_once_it_is_known(diary: Diary) -> None:
    opened(diary)
    diary.write(LESSON_DAY, AttendLesson(LESSON_DAY, lesson("les-1").lesson))
    diary.write(date(2023, 2, 6), AttendLesson(LESSON_DAY, lesson("les-2").lesson))
    assert course(diary, date(2023, 2, 5)) == 120
    assert course(diary, date(2023, 2, 6)) == 240
    assert course(diary, date(2023, 2, 6), LESSON_DAY) == 240
    assert course(diary, date(2023, 2, 5), LESSON_DAY) == 120
    answer = between(diary, LESSON_DAY, date(2023, 2, 6), LESSON_DAY)
    assert [(one.cause, one.minutes) for one in answer.facts] == [(Cause.TOLD_LATE, 120)]
    assert answer.facts[0].written[0].recorded_at.date() == date(2023, 2, 6)


def test_an_earlier_pip_that_turns_up_gives_another_term_from_then_on(diary: Diary) -> None:
    """The date of the PIP was mistyped: it was 21 March 2022. Whoever asks as known before sees the old term."""
    opened(diary)
    told = diary.write(FIRST_PIP, pip(FIRST_PIP, "pip-1"))
    found_out = date(2023, 5, 8)
    right = PipDecided(
        date(2022, 3, 21),
        "pip-1",
        "0392",
        Route.SELF_RELIANCE,
        None,
        LiteracyNeed.NOT_APPLICABLE,
        None,
        EVERY_ROUTE,
    )
    correction = diary.write(found_out, CorrectFact(found_out, told, right, "the date on the letter"))
    ask = diary.trajectories.audit.why
    assert ask(ANNA, Question.TERM_UNTIL, known_at=evening(date(2023, 5, 7))).value == date(2025, 4, 5)
    after = ask(ANNA, Question.TERM_UNTIL, known_at=evening(found_out))
    assert after.value == date(2025, 3, 22)
    assert [(one.event_id, one.corrected_by) for one in after.facts] == [(told, correction)]
    # On 28 March, by what is known now, a term ran; by what was known then, none did.
    on = date(2022, 3, 28)
    assert ask(ANNA, Question.TERM_SINCE, known_at=evening(found_out), valid_on=on).value == date(2022, 3, 22)
    assert ask(ANNA, Question.TERM_SINCE, known_at=evening(FIRST_PIP), valid_on=on).value is None
    (change,) = between(diary, FIRST_PIP, found_out, found_out).facts
    assert change.cause is Cause.CORRECTED
    assert [one.event_id for one in change.written] == [correction]


def test_a_notice_that_came_years_late_moves_the_last_day_for_the_pip(diary: Diary) -> None:
    """January 2022 to May 2023 some 3,210 people wrongly got no notice: the ten weeks begin with the notice."""
    notice = date(2023, 5, 22)
    diary.write(OPENING, OpenTrajectory(OPENING, "0392", TargetGroup.ASYLUM_STATUS_HOLDER, Regime.WI2021))
    diary.write(notice, NotifyDuty(notice, OPENING))
    ask = diary.trajectories.audit.why
    assert ask(ANNA, Question.PIP_DUE, known_at=evening(date(2023, 5, 21))).value is None
    assert ask(ANNA, Question.PIP_DUE, known_at=evening(notice)).value == date(2023, 7, 31)


def test_a_correction_after_closing_changes_the_total_and_keeps_what_was_known(diary: Diary) -> None:
    opened(diary)
    told = diary.write(LESSON_DAY, AttendLesson(LESSON_DAY, lesson("les-1").lesson))
    closed, later = date(2023, 6, 26), date(2024, 1, 8)
    diary.write(closed, EndTrajectory(closed, EndReason.MOVED))
    diary.write(later, CorrectFact(later, told, lesson("les-1", 90), "the attendance list says 90"))
    retracted = date(2024, 2, 5)
    diary.write(retracted, RetractFact(retracted, told, "was in another group"))
    assert [course(diary, day) for day in (closed, later, retracted)] == [120, 90, 0]
    assert [course(diary, retracted, day) for day in (LESSON_DAY, closed)] == [0, 0]
    assert [(one.cause, one.minutes) for one in between(diary, closed, later, closed).facts] == [(Cause.CORRECTED, -30)]
    gone = between(diary, later, retracted, closed)
    assert [(one.cause, one.minutes) for one in gone.facts] == [(Cause.RETRACTED, -90)]
    assert gone.minutes(Category.COURSE) == -90
    assert diary.trajectories.audit.findings(ANNA, known_at=evening(retracted)).findings == ()


RULING = date(2026, 2, 18)
FINE_DAY = date(2025, 6, 2)


@pytest.fixture
def fined(diary: Diary) -> Trajectories:
    """Anna, asylum, and Boris, family, were both proposed a fine for being late, before the rulings."""
    for about, group in ((ANNA, TargetGroup.ASYLUM_STATUS_HOLDER), (BORIS, TargetGroup.FAMILY_OR_OTHER_MIGRANT)):
        opened(diary, about, group)
        diary.write(FIRST_PIP, pip(FIRST_PIP, "pip-1"), about=about)
        fine = ProposeSanction(FINE_DAY, "fine-1", Sanction.LATENESS_FINE, 340, "late")
        diary.write(FINE_DAY, fine, about=about)
    diary.clock.turn_to(evening(TODAY))
    return diary.trajectories


def test_a_ruling_that_reaches_back_is_found_once_it_is_known(fined: Trajectories) -> None:
    """R-SAN-07: of 18 February 2026, about what was proposed on 2 June 2025."""
    assert fined.audit.findings(ANNA, rulebook=date(2026, 2, 17)).findings == ()
    (found,) = fined.audit.findings(ANNA, rulebook=RULING).findings
    assert (found.rule, found.on) == ("earlier-lateness-fines-reconsidered", FINE_DAY)
    # The day that is asked about is the day of the rulebook when none is named.
    assert fined.audit.findings(ANNA, valid_on=FINE_DAY).findings == ()
    assert fined.audit.findings(ANNA, valid_on=FINE_DAY, rulebook=RULING).by_rule == {
        "earlier-lateness-fines-reconsidered": 1
    }
    assert fined.audit.findings(ANNA, known_at=evening(FINE_DAY)).rulebook == FINE_DAY
    assert fined.audit.findings(BORIS, rulebook=RULING).findings == ()


def test_between_two_rulebooks_the_ruling_is_the_only_difference(fined: Trajectories) -> None:
    answer = fined.audit.diff(ANNA, "findings", before=Point(rulebook=date(2026, 2, 17)), after=Point(rulebook=RULING))
    assert [(one.rule, one.speaks_before, one.speaks_after) for one in answer.rules] == [
        ("earlier-lateness-fines-reconsidered", False, True)
    ]
    assert answer.facts == ()
    assert {one.path for one in answer.fields} > {"rulebook", "by_rule[earlier-lateness-fines-reconsidered]"}


def test_findings_of_everybody(fined: Trajectories) -> None:
    table = fined.audit.findings_of_all()
    assert (table.participants, table.with_findings, table.programmes) == (2, 1, {WI2021.name: 2})
    assert table.of("earlier-lateness-fines-reconsidered", "0392").participants == 1
    assert fined.audit.findings_of_all(rulebook=date(2026, 2, 17)).counts == ()
    assert fined.audit.findings_of_all(known_at=evening(date(2022, 2, 1))).participants == 0
    assert fined.audit.findings_of_all(valid_on=date(2022, 2, 1)).participants == 0  # nobody was there yet
    assert fined.audit.what_if({"one": WI2021, "other": PILOT}, valid_on=date(2022, 2, 1)).participants == 0


def test_a_whole_cohort_under_the_rules_of_2022_of_today_and_of_a_proposal(fined: Trajectories) -> None:
    asylum = Dated(((date(2022, 1, 1), Targets(800 * 60, 400 * 60)),))
    proposal = attrs.evolve(
        WI2021, name="Proposal", targets={**WI2021.targets, TargetGroup.ASYLUM_STATUS_HOLDER: asylum}
    )
    rules: dict[str, Rules | Programme] = {
        "2022": Rules(WI2021, date(2022, 6, 1)),
        "today": WI2021,
        "proposal": proposal,
    }
    answer = fined.audit.what_if(rules)
    assert (answer.first, answer.participants) == ("2022", 2)
    today, proposed = answer.of("today"), answer.of("proposal")
    assert (today.changed, today.change.left[Category.PARTICIPATION]) == (1, 0)
    assert today.change.appear == {"earlier-lateness-fines-reconsidered": 1}
    assert (proposed.changed, proposed.less[Category.PARTICIPATION]) == (1, 1)
    assert proposed.change.left[Category.PARTICIPATION] == -400 * 60
    anna, boris = fined.audit.what_if_each(rules)
    assert (anna.participant, anna.municipality) == (ANNA, "0392")
    assert {name: one.left[Category.PARTICIPATION] for name, one in anna.under.items()} == {
        "2022": 48_000,
        "today": 48_000,
        "proposal": 24_000,
    }
    assert boris.changes["proposal"].none


# ── editions of a published figure ───────────────────────────────────────────────────────────────────────────

PROVISIONAL = date(2021, 6, 30)
FINAL = date(2021, 8, 27)


def scored(on: date, moment: Moment, speaking: int) -> RecordAssessment:
    return RecordAssessment(on, PILOT_LANGUAGE.key, PILOT_LANGUAGE.version, moment, (Score("speaking", speaking),))


def shown(mean: MeanChange) -> tuple[int, Fraction | None, Fraction | None, Fraction | None]:
    return mean.n, mean.start, mean.end, mean.change


def test_two_editions_of_a_figure_are_found_again(diary: Diary) -> None:
    """Provisional: Anna 1 to 3. Final: Boris's 0 to 1 came in later, and Anna's 3 was a 2: (1 + 1) / 2."""
    start, midsummer = date(2020, 9, 1), date(2021, 6, 21)
    for one in (ANNA, BORIS, CHANTAL):
        diary.write(
            start,
            OpenTrajectory(start, "0392", TargetGroup.ASYLUM_STATUS_HOLDER, Regime.PILOT),
            HoldIntake(start, tuple(IntakePart), ()),
            scored(start, Moment.T0, 1 if one == ANNA else 0),
            about=one,
        )
    wrong = diary.write(midsummer, scored(midsummer, Moment.T2, 3))
    late, corrected = date(2021, 7, 12), date(2021, 8, 2)
    diary.write(late, scored(midsummer, Moment.T2, 1), about=BORIS)
    right = AssessmentRecorded(
        midsummer,
        PILOT_LANGUAGE.key,
        PILOT_LANGUAGE.version,
        PILOT_LANGUAGE.lowest,
        PILOT_LANGUAGE.highest,
        "speaking",
        2,
        Moment.T2,
    )
    diary.write(corrected, CorrectFact(corrected, wrong, right, "two, says the form"))
    after = date(2021, 9, 13)
    diary.write(after, scored(midsummer, Moment.T2, 4), about=CHANTAL)

    def edition(day: date) -> MeanChange:
        return diary.trajectories.cohort(known_at=evening(day)).mean(PILOT_LANGUAGE)

    provisional, final = edition(PROVISIONAL), edition(FINAL)
    assert shown(provisional) == (1, Fraction(1), Fraction(3), Fraction(2))
    assert shown(final) == (2, Fraction(1, 2), Fraction(3, 2), Fraction(1))
    assert edition(after).n == 3
    # The day of the scores alone does not give the editions: all of them are of 21 June.
    assert diary.trajectories.cohort(valid_on=PROVISIONAL).mean(PILOT_LANGUAGE).n == 3


# ── what cannot be asked ─────────────────────────────────────────────────────────────────────────────────────


def test_what_cannot_be_asked_is_said(fined: Trajectories) -> None:
    point = Point()
    with pytest.raises(InvalidChoice):
        fined.audit.diff(ANNA, "weather", before=point, after=point)
    with pytest.raises(InvalidInput):
        fined.audit.diff(ANNA, before=point, after=TODAY)  # type: ignore[arg-type]
    with pytest.raises(InvalidChoice):
        fined.audit.why(ANNA, "course-minutes")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput):
        fined.audit.findings(ANNA, programme="WI2021")  # type: ignore[arg-type]
    with pytest.raises(InvalidDate):
        fined.audit.findings(ANNA, rulebook=evening(TODAY))
    with pytest.raises(InvalidInput):
        fined.audit.what_if({"one": WI2021})
    with pytest.raises(NotFound):
        fined.audit.findings(CHANTAL)
    with pytest.raises(NotFound):
        fined.audit.why(ANNA, Question.COURSE_MINUTES, valid_on=date(2021, 1, 1))


@pytest.mark.parametrize("view", VIEWS)
def test_a_point_does_not_differ_from_itself(fined: Trajectories, view: str) -> None:
    for point in (Point(), Point(known_at=evening(FINE_DAY)), Point(valid_on=FIRST_PIP, programme=PILOT)):
        assert fined.audit.diff(ANNA, view, before=point, after=point).same
