"""The rows of a table that a slice of a backfill takes, by when their events were or by when they arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql.types import DateType, TimestampType

from tidegate.errors import TableError
from tidegate.job.slicing import versions_in
from tidegate.model.declarations import Affected
from tidegate.model.names import TableName
from tidegate.sources.origin import ARRIVED

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from tidegate.job.context import RunContext
    from tidegate.job.plan import InputPlan
    from tidegate.model.slices import Slice, Span


def read_slice(read: InputPlan, part: Slice, context: RunContext) -> DataFrame:
    """Return the rows of an input that a slice takes, at the version that the plan pinned.

    By event: the rows whose event time lies in the days; a row without one lies in none. By arrival: those whose
    `_arrived_at` does, or, in a table that has no such column, those that commits of these days added or changed; of an
    `Affected` input then the groups that these commits touched.

    Args:
        read: The input.
        part: The slice; its column is the event-time column.
        context: The run's context.

    Raises:
        TableError: The table has no such column, or it holds no dates or times.
    """
    if read.until is None or part.span is None:
        raise TableError("a slice needs a table and days", where=f"input {read.name!r}")
    table = TableName.parse(table_name(read))
    store = context.tables.store(table)
    rows = store.read(table, read.until)
    name = slicing_column(rows, read, part)
    if name is not None:
        return rows.filter(_within(name, part.span))
    since, until = versions_in(store.history(table), part.span)
    if until is None or until == since:
        return rows.limit(0)
    if isinstance(read.declared, Affected):
        return store.touched(table, read.declared.keys, since, until)
    return store.changes(table, since, until)


def slicing_column(rows: DataFrame, read: InputPlan, part: Slice) -> str | None:
    """Return the column by which rows are sliced; None where the versions of their table tell.

    Raises:
        TableError: The table has no such column, or it holds no dates or times.
    """
    if part.by == "arrival":
        return ARRIVED if ARRIVED in rows.columns else None
    name = part.column
    if name is None or name not in rows.columns:
        raise TableError(
            f"there is no column {name!r} to slice by" if name else "there is no event-time column to slice by",
            where=f"input {read.name!r}, {table_name(read)}",
            hint="name the column that holds the event time there with --column, or ask for rows by arrival",
        )
    kind = rows.schema[name].dataType
    if not isinstance(kind, DateType | TimestampType):
        raise TableError(
            f"{name} is of type {kind.simpleString()}, and says no time",
            where=f"input {read.name!r}, {table_name(read)}",
            hint="name a date or a timestamp with --column, or ask for rows by arrival",
        )
    return name


def table_name(read: InputPlan) -> str:
    """Return the name of the table that an input reads."""
    return str(getattr(read.declared, "table", ""))


def _within(name: str, span: Span) -> Column:
    column = F.col(f"`{name}`")
    return (column >= F.lit(span.start)) & (column < F.lit(span.end))
