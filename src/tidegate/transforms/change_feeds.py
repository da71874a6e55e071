"""Read the records of change feeds: one row per change, with what to do in `_operation`, for `ApplyChanges`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from tidegate.errors import JobDefinitionError
from tidegate.transforms.names import column, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import Column, DataFrame

OPERATION = "_operation"

_BEFORE_IMAGE = "before_image"
_HAS_AFTER = "_has_after_image"


def changes_from_envelopes(frame: DataFrame, facts: Mapping[str, str]) -> DataFrame:
    """Return the changes that Debezium-style envelopes hold: one row per change, in the columns of the row itself.

    A create, a snapshot's read and an update give the image after the change, a delete the image before it, a truncate
    nulls. Records without an operation (the empty records that Kafka compacts by) and with one that changes no row are
    left out.

    Args:
        frame: Columns `before` and `after` (structs of one shape) and `op` (`c`, `r`, `u`, `d` or `t`).
        facts: Further columns to take, by new name, from fields of the envelope, such as
            `{"lsn": "source.lsn", "committed_at": "source.ts_ms"}`; numbers of milliseconds are not turned into times.

    Returns:
        The columns of the row, those of `facts`, and `_operation`: `upsert`, `delete` or `truncate`.

    Raises:
        JobDefinitionError: The frame has no such columns.

    Source:
        https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-events
    """
    schema = frame.schema
    shape = schema["after"].dataType if "after" in schema.names else None
    missing = {"before", "after", "op"} - set(schema.names)
    if missing or not isinstance(shape, StructType):
        raise JobDefinitionError(
            f"an envelope has the structs before and after, and op; not {', '.join(schema.names)}",
            hint="parse the record with a schema of its own before, for instance by F.from_json",
        )
    operation = (
        F.when(F.col("op").isin("c", "r", "u"), F.lit("upsert"))
        .when(F.col("op") == "d", F.lit("delete"))
        .when(F.col("op") == "t", F.lit("truncate"))
    )
    image = F.when(F.col("op") == "d", F.col("before")).when(F.col("op") != "t", F.col("after"))
    told = frame.withColumns({"_image": image, OPERATION: operation}).filter(F.col(OPERATION).isNotNull())
    values = [F.col(f"_image.{quoted(name)}").alias(name) for name in shape.names]
    return told.select(*values, *(F.col(path).alias(name) for name, path in facts.items()), OPERATION)


def changes_from_change_table(
    frame: DataFrame, keys: Sequence[str], sequence_by: str, operation: str, meanings: Mapping[str, str]
) -> DataFrame:
    """Return the changes that a change table with images before and after holds: one row per change.

    An image before a change is left out where the image after it has the same key; where the key itself was changed,
    the image before becomes a delete of the old key.

    Args:
        frame: The change table.
        keys: Columns of the key.
        sequence_by: Column that both images of one change share, and that orders changes.
        operation: Column that says what a record is.
        meanings: Per value of that column, written as text: `upsert` (also for images after an update), `delete` or
            `before_image`. Records with other values are left out. SQL Server's change tables take
            `{"1": "delete", "2": "upsert", "3": "before_image", "4": "upsert"}`, Delta's change data feed
            `{"insert": "upsert", "update_preimage": "before_image", "update_postimage": "upsert", "delete": "delete"}`.

    Returns:
        The columns of the frame but for the operation's, and `_operation`: `upsert` or `delete`.

    Raises:
        JobDefinitionError: A meaning is none of the three.

    Source:
        https://learn.microsoft.com/sql/relational-databases/system-tables/cdc-capture-instance-ct-transact-sql
    """
    unknown = sorted(set(meanings.values()) - {"upsert", "delete", _BEFORE_IMAGE})
    if unknown:
        raise JobDefinitionError(f"no change is a {unknown[0]}", hint="it is upsert, delete or before_image")
    told = frame.withColumn(OPERATION, _meaning(column(operation).cast("string"), meanings))
    same = Window.partitionBy(*map(column, keys), column(sequence_by))
    told = told.withColumn(_HAS_AFTER, F.max(F.col(OPERATION) == "upsert").over(same))
    is_before = F.col(OPERATION) == _BEFORE_IMAGE
    kept = told.filter(F.col(OPERATION).isNotNull() & ~(is_before & F.col(_HAS_AFTER)))
    kept = kept.withColumn(OPERATION, F.when(is_before, F.lit("delete")).otherwise(F.col(OPERATION)))
    return kept.select(*(column(name) for name in frame.columns if name != operation), OPERATION)


def _meaning(value: Column, meanings: Mapping[str, str]) -> Column:
    meaning = F.lit(None).cast("string")
    for said, means in meanings.items():
        meaning = F.when(value == said, F.lit(means)).otherwise(meaning)
    return meaning
