"""A batch merged into a Spark table by hand: the statement that most people write, and the one an expert writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F

from bench.late.data import EVENT, KEYS, LAST_DAY, SEQUENCE, WINDOW_DAYS

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession

_BY_KEY = " AND ".join(f"t.{key} = s.{key}" for key in KEYS)
_BOUNDARY = f"DATE'{LAST_DAY}' - INTERVAL {WINDOW_DAYS} DAYS"


def merge_plain(spark: SparkSession, table: str, batch: Path) -> None:
    """Merge on the key alone."""
    _newest(spark, batch).createOrReplaceTempView("batch")
    spark.sql(_statement(table, _BY_KEY)).collect()


def merge_bounded(spark: SparkSession, table: str, batch: Path) -> None:
    """Merge on the key within the window; where the batch has older rows, also within their days."""
    rows = _newest(spark, batch).persist()
    rows.createOrReplaceTempView("batch")
    older = rows.filter(f"{EVENT} < {_BOUNDARY}").select(EVENT).distinct().collect()
    days = ", ".join(f"DATE'{row[0]}'" for row in older)
    where = f"t.{EVENT} >= {_BOUNDARY}" + (f" OR t.{EVENT} IN ({days})" if days else "")
    spark.sql(_statement(table, f"{_BY_KEY} AND ({where})")).collect()
    rows.unpersist()


def merge_union(spark: SparkSession, table: str, batch: Path) -> None:
    """Keep a history by the staged union: close the current row of a part and add the change, in one MERGE.

    It is how histories are usually written. A change that is older than the current row closes it before it began.
    """
    changes = spark.read.parquet(str(batch))
    current = spark.read.format("delta").load(table).filter("is_current")
    pairs = changes.alias("s").join(current.alias("t"), "part_id")
    differs = "s.supplier_id <> t.supplier_id OR s.price <> t.price"
    again = pairs.filter(differs).select("s.*", F.lit(None).cast("bigint").alias("merge_key"))
    changes.withColumn("merge_key", F.col("part_id")).unionByName(again).createOrReplaceTempView("changes")
    spark.sql(
        f"MERGE INTO delta.`{table}` t USING changes s ON t.part_id = s.merge_key AND t.is_current "
        f"WHEN MATCHED AND ({differs}) THEN UPDATE SET valid_to = s.changed_at, is_current = false "
        "WHEN NOT MATCHED THEN INSERT (part_id, changed_at, supplier_id, price, valid_from, valid_to, is_current) "
        "VALUES (s.part_id, s.changed_at, s.supplier_id, s.price, s.changed_at, null, true)"
    ).collect()


def _newest(spark: SparkSession, batch: Path) -> DataFrame:
    newest = Window.partitionBy(*KEYS).orderBy(F.desc(SEQUENCE))
    rows = spark.read.parquet(str(batch)).withColumn("_n", F.row_number().over(newest))
    return rows.filter("_n = 1").drop("_n")


def _statement(table: str, condition: str) -> str:
    return (
        f"MERGE INTO {table} t USING batch s ON {condition} "
        f"WHEN MATCHED AND s.{SEQUENCE} > t.{SEQUENCE} THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    )
