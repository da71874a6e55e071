"""Rows fitted to their table, compared in a total order, and cut into files."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from tidegate.errors import PublishError
from tidegate.model.names import TableName
from tidegate.tables.columns import arranged, fitted, rank

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

NAME = TableName("silver", "things")


def test_columns_take_the_table_s_order_and_new_ones_come_last(spark: SparkSession) -> None:
    table = StructType().add("a", "integer").add("b c", "string").add("_own", "string")
    batch = spark.createDataFrame([(1.5, "x", 1)], "`new.one` double, `b c` string, a int")
    rows = fitted(batch, table, name=NAME)
    assert rows.columns == ["a", "b c", "_own", "new.one"]
    assert tuple(rows.collect()[0]) == (1, "x", None, 1.5)


def test_every_fault_is_named_at_once(spark: SparkSession) -> None:
    table = StructType().add("a", "integer").add("b", "string").add("c", "string")
    with pytest.raises(PublishError, match=r"a is double, the table has int.*; b is missing.*; C is spelled c"):
        fitted(spark.createDataFrame([], "a double, C string"), table, name=NAME)


def test_rows_compare_in_a_total_order_with_nulls_lowest(spark: SparkSession) -> None:
    schema = "n int, m map<string,int>, d double"
    ordered = [
        (None, None, None),
        (None, None, 1.0),
        (None, {}, None),
        (None, {"a": 1, "b": 2}, 0.0),
        (None, {"a": 2}, 0.0),
        (1, None, float("inf")),
        (1, None, float("nan")),
    ]
    frame = spark.createDataFrame([(place, *row) for place, row in enumerate(ordered)], f"place int, {schema}")
    ranked = frame.select("place", rank(("n", "m", "d"), frame.schema).alias("rank"))
    pairs = ranked.alias("x").crossJoin(ranked.alias("y"))
    found = pairs.filter(F.col("x.rank") < F.col("y.rank")).select("x.place", "y.place").collect()
    assert {tuple(row) for row in found} == set(itertools.combinations(range(len(ordered)), 2))


def test_a_map_within_a_value_has_no_order(spark: SparkSession) -> None:
    frame = spark.createDataFrame([], "x array<map<string,int>>")
    with pytest.raises(PublishError, match="no order"):
        rank(("x",), frame.schema)


@pytest.mark.parametrize(("count", "files"), [(0, 1), (1_000, 1), (250_001, 2), (1_500_000, 6)])
def test_the_number_of_files_follows_the_number_of_rows(spark: SparkSession, count: int, files: int) -> None:
    rows = arranged(spark.range(0, 1_000, numPartitions=8), count, ("id",))
    parts = rows.groupBy(F.spark_partition_id()).agg(F.min("id"), F.max("id")).orderBy(F.min("id")).collect()
    assert len(parts) == files
    assert all(later[1] > earlier[2] for earlier, later in itertools.pairwise(parts))
