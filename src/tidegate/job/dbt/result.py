"""What a build of gold did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from tidegate.model.transfers import OutputWritten

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.errors import TidegateError
    from tidegate.model.names import TableName
    from tidegate.model.reports import RuleResult
    from tidegate.model.transfers import SchemaField

ModelStatus: TypeAlias = Literal["built", "failed", "skipped"]
BuildStatus: TypeAlias = Literal["succeeded", "failed", "refused"]


@dataclass(frozen=True)
class DbtModel:
    """What became of one model that has a table.

    Attributes:
        name: Name of the model.
        table: Its table.
        location: Folder or address of the table.
        status: `built`, `failed`, or `skipped` because something it is made from failed.
        seconds: Wall seconds.
        inserted: Rows that the build added; all rows, for a table that is made anew each time. None where nothing was
            written.
        updated: Rows that it replaced. None where nothing was written.
        version_before: Version before the build; None where the table did not exist.
        version_after: Version after it, which for a build that was taken back is the one that restored the table; None
            where there is no table.
        files: Files that the build added.
        bytes: Their size.
        columns: Columns of the table.
        sql: The query that fills it; empty where it was not made.
    """

    name: str
    table: TableName
    location: str
    status: ModelStatus
    seconds: float = 0.0
    inserted: int | None = None
    updated: int | None = None
    version_before: int | None = None
    version_after: int | None = None
    files: int | None = None
    bytes: int | None = None
    columns: tuple[SchemaField, ...] = ()
    sql: str = field(default="", repr=False)

    def output(self) -> OutputWritten:
        """Return the record of the table, for a report."""
        return OutputWritten(
            table=str(self.table),
            format="delta",
            location=self.location,
            version_before=self.version_before,
            version_after=self.version_after,
            rows=None if self.inserted is None else self.inserted + (self.updated or 0),
            bytes=self.bytes,
            files=self.files,
            columns=self.columns,
        )


@dataclass(frozen=True)
class DbtResult:
    """What a build did.

    Attributes:
        status: `succeeded`; `failed` where a model could not be built; `refused` where a test did not pass. Unless it
            succeeded, every table is as it was before.
        models: Per model with a table, what became of it, in the order of building.
        tests: Result of every test that was run.
        seconds: Wall seconds of the parts: `parse`, `register`, `build`, and `seal` or `restore`.
        error: Why it did not succeed; None where it did. Holds no data value.
    """

    status: BuildStatus
    models: tuple[DbtModel, ...] = ()
    tests: tuple[RuleResult, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    error: TidegateError | None = None
