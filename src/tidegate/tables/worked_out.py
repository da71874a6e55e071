"""What a merge is to write, worked out once, and merged only while the table is as it was worked out from."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.errors import PySparkException
from pyspark.sql import functions as F

from tidegate.tables.columns import column, has_map
from tidegate.tables.evidence import EXACT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import DataFrame

# Part of Spark's message where a statement finds other rows than those that its source was worked out from.
MOVED = "TIDEGATE_TABLE_HAS_MOVED"

_ROWS = "_rows"
_HASH = "_hash"


@dataclass(frozen=True)
class Fingerprint:
    """What tells one set of rows from another, whatever their order.

    Attributes:
        rows: How many there are.
        hash: All their hashes in one; None without rows.
    """

    rows: int
    hash: int | None


@contextmanager
def kept(rows: DataFrame) -> Iterator[DataFrame]:
    """Give rows that are made once and read several times; where a platform has no cache, they are made each time."""
    try:
        found = rows.persist()
    except PySparkException:
        found = rows
    try:
        yield found
    finally:
        with suppress(PySparkException):
            found.unpersist()


def fingerprint(rows: DataFrame) -> Fingerprint:
    """Return the fingerprint of rows. One Spark job."""
    (found,) = _fingerprinted(rows).collect()
    return Fingerprint(found[_ROWS], found[_HASH])


def unmoved(source: DataFrame, now: DataFrame, seen: Fingerprint) -> DataFrame:
    """Return the source of a statement, which fails when it is read while `now` has other rows than were seen.

    A statement reads its table at the version that it commits on top of, in its source too. So where another writer
    has changed the rows that the source was worked out from, nothing is committed.

    Args:
        source: The rows.
        now: The rows of the table that the source was worked out from, as the statement finds them.
        seen: Their fingerprint at that time.
    """
    is_same = (F.col(_ROWS) == seen.rows) & F.col(_HASH).eqNullSafe(F.lit(seen.hash).cast("bigint"))
    checked = F.when(is_same, F.lit(1)).otherwise(F.raise_error(F.lit(MOVED)).cast("int"))
    guard = _fingerprinted(now).select(checked.alias("_is_unmoved"))
    return source.crossJoin(F.broadcast(guard)).filter(F.col("_is_unmoved") == 1).drop("_is_unmoved")


def _fingerprinted(rows: DataFrame) -> DataFrame:
    # Spark hashes no maps.
    values = (
        F.to_json(column(field.name), EXACT) if has_map(field.dataType) else column(field.name)
        for field in rows.schema.fields
    )
    hashed = rows.select(F.xxhash64(*values).alias(_HASH))
    return hashed.agg(F.count(F.lit(1)).alias(_ROWS), F.bit_xor(_HASH).alias(_HASH))
