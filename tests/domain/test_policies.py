"""Every rule both ways, at its boundary."""

import re
from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path
from uuid import UUID

import attrs
import pytest

from zroute_core.domain.decisions import (
    AdoptPlan,
    AssignGuide,
    AttendActivity,
    AttendLesson,
    CancelLesson,
    Command,
    CorrectFact,
    DecidePip,
    EndInternship,
    EndLanguageBuddyMatch,
    EndTrajectory,
    HoldCoaching,
    InterruptTrajectory,
    JoinGroup,
    LeaveGroup,
    LogInternshipHours,
    MatchLanguageBuddy,
    MissLesson,
    NotifyDuty,
    OpenTrajectory,
    RecordAssessment,
    ReleaseGuide,
    ResumeTrajectory,
    RetractFact,
    ReviewAgreement,
    RevisePlan,
    StartInternship,
)
from zroute_core.domain.events import (
    CoachingHeld,
    GroupFormed,
    GroupLeft,
    GuideAssigned,
    GuideReleased,
    InternshipEnded,
    InternshipStarted,
    LanguageBuddyLeft,
    LanguageBuddyMatched,
    LessonAttended,
    LessonMissed,
    TrajectoryEnded,
    TrajectoryInterrupted,
    TrajectoryResumed,
)
from zroute_core.domain.national import PILOT, WI2021
from zroute_core.domain.policies import ACT_POLICIES, FIRST_POLICIES, completion, pip, policy, record, support
from zroute_core.domain.programme import Evidence, Objection, Offered, Policy, Programme
from zroute_core.domain.trajectory import EMPTY
from zroute_core.domain.values import (
    AbsenceReason,
    Activity,
    CancellationReason,
    Component,
    EndReason,
    Group,
    InterruptionReason,
    Lesson,
    Modality,
    Moment,
    Regime,
    Score,
    TargetGroup,
)
from zroute_core.testing.samples import (
    ACTIVITY,
    ADOPTED,
    AGREEMENT,
    ATTENDED,
    COMMAND_SAMPLES,
    DAY,
    GOAL,
    GROUP,
    GUIDE,
    INTAKE,
    INTERNSHIP,
    LATER_DAY,
    LESSON,
    OPENED,
    PLANNED,
    START,
)
from zroute_core.testing.scenario import given

ONE_DAY = timedelta(days=1)
READY = (OPENED, INTAKE)
INTERNED = (*READY, InternshipStarted(DAY, INTERNSHIP))


def lesson(key: str, starts: time | None = None, minutes: int = 120) -> Lesson:
    return Lesson(key, Component.LANGUAGE, minutes, "Nova College", Modality.IN_CLASS, starts=starts)


def activity(key: str, starts: time | None = None, minutes: int = 90) -> Activity:
    return Activity(key, Component.SPORT, minutes, "sports club", Modality.IN_CLASS, starts=starts)


# ── opens-once ───────────────────────────────────────────────────────────────────────────────────────────────


def opening(municipality: str = "0392", regime: Regime = Regime.PILOT) -> OpenTrajectory:
    return OpenTrajectory(START + ONE_DAY, municipality, TargetGroup.ASYLUM_STATUS_HOLDER, regime)


def test_a_second_opening_is_refused() -> None:
    given(OPENED).when(opening()).then_refused("opens-once")


def test_who_moved_in_was_opened_elsewhere() -> None:
    """The programme of a municipality judges histories that another one opened."""
    haarlem = attrs.evolve(PILOT, municipality="0392")
    for code in ("0392", "0753"):
        assert given(programme=haarlem).when(opening(code)).error is None


def test_a_programme_opens_under_its_own_regime() -> None:
    given(programme=PILOT).when(opening(regime=Regime.WI2021)).then_refused("opens-once")
    assert given(programme=WI2021).when(opening(regime=Regime.WI2021)).error is None


# ── not-before-opening, not-after-ending, not-in-the-future ──────────────────────────────────────────────────


def test_the_day_of_opening_is_not_before_it() -> None:
    assert given(OPENED).when(CancelLesson(START, LESSON, CancellationReason.OTHER)).error is None
    early = CancelLesson(START - ONE_DAY, LESSON, CancellationReason.OTHER)
    given(OPENED).when(early).then_refused("not-before-opening")


