"""How a table should lie on disk, decided from its statistics alone: no Spark, no file is touched here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from tidegate.tables.columns import file_count

if TYPE_CHECKING:
    from datetime import date

Partition: TypeAlias = Literal["none", "month", "day"]

_MIB = 1024**2
_GIB = 1024**3

_LEAST_TARGET, _LARGEST_TARGET = 256 * 1024, _GIB
_BYTES_OF_A_ROW = 50  # where the log does not tell
_WORTH_A_FOLDER = _GIB
_SMALL = 0.5
_FEW_FILES = 8
_TOO_MANY = 0.25
_STRUCK_SHARE = 0.1
_DAYS_OF_A_MONTH = 30
_WORTH_MORE_CPU = 64 * _GIB
_LEVEL, _HIGHER_LEVEL = 3, 6


@dataclass(frozen=True)
class FileShape:
    """A data file of a table.

    Attributes:
        bytes: Its size.
        rows: Rows that count; None where the log does not say.
        struck: Rows in it that a deletion vector strikes out.
    """

    bytes: int
    rows: int | None = None
    struck: int = 0


@dataclass(frozen=True)
class Shape:
    """What a table's own log says of it.

    Attributes:
        files: Its files at the newest version.
        first_day: Oldest event day that the files' statistics know; None where there is no event time.
        last_day: Newest event day.
        is_rewritable: Whether files may be put together; where each batch has to keep its files, they may not.
    """

    files: tuple[FileShape, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    is_rewritable: bool = True

    @property
    def bytes(self) -> int:
        """Size of all files."""
        return sum(file.bytes for file in self.files)

    @property
    def rows(self) -> int | None:
        """Rows of all files; None where the log does not say."""
        known = [file.rows for file in self.files if file.rows is not None]
        return sum(known) if len(known) == len(self.files) else None

    @property
    def days(self) -> int | None:
        """Length of the table's history in days, both ends counted."""
        if self.first_day is None or self.last_day is None:
            return None
        return (self.last_day - self.first_day).days + 1


@dataclass(frozen=True)
class Usage:
    """How jobs use a table.

    Attributes:
        keys: Columns by which rows are merged.
        event_column: Event-time column; None where the table has none.
        cluster_by: Columns that the job that writes the table asks to have it sorted by.
    """

    keys: tuple[str, ...] = ()
    event_column: str | None = None
    cluster_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wishes:
    """What the configuration prescribes; None leaves the choice to the statistics.

    Attributes:
        target_file_mib: Size of files in MiB.
        compression_level: Level of zstd.
    """

    target_file_mib: int | None = None
    compression_level: int | None = None


@dataclass(frozen=True)
class Decision:
    """One choice with its reason.

    Attributes:
        what: What was chosen between.
        choice: What was chosen.
        why: The statistics that decided, in words.
    """

    what: str
    choice: str
    why: str


@dataclass(frozen=True)
class Layout:
    """How a table should lie.

    Attributes:
        partition: The calendar unit to give folders of their own.
        cluster_by: Columns to keep rows sorted by.
        target_file_bytes: Size that files should have.
        compression_level: Level of zstd.
        is_compaction_due: Whether rewriting small or much deleted files is worth its cost now.
        decisions: Every choice with its reason.
    """

    partition: Partition
    cluster_by: tuple[str, ...]
    target_file_bytes: int
    compression_level: int
    is_compaction_due: bool
    decisions: tuple[Decision, ...]


def advise(shape: Shape, usage: Usage, wishes: Wishes | None = None) -> Layout:
    """Return how the table should lie, with the reason of every choice.

    Args:
        shape: The table's statistics.
        usage: How jobs use it.
        wishes: What the configuration prescribes.
    """
    wishes = wishes or Wishes()
    partition, why_partition = _partition(shape, usage)
    cluster_by, why_cluster = _cluster_by(usage)
    target, why_target = _target(shape, wishes)
    level, why_level = _level(shape, wishes)
    is_due, why_due = _compaction(shape, target)
    decisions = (
        Decision("partition by", partition, why_partition),
        Decision("sort by", ", ".join(cluster_by) or "nothing", why_cluster),
        Decision("file size", _size(target), why_target),
        Decision("compression", f"zstd {level}", why_level),
        Decision("compact now", "yes" if is_due else "no", why_due),
    )
    return Layout(partition, cluster_by, target, level, is_due, decisions)


def _partition(shape: Shape, usage: Usage) -> tuple[Partition, str]:
    if usage.event_column is None or not shape.days:
        return "none", "no event time is known to cut the table by"
    per_day = shape.bytes / shape.days
    told = f"a day has {_size(per_day)}"
    if per_day >= _WORTH_A_FOLDER:
        return "day", f"{told}, enough for files of its own"
    if per_day * _DAYS_OF_A_MONTH >= _WORTH_A_FOLDER:
        return "month", f"{told}, too little for a folder, and a month has {_size(per_day * _DAYS_OF_A_MONTH)}"
    return "none", f"{told}: folders would hold many small files, and sorted files are skipped as well"


def _cluster_by(usage: Usage) -> tuple[tuple[str, ...], str]:
    if usage.cluster_by:
        return usage.cluster_by, "the job that writes the table says so"
    event = (usage.event_column,) if usage.event_column else ()
    columns = tuple(dict.fromkeys((*event, *usage.keys)))
    if event:
        return columns, "merges look for keys among the days of a batch, so files should hold few days"
    if columns:
        return columns, "merges look for keys, and files of a range of keys are skipped by the others"
    return (), "no job says how it looks for rows"


def _target(shape: Shape, wishes: Wishes) -> tuple[int, str]:
    if wishes.target_file_mib is not None:
        return wishes.target_file_mib * _MIB, "the configuration says so"
    rows = shape.rows if shape.rows is not None else shape.bytes // _BYTES_OF_A_ROW
    files = file_count(rows)
    target = min(max(-(-shape.bytes // files), _LEAST_TARGET), _LARGEST_TARGET)
    return target, f"{_size(shape.bytes)} in about {rows:,} rows make {files} files that merges touch one by one"


def _level(shape: Shape, wishes: Wishes) -> tuple[int, str]:
    if wishes.compression_level is not None:
        return wishes.compression_level, "the configuration says so"
    if shape.bytes >= _WORTH_MORE_CPU:
        return _HIGHER_LEVEL, f"{_size(shape.bytes)} are read more often than written"
    return _LEVEL, f"at {_size(shape.bytes)} a higher level costs more than it saves"


def _compaction(shape: Shape, target: int) -> tuple[bool, str]:
    """Return whether small files or struck rows have become a debt that is worth paying back."""
    if not shape.is_rewritable:
        return False, "a batch keeps its files, because readers find what is new by them"
    small = [file for file in shape.files if file.bytes < target * _SMALL]
    fewer = max(len(small) - max(-(-sum(file.bytes for file in small) // target), 1), 0) if small else 0
    if fewer >= _FEW_FILES and fewer >= len(shape.files) * _TOO_MANY:
        return True, f"{len(small)} of {len(shape.files)} files are small, and {fewer} could go"
    rows = sum(file.rows or 0 for file in shape.files)
    struck = sum(file.struck for file in shape.files)
    if struck and struck >= (rows + struck) * _STRUCK_SHARE:
        return True, f"{struck:,} of {rows + struck:,} rows in the files are struck out"
    return (
        False,
        f"{fewer} of {len(shape.files)} files could go, and {struck:,} rows are struck out: not worth a rewrite",
    )


def _size(count: float) -> str:
    for unit, size in (("GiB", _GIB), ("MiB", _MIB), ("KiB", 1024)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count:.0f} bytes"
