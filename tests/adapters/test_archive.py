"""A log goes out and comes back in: to the byte, verified, or not at all."""

import errno
import gzip
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Thread
from uuid import UUID, uuid5

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zroute_core.adapters.archive import Imported, export_log, import_log, verify_archive
from zroute_core.adapters.archive_files import ArchiveFile, write_archive
from zroute_core.adapters.archive_format import LONGEST_LINE
from zroute_core.adapters.archive_reading import MOST_PROBLEMS
from zroute_core.adapters.codec import JsonCodec
from zroute_core.adapters.memory import MemoryEventStore
from zroute_core.adapters.sealing import MemoryKeyRing, SealedEventStore
from zroute_core.adapters.sqlite import SqliteEventStore
from zroute_core.domain.events import LessonMissed, TrajectoryOpened, TrajectoryResumed
from zroute_core.domain.values import AbsenceReason, Component, Lesson, Modality, Regime, TargetGroup
from zroute_core.errors import (
    ArchiveError,
    CommandIdReused,
    ConfigurationError,
    InvalidNumber,
    LeafMismatch,
    RootMismatch,
    SequenceGap,
    StoreFull,
    WrongExpectedVersion,
)
from zroute_core.kernel.log import Actor, Batch, Context, Encoded, Envelope, Logged
from zroute_core.kernel.merkle import EMPTY_ROOT, Frontier
from zroute_core.kernel.ports import ProvenLog
from zroute_core.testing.clock import TickingClock

ONE, TWO, THREE = (UUID(int=number) for number in (1, 2, 3))
ME = Actor("teacher-7", "z-route")
CODEC = JsonCodec()
OPENED = TrajectoryOpened(date(2020, 9, 1), "0392", TargetGroup.ASYLUM_STATUS_HOLDER, Regime.PILOT)
LESSON = Lesson("les-1", Component.LANGUAGE, 120, "Nova College", Modality.IN_CLASS)
MISSED = LessonMissed(date(2020, 9, 7), LESSON, AbsenceReason.CHILDCARE)


def command(number: int) -> Context:
    return Context(uuid5(UUID(int=9), str(number)), ME)


def small_log() -> MemoryEventStore:
    """Two people, four facts: the two openings are one command."""
    log = MemoryEventStore(TickingClock(datetime(2021, 8, 27, 9, 30, tzinfo=UTC)))
    opened = (CODEC.encode(OPENED),)
    log.append([Batch(ONE, 0, opened), Batch(TWO, 0, opened)], command(1))
    log.append([Batch(ONE, 1, (CODEC.encode(MISSED),))], command(2))
    log.append([Batch(TWO, 1, (CODEC.encode(TrajectoryResumed(date(2020, 9, 8))),))], command(3))
    return log


def exported(log: ProvenLog, after: int = 0, until: int | None = None) -> list[bytes]:
    out = io.BytesIO()
    export_log(log, out, after=after, until=until)
    return out.getvalue().splitlines(keepends=True)


def contents(log: ProvenLog) -> list[Logged]:
    return list(log.read_all(limit=1_000_000))


def changed(line: bytes, **fields: object) -> bytes:
    return json.dumps(json.loads(line) | fields, ensure_ascii=False).encode() + b"\n"


def problems(lines: Iterable[bytes]) -> list[str]:
    return [str(one) for one in verify_archive(lines).problems]


# ── out ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_archive_is_lines_of_json_between_a_header_and_an_end() -> None:
    log = small_log()
    header, first, *_, end = map(json.loads, exported(log))
    root = log.head().root().hex()
    assert header == {"archive": "zroute-log", "version": 1, "after": 0, "frontier": [], "size": 4, "root": root}
    assert end == {"end": "zroute-log", "lines": 4, "root": root}
    assert first == {
        "position": 1,
        "stream": "00000000-0000-0000-0000-000000000001",
        "version": 1,
        "event_id": str(uuid5(command(1).command_id, "0")),
        "tag": "trajectory-opened",
        "schema_version": 1,
        "recorded_at": "2021-08-27T09:30:01Z",
        "actor": "teacher-7",
        "purpose": "z-route",
        "command_id": str(command(1).command_id),
        "correlation_id": str(command(1).command_id),
        "causation_id": None,
        "key_id": None,
        "key_commitment": None,
        "encoding": "text",
        "payload": '{"on":"2020-09-01","municipality":"0392","target_group":"asylum-status-holder","regime":"pilot"}',
        "leaf": next(log.leaves()).hex(),
    }


def test_the_same_log_gives_the_same_bytes_in_memory_and_in_a_file(tmp_path: Path) -> None:
    there, here = small_log(), SqliteEventStore(tmp_path / "zroute.db")
    here.extend([one.envelope for one in contents(there)])
    assert exported(here) == exported(there)
    here.close()