def test_the_last_day_still_counts_and_may_be_told_later() -> None:
    ended = TrajectoryEnded(LATER_DAY, EndReason.COMPLETED)
    given(*READY, ended).when(AttendLesson(LATER_DAY, LESSON)).then(LessonAttended(LATER_DAY, LESSON))
    given(*READY, ended).when(AttendLesson(LATER_DAY + ONE_DAY, LESSON)).then_refused("not-after-ending")


def test_a_trajectory_ends_once() -> None:
    ended = TrajectoryEnded(LATER_DAY, EndReason.COMPLETED)
    given(OPENED, ended).when(EndTrajectory(LATER_DAY, EndReason.MOVED)).then_refused("not-after-ending")


def test_a_trajectory_does_not_end_before_what_happened_in_it() -> None:
    given(*READY, ATTENDED).when(EndTrajectory(DAY - ONE_DAY, EndReason.MOVED)).then_refused("not-after-ending")
    assert given(*READY, ATTENDED).when(EndTrajectory(DAY, EndReason.MOVED)).error is None


def test_today_is_not_the_future_and_tomorrow_is() -> None:
    attend = AttendLesson(DAY, LESSON)
    assert given(*READY).when(attend, said_on=DAY).error is None
    refused = given(*READY).when(attend, said_on=DAY - ONE_DAY)
    refused.then_refused("not-in-the-future")
    assert refused.error is not None
    assert refused.error.field == "on"


# ── intake-first ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "command",
    [
        AdoptPlan(DAY, (GOAL,), (PLANNED,)),
        AttendLesson(DAY, LESSON),
        MissLesson(DAY, LESSON, AbsenceReason.ILL),
        StartInternship(DAY, INTERNSHIP),
    ],
    ids=lambda command: type(command).__name__,
)
def test_plan_lessons_and_internship_wait_for_the_intake(command: Command) -> None:
    given(OPENED).when(command).then_refused("intake-first")
    on_that_day = attrs.evolve(INTAKE, on=DAY)
    assert given(OPENED, on_that_day).when(command).error is None
    a_day_late = attrs.evolve(INTAKE, on=DAY + ONE_DAY)
    given(OPENED, a_day_late).when(command).then_refused("intake-first")


def test_participation_may_begin_during_the_intake() -> None:
    assert given(OPENED).when(AttendActivity(DAY, ACTIVITY)).error is None


# ── counts-once ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_lesson_has_one_outcome() -> None:
    given(*READY, ATTENDED).when(MissLesson(DAY, LESSON, AbsenceReason.ILL)).then_refused("counts-once")
    given(*READY, LessonMissed(DAY, LESSON, AbsenceReason.ILL)).when(AttendLesson(DAY, LESSON)).then_refused(
        "counts-once"
    )
    given(*READY, ATTENDED).when(AttendLesson(LATER_DAY, LESSON)).then_refused("counts-once")
    other = lesson("les-2")
    given(*READY, ATTENDED).when(AttendLesson(DAY, other)).then(LessonAttended(DAY, other))


def test_a_lesson_and_an_activity_may_bear_the_same_key() -> None:
    assert given(*READY, ATTENDED).when(AttendActivity(DAY, activity("les-1"))).error is None


def test_a_domain_is_measured_once_at_a_moment() -> None:
    def sitting(score: int, moment: Moment) -> RecordAssessment:
        return RecordAssessment(DAY, "pilot-language", "2020", moment, (Score("speaking", score),))

    decided = given(OPENED).when(sitting(1, Moment.T0)).decision
    assert decided is not None
    given(OPENED, *decided.facts).when(sitting(2, Moment.T0)).then_refused("counts-once")
    assert given(OPENED, *decided.facts).when(sitting(2, Moment.T1)).error is None


def test_hours_count_once_a_log_entry() -> None:
    logged = LogInternshipHours(DAY, "stage-1", "monday", 240)
    decided = given(*INTERNED).when(logged).decision
    assert decided is not None
    given(*INTERNED, *decided.facts).when(attrs.evolve(logged, minutes=60)).then_refused("counts-once")
    assert given(*INTERNED, *decided.facts).when(attrs.evolve(logged, log="tuesday")).error is None


