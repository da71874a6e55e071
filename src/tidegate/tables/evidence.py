"""What a history remembers of its events, so that one that comes late can be put in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, StructType

from tidegate.tables.columns import column
from tidegate.tables.ties import NEW

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import DataType

    from tidegate.model.modes import Scd2

VALID_FROM = "valid_from"
VALID_TO = "valid_to"
IS_CURRENT = "is_current"
CONFIRMED_AT = "_confirmed_at"

HAD_START = "_had_start"
OLD_TO = "_old_to"
OLD_CONFIRMED = "_old_confirmed"

_AT = "at"
_SAID = "said"
EXACT = {"timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX", "timestampNTZFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSS"}


def carried(schema: StructType, mode: Scd2) -> list[str]:
    """Return the columns whose changes begin no interval; none where all are tracked.

    Args:
        schema: Schema of the batches. Tidegate's own columns (`_…`) are not among them.
        mode: The mode.
    """
    if mode.track is None:
        return []
    others = {*mode.keys, mode.sequence_by, *mode.track}
    return [name for name in schema.names if name not in others and not name.startswith("_")]


def kind(moment: DataType, mode: Scd2) -> ArrayType:
    """Return the type of `_confirmed_at`: the times at which an event said what held already, sorted.

    Where columns are not tracked, it holds all events of the interval, each with what it said of those columns (as
    JSON, which takes columns that are added later).
    """
    if mode.track is None:
        return ArrayType(moment)
    return ArrayType(StructType().add(_AT, moment).add(_SAID, "string"))


def entry(time: Column, schema: StructType, mode: Scd2) -> Column:
    """Return an event as `_confirmed_at` keeps it where columns are not tracked."""
    said = [column(name) for name in carried(schema, mode)]
    return F.struct(time.alias(_AT), (F.to_json(F.struct(*said), EXACT) if said else F.lit("{}")).alias(_SAID))


def known(old: DataFrame, schema: StructType, mode: Scd2) -> DataFrame:
    """Return the events that a history stands for: one per beginning and one per confirmation.

    Args:
        old: The history.
        schema: Schema of the batches.
        mode: The mode.
    """
    moment = schema[mode.sequence_by].dataType
    confirmed = F.coalesce(F.col(CONFIRMED_AT), F.array().cast(kind(moment, mode)))
    entries = confirmed if mode.track is not None else F.concat(F.array(VALID_FROM), confirmed)
    rows = old.select("*", F.posexplode(entries).alias("_position", "_entry"))
    is_start = F.col("_position") == 0
    return rows.select(
        *_values(old, schema, mode),
        (F.col("_entry") if mode.track is None else F.col("_entry")[_AT]).alias(mode.sequence_by),
        F.lit(0).alias(NEW),
        is_start.cast("int").alias(HAD_START),
        F.when(is_start, F.col(VALID_TO)).alias(OLD_TO),
        F.when(is_start, confirmed).alias(OLD_CONFIRMED),
    )


def arrivals(batch: DataFrame, mode: Scd2) -> DataFrame:
    """Return the events of a batch, in the shape of those that are known."""
    moment = batch.schema[mode.sequence_by].dataType
    return batch.select(
        "*",
        F.lit(1).alias(NEW),
        F.lit(0).alias(HAD_START),
        F.lit(None).cast(moment).alias(OLD_TO),
        F.lit(None).cast(kind(moment, mode)).alias(OLD_CONFIRMED),
    )


def _values(old: DataFrame, schema: StructType, mode: Scd2) -> list[Column]:
    """Return what the events said: tracked columns are the interval's, the others each event's own."""
    present = set(old.columns)
    own = StructType([schema[name] for name in carried(schema, mode)])
    said = F.from_json(F.col("_entry")[_SAID], own, EXACT) if own.fields else None
    values = []
    for field in schema.fields:
        if field.name == mode.sequence_by:
            continue
        value = column(field.name) if field.name in present else F.lit(None).cast(field.dataType)
        if said is not None and field.name in own.names:
            value = said[field.name]
        values.append(value.alias(field.name))
    return values
