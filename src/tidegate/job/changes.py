"""What the rows of a batch of change data ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.errors import PySparkException
from pyspark.sql import functions as F

from tidegate.contracts.gate import Deletions
from tidegate.errors import JobDefinitionError
from tidegate.model.modes import ApplyChanges, Upsert
from tidegate.tables.change_data import CHANGE, DELETE, TRUNCATE

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from tidegate.model.modes import WriteMode


def with_changes(rows: DataFrame, mode: WriteMode, table: str) -> DataFrame:
    """Return rows with `_change`: `delete`, `truncate`, or null for a row to be; or with the mark that a mode asks for.

    Other modes leave rows as they are.

    Args:
        rows: What the transform made; conditions of the mode may use its columns that begin with `_`.
        mode: The write mode.
        table: Name of the table, for the message.

    Raises:
        JobDefinitionError: A condition cannot be evaluated on these rows, or they have the mark already.
    """
    if isinstance(mode, Upsert) and mode.mark_deletes_in:
        if mode.mark_deletes_in in rows.columns:
            raise JobDefinitionError(
                f"the transform returns {mode.mark_deletes_in} already",
                where=f"{table}, mark_deletes_in",
                hint="leave the column out: the mode fills it",
            )
        return _added(rows, mode.mark_deletes_in, {"true": mode.apply_as_deletes}, table)
    if isinstance(mode, ApplyChanges):
        return _added(rows, CHANGE, {TRUNCATE: mode.apply_as_truncates, DELETE: mode.apply_as_deletes}, table)
    return rows


def _added(rows: DataFrame, name: str, asked: dict[str, str | None], table: str) -> DataFrame:
    """Return rows with a column that says which of some conditions holds: the first; of a mark, whether one does."""
    change = F.lit(None).cast("string")
    for meaning, condition in reversed(asked.items()):
        if condition is not None:
            change = F.when(F.expr(condition).cast("boolean"), F.lit(meaning)).otherwise(change)
    try:
        told = rows.withColumn(name, change if name == CHANGE else change.isNotNull())
        told.schema  # noqa: B018 - Spark Connect says only now what it cannot evaluate
    except PySparkException as error:
        shown = "; ".join(f"{condition!r}" for condition in asked.values() if condition is not None)
        raise JobDefinitionError(
            f"a condition of the write mode cannot be evaluated: {str(error).partition(chr(10))[0]}",
            where=f"{table}, {shown}",
            hint=f"the transform returns {', '.join(rows.columns)}",
        ) from error
    return told


def deletions(mode: WriteMode) -> Deletions | None:
    """Return which marked rows ask for a deletion, and so have nothing but a key; None where none does."""
    if not isinstance(mode, ApplyChanges):
        return None
    return Deletions(_says(DELETE), _says(TRUNCATE), mode.keys, mode.sequence_by)


def _says(change: str) -> Column:
    return F.col(CHANGE).eqNullSafe(change)
