"""What a batch makes of a table, for formats that write the result of a mode anew instead of merging it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.errors import PySparkException
from pyspark.sql import functions as F

from tidegate.errors import PublishError
from tidegate.model.modes import Append, ApplyChanges, Replace, ReplaceWindow, Scd2, Upsert
from tidegate.tables import change_data, semantics
from tidegate.tables.change_columns import IS_DELETED
from tidegate.tables.columns import column, fitted, no_rows, widened

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

    from tidegate.tables.port import Batch


def _keeps_nothing() -> None:
    """Do what there is to do where no frame is kept."""


@dataclass(frozen=True)
class Rewrite:
    """The outcome of a batch.

    Attributes:
        rows: The rows to write: those to add, or the whole new table.
        is_addition: Whether the rows are added to what is there.
        changed: The rows that were added or changed, where they are not all of `rows`; None where they are.
        inserted: Rows of the batch that were new.
        updated: Rows of the batch that replaced a row.
        unchanged: Rows of the batch that changed nothing.
        deleted: Rows of the batch that asked for a deletion.
        release: Gives back what the frames keep in memory.
    """

    rows: DataFrame
    is_addition: bool
    changed: DataFrame | None
    inserted: int
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    release: Callable[[], object] = _keeps_nothing


def table_schema(batch: Batch) -> StructType:
    """Return the schema of the table that a first batch makes."""
    schema = batch.rows.schema
    return semantics.interval_schema(schema, batch.mode) if isinstance(batch.mode, Scd2) else schema


def aligned(batch: Batch, schema: StructType) -> DataFrame:
    """Return the batch's rows with the columns of the table; for a history, without those of the interval.

    Raises:
        PublishError: The rows do not fit the table.
    """
    if isinstance(batch.mode, Scd2):
        if batch.mode.surrogate_key in batch.rows.columns:
            raise PublishError(
                f"the surrogate key {batch.mode.surrogate_key} is a column of the batch already",
                where=str(batch.table),
                hint="choose another name: the column is added by the history",
            )
        missing = [name for name in batch.mode.track or () if name not in batch.rows.columns]
        if missing:
            raise PublishError(f"there is no column {', '.join(missing)} to track", where=str(batch.table))
        own = [field for field in schema.fields if field.name not in semantics.added_columns(batch.mode)]
        schema = type(schema)(own)
    return fitted(batch.rows, schema, name=batch.table, terms=batch.terms)


def rewritten(schema: StructType | None, read: Callable[[], DataFrame], batch: Batch) -> Rewrite:
    """Return what the batch makes of the table.

    Args:
        schema: Schema of the table; None where it does not exist.
        read: Returns the table's rows, hidden ones too; asked only where the mode needs them and the table exists.
        batch: The batch, as `change_data.resolved` made it.

    Raises:
        PublishError: The rows do not fit the table.
    """
    rows = aligned(batch, schema if schema is not None else table_schema(batch))
    mode = batch.mode
    if isinstance(mode, Append):
        return Rewrite(rows, is_addition=True, changed=None, inserted=batch.count)
    if isinstance(mode, Replace):
        return Rewrite(rows, is_addition=False, changed=None, inserted=batch.count)
    old = read() if schema is not None else no_rows(rows, table_schema(batch))
    if isinstance(mode, ReplaceWindow):
        return _window_replaced(old, rows, mode, batch)
    if isinstance(mode, Upsert):
        after = _kept(semantics.upserted(old, rows, mode, batch.compared, prevails=batch.prevails))
        changed = after.filter(F.col(semantics.OUTCOME).isin(semantics.INSERTED, semantics.UPDATED))
        return _counted(after.drop(semantics.OUTCOME), changed.drop(semantics.OUTCOME), after, batch.count)
    if isinstance(mode, ApplyChanges):
        after = _kept(change_data.applied(old, rows, mode, batch))
        changed = after.filter(F.col(semantics.ACTION).isin("insert", "update"))
        return _counted(change_data.state(after), change_data.state(changed), after, batch.count)
    after = _kept(semantics.rebuilt(old, rows, mode, batch.compared, prevails=batch.prevails))
    changed = semantics.intervals(after.filter(F.col(semantics.ACTION) != "keep"))
    return _counted(semantics.intervals(after), changed, after, batch.count)


def begun(rows: DataFrame, batch: Batch) -> tuple[DataFrame, semantics.Tally | None]:
    """Return the rows that a batch makes of a table without any, and their outcomes where not all are new.

    Args:
        rows: The batch's rows, with the table's columns.
        batch: The batch, as `change_data.resolved` made it.
    """
    if isinstance(batch.mode, Scd2):
        nothing = no_rows(rows, table_schema(batch))
        rebuilt = semantics.rebuilt(nothing, rows, batch.mode, batch.compared)
        told = semantics.tally(rebuilt) if IS_DELETED in rows.columns else None
        return semantics.intervals(rebuilt), told
    if isinstance(batch.mode, ApplyChanges):
        applied = change_data.applied(no_rows(rows, rows.schema), rows, batch.mode, batch)
        return change_data.state(applied), semantics.tally(applied)
    return rows, None


def _window_replaced(old: DataFrame, rows: DataFrame, mode: ReplaceWindow, batch: Batch) -> Rewrite:
    day = F.to_date(column(mode.column))
    days = rows.select(day.alias("_day")).distinct()
    kept = old.withColumn("_day", day).join(days, "_day", "left_anti")
    kept = (kept.filter(F.col("_day").isNull() | ~F.col("_day").isin(*batch.days)) if batch.days else kept).drop("_day")
    both = widened(kept, rows.schema).unionByName(rows)
    return Rewrite(both, is_addition=False, changed=rows, inserted=batch.count)


def _counted(rows: DataFrame, changed: DataFrame, told: DataFrame, expected: int) -> Rewrite:
    tally = semantics.tally(told)
    check_outcomes(tally.total, expected)
    counts = (tally.inserted, tally.updated, tally.unchanged, tally.deleted)
    return Rewrite(rows, False, changed, *counts, release=lambda: _released(told))  # noqa: FBT003 - not an addition


def _kept(rows: DataFrame) -> DataFrame:
    """Return rows that are made once and read three times: for the counts, the table and the changes."""
    with suppress(PySparkException):  # a platform without a cache makes them three times
        return rows.persist()
    return rows


def _released(rows: DataFrame) -> None:
    with suppress(PySparkException):  # as above
        rows.unpersist()


def unchanged(batch: Batch, changed: int) -> int:
    """Return how many rows of a batch changed nothing.

    Args:
        batch: The batch.
        changed: Rows of the table that were added, changed or deleted.

    Raises:
        PublishError: More rows were changed than the batch has.
    """
    if changed > batch.count:
        raise PublishError(
            f"{batch.count} rows changed {changed} of the table: it has several rows of one key",
            where=str(batch.table),
            hint="another writer put them there, and all were changed alike; take them out, or make the table anew",
        )
    return batch.count - changed


def check_outcomes(counted: int, expected: int) -> None:
    """Assert that every row of a batch has come to an outcome.

    Raises:
        PublishError: The counts differ, for instance because the batch has two rows of one key.
    """
    if counted != expected:
        raise PublishError(
            f"{expected} rows were to be published, and {counted} came to an outcome",
            hint="a batch has one row per key (for a history: per key and time); deduplicate it first",
        )
