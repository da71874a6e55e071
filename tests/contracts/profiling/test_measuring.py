"""One pass of Spark finds what plain Python finds, and draws rows that stand for all."""

from __future__ import annotations

import statistics
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from tests.contracts.profiling.model import statistics_of

from tidegate.contracts.profiling.keys import counted
from tidegate.contracts.profiling.measuring import measure
from tidegate.contracts.profiling.references import KeyColumn, MaybeReference, contained
from tidegate.model.names import TableName
from tidegate.sources.shape import as_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

    from tidegate.contracts.profiling.statistics import Statistics

pytestmark = pytest.mark.spark

TEXTS: dict[str, list[str | None]] = {
    "a number": ["1", "-2", "30", None] * 30,
    "a`mount": ["1.5", "20.25", "-0.125", None] * 30,
    "large": ["9223372036854775807", "9223372036854775808", "1", "2"] * 30,
    "code": ["007", "8", "+41", None] * 30,
    "flag": ["yes", "No", "TRUE", "false"] * 30,
    "day.one": ["2024-01-31", "2023-12-01", None, "2024-02-29"] * 30,
    "moment": ["2024-01-31 08:00:00", "2024-01-31", "2023-02-30", None] * 30,
    "mail": ["a.b@x.org", "c@y.org", "none", None] * 30,
    "empty": [None] * 120,
    "word 😀": ["x" * 100, "y", "", "ü"] * 30,
}


def jobs_of(spark: SparkSession, group: str, act: Callable[[], Statistics]) -> tuple[Statistics, int]:
    """Return what is found, and how many Spark jobs that took."""
    context = spark.sparkContext
    context.setJobGroup(group, group)
    try:
        found = act()
    finally:
        context.setLocalProperty("spark.jobGroup.id", None)  # type: ignore[arg-type]
    return found, len(context.statusTracker().getJobIdsForGroup(group))


def test_texts_are_measured_as_plain_python_does_in_one_job(spark: SparkSession) -> None:
    rows = [*zip(*TEXTS.values(), strict=True)]
    schema = ", ".join(f"`{name.replace('`', '``')}` string" for name in TEXTS)
    frame = spark.createDataFrame(rows, schema)
    found, jobs = jobs_of(spark, "profile-texts", lambda: measure(frame, as_type))
    assert jobs == 1
    wanted = statistics_of(TEXTS)
    assert found.rows == wanted.rows
    for column, model in zip(found.columns, wanted.columns, strict=True):
        assert (column.name, column.type, column.nulls, column.texts) == (
            model.name,
            "string",
            model.nulls,
            model.texts,
        )
        assert column.distinct == model.distinct
        assert column.range.low == (model.range.low and model.range.low[:64])
    assert found.drawn.is_whole
    assert found.drawn.weights == (1.0,) * 120
    assert {name: sorted(map(str, texts)) for name, texts in found.drawn.texts.items()} == {
        name: sorted(str(text and text[:64]) for text in texts) for name, texts in TEXTS.items()
    }
    amounts = found.columns[1].readings["double"]
    numbers = [1.5, 20.25, -0.125] * 30
    assert (amounts.low, amounts.high) == ("-0.125", "20.25")
    assert amounts.mean == pytest.approx(statistics.mean(numbers))
    assert amounts.deviation == pytest.approx(statistics.stdev(numbers))
    assert found.columns[5].readings["date"].quantiles[2] == "2024-01-31"


def test_values_of_every_type_are_measured_and_records_that_cannot_be_read_are_not(spark: SparkSession) -> None:
    nan, at = float("nan"), datetime(2024, 1, 31, 8, tzinfo=timezone.utc)
    rows = [
        (1, 1.0, Decimal("1.50"), date(2024, 1, 1), at, True, [1], None, None, "run"),
        (2, nan, Decimal("2.50"), date(2024, 1, 3), at, False, None, None, "{}", "run"),
        (3, 3.0, None, date(2024, 1, 2), at, True, [], None, None, "run"),
        (None, None, None, None, None, None, None, "broken", None, "run"),
    ]
    schema = (
        "i int, d double, m decimal(9,2), day date, at timestamp, ok boolean, a array<int>, "
        "_corrupt_record string, _rescued string, _run_id string"
    )
    found = measure(spark.createDataFrame(rows, schema), as_type)
    assert (found.rows, found.unread, found.unknown) == (3, 1, 1)
    i, d, m, day, moment, ok, a = found.columns
    assert [one.nulls for one in found.columns] == [0, 0, 1, 0, 0, 0, 1]
    assert (i.range.low, i.range.high, i.range.mean, i.range.quantiles[2]) == ("1", "3", 2.0, "2")
    assert (d.nans, d.range.high, d.range.mean) == (1, "3.0", 2.0)
    assert (m.range.low, m.range.high, m.range.mean) == ("1.50", "2.50", 2.0)
    assert (day.range.low, day.range.high, day.range.quantiles[2], day.range.mean) == (
        "2024-01-01",
        "2024-01-03",
        "2024-01-02",
        None,
    )
    assert moment.range.low == "2024-01-31 08:00:00"
    assert ok.range.mean == pytest.approx(2 / 3)
    assert (a.is_nested, a.distinct, a.range.low) == (True, None, None)
    assert "a" not in found.drawn.texts
    assert len(found.drawn.weights) == 3
    nothing = measure(spark.createDataFrame([], schema), as_type)
    assert (nothing.rows, nothing.columns[0].nulls, nothing.drawn.weights) == (0, 0, ())


def test_rows_that_are_drawn_are_few_and_stand_for_all(spark: SparkSession) -> None:
    frame = spark.range(0, 200_000, 1, 4).selectExpr("id", "id % 10 as digit", "interval '1' day as span")
    found = measure(frame, as_type)
    assert not found.drawn.is_whole
    assert 1_000 <= len(found.drawn.weights) < 12_000
    assert sum(found.drawn.weights) == pytest.approx(200_000, rel=0.15)
    shares = found.drawn.top("digit", 20)
    assert len(shares) == 10
    assert all(share == pytest.approx(0.1, abs=0.05) for _, share in shares)
    assert found.columns[0].distinct == pytest.approx(200_000, rel=0.08)
    assert found.columns[2].type == "string", "a type that no contract names is taken as text"


def test_candidates_are_counted_exactly_and_values_are_looked_up(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(1, 1, "a"), (1, 2, "b"), (2, 1, "b")], "x int, y int, `z.z` string")
    found = counted(frame, [("x",), ("x", "y"), ("z.z", "x")])
    assert [one.is_unique for one in found] == [False, True, True]
    assert counted(frame, []) == ()
    maybe = MaybeReference("c", KeyColumn(TableName("silver", "t"), "x", "int"))
    assert contained(maybe, ["1", "2", "7"], frame) == MaybeReference("c", maybe.key, 3, 2)
    assert contained(maybe, [], frame) == maybe
