"""A batch that was made anew from known events stands against what is equally new, and against nothing newer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.conformance.reference import Event
from tests.tables.batches import SCD2, UPSERT, commit, entity_batch

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

    from tidegate.model.names import TableName
    from tidegate.tables.port import TableStore

pytestmark = pytest.mark.spark

KEYS = [(number, "r") for number in range(1, 6)]
BEFORE = [
    Event(KEYS[0], 10, "z", 9),
    Event(KEYS[1], 10, "z", 9),
    Event(KEYS[2], 10, None, 3),
    Event(KEYS[3], 20, "n", 1),
]
ANEW = [
    Event(KEYS[0], 10, "a", 1),
    Event(KEYS[1], 10, "z", 9),
    Event(KEYS[2], 10, None, None),
    Event(KEYS[3], 10, "o", 2),
]


def test_an_upsert_that_prevails(store: TableStore, spark: SparkSession, new_table: Callable[[], TableName]) -> None:
    table = new_table()
    store.publish(entity_batch(spark, table, UPSERT, BEFORE), commit(1))
    batch = replace(entity_batch(spark, table, UPSERT, [*ANEW, Event(KEYS[4], 1, "new", 1)]), prevails=True)
    done = store.publish(batch, commit(2))
    found = {row["number"]: (row["a"], row["b"]) for row in store.read(table).collect()}
    assert found == {1: ("a", 1), 2: ("z", 9), 3: (None, None), 4: ("n", 1), 5: ("new", 1)}
    assert (done.inserted, done.updated, done.unchanged) == (1, 2, 2)


def test_a_history_that_prevails(store: TableStore, spark: SparkSession, new_table: Callable[[], TableName]) -> None:
    table = new_table()
    store.publish(entity_batch(spark, table, SCD2, BEFORE), commit(1))
    batch = replace(entity_batch(spark, table, SCD2, ANEW), prevails=True)
    done = store.publish(batch, commit(2))
    found = sorted((row["number"], row["a"], row["b"], row["is_current"]) for row in store.read(table).collect())
    assert found == [
        (1, "a", 1, True),
        (2, "z", 9, True),
        (3, None, None, True),
        (4, "n", 1, True),
        (4, "o", 2, False),
    ]
    assert (done.inserted, done.updated, done.unchanged) == (1, 2, 1)
