"""Everything that can ever stand in a history.

Each fact is in the past tense and carries `on`, its own day: when it was so in the world. When it was written
down, by whom and why stands beside it in the log. A tag is written by hand and outlives the name of its class:
once released, a tag and its fields load for ever. A fact is never edited; a correction is another fact.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, TypeAlias, get_args
from uuid import UUID

import attrs

from zroute_core.checking import Whole, checked
from zroute_core.domain.values import (
    AbsenceReason,
    Activity,
    Agreement,
    Answer,
    CancellationReason,
    EndReason,
    Group,
    Guide,
    IntakePart,
    Internship,
    InterruptionReason,
    Key,
    LearningGoal,
    Lesson,
    Line,
    Minutes,
    Modality,
    Moment,
    MunicipalityCode,
    Note,
    PlannedComponent,
    Regime,
    TargetGroup,
)

# ── the trajectory ───────────────────────────────────────────────────────────────────────────────────────────


@attrs.frozen(field_transformer=checked)
class TrajectoryOpened:
    """A municipality opened a trajectory (traject) for a participant."""

    tag: ClassVar = "trajectory-opened/1"

    on: date
    municipality: MunicipalityCode
    target_group: TargetGroup
    regime: Regime


@attrs.frozen(field_transformer=checked)
class IntakeHeld:
    """The broad intake (brede intake) was held: which of its parts, and what the participant wants to learn."""

    tag: ClassVar = "intake-held/1"

    on: date
    parts: tuple[IntakePart, ...]
    goals: tuple[LearningGoal, ...]


@attrs.frozen(field_transformer=checked)
class TrajectoryInterrupted:
    """The trajectory stands still for a while."""

    tag: ClassVar = "trajectory-interrupted/1"

    on: date
    reason: InterruptionReason


@attrs.frozen(field_transformer=checked)
class TrajectoryResumed:
    """The trajectory goes on."""

    tag: ClassVar = "trajectory-resumed/1"

    on: date


@attrs.frozen(field_transformer=checked)
class TrajectoryEnded:
    """The trajectory came to its end: completed, or earlier (uitval) with the reason."""

    tag: ClassVar = "trajectory-ended/1"

    on: date
    reason: EndReason


# ── the plan ─────────────────────────────────────────────────────────────────────────────────────────────────


@attrs.frozen(field_transformer=checked)
class PlanAdopted:
    """The personalised plan was adopted (under Wi2021: persoonlijk plan inburgering en participatie, PIP)."""

    tag: ClassVar = "plan-adopted/1"

    on: date
    goals: tuple[LearningGoal, ...]
    components: tuple[PlannedComponent, ...]
    agreements: tuple[Agreement, ...]


@attrs.frozen(field_transformer=checked)
class PlanRevised:
    """The plan was changed: this is what it says from now on, and why."""

    tag: ClassVar = "plan-revised/1"

    on: date
    goals: tuple[LearningGoal, ...]
    components: tuple[PlannedComponent, ...]
    agreements: tuple[Agreement, ...]
    reason: Note = attrs.field(repr=False)


@attrs.frozen(field_transformer=checked)
class AgreementReviewed:
    """It was looked at whether an agreement (afspraak) of the plan was kept."""

    tag: ClassVar = "agreement-reviewed/1"

    on: date
    agreement: Key
    kept: bool


# ── people around the participant ────────────────────────────────────────────────────────────────────────────


@attrs.frozen(field_transformer=checked)
class GuideAssigned:
    """A guide became the participant's fixed contact (vast aanspreekpunt), from this day."""

    tag: ClassVar = "guide-assigned/1"

    on: date
    guide: Guide


@attrs.frozen(field_transformer=checked)
class GuideReleased:
    """The guide is no longer the participant's contact, from this day."""

    tag: ClassVar = "guide-released/1"

    on: date
    guide: Key


@attrs.frozen(field_transformer=checked)
class LanguageBuddyMatched:
    """A volunteer language buddy (taalmaatje) was matched."""

    tag: ClassVar = "language-buddy-matched/1"

    on: date
    buddy: Key


@attrs.frozen(field_transformer=checked)
class LanguageBuddyLeft:
    """The match with the language buddy came to its end."""

    tag: ClassVar = "language-buddy-left/1"

    on: date
    buddy: Key
    reason: EndReason


# ── groups ───────────────────────────────────────────────────────────────────────────────────────────────────


@attrs.frozen(field_transformer=checked)
class GroupFormed:
    """A group was formed with this participant in it. `size` counts all its members."""

    tag: ClassVar = "group-formed/1"

    on: date
    group: Group
    size: Annotated[int, Whole(1, 100)]


@attrs.frozen(field_transformer=checked)
class GroupJoined:
    """The participant came into a group that was there. `size` counts its members from now on."""

    tag: ClassVar = "group-joined/1"

    on: date
    group: Group
    size: Annotated[int, Whole(1, 100)]


@attrs.frozen(field_transformer=checked)
class GroupLeft:
    """The participant left the group."""

    tag: ClassVar = "group-left/1"

    on: date
    group: Key
    reason: EndReason


# ── lessons: course hours (cursusuren) ───────────────────────────────────────────────────────────────────────


@attrs.frozen(field_transformer=checked)
class LessonAttended:
    """The participant followed a lesson; its minutes are course hours."""

    tag: ClassVar = "lesson-attended/1"

    on: date
    lesson: Lesson


