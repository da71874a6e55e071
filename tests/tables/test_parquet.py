"""What is special about Parquet tables: nothing exists that no manifest names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.tables.batches import commit, rows_batch

from tidegate import storage
from tidegate.errors import ConcurrentWriteError, PublishError
from tidegate.model.names import TableName
from tidegate.tables.manifests import ManifestLog
from tidegate.tables.parquet import ParquetStore

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

NAME = TableName("bronze", "things")


@pytest.fixture
def store(spark: SparkSession, tmp_path: Path) -> ParquetStore:
    return ParquetStore(str(tmp_path), lambda: spark)


def folders(tmp_path: Path) -> list[str]:
    """Return the folders of batches, named in manifests or not."""
    return sorted(path.name for path in (tmp_path / "things" / "data").iterdir())


def test_a_folder_without_a_manifest_does_not_exist(store: ParquetStore, spark: SparkSession, tmp_path: Path) -> None:
    rows = spark.range(3)
    store.publish(rows_batch(rows, NAME), commit(1))
    killed = tmp_path / "things" / "data" / "00000002-killed"
    rows.write.parquet(str(killed / "rows"))
    rows.write.mode("append").parquet(str(tmp_path / "things" / "data" / folders(tmp_path)[0] / "rows"))
    assert store.version(NAME) == 1
    assert store.read(NAME).count() == 3
    assert store.publish(rows_batch(rows, NAME), commit(2)).version_after == 2
    assert store.changes(NAME, 1, 2).count() == 3


def test_a_writer_that_comes_second_leaves_nothing(
    store: ParquetStore, spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.publish(rows_batch(spark.range(3), NAME), commit(1))
    before = folders(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(ManifestLog, "version", lambda _: None)  # it looked before the first one was done
        with pytest.raises(ConcurrentWriteError) as caught:
            store.publish(rows_batch(spark.range(5), NAME), commit(1, job="other"))
    assert caught.value.retryable
    assert folders(tmp_path) == before
    assert store.read(NAME).count() == 3


def test_a_batch_that_is_not_what_it_says_is_not_published(store: ParquetStore, spark: SparkSession) -> None:
    batch = rows_batch(spark.range(3), NAME)
    other = type(batch)(NAME, batch.mode, spark.range(4), batch.compared, batch.count)
    with pytest.raises(PublishError, match="3 rows were to be published, and 4"):
        store.publish(other, commit(1))
    assert store.version(NAME) is None
    assert storage.list_files(store.location(NAME)) == ()


def test_what_spark_refuses_is_told_without_values(store: ParquetStore, spark: SparkSession) -> None:
    failing = spark.range(1).selectExpr("assert_true(id > 5, 'secret 4711') AS id")
    batch = type(rows_batch(spark.range(1), NAME))(NAME, rows_batch(spark.range(1), NAME).mode, failing, ("id",), 1)
    with pytest.raises(PublishError, match="Spark could not write the table") as caught:
        store.publish(batch, commit(1))
    assert "4711" not in str(caught.value)
    assert store.version(NAME) is None
