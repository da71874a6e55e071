from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tidegate.errors import JobDefinitionError
from tidegate.testing.guard import forbid_actions
from tidegate.transforms import cast_columns, rename_columns

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark


def one(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame([("1", "2", "3")], "a string, `b.c` string, d string")


def test_names_can_be_swapped_and_places_stay(spark: SparkSession) -> None:
    with forbid_actions():
        renamed = one(spark).transform(rename_columns, {"a": "b.c", "b.c": "a"})
    assert renamed.columns == ["b.c", "a", "d"]
    assert tuple(renamed.collect()[0]) == ("1", "2", "3")


def test_renaming_a_column_that_is_not_there_lists_those_that_are(spark: SparkSession) -> None:
    with pytest.raises(JobDefinitionError, match=r"no column 'x'(.|\n)*a, b\.c, d"):
        one(spark).transform(rename_columns, {"x": "y"})


def test_two_columns_of_one_name_are_refused(spark: SparkSession) -> None:
    with pytest.raises(JobDefinitionError, match="two columns would have the name 'd'"):
        one(spark).transform(rename_columns, {"a": "d"})


def test_casts_round_half_up_and_give_null_where_a_value_does_not_fit(spark: SparkSession) -> None:
    frame = spark.createDataFrame([("1.005", "7"), ("x", "7.5"), ("1e9", None)], "`a.b` string, n string")
    with forbid_actions():
        cast = frame.transform(cast_columns, {"a.b": "decimal(5,2)", "n": "int"})
    assert [tuple(row) for row in cast.collect()] == [(Decimal("1.01"), 7), (None, None), (None, None)]
