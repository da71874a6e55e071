"""A span of a topic without records is read without asking the brokers."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from tidegate.model.connections import KafkaConnection
from tidegate.model.contracts import Column, Contract
from tidegate.model.names import TableName
from tidegate.model.topics import Kafka
from tidegate.sources.kafka import KAFKA_COLUMNS, in_contract, read_topic
from tidegate.sources.offsets import OffsetSpan

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

NOBODY = KafkaConnection("shop", "nowhere.invalid:1", timeout_seconds=1)
CONTRACT = Contract(TableName("bronze", "orders"), "1", (Column("id", "bigint"),), ())


def test_a_span_that_has_come_to_its_end_has_no_records_and_all_columns(spark: SparkSession) -> None:
    """Such a span is read where a topic was put back: the mark moves, and nothing else."""
    declared = Kafka("shop", "orders")
    records = read_topic(spark, NOBODY, declared, OffsetSpan("orders", "t1", {0: 5, 1: 0}, {0: 5, 1: 0}))
    rows = in_contract(records, declared, datetime(2024, 1, 1, tzinfo=timezone.utc), CONTRACT)
    assert rows.collect() == []
    assert {"id", "_source_file", "_source_line", *KAFKA_COLUMNS} <= set(rows.columns)
    assert dict(rows.dtypes)["_kafka_headers"] == "array<struct<key:string,value:binary>>"