def test_an_empty_log_is_a_header_and_an_end() -> None:
    lines = exported(MemoryEventStore())
    assert [json.loads(line)["root"] for line in lines] == [EMPTY_ROOT.hex()] * 2
    assert verify_archive(lines).whole
    assert import_log(MemoryEventStore(), lines).facts == 0


def test_whoever_waits_hears_how_far_it_is() -> None:
    heard: list[tuple[str, int, int]] = []
    log = long_log(2500)
    export_log(log, io.BytesIO(), progress=lambda *told: heard.append(told))
    assert heard == [("writing", 1000, 2500), ("writing", 2000, 2500), ("writing", 2500, 2500)]
    heard.clear()
    import_log(MemoryEventStore(), exported(log), codec=None, progress=lambda *told: heard.append(told))
    assert heard[:3] == [("verifying", 999, 2500), ("verifying", 1999, 2500), ("verifying", 2500, 2500)]
    assert heard[-1] == ("storing", 2500, 2500)


@pytest.mark.parametrize(("after", "until"), [(0, 5), (-1, 2), (3, 2), (5, None), ("1", 2), (True, 2)])
def test_positions_that_the_log_does_not_have_cannot_be_exported(after: int, until: int | None) -> None:
    out = io.BytesIO()
    with pytest.raises(InvalidNumber):
        export_log(small_log(), out, after=after, until=until)
    assert out.getvalue() == b""


def test_a_part_never_ends_within_a_command() -> None:
    lines = exported(small_log(), until=1)
    assert json.loads(lines[0])["size"] == 2
    assert len(lines) == 4
    assert json.loads(exported(small_log(), until=3)[0])["size"] == 3


class Bent(MemoryEventStore):
    """A store that shows its entries otherwise than they were written."""

    def __init__(self, show: Callable[[Sequence[Logged]], Sequence[Logged]]) -> None:
        super().__init__()
        self.extend([one.envelope for one in contents(small_log())])
        self._show = show

    def read_all(self, *, after: int = 0, limit: int = 1000) -> Sequence[Logged]:
        return self._show(super().read_all(after=after, limit=limit))


def test_a_log_that_was_changed_is_not_exported_as_if_it_were_right() -> None:
    def otherwise(page: Sequence[Logged]) -> Sequence[Logged]:
        return [attrs.evolve(one, envelope=attrs.evolve(one.envelope, payload=b"{}")) for one in page]

    out = io.BytesIO()
    with pytest.raises(LeafMismatch, match="at position 1 is not"):
        export_log(Bent(otherwise), out)
    assert not verify_archive(out.getvalue().splitlines(keepends=True)).whole


def test_a_log_whose_root_does_not_fit_is_not_exported() -> None:
    class Rootless(MemoryEventStore):
        def head(self) -> Frontier:
            return attrs.evolve(super().head(), roots=(b"\0" * 32,))

    log = Rootless()
    log.extend([one.envelope for one in contents(small_log())])
    out = io.BytesIO()
    with pytest.raises(RootMismatch):
        export_log(log, out)
    assert b'{"end"' not in out.getvalue()


def test_what_was_opened_with_keys_does_not_go_out() -> None:
    """The archive of a sealed log is made of the store below; of what stands above, not a line is written."""
    below = MemoryEventStore()
    above = SealedEventStore(below, MemoryKeyRing())
    above.append([Batch(ONE, 0, (CODEC.encode(OPENED),))], command(1))
    out = io.BytesIO()
    with pytest.raises(LeafMismatch, match="export the store below"):
        export_log(above, out)
    written = b"municipality"  # a word too long to stand by chance in a root, a ciphertext or a moment
    assert written in CODEC.encode(OPENED).payload
    assert written not in out.getvalue()
    lines, other = exported(below), MemoryEventStore()
    import_log(other, lines)
    assert contents(other) == contents(below)
    assert written not in b"".join(lines)


@pytest.mark.parametrize("gone", [2, 4])
def test_a_log_with_a_gap_is_not_exported(gone: int) -> None:
    with pytest.raises(SequenceGap):
        export_log(Bent(lambda page: [one for one in page if one.position != gone]), io.BytesIO())


def test_a_fact_that_no_archive_could_give_back_is_not_written() -> None:
    log = MemoryEventStore()
    log.append([Batch(ONE, 0, (Encoded("note", 1, b"\x01" * LONGEST_LINE),))], command(1))
    with pytest.raises(ArchiveError, match="position 1 is too large"):
        export_log(log, io.BytesIO())


# ── there and back ───────────────────────────────────────────────────────────────────────────────────────────

names = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=20).map(str.strip).filter(bool)
moments = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(lambda one: one.replace(tzinfo=UTC))  # noqa: DTZ001
payloads = st.one_of(st.binary(max_size=50), st.text(max_size=50).map(str.encode))


