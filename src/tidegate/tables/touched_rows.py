"""Rows that two states of a table do not have alike: what a reader of groups must know of a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.tables.columns import column, comparable, quoted, widened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

_BALANCE = "_balance"


def differing(before: DataFrame, after: DataFrame) -> DataFrame:
    """Return the rows that one of two states has more often than the other, each once. One pass over both.

    Nulls are equal to each other, and so are maps with the same entries, which come back as sorted arrays.

    Args:
        before: The rows of the earlier state.
        after: The rows of the later one; its columns are compared, and those that the earlier state lacks are null.

    Raises:
        PublishError: A column holds maps within another value, by which rows cannot be compared.
    """
    schema = after.schema
    weighed = (
        _comparable(widened(rows, schema), schema).withColumn(_BALANCE, F.lit(weight))
        for rows, weight in ((before, -1), (after, 1))
    )
    old, new = weighed
    groups = old.unionByName(new).groupBy(*map(column, schema.names)).agg(F.sum(_BALANCE).alias(_BALANCE))
    return groups.filter(F.col(_BALANCE) != 0).drop(_BALANCE)


def values(rows: DataFrame, columns: Sequence[str]) -> DataFrame:
    """Return the columns of rows that make a group."""
    return rows.select(*map(column, columns))


def _comparable(rows: DataFrame, schema: StructType) -> DataFrame:
    return rows.select(
        *(
            F.expr(f"{comparable(quoted(field.name), field.dataType)} AS {quoted(field.name)}")
            for field in schema.fields
        )
    )
