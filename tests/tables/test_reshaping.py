"""Tables whose columns change between two batches: one suite for every format, with readers on both sides of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from tests.tables.batches import commit, rows_batch

from tidegate.errors import PublishError
from tidegate.model.evolution import Terms
from tidegate.model.modes import Append, Scd2, Upsert

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame, SparkSession

    from tidegate.model.modes import WriteMode
    from tidegate.model.names import TableName
    from tidegate.tables.port import Batch, TableStore

    NewTable = Callable[[], TableName]

pytestmark = pytest.mark.spark

BEFORE = "id int, at date, n int, x float, price decimal(8,2), text string"
AFTER = "id int, at date, n bigint, x double, price decimal(20,2), text string, note string"
LARGE = 2**40
PERMISSIVE = Terms("permissive")
MODES = [Append(), Upsert(("id",), "at"), Scd2(("id",), "at")]


def before(spark: SparkSession, *ids: int, day: int = 1) -> DataFrame:
    rows = [(i, i, 0.5, "1.25", "a") for i in ids]
    frame = spark.createDataFrame(rows, "id int, n int, x double, price string, text string")
    kinds = [f"cast({name} AS {kind}) AS {name}" for name, kind in (part.split() for part in BEFORE.split(", "))]
    return frame.selectExpr("*", f"date'2024-01-0{day}' AS at").selectExpr(*kinds)


def after(spark: SparkSession, *ids: int, day: int = 2) -> DataFrame:
    large = before(spark, *ids, day=day).selectExpr("*", "'new' AS note")
    kinds = [f"cast({name} AS {kind}) AS {name}" for name, kind in (part.split() for part in AFTER.split(", "))]
    return large.withColumn("n", large["n"] + LARGE).selectExpr(*kinds)


def batch(rows: DataFrame, name: TableName, mode: WriteMode, terms: Terms = PERMISSIVE) -> Batch:
    return replace(rows_batch(rows, name, mode), terms=terms)


def told(rows: DataFrame) -> list[tuple[int, int, str | None]]:
    """Return id, number and note of each row."""
    return sorted(tuple(row) for row in rows.select("id", "n", "note").collect())


@pytest.mark.parametrize("mode", MODES, ids=["append", "upsert", "history"])
def test_a_table_follows_its_batches_and_readers_behind_see_the_new_columns(
    store: TableStore, spark: SparkSession, new_table: NewTable, mode: WriteMode
) -> None:
    name = new_table()
    first = store.publish(batch(before(spark, 1), name, mode), commit(1)).version_after
    second = store.publish(batch(before(spark, 2), name, mode), commit(2)).version_after
    third = store.publish(batch(after(spark, 1, 3), name, mode), commit(3))
    fourth = store.publish(batch(after(spark, 4), name, mode), commit(4))
    assert (fourth.version_before, fourth.version_after) == (third.version_after, third.version_after + 1)
    kinds = dict(store.read(name).dtypes)
    assert {part: kinds[part.split()[0]] for part in AFTER.split(", ")} == {p: p.split()[1] for p in AFTER.split(", ")}
    new = [(1, LARGE + 1, "new"), (3, LARGE + 3, "new"), (4, LARGE + 4, "new")]
    gone = [] if isinstance(mode, Upsert) else [(1, 1, None)]
    assert told(store.read(name)) == sorted([*gone, (2, 2, None), *new])
    assert {row.price for row in store.read(name).collect()} == {Decimal("1.25")}
    upto = fourth.version_after
    closed = [(1, 1, None)] if isinstance(mode, Scd2) else []
    assert told(store.changes(name, second, upto)) == sorted([*closed, *new]), "as new as can be"
    assert told(store.changes(name, first, upto)) == sorted([*closed, (2, 2, None), *new]), "further behind"
    assert store.read(name, first).count() == 1, "earlier versions stay"
    assert dict(store.read(name, first).dtypes)["n"] == "int"
    assert store.restore(name, second) == upto + 1
    assert store.read(name).count() == 2
    assert store.publish(batch(after(spark, 5), name, mode), commit(3)).inserted == 1
    assert (5, LARGE + 5, "new") in told(store.read(name))


def test_what_is_refused_leaves_the_table_as_it_is(store: TableStore, spark: SparkSession, new_table: NewTable) -> None:
    name = new_table()
    store.publish(batch(before(spark, 1), name, Append()), commit(1))
    version, kinds = store.version(name), store.read(name).dtypes
    with pytest.raises(PublishError, match="n becomes bigint from int: evolution is additive"):
        store.publish(batch(after(spark, 2), name, Append(), Terms("additive")), commit(2))
    with pytest.raises(PublishError, match="text is missing, and a table's column is not dropped"):
        store.publish(batch(after(spark, 2).drop("text"), name, Append()), commit(2))
    assert (store.version(name), store.read(name).dtypes) == (version, kinds)


def test_a_batch_that_fails_after_the_table_has_changed_is_taken_when_it_comes_again(
    store: TableStore, spark: SparkSession, new_table: NewTable
) -> None:
    name = new_table()
    first = store.publish(batch(before(spark, 1), name, Append()), commit(1)).version_after
    good = after(spark, 2)
    bad = replace(batch(good, name, Append()), rows=good.filter("assert_true(id = 0) IS NULL"))
    with pytest.raises(Exception, match=r"Spark could not write|is not true"):
        store.publish(bad, commit(2))
    assert [row.id for row in store.read(name).collect()] == [1]
    assert store.changes(name, first, store.version(name) or 0).count() == 0
    assert store.publish(batch(good, name, Append()), commit(2)).inserted == 1
    assert told(store.changes(name, first, store.version(name) or 0)) == [(2, LARGE + 2, "new")]
    assert store.pending(name, first).rows in {1, None}
