"""Each fact as one sentence, as a person reads it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from zroute_core.domain.events import (
    ActivityAttended,
    ActivityCancelled,
    ActivityMissed,
    AgreementReviewed,
    AssessmentRecorded,
    CertificateHandedOut,
    CoachingHeld,
    CourseOffered,
    DispensationGranted,
    DutyEnded,
    DutyNotified,
    ExamTaken,
    ExemptionGranted,
    ExemptionWithdrawn,
    Fact,
    FactCorrected,
    FactRetracted,
    FinalInterviewHeld,
    FinancialReliefEnded,
    FinancialReliefStarted,
    GroupFormed,
    GroupJoined,
    GroupLeft,
    GuideAssigned,
    GuideReleased,
    HomeworkHandedIn,
    IntakeCallMissed,
    IntakeHeld,
    InternshipEnded,
    InternshipHoursLogged,
    InternshipStarted,
    LanguageBuddyLeft,
    LanguageBuddyMatched,
    LearningAbilityTested,
    LearningAbilityTestWaived,
    LessonAttended,
    LessonCancelled,
    LessonMissed,
    MapHoursLogged,
    MapInterviewHeld,
    MapThemeCovered,
    MovedToMunicipality,
    OutsideInformationReceived,
    OwnJudgementGiven,
    ParticipationDeclarationSigned,
    PipAnnulled,
    PipDecided,
    PipRestored,
    PipRevoked,
    PlanAdopted,
    PlanRevised,
    ProgressInterviewHeld,
    PvtSessionAttended,
    RouteCompleted,
    RuleOverridden,
    SanctionProposed,
    SocialGuidanceEnded,
    SocialGuidanceStarted,
    TargetGroupChanged,
    TermExtended,
    TermExtensionRefused,
    TrajectoryEnded,
    TrajectoryInterrupted,
    TrajectoryOpened,
    TrajectoryResumed,
    UnderTheAct,
)
from zroute_core.domain.values import Activity, Lesson


def tell(fact: Fact) -> str:
    """The fact as one sentence."""
    match fact:
        case TrajectoryOpened():
            return f"Trajectory opened by municipality {fact.municipality} ({_words(fact.target_group.value)})."
        case IntakeHeld():
            return f"Broad intake held: {_list(part.value for part in fact.parts)}; {len(fact.goals)} learning goals."
        case TrajectoryInterrupted():
            return f"Trajectory interrupted: {_words(fact.reason.value)}."
        case TrajectoryResumed():
            return "Trajectory resumed."
        case TrajectoryEnded():
            return f"Trajectory ended: {_words(fact.reason.value)}."
        case PlanAdopted():
            return f"Plan adopted: {_list(one.component.value for one in fact.components)}."
        case PlanRevised():
            return f"Plan revised: {fact.reason}"
        case AgreementReviewed():
            return f"Agreement {fact.agreement} {'was kept' if fact.kept else 'was not kept'}."
        case GuideAssigned():
            return f"Fixed contact from now on: {fact.guide.role} {fact.guide.key}."
        case GuideReleased():
            return f"No longer the fixed contact: {fact.guide}."
        case LanguageBuddyMatched():
            return f"Matched with language buddy {fact.buddy}."
        case LanguageBuddyLeft():
            return f"The match with language buddy {fact.buddy} ended: {_words(fact.reason.value)}."
        case GroupFormed():
            return f"Group {fact.group.key} ({fact.group.level}) formed with {fact.size} participants."
        case GroupJoined():
            return f"Joined group {fact.group.key} ({fact.group.level}), now {fact.size} participants."
        case GroupLeft():
            return f"Left group {fact.group}: {_words(fact.reason.value)}."
        case LessonAttended():
            return f"Followed {_what(fact.lesson)}."
        case LessonMissed():
            return f"Missed {_what(fact.lesson)}: {_words(fact.reason.value)}."
        case LessonCancelled():
            return f"Cancelled {_what(fact.lesson)}: {_words(fact.reason.value)}."
        case HomeworkHandedIn():
            return f"Handed in homework {fact.homework}."
        case ActivityAttended():
            return f"Took part in {_what(fact.activity)}."
        case ActivityMissed():
            return f"Missed {_what(fact.activity)}: {_words(fact.reason.value)}."
        case ActivityCancelled():
            return f"Cancelled {_what(fact.activity)}: {_words(fact.reason.value)}."
        case InternshipStarted():
            kind = _words(fact.internship.component.value)
            return f"{kind.capitalize()} {fact.internship.key} started at {fact.internship.host}."
        case InternshipHoursLogged():
            return f"Worked {fact.minutes} minutes at internship {fact.internship}."
        case InternshipEnded():
            return f"Internship {fact.internship} ended: {_words(fact.reason.value)}."
        case CoachingHeld():
            return f"Coaching talk of {fact.minutes} minutes with {fact.coach}, {_words(fact.modality.value)}."
        case AssessmentRecorded():
            scale = f"{fact.lowest}-{fact.highest}"
            return (
                f"Measured {_words(fact.domain)} at {fact.moment.value}: {fact.score} on {scale} ({fact.instrument})."
            )
        case OwnJudgementGiven():
            return (
                f"Says at {fact.moment.value}: understands more: {fact.understands_more.value}, "
                f"content: {fact.content.value}, wants to go on: {fact.wants_to_go_on.value}."
            )
        case FactCorrected():
            return f"Correction: {tell(fact.replacement)} Reason: {fact.reason}"
        case FactRetracted():
            return f"Retraction of an earlier entry. Reason: {fact.reason}"
        case under_the_act:
            return _under_the_act(under_the_act)


def _under_the_act(fact: UnderTheAct) -> str:
    match fact:
        case DutyNotified():
            return f"DUO gave notice of the duty to integrate, which began on {fact.duty_since}."
        case TargetGroupChanged():
            return f"Target group changed to {_words(fact.target_group.value)}: {_words(fact.cause.value)}."
        case MovedToMunicipality():
            return f"Moved: municipality {fact.municipality} goes on."
        case ExemptionGranted():
            until = f", up to and including {fact.until}" if fact.until else ""
            return f"{_words(fact.kind.value).capitalize()} exemption granted ({fact.code.value}){until}."
        case ExemptionWithdrawn():
            return "Temporary exemption withdrawn: the trajectory resumes."
        case DispensationGranted():
            cap = "" if fact.participation_cap is None else f", at most {fact.participation_cap} hours of participation"
            return f"{_words(fact.kind.value).capitalize()} dispensation granted ({fact.ground.value}){cap}."
        case DutyEnded():
            return f"The duty ended: {_words(fact.reason.value)}."
        case IntakeCallMissed():
            return f"Call {fact.call} for the broad intake was not answered."
        case LearningAbilityTested():
            score = f", score {fact.score} of {fact.needed} needed" if None not in (fact.score, fact.needed) else ""
            return f"Learning ability test registered: {_words(fact.result.value)}{score}."
        case LearningAbilityTestWaived():
            return f"Learning ability test lawfully left out: {_words(fact.ground.value)}."
        case OutsideInformationReceived():
            return "Information that the PIP waited for came in."
        case PipDecided():
            level = f" at {fact.level.value}" if fact.level else ""
            return (
                f"PIP {fact.pip} decided by municipality {fact.municipality}: {_words(fact.route.value)} route{level}."
            )
        case PipRevoked():
            return f"PIP {fact.pip} revoked: {fact.reason}"
        case PipAnnulled():
            return f"PIP {fact.pip} annulled ({_words(fact.by.value)}, {fact.ruling})."
        case PipRestored():
            return f"PIP {fact.pip} counts again ({_words(fact.by.value)}, {fact.ruling})."
        case TermExtended():
            how = "on request" if fact.on_request else "ex officio"
            return f"DUO extended the term {how} until {fact.until} (ground {fact.ground})."
        case TermExtensionRefused():
            return f"DUO refused to extend the term (ground {fact.ground})."
        case PvtSessionAttended():
            return f"Followed the participation declaration track (PVT), {fact.minutes} minutes."
        case ParticipationDeclarationSigned():
            return "Signed the participation declaration."
        case MapHoursLogged():
            return f"Practical work for the MAP, {fact.minutes} minutes."
        case MapThemeCovered():
            return f"MAP theme dealt with: {_words(fact.theme.value)}."
        case MapInterviewHeld():
            return f"Final interview of the MAP held: {'sufficient' if fact.sufficient else 'not yet sufficient'}."
        case ExamTaken():
            level = f" at {fact.level.value}" if fact.level else ""
            return f"Examination {_words(fact.part.value)}{level} {'passed' if fact.passed else 'not passed'}."
        case ProgressInterviewHeld():
            return "Progress interview held."
        case FinalInterviewHeld():
            return "Final interview of the Z-route held."
        case RouteCompleted():
            return "Z-route completed."
        case CertificateHandedOut():
            return "Certificate of the Z-route handed out."
        case CourseOffered():
            return f"Course offered, at {fact.provider}."
        case SocialGuidanceStarted():
            return "Social guidance began."
        case SocialGuidanceEnded():
            return "Social guidance ended."
        case FinancialReliefStarted():
            return "Financial relief began: fixed costs are paid from the benefit."
        case FinancialReliefEnded():
            return "Financial relief ended."
        case SanctionProposed():
            return f"Sanction proposed, not imposed: {_words(fact.sanction.value)}, {fact.euros} euros. {fact.reasons}"
        case RuleOverridden():
            return f"Exception to rule {fact.rule}: {fact.reason}"
        case _:
            assert_never(fact)


def _what(it: Lesson | Activity) -> str:
    what = f"{_words(it.component.value)}{' lesson' if isinstance(it, Lesson) else ''}"
    theme = f" about {it.theme}" if it.theme else ""
    tolk = ", with an interpreter" if isinstance(it, Activity) and it.interpreter else ""
    return f"{what}{theme}, {it.minutes} minutes, {_words(it.modality.value)}, {it.provider}{tolk}"


def _words(value: str) -> str:
    return value.replace("-", " ")


def _list(values: Iterable[str]) -> str:
    return ", ".join(_words(value) for value in values)
