"""Facts to bytes and back: strict, closed, and lifted from old versions."""

import json
import sys
from typing import Any, get_args

import pytest

from zroute_core.adapters.codec import JsonCodec, read_json, write_json
from zroute_core.adapters.converter import COMMANDS, TAGS, command_name, from_plain, to_plain
from zroute_core.domain.decisions import AttendLesson, Command, GroupCommand, HoldIntake, RecordTogether
from zroute_core.domain.events import FACTS, Fact, FactCorrected, IntakeHeld, LessonAttended
from zroute_core.domain.values import LearningGoal
from zroute_core.errors import (
    DecodeError,
    InputTooLarge,
    InvalidInput,
    MalformedEvent,
    UnknownEventType,
    UnknownEventVersion,
    UpcastFailed,
)
from zroute_core.testing.samples import COMMAND_SAMPLES, DAY, FACT_SAMPLES, GROUP_COMMAND_SAMPLES, LESSON

CODEC = JsonCodec()
GOOD = CODEC.encode(FACT_SAMPLES[LessonAttended]).payload


def test_every_fact_and_command_has_a_sample() -> None:
    assert set(FACT_SAMPLES) == set(FACTS)
    assert set(COMMAND_SAMPLES) == set(get_args(Command))
    assert set(GROUP_COMMAND_SAMPLES) == set(get_args(GroupCommand))


def test_the_tags_are_written_by_hand_and_each_is_there_once() -> None:
    assert len(TAGS) == len(FACTS)
    assert all(tag.partition("/")[2] == "1" for tag in TAGS)


@pytest.mark.parametrize("fact", FACT_SAMPLES.values(), ids=lambda fact: fact.tag)
def test_a_fact_reads_back_the_same(fact: Fact) -> None:
    encoded = CODEC.encode(fact)
    assert CODEC.decode(encoded.tag, encoded.schema_version, encoded.payload) == fact


def test_the_payload_is_json_that_a_person_can_read() -> None:
    assert json.loads(GOOD) == {
        "on": "2020-09-14",
        "lesson": {
            "key": "les-1",
            "component": "language",
            "minutes": 120,
            "provider": "Nova College",
            "modality": "in-class",
            "setting": "group",
            "group": "groep-1",
            "theme": "work",
            "starts": "09:30",
            "in_intake": False,
        },
    }


def changed(**fields: Any) -> bytes:
    """The good payload with other fields in its lesson; None takes a field away."""
    plain = json.loads(GOOD)
    for name, value in fields.items():
        if value is None:
            del plain["lesson"][name]
        else:
            plain["lesson"][name] = value
    return json.dumps(plain).encode()


MALFORMED: dict[str, object] = {
    "G11 no fields": b"{}",
    "G12 extra field": changed(is_admin=True),
    "G13 renamed field": changed(minutes=None, mins=90),
    "G15 text for a number": changed(minutes="90"),
    "number for text": changed(provider=7),
    "true for a number": changed(minutes=True),
    "a fraction": changed(minutes=90.5),
    "out of range": changed(minutes=0),
    "unknown choice": changed(modality="ONLINE"),
    "G16 a key twice": b'{"on":"2020-09-14","on":"2020-09-15"}',
    "G17 NaN": b'{"minutes":NaN}',
    "G19 no UTF-8": bytes.fromhex("7b226e616d65223a22fffe227d"),
    "G21 truncated": GOOD[:-1],
    "G22 trailing": GOOD + b" x",
    "G23 deep": b"[" * 100_000 + b"]" * 100_000,
    "G24 null": b"null",
    "G25 a list": b"[1]",
    "G26 empty": b"",
    "G27 nothing": None,
    "text in place of bytes": GOOD.decode(),
    "G28 a type in the data": changed(key={"_type_": "nope", "_data_": 1}),
    "a number of 5000 digits": b'{"minutes":' + b"9" * 5000 + b"}",
    "G32 64 MiB": b" " * (64 * 1024 * 1024),
    "a day that is not there": GOOD.replace(b"2020-09-14", b"2021-02-30"),
    "a day without hyphens": GOOD.replace(b"2020-09-14", b"20200914"),
    "a hidden character": changed(provider="Nova\u202eCollege"),
}


