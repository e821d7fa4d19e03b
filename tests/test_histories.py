"""Every version of every fact that was ever released loads for ever: golden files that only grow.

`python tests/test_histories.py` writes the golden file of a fact that has none yet. It never touches one that is there.
"""

import json
from pathlib import Path

import pytest

from zroute_core.adapters.codec import JsonCodec, write_json
from zroute_core.domain.events import FACTS, Fact
from zroute_core.testing.samples import FACT_SAMPLES

GOLDEN = Path(__file__).parent / "histories"
FILES = sorted(GOLDEN.rglob("*.json"))


def file_of(fact: type[Fact]) -> Path:
    return GOLDEN / f"{fact.tag}.json"


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.tag)
def test_every_fact_has_its_golden_file(fact: type[Fact]) -> None:
    assert file_of(fact).exists(), "run: python tests/test_histories.py"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(GOLDEN)))
def test_a_golden_file_reads_as_the_sample_of_its_fact(file: Path) -> None:
    golden = json.loads(file.read_text(encoding="utf-8"))
    fact = JsonCodec().decode(golden["tag"], golden["schema_version"], golden["payload"].encode())
    assert fact == FACT_SAMPLES[type(fact)]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.tag)
def test_the_present_version_is_written_to_the_byte(fact: type[Fact]) -> None:
    golden = json.loads(file_of(fact).read_text(encoding="utf-8"))
    encoded = JsonCodec().encode(FACT_SAMPLES[fact])
    assert [encoded.tag, encoded.schema_version, encoded.payload.decode()] == list(golden.values())


if __name__ == "__main__":
    for fact in FACTS:
        if not file_of(fact).exists():
            encoded = JsonCodec().encode(FACT_SAMPLES[fact])
            file_of(fact).parent.mkdir(parents=True, exist_ok=True)
            golden = {
                "tag": encoded.tag,
                "schema_version": encoded.schema_version,
                "payload": encoded.payload.decode(),
            }
            file_of(fact).write_bytes(write_json(golden) + b"\n")
