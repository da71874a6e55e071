"""What is special about Delta tables: tokens, the session's settings, file skipping, and logs that others write to."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.conformance.reference import Event
from tests.tables.batches import UPSERT, commit, entity_batch, events_of, retried, rows_batch

from tidegate.errors import ConcurrentWriteError, PublishError, TableError
from tidegate.model.evolution import Terms
from tidegate.model.modes import LateWindow, Upsert
from tidegate.model.names import TableName
from tidegate.tables import delta_writes
from tidegate.tables.delta import DeltaStore
from tidegate.tables.delta_log import DeltaLog, Position

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

NAME = TableName("silver", "things")
APPLICATION = commit(1).token.application
SETTINGS = (
    "spark.databricks.delta.write.txnAppId",
    "spark.databricks.delta.write.txnVersion",
    "spark.databricks.delta.commitInfo.userMetadata",
    "spark.databricks.delta.merge.materializeSource",
    "spark.databricks.delta.schema.autoMerge.enabled",
)


@pytest.fixture
def store(spark: SparkSession, tmp_path: Path) -> DeltaStore:
    return DeltaStore(str(tmp_path), lambda: spark)


def events(*numbers: int, at: int = 1) -> list[Event]:
    return [Event((number, "north"), at, "A", None) for number in numbers]


def test_a_table_is_made_in_one_commit_with_its_properties(store: DeltaStore, spark: SparkSession) -> None:
    published = store.publish(entity_batch(spark, NAME, UPSERT, events(1, 2)), commit(1))
    assert (published.version_before, published.version_after) == (None, 0)
    detail = spark.sql(f"DESCRIBE DETAIL delta.`{store.location(NAME)}`").collect()[0]
    assert delta_writes.PROPERTIES.items() <= detail.properties.items()


def test_deltalake_reads_the_same_facts(store: DeltaStore, spark: SparkSession) -> None:
    deltalake = pytest.importorskip("deltalake")
    for number in (1, 2):
        store.publish(entity_batch(spark, NAME, UPSERT, events(1, number, at=number)[-1:]), commit(number))
    other = deltalake.DeltaTable(store.location(NAME))
    assert other.version() == store.version(NAME)
    assert other.transaction_version(APPLICATION) == 2
    assert other.history(1)[0]["userMetadata"] == commit(2).to_json()


def test_commits_of_other_writers_in_between_do_not_matter(store: DeltaStore, spark: SparkSession) -> None:
    for number in (1, 2):
        store.publish(entity_batch(spark, NAME, UPSERT, events(number)), commit(number))
    spark.sql(f"OPTIMIZE delta.`{store.location(NAME)}`").collect()
    spark.sql(f"ALTER TABLE delta.`{store.location(NAME)}` SET TBLPROPERTIES ('x' = 'y')").collect()
    assert store.last_commit(NAME, APPLICATION) == commit(2)
    pending = store.pending(NAME, 1)
    assert (pending.until, pending.rows) == (3, 0)
    assert store.changes(NAME, 1, 3).count() == 0
    assert store.pending(NAME, None).rows == 2
    third = store.publish(entity_batch(spark, NAME, UPSERT, events(3)), commit(3))
    assert (third.version_before, third.version_after) == (3, 4)


def test_a_merge_without_effect_commits_its_watermark_and_its_replay_does_not(
    store: DeltaStore, spark: SparkSession
) -> None:
    batch = entity_batch(spark, NAME, UPSERT, events(1))
    store.publish(batch, commit(1))
    same = store.publish(batch, commit(2))
    assert (same.version_after, same.unchanged, same.files) == (1, 1, 0)
    assert store.last_commit(NAME, APPLICATION) == commit(2)
    assert store.publish(batch, retried(commit(2))).version_after == 1
    assert store.version(NAME) == 1


def test_the_session_s_settings_are_as_before(store: DeltaStore, spark: SparkSession) -> None:
    store.publish(entity_batch(spark, NAME, UPSERT, events(1)), commit(1))
    batch = entity_batch(spark, NAME, UPSERT, events(2))
    wider = replace(batch, rows=batch.rows.selectExpr("*", "1 AS extra"))
    failing = replace(wider, rows=wider.rows.filter("assert_true(number > 5) IS NULL"))
    spark.conf.set(SETTINGS[3], "all")
    before = [spark.conf.get(key, None) for key in SETTINGS]
    try:
        with pytest.raises(PublishError):
            store.publish(failing, commit(2))
        assert [spark.conf.get(key, None) for key in SETTINGS] == before
        assert store.publish(wider, commit(2)).inserted == 1
        assert [spark.conf.get(key, None) for key in SETTINGS] == before
    finally:
        spark.conf.unset(SETTINGS[3])


def test_a_merge_opens_only_the_files_of_its_days(store: DeltaStore, spark: SparkSession) -> None:
    mode = Upsert(("id",), "id", LateWindow("day", 3))
    first = date(2024, 1, 1)
    for number in range(4):
        day = first + timedelta(days=10 * number)
        rows = spark.createDataFrame([(100 * number + n, day, "A") for n in range(3)], "id int, day date, a string")
        batch = replace(rows_batch(rows, NAME, mode), days=(day,), cluster_by=("day",))
        store.publish(batch, commit(number + 1))
    late = spark.createDataFrame(
        [(100, first + timedelta(days=10), "B"), (999, first, "C")], "id int, day date, a string"
    )
    batch = replace(rows_batch(late, NAME, mode), days=(first, first + timedelta(days=10)))
    published = store.publish(batch, commit(5))
    entry = DeltaLog(store.location(NAME)).entry(published.version_after)
    assert (published.inserted, published.updated) == (1, 1)
    assert entry.metric("numTargetFilesBeforeSkipping") in {None, 4}
    assert "day" in str(entry.parameters["predicate"])
    touched = {file.path for file in entry.removed}
    assert len(touched) == 1
    assert store.read(NAME).count() == 13


def test_a_row_without_an_event_time_is_found_again(store: DeltaStore, spark: SparkSession) -> None:
    mode = Upsert(("id",), "sequence", LateWindow("day", 3))
    schema = "id int, sequence int, day date"
    for number in (1, 2):
        rows = spark.createDataFrame([(1, number, None), (2, number, date(2024, 1, 1))], schema)
        store.publish(replace(rows_batch(rows, NAME, mode), days=(date(2024, 1, 1),)), commit(number))
    assert sorted(map(tuple, store.read(NAME).collect())) == [(1, 2, None), (2, 2, date(2024, 1, 1))]


def test_threads_that_publish_at_once_keep_their_tokens(store: DeltaStore, spark: SparkSession) -> None:
    tables = [TableName("silver", f"table{n}") for n in range(2)]
    for table in tables:
        store.publish(entity_batch(spark, table, UPSERT, events(0)), commit(1, job=table.dataset))

    def publish(table: TableName) -> None:
        store.publish(entity_batch(spark, table, UPSERT, events(1)), commit(2, job=table.dataset))

    threads = [threading.Thread(target=publish, args=(table,)) for table in tables]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for table in tables:
        facts = commit(2, job=table.dataset)
        assert store.last_commit(table, facts.token.application) == facts
        assert store.version(table) == 1


def test_a_second_writer_of_the_same_batch_publishes_nothing(
    store: DeltaStore, spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.publish(entity_batch(spark, NAME, UPSERT, events(1)), commit(1))
    behind = Position(0, commit(1), APPLICATION)
    store.publish(entity_batch(spark, NAME, UPSERT, events(2)), commit(2))
    monkeypatch.setattr(DeltaLog, "position", lambda *_: behind)  # it looked before the first one was done
    again = store.publish(entity_batch(spark, NAME, UPSERT, events(2, at=9)), retried(commit(2)))
    assert again.version_before == again.version_after == store.version(NAME) == 1
    assert (again.inserted, again.unchanged) == (0, 1)
    assert set(events_of(store.read(NAME))) == set(events(1, 2))


def test_a_conflict_with_another_writer_can_be_tried_again(
    store: DeltaStore, spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def conflict(*_: object, **__: object) -> None:
        from pyspark.errors import PySparkException  # noqa: PLC0415 - a stand-in for what the JVM raises

        raise PySparkException("[DELTA_CONCURRENT_APPEND] Files were added by a concurrent update: id 4711")

    monkeypatch.setattr(delta_writes, "append", conflict)
    with pytest.raises(ConcurrentWriteError) as caught:
        store.publish(entity_batch(spark, NAME, UPSERT, events(1)), commit(1))
    assert caught.value.retryable
    assert "4711" not in str(caught.value)


def test_a_log_that_is_cut_off_does_not_pass_for_one_without_commits(store: DeltaStore, spark: SparkSession) -> None:
    pytest.importorskip("deltalake")
    for number in (1, 2):
        store.publish(entity_batch(spark, NAME, UPSERT, events(number)), commit(number, job=f"job{number}"))
    spark.sql(
        f"ALTER TABLE delta.`{store.location(NAME)}` SET TBLPROPERTIES ('delta.checkpointInterval' = '3')"
    ).collect()
    store.publish(entity_batch(spark, NAME, UPSERT, events(3)), commit(1, job="job3"))
    DeltaLogFolder(store.location(NAME)).forget(0)
    with pytest.raises(TableError, match="commit of batch 1 is gone"):
        store.last_commit(NAME, commit(1, job="job1").token.application)
    assert store.last_commit(NAME, commit(1, job="nobody").token.application) is None


class DeltaLogFolder:
    """The folder of a log, for tests that lose parts of it."""

    def __init__(self, location: str) -> None:
        from pathlib import Path  # noqa: PLC0415 - used nowhere else at run time

        self.path = Path(location) / "_delta_log"

    def forget(self, version: int) -> None:
        (self.path / f"{version:020d}.json").unlink()


def test_a_table_that_gets_other_types_keeps_what_is_added_meanwhile(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = DeltaStore(str(tmp_path), lambda: spark)
    name, rows = TableName("layer", "widened"), spark.createDataFrame([(1,)], "id int")
    store.publish(rows_batch(rows, name), commit(1))
    whole = delta_writes._whole

    def raced(target: delta_writes.Target) -> DataFrame:
        found = whole(target)
        rows.selectExpr("id + 1 AS id").write.format("delta").mode("append").save(target.location)
        return found

    monkeypatch.setattr(delta_writes, "_whole", raced)
    wider = rows.selectExpr("cast(id + 2 AS bigint) AS id")
    store.publish(replace(rows_batch(wider, name), terms=Terms("permissive")), commit(2))
    assert sorted(row.id for row in store.read(name).collect()) == [1, 2, 3]
    assert dict(store.read(name).dtypes) == {"id": "bigint"}


def test_a_column_that_refuses_nulls_takes_them_once_nobody_requires_it(store: DeltaStore, spark: SparkSession) -> None:
    spark.sql(f"CREATE TABLE delta.`{store.location(NAME)}` (id INT NOT NULL) USING delta").collect()
    rows = rows_batch(spark.createDataFrame([(None,)], "id int"), NAME)
    with pytest.raises(PublishError, match="id takes nulls, which the table refuses: evolution is additive"):
        store.publish(replace(rows, terms=Terms("additive", frozenset())), commit(1))
    assert store.version(NAME) == 0
    store.publish(replace(rows, terms=Terms("permissive", frozenset())), commit(1))
    assert [row.id for row in store.read(NAME).collect()] == [None]


def test_a_restore_that_another_writer_was_faster_than_leaves_what_that_writer_made(
    store: DeltaStore, spark: SparkSession
) -> None:
    for number in (1, 2):
        store.publish(entity_batch(spark, NAME, UPSERT, events(number)), commit(number))
    waiting = [3]

    def session() -> SparkSession:
        if waiting:
            number = waiting.pop()
            store.publish(entity_batch(spark, NAME, UPSERT, events(number)), commit(number))
        return spark

    slow = DeltaStore(store.location(NAME).rpartition("/")[0], session)
    with pytest.raises(ConcurrentWriteError):
        slow.restore(NAME, 0)
    assert set(events_of(store.read(NAME))) == set(events(1, 2, 3))
    assert store.last_commit(NAME, APPLICATION) == commit(3)
    assert store.restore(NAME, 0) == store.version(NAME)
    assert set(events_of(store.read(NAME))) == set(events(1))
