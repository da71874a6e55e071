"""The hash of a row is told by a text that plain Python can write, too."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.job.quarantine.hashing import row_hash

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

SCHEMA = (
    "`a.b` string, whole int, money decimal(20,9), is_it boolean, day date, at timestamp, raw binary, "
    "many array<string>, named map<string,int>, both struct<x:int,y:string>"
)
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
texts = st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]), max_size=3))
wholes = st.one_of(st.none(), st.integers(-3, 3))
rows = st.fixed_dictionaries(
    {
        "a.b": texts,
        "whole": wholes,
        "money": st.one_of(st.none(), st.decimals(-99, 99, places=9)),
        "is_it": st.one_of(st.none(), st.booleans()),
        "day": st.one_of(st.none(), st.dates(date(1900, 1, 1), date(2100, 1, 1))),
        "at": st.one_of(st.none(), st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1))),  # noqa: DTZ001 - as Spark
        "raw": st.one_of(st.none(), st.binary(max_size=2)),
        "many": st.one_of(st.none(), st.lists(texts, max_size=2)),
        "named": st.one_of(st.none(), st.dictionaries(st.text("ab", max_size=2), wholes, max_size=2)),
        "both": st.one_of(st.none(), st.tuples(wholes, texts)),
    }
)


def sized(text: str) -> str:
    return f"{len(text)}:{text}"


def told(value: object) -> str:
    """Return the text of a value, as the documentation says it."""
    match value:
        case None:
            return "~"
        case bool():
            text = "t" if value else "f"
        case str() | bytes():
            text = f"s{sized(value)}" if isinstance(value, str) else f"b{sized(value.hex().upper())}"
        case int():
            text = f"i{value};"
        case Decimal():
            text = f"n{value};"
        case datetime():
            text = f"u{(value.replace(tzinfo=timezone.utc) - EPOCH) // timedelta(microseconds=1)};"
        case date():
            text = f"d{(value - EPOCH.date()).days};"
        case dict():
            text = f"m{len(value)}:{''.join(sorted(told(key) + told(one) for key, one in value.items()))}"
        case list() | tuple():
            text = f"{'a' if isinstance(value, list) else 'r'}{len(value)}:{''.join(map(told, value))}"
        case _:
            raise TypeError(value)
    return text


def hashed(row: Mapping[str, object]) -> str:
    text = "".join(sized(name) + told(row[name]) for name in sorted(row) if row[name] is not None)
    return hashlib.sha256(text.encode()).hexdigest()


@settings(max_examples=3)
@given(st.lists(rows, min_size=20, max_size=40))
def test_rows_are_hashed_as_the_documentation_says(spark: SparkSession, given_rows: list[dict[str, object]]) -> None:
    names = ("a.b", "whole", "money", "is_it", "day", "at", "raw", "many", "named", "both")
    frame = spark.createDataFrame([tuple(row[name] for name in names) for row in given_rows], SCHEMA)
    found = frame.select(row_hash(frame.columns, frame.schema)).collect()
    assert [row[0] for row in found] == [hashed(row) for row in given_rows]


def test_a_column_that_becomes_wider_or_is_added_changes_no_hash_and_zeros_are_one(spark: SparkSession) -> None:
    frame = spark.sql("SELECT stack(3, 0.5D, -0.0D, double('NaN')) AS x")
    shapes = ("x", "7 AS n"), ("float(x) AS x", "bigint(7) AS n", "string(NULL) AS later"), ("7 AS n", "x + 0.0D AS x")
    found = []
    for shape in shapes:
        rows = frame.selectExpr(*shape)
        found.append([row[0] for row in rows.select(row_hash(rows.columns, rows.schema)).collect()])
    assert found[0] == found[1] == found[2]
    assert len(set(found[0])) == 3
    assert found[0][0] == "e224751d244fa4ac6fca965a2835259dd1e383b3b683a0e4ee59c3d28bc7c26c", (
        "the same on both lines of Spark"
    )
