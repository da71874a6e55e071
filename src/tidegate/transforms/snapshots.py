"""Changes of sources that only give whole snapshots."""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F
from pyspark.sql.types import MapType

from tidegate.transforms.change_feeds import OPERATION
from tidegate.transforms.names import column

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import StructType

# JSON keeps milliseconds unless it is told otherwise, and two rows may differ by less.
_EXACT = {
    "timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX",
    "timestampNTZFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSS",
}
_HASH = "_hash"
_PLACE = "_place_by_hash"


def changes_from_snapshots(
    before: DataFrame, after: DataFrame, keys: Sequence[str], at: datetime, into: str
) -> DataFrame:
    """Return what changed between two pulls of a source: one row per key that came, changed or went.

    Rows are compared by a hash of their columns, nulls equal to nulls, maps by their sorted entries. Null keys are keys
    like any other. Of several rows of a key in one pull the one with the greatest hash stands, so that their order does
    not matter. A column that only the newer pull has was null before; one that it has no longer is left out.

    Args:
        before: The older pull; an empty frame of the same columns for the first.
        after: The newer pull.
        keys: Columns of the key.
        at: When the newer pull was made; with its zone.
        into: Name of the column to put it in, for `sequence_by`.

    Returns:
        The columns of the newer pull (of a row that went: its older values), `into`, and `_operation`: `upsert` or
        `delete`.
    """
    names = after.columns
    present = set(before.columns)
    aligned = before.select(
        *(
            column(field.name) if field.name in present else F.lit(None).cast(field.dataType).alias(field.name)
            for field in after.schema.fields
        )
    )
    old, new = _one_per_key(aligned, keys).alias("old"), _one_per_key(after, keys).alias("new")
    is_same_key = reduce(and_, (_of("old", name).eqNullSafe(_of("new", name)) for name in keys))
    both = old.join(new, is_same_key, "full_outer")
    is_gone = F.col(f"new.{_HASH}").isNull()
    changed = both.filter(~F.col(f"old.{_HASH}").eqNullSafe(F.col(f"new.{_HASH}")))
    values = [F.when(is_gone, _of("old", name)).otherwise(_of("new", name)).alias(name) for name in names]
    operation = F.when(is_gone, F.lit("delete")).otherwise(F.lit("upsert"))
    return changed.select(*values, F.lit(at).cast("timestamp").alias(into), operation.alias(OPERATION))


def _one_per_key(rows: DataFrame, keys: Sequence[str]) -> DataFrame:
    hashed = rows.withColumn(_HASH, _hash(rows.schema))
    first = Window.partitionBy(*map(column, keys)).orderBy(F.col(_HASH).desc())
    return hashed.withColumn(_PLACE, F.row_number().over(first)).filter(F.col(_PLACE) == 1).drop(_PLACE)


def _hash(schema: StructType) -> Column:
    parts = [
        (
            F.array_sort(F.map_entries(column(field.name)))
            if isinstance(field.dataType, MapType)
            else column(field.name)
        ).alias(f"c{place}")
        for place, field in enumerate(schema.fields)
    ]
    return F.sha2(F.to_json(F.struct(*parts), _EXACT), 256)


def _of(side: str, name: str) -> Column:
    return F.col(f"{side}.`{name.replace('`', '``')}`")
