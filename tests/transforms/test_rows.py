from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.errors import AnalysisException

from tidegate.model.contracts import Column, Contract
from tidegate.model.names import TableName
from tidegate.testing.guard import forbid_actions
from tidegate.transforms import conform, latest_by_key

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

Row = tuple[int | None, int | None, str | None]
SMALL = st.none() | st.integers(0, 3)
ROWS = st.lists(st.tuples(SMALL, SMALL, st.none() | st.sampled_from("abc")), min_size=1, max_size=30)


def rank(row: Row) -> tuple[tuple[bool, int], tuple[bool, str]]:
    return (row[1] is not None, row[1] or 0), (row[2] is not None, row[2] or "")


@settings(max_examples=15)
@given(rows=ROWS, is_reversed=st.booleans())
def test_the_greatest_row_of_each_key_stands_in_whatever_order_they_lie(
    spark: SparkSession, rows: list[Row], is_reversed: bool
) -> None:
    expected: dict[int | None, Row] = {}
    for row in rows:
        expected[row[0]] = max(expected.get(row[0], row), row, key=rank)
    shuffled = rows[::-1] if is_reversed else rows
    frame = spark.createDataFrame(shuffled, "key int, version int, `va.lue` string")
    with forbid_actions():
        latest = frame.transform(latest_by_key, ["key"], "version")
    assert {tuple(row) for row in latest.collect()} == set(expected.values())
    assert latest.columns == frame.columns


def test_maps_take_no_part_in_a_tie(spark: SparkSession) -> None:
    frame = spark.sql("select 1 key, 1 version, map('a', 1) facts, 'b' name union all select 1, 1, map('z', 9), 'c'")
    with forbid_actions():
        latest = frame.transform(latest_by_key, ["key"], "version")
    assert [row.name for row in latest.collect()] == ["c"]


def contract(*columns: str) -> Contract:
    return Contract(TableName("silver", "orders"), "1", tuple(Column(name, "string") for name in columns), ())


def test_a_frame_conforms_in_the_contracts_order(spark: SparkSession) -> None:
    frame = spark.createDataFrame([("1", "2", "3")], "a string, `b.c` string, extra string")
    with forbid_actions():
        conformed = frame.transform(conform, contract("b.c", "a"))
    assert conformed.columns == ["b.c", "a"]
    assert tuple(conformed.collect()[0]) == ("2", "1")


def test_a_missing_column_is_named(spark: SparkSession) -> None:
    with pytest.raises(AnalysisException, match="nowhere"):
        _ = spark.range(1).transform(conform, contract("nowhere")).columns
