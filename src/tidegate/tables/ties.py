"""Which of an old and a new row stands where neither is newer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame
    from pyspark.sql.window import WindowSpec

NEW = "_is_new"
REFUSED = "TIDEGATE_TIE"

_SAME = "_is_same"


def tie(row: Column, *, prevails: bool) -> tuple[Column, ...]:
    """Return the order, best first, of an old and a new row of which neither is newer; of equal ones the old is best.

    Args:
        row: What the rows compare by.
        prevails: Whether the new row is best where they differ; otherwise the one that compares greatest is.
    """
    if not prevails:
        return row.desc(), F.col(NEW).asc()
    return (F.when(F.col(_SAME), -F.col(NEW)).otherwise(F.col(NEW)).desc(),)


def told_apart(rows: DataFrame, row: Column, window: WindowSpec, *, prevails: bool) -> DataFrame:
    """Return rows with whether the old and the new one are equal, where it matters."""
    return rows.withColumn(_SAME, F.min(row).over(window) == F.max(row).over(window)) if prevails else rows
