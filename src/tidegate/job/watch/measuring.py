"""Numbers about a table, in one pass over it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, BinaryType, MapType, NumericType, StructType

from tidegate.model.watching import Measure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pyspark.sql import Column, DataFrame

    from tidegate.job.watch.expectations import Expectation
    from tidegate.model.contracts import Contract, ForeignKey

MOST_COLUMNS = 200
_SECONDS_OF_HOUR = 3600
_UNCOUNTED = (ArrayType, BinaryType, MapType, StructType)


def measure(
    frame: DataFrame, contract: Contract, expected: Sequence[Expectation], now: datetime
) -> tuple[Measure, ...]:
    """Return the row count, and nulls, distinct values and means of the columns; one aggregate, one row comes back.

    Columns that carry a classification have no mean. Of wide tables the first 200 columns and those that something is
    expected of are measured. A mean of NaN or of nothing is None.

    Args:
        frame: The rows.
        contract: The table's contract.
        expected: What is expected of the table.
        now: The time, in UTC, that ages are counted from.
    """
    asked = [*_asked(frame, contract, expected)]
    row = frame.agg(*(column.alias(f"m{place}") for place, (_, _, column) in enumerate(asked))).first()
    values = [None if row is None or row[place] is None else float(row[place]) for place in range(len(asked))]
    rows = values[0] or 0.0
    return tuple(
        Measure(metric, column, _value(metric, value, rows, now))
        for (metric, column, _), value in zip(asked, values, strict=True)
    )


def orphan_share(frame: DataFrame, reference: ForeignKey, other: DataFrame) -> float | None:
    """Return the share of rows whose reference is whole and has no partner; None where no row has a reference.

    Args:
        frame: The rows.
        reference: The reference.
        other: The rows that it refers to.
    """
    names = [f"k{place}" for place in range(len(reference.columns))]
    ours = frame.select(*(_column(column).alias(name) for column, name in zip(reference.columns, names, strict=True)))
    theirs = other.select(
        *(_column(column).alias(name) for column, name in zip(reference.references, names, strict=True))
    )
    found = (
        ours.dropna()
        .join(theirs.distinct().withColumn("is_there", F.lit(1)), on=names, how="left")
        .agg(F.count(F.lit(1)), F.count("is_there"))
        .first()
    )
    return None if found is None or not found[0] else 1 - found[1] / found[0]


def _asked(frame: DataFrame, contract: Contract, expected: Sequence[Expectation]) -> Iterator[tuple[str, str, Column]]:
    """Give metric, column and aggregate of all that is measured; the row count comes first."""
    yield "row_count", "", F.count(F.lit(1))
    named = {wish.subject for wish in expected}
    there = [column for column in contract.columns if column.name in frame.columns]
    for column in [one for place, one in enumerate(there) if place < MOST_COLUMNS or one.name in named]:
        kind = frame.schema[column.name].dataType
        yield "null_share", column.name, F.count(_column(column.name))
        if not isinstance(kind, _UNCOUNTED):
            yield "distinct_count", column.name, F.approx_count_distinct(_column(column.name))
        if isinstance(kind, NumericType) and not column.classification:
            yield "mean", column.name, F.avg(_column(column.name).cast("double"))
    for column_name in sorted({wish.subject for wish in expected if wish.kind == "freshness"} & set(frame.columns)):
        yield "age_hours", column_name, F.unix_timestamp(F.max(_column(column_name)).cast("timestamp"))


def _value(metric: str, value: float | None, rows: float, now: datetime) -> float | None:
    if value is None or math.isnan(value):
        return None
    if metric == "null_share":
        return 1 - value / rows if rows else None
    if metric == "age_hours":
        return (now.timestamp() - value) / _SECONDS_OF_HOUR
    return value


def _column(name: str) -> Column:
    quoted = name.replace("`", "``")
    return F.col(f"`{quoted}`")
