"""The tables of the lakehouse written by hand: Parquet as it came in, Delta as it is published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from delta.tables import DeltaTable
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Lake:
    """One lakehouse and the landing zone that fills it."""

    spark: SparkSession
    landing: Path
    lake: Path

    def new(self, feed: str, seen: set[str]) -> list[str]:
        """Return the files of a feed that were not loaded yet."""
        found = (str(path) for path in sorted((self.landing / feed).rglob("*")) if path.is_file())
        return [path for path in found if path not in seen]

    def bronze(self, frame: DataFrame, name: str, batch: int) -> DataFrame:
        """Write a batch as it came in, and return it as it was written."""
        folder = str(self.lake / "bronze" / name / f"batch={batch}")
        stamped = frame.withColumns({"_batch": F.lit(batch), "_run": F.lit(f"run-{batch}")})
        stamped.write.mode("overwrite").parquet(folder)
        return self.spark.read.schema(stamped.schema).parquet(folder)

    def checked(
        self,
        rows: DataFrame,
        name: str,
        batch: int,
        rules: dict[str, Column],
        warned: dict[str, Column] | None = None,
    ) -> DataFrame:
        """Check before publishing: one pass over the cached batch, and a second write only where something failed."""
        marked = rows.withColumn("_reasons", reasons(rules)).withColumn("_bad", F.size("_reasons") > 0).persist()
        if marked.agg(*measures(warned)).collect()[0]["bad"]:
            folder = str(self.lake / "quarantine" / name / f"batch={batch}")
            marked.filter("_bad").write.mode("overwrite").parquet(folder)
        return marked.filter("NOT _bad")

    def upsert(  # noqa: PLR0913 - one call says all that a table needs
        self,
        rows: DataFrame,
        name: str,
        keys: list[str],
        batch: int,
        *,
        rules: dict[str, Column],
        columns: list[str],
        event: str | None = None,
        warned: dict[str, Column] | None = None,
    ) -> None:
        """Check, quarantine, reduce to the newest row of a key, and merge within the days that the batch touches."""
        newest = Window.partitionBy(*keys).orderBy(F.col("_bad"), F.desc("updated_at"))
        judged = rows.withColumn("_reasons", reasons(rules)).withColumn("_bad", F.size("_reasons") > 0)
        marked = judged.withColumn("_n", F.row_number().over(newest)).persist()
        days_found = [F.collect_set(F.to_date(event)).alias("days")] if event else []
        found = marked.agg(*measures(warned), *days_found).collect()[0]
        if found["bad"]:
            folder = str(self.lake / "quarantine" / name / f"batch={batch}")
            marked.filter("_bad").write.mode("overwrite").parquet(folder)
        good = marked.filter("NOT _bad AND _n = 1").select(*columns)
        path = str(self.lake / "silver" / name)
        if not DeltaTable.isDeltaTable(self.spark, path):
            self.append(good.orderBy(event) if event else good, path, name, batch)
            marked.unpersist()
            return
        condition = " AND ".join(f"t.{key} = s.{key}" for key in keys)
        if event:
            days = sorted(found["days"])
            ranges = " OR ".join(f"(t.{event} >= '{day}' AND t.{event} < '{day}' + INTERVAL 1 DAY)" for day in days)
            condition += f" AND ({ranges})"
        self._merge(good, name, batch, condition)
        marked.unpersist()

    def _merge(self, good: DataFrame, name: str, batch: int, condition: str) -> None:
        path = str(self.lake / "silver" / name)
        with token(self.spark, name, batch):
            (
                DeltaTable.forPath(self.spark, path)
                .alias("t")
                .merge(good.alias("s"), condition)
                .whenMatchedUpdateAll(condition="s.updated_at > t.updated_at")
                .whenNotMatchedInsertAll()
                .execute()
            )

    def append(self, rows: DataFrame, path: str, name: str, batch: int) -> None:
        """Append a batch once, making the table for the first."""
        if not DeltaTable.isDeltaTable(self.spark, path):
            (
                DeltaTable.create(self.spark)
                .location(path)
                .addColumns(rows.schema)
                .property("delta.enableDeletionVectors", "true")
                .property("delta.enableChangeDataFeed", "true")
                .execute()
            )
        rows.write.format("delta").mode("append").option("txnAppId", name).option("txnVersion", batch).save(path)


def measures(warned: dict[str, Column] | None) -> list[Column]:
    """Return what is counted of a batch: rows, those that fail a rule, and per rule that only warns those it finds."""
    counted = [F.count_if("_bad").alias("bad"), F.count(F.lit(1)).alias("rows")]
    return counted + [F.count_if(condition).alias(rule) for rule, condition in (warned or {}).items()]


def reasons(rules: dict[str, Column]) -> Column:
    """Return the names of the rules that a row fails."""
    return F.array_compact(F.array(*(F.when(failed, F.lit(name)) for name, failed in rules.items())))


class token:  # noqa: N801 - reads as a function
    """A block whose writes a Delta table takes once per batch."""

    def __init__(self, spark: SparkSession, name: str, batch: int) -> None:
        self._conf, self._values = spark.conf, {"txnAppId": name, "txnVersion": str(batch)}

    def __enter__(self) -> None:
        for key, value in self._values.items():
            self._conf.set(f"spark.databricks.delta.write.{key}", value)

    def __exit__(self, *_: object) -> None:
        for key in self._values:
            self._conf.unset(f"spark.databricks.delta.write.{key}")
