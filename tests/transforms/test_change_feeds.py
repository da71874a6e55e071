from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.errors import JobDefinitionError
from tidegate.testing.guard import forbid_actions
from tidegate.transforms import changes_from_change_table, changes_from_envelopes, changes_from_snapshots

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

IMAGE = "struct<id: int, name: string>"
AT = datetime(2024, 1, 5, tzinfo=timezone.utc)


def values(frame: DataFrame) -> set[tuple[object, ...]]:
    rows = frame.collect()
    assert len(set(rows)) == len(rows)
    return set(map(tuple, rows))


def test_an_envelope_gives_the_image_that_its_operation_is_about(spark: SparkSession) -> None:
    envelopes = spark.createDataFrame(
        [
            (None, (1, "created"), "c", (10,)),
            (None, (2, "read"), "r", (11,)),
            ((1, "created"), (1, None), "u", (12,)),
            ((2, "read"), None, "d", (13,)),
            (None, None, "t", (14,)),
            (None, None, "m", (15,)),
            (None, None, None, None),
        ],
        f"before {IMAGE}, after {IMAGE}, op string, source struct<lsn: bigint>",
    )
    with forbid_actions():
        changes = envelopes.transform(changes_from_envelopes, {"lsn": "source.lsn"})
    assert changes.columns == ["id", "name", "lsn", "_operation"]
    assert values(changes) == {
        (1, "created", 10, "upsert"),
        (2, "read", 11, "upsert"),
        (1, None, 12, "upsert"),
        (2, "read", 13, "delete"),
        (None, None, 14, "truncate"),
    }


def test_records_that_are_no_envelopes_are_refused(spark: SparkSession) -> None:
    with pytest.raises(JobDefinitionError, match="before and after"):
        changes_from_envelopes(spark.sql("SELECT '{}' after, '{}' before, 'c' op"), {})


def test_an_image_before_a_change_matters_only_where_the_key_was_changed(spark: SparkSession) -> None:
    table = spark.createDataFrame(
        [
            (1, "old", 10, 3),
            (1, "new", 10, 4),
            (2, "moves", 11, 3),
            (3, "moves", 11, 4),
            (4, "goes", 12, 1),
            (5, "comes", 13, 2),
            (1, "odd", 14, 9),
        ],
        "id int, name string, lsn int, `__$operation` int",
    )
    meanings = {"1": "delete", "2": "upsert", "3": "before_image", "4": "upsert"}
    with forbid_actions():
        changes = table.transform(changes_from_change_table, ["id"], "lsn", "__$operation", meanings)
    assert changes.columns == ["id", "name", "lsn", "_operation"]
    assert values(changes) == {
        (1, "new", 10, "upsert"),
        (2, "moves", 11, "delete"),
        (3, "moves", 11, "upsert"),
        (4, "goes", 12, "delete"),
        (5, "comes", 13, "upsert"),
    }


def test_a_meaning_that_is_none_is_refused(spark: SparkSession) -> None:
    with pytest.raises(JobDefinitionError, match="erase"):
        changes_from_change_table(spark.range(1), ["id"], "id", "id", {"1": "erase"})


PULL = st.dictionaries(st.none() | st.integers(0, 5), st.none() | st.sampled_from("ab"), max_size=6)


@settings(max_examples=3)
@given(before=PULL, after=PULL)
def test_two_pulls_differ_by_what_came_changed_or_went(
    spark: SparkSession, before: dict[int | None, str | None], after: dict[int | None, str | None]
) -> None:
    schema = "`the.id` int, name string"
    old = spark.createDataFrame(list(before.items()), schema)
    new = spark.createDataFrame([*after.items(), *after.items()], schema)
    with forbid_actions():
        changes = changes_from_snapshots(old, new, ["the.id"], AT, "pulled_at")
    came = {(key, name, "upsert") for key, name in after.items() if key not in before or before[key] != name}
    went = {(key, name, "delete") for key, name in before.items() if key not in after}
    assert values(changes.drop("pulled_at")) == came | went
    assert changes.columns == ["the.id", "name", "pulled_at", "_operation"]


def test_maps_and_new_columns_are_compared_by_what_they_hold(spark: SparkSession) -> None:
    old = spark.sql("SELECT 1 id, map('a', 1, 'b', 2) facts UNION ALL SELECT 2, map()")
    new = spark.sql("SELECT 1 id, map('b', 2, 'a', 1) facts, NULL city UNION ALL SELECT 2, map(), 'Rome'")
    changes = changes_from_snapshots(old, new, ["id"], AT, "pulled_at")
    assert [(row.id, row.city) for row in changes.collect()] == [(2, "Rome")]


def test_rows_that_differ_by_a_microsecond_differ(spark: SparkSession) -> None:
    old, new = (spark.sql(f"SELECT 1 id, TIMESTAMP '2024-01-05 10:00:00.00000{last}' at") for last in (1, 2))
    assert changes_from_snapshots(old, new, ["id"], AT, "pulled_at").count() == 1
    assert changes_from_snapshots(old, old, ["id"], AT, "pulled_at").count() == 0
