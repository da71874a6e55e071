"""What is known of a table, what is wished for it, and how it should lie on disk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

Partition: TypeAlias = Literal["none", "month", "day"]

FEW_FILES = 8
STRUCK_SHARE = 0.1


@dataclass(frozen=True)
class FileShape:
    """A data file of a table.

    Attributes:
        bytes: Its size.
        rows: Rows that count; None where the log does not say.
        struck: Rows that a deletion vector strikes out of it; of a file of deletes, the rows that it strikes out.
    """

    bytes: int
    rows: int | None = None
    struck: int = 0


@dataclass(frozen=True)
class Shape:
    """What a table's own log says of it.

    Attributes:
        files: Its files at the newest version.
        strikes: Files that say which rows of the others are struck out, where the format keeps such.
        manifests: Sizes of the files that list all these, where the format keeps such.
        columns: Columns whose least and greatest value a file's statistics may tell; empty where unknown.
        overlaps: Per column, the share (0 to 1) of pairs of files that may hold the same value; without those of which
            nothing is known.
        first_day: Oldest event day that the files' statistics know; None where there is no event time.
        last_day: Newest event day.
        encodings: Version of Parquet's encodings that the format is bound to; None where its writers have the choice.
        is_rewritable: Whether files may be put together; where each batch has to keep its files, they may not.
    """

    files: tuple[FileShape, ...] = ()
    strikes: tuple[FileShape, ...] = ()
    manifests: tuple[int, ...] = ()
    columns: tuple[str, ...] = ()
    overlaps: Mapping[str, float] = field(default_factory=dict)
    first_day: date | None = None
    last_day: date | None = None
    encodings: Literal[1, 2] | None = None
    is_rewritable: bool = True

    @property
    def bytes(self) -> int:
        """Size of all files with rows."""
        return sum(file.bytes for file in self.files)

    @property
    def struck(self) -> int:
        """Rows that are in files and do not count."""
        return sum(file.struck for file in (*self.files, *self.strikes))

    @property
    def rows(self) -> int | None:
        """Rows that count; None where the log does not say."""
        known = [file.rows for file in self.files if file.rows is not None]
        gone = sum(file.struck for file in self.strikes)
        return max(sum(known) - gone, 0) if len(known) == len(self.files) else None

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
        filters: Other columns by which jobs and contracts look for rows.
        times: Columns that hold moments or days.
    """

    keys: tuple[str, ...] = ()
    event_column: str | None = None
    cluster_by: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    times: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wishes:
    """What the configuration prescribes; None leaves the choice to the statistics.

    Attributes:
        target_file_mib: Size of files in MiB.
        compression_level: Level of zstd.
        encodings: Version of Parquet's encodings: 1, which every reader knows, or 2.
        small_files: How many files have to be superfluous before they are a debt.
        struck_share: Share of the rows that has to be struck out before it is one.
    """

    target_file_mib: int | None = None
    compression_level: int | None = None
    encodings: Literal[1, 2] | None = None
    small_files: int = FEW_FILES
    struck_share: float = STRUCK_SHARE


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
        encodings: Version of Parquet's encodings.
        without_dictionary: Columns that are better stored as differences than as places in a dictionary.
        statistics: Columns whose least and greatest value are worth keeping per file; empty for all there are.
        struck_share: Share of a file's rows that, struck out, make it worth a rewrite.
        is_compaction_due: Whether rewriting small or much deleted files is worth its cost now.
        is_purge_due: Whether so many rows are struck out that files of full size have to be rewritten too.
        decisions: Every choice with its reason.
    """

    partition: Partition
    cluster_by: tuple[str, ...]
    target_file_bytes: int
    compression_level: int
    encodings: Literal[1, 2]
    without_dictionary: tuple[str, ...]
    statistics: tuple[str, ...]
    struck_share: float
    is_compaction_due: bool
    is_purge_due: bool
    decisions: tuple[Decision, ...]
