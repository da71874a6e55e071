"""What is Iceberg's own: two publishers at once, other engines' commits, types, and the files that are read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from tests.conformance.reference import Event
from tests.tables.batches import UPSERT, commit, entity_batch, events_of, retried, rows_batch

from tidegate.errors import ConcurrentWriteError, PublishError
from tidegate.model.evolution import Terms
from tidegate.model.modes import Append, ReplaceWindow
from tidegate.tables.iceberg import IcebergStore
from tidegate.tables.iceberg_writes import BRANCH

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyspark.sql import SparkSession

    from tidegate.model.modes import WriteMode
    from tidegate.model.names import TableName

    NewTable = Callable[[], TableName]

pytestmark = pytest.mark.spark

APPLICATION = commit(1).token.application


@pytest.fixture(scope="module")
def lake(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("iceberg") / "lake"


@pytest.fixture(scope="module")
def iceberg(spark: SparkSession, lake: Path) -> IcebergStore:
    return IcebergStore(str(lake), lambda: spark)


def interrupted(spark: SparkSession, lake: Path, interruption: Callable[[], object]) -> IcebergStore:
    """Return a store whose next publish is interrupted after it has looked for its token and before it writes."""
    waiting = [interruption]

    def session() -> SparkSession:
        if waiting:
            waiting.pop()()
        return spark

    return IcebergStore(str(lake), session)


def sql_name(iceberg: IcebergStore, name: TableName) -> str:
    return iceberg._target(name).name


@pytest.mark.parametrize("mode", [Append(), UPSERT, ReplaceWindow("day")], ids=["append", "upsert", "window"])
@pytest.mark.parametrize("is_first", [True, False], ids=["first", "later"])
def test_of_two_publishers_of_one_batch_one_is_refused(
    iceberg: IcebergStore, spark: SparkSession, lake: Path, new_table: NewTable, mode: WriteMode, is_first: bool
) -> None:
    name = new_table()
    rows = [Event((9, "north"), 1, "A", None)]
    if not is_first:
        iceberg.publish(entity_batch(spark, name, mode, [Event((2, "north"), 1, "A", None)]), commit(1))
    batch, number = entity_batch(spark, name, mode, rows), 1 if is_first else 2
    slow = interrupted(spark, lake, lambda: iceberg.publish(batch, commit(number)))
    with pytest.raises(ConcurrentWriteError):
        slow.publish(batch, retried(commit(number)))
    assert iceberg.read(name).count() == number
    assert iceberg.last_commit(name, APPLICATION) == commit(number)
    assert iceberg.version(name) == number
    snapshots = spark.table(f"{sql_name(iceberg, name)}.snapshots").count()
    assert snapshots == number + (mode == ReplaceWindow("day") and not is_first), "the loser's snapshot is gone"
    assert slow.publish(batch, retried(commit(number))).unchanged == 1


def test_a_snapshot_that_waits_while_another_writer_commits_does_not_become_the_table(
    iceberg: IcebergStore, spark: SparkSession, new_table: NewTable
) -> None:
    name = new_table()
    rows = rows_batch(spark.createDataFrame([(1,)], "id int"), name)
    iceberg.publish(rows, commit(1))
    log = iceberg._known(name)
    target = iceberg._target(name, log.head, "waiting")
    _, columns = iceberg._write(target, rows, is_empty=False)
    rows.rows.selectExpr("id + 1 AS id").writeTo(target.name).append()
    with pytest.raises(Exception, match="fast-forward"):
        iceberg._published(target, name, columns)
    assert sorted(row.id for row in iceberg.read(name).collect()) == [1, 2]
    assert iceberg._known(name).staged("waiting") is None


def test_commits_of_other_engines_are_versions_and_compaction_changes_nothing(
    iceberg: IcebergStore, spark: SparkSession, new_table: NewTable
) -> None:
    name = new_table()
    first, second = ([Event((n, "north"), 1, "A", None)] for n in (1, 2))
    iceberg.publish(entity_batch(spark, name, UPSERT, first), commit(1))
    iceberg.publish(entity_batch(spark, name, UPSERT, second), commit(2))
    target = iceberg._target(name)
    target.call("rewrite_data_files", options="map('rewrite-all', 'true')")
    spark.sql(f"UPDATE {target.name} SET a = 'B' WHERE number = 2").collect()  # noqa: S608 - our own name
    assert iceberg.version(name) == 4
    assert events_of(iceberg.changes(name, 2, 4)) == [Event((2, "north"), 1, "B", None)]
    assert iceberg.pending(name, 2).rows == 1
    assert iceberg.last_commit(name, APPLICATION) == commit(2)
    assert iceberg.publish(entity_batch(spark, name, UPSERT, first), commit(3)).version_after == 5


def test_a_merge_adds_files_and_changes_are_read_from_them_alone(
    iceberg: IcebergStore, spark: SparkSession, new_table: NewTable
) -> None:
    name = new_table()
    many = [Event((n, "north"), 1, "A", None) for n in range(50)]
    one = [Event((7, "north"), 2, "B", None)]
    iceberg.publish(entity_batch(spark, name, UPSERT, many), commit(1))
    before = set(iceberg.read(name).inputFiles())
    published = iceberg.publish(entity_batch(spark, name, UPSERT, one), commit(2))
    assert (published.inserted, published.updated, published.files) == (0, 1, 1)
    changes = iceberg.changes(name, 1, 2)
    assert events_of(changes) == one
    assert len(changes.inputFiles()) == 1
    assert before.isdisjoint(changes.inputFiles())
    assert iceberg.pending(name, None).rows == iceberg.read(name).count() == 50


def test_small_integers_become_ints_and_go_on_fitting(
    iceberg: IcebergStore, spark: SparkSession, new_table: NewTable
) -> None:
    name = new_table()
    rows = spark.createDataFrame([(1, [2], 3)], "id smallint, parts array<tinyint>, n bigint")
    for number in (1, 2):
        iceberg.publish(rows_batch(rows, name), commit(number))
    assert iceberg.read(name).schema.simpleString() == "struct<id:int,parts:array<int>,n:bigint>"
    assert iceberg.read(name).count() == 2


def test_what_a_failed_batch_left_does_not_hinder_the_next(
    iceberg: IcebergStore, spark: SparkSession, new_table: NewTable
) -> None:
    name = new_table()
    good = spark.createDataFrame([(1, date(2024, 1, 1))], "id int, day date")
    bad = good.selectExpr("*", "assert_true(id = 2) IS NULL AS extra")
    late = good.selectExpr("*", "'x' AS extra")
    broken = replace(rows_batch(good, name), rows=bad)
    for number in (1, 2):
        version = iceberg.version(name)
        with pytest.raises(PublishError):
            iceberg.publish(broken, commit(number))
        assert iceberg.version(name) == version
        assert iceberg.publish(rows_batch(good, name), commit(number)).version_after == number
    assert iceberg.read(name).columns == ["id", "day"]
    iceberg.publish(rows_batch(late, name), commit(3))
    assert [row.extra for row in iceberg.changes(name, 2, 3).collect()] == ["x"]
    refs = {row.name for row in spark.table(f"{sql_name(iceberg, name)}.refs").collect()}
    assert refs == {"main", BRANCH}


def test_a_column_that_refuses_nulls_takes_them_once_nobody_requires_it(
    iceberg: IcebergStore, spark: SparkSession, new_table: NewTable
) -> None:
    name = new_table()
    place = sql_name(iceberg, name)
    spark.sql(f"CREATE NAMESPACE IF NOT EXISTS {place.rpartition('.')[0]}").collect()
    wap = "TBLPROPERTIES ('write.wap.enabled' = 'true')"
    spark.sql(f"CREATE TABLE {place} (id INT NOT NULL) USING iceberg {wap}").collect()
    spark.sql(f"INSERT INTO {place} VALUES (1)").collect()  # noqa: S608 - our own name
    rows = rows_batch(spark.createDataFrame([(None,)], "id int"), name)
    with pytest.raises(PublishError, match="id takes nulls"):
        iceberg.publish(replace(rows, terms=Terms("additive", frozenset())), commit(1))
    iceberg.publish(replace(rows, terms=Terms("permissive", frozenset())), commit(1))
    assert {row.id for row in iceberg.read(name).collect()} == {None, 1}


def test_a_restore_that_another_writer_was_faster_than_changes_nothing(
    iceberg: IcebergStore, spark: SparkSession, lake: Path, new_table: NewTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = new_table()
    rows = rows_batch(spark.createDataFrame([(1,)], "id int"), name)
    for number in (1, 2):
        iceberg.publish(rows, commit(number))
    slow = IcebergStore(str(lake), lambda: spark)
    known = slow._known

    def late(table: TableName) -> object:
        found = known(table)
        iceberg.publish(rows, commit(3))
        return found

    monkeypatch.setattr(slow, "_known", late)
    with pytest.raises(ConcurrentWriteError):
        slow.restore(name, 1)
    assert (iceberg.version(name), iceberg.read(name).count()) == (3, 3)
    assert iceberg.restore(name, 1) == 4
    assert iceberg.read(name).count() == 1
