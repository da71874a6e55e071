"""Histories of parts (SCD2): tidegate's, and the staged union's; both held against an exact reference in DuckDB."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from bench.late import lakes
from bench.late.data import connection
from bench.late.folders import linked
from bench.late.jobs import Parts
from bench.late.measuring import measured
from bench.late.spark_writers import merge_union

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyspark.sql import SparkSession

    from bench.late.data import Data

CONTENDERS = ("tidegate", "union")
_COLUMNS = "part_id, supplier_id, price, valid_from, valid_to, is_current"
_times = 0


def run(spark: SparkSession, data: Data, asked: Mapping[str, str]) -> dict[str, object]:
    """Write the batch into a fresh history, and return what it cost and how much of the whole history is wrong."""
    global _times  # noqa: PLW0603 - a number per process
    _times += 1
    kept = data.folder / "parts" / "lake"
    if not kept.exists():
        _begin(spark, data, kept)
    place = data.folder / "work" / f"parts-{os.getpid()}-{_times}"
    linked(kept, place)
    table, context = place / "silver" / "parts", lakes.opened(place, "delta")
    if asked["contender"] == "union":
        spark.sql(f"ALTER TABLE delta.`{table}` SET TBLPROPERTIES ('delta.enableChangeDataFeed' = 'false')")
    steps: dict[str, float] = {}
    with measured(place, spark) as cost:
        if asked["contender"] == "union":
            merge_union(spark, str(table), data.events("batch"))
        else:
            steps = dict(lakes.run(Parts(), context).seconds)
    written = place / "written"
    spark.read.format("delta").load(str(table)).select(*_COLUMNS.split(", ")).write.parquet(str(written))
    answer = {**cost.as_dict(), "steps": steps, **compared(data, written)}
    shutil.rmtree(place)
    return answer


def compared(data: Data, written: Path) -> dict[str, int]:
    """Return how a history differs from the exact one: rows of both that the other does not have, and more."""
    with connection() as duck:
        duck.execute(f"CREATE VIEW found AS SELECT {_COLUMNS} FROM '{written}/*.parquet'")
        duck.execute(f"CREATE TABLE exact AS {reference(data)}")
        asked = {
            "intervals": "SELECT count(*) FROM found",
            "intervals_exact": "SELECT count(*) FROM exact",
            "current": "SELECT count(*) FROM found WHERE is_current",
            "current_exact": "SELECT count(*) FROM exact WHERE is_current",
            "wrong": "SELECT count(*) FROM (FROM found EXCEPT ALL FROM exact)",
            "missing": "SELECT count(*) FROM (FROM exact EXCEPT ALL FROM found)",
            "negative": "SELECT count(*) FROM found WHERE valid_to < valid_from",
        }
        return {name: int(duck.execute(query).fetchall()[0][0]) for name, query in asked.items()}


def reference(data: Data) -> str:
    """Return the SQL of the exact history: one interval per change of values, in the order of the events' own times."""
    return f"""
        WITH events AS (SELECT * FROM '{data.events("past")}' UNION ALL SELECT * FROM '{data.events("batch")}'),
        marked AS (
            SELECT *, row(supplier_id, price) IS DISTINCT FROM
                lag(row(supplier_id, price)) OVER (PARTITION BY part_id ORDER BY changed_at) AS starts
            FROM events
        ),
        begun AS (
            SELECT part_id, supplier_id, price, changed_at AS valid_from,
                lead(changed_at) OVER (PARTITION BY part_id ORDER BY changed_at) AS valid_to
            FROM marked WHERE starts
        )
        SELECT *, valid_to IS NULL AS is_current FROM begun
    """


def _begin(spark: SparkSession, data: Data, kept: Path) -> None:
    half = kept.with_suffix(".half")
    shutil.rmtree(half, ignore_errors=True)
    context = lakes.opened(half, "delta")
    past, batch = (spark.read.parquet(str(data.events(part))) for part in ("past", "batch"))
    lakes.arrive(context, "bronze.parts", past)
    lakes.run(Parts(), context)
    lakes.arrive(context, "bronze.parts", batch)
    half.rename(kept)