@st.composite
def any_logs(draw: st.DrawFn) -> MemoryEventStore:
    """Logs of anything an envelope can hold, ciphertexts among them."""
    log, versions = MemoryEventStore(), {ONE: 0, TWO: 0, THREE: 0}
    for number in range(draw(st.integers(0, 8))):
        stream = draw(st.sampled_from([ONE, TWO, THREE]))
        versions[stream] += 1
        actor = Actor(draw(names), draw(names))
        sealed = draw(st.booleans())
        log.extend(
            [
                Envelope(
                    stream=stream,
                    version=versions[stream],
                    event_id=uuid5(stream, str(number)),
                    tag=Encoded(draw(names), 1, b"").tag,
                    schema_version=draw(st.integers(1, 9999)),
                    recorded_at=draw(moments),
                    actor=actor,
                    command_id=uuid5(stream, f"command {number // 2}"),
                    correlation_id=draw(st.uuids()),
                    causation_id=draw(st.none() | st.uuids()),
                    key_id=draw(names.map(lambda one: Encoded("note", 1, b"", one).key_id)) if sealed else None,
                    payload=draw(payloads),
                    key_commitment=draw(st.binary(max_size=40)) if sealed else None,
                )
            ]
        )
    return log


@given(any_logs(), st.integers(0, 8), st.integers(0, 8))
@settings(max_examples=60)
def test_what_goes_out_comes_back_in_to_the_byte(log: MemoryEventStore, first: int, second: int) -> None:
    """At once, and in parts, on a store that has a part of it already."""
    whole = exported(log)
    assert verify_archive(whole, codec=None).problems == ()
    other = MemoryEventStore()
    size = log.head().size
    for until in (min(first, size), min(first + second, size), size):
        import_log(other, exported(log, after=other.head().size, until=max(until, other.head().size)), codec=None)
    assert contents(other) == contents(log)
    assert other.head() == log.head()
    assert exported(other) == whole
    assert import_log(other, whole, codec=None).added == 0


@given(any_logs(), any_logs())
@settings(max_examples=40)
def test_with_new_positions_the_order_and_the_facts_are_kept(log: MemoryEventStore, before: MemoryEventStore) -> None:
    moved = MemoryEventStore()
    moved.extend(
        [
            attrs.evolve(one.envelope, stream=uuid5(one.envelope.stream, "other"), event_id=uuid5(ONE, str(one)))
            for one in contents(before)
        ]
    )
    import_log(moved, exported(log), keep_positions=False, codec=None)
    start = before.head().size
    assert [one.envelope for one in contents(moved)[start:]] == [one.envelope for one in contents(log)]
    assert verify_archive(exported(moved), codec=None).whole


def test_lines_that_a_tool_laid_out_anew_are_read_too() -> None:
    """Spaces, another order of the fields, escapes: the facts are the same, and so is the root."""
    lines = exported(small_log())
    anew = [json.dumps(dict(reversed(json.loads(line).items())), indent=None).encode() for line in lines[1:-1]]
    other = MemoryEventStore()
    import_log(other, [lines[0], *anew, lines[-1]])
    assert exported(other) == lines


def test_a_ciphertext_is_kept_and_not_looked_into() -> None:
    log = MemoryEventStore()
    log.append([Batch(ONE, 0, (Encoded("lesson-attended", 1, b"\xff\x00\x9d", "key-1", b"\x01\x02"),))], command(1))
    lines = exported(log)
    line = json.loads(lines[1])
    assert (line["encoding"], line["payload"], line["key_commitment"]) == ("base64", "/wCd", "0102")
    other = MemoryEventStore()
    import_log(other, lines)
    assert contents(other) == contents(log)


# ── what is wrong is found, all of it ────────────────────────────────────────────────────────────────────────


def test_a_changed_fact_is_found_and_named() -> None:
    lines = exported(small_log())
    lines[3] = lines[3].replace(b"childcare", b"ill")
    assert problems(lines) == [
        "line 4: was changed: its leaf does not fit what it says",
        "line 6: does not fit: the facts make another root than the first line says",
    ]


def test_all_that_is_wrong_is_reported_at_once() -> None:
    lines = exported(small_log())
    lines[1] = b"{}\n"
    lines[2] = lines[2].replace(b"0392", b"0034")
    lines[4] = changed(lines[4], schema_version=2)
    with pytest.raises(ArchiveError, match="4 problems were found") as caught:
        import_log(MemoryEventStore(), lines)
    assert [one.partition(":")[0] for one in caught.value.errors] == [f"line {number}" for number in (2, 3, 5, 5)]


