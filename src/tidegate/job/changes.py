"""What the rows of a batch of change data ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.errors import PySparkException
from pyspark.sql import functions as F

from tidegate.contracts.gate import Deletions
from tidegate.errors import JobDefinitionError
from tidegate.model.modes import ApplyChanges
from tidegate.tables.change_data import CHANGE, DELETE, TRUNCATE

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from tidegate.model.modes import WriteMode


def with_changes(rows: DataFrame, mode: WriteMode, table: str) -> DataFrame:
    """Return rows with `_change`: `delete`, `truncate`, or null for a row to be. Other modes leave rows as they are.

    Args:
        rows: What the transform made; conditions of the mode may use its columns that begin with `_`.
        mode: The write mode.
        table: Name of the table, for the message.

    Raises:
        JobDefinitionError: A condition cannot be evaluated on these rows.
    """
    if not isinstance(mode, ApplyChanges):
        return rows
    asked = {TRUNCATE: mode.apply_as_truncates, DELETE: mode.apply_as_deletes}
    change = F.lit(None).cast("string")
    for name, condition in reversed(asked.items()):
        if condition is not None:
            change = F.when(F.expr(condition).cast("boolean"), F.lit(name)).otherwise(change)
    try:
        told = rows.withColumn(CHANGE, change)
        told.schema  # noqa: B018 - Spark Connect says only now what it cannot evaluate
    except PySparkException as error:
        shown = "; ".join(f"{condition!r}" for condition in asked.values() if condition is not None)
        raise JobDefinitionError(
            f"a condition of ApplyChanges cannot be evaluated: {str(error).partition(chr(10))[0]}",
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
