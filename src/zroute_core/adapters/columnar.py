"""The log as columns, for questions about everybody together: a folder of Parquet that follows the log.

A side path: each command goes to the log and nothing waits for the columns. They keep their own position, are brought
up to date from there, are held against the log, and may be thrown away and made again. Polars, DuckDB and whatever else
reads Parquet can ask them anything; the questions here are answered exactly as the read models answer them.

It needs Polars, with the extra `analytics`. Without it this module can be imported, and each function raises
ConfigurationError.
"""

from __future__ import annotations

from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from zroute_core.domain.events import Fact
from zroute_core.domain.values import Moment
from zroute_core.errors import ConfigurationError
from zroute_core.kernel.ports import Codec, Progress, ProvenLog, untold
from zroute_core.read_models.cohort import Cohort

if TYPE_CHECKING:
    import polars as pl

    from zroute_core.adapters.columnar_files import Manifest
    from zroute_core.adapters.columnar_questions import Minutes, Period


def update(folder: Path, log: ProvenLog, codec: Codec[Fact], *, progress: Progress = untold) -> Manifest:
    """Bring the columns in a folder up to date with the log, from where they stand; it is made when it is not there.

    After a crash the older columns are there, and the next time goes on from them. `progress` is told how many entries
    of all that are new are done.

    Of an encrypted log, give it as it is opened: what stands in the columns is not encrypted.

    Raises RootMismatch when the columns are of another log; RootMismatch, LeafMismatch or SequenceGap when the log is
    not what was written there; StoreBusy when another process does the same; ConfigurationError when payloads are
    encrypted, or other things stand in the folder; a DecodeError that knows whose entry it is; a StoreError.
    """
    _check_extra()
    from zroute_core.adapters import columnar_files

    return columnar_files.update(folder, log, codec, progress)


def check(
    folder: Path, log: ProvenLog, codec: Codec[Fact] | None = None, *, progress: Progress = untold
) -> tuple[str, ...]:
    """Every difference between the columns and the log up to their position, a sentence each; none when all is well.

    Each file must be what was written, each entry the one of the log by its leaf, and the corrections what the entries
    make of them. With a codec every value is made again from the log and compared. `progress` is told how many
    entries of all are done.

    Raises StoreError when there are no columns.
    """
    _check_extra()
    from zroute_core.adapters import columnar_files

    return columnar_files.check(folder, log, codec, progress)


def in_force(folder: Path, *, known_at: datetime | None = None, valid_on: date | None = None) -> pl.LazyFrame:
    """The facts in force, corrections applied, a row each: for questions of your own, in Polars.

    The columns are those of `columnar_rows`, and `told`, the version that told of the fact first: facts of one day
    stand in that order.
    """
    _check_extra()
    import polars

    from zroute_core.adapters.columnar_questions import Facts

    return Facts(folder, known_at, valid_on).where(polars.lit(True))


def minutes_by(
    folder: Path,
    *,
    period: Period | None = None,
    known_at: datetime | None = None,
    valid_on: date | None = None,
) -> tuple[Minutes, ...]:
    """How many minutes were spent with each municipality, on each component, in each period?

    A minute belongs to the municipality the participant was with on that day, as in the read model of hours; whoever
    was not opened does not count. Raises StoreError when there are no columns, InvalidDate, InvalidChoice.
    """
    _check_extra()
    from zroute_core.adapters import columnar_questions as questions

    facts = questions.Facts(folder, known_at, valid_on)
    return questions.minutes_by(facts, questions.Period.WHOLE if period is None else period)


def cohort(
    folder: Path,
    *,
    known_at: datetime | None = None,
    valid_on: date | None = None,
    first: Moment = Moment.T0,
    last: Moment = Moment.T2,
) -> Cohort:
    """What changed for everybody together? The same answer as `Trajectories.cohort`, from columns.

    Raises StoreError when there are no columns, InvalidDate, InvalidChoice.
    """
    _check_extra()
    from zroute_core.adapters import columnar_questions as questions

    return questions.cohort(questions.Facts(folder, known_at, valid_on), first, last)


def files(folder: Path) -> tuple[tuple[Path, ...], Path | None]:
    """The Parquet files that count now: those of the entries, and that of the corrections, when there are any.

    Anything that reads Parquet can ask them. Raises StoreError when there are no columns.
    """
    _check_extra()
    from zroute_core.adapters.columnar_files import manifest_of

    manifest = manifest_of(folder)
    corrections = None if manifest.corrections is None else folder / manifest.corrections.name
    return tuple(folder / one.name for one in manifest.files), corrections


def _check_extra() -> None:
    if find_spec("polars") is None:
        raise ConfigurationError("columns need Polars: pip install 'zroute_core[analytics]'")
