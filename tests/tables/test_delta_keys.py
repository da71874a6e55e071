"""Keys that are added once to a Delta table, whatever other writers add at the same time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyspark.sql import functions as F
from tests.tables.batches import commit, rows_batch

from tidegate.errors import ConcurrentWriteError
from tidegate.model.names import TableName
from tidegate.tables.delta import DeltaStore
from tidegate.tables.delta_log import DeltaLog, Position

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from tidegate.tables.port import Batch, Published

pytestmark = pytest.mark.spark

NAME = TableName("silver", "log")


def keyed(store: DeltaStore, session: SparkSession, *ids: int, by: str = "me") -> Batch:
    """Return a batch of keys that were held against the table as it is now."""
    rows = session.createDataFrame([(one, by) for one in ids], "id int, by string")
    reach = F.col("id").between(min(ids), max(ids))
    return replace(rows_batch(rows, NAME), keyed_by=("id",), seen=store.version(NAME), reach=reach)


def keys(store: DeltaStore, where: str = "true") -> list[int]:
    return sorted(row.id for row in store.read(NAME).filter(where).select("id").collect())


@pytest.mark.parametrize("known", [(), (0,)], ids=["first", "later"])
def test_keys_that_two_writers_bring_at_once_are_added_once(
    spark: SparkSession, tmp_path: Path, known: tuple[int, ...]
) -> None:
    """Both have looked at the table before either of them adds to it; the one that is too late is offered again."""
    store = DeltaStore(str(tmp_path), lambda: spark)
    if known:
        store.publish(keyed(store, spark, *known), commit(1, job="before"))
    together = threading.Barrier(2, timeout=120)

    def add(by: str) -> Published:
        session = spark.newSession()
        mine = DeltaStore(str(tmp_path), lambda: session)
        batch = keyed(mine, session, 1, 2, 3, by=by)
        together.wait()
        try:
            return mine.publish(batch, commit(1, job=by))
        except ConcurrentWriteError:
            return mine.publish(replace(batch, seen=mine.version(NAME)), commit(1, job=by))

    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(add, "ab"))
    assert keys(store) == [*known, 1, 2, 3]
    assert sorted((one.inserted, one.unchanged) for one in done) == [(0, 3), (3, 0)]


def test_what_came_just_before_is_seen_and_files_that_the_keys_do_not_reach_stay_closed(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = DeltaStore(str(tmp_path), lambda: spark)
    store.publish(keyed(store, spark, 1, 2, 3), commit(1))
    for file in Path(store.location(NAME)).glob("*.parquet"):
        file.unlink()  # whoever opened it would fail
    behind, late = Position(0, commit(1), commit(1).token.application), keyed(store, spark, 4, 5)
    store.publish(keyed(store, spark, 5, 6), commit(1, job="other"))
    monkeypatch.setattr(DeltaLog, "position", lambda *_: behind)  # it looked before the other one was done
    published = store.publish(late, commit(2))
    assert (published.inserted, published.unchanged) == (1, 1)
    assert keys(store, "id > 3") == [4, 5, 6]
    log = Path(store.location(NAME), "_delta_log", f"{published.version_after:020d}.json").read_text(encoding="utf-8")
    assert '"isBlindAppend":false' in log, "Delta holds it against what others commit meanwhile"
