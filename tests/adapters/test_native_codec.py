"""The quick way to read a fact comes to the same end as the strict edge, for whatever stands in the log."""

import json
import re
import typing
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date, time
from types import NoneType
from typing import Annotated, Any, get_args, get_origin
from uuid import UUID

import attrs
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from zroute_core.adapters.codec import LARGEST, JsonCodec, write_json
from zroute_core.adapters.converter import to_plain
from zroute_core.adapters.native import LETTERS, InDoubtError, shape_of
from zroute_core.checking import HIDDEN, Among, Code, Exact, Text, Whole
from zroute_core.domain.events import FACTS, Fact, FactCorrected, Happened, LessonAttended
from zroute_core.errors import DecodeError, InvalidInput, MalformedEvent
from zroute_core.testing.samples import DAY, FACT_SAMPLES, LESSON

CODEC = JsonCodec()


class OnlyQuick(JsonCodec):
    """A codec without its judge."""

    def decode_strictly(self, tag: str, schema_version: int, payload: bytes) -> Fact:
        raise LookupError("in doubt")


def end(decode: Callable[[str, int, bytes], Fact], tag: str, payload: bytes) -> tuple[object, object]:
    """What comes of it: the kind of fact with all it says, or the kind of refusal with its sentence."""
    name, _, version = tag.partition("/")
    try:
        fact = decode(name, int(version), payload)
    except DecodeError as refused:
        return type(refused), str(refused)
    return type(fact), write_json(to_plain(fact))


def hold_equal(tag: str, payload: bytes) -> None:
    assert end(CODEC.decode, tag, payload) == end(CODEC.decode_strictly, tag, payload)


def quick(fact: type[Fact], payload: bytes) -> bool:
    """Is it beyond doubt?"""
    name, _, version = fact.tag.partition("/")
    try:
        OnlyQuick().decode(name, int(version), payload)
    except LookupError:
        return False
    return True


# ── any fact ─────────────────────────────────────────────────────────────────────────────────────────────────────


def values(annotation: Any) -> SearchStrategy[Any]:
    """Whatever fits an annotation."""
    parts = get_args(annotation)
    if get_origin(annotation) is Annotated:
        return within(parts[1])
    if get_origin(annotation) is tuple:
        return st.lists(values(parts[0]), max_size=3).map(tuple)
    if parts:
        return st.one_of(*map(values, parts))
    if attrs.has(annotation):
        return instances(annotation)
    return SIMPLE[annotation] if annotation in SIMPLE else st.sampled_from(annotation)


SIMPLE: dict[Any, SearchStrategy[Any]] = {
    NoneType: st.none(),
    bool: st.booleans(),
    date: st.dates(date(1900, 1, 1)),
    time: st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    UUID: st.uuids(),
}
LATIN = st.characters(min_codepoint=32, max_codepoint=0x17F, exclude_categories=("Cc", "Cf"))
ANY = st.characters(exclude_categories=("C", "Zl", "Zp"))


def within(limit: object) -> SearchStrategy[Any]:
    match limit:
        case Text(longest=longest):
            texts = st.one_of(st.text(LATIN, min_size=1, max_size=longest), st.text(ANY, min_size=1, max_size=longest))
            return texts.map(str.strip).filter(bool)
        case Whole(low=low, high=high):
            return st.integers(low, high)
        case Exact(lowest=low, highest=high, places=places):
            return st.decimals(low, high, places=places)
        case Code(digits=digits):
            return st.integers(1, 10**digits - 2).map(lambda code: str(code).zfill(digits))
        case Among(members=members):
            return st.sampled_from(sorted(members, key=lambda one: str(one.value)))
        case _:
            raise AssertionError(f"no values are drawn for {limit} yet: add them above")


@st.composite
def instances(draw: DrawFn, cls: type[Any]) -> Any:
    """Of a checked class; a lesson may end after midnight, and is drawn again."""
    hints = typing.get_type_hints(cls, include_extras=True)
    fields = [draw(values(hints[field.name])) for field in attrs.fields(cls)]
    try:
        return cls(*fields)
    except InvalidInput:
        reject()


