"""The port behind which every table format lives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from tidegate.model.evolution import Terms
from tidegate.model.modes import ReplaceWindow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import StructType

    from tidegate.model.commits import Commit
    from tidegate.model.modes import WriteMode
    from tidegate.model.names import TableName
    from tidegate.tables.staging import Staging


@dataclass(frozen=True)
class Version:
    """A version of a table, as its log tells it.

    Attributes:
        number: The version.
        made_at: When it was made (UTC).
        operation: What made it, in the words of the format.
        commit: Tidegate's facts; None where another writer made it, or a restore.
        is_restore: Whether it made the table what it had been before.
    """

    number: int
    made_at: datetime
    operation: str = ""
    commit: Commit | None = None
    is_restore: bool = False


@dataclass(frozen=True)
class Pending:
    """What a table holds that a reader has not read yet; found without Spark.

    Attributes:
        since: The version read last, exclusive; None where nothing has been read.
        until: The newest version, inclusive.
        rows: Rows added or changed in between, as the log counts them; None where the log does not say.
        files: Files added in between; None where the log does not say.
        bytes: Their size; None where the log does not say.
        is_reduced: Whether rows may have gone in between, or been replaced: the groups they were in are others.
    """

    since: int | None
    until: int
    rows: int | None = None
    files: int | None = None
    bytes: int | None = None
    is_reduced: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to read."""
        return self.since is not None and self.since >= self.until


@dataclass(frozen=True)
class LateBatch:
    """Rows of a batch that are older than the late window and are to wait beside the table.

    Attributes:
        rows: The rows, staged, at most one per key.
        count: Number of rows.
    """

    rows: DataFrame
    count: int


@dataclass(frozen=True)
class Batch:
    """Rows that passed the gate, on their way into a table.

    Attributes:
        table: The table.
        mode: How the rows become part of it.
        rows: The rows, staged: reading them again gives the same rows and costs a scan. For `Upsert`, `Scd2` and keyed
            `Append` at most one row per key (`Scd2`, and `ApplyChanges` of type 2: per key and sequence). Columns are
            the table's, in the table's order, without those that the mode adds. For `ApplyChanges` the column
            `_change` says `delete` or `truncate` where a row is not one to be.
        compared: Columns that make a row what it is: `unchanged` means that these are equal. Tidegate's own columns
            (`_…`) are not among them.
        count: Number of rows.
        days: The days (UTC) of the mode's event-time column that occur among the rows, sorted; None where the mode has
            no such column, or where too many days occur for a list to be of use. For `ReplaceWindow` they are the days
            to replace, also those of which nothing is left.
        cluster_by: Columns to sort by within files.
        closed_before: The first event day that can still have rows to come; None where any can.
        prevails: Whether a row of the batch stands against one of the table that is equally new, whichever compares
            greater: for batches that were made anew from events that the table has seen.
        place: Folder below the table's whose files hold exactly these rows, as the store's own staging wrote them.
        terms: What the batch may change of the table's columns.
        late: Rows of the same batch that wait beside the table; they are not among `rows`. None where none do.
        keyed_by: Columns of the key by which rows to add were held against the table, so that they may be added to that
            version alone, or without those whose keys have come since; none where keys may come again.
        seen: That version; None where there was no table.
        reach: Condition on the table's rows that holds for all which may have a key of the batch; None is all rows.
    """

    table: TableName
    mode: WriteMode
    rows: DataFrame
    compared: tuple[str, ...]
    count: int
    days: tuple[date, ...] | None = None
    cluster_by: tuple[str, ...] = ()
    closed_before: date | None = None
    prevails: bool = False
    place: str | None = None
    terms: Terms = field(default_factory=Terms)
    late: LateBatch | None = None
    keyed_by: tuple[str, ...] = ()
    seen: int | None = None
    reach: Column | None = field(default=None, compare=False)

    def is_based_on(self, version: int | None) -> bool:
        """Return whether it may become part of the table at a version; None stands for no table."""
        return not self.keyed_by or self.seen == version

    @property
    def changes_nothing(self) -> bool:
        """Whether there is neither a row nor a day to empty."""
        return not self.count and not (isinstance(self.mode, ReplaceWindow) and self.days)


