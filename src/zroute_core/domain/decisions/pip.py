"""The PIP as a decision that stands, falls and comes back; and the term that follows from it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeAlias, assert_never

import attrs

from zroute_core.checking import Whole, checked
from zroute_core.domain.act import GroundCode, Instance, LiteracyNeed, PipLevel, Route
from zroute_core.domain.events import (
    Happened,
    PipAnnulled,
    PipDecided,
    PipRestored,
    PipRevoked,
    TermExtended,
    TermExtensionRefused,
)
from zroute_core.domain.values import Key, Line, MunicipalityCode, Note


@attrs.frozen(field_transformer=checked)
class DecidePip:
    """Decide the PIP, or a changed one."""

    on: date
    pip: Key
    municipality: MunicipalityCode
    route: Route
    level: PipLevel | None
    literacy: LiteracyNeed
    intensity: Annotated[int, Whole(1, 9999)] | None = None
    looked_into: tuple[Route, ...] = ()


@attrs.frozen(field_transformer=checked)
class RevokePip:
    """Revoke a PIP."""

    on: date
    pip: Key
    reason: Note = attrs.field(repr=False)


@attrs.frozen(field_transformer=checked)
class AnnulPip:
    """Record that a PIP was annulled."""

    on: date
    pip: Key
    by: Instance
    ruling: Line


@attrs.frozen(field_transformer=checked)
class RestorePip:
    """Record that a PIP counts again."""

    on: date
    pip: Key
    by: Instance
    ruling: Line


@attrs.frozen(field_transformer=checked)
class ExtendTerm:
    """Record that DUO extended the term."""

    on: date
    until: date
    ground: GroundCode
    on_request: bool


@attrs.frozen(field_transformer=checked)
class RefuseTermExtension:
    """Record that DUO refused an extension."""

    on: date
    ground: GroundCode


PipCommand: TypeAlias = DecidePip | RevokePip | AnnulPip | RestorePip | ExtendTerm | RefuseTermExtension


def propose_pip(command: PipCommand) -> tuple[Happened, ...]:
    match command:
        case DecidePip(on, pip, municipality, route, level, literacy, intensity, looked_into):
            return (PipDecided(on, pip, municipality, route, level, literacy, intensity, looked_into),)
        case RevokePip(on, pip, reason):
            return (PipRevoked(on, pip, reason),)
        case AnnulPip(on, pip, by, ruling):
            return (PipAnnulled(on, pip, by, ruling),)
        case RestorePip(on, pip, by, ruling):
            return (PipRestored(on, pip, by, ruling),)
        case ExtendTerm(on, until, ground, on_request):
            return (TermExtended(on, until, ground, on_request),)
        case RefuseTermExtension(on, ground):
            return (TermExtensionRefused(on, ground),)
        case _:
            assert_never(command)
