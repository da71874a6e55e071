from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tidegate.testing.guard import forbid_actions
from tidegate.transforms import blank_to_null, standardize_case, trim_strings

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark


def names(spark: SparkSession) -> DataFrame:
    rows = [("  a b\t", 1, " x "), ("\u00a0", 2, "y"), (None, 3, None), ("", 4, "z")]
    return spark.createDataFrame(rows, "`first.name` string, number int, _source_file string")


def first(frame: DataFrame, column: str) -> list[object]:
    return [row[column] for row in frame.orderBy("number").collect()]


def test_texts_lose_white_space_at_both_ends_only(spark: SparkSession) -> None:
    with forbid_actions():
        trimmed = names(spark).transform(trim_strings)
    assert first(trimmed, "first.name") == ["a b", "", None, ""]


def test_own_columns_and_other_types_stay_as_they_are(spark: SparkSession) -> None:
    with forbid_actions():
        trimmed = names(spark).transform(trim_strings)
    assert first(trimmed, "_source_file") == [" x ", "y", None, "z"]
    assert trimmed.schema == names(spark).schema


def test_blank_texts_become_null_and_others_keep_their_spaces(spark: SparkSession) -> None:
    with forbid_actions():
        filled = names(spark).transform(blank_to_null, ["first.name"])
    assert first(filled, "first.name") == ["  a b\t", None, None, None]


@pytest.mark.parametrize(("case", "expected"), [("lower", "straße"), ("upper", "STRASSE")])
def test_letter_case(spark: SparkSession, case: str, expected: str) -> None:
    frame = spark.createDataFrame([("Straße", "Kept"), (None, "Kept")], "street string, other string")
    with forbid_actions():
        cased = frame.transform(standardize_case, ["street"], case=case)
    assert [tuple(row) for row in cased.collect()] == [(expected, "Kept"), (None, "Kept")]


def test_a_frame_without_texts_stays_as_it_is(spark: SparkSession) -> None:
    with forbid_actions():
        assert spark.range(1).transform(trim_strings).transform(blank_to_null).columns == ["id"]
