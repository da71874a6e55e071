"""Change data whose keys keep to their day opens the files of the batch's days and no others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyarrow import parquet
from tests.conformance.reference import Event
from tests.tables.batches import CHANGES, commit, day_of, entity_batch, events_of

from tidegate.errors import TidegateError
from tidegate.model.modes import LateWindow

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

    from tidegate.model.names import TableName
    from tidegate.tables.port import TableStore

pytestmark = pytest.mark.spark

FIXED = replace(CHANGES, late=LateWindow("day", 3), event_is_fixed=True)
FIRST = [Event((number, "north"), 1, "A", None) for number in range(4)]
CHANGED, GONE, NEW = (1, "north"), (6, "north"), (11, None)


@pytest.mark.parametrize("kind", ["delta", "iceberg"], indirect=True)
def test_files_of_other_days_are_not_opened(
    store: TableStore, spark: SparkSession, new_table: Callable[[], TableName]
) -> None:
    table = new_table()
    for number, event in enumerate([*FIRST, Event(GONE, 1, "A", None)], start=1):
        store.publish(entity_batch(spark, table, FIXED, [event]), commit(number))
    for file in Path(store.location(table).removeprefix("file:")).rglob("*.parquet"):
        days = (
            set(parquet.read_table(file, columns=["day"])["day"].to_pylist()) if "_delta_log" not in str(file) else None
        )
        if days is not None and day_of(CHANGED) not in days:
            file.unlink()
    changes = [Event(CHANGED, 2, "B", 1), Event(GONE, 2, None, None, "delete"), Event(NEW, 1, "N", 1)]
    done = store.publish(entity_batch(spark, table, FIXED, changes), commit(9))
    assert (done.inserted, done.updated, done.deleted) == (1, 1, 1)
    of_the_day = store.read(table).filter(f"day = DATE'{day_of(CHANGED)}'")
    assert set(events_of(of_the_day)) == {changes[0], changes[2]}
    everywhere = replace(entity_batch(spark, table, FIXED, [Event(CHANGED, 3, "C", 1)]), mode=CHANGES)
    with pytest.raises(TidegateError):
        store.publish(everywhere, commit(10))
