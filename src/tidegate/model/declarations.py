"""What a job declares: the tables it reads and the table it writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from tidegate.model.names import TableName

if TYPE_CHECKING:
    from tidegate.model.modes import WriteMode


@dataclass(frozen=True)
class New:
    """The rows of a table that came or changed since the job's last successful run.

    Attributes:
        table: Name of the table, such as `bronze.orders`.
    """

    table: str


@dataclass(frozen=True)
class Whole:
    """All rows of a table, at the version that is newest when the run starts. It does not make a run start by itself.

    Attributes:
        table: Name of the table.
    """

    table: str


@dataclass(frozen=True)
class Affected:
    """All rows of a table whose `keys` occur among the rows that came or changed since the job's last run.

    For jobs that aggregate: every group that a new, late or corrected row belongs to is read in full, and no other.

    Attributes:
        table: Name of the table.
        keys: Columns that make a group. Put a date first where there is one: only the files of those days are read.
    """

    table: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Files:
    """Files of a landing zone that no earlier batch of the job has read.

    Attributes:
        feed: Folder below the landing root, searched with all its sub-folders.
        format: `jsonl` (one JSON object a line), `csv` (a header line in each file), `xml` or `parquet`.
        options: Options of the format, as pairs; `docs/guides/sources.md` lists them.
        suffix: Only files with this ending are read; None takes the usual one of the format.
    """

    feed: str
    format: Literal["jsonl", "csv", "xml", "parquet"]
    options: tuple[tuple[str, str], ...] = ()
    suffix: str | None = None


Input: TypeAlias = New | Whole | Affected | Files


@dataclass(frozen=True)
class Output:
    """The table that a job writes, and how.

    Attributes:
        table: Name of the table, such as `silver.orders`.
        mode: The write mode.
        cluster_by: Columns by which a batch is sorted within its files, so that readers and merges skip what they do
            not need; empty takes the late window's column and the keys.
    """

    table: str
    mode: WriteMode
    cluster_by: tuple[str, ...] = field(default=())

    @property
    def name(self) -> TableName:
        """The table's name in its parts."""
        return TableName.parse(self.table)


def as_input(declared: str | Input) -> Input:
    """Return the input that a declaration means: a bare table name stands for its new rows."""
    return New(declared) if isinstance(declared, str) else declared


def table_of(declared: Input) -> TableName | None:
    """Return the table that an input reads, or None where it reads files."""
    return None if isinstance(declared, Files) else TableName.parse(declared.table)
