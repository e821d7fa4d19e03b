"""An archive in a file, compressed when its name ends in `.gz`: it is there whole or not at all.

What is recorded about people stands in it, so nobody but its owner may read it.
"""

from __future__ import annotations

import os
import stat
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from gzip import GzipFile
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, cast

from zroute_core.adapters.archive import export_log
from zroute_core.adapters.archive_format import LONGEST_LINE, Header
from zroute_core.errors import ArchiveError
from zroute_core.kernel.ports import Progress, ProvenLog, untold

THERE_ALREADY = "there is a file of this name already: an archive is never overwritten"


class ArchiveFile:
    """The lines of an archive in a file, as often as they are asked for; of a pipe only once.

    Raises ArchiveError: at once when there is no such file, and on the way when it cannot be read.
    """

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)

    @property
    def once(self) -> bool:
        """It is a pipe or a device, so its lines can be read only once."""
        try:
            mode = self._path.stat().st_mode
        except (OSError, ValueError):
            return False  # what is wrong with it is seen when it is read
        return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)

    def __iter__(self) -> Iterator[bytes]:
        if _is_missing(self._path):
            raise ArchiveError("there is no such file: see how it is called and where it stands", field="file")
        return self._read()

    def _read(self) -> Iterator[bytes]:
        try:
            with self._path.open("rb") as file:
                yield from _lines(_unpacked(self._path, file))
            return
        except (OSError, EOFError, ValueError, zlib.error):  # a name that no file can have is a ValueError
            pass
        raise ArchiveError("cannot be read: the file is damaged, was cut off, or is none that may be read")


def write_archive(
    log: ProvenLog, path: Path | str, *, after: int = 0, until: int | None = None, progress: Progress = untold
) -> Header:
    """Write the log to a file, as `export_log` does. A file that is there is never overwritten.

    Raises ArchiveError when there is one, or when it cannot be written, and what `export_log` raises; then nothing is
    there that was not there before.
    """
    path = Path(path)
    _check_free(path)
    try:
        with _appearing(path) as file:
            return export_log(log, file, after=after, until=until, progress=progress)
    except FileExistsError:
        sentence = THERE_ALREADY
    except OSError:
        sentence = "the archive could not be written: is there a folder for it, with room?"
    raise ArchiveError(sentence, field="file")


def _check_free(path: Path) -> None:
    """Raises ArchiveError when there is something of this name, or when no file can have it."""
    try:
        path.lstat()
        sentence = THERE_ALREADY
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return  # what is wrong with the folder is seen when it is written there
    except (OSError, ValueError):
        sentence = "no archive can be written under this name: it is too long, or not one of a file"
    raise ArchiveError(sentence, field="file")


@contextmanager
def _appearing(path: Path) -> Generator[IO[bytes]]:
    """A file that gets its name when everything in it is on the disk. Raises FileExistsError when another has it."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".part", delete=False) as made:
        part = Path(made.name)
        try:
            if _is_packed(path):
                with GzipFile(filename="", mode="wb", compresslevel=6, fileobj=made, mtime=0) as packed:
                    yield cast("IO[bytes]", packed)
            else:
                yield cast("IO[bytes]", made)
            made.flush()
            os.fsync(made.fileno())
            _name(part, path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    _sync_folder(path.parent)


def _name(part: Path, path: Path) -> None:
    """A link is made only where there is nothing. Where no links can be made, the name is taken by an empty file first.

    Raises FileExistsError when the name was taken meanwhile.
    """
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:
        path.touch(exist_ok=False)
        try:
            part.replace(path)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    else:
        with suppress(OSError):  # the archive stands there
            part.unlink()


def _sync_folder(folder: Path) -> None:
    """The name too is to be on the disk. Windows opens no folders, and needs no such thing."""
    if os.name == "nt":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _is_missing(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        pass
    return False


def _is_packed(path: Path) -> bool:
    return path.suffix == ".gz"


def _unpacked(path: Path, file: IO[bytes]) -> IO[bytes]:
    return cast("IO[bytes]", GzipFile(fileobj=file, mode="rb")) if _is_packed(path) else file


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Lines as they stand there; of one that is too long only so much that this is seen."""
    while line := file.readline(LONGEST_LINE + 1):
        yield line
        while len(line) > LONGEST_LINE and not line.endswith(b"\n"):
            line = file.readline(LONGEST_LINE + 1)
            if not line:
                return
