"""The folder of the columnar side path: Parquet files that follow the log, and a manifest that says how far.

    manifest.json                            the position, the tree up to it, and the files that count, by their hash
    facts-000000000001-000000262144.parquet  the entries of consecutive positions, by kind of fact and participant
    corrections-000000300000.parquet         what the corrections up to a position decide

A file is written whole, under another name, and never changed; the manifest takes its place last. So a crash leaves
the older manifest with its files, and what it does not name is swept away later. Small files are merged as they come,
two of about one size into one, so that there are few of them however often the folder is brought up to date.

Nothing here is truth: a folder may be thrown away at any time and made again from the log.
"""

# pyright: reportUnknownMemberType=false
# The types of Polars speak of numpy, which is not needed and so not there.

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from hashlib import file_digest
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, cast
from uuid import UUID

import attrs
import polars as pl

from zroute_core.adapters import columnar_corrections as corrections
from zroute_core.adapters.codec import read_json, write_json
from zroute_core.adapters.columnar_rows import SCHEMA, frame_of, read, row_of
from zroute_core.adapters.converter import from_plain, to_plain
from zroute_core.domain.events import Fact
from zroute_core.errors import (
    ConfigurationError,
    InvalidInput,
    LeafMismatch,
    RootMismatch,
    SequenceGap,
    StoreBusy,
    StoreError,
)
from zroute_core.kernel.log import Logged
from zroute_core.kernel.merkle import Frontier
from zroute_core.kernel.ports import Codec, Progress, ProvenLog, untold
from zroute_core.kernel.reading import fact_of

FORMAT = "zroute-columns"
VERSION = 1
MANIFEST = "manifest.json"
LOCK = "being-updated"

FILE_ROWS = 2**18
"""A file holds at most so many entries."""
GROUP_ROWS = 2**15
"""Within a file, so many rows of a column stand together: a group that a question has no use for is passed over."""
PAGE = 2000
"""How many entries are read from the log at once."""


@attrs.frozen
class Stretch:
    """One file of entries."""

    first: int
    last: int
    sha256: str

    @property
    def name(self) -> str:
        return f"facts-{self.first:012}-{self.last:012}.parquet"

    @property
    def rows(self) -> int:
        return self.last - self.first + 1


@attrs.frozen
class Corrections:
    """The file of corrections."""

    position: int
    """Of the last correction in it."""
    sha256: str

    @property
    def name(self) -> str:
        return f"corrections-{self.position:012}.parquet"


@attrs.frozen
class Manifest:
    """How far the columns go, and in which files."""

    columns: str
    version: int
    position: int
    """The position in the log of the last entry that stands in them."""
    root: str
    """The Merkle root of the log at that position, in hexadecimal."""
    frontier: tuple[str, ...]
    leaf: str
    """Of the last entry; empty when there is none."""
    files: tuple[Stretch, ...]
    corrections: Corrections | None

    @property
    def tree(self) -> Frontier:
        return Frontier.from_bytes(self.position, bytes.fromhex("".join(self.frontier)))

    @property
    def names(self) -> frozenset[str]:
        """The files that count."""
        some = {one.name for one in self.files}
        return frozenset(some | {self.corrections.name} if self.corrections else some)


def nothing_yet() -> Manifest:
    tree = Frontier()
    return Manifest(FORMAT, VERSION, 0, tree.root().hex(), (), "", (), None)


def manifest_of(folder: Path) -> Manifest:
    """Raises StoreError when there are no columns here, or none that this version can read."""
    if not (folder / MANIFEST).exists():
        raise StoreError("there are no columns in this folder: bring it up to date with a log first")
    told: dict[str, object] = {}
    try:
        told = cast("dict[str, object]", read_json((folder / MANIFEST).read_bytes()))
        manifest = from_plain(told, Manifest)
        if (manifest.columns, manifest.version, manifest.tree.size) == (FORMAT, VERSION, manifest.position):
            return manifest
    except (OSError, ValueError, InvalidInput):
        pass
    if isinstance(cast("object", told), dict) and type(version := told.get("version")) is int and version > VERSION:
        raise StoreError("a newer version of this library made these columns: use that one, or another folder")
    raise StoreError("the manifest of these columns cannot be read: throw the folder away and make it again")


