"""Everything that can go wrong, in one closed tree.

Each error has a stable `code`; where a field or a rule is concerned it says which. No error holds an input
value: what was typed may be a name or a number of a person, and errors end in logs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID


class ZRouteError(Exception):
    """The root: every error that crosses the border of this library is one of these."""

    code: ClassVar[str] = "zroute-error"

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field
        self.participant: UUID | None = None
        """Whose trajectory it is about, where one is; not in the sentence, so that it does not end in logs."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Errors travel between processes, with everything they say."""
        return _made_again, (type(self), self.sentence), self.__dict__

    def __str__(self) -> str:
        return f"{self.field}: {self.sentence}" if self.field else self.sentence


def _made_again(kind: type[ZRouteError], sentence: str) -> ZRouteError:
    return kind.__new__(kind, sentence)


# ── what was given cannot be a fact ──────────────────────────────────────────────────────────────────────────


class InvalidInput(ZRouteError):
    """One or more values are not what their fields promise; `errors` holds all of them."""

    code: ClassVar[str] = "invalid-input"

    def __init__(self, sentence: str, *, field: str | None = None, errors: Sequence[InvalidInput] = ()) -> None:
        super().__init__(sentence, field=field)
        self.errors: tuple[InvalidInput, ...] = tuple(errors) or (self,)


class InvalidNumber(InvalidInput):
    """Not a whole number within its range."""

    code: ClassVar[str] = "invalid-number"


class InvalidDuration(InvalidNumber):
    """Not a number of minutes that fits in a day."""

    code: ClassVar[str] = "invalid-duration"


class InvalidDate(InvalidInput):
    """Not a calendar day, a time of day or a UTC moment, whichever was asked."""

    code: ClassVar[str] = "invalid-date"


class InvalidText(InvalidInput):
    """Empty, with spaces around it, or with control or direction characters."""

    code: ClassVar[str] = "invalid-text"


class TextTooLong(InvalidText):
    """Longer than its field allows."""

    code: ClassVar[str] = "text-too-long"


class InvalidIdentifier(InvalidInput):
    """Not a UUID, or the nil UUID."""

    code: ClassVar[str] = "invalid-identifier"


class InvalidChoice(InvalidInput):
    """Not one of the values that the field knows."""

    code: ClassVar[str] = "invalid-choice"


class InvalidMunicipalityCode(InvalidInput):
    """Not a CBS municipality code (gemeentecode)."""

    code: ClassVar[str] = "invalid-municipality-code"


class InputTooLarge(InvalidInput):
    """More bytes than this library reads at once, or nested too deep."""

    code: ClassVar[str] = "input-too-large"


# ── what was asked may not, or cannot, be done ───────────────────────────────────────────────────────────────


class RuleViolation(ZRouteError):
    """The command is refused: `rules` names each binding rule that objects, in the order of the programme."""

    code: ClassVar[str] = "rule-violation"

    def __init__(self, sentence: str, *, rules: Sequence[str], field: str | None = None) -> None:
        super().__init__(sentence, field=field)
        self.rules: tuple[str, ...] = tuple(rules)
        self.refused: Mapping[UUID, tuple[str, ...]] = {}
        """Of a command for many: everybody for whom it was refused, and by which rules."""


class NotFound(ZRouteError):
    """There is no such trajectory, or no such fact in it."""

    code: ClassVar[str] = "not-found"


class ConcurrencyError(ZRouteError):
    """Somebody else was first."""

    code: ClassVar[str] = "concurrency-error"


class WrongExpectedVersion(ConcurrencyError):
    """The stream is not at the version the writer had read: read again, decide again."""

    code: ClassVar[str] = "wrong-expected-version"


class CommandIdReused(ConcurrencyError):
    """This command id already stands in the log, with other facts."""

    code: ClassVar[str] = "command-id-reused"


class AccessDenied(ZRouteError):
    """Who asks, or what for, is not said."""

    code: ClassVar[str] = "access-denied"


class MissingActor(AccessDenied):
    """Every write names who writes."""

    code: ClassVar[str] = "missing-actor"


# ── the log ──────────────────────────────────────────────────────────────────────────────────────────────────


