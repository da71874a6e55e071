"""Rows that are equally new: broken by declared columns, or refused without a change of the table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.conformance.reference import Event
from tests.tables.batches import UPSERT, commit, entity_batch, events_of

from tidegate.errors import PublishError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

    from tidegate.model.names import TableName
    from tidegate.tables.port import TableStore

pytestmark = pytest.mark.spark

KEY, OTHER = (1, "north"), (2, None)
REFUSING = replace(UPSERT, tie_break="refuse")
BROKEN_BY_B = replace(UPSERT, tie_break=("b",))


def test_a_row_as_new_as_the_tables_own_that_differs_is_refused(
    store: TableStore, spark: SparkSession, new_table: Callable[[], TableName]
) -> None:
    table, first = new_table(), [Event(KEY, 5, "A", None), Event(OTHER, 5, "A", 1)]
    store.publish(entity_batch(spark, table, REFUSING, first), commit(1))
    same = [Event(KEY, 5, "A", None), Event(OTHER, 6, "B", 1)]
    assert store.publish(entity_batch(spark, table, REFUSING, same), commit(2)).unchanged == 1
    before = store.version(table)
    tied = [Event(KEY, 5, "A", 2), Event(OTHER, 7, "C", 1)]
    with pytest.raises(PublishError, match="differs from it"):
        store.publish(entity_batch(spark, table, REFUSING, tied), commit(3))
    assert set(events_of(store.read(table))) == set(same)
    assert store.version(table) == before


def test_a_declared_column_breaks_a_tie_before_all_others(
    store: TableStore, spark: SparkSession, new_table: Callable[[], TableName]
) -> None:
    table, right = new_table(), [Event(KEY, 5, "A", 2), Event(OTHER, 5, None, 1)]
    store.publish(entity_batch(spark, table, BROKEN_BY_B, [right[0], Event(OTHER, 5, "Z", 0)]), commit(1))
    store.publish(entity_batch(spark, table, BROKEN_BY_B, [Event(KEY, 5, "Z", 1), right[1]]), commit(2))
    assert set(events_of(store.read(table))) == set(right)
