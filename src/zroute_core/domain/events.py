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
from zroute_core.domain.act import (
    DispensationGround,
    DispensationKind,
    DutyEndReason,
    ExamLevel,
    ExamPart,
    ExemptionCode,
    ExemptionKind,
    GroundCode,
    GroupChange,
    Instance,
    LearningAbility,
    LiteracyNeed,
    MapTheme,
    Permit,
    PipLevel,
    Route,
    Sanction,
    TestScore,
    WaiverGround,
)
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


# ── the duty (inburgeringsplicht) ────────────────────────────────────────────────────────────────────────────


@attrs.frozen(field_transformer=checked)
class DutyNotified:
    """DUO gave notice of the duty to integrate (kennisgeving inburgeringsplicht): the ten weeks for the PIP begin."""

    tag: ClassVar = "duty-notified/1"

    on: date
    duty_since: date
    registered_on: date | None = None


@attrs.frozen(field_transformer=checked)
class TargetGroupChanged:
    """The target group (doelgroep) changed (DUO SS124, SS125). Hours that were followed stay."""

    tag: ClassVar = "target-group-changed/1"

    on: date
    target_group: TargetGroup
    cause: GroupChange


@attrs.frozen(field_transformer=checked)
class MovedToMunicipality:
    """The participant moved, and another municipality goes on. Hours stand for each municipality."""

    tag: ClassVar = "moved-to-municipality/1"

    on: date
    municipality: MunicipalityCode


@attrs.frozen(field_transformer=checked)
class ExemptionGranted:
    """DUO granted an exemption (vrijstelling), decided on this day. It holds from `since`, this day when left out.

    A temporary one suspends the duty up to and including `until`; a partial one is for examination parts at a level.
    """

    tag: ClassVar = "exemption-granted/1"

    on: date
    kind: ExemptionKind
    code: ExemptionCode
    since: date | None = None
    until: date | None = None
    parts: tuple[ExamPart, ...] = ()
    level: ExamLevel | None = None


@attrs.frozen(field_transformer=checked)
class ExemptionWithdrawn:
    """The temporary exemption was withdrawn (DUO SS129, SS130): from this day the trajectory goes on as it stood."""

    tag: ClassVar = "exemption-withdrawn/1"

    on: date


@attrs.frozen(field_transformer=checked)
class DispensationGranted:
    """DUO granted a dispensation (ontheffing). `participation_cap` is the most participation hours that the person can
    bear, in whole hours; 0 means none. What lies behind it is not recorded."""

    tag: ClassVar = "dispensation-granted/1"

    on: date
    kind: DispensationKind
    ground: DispensationGround
    participation_cap: Annotated[int, Whole(0, 9999)] | None = None
    parts: tuple[ExamPart, ...] = ()


@attrs.frozen(field_transformer=checked)
class DutyEnded:
    """The duty ended with this day (DUO RedenGeenInburgeringsplicht; its end date counts, R-TERM-04)."""

    tag: ClassVar = "duty-ended/1"

    on: date
    reason: DutyEndReason


# ── the broad intake, further ────────────────────────────────────────────────────────────────────────────────


@attrs.frozen(field_transformer=checked)
class IntakeCallMissed:
    """A call for the broad intake was not answered: the first, second or third."""

    tag: ClassVar = "intake-call-missed/1"

    on: date
    call: Annotated[int, Whole(1, 3)]


@attrs.frozen(field_transformer=checked)
class LearningAbilityTested:
    """The result of the learning ability test (leerbaarheidstoets) was registered by DUO on this day."""

    tag: ClassVar = "learning-ability-tested/1"

    on: date
    result: LearningAbility
    score: TestScore | None = None
    needed: TestScore | None = None


@attrs.frozen(field_transformer=checked)
class LearningAbilityTestWaived:
    """The learning ability test was lawfully left out (Wi2021 art. 14 lid 6 and 7)."""

    tag: ClassVar = "learning-ability-test-waived/1"

    on: date
    ground: WaiverGround