class StoreError(ZRouteError):
    """The store could not do it. Unless it is CommitOutcomeUnknown, nothing of this command was stored."""

    code: ClassVar[str] = "store-error"


class StoreBusy(StoreError):
    """Another writer held the store for too long."""

    code: ClassVar[str] = "store-busy"


class StoreUnavailable(StoreError):
    """The store does not answer."""

    code: ClassVar[str] = "store-unavailable"


class StoreFull(StoreError):
    """There is no room left where the store stands."""

    code: ClassVar[str] = "store-full"


class ReadOnlyStore(StoreError):
    """This store was opened for reading, or is a replica that only follows."""

    code: ClassVar[str] = "read-only-store"


class SchemaMismatch(StoreError):
    """The tables of the store are not those of this version of the library: `zroute migrate` brings them up to it."""

    code: ClassVar[str] = "schema-mismatch"


class StoreClosed(StoreError):
    """The store was closed before."""

    code: ClassVar[str] = "store-closed"


class NotAStore(StoreError):
    """What the URL points at is not a store."""

    code: ClassVar[str] = "not-a-store"


class CommitOutcomeUnknown(StoreError):
    """The connection broke while committing: repeat the same command with the same command id to find out."""

    code: ClassVar[str] = "commit-outcome-unknown"


class DecodeError(ZRouteError):
    """What stands in the log cannot be read as a fact."""

    code: ClassVar[str] = "decode-error"
    version: int | None = None
    """Which entry of the `participant`'s history it is, where that is known."""


class UnknownEventType(DecodeError):
    """The tag is not in the catalogue."""

    code: ClassVar[str] = "unknown-event-type"


class UnknownEventVersion(DecodeError):
    """The tag is known, this version of it is not: it may be newer than this library."""

    code: ClassVar[str] = "unknown-event-version"


class MalformedEvent(DecodeError):
    """The payload is not the fact its tag promises."""

    code: ClassVar[str] = "malformed-event"


class UpcastFailed(DecodeError):
    """An old version could not be lifted to the present one."""

    code: ClassVar[str] = "upcast-failed"


class IntegrityViolation(ZRouteError):
    """What stands in the log is not what was written there."""

    code: ClassVar[str] = "integrity-violation"


class LeafMismatch(IntegrityViolation):
    """An entry was changed: its leaf hash does not fit what it says."""

    code: ClassVar[str] = "leaf-mismatch"


class SequenceGap(IntegrityViolation):
    """A position of the log, or a version of a history, is missing."""

    code: ClassVar[str] = "sequence-gap"


class RootMismatch(IntegrityViolation):
    """The entries do not make the root that was kept."""

    code: ClassVar[str] = "root-mismatch"


class DecryptionFailed(IntegrityViolation):
    """A payload does not open with its key, or stands under another envelope than its own."""

    code: ClassVar[str] = "decryption-failed"


class KeyNotFound(ZRouteError):
    """The key ring does not know the key of this payload; that it was destroyed is another answer."""

    code: ClassVar[str] = "key-not-found"


class ArchiveError(ZRouteError):
    """An archive cannot be read back whole; `errors` holds all that was found, each with its line."""

    code: ClassVar[str] = "archive-error"

    def __init__(self, sentence: str, *, errors: Sequence[str] = (), field: str | None = None) -> None:
        super().__init__(sentence, field=field)
        self.errors: tuple[str, ...] = tuple(errors)


class ProjectionBehind(ZRouteError):
    """The projection did not reach the position within the time that was given."""

    code: ClassVar[str] = "projection-behind"


class OutOfOrder(ZRouteError):
    """A projection was given a position that does not follow the one it stands at."""

    code: ClassVar[str] = "out-of-order"


class ConfigurationError(ZRouteError):
    """The library was put together in a way that cannot work."""

    code: ClassVar[str] = "configuration-error"


class InsecureConfiguration(ConfigurationError):
    """The store may be used in a way that could change or lose what was written."""

    code: ClassVar[str] = "insecure-configuration"


class UnknownAdapter(ConfigurationError):
    """No store belongs to this kind of URL."""

    code: ClassVar[str] = "unknown-adapter"
