"""Columns by their plain names, whatever characters are in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame


def column(name: str) -> Column:
    """Return the column of exactly that name: a dot or a backtick in it is a character like any other."""
    return F.col(quoted(name))


def quoted(name: str) -> str:
    """Return a column's name as Spark SQL reads it whatever it is made of."""
    return f"`{name.replace('`', '``')}`"


def own_columns(frame: DataFrame) -> frozenset[str]:
    """Return the columns that are tidegate's own: their names begin with `_`."""
    return frozenset(name for name in frame.columns if name.startswith("_"))
