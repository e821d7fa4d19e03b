"""Offer, guidance, financial relief, proposed sanctions, and exceptions that somebody let pass."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeAlias, assert_never

import attrs

from zroute_core.checking import Whole, checked
from zroute_core.domain.act import Permit, Sanction
from zroute_core.domain.events import (
    CourseOffered,
    FinancialReliefEnded,
    FinancialReliefStarted,
    Happened,
    RuleOverridden,
    SanctionProposed,
    SocialGuidanceEnded,
    SocialGuidanceStarted,
)
from zroute_core.domain.values import Key, Line, Note


@attrs.frozen(field_transformer=checked)
class OfferCourse:
    """Record that a course was offered."""

    on: date
    provider: Line


@attrs.frozen(field_transformer=checked)
class StartSocialGuidance:
    """Begin social guidance."""

    on: date


@attrs.frozen(field_transformer=checked)
class EndSocialGuidance:
    """End social guidance."""

    on: date


@attrs.frozen(field_transformer=checked)
class StartFinancialRelief:
    """Begin financial relief."""

    on: date
    permit: Permit
    benefit: bool


@attrs.frozen(field_transformer=checked)
class EndFinancialRelief:
    """End financial relief."""

    on: date


@attrs.frozen(field_transformer=checked)
class ProposeSanction:
    """Propose a sanction."""

    on: date
    proposal: Key
    sanction: Sanction
    euros: Annotated[int, Whole(0, 9999)]
    reasons: Note = attrs.field(repr=False)


@attrs.frozen(field_transformer=checked)
class OverrideRule:
    """Let a lawful exception to a rule pass."""

    on: date
    rule: Key
    reason: Note = attrs.field(repr=False)


SupportCommand: TypeAlias = (
    OfferCourse
    | StartSocialGuidance
    | EndSocialGuidance
    | StartFinancialRelief
    | EndFinancialRelief
    | ProposeSanction
    | OverrideRule
)


def propose_support(command: SupportCommand) -> tuple[Happened, ...]:
    match command:
        case OfferCourse(on, provider):
            return (CourseOffered(on, provider),)
        case StartSocialGuidance(on):
            return (SocialGuidanceStarted(on),)
        case EndSocialGuidance(on):
            return (SocialGuidanceEnded(on),)
        case StartFinancialRelief(on, permit, benefit):
            return (FinancialReliefStarted(on, permit, benefit),)
        case EndFinancialRelief(on):
            return (FinancialReliefEnded(on),)
        case ProposeSanction(on, proposal, sanction, euros, reasons):
            return (SanctionProposed(on, proposal, sanction, euros, reasons),)
        case OverrideRule(on, rule, reason):
            return (RuleOverridden(on, rule, reason),)
        case _:
            assert_never(command)
