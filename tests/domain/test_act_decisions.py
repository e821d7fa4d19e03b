"""Every command of the Wet inburgering 2021: what follows from it, and nothing when it happened already."""

from collections.abc import Mapping
from datetime import timedelta

import attrs
import pytest

from zroute_core.domain.decisions import (
    AnnulPip,
    AttendPvtSession,
    ChangeTargetGroup,
    Command,
    CompleteRoute,
    CoverMapTheme,
    DecidePip,
    EndDuty,
    EndFinancialRelief,
    EndSocialGuidance,
    ExtendTerm,
    GrantDispensation,
    GrantExemption,
    HandOutCertificate,
    HoldFinalInterview,
    HoldMapInterview,
    HoldProgressInterview,
    LogMapHours,
    MissIntakeCall,
    MoveToMunicipality,
    NotifyDuty,
    OfferCourse,
    OverrideRule,
    ProposeSanction,
    ReceiveOutsideInformation,
    RecordLearningAbility,
    RefuseTermExtension,
    RestorePip,
    RevokePip,
    SignParticipationDeclaration,
    StartFinancialRelief,
    StartSocialGuidance,
    TakeExam,
    WaiveLearningAbilityTest,
    WithdrawExemption,
)
from zroute_core.domain.events import (
    ActivityAttended,
    CertificateHandedOut,
    CourseOffered,
    DispensationGranted,
    DutyEnded,
    DutyNotified,
    ExamTaken,
    ExemptionGranted,
    ExemptionWithdrawn,
    Fact,
    FinalInterviewHeld,
    FinancialReliefEnded,
    FinancialReliefStarted,
    IntakeCallMissed,
    LearningAbilityTested,
    LearningAbilityTestWaived,
    LessonAttended,
    MapHoursLogged,
    MapInterviewHeld,
    MapThemeCovered,
    MovedToMunicipality,
    OutsideInformationReceived,
    ParticipationDeclarationSigned,
    PipAnnulled,
    PipDecided,
    PipRestored,
    PipRevoked,
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
)
from zroute_core.domain.national import WI2021
from zroute_core.testing.samples import (
    ACT_DAY,
    ACTIVITY,
    COMMAND_SAMPLES,
    FACT_SAMPLES,
    INTAKE_UNDER_THE_ACT,
    LESSON,
    OPENED_UNDER_THE_ACT,
    PIP,
    PIP_DAY,
)
from zroute_core.testing.scenario import given

OPENED = OPENED_UNDER_THE_ACT
READY = (OPENED, INTAKE_UNDER_THE_ACT)
DECIDED = (*READY, PIP)
TWELVE_HOURS = PvtSessionAttended(PIP_DAY + timedelta(days=1), "pvt-all", 720)


def hours(number: int) -> tuple[Fact, ...]:
    """So many course hours and as many participation hours, ten of each a day, from the day after the PIP."""
    told: list[Fact] = []
    for day in range(number // 10):
        on = PIP_DAY + timedelta(days=1 + day)
        told.append(LessonAttended(on, attrs.evolve(LESSON, key=f"l-{day}", minutes=600, starts=None)))
        told.append(ActivityAttended(on, attrs.evolve(ACTIVITY, key=f"a-{day}", minutes=600, starts=None)))
    return tuple(told)


FINISHED = (*DECIDED, *hours(800), FinalInterviewHeld(ACT_DAY))

UNDER_THE_ACT: Mapping[type[Command], tuple[tuple[Fact, ...], type[Fact]]] = {
    NotifyDuty: ((OPENED,), DutyNotified),
    ChangeTargetGroup: ((OPENED,), TargetGroupChanged),
    MoveToMunicipality: ((OPENED,), MovedToMunicipality),
    GrantExemption: ((OPENED,), ExemptionGranted),
    WithdrawExemption: ((OPENED, FACT_SAMPLES[ExemptionGranted]), ExemptionWithdrawn),
    GrantDispensation: ((OPENED,), DispensationGranted),
    EndDuty: ((OPENED,), DutyEnded),
    MissIntakeCall: ((OPENED,), IntakeCallMissed),
    RecordLearningAbility: ((OPENED,), LearningAbilityTested),
    WaiveLearningAbilityTest: ((OPENED,), LearningAbilityTestWaived),
    ReceiveOutsideInformation: ((OPENED,), OutsideInformationReceived),
    DecidePip: (READY, PipDecided),
    RevokePip: (DECIDED, PipRevoked),
    AnnulPip: (DECIDED, PipAnnulled),
    RestorePip: ((*DECIDED, FACT_SAMPLES[PipAnnulled]), PipRestored),
    ExtendTerm: (DECIDED, TermExtended),
    RefuseTermExtension: ((OPENED,), TermExtensionRefused),
    AttendPvtSession: ((OPENED,), PvtSessionAttended),
    SignParticipationDeclaration: ((*DECIDED, TWELVE_HOURS), ParticipationDeclarationSigned),
    LogMapHours: ((OPENED,), MapHoursLogged),
    CoverMapTheme: ((OPENED,), MapThemeCovered),
    HoldMapInterview: (DECIDED, MapInterviewHeld),
    TakeExam: ((OPENED,), ExamTaken),
    HoldProgressInterview: ((OPENED,), ProgressInterviewHeld),
    HoldFinalInterview: ((OPENED,), FinalInterviewHeld),
    CompleteRoute: (FINISHED, RouteCompleted),
    HandOutCertificate: ((*FINISHED, FACT_SAMPLES[RouteCompleted]), CertificateHandedOut),
    OfferCourse: (DECIDED, CourseOffered),
    StartSocialGuidance: ((OPENED,), SocialGuidanceStarted),
    EndSocialGuidance: ((OPENED, FACT_SAMPLES[SocialGuidanceStarted]), SocialGuidanceEnded),
    StartFinancialRelief: ((OPENED,), FinancialReliefStarted),
    EndFinancialRelief: ((OPENED, FACT_SAMPLES[FinancialReliefStarted]), FinancialReliefEnded),
    ProposeSanction: ((OPENED, FACT_SAMPLES[IntakeCallMissed]), SanctionProposed),
    OverrideRule: ((OPENED,), RuleOverridden),
}
"""What stood before, and the fact whose sample follows."""


@pytest.mark.parametrize("command", UNDER_THE_ACT, ids=lambda command: command.__name__)
def test_its_fact_follows(command: type[Command]) -> None:
    before, fact = UNDER_THE_ACT[command]
    given(*before, programme=WI2021).when(COMMAND_SAMPLES[command]).then(FACT_SAMPLES[fact])


@pytest.mark.parametrize("command", UNDER_THE_ACT, ids=lambda command: command.__name__)
def test_asked_again_gives_nothing(command: type[Command]) -> None:
    before, fact = UNDER_THE_ACT[command]
    given(*before, FACT_SAMPLES[fact], programme=WI2021).when(COMMAND_SAMPLES[command]).then_nothing()