def test_of_very_many_problems_the_first_are_kept_and_the_others_counted() -> None:
    lines = exported(MemoryEventStore())
    verdict = verify_archive([lines[0], *[b"no fact\n"] * (MOST_PROBLEMS + 200), lines[1]])
    assert not verdict.whole
    assert [one.line for one in verdict.problems] == list(range(2, MOST_PROBLEMS + 2))
    assert verdict.more_problems == 202  # the end, too, counts other lines, and stands at another position
    with pytest.raises(ArchiveError, match="1202 problems were found in it; the first 1000 are told") as refused:
        verdict.check()
    assert len(refused.value.errors) == MOST_PROBLEMS


def test_no_byte_can_be_changed_unseen() -> None:
    """Each byte of a small archive, one after the other: what is not found is the same log."""
    whole = b"".join(exported(small_log(), until=2))
    same = verify_archive(whole.splitlines(keepends=True))
    missed = 0
    for at in range(len(whole)):
        for bit in (0x01, 0x20):
            bent = whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :]
            lines = bent.splitlines(keepends=True) if b"\r" not in bent else [bent]
            if verify_archive(lines).problems:
                continue
            other = MemoryEventStore()
            import_log(other, lines)
            assert exported(other) == exported(small_log(), until=2)
            missed += 1
    assert same.whole
    assert missed <= 3, "only a line feed may turn into another white space"


@pytest.mark.parametrize("kept", range(6))
def test_an_archive_that_was_cut_off_is_found(kept: int) -> None:
    lines = exported(small_log())
    assert problems(lines[:kept])[-1] == f"line {kept + 1}: is missing: the archive was cut off here"
    assert problems([*lines[:kept], lines[kept][:10]]), "within a line"


@pytest.mark.parametrize("gone", [1, 2, 3, 4])
def test_a_missing_line_is_found(gone: int) -> None:
    lines = exported(small_log())
    del lines[gone]
    found = problems(lines)
    assert any("position that does not follow" in one or "not where the first line says" in one for one in found)
    assert any("another root" in one for one in found)
    assert any("counts other lines" in one for one in found)


def test_a_line_that_stands_twice_is_found_once() -> None:
    lines = exported(small_log())
    found = problems([*lines[:3], lines[2], *lines[3:]])
    assert [one for one in found if one.startswith("line 4")] == [
        "line 4: has a position that does not follow the one before it",
        "line 4: has a version that does not follow the one before it in its history",
    ]
    assert not [one for one in found if one.startswith(("line 3", "line 5", "line 6"))]


def forged(lines: Sequence[bytes]) -> list[bytes]:
    """The same facts under another order, with leaves, positions and root to fit: somebody took pains."""
    frontier = Frontier().followed_by(bytes.fromhex(json.loads(line)["leaf"]) for line in lines)
    root = frontier.root().hex()
    header = {"archive": "zroute-log", "version": 1, "after": 0, "frontier": [], "size": len(lines), "root": root}
    end = {"end": "zroute-log", "lines": len(lines), "root": root}
    numbered = [changed(line, position=number) for number, line in enumerate(lines, start=1)]
    return [json.dumps(header).encode(), *numbered, json.dumps(end).encode()]


def test_a_history_with_a_hole_is_found_even_where_the_root_fits() -> None:
    one, two, _, later = exported(small_log())[1:-1]
    assert problems(forged([one, two, later])) == []
    assert problems(forged([one, later])) == [
        "line 3: has a version that does not follow the one before it in its history"
    ]


def test_a_fact_that_is_not_in_the_catalogue_is_found_unless_nobody_looks() -> None:
    log = small_log()
    log.append([Batch(ONE, 2, (Encoded("lesson-attended", 1, b'{"name":"Fatima"}'),))], command(4))
    log.append([Batch(ONE, 3, (Encoded("citizenship-given", 1, b"{}"),))], command(5))
    found = problems(exported(log))
    assert [one.split(":")[:2] for one in found] == [
        ["line 6", " is no fact of the catalogue"],
        ["line 7", " is no fact of the catalogue"],
    ]
    assert "Fatima" not in str(found)
    assert verify_archive(exported(log), codec=None).whole


WRONG: dict[str, dict[str, object]] = {
    "no UUID": {"stream": "Fatima"},
    "upper case": {"stream": "00000000-0000-0000-0000-00000000000A"},
    "number as text": {"position": "1"},
    "true is no number": {"version": True},
    "no position": {"position": 0},
    "below 1": {"version": -1},
    "beyond all": {"version": 2**70},
    "local time": {"recorded_at": "2021-08-27T09:30:01"},
    "not UTC": {"recorded_at": "2021-08-27T11:30:01+02:00"},
    "no such day": {"recorded_at": "2021-02-30T09:30:01Z"},
    "hidden character": {"actor": "teacher\u202e7"},
    "not composed": {"actor": "Zoe\u0308"},
    "nobody": {"purpose": ""},
    "too long": {"tag": "x" * 201},
    "no version": {"schema_version": 0},
    "a list": {"tag": ["lesson-attended"]},
    "half a pair": {"payload": "\ud800"},
    "not base64": {"encoding": "base64", "payload": "====x"},
    "neither": {"encoding": "latin-1"},
    "no hash": {"leaf": "00"},
    "not hexadecimal": {"leaf": "zz" * 32},
    "upper case hash": {"leaf": "AB" * 32},
    "null": {"event_id": None},
    "one more": {"name": "Fatima"},
    "odd commitment": {"key_commitment": "0"},
}