# ── no-overlap ───────────────────────────────────────────────────────────────────────────────────────────────

MORNING = LessonAttended(DAY, lesson("morning", time(10, 0), 120))


@pytest.mark.parametrize(
    ("starts", "minutes", "overlaps"),
    [
        (time(8, 0), 120, False),  # ends at 10:00, as the lesson begins
        (time(8, 0), 121, True),
        (time(12, 0), 60, False),  # begins at 12:00, as the lesson ends
        (time(11, 59), 60, True),
        (time(11, 0), 30, True),  # within it
        (time(9, 0), 300, True),  # around it
        (None, 300, False),  # nobody said when
    ],
)
def test_nobody_is_in_two_places_at_once(starts: time | None, minutes: int, overlaps: bool) -> None:
    decided = given(*READY, MORNING).when(AttendActivity(DAY, activity("sport", starts, minutes)))
    if overlaps:
        decided.then_refused("no-overlap")
    else:
        assert decided.error is None


def test_the_same_hour_of_another_day_is_free() -> None:
    assert given(*READY, MORNING).when(AttendLesson(DAY + ONE_DAY, lesson("next", time(10, 0)))).error is None


# ── on-its-scale ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("instrument", "version", "domain", "score", "fits"),
    [
        ("pilot-language", "2020", "speaking", 0, True),
        ("pilot-language", "2020", "speaking", 4, True),
        ("pilot-language", "2020", "speaking", -1, False),
        ("pilot-language", "2020", "speaking", 5, False),
        ("pilot-self-reliance", "2020", "finances", 1, True),
        ("pilot-self-reliance", "2020", "finances", 5, True),
        ("pilot-self-reliance", "2020", "finances", 0, False),
        ("pilot-self-reliance", "2020", "finances", 6, False),
        ("pilot-language", "2020", "finances", 1, False),
        ("pilot-language", "2019", "speaking", 1, False),
        ("unknown-scale", "2020", "speaking", 3, False),
    ],
)
def test_a_score_lies_on_the_scale_of_its_instrument(
    instrument: str, version: str, domain: str, score: int, fits: bool
) -> None:
    decided = given(OPENED).when(RecordAssessment(DAY, instrument, version, Moment.T0, (Score(domain, score),)))
    if fits:
        assert decided.error is None
    else:
        decided.then_refused("on-its-scale")


# ── internship-period, one-internship-a-host ─────────────────────────────────────────────────────────────────


def test_an_internship_ends_on_or_after_the_day_it_began() -> None:
    given(*INTERNED).when(EndInternship(DAY - ONE_DAY, "stage-1", EndReason.MOVED)).then_refused("internship-period")
    assert given(*INTERNED).when(EndInternship(DAY, "stage-1", EndReason.MOVED)).error is None
    given(*READY).when(EndInternship(DAY, "stage-1", EndReason.MOVED)).then_refused("internship-period")


def test_hours_lie_within_the_internship() -> None:
    over = (*INTERNED, InternshipEnded(LATER_DAY, "stage-1", EndReason.COMPLETED))
    assert given(*over).when(LogInternshipHours(DAY, "stage-1", "first", 60)).error is None
    assert given(*over).when(LogInternshipHours(LATER_DAY, "stage-1", "last", 60)).error is None
    early = LogInternshipHours(DAY - ONE_DAY, "stage-1", "early", 60)
    late = LogInternshipHours(LATER_DAY + ONE_DAY, "stage-1", "late", 60)
    given(*over).when(early).then_refused("internship-period")
    given(*over).when(late).then_refused("internship-period")


def test_an_internship_ends_once() -> None:
    over = (*INTERNED, InternshipEnded(LATER_DAY, "stage-1", EndReason.COMPLETED))
    given(*over).when(EndInternship(LATER_DAY, "stage-1", EndReason.MOVED)).then_refused("internship-period")