def scanned(folder: Path, manifest: Manifest) -> pl.LazyFrame:
    """All entries, to be read as far as a question needs them."""
    if not manifest.files:
        return pl.LazyFrame(schema=SCHEMA)
    return pl.scan_parquet([folder / one.name for one in manifest.files], glob=False)


def corrected(folder: Path, manifest: Manifest) -> pl.DataFrame:
    """What the corrections decide. Raises StoreError when their file cannot be read."""
    if manifest.corrections is None:
        return corrections.nothing_corrected()
    return read(pl.scan_parquet(folder / manifest.corrections.name, glob=False))


# ── bringing up to date ──────────────────────────────────────────────────────────────────────────────────────


def update(folder: Path, log: ProvenLog, codec: Codec[Fact], progress: Progress = untold) -> Manifest:
    """As `columnar.update` says."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _check_ours(folder)
        return _updated(folder, log, codec, progress)
    except OSError:
        pass
    raise StoreError("the columns could not be written: is there a folder for them, with room?", field="folder")


def _updated(folder: Path, log: ProvenLog, codec: Codec[Fact], progress: Progress) -> Manifest:
    with _alone(folder):
        if not (folder / MANIFEST).exists():
            _keep(folder, nothing_yet())
        before = manifest_of(folder)
        head = log.head()
        _check_same_log(before, log, head)
        manifest, known = before, _people(folder, before)

        def tell(position: int) -> None:
            progress("writing columns", position - before.position, head.size - before.position)

        while manifest.position < head.size:
            until = min(manifest.position + FILE_ROWS, head.size)
            manifest = _add(folder, manifest, _read(log, codec, manifest.position, until, known, tell))
        if manifest.tree != head:
            raise RootMismatch(
                "the entries of this log do not make its root, or the columns are of another log: "
                "check the log, throw the folder away and make it again"
            )
        _sweep(folder, before.names | manifest.names)
        return manifest


def _check_same_log(manifest: Manifest, log: ProvenLog, head: Frontier) -> None:
    """Before anything is added; that the root fits is seen at the end."""
    position = manifest.position
    same = position <= head.size
    if same and position:
        same = next(iter(log.leaves(position - 1, position)), b"").hex() == manifest.leaf
    if not same:
        raise RootMismatch("these columns are of another log: throw the folder away, or give another one")


def _people(folder: Path, manifest: Manifest) -> dict[UUID, int]:
    """Everybody in the columns, with the position of their first entry."""
    first = scanned(folder, manifest).filter(pl.col("version") == 1).select("participant", "position")
    return {UUID(participant): position for participant, position in read(first).rows()}


def _read(
    log: ProvenLog,
    codec: Codec[Fact],
    after: int,
    until: int,
    known: dict[UUID, int],
    tell: Callable[[int], object],
) -> pl.DataFrame:
    """The entries of these positions. `tell` is told how far it came."""
    pages: list[pl.DataFrame] = []
    while after < until:
        page = log.read_all(after=after, limit=min(PAGE, until - after))
        leaves = list(log.leaves(after, after + len(page)))
        if [one.position for one in page] != list(range(after + 1, after + len(leaves) + 1)) or not page:
            raise SequenceGap("the log has a gap: an entry is missing, or stands elsewhere")
        rows = [_row(logged, leaf, codec, known) for logged, leaf in zip(page, leaves, strict=True)]
        pages.append(frame_of(rows))
        after += len(rows)
        tell(after)
    return pl.concat(pages)


def _row(logged: Logged, leaf: bytes, codec: Codec[Fact], known: dict[UUID, int]) -> tuple[Any, ...]:
    one = logged.envelope
    if one.key_id is None and one.leaf() != leaf:
        raise LeafMismatch("an entry of the log is not what was written there")
    if one.version == 1:
        known[one.stream] = logged.position
    if one.stream not in known:
        raise SequenceGap("the log has a history without its beginning")
    return row_of(logged, known[one.stream], leaf, fact_of(codec, one))


def _add(folder: Path, manifest: Manifest, entries: pl.DataFrame) -> Manifest:
    """The manifest after these entries, once their files are on the disk."""
    leaves: list[bytes] = entries["leaf"].to_list()
    tree = manifest.tree.followed_by(leaves)
    files = list(manifest.files)
    merged, first = [entries], manifest.position + 1
    while files and files[-1].rows <= tree.size - first + 1 and tree.size - files[-1].first < FILE_ROWS:
        earlier = files.pop()
        _check_written(folder, earlier)
        merged.insert(0, read(pl.scan_parquet(folder / earlier.name, glob=False)))
        first = earlier.first
    stretch = Stretch(first, tree.size, "")
    digest = _written(folder / stretch.name, pl.concat(merged).sort("fact", "who", "version"))
    files.append(attrs.evolve(stretch, sha256=digest))
    after = attrs.evolve(
        manifest,
        position=tree.size,
        root=tree.root().hex(),
        frontier=tuple(one.hex() for one in tree.roots),
        leaf=leaves[-1].hex(),
        files=tuple(files),
    )
    new = entries.filter(pl.col("about").is_not_null())
    if new.height:
        if manifest.corrections is not None:
            _check_written(folder, manifest.corrections)
        table = corrections.followed_by(corrected(folder, manifest), new, scanned(folder, after))
        last = Corrections(int(new["position"].to_list()[-1]), "")
        after = attrs.evolve(
            after, corrections=attrs.evolve(last, sha256=_written(folder / last.name, table.sort(corrections.KEY)))
        )
    _keep(folder, after)
    return after


def _check_written(folder: Path, file: Stretch | Corrections) -> None:
    """What goes into another file must be what was written: else the new hash would vouch for it."""
    if _digest_or_none(folder / file.name) != file.sha256:
        raise StoreError("a file of these columns was changed, or is gone: throw the folder away and make it again")


def _keep(folder: Path, manifest: Manifest) -> None:
    _put(folder / MANIFEST, lambda part: part.write_bytes(write_json(to_plain(manifest)) + b"\n"))


def _written(path: Path, frame: pl.DataFrame) -> str:
    """Write a file of columns, and return its SHA-256."""
    _put(path, lambda part: frame.write_parquet(part, compression="zstd", row_group_size=GROUP_ROWS, statistics=True))
    return digest_of(path)


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _put(path: Path, write: Callable[[Path], object]) -> None:
    """A file gets its name when it is on the disk; nobody but its owner may read it."""
    with NamedTemporaryFile(dir=path.parent, prefix=f"{path.name}.", suffix=".part", delete=False) as made:
        part = Path(made.name)
    try:
        write(part)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    if os.name != "nt":  # Windows opens no folders
        opened = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


OURS = re.compile(
    r"(?:(?:facts-\d{12}-\d{12}|corrections-\d{12})\.parquet|manifest\.json)(?:\.\w+\.part)?|being-updated"
)
"""Every name that is given here; what has another is somebody else's."""


