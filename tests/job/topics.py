"""Jobs that read topics of Kafka, and a process of their own in which one dies.

`python -m tests.job.topics ROOT ADDRESS TOPIC MOMENT TIMES` streams a topic to bronze until the process and its Java
are killed, when the moment (a step, or `end`: published and not noted by Spark) comes for that time.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tests.connector import connector
from tests.job.streams import Moment, stream

from tidegate.job.base import SparkJob
from tidegate.model.connections import KafkaConnection
from tidegate.model.contracts import Column, Contract
from tidegate.model.declarations import Output
from tidegate.model.modes import Append
from tidegate.model.names import TableName
from tidegate.model.topics import Kafka
from tidegate.testing import Sandbox
from tidegate.testing.session import local_session

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import SparkSession
    from tests.kafka import Topic

    from tidegate.model.connections import AnyConnection
    from tidegate.model.events import Observer

ORDERS = TableName.parse("bronze.orders")
COLUMNS = (Column("id", "bigint"), Column("price", "decimal(12,2)"), Column("tags", "array<string>"))


def reading(topic: str, **changes: object) -> SparkJob:
    """Return a job that takes a topic as it comes."""
    kafka = replace(Kafka("shop", topic), **changes)  # type: ignore[arg-type]
    members = {"inputs": {"orders": kafka}, "output": Output("bronze.orders", Append())}
    job: SparkJob = type("Orders", (SparkJob,), members)()
    return job


def lakehouse(
    spark: SparkSession, root: Path, address: str, formats: Mapping[str, str], observers: Sequence[Observer] = ()
) -> Sandbox:
    """Return a lakehouse that knows a broker."""
    shop: AnyConnection = KafkaConnection("shop", address, timeout_seconds=10)
    contract = Contract(ORDERS, "1.0.0", COLUMNS, ())
    return Sandbox(spark, root, (contract,), formats, observers, connections={"shop": shop})


class Shop:
    """A topic, and a lakehouse that reads it."""

    def __init__(self, sandbox: Sandbox, topic: Topic) -> None:
        self.sandbox, self.topic = sandbox, topic
        self.job = reading(topic.name)

    def orders(self, partition: int, *numbers: int) -> None:
        """Send orders."""
        self.topic.send(partition, *(json.dumps({"id": number}) for number in numbers))

    def failure(self, **changes: object) -> str:
        """Return why a run of the job fails."""
        report = reading(self.topic.name, **changes).execute(self.sandbox.context)
        assert report.status == "failed"
        return str(report.error)


def places(sandbox: Sandbox) -> list[tuple[int, int]]:
    """Return where the records are that the table and its quarantine have, partition and offset."""
    found = []
    for name in (ORDERS, TableName("quarantine", "bronze_orders")):
        store = sandbox.context.tables.store(name)
        if store.version(name) is not None:
            rows = store.read(name).select("_kafka_partition", "_kafka_offset").collect()
            found += [(row[0], row[1]) for row in rows]
    return sorted(found)


def _die() -> None:
    os.killpg(os.getpgrp(), signal.SIGKILL)


def main(root: str, address: str, topic: str, moment: str, times: str) -> None:
    """Stream a topic until the moment comes."""
    conf = {"spark.driver.memory": "1g", "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1"}
    with local_session({**conf, "spark.jars": connector()}, formats=frozenset()) as session:
        observers = [Moment(moment, int(times), _die)]
        sandbox = lakehouse(session, Path(root), address, {"bronze": "parquet"}, observers)
        stream(sandbox, reading(topic, max_records=2))


if __name__ == "__main__":
    main(*sys.argv[1:])