def test_one_internship_runs_at_a_host() -> None:
    second = StartInternship(LATER_DAY, attrs.evolve(INTERNSHIP, key="stage-2"))
    given(*INTERNED).when(second).then_refused("one-internship-a-host")
    over = InternshipEnded(LATER_DAY - ONE_DAY, "stage-1", EndReason.COMPLETED)
    assert given(*INTERNED, over).when(second).error is None
    elsewhere = attrs.evolve(INTERNSHIP, key="stage-2", host="laundry")
    assert given(*INTERNED).when(StartInternship(LATER_DAY, elsewhere)).error is None


def test_a_key_names_one_internship() -> None:
    over = InternshipEnded(DAY, "stage-1", EndReason.COMPLETED)
    again = StartInternship(LATER_DAY, attrs.evolve(INTERNSHIP, host="laundry"))
    given(*INTERNED, over).when(again).then_refused("one-internship-a-host")


# ── period-begins-first, joins-once, interruption-in-turn ────────────────────────────────────────────────────


def test_what_ends_began_before() -> None:
    guided, matched, joined = GuideAssigned(DAY, GUIDE), LanguageBuddyMatched(DAY, "b-1"), GroupFormed(DAY, GROUP, 6)
    before = (OPENED, guided, matched, joined)
    early, late = DAY - ONE_DAY, DAY + ONE_DAY
    for day, allowed in ((early, False), (DAY, True), (late, True)):
        commands: tuple[Command, ...] = (
            ReleaseGuide(day, GUIDE.key),
            EndLanguageBuddyMatch(day, "b-1", EndReason.MOVED),
            LeaveGroup(day, GROUP.key, EndReason.MOVED),
        )
        for command in commands:
            decided = given(*before).when(command)
            assert (decided.error is None) is allowed
            if not allowed:
                decided.then_refused("period-begins-first")
            given(OPENED).when(command).then_refused("period-begins-first")


def test_what_runs_does_not_begin_again() -> None:
    """A guide, a buddy and a group: again only after it ended."""
    begun = (
        (GuideAssigned(DAY, GUIDE), AssignGuide(LATER_DAY, GUIDE), GuideReleased(LATER_DAY, GUIDE.key)),
        (
            LanguageBuddyMatched(DAY, "b-1"),
            MatchLanguageBuddy(LATER_DAY, "b-1"),
            LanguageBuddyLeft(LATER_DAY, "b-1", EndReason.MOVED),
        ),
        (
            GroupFormed(DAY, GROUP, 6),
            JoinGroup(LATER_DAY, GROUP, 7),
            GroupLeft(LATER_DAY, GROUP.key, EndReason.HEALTH),
        ),
    )
    for first, again, ended in begun:
        given(OPENED, first).when(again).then_refused("begins-once")
        assert given(OPENED, first, ended).when(again).error is None


def test_a_day_has_24_hours() -> None:
    lesson = attrs.evolve(LESSON, starts=None, minutes=600)
    before = (*READY, LessonAttended(DAY, lesson), CoachingHeld(DAY, "t-1", "coach", 600, Modality.ONLINE))
    more = attrs.evolve(ACTIVITY, starts=None, minutes=240)
    assert given(*before).when(AttendActivity(DAY, more)).error is None
    given(*before).when(AttendActivity(DAY, attrs.evolve(more, minutes=241))).then_refused("day-has-24-hours")
    assert given(*before).when(AttendActivity(LATER_DAY, attrs.evolve(more, minutes=241))).error is None


def test_nobody_in_the_pilots_has_a_duty() -> None:
    given(*READY).when(COMMAND_SAMPLES[DecidePip]).then_refused("act-needs-the-act")
    given(OPENED).when(COMMAND_SAMPLES[NotifyDuty]).then_refused("act-needs-the-act")


def test_interruption_and_resumption_take_turns() -> None:
    stop = InterruptTrajectory(DAY, InterruptionReason.PANDEMIC)
    stopped, resumed = TrajectoryInterrupted(DAY, InterruptionReason.PANDEMIC), TrajectoryResumed(LATER_DAY)
    given(OPENED).when(ResumeTrajectory(DAY)).then_refused("interruption-in-turn")
    given(OPENED, stopped).when(attrs.evolve(stop, on=LATER_DAY)).then_refused("interruption-in-turn")
    given(OPENED, stopped).when(ResumeTrajectory(LATER_DAY)).then(resumed)
    assert given(OPENED, stopped, resumed).when(attrs.evolve(stop, on=LATER_DAY + ONE_DAY)).error is None


