"""Upkeep of Delta and Iceberg tables: fewer files, the same rows, and nothing new for readers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, NamedTuple

import pytest
from pyspark.sql import functions as F
from tests.tables.batches import commit, rows_batch

from tidegate.errors import TableError
from tidegate.model.modes import Upsert
from tidegate.model.names import TableName
from tidegate.tables.catalog import Catalog, Place
from tidegate.tables.upkeep import Keeper, Layout, Shape, Usage, Wishes, advise, keeper_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from tidegate.tables.port import TableStore

pytestmark = pytest.mark.spark

TABLE = TableName("silver", "things")
BATCHES = 10
USAGE = Usage(keys=("id",), event_column="day", times=("day",))
KEPT = {"day", "id"}


class Upkept(NamedTuple):
    """A table of ten small batches, and what upkeep found and did."""

    store: TableStore
    keeper: Keeper
    before: Shape
    layout: Layout
    after: Shape
    rows: set[tuple[int, date]]
    version: int


def day(number: int) -> date:
    """Return a day; batches come in an order that is not that of the days."""
    return date(2024, 1, 1 + number * 3 % BATCHES)


def rows_of(store: TableStore, version: int | None = None) -> set[tuple[int, date]]:
    return {(row.id, row.day) for row in store.read(TABLE, version).collect()}


@pytest.fixture(scope="module", params=["delta", "iceberg"])
def upkept(request: pytest.FixtureRequest, spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Upkept:
    place = Place(request.param, str(tmp_path_factory.mktemp("upkeep") / "silver"))
    store = Catalog({"silver": place}, lambda: spark).store(TABLE)
    for number in range(BATCHES):
        batch = spark.range(number * 10, number * 10 + 10).withColumn("day", F.lit(day(number)))
        store.publish(rows_batch(batch.withColumn("flag", F.expr("true")), TABLE), commit(number + 1))
    keeper = keeper_of(store, TABLE, lambda: spark)
    before, rows, version = keeper.shape(TABLE, "day"), rows_of(store), store.version(TABLE)
    layout = advise(before, USAGE)
    assert layout.is_compaction_due
    assert keeper.compact(TABLE, layout)
    return Upkept(store, keeper, before, layout, keeper.shape(TABLE, "day"), rows, version or 0)


def first(upkept: Upkept) -> int:
    """Return the number of the table's first version."""
    return upkept.store.history(TABLE)[0].number


def test_the_shape_is_that_of_the_log(upkept: Upkept) -> None:
    assert len(upkept.before.files) == BATCHES
    assert upkept.before.rows == 100
    assert (upkept.before.first_day, upkept.before.last_day) == (date(2024, 1, 1), date(2024, 1, BATCHES))
    assert upkept.before.bytes == sum(file.bytes for file in upkept.before.files) > 0
    assert set(upkept.before.columns) == KEPT


def test_small_files_become_one_with_the_same_rows(upkept: Upkept) -> None:
    assert len(upkept.after.files) == 1
    assert (upkept.after.rows, upkept.after.first_day) == (100, date(2024, 1, 1))
    assert rows_of(upkept.store) == upkept.rows
    assert rows_of(upkept.store, first(upkept) + 2) == {row for row in upkept.rows if row[0] < 30}


def test_nothing_is_new_for_readers(upkept: Upkept) -> None:
    pending = upkept.store.pending(TABLE, upkept.version)
    assert pending.rows == 0
    assert upkept.store.changes(TABLE, upkept.version, pending.until).count() == 0
    assert upkept.store.last_commit(TABLE, commit(1).token.application) == commit(BATCHES)


def test_a_table_in_order_is_left_alone(upkept: Upkept) -> None:
    version = upkept.store.version(TABLE)
    assert not advise(upkept.after, USAGE).is_compaction_due
    assert not upkept.keeper.compact(TABLE, upkept.layout)
    assert upkept.store.version(TABLE) == version


def test_files_within_the_retention_stay(upkept: Upkept) -> None:
    assert upkept.keeper.expire(TABLE, 7) == 0
    assert upkept.keeper.expire(TABLE, 7, datetime(2020, 1, 1, tzinfo=timezone.utc)) == 0
    assert rows_of(upkept.store, first(upkept) + 5) == {row for row in upkept.rows if row[0] < 60}
    with pytest.raises(TableError, match="too short"):
        upkept.keeper.expire(TABLE, 6)


def test_a_table_that_does_not_exist_has_no_shape(upkept: Upkept) -> None:
    with pytest.raises(TableError, match="does not exist"):
        upkept.keeper.shape(TableName("silver", "nothing"), None)


@pytest.mark.parametrize("kind", ["boolean", "array<struct<is_so: boolean>>"])
def test_struck_rows_go_also_from_files_that_are_sorted_already(upkept: Upkept, spark: SparkSession, kind: str) -> None:
    table, store, keeper = TableName("silver", f"corrected_{len(kind)}"), upkept.store, upkept.keeper
    was, becomes = (True, False) if kind == "boolean" else ([(True,)], [(False,)])
    rows = [(number, day(number), was) for number in range(40)]
    columns = f"id bigint, day date, flag {kind}"
    for part in (rows[:20], rows[20:]):
        store.publish(rows_batch(spark.createDataFrame(part, columns), table), commit(part[0][0] + 1))
    layout = replace(upkept.layout, target_file_bytes=256)  # what is larger than four of these counts as sorted
    keeper.compact(table, layout)
    corrected = [(number, at, becomes) for number, at, _ in rows if number % 4 == 0]
    batch = rows_batch(spark.createDataFrame(corrected, columns), table, Upsert(keys=("id",), sequence_by="day"))
    store.publish(replace(batch, prevails=True), commit(99))
    shape = keeper.shape(table, "day")
    assert (shape.struck, shape.rows) == (10, 40)
    advised = advise(shape, USAGE, Wishes(struck_share=0.2))
    assert advised.is_purge_due
    assert keeper.compact(table, replace(advised, target_file_bytes=256))
    after = keeper.shape(table, "day")
    assert (after.struck, after.rows) == (0, 40)
    expected = [*corrected, *(row for row in rows if row[0] % 4)]
    assert sorted(map(tuple, store.read(table).collect())) == sorted(expected)