@dataclass(frozen=True)
class Published:
    """What a publish did.

    Attributes:
        version_before: Version before it; None where the table did not exist.
        version_after: Version after it; equal to the one before where the token was known already or nothing was to
            write.
        inserted: Rows of the batch that were new.
        updated: Rows of the batch that replaced a row of the table.
        unchanged: Rows of the batch that changed nothing.
        deleted: Rows of the batch that asked for a deletion.
        files: Files added; None where unknown.
        bytes: Bytes added; None where unknown.
    """

    version_before: int | None
    version_after: int
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    files: int | None = None
    bytes: int | None = None


class TableStore(Protocol):
    """Tables of one format under one root.

    Methods marked *no Spark* read the table's own log and never start a session.
    """

    @property
    def format(self) -> str:
        """Name of the format: `delta`, `iceberg`, `parquet` or `memory`."""

    def location(self, table: TableName) -> str:
        """Return the folder or address of the table; *no Spark*."""

    def version(self, table: TableName) -> int | None:
        """Return the newest version, or None where the table does not exist; *no Spark*."""

    def last_commit(self, table: TableName, application: str) -> Commit | None:
        """Return the newest commit of that application id (`Token.application`), or None; *no Spark*."""

    def files_read(self, table: TableName, family: str) -> frozenset[str]:
        """Return every file named in the commits of the application ids that begin so; *no Spark*."""

    def history(self, table: TableName) -> tuple[Version, ...]:
        """Return all versions that the table's log still has, oldest first; *no Spark*."""

    def pending(self, table: TableName, since: int | None, until: int | None = None) -> Pending:
        """Return what was added or changed after version `since`, up to `until` or the newest; *no Spark*.

        Raises:
            TableError: The table does not exist, or its version is lower than `since` (it was replaced or rolled back).
        """

    def read(self, table: TableName, version: int | None = None) -> DataFrame:
        """Return the table's rows as of a version, without what deletes leave behind; None takes the newest."""

    def changes(self, table: TableName, since: int | None, until: int) -> DataFrame:
        """Return the rows as they were added or changed to after `since` up to `until`, as the table has them.

        One row per change, so a row changed twice occurs twice. Rows that were deleted do not occur.
        """

    def touched(self, table: TableName, columns: Sequence[str], since: int | None, until: int) -> DataFrame:
        """Return the values of some columns in rows that came, changed or went after `since` up to `until`.

        They are the groups to make anew: those of a changed row as it was and as it is, and those of a row that is
        gone, as one is that readers do not see any more. A group may occur any number of times, and also where nothing
        in it differs; null is a value like any other. For `since` None, those of all rows.
        """

    def schema(self, table: TableName, version: int | None = None) -> StructType:
        """Return the table's columns as of a version, hidden ones too; None takes the newest. No row is read."""

    def held(self, schema: StructType) -> StructType:
        """Return columns with the types that the format has for theirs; *no Spark*."""

    def staging(self, table: TableName, mode: WriteMode) -> Staging | None:
        """Return a place where a batch can wait whose files then become part of the table; None where there is none."""

    def publish(self, batch: Batch, commit: Commit) -> Published:
        """Make the batch part of the table in one atomic commit that carries `commit`.

        The table is created where it does not exist. A token that the table already has (same application, same or
        higher batch number) publishes nothing. A commit is made even when no row changes, because it carries the
        watermarks.

        What the batch changes of the table's columns is in that commit, or in one of its own before it, in which no row
        changes for readers; so a batch that fails or is killed in between changes nothing that it would not change
        again.

        Raises:
            ConcurrentWriteError: Another writer came first.
            PublishError: The rows do not fit the table.
        """

    def restore(self, table: TableName, version: int | None) -> int | None:
        """Make the table what it was at a version, in a new commit, and return the table's version then.

        None, or a version before the first, removes the table. The commits after that version no longer count: they are
        neither the last of their application nor among the files read, and their batches can be published again.

        Raises:
            TableError: The table does not exist, or has no such version.
        """


class SqlStore(Protocol):
    """A store whose tables Spark SQL can name."""

    def relation(self, table: TableName, version: int) -> str:
        """Return a version of a table as Spark SQL names it; hidden rows and columns are among what it holds."""


class LoggedStore(TableStore, Protocol):
    """A store whose log can be walked backwards; rows can wait beside its tables."""

    def standing(self, table: TableName, version: int | None = None) -> Iterator[Version]:
        """Give the versions that count at a version (None: the newest), newest first; *no Spark*.

        Those that a restore has withdrawn are left out; the restore itself is among them. As little as possible of the
        log is read.
        """
