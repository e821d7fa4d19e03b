"""Read models in memory. They keep the whole contract, so they stand in for any other; start a new store from here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from threading import RLock
from uuid import UUID

import attrs

from zroute_core.errors import OutOfOrder, SchemaMismatch, StoreClosed
from zroute_core.kernel.tables import Fold, Generation, Page, Table, check_tables, fingerprint


class MemoryReadModelStore:
    """Lives as long as the process. Safe to share between threads."""

    def __init__(self, tables: Sequence[Table]) -> None:
        check_tables(tables)
        self._fingerprint = fingerprint(tables)
        self._lock = RLock()
        self._made: dict[int, tuple[Generation, dict[UUID, Fold]]] = {}
        self._serving: int | None = None
        self._last = 0
        self._closed = False

    def serving(self) -> Generation | None:
        with self._lock:
            self._check_open()
            return None if self._serving is None else self._made[self._serving][0]

    def page(self, *, after: UUID | None = None, limit: int = 100, tables: Sequence[str] | None = None) -> Page:
        with self._lock:
            self._check_open()
            if self._serving is None:
                raise SchemaMismatch("there are no read models yet: build them first")
            generation, folds = self._made[self._serving]
            found = sorted(one for one in folds if after is None or one > after)[: max(limit, 0)]
            return Page(generation.position, tuple(_only(folds[one], tables) for one in found))

    def parked(self, generation: int) -> Sequence[Fold]:
        with self._lock:
            self._check_open()
            _, folds = self._generation(generation)
            return tuple(folds[one] for one in sorted(folds) if folds[one].parked)

    def write(self, at: Generation, position: int, folds: Iterable[Fold], *, leaf: str = "") -> Generation:
        with self._lock:
            self._check_open()
            stands, standing = self._generation(at.number)
            if (stands.position, stands.revision) != (at.position, at.revision) or position < at.position:
                raise OutOfOrder("the read models do not stand where this batch begins")
            new = {one.participant: one for one in folds}
            moved = attrs.evolve(stands, position=position, leaf=leaf, revision=stands.revision + 1)
            self._made[at.number] = (moved, {**standing, **new})
            return moved

    def begin(self, position: int, *, leaf: str = "") -> Generation:
        with self._lock:
            self._check_open()
            self._last += 1
            generation = Generation(self._last, position, 0, self._fingerprint, leaf)
            self._made = {number: made for number, made in self._made.items() if number == self._serving}
            self._made[self._last] = (generation, {})
            return generation

    def fill(self, generation: int, folds: Iterable[Fold]) -> None:
        with self._lock:
            self._check_open()
            stands, standing = self._generation(generation)
            if generation == self._serving:
                raise OutOfOrder("these read models serve already: they are written batch by batch")
            self._made[generation] = (stands, {**standing, **{one.participant: one for one in folds}})

    def serve(self, generation: int, *, earlier: bool = False) -> None:
        with self._lock:
            self._check_open()
            made = self._generation(generation)
            old = None if self._serving is None else self._made[self._serving][0]
            if old is not None and made[0].position < old.position and not earlier:
                raise OutOfOrder("these read models stand before those that serve: let them catch up first")
            self._made, self._serving = {generation: made}, generation

    def close(self) -> None:
        self._closed = True

    def _generation(self, number: int) -> tuple[Generation, dict[UUID, Fold]]:
        if number not in self._made:
            raise SchemaMismatch("these read models are gone: others took their place")
        return self._made[number]

    def _check_open(self) -> None:
        if self._closed:
            raise StoreClosed("this store was closed: open it again")


def _only(fold: Fold, tables: Sequence[str] | None) -> Fold:
    if tables is None:
        return fold
    return attrs.evolve(fold, rows={name: rows for name, rows in fold.rows.items() if name in tables})