@pytest.mark.parametrize("fields", WRONG.values(), ids=WRONG)
def test_a_line_that_is_no_fact_is_found_and_not_quoted(fields: dict[str, object]) -> None:
    lines = exported(small_log())
    lines[1] = json.dumps(json.loads(lines[1]) | fields).encode() + b"\n"
    found = problems(lines)
    assert found[0].startswith("line 2: cannot be read: ")
    assert len(found) == 1
    assert not any(
        str(value) in found[0] for name, value in fields.items() if len(str(value)) > 4 and name != "encoding"
    )


@pytest.mark.parametrize(
    "line",
    [b"\n", b"null\n", b"[]\n", b"\xff\n", b"[" * 100_000, b'{"position":1,"position":1}', b"9" * 5000],
    ids=["empty", "null", "list", "bytes", "deep", "twice", "digits"],
)
def test_a_line_that_is_no_object_is_found(line: bytes) -> None:
    lines = exported(small_log())
    assert len(problems([lines[0], line, *lines[2:]])) == 1


def test_a_key_that_stands_twice_is_found() -> None:
    lines = exported(small_log())
    lines[1] = lines[1].replace(b'{"position":1,', b'{"position":1,"position":1,')
    assert problems(lines)[0].startswith("line 2: cannot be read: ")


def test_a_line_without_end_is_not_taken_into_memory(tmp_path: Path) -> None:
    lines = exported(small_log())
    path = tmp_path / "long.jsonl"
    with path.open("wb") as file:
        file.writelines([lines[0], b" " * (3 * LONGEST_LINE) + b"\n", *lines[2:]])
    assert max(map(len, ArchiveFile(path))) == LONGEST_LINE + 1
    assert problems(ArchiveFile(path)) == ["line 2: is longer than a line of an archive can be"]


HEADERS: dict[str, dict[str, object]] = {
    "another thing": {"archive": "cookbook"},
    "newer": {"version": 2},
    "backwards": {"after": 5},
    "no such frontier": {"after": 1},
    "no hash": {"root": ""},
    "one more": {"municipality": "Haarlem"},
}


@pytest.mark.parametrize("fields", HEADERS.values(), ids=HEADERS)
def test_what_begins_otherwise_is_no_archive_and_not_read_further(fields: dict[str, object]) -> None:
    lines = exported(small_log())
    lines[0] = changed(lines[0], **fields)
    (found,) = problems(lines)
    assert found.startswith("line 1: is not the first line of an archive: ")
    verdict = verify_archive(lines)
    assert (verdict.header, verdict.facts, verdict.root) == (None, 0, None)


def test_an_end_that_says_otherwise_is_found() -> None:
    lines = exported(small_log())
    for fields, sentence in (
        ({"lines": 3}, "counts other lines than stand in the archive"),
        ({"root": "00" * 32}, "has another root than the first line"),
        ({"end": "cookbook"}, "is not the end of an archive: is not the end of an archive of a log"),
    ):
        assert problems([*lines[:-1], changed(lines[-1], **fields)]) == [f"line 6: {sentence}"]
    assert problems([*lines, b"\n"]) == ["line 7: stands behind the end of the archive"]


# ── in ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_of_a_wrong_archive_nothing_is_stored() -> None:
    lines = exported(small_log())
    lines[-1] = changed(lines[-1], lines=3)
    other = MemoryEventStore()
    for keep in (True, False):
        with pytest.raises(ArchiveError, match="1 problem was found"):
            import_log(other, lines, keep_positions=keep)
    assert other.head() == Frontier()


@pytest.mark.parametrize("keep", [True, False])
def test_a_dry_run_stores_nothing_and_says_what_would_come_in(keep: bool) -> None:
    other, lines = MemoryEventStore(), exported(small_log())
    found = import_log(other, lines, keep_positions=keep, dry_run=True)
    assert other.head() == Frontier()
    assert found == Imported(
        facts=4,
        participants=2,
        root=small_log().head().root().hex(),
        there=0,
        added=4,
        size=0,
        dry_run=True,
    )
    assert import_log(other, lines, keep_positions=keep) == attrs.evolve(found, size=4, dry_run=False)


