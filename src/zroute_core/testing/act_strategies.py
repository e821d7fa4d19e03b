"""Commands under the Wet inburgering 2021 as Hypothesis draws them: any of them, at any time; many will be refused."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from zroute_core.domain.act import (
    DispensationGround,
    DispensationKind,
    DutyEndReason,
    ExamLevel,
    ExamPart,
    ExemptionCode,
    ExemptionKind,
    GroupChange,
    Instance,
    LearningAbility,
    LiteracyNeed,
    MapTheme,
    Permit,
    PipLevel,
    Route,
    Sanction,
    WaiverGround,
)
from zroute_core.domain.decisions import (
    AnnulPip,
    AttendPvtSession,
    ChangeTargetGroup,
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
    OneCommand,
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
from zroute_core.domain.values import TargetGroup
from zroute_core.testing.drawn import days, keys, minutes, notes


@cache
def act_commands() -> SearchStrategy[OneCommand]:
    """Any command of the act."""
    return st.one_of(
        st.builds(NotifyDuty, days, days, st.none() | days),
        st.builds(ChangeTargetGroup, days, st.sampled_from(TargetGroup), st.sampled_from(GroupChange)),
        st.builds(MoveToMunicipality, days, st.sampled_from(["0392", "0153"])),
        st.builds(
            GrantExemption, days, st.sampled_from(ExemptionKind), st.sampled_from(ExemptionCode), st.none() | days
        ),
        st.builds(WithdrawExemption, days),
        st.builds(
            GrantDispensation,
            days,
            st.sampled_from(DispensationKind),
            st.sampled_from(DispensationGround),
            st.none() | st.integers(0, 900),
            st.just(()),
        ),
        st.builds(EndDuty, days, st.sampled_from(DutyEndReason)),
        st.builds(MissIntakeCall, days, st.integers(1, 3)),
        st.builds(
            RecordLearningAbility,
            days,
            st.sampled_from(LearningAbility),
            st.none() | st.decimals(0, 999, places=2),
            st.none() | st.decimals(0, 999, places=2),
        ),
        st.builds(WaiveLearningAbilityTest, days, st.sampled_from(WaiverGround)),
        st.builds(ReceiveOutsideInformation, days),
        st.builds(
            DecidePip,
            days,
            keys,
            st.just("0392"),
            st.sampled_from(Route),
            st.none() | st.sampled_from(PipLevel),
            st.sampled_from(LiteracyNeed),
            st.none() | st.integers(1, 900),
            st.just(tuple(Route)),
        ),
        st.builds(RevokePip, days, keys, notes),
        st.builds(AnnulPip, days, keys, st.sampled_from(Instance), st.just("ruling")),
        st.builds(RestorePip, days, keys, st.sampled_from(Instance), st.just("ruling")),
        st.builds(ExtendTerm, days, days, st.just("A1"), st.booleans()),
        st.builds(RefuseTermExtension, days, st.just("A1")),
        st.builds(AttendPvtSession, days, keys, minutes),
        st.builds(SignParticipationDeclaration, days),
        st.builds(LogMapHours, days, keys, minutes),
        st.builds(CoverMapTheme, days, st.sampled_from(MapTheme)),
        st.builds(HoldMapInterview, days, st.booleans()),
        st.builds(
            TakeExam, days, keys, st.sampled_from(ExamPart), st.none() | st.sampled_from(ExamLevel), st.booleans()
        ),
        st.builds(HoldProgressInterview, days, keys),
        st.builds(HoldFinalInterview, days),
        st.builds(CompleteRoute, days),
        st.builds(HandOutCertificate, days),
        st.builds(OfferCourse, days, st.just("ruling")),
        st.builds(StartSocialGuidance, days),
        st.builds(EndSocialGuidance, days),
        st.builds(StartFinancialRelief, days, st.sampled_from(Permit), st.booleans()),
        st.builds(EndFinancialRelief, days),
        st.builds(ProposeSanction, days, keys, st.sampled_from(Sanction), st.integers(0, 900), notes),
        st.builds(OverrideRule, days, st.just("switch-within-18-months"), notes),
    )
