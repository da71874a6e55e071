"""Upkeep of Delta tables: fewer files, the same rows, and nothing new for readers."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import pytest
from pyspark.sql import functions as F
from tests.tables.batches import commit, rows_batch

from tidegate.errors import TableError
from tidegate.model.names import TableName
from tidegate.tables.delta import DeltaStore
from tidegate.tables.upkeep import Layout, Shape, Usage, advise
from tidegate.tables.upkeep.delta import DeltaKeeper

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

TABLE = TableName("silver", "things")
USAGE = Usage(keys=("id",), event_column="day")


class Upkept(NamedTuple):
    """A table of twelve small batches, and what upkeep found and did."""

    store: DeltaStore
    keeper: DeltaKeeper
    before: Shape
    layout: Layout
    after: Shape
    rows: set[tuple[int, date]]
    version: int


def day(number: int) -> date:
    """Return a day; batches come in an order that is not that of the days."""
    return date(2024, 1, 1 + number * 5 % 12)


def rows_of(store: DeltaStore, version: int | None = None) -> set[tuple[int, date]]:
    return {(row.id, row.day) for row in store.read(TABLE, version).collect()}


@pytest.fixture(scope="module")
def upkept(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Upkept:
    store = DeltaStore(str(tmp_path_factory.mktemp("upkeep")), lambda: spark)
    for number in range(12):
        batch = spark.range(number * 10, number * 10 + 10).withColumn("day", F.lit(day(number)))
        store.publish(rows_batch(batch, TABLE), commit(number + 1))
    keeper = DeltaKeeper(store, lambda: spark)
    before, rows, version = keeper.shape(TABLE, "day"), rows_of(store), store.version(TABLE)
    layout = advise(before, USAGE)
    assert layout.is_compaction_due
    assert keeper.compact(TABLE, layout)
    return Upkept(store, keeper, before, layout, keeper.shape(TABLE, "day"), rows, version or 0)


def test_the_shape_is_that_of_the_log(upkept: Upkept) -> None:
    assert len(upkept.before.files) == 12
    assert upkept.before.rows == 120
    assert (upkept.before.first_day, upkept.before.last_day) == (date(2024, 1, 1), date(2024, 1, 12))
    assert upkept.before.bytes == sum(file.bytes for file in upkept.before.files) > 0


def test_small_files_become_one_with_the_same_rows(upkept: Upkept) -> None:
    assert len(upkept.after.files) == 1
    assert upkept.after.rows == 120
    assert rows_of(upkept.store) == upkept.rows
    assert rows_of(upkept.store, 2) == {row for row in upkept.rows if row[0] < 30}


def test_nothing_is_new_for_readers(upkept: Upkept) -> None:
    pending = upkept.store.pending(TABLE, upkept.version)
    assert pending.rows == 0
    assert upkept.store.changes(TABLE, upkept.version, pending.until).count() == 0
    assert upkept.store.last_commit(TABLE, commit(1).token.application) == commit(12)


def test_a_table_in_order_is_left_alone(upkept: Upkept) -> None:
    version = upkept.store.version(TABLE)
    assert not advise(upkept.after, USAGE).is_compaction_due
    assert not upkept.keeper.compact(TABLE, upkept.layout)
    assert upkept.store.version(TABLE) == version


def test_files_within_the_retention_stay(upkept: Upkept) -> None:
    assert upkept.keeper.expire(TABLE, 7) == 0
    assert rows_of(upkept.store, 5) == {row for row in upkept.rows if row[0] < 60}
    with pytest.raises(TableError, match="too short"):
        upkept.keeper.expire(TABLE, 6)


def test_a_table_that_does_not_exist_has_no_shape(upkept: Upkept) -> None:
    with pytest.raises(TableError, match="does not exist"):
        upkept.keeper.shape(TableName("silver", "nothing"), None)