@attrs.frozen(field_transformer=checked)
class OutsideInformationReceived:
    """Information that the PIP waited for came in from others: two weeks are left."""

    tag: ClassVar = "outside-information-received/1"

    on: date


# ── the PIP as a decision (beschikking) ──────────────────────────────────────────────────────────────────────


@attrs.frozen(field_transformer=checked)
class PipDecided:
    """The PIP (persoonlijk plan inburgering en participatie) was decided; `on` is its date (dagtekening). What it says
    about goals, components and agreements is adopted as the plan."""

    tag: ClassVar = "pip-decided/1"

    on: date
    pip: Key
    municipality: MunicipalityCode
    route: Route
    level: PipLevel | None
    literacy: LiteracyNeed
    intensity: Annotated[int, Whole(1, 9999)] | None = None
    looked_into: tuple[Route, ...] = ()


@attrs.frozen(field_transformer=checked)
class PipRevoked:
    """The municipality revoked a PIP (ingetrokken)."""

    tag: ClassVar = "pip-revoked/1"

    on: date
    pip: Key
    reason: Note = attrs.field(repr=False)


@attrs.frozen(field_transformer=checked)
class PipAnnulled:
    """A PIP was annulled (vernietigd), on objection or by a court: it never counted."""

    tag: ClassVar = "pip-annulled/1"

    on: date
    pip: Key
    by: Instance
    ruling: Line


@attrs.frozen(field_transformer=checked)
class PipRestored:
    """A higher court undid an annulment or a revocation: the PIP counts again."""

    tag: ClassVar = "pip-restored/1"

    on: date
    pip: Key
    by: Instance
    ruling: Line


# ── the term (inburgeringstermijn) ───────────────────────────────────────────────────────────────────────────


@attrs.frozen(field_transformer=checked)
class TermExtended:
    """DUO extended the term; `until` is the new first day after it (exclusive). The ground code is DUO's own."""

    tag: ClassVar = "term-extended/1"

    on: date
    until: date
    ground: GroundCode
    on_request: bool


@attrs.frozen(field_transformer=checked)
class TermExtensionRefused:
    """DUO refused to extend the term."""

    tag: ClassVar = "term-extension-refused/1"

    on: date
    ground: GroundCode


# ── PVT, MAP and examinations ────────────────────────────────────────────────────────────────────────────────


@attrs.frozen(field_transformer=checked)
class PvtSessionAttended:
    """The participant took part in the participation declaration track (participatieverklaringstraject, PVT)."""

    tag: ClassVar = "pvt-session-attended/1"

    on: date
    session: Key
    minutes: Minutes


@attrs.frozen(field_transformer=checked)
class ParticipationDeclarationSigned:
    """The participation declaration (participatieverklaring) was signed."""

    tag: ClassVar = "participation-declaration-signed/1"

    on: date


@attrs.frozen(field_transformer=checked)
class MapHoursLogged:
    """Practical hours of the MAP (Module Arbeidsmarkt en Participatie)."""

    tag: ClassVar = "map-hours-logged/1"

    on: date
    log: Key
    minutes: Minutes


@attrs.frozen(field_transformer=checked)
class MapThemeCovered:
    """One of the eight themes of the MAP was dealt with."""

    tag: ClassVar = "map-theme-covered/1"

    on: date
    theme: MapTheme


@attrs.frozen(field_transformer=checked)
class MapInterviewHeld:
    """The final interview of the MAP (eindgesprek MAP) was held; `sufficient` when enough was learned on the themes."""

    tag: ClassVar = "map-interview-held/1"

    on: date
    sufficient: bool


@attrs.frozen(field_transformer=checked)
class ExamTaken:
    """An examination was taken: a language skill at a level, or KNM."""

    tag: ClassVar = "exam-taken/1"

    on: date
    exam: Key
    part: ExamPart
    level: ExamLevel | None
    passed: bool


# ── on the way, and at the end ───────────────────────────────────────────────────────────────────────────────


@attrs.frozen(field_transformer=checked)
class ProgressInterviewHeld:
    """The municipality and the participant looked at the progress (voortgangsgesprek)."""

    tag: ClassVar = "progress-interview-held/1"

    on: date
    interview: Key


