"""Tables that another writer has put several rows of one key into."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.conformance.reference import Event
from tests.tables.batches import UPSERT, commit, entity_batch, events_of

from tidegate.errors import PublishError
from tidegate.tables.catalog import plain
from tidegate.tables.iceberg import IcebergStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

    from tidegate.model.names import TableName
    from tidegate.tables.port import TableStore

pytestmark = pytest.mark.spark


@pytest.mark.parametrize("kind", ["delta", "iceberg"], indirect=True)
def test_several_rows_of_a_key_are_changed_alike_and_told(
    store: TableStore, spark: SparkSession, new_table: Callable[[], TableName]
) -> None:
    name, (old, new) = new_table(), ([Event((1, "north"), at, text, None)] for at, text in ((1, "A"), (2, "B")))
    store.publish(entity_batch(spark, name, UPSERT, old), commit(1))
    rows, tables = store.read(name), plain(store)
    if isinstance(tables, IcebergStore):
        rows.writeTo(tables._target(name).name).append()
    else:
        rows.write.format("delta").mode("append").save(store.location(name))
    with pytest.raises(PublishError, match="it has several rows of one key") as caught:
        store.publish(entity_batch(spark, name, UPSERT, new), commit(2))
    assert str(name) in str(caught.value)
    assert events_of(store.read(name)) == new * 2
    assert store.publish(entity_batch(spark, name, UPSERT, new), commit(2)).unchanged == 1, "it is in the table"
