"""Records of a topic of Kafka as rows: their values read as JSON, and beside them where they come from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.sources.jsonl import shape_jsonl
from tidegate.sources.lines import IS_TEXT, TEXT, is_utf8
from tidegate.sources.options import Options
from tidegate.sources.origin import ARRIVED, FILE, LINE

if TYPE_CHECKING:
    from datetime import datetime

    from pyspark.sql import DataFrame, SparkSession

    from tidegate.model.connections import KafkaConnection
    from tidegate.model.contracts import Contract
    from tidegate.model.topics import Kafka
    from tidegate.sources.offsets import OffsetSpan

# What a row says of its record beside `_source_file` and `_source_line`, and what Spark calls it.
KAFKA_COLUMNS = {
    "_kafka_topic": "topic",
    "_kafka_partition": "partition",
    "_kafka_offset": "offset",
    "_kafka_timestamp": "timestamp",
    "_kafka_key": "key",
    "_kafka_headers": "headers",
}

_RECORDS = (
    "key binary, value binary, topic string, partition int, offset bigint, timestamp timestamp, "
    "headers array<struct<key:string,value:binary>>"
)
# Fewer records than this are read one partition after the other, and lie in one file.
_RECORDS_OF_A_TASK = 10_000


def read_topic(session: SparkSession, connection: KafkaConnection, declared: Kafka, span: OffsetSpan) -> DataFrame:
    """Return the records of a span, as Spark gives them. Every use of the frame asks the brokers again.

    Offsets name the same records each time. Where some are gone meanwhile, the use fails.

    Args:
        session: The session.
        connection: The brokers.
        declared: The topic.
        span: What is read.
    """
    wanted = {partition: start for partition, start in span.starts.items() if span.ends[partition] > start}
    if not wanted:
        return no_records(session)
    reader = session.read.format("kafka").options(**client_options(connection))
    reader = reader.option("assign", json.dumps({declared.topic: sorted(wanted)}))
    reader = reader.option("startingOffsets", _offsets(declared.topic, wanted))
    reader = reader.option("endingOffsets", _offsets(declared.topic, {one: span.ends[one] for one in wanted}))
    records = reader.option("includeHeaders", "true").option("failOnDataLoss", "true").load()
    tasks = -(-span.size // _RECORDS_OF_A_TASK)
    return records.coalesce(tasks) if tasks < len(wanted) else records


def watch_topic(session: SparkSession, connection: KafkaConnection, topic: str) -> DataFrame:
    """Return the stream of a topic, which tells that records have come; nobody is to read its rows.

    Args:
        session: The session.
        connection: The brokers.
        topic: The topic.
    """
    stream = session.readStream.format("kafka").options(**client_options(connection)).option("subscribe", topic)
    # What is there already is news for a table that has not read it; what is gone, the run will tell.
    return stream.option("startingOffsets", "earliest").option("failOnDataLoss", "false").load()


def client_options(connection: KafkaConnection) -> dict[str, str]:
    """Return what Spark is told of the brokers, secrets included."""
    told = {"isolation.level": "read_committed", **connection.properties, "bootstrap.servers": connection.servers}
    return {f"kafka.{key}": value for key, value in told.items()}


def no_records(session: SparkSession) -> DataFrame:
    """Return no records, in the columns that they have."""
    return session.createDataFrame([], _RECORDS)


def in_contract(records: DataFrame, declared: Kafka, arrived_at: datetime, contract: Contract) -> DataFrame:
    """Return the records in the columns that the rows of files have, their values read as lines of a file are.

    A record without a value, by which Kafka marks a deletion, is a row whose columns are null.

    Args:
        records: What `read_topic` has returned.
        declared: The topic.
        arrived_at: Time of the run, which is `_arrived_at`.
        contract: The contract.

    Returns:
        The columns of `shape`, `_source_file` being `connection/topic/partition` and `_source_line` the offset, and
        `KAFKA_COLUMNS`. One row per record.
    """
    texts = records.withColumn(TEXT, F.coalesce(F.col("value").cast("string"), F.lit("{}")))
    lines = texts.select(
        F.concat_ws("/", F.lit(declared.label), F.col("partition")).alias(FILE),
        F.lit(arrived_at).cast("timestamp").alias(ARRIVED),
        F.col("offset").alias(LINE),
        TEXT,
        is_utf8(records.sparkSession, TEXT).alias(IS_TEXT),
        *(F.col(theirs).alias(ours) for ours, theirs in KAFKA_COLUMNS.items()),
    )
    return shape_jsonl(lines, Options(), contract, tuple(KAFKA_COLUMNS))


def _offsets(topic: str, offsets: dict[int, int]) -> str:
    return json.dumps({topic: {str(partition): offset for partition, offset in offsets.items()}})
