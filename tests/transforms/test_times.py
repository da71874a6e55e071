from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from tidegate.testing.guard import forbid_actions
from tidegate.transforms import day_of, parse_timestamps, to_utc

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark


def test_iso_texts_become_moments_and_others_null(spark: SparkSession) -> None:
    texts = ["2024-01-05T10:00:00+02:00", "2024-01-05 10:00:00", "2024-13-01", "noon", None]
    frame = spark.createDataFrame([(text,) for text in texts], "at string")
    with forbid_actions():
        parsed = frame.transform(parse_timestamps, ["at"]).selectExpr("cast(at as string) at")
    assert [row.at for row in parsed.collect()] == ["2024-01-05 08:00:00", "2024-01-05 10:00:00", None, None, None]


def test_a_pattern_says_how_texts_are_written(spark: SparkSession) -> None:
    frame = spark.createDataFrame([("05.01.2024 10:30",), ("2024-01-05",)], "at string")
    with forbid_actions():
        parsed = frame.transform(parse_timestamps, ["at"], pattern="dd.MM.yyyy HH:mm").selectExpr("cast(at as string)")
    assert [row.at for row in parsed.collect()] == ["2024-01-05 10:30:00", None]


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2024-01-05T10:00:00", "2024-01-05 09:00:00"),
        ("2024-07-05T10:00:00", "2024-07-05 08:00:00"),
        ("2024-10-27T02:30:00", "2024-10-27 00:30:00"),  # shown twice: the earlier
        ("2024-03-31T02:30:00", "2024-03-31 01:30:00"),  # left out: moved on by an hour
    ],
)
def test_local_times_become_utc(spark: SparkSession, local: str, utc: str) -> None:
    frame = spark.sql(f"select timestamp '{local}' as at, cast(null as timestamp) as never")
    with forbid_actions():
        moved = frame.transform(to_utc, ["at", "never"], zone="Europe/Berlin").selectExpr("cast(at as string)", "never")
    assert tuple(moved.collect()[0]) == (utc, None)


def test_the_day_is_that_of_utc(spark: SparkSession) -> None:
    frame = spark.sql("select timestamp '2024-01-05T23:30:00-02:00' as at union all select null")
    with forbid_actions():
        days = frame.transform(day_of, "at", into="day").select("day")
    assert {row.day for row in days.collect()} == {date(2024, 1, 6), None}
