"""What a job declares: the tables it reads and the table it writes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

from tidegate.errors import JobDefinitionError
from tidegate.model.mode_traits import underlying
from tidegate.model.names import TableName
from tidegate.model.topics import Kafka

if TYPE_CHECKING:
    from tidegate.model.deliveries import Delivery
    from tidegate.model.modes import WriteMode
    from tidegate.model.paging import Paging

_PATH = re.compile(r"/[^\s?#]*")
_IDENTIFIER = re.compile(r"""[A-Za-z_][A-Za-z0-9_$]*|"[^"\\]+"|`[^`\\]+`""")
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z0-9_$]+)+")

Identity: TypeAlias = Literal["size", "etag", "modified"]


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
    """All rows of a table whose `keys` occur among the rows that came, changed or went since the job's last run.

    For jobs that aggregate: every group that a new, late or corrected row belongs to, or that a row left, is read in
    full, and no other. Null makes a group like any other value.

    Attributes:
        table: Name of the table.
        keys: Columns that make a group. Put a date first where there is one: only the files of those days are read.
    """

    table: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Snapshot:
    """Says that a source shows all it holds each time: what is new is found by comparing it with what it held before.

    The job's table holds the changes: one row per key that came, changed or went, with `_operation` (`upsert` or
    `delete`). It is written by `Append`, takes the rows as they are, and is what the next pull is compared with.

    Attributes:
        keys: Columns that tell the rows of a pull apart.
        most_gone: Share (0 to 1) of the known rows that may be missing from a pull; a pull that lacks more is refused.
    """

    keys: tuple[str, ...]
    most_gone: float = 0.5

    def __post_init__(self) -> None:
        """Refuse a comparison without keys, and a share that is none."""
        keys: object = self.keys
        if isinstance(keys, str) or not keys:
            raise JobDefinitionError(
                "rows are compared by their keys", where="Snapshot", hint='Snapshot(keys=("product_id",))'
            )
        if not 0 <= self.most_gone <= 1:
            raise JobDefinitionError("most_gone is a share from 0 to 1", where="Snapshot", hint="most_gone=0.5")


@dataclass(frozen=True)
class Files:
    """Files of a landing zone that no earlier batch of the job has read.

    Attributes:
        feed: Folder below the landing root, searched with all its sub-folders.
        format: `jsonl` (one JSON object a line), `csv` (a header line in each file), `xml` or `parquet`.
        options: Options of the format, as pairs; `docs/guides/sources.md` lists them.
        suffix: Only files with this ending are read; None takes the usual one of the format.
        identity: What tells a corrected file from the one that was read under its name: its `size`; also its `etag`
            (object stores); or also when it was `modified`. Files that were read under another rule keep that one.
        delivery: What completes the files of a folder; None where each file is whole by itself.
        snapshot: For feeds where each folder holds all that the source has: how two of them are compared. A file that
            lies in the feed itself is a snapshot of its own. A run takes one snapshot, in the order of their names.
    """

    feed: str
    format: Literal["jsonl", "csv", "xml", "parquet"]
    options: tuple[tuple[str, str], ...] = ()
    suffix: str | None = None
    identity: Identity = "size"
    delivery: Delivery | None = None
    snapshot: Snapshot | None = None


@dataclass(frozen=True)
class Cursor:
    """The column of a source that says in which order its rows came or changed.

    Attributes:
        column: A timestamp, a date or a whole number, never null, that grows with every row that comes or changes;
            written as SQL takes it, with the database's quotes where its name needs them. Of an API's records a
            field, or the dotted path of one, such as `meta.changed_at`; a quoted name has no path.
        overlap: How far behind the greatest value a row may still appear, because its transaction was committed late:
            a `timedelta`, or a number for sequences. That much is read again by the next run, and rows that were read
            before are left out. 0: only rows with the greatest value itself. None: rows appear strictly in order, and
            nothing is read again.
    """

    column: str
    overlap: timedelta | int | None = 0

    def __post_init__(self) -> None:
        """Refuse a column that is neither a name nor a path, and an overlap below zero."""
        where = f"Cursor({self.column!r})"
        if not _IDENTIFIER.fullmatch(self.column) and not self.is_nested:
            raise JobDefinitionError(
                "a cursor is the name of one column", where=where, hint='such as "updated_at" or \'"UpdatedAt"\''
            )
        is_negative = self.overlap < timedelta() if isinstance(self.overlap, timedelta) else (self.overlap or 0) < 0
        if is_negative:
            raise JobDefinitionError("an overlap is not below zero", where=where, hint="overlap=timedelta(minutes=10)")

    @property
    def is_nested(self) -> bool:
        """Whether it is the path of a field within another."""
        return _FIELD.fullmatch(self.column) is not None