def test_lines_that_can_be_read_once_only_are_refused() -> None:
    with pytest.raises(ConfigurationError):
        import_log(MemoryEventStore(), iter(exported(small_log())))


class Failing(MemoryEventStore):
    """A store that is full after some transactions."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.room = after
        self.sizes: list[int] = []

    def extend(self, envelopes: Sequence[Envelope], *, after: int | None = None) -> int:
        if self.room == 0:
            raise StoreFull("there is no room left")
        self.room -= 1
        self.sizes.append(len(envelopes))
        return super().extend(envelopes, after=after)


def long_log(facts: int, each: int = 1) -> MemoryEventStore:
    """One person to whom much happened, `each` facts by a command."""
    log = MemoryEventStore(TickingClock())
    for version in range(0, facts, each):
        batch = Batch(ONE, version, tuple(Encoded("note", 1, str(version + one).encode()) for one in range(each)))
        log.append([batch], command(version))
    return log


@pytest.mark.parametrize("keep", [True, False])
def test_an_import_that_broke_off_goes_on_where_it_was(keep: bool) -> None:
    log = long_log(3500)
    lines, other = exported(log), Failing(after=2)
    with pytest.raises(StoreFull):
        import_log(other, lines, keep_positions=keep, codec=None)
    assert other.head().size == 2000
    other.room = 99
    found = import_log(other, lines, keep_positions=keep, codec=None)
    assert (found.there, found.added, found.size) == (2000, 1500, 3500)
    assert other.head() == log.head()


def test_the_facts_of_a_command_come_in_together() -> None:
    """300 facts a command: three commands make a transaction, and one of 1,200 stands alone."""
    log = long_log(1500, each=300)
    log.append([Batch(TWO, 0, tuple(Encoded("note", 1, b"1") for _ in range(1200)))], command(-1))
    log.append([Batch(TWO, 1200, (Encoded("note", 1, b"1"),))], command(-2))
    other = Failing(after=99)
    import_log(other, exported(log), codec=None)
    assert other.sizes == [900, 600, 1200, 1]
    assert other.head() == log.head()


def test_a_store_with_another_log_keeps_it() -> None:
    lines = exported(small_log())
    other = MemoryEventStore()
    other.append([Batch(THREE, 0, (CODEC.encode(OPENED),))], command(7))
    before = contents(other)
    with pytest.raises(ArchiveError, match="another log"):
        import_log(other, lines)
    for number in range(1, 6):
        other.append([Batch(THREE, number, (CODEC.encode(OPENED),))], command(7 + number))
    with pytest.raises(ArchiveError, match="another log"):
        import_log(other, lines, dry_run=True)
    assert contents(other)[:1] == before
    assert other.head().size == 6


def test_a_store_that_has_gone_further_takes_the_older_archive_as_read() -> None:
    lines, log = exported(small_log()), small_log()
    log.append([Batch(THREE, 0, (CODEC.encode(OPENED),))], command(7))
    found = import_log(log, lines)
    assert (found.there, found.added, found.size) == (4, 0, 5)


def test_a_later_part_waits_for_the_earlier_one() -> None:
    log, other = small_log(), MemoryEventStore()
    later = exported(log, after=2)
    with pytest.raises(ArchiveError, match="goes on from position 2 and the store ends at 0"):
        import_log(other, later)
    import_log(other, exported(log, until=2))
    assert import_log(other, later).added == 2
    assert other.head() == log.head()


def test_a_later_part_of_another_log_is_refused() -> None:
    other = MemoryEventStore()
    opened = (CODEC.encode(OPENED),)
    other.append([Batch(ONE, 0, opened), Batch(THREE, 0, opened)], command(1))
    with pytest.raises(ArchiveError, match="another log"):
        import_log(other, exported(small_log(), after=2))
    assert other.head().size == 2


def test_somebody_who_is_there_already_gets_no_second_history() -> None:
    other = MemoryEventStore()
    for number, stream in enumerate([THREE, TWO, ONE]):
        other.append([Batch(stream, 0, (CODEC.encode(OPENED),))], command(10 + number))
    with pytest.raises(ArchiveError, match="2 participants of the archive are in the store with another history") as at:
        import_log(other, exported(small_log()), keep_positions=False)
    assert str(ONE) not in str(at.value)
    assert other.head().size == 3


def test_a_later_part_keeps_its_positions_for_two_copies_of_a_log_may_have_parted() -> None:
    ours, theirs = small_log(), small_log()
    for log, number in ((ours, 11), (theirs, 12)):
        log.append([Batch(ONE, 2, (CODEC.encode(TrajectoryResumed(date(2020, 9, number))),))], command(number))
    theirs.append([Batch(ONE, 3, (CODEC.encode(MISSED),))], command(13))
    before = contents(ours)
    for after in (4, 5):  # the second would fit: version 4 behind another version 3
        with pytest.raises(ArchiveError, match="later part"):
            import_log(ours, exported(theirs, after=after), keep_positions=False)
        with pytest.raises(ArchiveError, match="another log"):
            import_log(ours, exported(theirs, after=after))
    with pytest.raises(ArchiveError, match="1 participant of the archive is in the store with another history"):
        import_log(ours, exported(theirs), keep_positions=False)
    assert contents(ours) == before


def test_a_whole_archive_goes_on_behind_what_came_in_between() -> None:
    log, other = small_log(), MemoryEventStore()
    import_log(other, exported(log, until=2), keep_positions=False)
    other.append([Batch(THREE, 0, (CODEC.encode(OPENED),))], command(7))
    found = import_log(other, exported(log), keep_positions=False)
    assert (found.there, found.added) == (2, 2)
    assert [one.version for one in other.read_stream(ONE)] == [1, 2]


def test_a_fact_that_stands_elsewhere_in_the_store_is_refused_by_the_store() -> None:
    other = MemoryEventStore()
    (first, *_) = contents(small_log())
    other.extend([attrs.evolve(first.envelope, stream=THREE)])
    with pytest.raises(CommandIdReused):
        import_log(other, exported(small_log()), keep_positions=False)
    assert other.head().size == 1


class Sneaky:
    """An archive that is another one when it is read again."""

    def __init__(self, *readings: Sequence[bytes]) -> None:
        self._readings = iter(readings)

    def __iter__(self) -> Iterator[bytes]:
        return iter(next(self._readings))


@pytest.mark.parametrize("place", ["first", "last", "shorter", "longer"])
def test_an_archive_that_is_changed_between_the_readings_is_not_stored(place: str) -> None:
    lines = exported(small_log())
    match place:
        case "first":
            again = [lines[0], lines[1].replace(b"0392", b"0034"), *lines[2:]]
        case "last":
            again = [*lines[:4], lines[4].replace(b"2020-09-08", b"2020-09-09"), lines[5]]
        case "shorter":
            again = [*lines[:1], lines[5]]
        case _:
            again = [*lines[:5], changed(lines[4], position=5, version=3), lines[5]]
    other = MemoryEventStore()
    with pytest.raises(ArchiveError, match="was changed while it was read"):
        import_log(other, Sneaky(lines, again))
    assert other.head() == Frontier()


def test_a_writer_who_comes_between_is_not_overrun() -> None:
    class Busy(MemoryEventStore):
        def extend(self, envelopes: Sequence[Envelope], *, after: int | None = None) -> int:
            self.append([Batch(THREE, 0, (CODEC.encode(OPENED),))], command(7))
            return super().extend(envelopes, after=after)

    other = Busy()
    with pytest.raises(WrongExpectedVersion, match="give the import again"):
        import_log(other, exported(small_log()))
    assert other.head().size == 1


def test_a_later_part_with_a_hole_in_a_history_is_not_stored_and_nobody_is_told_to_try_again() -> None:
    log, other = long_log(3), MemoryEventStore()
    import_log(other, exported(log, until=1), codec=None)
    header, line = map(json.loads, (exported(log, after=1)[0], exported(log, after=1)[2]))
    begun = Frontier().followed_by(log.leaves(0, 1))
    root = begun.followed_by([bytes.fromhex(line["leaf"])]).root().hex()
    end = {"end": "zroute-log", "lines": 1, "root": root}
    lines = [header | {"size": 2, "root": root}, line | {"position": 2}, end]
    with pytest.raises(WrongExpectedVersion, match="a stream is not at the version"):
        import_log(other, [json.dumps(one).encode() for one in lines], codec=None)
    assert other.head().size == 1


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["zroute.jsonl", "zroute.jsonl.gz"])
def test_a_file_comes_back_as_the_log_it_was(tmp_path: Path, name: str) -> None:
    log, other, path = small_log(), MemoryEventStore(), tmp_path / name
    header = write_archive(log, path)
    assert header.size == 4
    assert verify_archive(ArchiveFile(path)).whole
    import_log(other, ArchiveFile(path))
    assert contents(other) == contents(log)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == [name]


def test_packed_or_not_it_says_the_same_and_packing_leaves_no_trace_of_when(tmp_path: Path) -> None:
    plain, packed, again = (tmp_path / name for name in ("one.jsonl", "two.jsonl.gz", "three.jsonl.gz"))
    for path in (plain, packed, again):
        write_archive(small_log(), path)
    assert gzip.decompress(packed.read_bytes()) == plain.read_bytes() == b"".join(exported(small_log()))
    assert packed.read_bytes() == again.read_bytes()


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "zroute.jsonl"
    path.write_bytes(b"precious")
    with pytest.raises(ArchiveError, match="never overwritten"):
        write_archive(small_log(), path)
    assert path.read_bytes() == b"precious"


def no_links(_from: object, _to: object) -> None:
    raise OSError(errno.EPERM, "there are no links here")


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_appears_during_the_export_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    if not links:
        monkeypatch.setattr(os, "link", no_links)
    path = tmp_path / "zroute.jsonl"

    def somebody_else(_what: str, _done: int, _of: int) -> None:
        path.write_bytes(b"precious")

    with pytest.raises(ArchiveError, match="never overwritten") as refused:
        write_archive(small_log(), path, progress=somebody_else)
    assert refused.value.__context__ is None
    assert path.read_bytes() == b"precious"
    assert list(tmp_path.iterdir()) == [path]


def test_where_no_links_can_be_made_a_file_is_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", no_links)
    path = tmp_path / "zroute.jsonl"
    write_archive(small_log(), path)
    assert path.read_bytes() == b"".join(exported(small_log()))
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_got_no_name_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_part: Path, _path: Path) -> None:
        raise OSError(errno.EIO, "the disk is gone")

    monkeypatch.setattr(os, "link", no_links)
    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(ArchiveError, match="could not be written"):
        write_archive(small_log(), tmp_path / "zroute.jsonl")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["x" * 300, "zr\0ute.jsonl", "zroute\ud800.jsonl"], ids=["long", "nul", "half"])
def test_a_name_that_no_file_can_have_is_refused_and_not_told(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with pytest.raises(ArchiveError, match="under this name") as refused:
        write_archive(small_log(), path)
    assert refused.value.__context__ is None
    assert name not in str(refused.value)
    with pytest.raises(ArchiveError, match="cannot be read") as refused:
        list(ArchiveFile(path))
    assert refused.value.__context__ is None
    assert list(tmp_path.iterdir()) == []


def test_a_file_may_have_as_long_a_name_as_files_can_have(tmp_path: Path) -> None:
    path = tmp_path / f"{'x' * 240}.jsonl.gz"
    header = write_archive(small_log(), path)
    assert verify_archive(ArchiveFile(path)).root == header.root


def test_a_link_to_nowhere_is_a_file_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "zroute.jsonl").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ArchiveError, match="never overwritten"):
        write_archive(small_log(), tmp_path / "zroute.jsonl")


def test_a_file_that_could_not_be_written_whole_is_not_there(tmp_path: Path) -> None:
    bent = Bent(lambda page: [one for one in page if one.position != 4])
    with pytest.raises(SequenceGap):
        write_archive(bent, tmp_path / "zroute.jsonl")
    with pytest.raises(ArchiveError, match="is there a folder"):
        write_archive(small_log(), tmp_path / "nowhere" / "zroute.jsonl")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_there_or_is_damaged_is_no_archive(tmp_path: Path) -> None:
    path = tmp_path / "zroute.jsonl.gz"
    with pytest.raises(ArchiveError, match="there is no such file"):
        verify_archive(ArchiveFile(path))
    with pytest.raises(ArchiveError, match="there is no such file"):
        import_log(MemoryEventStore(), ArchiveFile(path))
    write_archive(small_log(), path)
    whole = path.read_bytes()
    for bent in (whole[:-9], whole[: len(whole) // 2], b"not packed", whole[:40] + b"\x00" * 9 + whole[49:]):
        path.write_bytes(bent)
        assert any("cannot be read" in one for one in problems(ArchiveFile(path)))
    assert problems(ArchiveFile(tmp_path))[0].startswith("line 1: cannot be read")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with a name here")
@pytest.mark.parametrize("dry_run", [True, False])
def test_a_pipe_can_be_verified_but_not_imported(tmp_path: Path, dry_run: bool) -> None:
    pipe, other = tmp_path / "pipe", MemoryEventStore()
    os.mkfifo(pipe)
    with pytest.raises(ArchiveError, match="is read twice"):
        import_log(other, ArchiveFile(pipe), dry_run=dry_run)
    writer = Thread(target=pipe.write_bytes, args=(b"".join(exported(small_log())),))
    writer.start()
    assert verify_archive(ArchiveFile(pipe)).whole
    writer.join()


def test_the_moment_keeps_its_microseconds() -> None:
    log = MemoryEventStore()
    (one, *_) = contents(small_log())
    moment = datetime(2021, 8, 27, 9, 30, tzinfo=UTC) + timedelta(microseconds=1)
    log.extend([attrs.evolve(one.envelope, recorded_at=moment)])
    lines = exported(log)
    assert json.loads(lines[1])["recorded_at"] == "2021-08-27T09:30:00.000001Z"
    other = MemoryEventStore()
    import_log(other, lines)
    assert contents(other)[0].envelope.recorded_at == moment