def _check_ours(folder: Path) -> None:
    """Columns go into a folder of their own. Raises ConfigurationError when other things stand there."""
    if not (folder / MANIFEST).exists() and not all(OURS.fullmatch(one.name) for one in folder.iterdir()):
        raise ConfigurationError("this folder holds other things: give the columns one of their own", field="folder")


def _sweep(folder: Path, keep: frozenset[str]) -> None:
    """Files that no manifest names, but for those of the one before: somebody may be reading them."""
    for one in folder.iterdir():
        if OURS.fullmatch(one.name) and one.name not in keep | {MANIFEST, LOCK}:
            one.unlink(missing_ok=True)


@contextmanager
def _alone(folder: Path) -> Generator[None]:
    """One at a time brings a folder up to date. The lock goes with the process that holds it, whatever ends it."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    with (folder / LOCK).open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            busy = False
        except OSError:
            busy = True
        if busy:
            raise StoreBusy("another process brings these columns up to date: they will be, in a while")
        yield


# ── checking ─────────────────────────────────────────────────────────────────────────────────────────────────


def check(folder: Path, log: ProvenLog, codec: Codec[Fact] | None, progress: Progress = untold) -> tuple[str, ...]:
    """As `columnar.check` says."""
    while True:
        manifest = manifest_of(folder)
        found: tuple[str, ...] = ()
        failure: StoreError | None = None
        try:
            found = _checked(folder, manifest, log, codec, progress)
        except StoreError as error:
            failure = error
        if not (found or failure) or manifest_of(folder) == manifest:
            break  # else they were brought up to date meanwhile, and files that were looked for are gone
    if failure is not None:
        raise failure
    return found


def _checked(
    folder: Path, manifest: Manifest, log: ProvenLog, codec: Codec[Fact] | None, progress: Progress
) -> tuple[str, ...]:
    if log.head().size < manifest.position:
        return (f"the columns go up to position {manifest.position} and the log ends at {log.head().size}",)

    def tell(position: int) -> None:
        progress("checking columns", position, manifest.position)

    return tuple(_differences(folder, manifest, log, codec, tell))


def _differences(
    folder: Path, manifest: Manifest, log: ProvenLog, codec: Codec[Fact] | None, tell: Callable[[int], object]
) -> Iterator[str]:
    tree, people, readable = Frontier(), dict[UUID, int](), True
    for stretch in manifest.files:
        if stretch.first != tree.size + 1:
            yield f"{stretch.name} does not follow the file before it"
            return
        leaves = list(log.leaves(tree.size, stretch.last))
        tree = tree.followed_by(leaves)
        entries = _read(log, codec, stretch.first - 1, stretch.last, people, tell) if codec is not None else None
        tell(stretch.last)
        if _digest_or_none(folder / stretch.name) != stretch.sha256:
            readable = False
            yield f"{stretch.name} is missing, or is not what was written"
            continue
        found = read(pl.scan_parquet(folder / stretch.name, glob=False)).sort("position")
        if found["position"].to_list() != list(range(stretch.first, stretch.last + 1)):
            yield f"{stretch.name} does not hold the positions that its name says"
            continue
        for position, (here, there) in enumerate(zip(found["leaf"].to_list(), leaves, strict=True), stretch.first):
            if here != there:
                yield f"position {position} is another entry than in the log"
        if entries is not None:
            yield from _other_values(found, entries)
    if tree != manifest.tree or tree.root().hex() != manifest.root:
        yield "the manifest has another root than the log"
    held = manifest.corrections
    if held is not None and _digest_or_none(folder / held.name) != held.sha256:
        yield f"{held.name} is missing, or is not what was written"
    elif readable and _other_corrections(folder, manifest):
        yield "the file of corrections does not say what the entries say"


def _other_values(found: pl.DataFrame, entries: pl.DataFrame) -> Iterator[str]:
    for name in SCHEMA:
        other = found.filter(found[name].ne_missing(entries[name]))
        yield from (f"position {position} has another {name} than in the log" for position in other["position"])


def _other_corrections(folder: Path, manifest: Manifest) -> bool:
    entries = scanned(folder, manifest)
    told = read(entries.filter(pl.col("about").is_not_null()))
    made = corrections.followed_by(corrections.nothing_corrected(), told, entries)
    return not made.equals(corrected(folder, manifest))


def _digest_or_none(path: Path) -> str | None:
    try:
        return digest_of(path)
    except OSError:
        return None