@attrs.frozen(field_transformer=checked)
class FinalInterviewHeld:
    """The final interview of the Z-route (eindgesprek) was held."""

    tag: ClassVar = "final-interview-held/1"

    on: date


@attrs.frozen(field_transformer=checked)
class RouteCompleted:
    """The Z-route was completed (datumAfrondingZroute)."""

    tag: ClassVar = "route-completed/1"

    on: date


@attrs.frozen(field_transformer=checked)
class CertificateHandedOut:
    """The municipality handed out the certificate of the Z-route."""

    tag: ClassVar = "certificate-handed-out/1"

    on: date


# ── offer, guidance, money ───────────────────────────────────────────────────────────────────────────────────


@attrs.frozen(field_transformer=checked)
class CourseOffered:
    """The municipality offered a course that fits the route (inburgeringsaanbod, Wi2021 art. 16)."""

    tag: ClassVar = "course-offered/1"

    on: date
    provider: Line


@attrs.frozen(field_transformer=checked)
class SocialGuidanceStarted:
    """Social guidance (maatschappelijke begeleiding) began."""

    tag: ClassVar = "social-guidance-started/1"

    on: date


@attrs.frozen(field_transformer=checked)
class SocialGuidanceEnded:
    """Social guidance ended."""

    tag: ClassVar = "social-guidance-ended/1"

    on: date


@attrs.frozen(field_transformer=checked)
class FinancialReliefStarted:
    """Fixed costs are paid from the benefit (ontzorgen, Participatiewet art. 56a)."""

    tag: ClassVar = "financial-relief-started/1"

    on: date
    permit: Permit
    benefit: bool


@attrs.frozen(field_transformer=checked)
class FinancialReliefEnded:
    """Financial relief ended."""

    tag: ClassVar = "financial-relief-ended/1"

    on: date


@attrs.frozen(field_transformer=checked)
class SanctionProposed:
    """A sanction was proposed, with its reasons. This library imposes none."""

    tag: ClassVar = "sanction-proposed/1"

    on: date
    proposal: Key
    sanction: Sanction
    euros: Annotated[int, Whole(0, 9999)]
    reasons: Note = attrs.field(repr=False)


@attrs.frozen(field_transformer=checked)
class RuleOverridden:
    """Somebody let a lawful exception to a rule pass on this day, and says why."""

    tag: ClassVar = "rule-overridden/1"

    on: date
    rule: Key
    reason: Note = attrs.field(repr=False)


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


UnderTheAct: TypeAlias = (
    DutyNotified
    | TargetGroupChanged
    | MovedToMunicipality
    | ExemptionGranted
    | ExemptionWithdrawn
    | DispensationGranted
    | DutyEnded
    | IntakeCallMissed
    | LearningAbilityTested
    | LearningAbilityTestWaived
    | OutsideInformationReceived
    | PipDecided
    | PipRevoked
    | PipAnnulled
    | PipRestored
    | TermExtended
    | TermExtensionRefused
    | PvtSessionAttended
    | ParticipationDeclarationSigned
    | MapHoursLogged
    | MapThemeCovered
    | MapInterviewHeld
    | ExamTaken
    | ProgressInterviewHeld
    | FinalInterviewHeld
    | RouteCompleted
    | CertificateHandedOut
    | CourseOffered
    | SocialGuidanceStarted
    | SocialGuidanceEnded
    | FinancialReliefStarted
    | FinancialReliefEnded
    | SanctionProposed
    | RuleOverridden
)
"""What can happen to somebody with a duty under the Wet inburgering 2021."""

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
    | UnderTheAct
)
"""What can happen to a participant."""

Correction: TypeAlias = FactCorrected | FactRetracted
"""What can be said about the record itself."""

Fact: TypeAlias = Happened | Correction
"""Everything that can stand in a history."""

FACTS: tuple[type[Fact], ...] = get_args(Fact)
"""The same, to walk through: the codec's registry and the documentation are made from it."""