FACT = st.sampled_from(FACTS).flatmap(values)


@pytest.mark.parametrize("fact", FACT_SAMPLES.values(), ids=lambda fact: fact.tag)
def test_a_fact_as_it_is_written_is_beyond_doubt(fact: Fact) -> None:
    """Else it is read ten times as slowly, and nobody sees it."""
    encoded = CODEC.encode(fact)
    assert quick(type(fact), encoded.payload)
    assert CODEC.decode(encoded.tag, encoded.schema_version, encoded.payload) == fact


@given(FACT)
def test_any_fact_reads_back_the_same_both_ways(fact: Fact) -> None:
    payload = write_json(to_plain(fact))
    assert CODEC.encode(fact).payload == payload
    assert (
        end(CODEC.decode, fact.tag, payload) == end(CODEC.decode_strictly, fact.tag, payload) == (type(fact), payload)
    )


# ── any payload ──────────────────────────────────────────────────────────────────────────────────────────────────

ODD: tuple[Any, ...] = (
    None, True, False, 0, 1, 3, -0.0, 1.0, 90.0, 90.5, 1e2, -1, 99, 100, 101, 999, 1000, -1000, 1440, 1441, 9999,
    10_000, 10_000_001, 2**63, 2**64, "", " ", "x", " x", "x ", "x\ny", "x\u200cy", "\u202e", "\x7f", "\x00",
    "\ud800", "caf\u00e9", "cafe\u0301", "\u00a0x", "\u017f", "\u0180", 'a "quote"', "back\\slash", "a" * 100,
    "a" * 101, "a" * 200, "a" * 201, "\u00e9" * 100, "\u00e9" * 101, "a" * 2000, "a" * 2001, "90", "0392", "0000",
    "9999", "\u0660\u0663\u0669\u0662", "2021-02-28", "2021-02-30", "2021-2-3", "20210228", "2021-02-28T00:00:00Z",
    "0000-01-01", "1899-12-31", "1900-01-01", "2099-12-31", "2100-01-01", "\u0662021-01-01", "00:00", "24:00",
    "23:59", "23:00", "9:30", "09:30:00", "09:30Z", "09:60", "00000000-0000-0000-0000-000000000000",
    "00000000-0000-0000-0000-00000000000F", "{00000000-0000-0000-0000-000000000001}",
    "00000000-0000-0000-0000-000000000001", "00000000000000000000000000000001", "language", "LANGUAGE", "sport", "T0",
    "12.50", "1e2", "-0", "1000", "0.001", "NaN", [], {}, [None], [[]], [{}], {"": None}, ["reading"],
    ["reading", "reading"],
)  # fmt: skip
"""What stands at the edge of some grammar."""


