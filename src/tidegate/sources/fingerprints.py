"""Fingerprints of rows: tell the rows of an overlap that have been read before from those that have not."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F

from tidegate.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyspark.sql import Column, DataFrame

    from tidegate.model.cursors import CursorMark

# About eleven bytes each in the commit.
MOST_REMEMBERED = 100_000

_PRINT = "_fingerprint"
_NTH = "_nth"
_TIMES = "_times"


def column(name: str) -> Column:
    """Return the column of a name, whatever signs the name has."""
    return F.col(f"`{name.replace('`', '``')}`")


def fingerprint(columns: Sequence[str], value: Callable[[str], Column] = column) -> Column:
    """Return a number that equal rows share and others do not (64 bits), the same in every run.

    Args:
        columns: Names of the values that make a row.
        value: Returns the value of a name.
    """
    parts = [value(name) for name in columns]
    # A null leaves a hash as it is; whether there is one is hashed, too.
    return F.xxhash64(*(part for one in parts for part in (one.isNull(), one.cast("string"))))


def without_known(
    rows: DataFrame, is_old: Column, known: CursorMark | None, value: Callable[[str], Column] = column
) -> DataFrame:
    """Return the rows without those that have been read before; of equal rows, as many as have not.

    Args:
        rows: What was read of the source.
        is_old: Whether a row's cursor is one that had been reached before.
        known: What earlier runs have read; None where there were none.
        value: Returns the value of a name.
    """
    if known is None or not known.seen:
        return rows
    times = list(Counter(known.seen).items())
    seen = rows.sparkSession.createDataFrame(times, f"{_PRINT} bigint, {_TIMES} bigint")
    equal = Window.partitionBy(_PRINT).orderBy(F.lit(0))
    old = rows.where(is_old).withColumn(_PRINT, fingerprint(known.columns, value))
    numbered = old.withColumn(_NTH, F.row_number().over(equal)).join(F.broadcast(seen), _PRINT, "left")
    fresh = numbered.where(F.col(_NTH) > F.coalesce(F.col(_TIMES), F.lit(0)))
    return rows.where(~is_old).unionByName(fresh.select(*rows.columns))


def fingerprints(
    rows: DataFrame, columns: Sequence[str], value: Callable[[str], Column] = column, *, where: str
) -> tuple[int, ...]:
    """Return the fingerprints of the rows, sorted.

    Raises:
        SourceError: They are too many to travel in a commit.
    """
    prints = rows.select(fingerprint(columns, value).alias(_PRINT)).limit(MOST_REMEMBERED + 1).collect()
    if len(prints) > MOST_REMEMBERED:
        raise SourceError(
            f"more than {MOST_REMEMBERED:,} rows lie within the overlap, too many to remember",
            where=where,
            hint="declare a shorter overlap; overlap=None where rows appear strictly in order",
        )
    return tuple(sorted(row[0] for row in prints))
