"""A Delta table copied into another one: by Spark alone, and by a job with ever more rules."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from bench.late import lakes
from bench.quality.contracts import LINE_COLUMNS, LINES, lines
from tidegate import Append, New, Output, SparkJob
from tidegate.contracts.book import ContractBook
from tidegate.model.names import TableName
from tidegate.tables.catalog import Catalog, Place

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession

    from bench.quality.contracts import Chosen

# Per kind of copy: which rules, the type of the keys, how often the rules about rows are there.
COPIES: Mapping[str, tuple[Chosen, str, int]] = {
    "ungated": ("none", "bigint", 1),
    "rows": ("rows", "bigint", 1),
    "integer-keys": ("all", "bigint", 1),
    "text-keys": ("all", "string", 1),
    "rows-4": ("rows", "bigint", 4),
}
SOURCE = TableName("bronze", "lineitem")


class Copied(SparkJob):
    """Every order line as it came."""

    inputs = {"lines": New(str(SOURCE))}
    output = Output(str(LINES), Append())

    def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
        """Return the lines."""
        return inputs["lines"].select(*LINE_COLUMNS)


def copy(kind: str, spark: SparkSession, tables: Path, target: Path) -> dict[str, int]:
    """Copy the lines into a new table, and return the rows by what became of them.

    Args:
        kind: `bare` for Spark alone, else one of `COPIES`.
        spark: The session.
        tables: Folder of the tables `lineitem` and `orders`, whose order numbers have the kind's type.
        target: Folder of the lake to be made.
    """
    shutil.rmtree(target, ignore_errors=True)
    if kind == "bare":
        rows = spark.read.format("delta").load(str(tables / "lineitem")).select(*LINE_COLUMNS)
        rows.write.format("delta").save(str(target / "silver" / LINES.dataset))
        return {}
    chosen, key_type, copies = COPIES[kind]
    context = lakes.opened(target, "delta")
    places = {
        "bronze": Place("delta", str(tables)),
        "silver": Place("delta", str(target / "silver")),
        "quarantine": Place("parquet", str(target / "quarantine")),
    }
    contract = lines(chosen, key_type, copies)
    context = replace(context, tables=Catalog(places, lambda: spark), contracts=ContractBook.of((contract,)))
    report = lakes.run(Copied(), context)
    return {"published": report.counts.published, "quarantined": report.counts.quarantined}


def make(spark: SparkSession, files: Mapping[str, Path], tables: Path) -> None:
    """Make the tables that are copied, once with numbers as keys and once with texts, each where it is not there.

    Args:
        spark: The session.
        files: The Parquet files of `lineitem` and `orders`.
        tables: A folder; there will be `bigint/` and `string/` with a table each.
    """
    for key_type in ("bigint", "string"):
        for name, file in files.items():
            place, key = tables / key_type / name, f"{name[0]}_orderkey"
            if not (place / "_delta_log").exists():
                rows = spark.read.parquet(str(file))
                rows = rows.withColumn(key, rows[key].cast(key_type))
                rows.repartition(8).write.format("delta").mode("overwrite").save(str(place))