def places(plain: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each value inside."""
    inside = plain.items() if isinstance(plain, dict) else enumerate(plain) if isinstance(plain, list) else ()
    for key, value in inside:
        yield (*path, key)
        yield from places(value, (*path, key))


def opened(plain: Any, path: tuple[Any, ...]) -> tuple[Any, Any]:
    """A copy, and in it what holds the value there."""
    copied = holder = json.loads(json.dumps(plain))
    for key in path[:-1]:
        holder = holder[key]
    return copied, holder


def instead(plain: Any, path: tuple[Any, ...], value: object) -> Any:
    copied, holder = opened(plain, path)
    holder[path[-1]] = value
    return copied


def without(plain: Any, path: tuple[Any, ...]) -> Any:
    copied, holder = opened(plain, path)
    del holder[path[-1]]
    return copied


def written(plain: object) -> bytes:
    """As the codec writes it, lone surrogates and all."""
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")


@pytest.mark.parametrize("fact", FACT_SAMPLES.values(), ids=lambda fact: fact.tag)
def test_an_odd_value_comes_to_the_same_end_wherever_it_stands(fact: Fact) -> None:
    plain = to_plain(fact)
    for path in places(plain):
        for odd in ODD:
            hold_equal(fact.tag, written(instead(plain, path, odd)))


@pytest.mark.parametrize("fact", FACT_SAMPLES.values(), ids=lambda fact: fact.tag)
def test_a_key_too_many_or_too_few_comes_to_the_same_end(fact: Fact) -> None:
    plain, payload = to_plain(fact), CODEC.encode(fact).payload
    for path in places(plain):
        hold_equal(fact.tag, written(without(plain, path)))
        if isinstance(path[-1], str):
            twice = f'"{path[-1]}":'.encode()
            for value in (b"null", b'"x"', b"1"):
                hold_equal(fact.tag, payload.replace(twice, twice + value + b"," + twice))
            for other in (b'"is_admin":', b'"On":', b'"":', b'"on" :', twice.upper()):
                hold_equal(fact.tag, payload.replace(twice, other + b"null," + twice))
                hold_equal(fact.tag, payload.replace(twice, other))
    hold_equal(fact.tag, written(dict(reversed(list(plain.items())))))
    for control in (b"\n", b"\t", b"\x00", b"\x7f"):
        hold_equal(fact.tag, control.join(payload.rsplit(b" ", 1)))
    for way in (json.dumps(plain), json.dumps(plain, indent=1), payload.decode() + "\n", f" {payload.decode()}"):
        hold_equal(fact.tag, way.encode())


@given(FACT, st.data())
def test_a_payload_with_any_byte_changed_comes_to_the_same_end(fact: Fact, data: st.DataObject) -> None:
    payload = write_json(to_plain(fact))
    for _ in range(5):
        begins = data.draw(st.integers(0, len(payload)))
        ends = begins + data.draw(st.integers(0, 3))
        other = data.draw(st.one_of(st.binary(max_size=3), st.sampled_from([b'"', b"\\", b"0", b" ", b",", b"null"])))
        hold_equal(fact.tag, payload[:begins] + other + payload[ends:])


@given(FACT, st.data())
def test_a_payload_of_another_fact_comes_to_the_same_end(fact: Fact, data: st.DataObject) -> None:
    hold_equal(data.draw(st.sampled_from(FACTS)).tag, write_json(to_plain(fact)))


@given(st.sampled_from(FACTS), st.recursive(st.sampled_from(ODD), lambda inner: st.dictionaries(st.text(), inner)))
def test_any_json_comes_to_the_same_end(fact: type[Fact], plain: object) -> None:
    hold_equal(fact.tag, written(plain))


# ── where doubt begins ───────────────────────────────────────────────────────────────────────────────────────────


def lesson(**fields: Any) -> bytes:
    plain = to_plain(FACT_SAMPLES[LessonAttended])
    return write_json(plain | {"lesson": to_plain(LESSON) | fields})


@pytest.mark.parametrize(
    ("payload", "sure"),
    [
        (lesson(), True),
        (lesson(starts=None, group=None, theme=None), True),
        (lesson(provider="Taalschool Belvédère, Łódź"), True),
        (lesson(minutes=999, starts=None), True),
        (lesson(minutes=1000, starts=None), False),  # taken by the strict edge all the same
        (lesson(provider="Κέντρο"), False),
        (lesson(provider='The "other" school'), False),
        (lesson() + b" ", False),
    ],
)
def test_where_doubt_begins(payload: bytes, sure: bool) -> None:
    assert quick(LessonAttended, payload) is sure
    assert isinstance(CODEC.decode("lesson-attended", 1, payload), LessonAttended)


@pytest.mark.parametrize("payload", [lesson(minutes=5000), lesson(starts="23:59"), lesson(minutes=0)])
def test_a_limit_holds_for_what_somebody_wrote_by_hand(payload: bytes) -> None:
    assert not quick(LessonAttended, payload)
    with pytest.raises(MalformedEvent):
        CODEC.decode("lesson-attended", 1, payload)


def test_what_is_too_large_is_not_looked_at() -> None:
    goals = [{"key": f"goal-{number}", "text": "x" * 2000} for number in range(LARGEST // 2000)]
    payload = write_json({"on": "2020-09-01", "parts": [], "goals": goals})
    assert len(payload) > LARGEST
    with pytest.raises(MalformedEvent):
        CODEC.decode("intake-held", 1, payload)


def test_corrections_inside_one_another_are_no_fact_however_deep() -> None:
    payload = CODEC.encode(FACT_SAMPLES[FactCorrected]).payload
    told = write_json(json.loads(payload)["replacement"])
    before, after = payload.split(told)
    for _ in range(400):
        told = b'{"tag":"fact-corrected/1","fact":' + before + told + after + b"}"
    with pytest.raises(MalformedEvent):
        CODEC.decode("fact-corrected", 1, before + told + after)


def halved(fields: dict[str, Any]) -> dict[str, Any]:
    return fields | {"lesson": fields["lesson"] | {"minutes": fields["lesson"]["minutes"] // 2}}


def test_an_old_version_is_lifted_though_it_looks_like_the_present_one() -> None:
    codec = JsonCodec(
        {"lesson-attended/2": LessonAttended, "fact-corrected/1": FactCorrected}, {("lesson-attended", 1): halved}
    )
    lifted = LessonAttended(DAY, attrs.evolve(LESSON, minutes=60))  # half of 120
    assert codec.decode("lesson-attended", 1, lesson()) == lifted
    assert codec.decode("lesson-attended", 2, lesson()) == FACT_SAMPLES[LessonAttended]
    correction = to_plain(FACT_SAMPLES[FactCorrected])
    for version, told in ((1, lifted), (2, FACT_SAMPLES[LessonAttended])):
        inside = {"tag": f"lesson-attended/{version}", "fact": json.loads(lesson())}
        read = codec.decode("fact-corrected", 1, write_json(correction | {"replacement": inside}))
        assert isinstance(read, FactCorrected)
        assert read.replacement == told


def test_the_letters_are_visible_and_never_compose_with_each_other() -> None:
    letters = re.findall(f"[{LETTERS}]", "".join(map(chr, range(0x2000))))
    assert len(letters) == 95 - 2 + 0x180 - 0xC0  # printable ASCII without two, and À up to ſ
    assert not [one for one in letters if unicodedata.category(one) in HIDDEN]
    pairs = "".join(one + other for one in letters for other in letters)
    assert unicodedata.normalize("NFC", pairs) == pairs


@pytest.mark.parametrize(
    "annotation", [int, str, Happened, dict[str, int], tuple[time, ...], Annotated[int, Whole(5, 99)]]
)
def test_what_has_no_shape_beyond_doubt(annotation: Any) -> None:
    with pytest.raises(InDoubtError):
        shape_of(annotation)


@pytest.mark.parametrize(
    ("low", "high", "sure", "doubtful"),
    [
        (1, 1440, (1, 10, 999), (0, -1, 1000, 1440)),
        (0, 9999, (0, 1, 9999), (10_000, -1)),
        (1, 3, (1, 2, 3), (0, 4, 10, -1)),
        (-1000, 1000, (-999, 0, 7, 999), (-1000, 1000, -1001)),
    ],
)
def test_a_limit_is_rounded_to_what_so_many_digits_cannot_pass(
    low: int, high: int, sure: tuple[int, ...], doubtful: tuple[int, ...]
) -> None:
    shape = re.compile(shape_of(Annotated[int, Whole(low, high)]))
    assert all(shape.fullmatch(str(number)) for number in sure)
    assert not any(shape.fullmatch(str(number)) for number in doubtful)
    assert not any(map(shape.fullmatch, ("-0", "00", "01", "+1", "1.0", "1e1", "٣", "")))