@pytest.mark.parametrize("payload", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_payload_is_said_to_be_so(payload: Any) -> None:
    before = set(sys.modules)
    with pytest.raises(MalformedEvent) as error:
        CODEC.decode("lesson-attended", 1, payload)
    assert "Nova" not in _told(error.value)
    assert set(sys.modules) == before


@pytest.mark.parametrize(
    "tag", ["os:system", "unittest.__main__:X", "", "Lesson-Attended", "lesson-attended/1", None, 7]
)
def test_an_unknown_tag_is_no_fact_and_imports_nothing(tag: Any) -> None:
    before = set(sys.modules)
    with pytest.raises(UnknownEventType):
        CODEC.decode(tag, 1, GOOD)
    assert set(sys.modules) == before


@pytest.mark.parametrize("version", [0, -1, 2, 99, None, True, "1"])
def test_an_unknown_version_is_not_guessed_at(version: Any) -> None:
    with pytest.raises(UnknownEventVersion):
        CODEC.decode("lesson-attended", version, GOOD)


@pytest.mark.parametrize(
    "inner",
    [
        None,
        {},
        "lesson-attended/1",
        {"tag": "lesson-attended/1"},
        {"tag": "lesson-attended", "fact": {}},
        {"tag": "fact-retracted/1", "fact": {}},
        {"tag": "lesson-attended/1", "fact": {"on": "2020-09-14"}},
        {"tag": "lesson-attended/9", "fact": {}},
        {"tag": "os:system/1", "fact": {}},
    ],
)
def test_a_correction_holds_a_fact(inner: object) -> None:
    plain = json.loads(CODEC.encode(FACT_SAMPLES[FactCorrected]).payload)
    payload = json.dumps(plain | {"replacement": inner}).encode()
    with pytest.raises(DecodeError):
        CODEC.decode("fact-corrected", 1, payload)


def hours_to_minutes(fields: dict[str, Any]) -> dict[str, Any]:
    lesson = dict(fields["lesson"])
    lesson["minutes"] = lesson.pop("hours") * 60
    return fields | {"lesson": lesson}


NEWER = JsonCodec(
    {"lesson-attended/2": LessonAttended, "fact-corrected/1": FactCorrected},
    {("lesson-attended", 1): hours_to_minutes},
)
OLD = changed(minutes=None, hours=2)


def test_an_old_version_is_lifted() -> None:
    assert NEWER.decode("lesson-attended", 1, OLD) == LessonAttended(DAY, LESSON)


def test_an_old_version_inside_a_correction_is_lifted_too() -> None:
    plain = json.loads(CODEC.encode(FACT_SAMPLES[FactCorrected]).payload)
    plain["replacement"] = {"tag": "lesson-attended/1", "fact": json.loads(OLD)}
    read = NEWER.decode("fact-corrected", 1, json.dumps(plain).encode())
    assert isinstance(read, FactCorrected)
    assert read.replacement == LessonAttended(DAY, LESSON)


@pytest.mark.parametrize("payload", [GOOD, b"{}"])
def test_an_upcaster_that_fails_is_named_by_its_fact_only(payload: bytes) -> None:
    with pytest.raises(UpcastFailed) as error:
        NEWER.decode("lesson-attended", 1, payload)
    assert "Nova" not in _told(error.value)


@pytest.mark.parametrize("made", [None, [], 7, "fields"])
def test_an_upcaster_that_makes_no_fields_fails(made: Any) -> None:
    codec = JsonCodec({"lesson-attended/2": LessonAttended}, {("lesson-attended", 1): lambda _: made})
    with pytest.raises(UpcastFailed):
        codec.decode("lesson-attended", 1, GOOD)


def test_a_fact_that_is_too_large_says_so() -> None:
    goals = tuple(LearningGoal(f"goal-{number}", "x" * 2000) for number in range(150))
    with pytest.raises(InputTooLarge):
        CODEC.encode(IntakeHeld(DAY, (), goals))


@pytest.mark.parametrize("value", [None, [], 5, "x", {"lesson": []}, {"on": "2020-09-14", "lesson": None}])
def test_only_an_object_makes_a_value(value: Any) -> None:
    with pytest.raises(InvalidInput):
        from_plain(value, AttendLesson)


@pytest.mark.parametrize("parts", ["", "learning-ability", {}, {"learning-ability": 1}, None, 7])
def test_only_a_list_makes_a_list(parts: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        from_plain({"on": "2020-09-14", "parts": parts}, HoldIntake)
    assert caught.value.field == "HoldIntake.parts"
    payload = write_json({"on": "2020-09-14", "parts": parts, "goals": []})
    with pytest.raises(MalformedEvent):
        CODEC.decode("intake-held", 1, payload)


@pytest.mark.parametrize("command", COMMAND_SAMPLES.values(), ids=lambda command: type(command).__name__)
def test_every_command_goes_over_the_edge_and_back(command: Command) -> None:
    assert from_plain(json.loads(write_json(to_plain(command))), type(command)) == command
    assert COMMANDS[command_name(type(command))] is type(command)


@pytest.mark.parametrize("told", [None, {}, {"command": "attend"}, {"command": "record-together", "fields": {}}])
def test_a_command_among_others_stands_with_its_name(told: Any) -> None:
    with pytest.raises(InvalidInput):
        from_plain({"commands": [told]}, RecordTogether)


def test_json_at_the_edge_is_strict() -> None:
    assert read_json('{"a": [1, null, "x"]}') == {"a": [1, None, "x"]}
    for text in ("", "{", '{"a":1,"a":2}', "Infinity", "1e400", "[" * 100_000):
        with pytest.raises(InvalidInput):
            read_json(text)


def _told(error: BaseException | None) -> str:
    """Everything a log could show of an error."""
    told = ""
    while error is not None:
        told += f"{error!s} {error!r} {error.args}"
        error = error.__context__ or error.__cause__
    return told