@attrs.frozen(field_transformer=checked)
class LessonMissed:
    """The participant was expected in a lesson and was not there (verzuim)."""

    tag: ClassVar = "lesson-missed/1"

    on: date
    lesson: Lesson
    reason: AbsenceReason


@attrs.frozen(field_transformer=checked)
class LessonCancelled:
    """A lesson did not take place."""

    tag: ClassVar = "lesson-cancelled/1"

    on: date
    lesson: Lesson
    reason: CancellationReason


@attrs.frozen(field_transformer=checked)
class HomeworkHandedIn:
    """Homework (huiswerkopdracht) was handed in."""

    tag: ClassVar = "homework-handed-in/1"

    on: date
    homework: Key
    theme: Line | None = None


# ── participation hours (participatie-uren) ──────────────────────────────────────────────────────────────────


@attrs.frozen(field_transformer=checked)
class ActivityAttended:
    """The participant took part in a participation activity."""

    tag: ClassVar = "activity-attended/1"

    on: date
    activity: Activity


@attrs.frozen(field_transformer=checked)
class ActivityMissed:
    """The participant was expected at an activity and was not there."""

    tag: ClassVar = "activity-missed/1"

    on: date
    activity: Activity
    reason: AbsenceReason


@attrs.frozen(field_transformer=checked)
class ActivityCancelled:
    """An activity did not take place."""

    tag: ClassVar = "activity-cancelled/1"

    on: date
    activity: Activity
    reason: CancellationReason


@attrs.frozen(field_transformer=checked)
class InternshipStarted:
    """An internship (stage) or language internship (taalstage) began."""

    tag: ClassVar = "internship-started/1"

    on: date
    internship: Internship


@attrs.frozen(field_transformer=checked)
class InternshipHoursLogged:
    """The participant worked at the internship on this day; `log` names this entry."""

    tag: ClassVar = "internship-hours-logged/1"

    on: date
    internship: Key
    log: Key
    minutes: Minutes


@attrs.frozen(field_transformer=checked)
class InternshipEnded:
    """The internship came to its end."""

    tag: ClassVar = "internship-ended/1"

    on: date
    internship: Key
    reason: EndReason


@attrs.frozen(field_transformer=checked)
class CoachingHeld:
    """A one to one talk with a coach or guide (1-op-1 begeleiding)."""

    tag: ClassVar = "coaching-held/1"

    on: date
    session: Key
    coach: Line
    minutes: Minutes
    modality: Modality
    theme: Line | None = None


# ── how far the participant is ───────────────────────────────────────────────────────────────────────────────


@attrs.frozen(field_transformer=checked)
class AssessmentRecorded:
    """A score on an instrument (meting): on which scale, in which domain or skill, at which moment."""

    tag: ClassVar = "assessment-recorded/1"

    on: date
    instrument: Key
    version: Key
    lowest: Annotated[int, Whole(-1000, 1000)]
    highest: Annotated[int, Whole(-1000, 1000)]
    domain: Key
    score: Annotated[int, Whole(-1000, 1000)]
    moment: Moment


@attrs.frozen(field_transformer=checked)
class OwnJudgementGiven:
    """What the participant says: understands more, is content, wants to go on (factsheet, 2021)."""

    tag: ClassVar = "own-judgement-given/1"

    on: date
    moment: Moment
    understands_more: Answer
    content: Answer
    wants_to_go_on: Answer


# ── when the record was wrong ────────────────────────────────────────────────────────────────────────────────


@attrs.frozen(field_transformer=checked)
class FactCorrected:
    """An earlier fact was not as recorded: this is how it was. `fact` is the event id of the earlier one."""

    tag: ClassVar = "fact-corrected/1"

    on: date
    fact: UUID
    replacement: Happened
    reason: Note = attrs.field(repr=False)


@attrs.frozen(field_transformer=checked)
class FactRetracted:
    """An earlier fact never happened. `fact` is its event id."""

    tag: ClassVar = "fact-retracted/1"

    on: date
    fact: UUID
    reason: Note = attrs.field(repr=False)


Happened: TypeAlias = (
    TrajectoryOpened
    | IntakeHeld
    | TrajectoryInterrupted
    | TrajectoryResumed
    | TrajectoryEnded
    | PlanAdopted
    | PlanRevised
    | AgreementReviewed
    | GuideAssigned
    | GuideReleased
    | LanguageBuddyMatched
    | LanguageBuddyLeft
    | GroupFormed
    | GroupJoined
    | GroupLeft
    | LessonAttended
    | LessonMissed
    | LessonCancelled
    | HomeworkHandedIn
    | ActivityAttended
    | ActivityMissed
    | ActivityCancelled
    | InternshipStarted
    | InternshipHoursLogged
    | InternshipEnded
    | CoachingHeld
    | AssessmentRecorded
    | OwnJudgementGiven
)
"""What can happen to a participant."""

Correction: TypeAlias = FactCorrected | FactRetracted
"""What can be said about the record itself."""

Fact: TypeAlias = Happened | Correction
"""Everything that can stand in a history."""

FACTS: tuple[type[Fact], ...] = get_args(Fact)
"""The same, to walk through: the codec's registry and the documentation are made from it."""
