"""Line 13: what the proof and the encryption cost: leaf and tree beside a durable command, AES-GCM by itself.

The cost is taken from the code that does it, in memory, over the facts of a world; the command is one fact, appended
to an encrypted SQLite store with its commit.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from benchmarks.measure import Figure, amount, by_turns, main, ratio, repeated, timed, told
from benchmarks.ours import Writer, envelopes_of, fill, log_in, total
from benchmarks.world import GROUP, World
from zroute_core.kernel.merkle import Frontier

SIZE = 100
WHAT = "commands a turn"

FACTS = 100
"""Of each of fifteen people, to hash and to encrypt."""


def figures(size: int, runs: int) -> list[Figure]:
    """Two that are aimed at, and what all of the encryption takes: keys, nonce, associated data, commitment."""
    world = World(GROUP, FACTS)
    envelopes = list(world.envelopes())
    cipher = AESGCM(bytes(range(32)))
    nonce, associated = bytes(12), bytes(250)

    def hashed() -> None:
        frontier = Frontier()
        for one in envelopes:
            frontier = frontier.followed_by((one.leaf(),))

    with TemporaryDirectory(prefix="zroute-bench-") as folder:
        path = Path(folder, "log.db")
        fill(path, world, encrypted=True)
        writer = Writer(log_in(path, encrypted=True), dict.fromkeys(world.participants(), FACTS))
        at = iter(range(10**9))
        try:
            taken = by_turns(
                runs,
                {
                    "hashed": lambda: timed(hashed),
                    "command": lambda: repeated(size, lambda _: writer.one_fact(next(at))),
                    "gcm": lambda: timed(lambda: [cipher.encrypt(nonce, one.payload, associated) for one in envelopes]),
                    "plain": lambda: timed(lambda: total(envelopes_of(world, encrypted=False))),
                    "sealed": lambda: timed(lambda: total(envelopes_of(world, encrypted=True))),
                },
            )
        finally:
            writer.close()
    commands = [seconds / size for seconds in taken["command"]]
    hashes = [seconds / world.size for seconds in taken["hashed"]]
    gcm = [seconds / world.size * 1e6 for seconds in taken["gcm"]]
    more = zip(taken["sealed"], taken["plain"], strict=True)
    sealing = [(sealed - plain) / world.size * 1e6 for sealed, plain in more]
    return [
        ratio(
            13,
            "leaf and tree of one fact, of a durable command",
            hashes,
            commands,
            target=0.02,
            detail=f"{told(hashes)}, command {told(commands)}",
        ),
        amount(13, "AES-GCM of one fact", gcm, "µs", target=1.2),
        amount(13, "all of the encryption of one fact", sealing, "µs"),
    ]


if __name__ == "__main__":
    main("benchmarks.hashing", figures, SIZE, WHAT)