@dataclass(frozen=True)
class Database:
    """The rows of a table or a query of a database that came or changed since the job's last successful run.

    Attributes:
        connection: Name of the connection in the settings.
        by: What tells new rows: the cursor that orders them, or, where there is none, a comparison with the last pull.
        table: The table as SQL names it, such as `public.orders`; or else
        query: A SELECT without a semicolon, whose columns have distinct names.
        partitions: Parts of the cursor's range that are read at the same time, each over a connection of its own.
    """

    connection: str
    by: Cursor | Snapshot
    table: str | None = None
    query: str | None = None
    partitions: int = 1

    def __post_init__(self) -> None:
        """Refuse a declaration that names no source, or two."""
        where = f"Database({self.connection!r})"
        if (self.table is None) == (self.query is None):
            raise JobDefinitionError("a database input is a table or a query", where=where, hint="give one of both")
        if self.partitions < 1:
            raise JobDefinitionError("a source is read in at least one part", where=where, hint="partitions=4")
        if self.partitions > 1 and isinstance(self.by, Snapshot):
            raise JobDefinitionError("a source without a cursor is read in one part", where=where, hint="partitions=1")
        if isinstance(self.by, Cursor) and self.by.is_nested:
            raise JobDefinitionError(
                f"{self.by.column} is no column of a table",
                where=where,
                hint="only records of an API have fields within fields; give it a name in a query",
            )

    @property
    def cursor(self) -> Cursor:
        """The cursor, of a source that has one."""
        if isinstance(self.by, Snapshot):
            raise TypeError(self.label)
        return self.by

    @property
    def label(self) -> str:
        """What people know the source by."""
        return f"{self.connection}/{self.table or 'query'}"


@dataclass(frozen=True)
class Api:
    """The records of an HTTP API that came or changed since the job's last successful run. Equal records are one.

    Attributes:
        connection: Name of the connection in the settings.
        by: What tells new records: the cursor that orders them (a field of theirs), or a comparison with the last pull.
        path: Path below the connection's address, such as `/orders`.
        records: Where an answer has its records: a dotted path such as `data.items`; empty where it is the list.
        format: `json`, or `jsonl` where an answer is one JSON object a line.
        paging: How the next page is asked for; None where one answer has all.
        since: Query parameter that takes the cursor's value from which on records are wanted; None where the API has
            none: all records are asked for each time, and those that were read are left out.
        parameters: Other query parameters, as pairs. They are no place for secrets, which the connection has.
    """

    connection: str
    by: Cursor | Snapshot
    path: str
    records: str = ""
    format: Literal["json", "jsonl"] = "json"
    paging: Paging | None = None
    since: str | None = None
    parameters: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Refuse a path that leads elsewhere, and settings that contradict each other."""
        where = f"Api({self.connection!r})"
        if not _PATH.fullmatch(self.path) or ".." in self.path.split("/"):
            raise JobDefinitionError(
                "a path begins with / and has no query",
                where=where,
                hint='path="/orders", parameters=(("state", "all"),)',
            )
        if self.since and isinstance(self.by, Snapshot):
            raise JobDefinitionError(
                "a snapshot is all there is", where=where, hint="leave out since, or give a Cursor"
            )
        if self.format == "jsonl" and (self.records or (self.paging and self.paging.at)):
            raise JobDefinitionError(
                "lines have no place for records, links or tokens",
                where=where,
                hint='leave out records, or format="json"',
            )

    @property
    def cursor(self) -> Cursor:
        """The cursor, of a source that has one."""
        if isinstance(self.by, Snapshot):
            raise TypeError(self.label)
        return self.by

    @property
    def label(self) -> str:
        """What people know the source by."""
        return f"{self.connection}{self.path}"


# What is outside the lake and has no files: pulled over a connection, once per run.
Pulled: TypeAlias = Database | Api | Kafka
Input: TypeAlias = New | Whole | Affected | Files | Pulled


@dataclass(frozen=True)
class Output:
    """The table that a job writes, and how.

    Attributes:
        table: Name of the table, such as `silver.orders`.
        mode: The write mode; an `Upsert` that deletes rows becomes the `ApplyChanges` that it means.
        cluster_by: Columns by which a batch is sorted within its files, so that readers and merges skip what they do
            not need; empty takes the late window's column and the keys.
    """

    table: str
    mode: WriteMode
    cluster_by: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        """Keep the mode by which the table is written."""
        object.__setattr__(self, "mode", underlying(self.mode))

    @property
    def name(self) -> TableName:
        """The table's name in its parts."""
        return TableName.parse(self.table)


def as_input(declared: str | Input) -> Input:
    """Return the input that a declaration means: a bare table name stands for its new rows."""
    return New(declared) if isinstance(declared, str) else declared


def snapshot_of(declared: Input) -> Snapshot | None:
    """Return how an input is compared with its last pull, or None where it tells what is new itself."""
    if isinstance(declared, Files):
        return declared.snapshot
    return declared.by if isinstance(declared, Database | Api) and isinstance(declared.by, Snapshot) else None


def table_of(declared: Input) -> TableName | None:
    """Return the table that an input reads, or None where it reads something that is not in the lake."""
    return None if isinstance(declared, Files | Pulled) else TableName.parse(declared.table)