# ── plan-in-turn, agreement-in-plan ──────────────────────────────────────────────────────────────────────────


def test_a_plan_is_adopted_once_and_revised_after_that() -> None:
    revise = RevisePlan(LATER_DAY, (GOAL,), (PLANNED,), (), "because")
    given(*READY).when(revise).then_refused("plan-in-turn")
    assert given(*READY, ADOPTED).when(revise).error is None
    given(*READY, ADOPTED).when(AdoptPlan(LATER_DAY, (GOAL,), ())).then_refused("plan-in-turn")


def test_only_an_agreement_of_the_plan_is_reviewed() -> None:
    assert given(*READY, ADOPTED).when(ReviewAgreement(LATER_DAY, AGREEMENT.key, True)).error is None
    given(*READY, ADOPTED).when(ReviewAgreement(LATER_DAY, "another", True)).then_refused("agreement-in-plan")
    given(*READY).when(ReviewAgreement(LATER_DAY, AGREEMENT.key, True)).then_refused("agreement-in-plan")


# ── the advisories: remarked, never refused ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("size", "remarked"), [(2, True), (3, False), (8, False), (9, True)])
def test_a_group_of_another_size_than_in_the_pilots_is_remarked(size: int, remarked: bool) -> None:
    given(OPENED).when(JoinGroup(DAY, GROUP, size)).then_advised(*["group-size"] * remarked)


def test_a_second_group_of_another_level_is_remarked() -> None:
    before = (OPENED, GroupFormed(DAY, GROUP, 6))
    given(*before).when(JoinGroup(DAY, Group("talk", GROUP.level, "library"), 4)).then_advised()
    given(*before).when(JoinGroup(DAY, Group("talk", "A1", "library"), 4)).then_advised("group-level")


def test_what_the_municipality_does_not_offer_is_remarked() -> None:
    offer = (Offered(Component.LANGUAGE, "Nova College", "contract"),)
    ours = attrs.evolve(PILOT, offer=offer)
    given(*READY, programme=ours).when(AttendLesson(DAY, LESSON)).then_advised()
    elsewhere = attrs.evolve(LESSON, provider="somewhere else")
    given(*READY, programme=ours).when(AttendLesson(DAY, elsewhere)).then_advised("in-the-offer")
    given(*READY, programme=PILOT).when(AttendLesson(DAY, elsewhere)).then_advised()
    open_to_all = attrs.evolve(PILOT, offer=(Offered(Component.LANGUAGE, None, "factsheet"),))
    given(*READY, programme=open_to_all).when(AttendLesson(DAY, elsewhere)).then_advised()


def test_attendance_during_an_interruption_is_remarked() -> None:
    stopped, resumed = TrajectoryInterrupted(START, InterruptionReason.ILLNESS), TrajectoryResumed(DAY)
    given(*READY, stopped).when(AttendLesson(DAY, LESSON)).then_advised("while-interrupted")
    given(*READY, stopped, resumed).when(AttendLesson(DAY, LESSON)).then_advised()


# ── late facts and corrections are judged by what they make of the history ───────────────────────────────────


def test_a_late_fact_that_breaks_what_came_after_it_is_refused() -> None:
    over = InternshipEnded(LATER_DAY, "stage-1", EndReason.COMPLETED)
    early = EndInternship(LATER_DAY - ONE_DAY, "stage-1", EndReason.MOVED)
    given(*INTERNED, over).when(early).then_refused("internship-period")


def test_a_correction_that_breaks_what_came_after_it_is_refused() -> None:
    to_late = CorrectFact(LATER_DAY, UUID(int=2), attrs.evolve(INTAKE, on=LATER_DAY), "typed the wrong day")
    given(*READY, ATTENDED).when(to_late).then_refused("intake-first")
    given(*READY, ATTENDED).when(RetractFact(LATER_DAY, UUID(int=2), "never held")).then_refused("intake-first")


