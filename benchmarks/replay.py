"""Line 5: replaying the whole log in its order, beside the floor: bytes in memory to a sum, with nothing checked.

Ours reads SQLite page by page, sees that no position is missing, holds every entry against its leaf (and decrypts it),
decodes it to the library's own facts with all that their fields promise, and adds up the same minutes.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from benchmarks.floor import Account, add_up, floor, in_memory
from benchmarks.measure import Figure, by_turns, main, ratio, timed, told
from benchmarks.ours import fill, log_in
from benchmarks.world import CODEC, World
from zroute_core.kernel.ports import EventStore

SIZE = 60
WHAT = "participants, of 800 facts each"

PAGE = 500


def figures(size: int, runs: int) -> list[Figure]:
    """Two ratios: plain, and encrypted."""
    world = World(size)
    entries = in_memory(world.envelopes())
    with TemporaryDirectory(prefix="zroute-bench-") as folder:
        logs: dict[bool, EventStore] = {}
        try:
            for encrypted in (False, True):
                path = Path(folder, f"{encrypted}.db")
                fill(path, world, encrypted=encrypted)
                logs[encrypted] = log_in(path, encrypted=encrypted)
            taken = by_turns(
                runs,
                {
                    "floor": lambda: timed(lambda: floor(entries)),
                    "plain": lambda: timed(lambda: replay(logs[False])),
                    "encrypted": lambda: timed(lambda: replay(logs[True])),
                },
            )
        finally:
            for log in logs.values():
                log.close()
    each = f"a fact, floor {told(taken['floor'], world.size)}"
    return [
        ratio(
            5,
            "replay in order, plain, of the floor",
            taken["plain"],
            taken["floor"],
            target=0.75,
            detail=f"{told(taken['plain'], world.size)} {each}",
        ),
        ratio(
            5,
            "replay in order, decrypted and verified, of the floor",
            taken["encrypted"],
            taken["floor"],
            target=1.5,
            detail=f"{told(taken['encrypted'], world.size)} {each}",
        ),
    ]


def replay(log: EventStore) -> dict[UUID, Account]:
    """Everybody's account, from the log."""
    accounts: dict[UUID, Account] = {}
    after = 0
    while page := log.read_all(after=after, limit=PAGE):
        for logged in page:
            envelope = logged.envelope
            fact = CODEC.decode(envelope.tag, envelope.schema_version, envelope.payload)
            add_up(accounts, envelope.stream, fact)
        after = page[-1].position
    return accounts


if __name__ == "__main__":
    main("benchmarks.replay", figures, SIZE, WHAT)
