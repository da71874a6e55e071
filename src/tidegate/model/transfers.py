"""What a run read and what it wrote."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.model.column_lineage import ColumnLineage  # noqa: TC001 - decode() reads the annotations of these classes
from tidegate.model.waiting import Waiting  # noqa: TC001 - as above


@dataclass(frozen=True)
class SchemaField:
    """A column as it was read or written: its name and Spark SQL type, and what a contract says of it.

    Attributes:
        name: Its name.
        type: Its Spark SQL type.
        description: What it means.
        is_personal: Whether its values are not for everybody.
    """

    name: str
    type: str
    description: str = ""
    is_personal: bool = False


@dataclass(frozen=True)
class InputRead:
    """What a run read of one input.

    Attributes:
        name: Name that the job gives the input.
        table: The table, or the feed for files.
        kind: `new`, `whole`, `affected`, `files`, `database`, `api` or `kafka`.
        format: Format of the table or files.
        location: Folder or address.
        version_from: The version up to which it had been read before; None where nothing had, or for whole reads.
        version_to: The version that was read; None where there are no versions.
        rows: Rows taken in, where they are known without counting; None otherwise.
        files: Files read, where known.
        bytes: Bytes read, where they are known.
        columns: The columns read.
        cursor_from: For databases, the value of the cursor up to which it had been read before; None where nothing had.
            For topics of Kafka, per partition the offset that was to be read next, as a JSON object.
        cursor_to: The value up to which it was read.
        waiting: Deliveries of files that are not whole.
        left: Offsets of a topic that are left for the next run, because a batch takes no more.
        lost: Offsets of a topic that were never read and are gone, and were passed over as the job declares.
    """

    name: str
    table: str
    kind: str
    format: str = ""
    location: str = ""
    version_from: int | None = None
    version_to: int | None = None
    rows: int | None = None
    files: int | None = None
    bytes: int | None = None
    columns: tuple[SchemaField, ...] = ()
    cursor_from: str | None = None
    cursor_to: str | None = None
    waiting: tuple[Waiting, ...] = ()
    left: int = 0
    lost: int = 0


@dataclass(frozen=True)
class OutputWritten:
    """What a run wrote.

    Attributes:
        table: The table.
        format: Its format.
        location: Its folder or address.
        version_before: Version before the run; None where the table did not exist.
        version_after: Version after it; the same as before where nothing was written.
        rows: Rows written, where known.
        bytes: Bytes written, where known.
        files: Files written, where known.
        columns: The table's columns.
        quarantine: The quarantine table, where rows went there; None otherwise.
        tables: For a job that writes several tables (dbt): each of them. Empty otherwise.
        lineage: What the columns are made from; None where nobody looked.
    """

    table: str
    format: str = ""
    location: str = ""
    version_before: int | None = None
    version_after: int | None = None
    rows: int | None = None
    bytes: int | None = None
    files: int | None = None
    columns: tuple[SchemaField, ...] = ()
    quarantine: str | None = None
    tables: tuple[OutputWritten, ...] = ()
    lineage: ColumnLineage | None = None