def test_a_retraction_that_mends_a_clash_lets_the_right_fact_in() -> None:
    retract = RetractFact(LATER_DAY, UUID(int=3), "another person")
    decided = given(*READY, ATTENDED).when(retract).decision
    assert decided is not None
    missed = MissLesson(DAY, LESSON, AbsenceReason.ILL)
    assert given(*READY, ATTENDED, *decided.facts).when(missed).error is None


def test_several_rules_object_in_the_order_of_the_programme() -> None:
    talk = HoldCoaching(START - ONE_DAY, "talk-1", "coach", 30, Modality.ONLINE)
    given(OPENED).when(talk, said_on=START - 2 * ONE_DAY).then_refused("not-before-opening", "not-in-the-future")


# ── rules as values ──────────────────────────────────────────────────────────────────────────────────────────


def test_evidence_decides_whether_a_rule_binds() -> None:
    binds: Mapping[Evidence, bool] = {
        Evidence.VERIFIED: True,
        Evidence.SECONDARY: True,
        Evidence.HOUSE: True,
        Evidence.INFERRED: False,
        Evidence.MEMORY: False,
    }
    for evidence, binding in binds.items():
        made = policy("never", nl="Nooit.", en="Never.", source="none", evidence=evidence)(lambda *_: False)
        objection = made(ATTENDED, EMPTY, PILOT, DAY)
        assert objection is not None
        assert objection.binding is binding


def test_a_rule_does_not_speak_about_days_before_it() -> None:
    young = policy("young", nl="Nooit.", en="Never.", source="none", evidence=Evidence.VERIFIED, since=DAY)
    never = young(lambda *_: False)
    assert never(attrs.evolve(ATTENDED, on=DAY - ONE_DAY), EMPTY, PILOT, DAY) is None
    assert isinstance(never(ATTENDED, EMPTY, PILOT, DAY), Objection)


def test_a_programme_may_leave_a_rule_out_or_add_one() -> None:
    def without(rule: str) -> Programme:
        return attrs.evolve(PILOT, policies=tuple(one for one in PILOT.policies if one.rule != rule))

    assert given(OPENED, programme=without("intake-first")).when(AttendLesson(DAY, LESSON)).error is None


ROOMS = (record, pip, completion, support)


def test_every_policy_that_is_written_is_listed() -> None:
    """A rule that was written and not listed would never speak."""
    written = {one.rule for room in ROOMS for one in vars(room).values() if isinstance(one, Policy)}
    assert written == {one.rule for one in ACT_POLICIES}


def test_every_policy_has_a_name_of_its_own_a_source_and_two_sentences() -> None:
    assert len({one.rule for one in FIRST_POLICIES}) == len(FIRST_POLICIES) == 21
    for one in ACT_POLICIES:
        assert one.source
        assert one.sentence.nl.endswith(".")
        assert one.sentence.en.endswith(".")
        assert one.sentence.nl != one.sentence.en


def test_every_policy_is_seen_to_object_under_tests_domain() -> None:
    """A binding rule to refuse, an advisory one to remark: in a scenario, not in a list of names."""
    here = " ".join(" ".join(file.read_text() for file in sorted(Path(__file__).parent.rglob("test_*.py"))).split())
    for one in ACT_POLICIES:
        verb = "then_refused" if one.binding else "then_advised"
        assert re.search(rf"{verb}\([^()]*\"{one.rule}\"", here), one.rule


@pytest.mark.parametrize("one", ACT_POLICIES, ids=lambda one: one.rule)
def test_a_rule_of_law_says_where_it_can_be_read_and_by_which_id(one: Policy) -> None:
    if one.evidence in {Evidence.VERIFIED, Evidence.SECONDARY}:
        assert one.link.startswith("https://")
        assert re.search(r"\bR-[A-Z]+-\d\d\b", one.source)
    if not one.binding and one.evidence in {Evidence.VERIFIED, Evidence.SECONDARY}:
        assert "Advisory: " in one.source


@pytest.mark.parametrize("one", ACT_POLICIES, ids=lambda one: one.rule)
def test_what_is_inferred_or_remembered_never_refuses(one: Policy) -> None:
    if one.evidence in {Evidence.INFERRED, Evidence.MEMORY}:
        assert not one.binding
