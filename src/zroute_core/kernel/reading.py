"""From an entry of the log to its fact; and when that cannot be, whose entry it is."""

from __future__ import annotations

from zroute_core.errors import ConfigurationError, DecodeError
from zroute_core.kernel.log import E, Envelope
from zroute_core.kernel.ports import Codec


def fact_of(codec: Codec[E], envelope: Envelope) -> E:
    """The fact in this envelope.

    Raises a DecodeError that knows whose entry it is, or ConfigurationError when the payload is still encrypted.
    """
    if envelope.key_commitment is not None:
        raise ConfigurationError("payloads of this log are encrypted: give the log as it is opened, a SealedEventStore")
    try:
        return codec.decode(envelope.tag, envelope.schema_version, envelope.payload)
    except DecodeError as error:
        error.participant, error.version = envelope.stream, envelope.version
        raise
