"""A real broker of Kafka for tests: its own controller, one topic's worth of settings, whose log lies in a folder."""

from __future__ import annotations

import base64
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewPartitions, NewTopic
from tests.java_servers import fetched, free_port, run_java, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from concurrent.futures import Future
    from pathlib import Path

    from confluent_kafka import Message

VERSION = "3.9.1"

_WANTED = f'<dependency org="org.apache.kafka" name="kafka_2.13" rev="{VERSION}"/>'
_QUIET = {"log_level": 0}
# Nothing is too old to keep: records of 2024 would be gone at the broker's next look, in the middle of a test.
_SETTINGS = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={folder}/log
num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
message.max.bytes=20000
log.retention.ms=-1
"""


@contextmanager
def broker(folder: Path, port: int | None = None) -> Iterator[str]:
    """Run a broker; give its address. A folder that had one before has its topics."""
    settings, port = folder / "server.properties", port or free_port()
    is_new = not settings.exists()
    settings.write_text(_SETTINGS.format(port=port, controller=free_port(), folder=folder))
    jars = fetched(f"kafka-{VERSION}", _WANTED)
    if is_new:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        run_java("kafka.tools.StorageTool", jars, "format", "-t", cluster, "-c", str(settings))
    with serving("kafka.Kafka", jars, f"127.0.0.1:{port}", arguments=[str(settings)], ask=_brokers):
        yield f"127.0.0.1:{port}"


def events(address: str, topic: str, count: int) -> list[tuple[str | None, str]]:
    """Return the first messages of a topic, each with its key."""
    consumer = Consumer({**_QUIET, "bootstrap.servers": address, "group.id": "tests", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, 0, 0)])
    found = [message for message in consumer.consume(count, timeout=30) if message.error() is None]
    consumer.close()
    return [(None if (key := one.key()) is None else key.decode(), (one.value() or b"").decode()) for one in found]


class Topic:
    """A topic of a broker, written as a test says: nothing of it is left to chance."""

    def __init__(self, address: str, name: str, partitions: int = 1) -> None:
        """Make the topic."""
        self.address, self.name, self.partitions = address, name, partitions
        self.sent: list[tuple[int, int]] = []
        self._admin = AdminClient({**_QUIET, "bootstrap.servers": address})
        self._make()

    def send(
        self,
        partition: int,
        *values: str | bytes | None,
        key: str | None = None,
        headers: dict[str, str | bytes | None] | None = None,
        milliseconds: int = 0,
    ) -> None:
        """Send records to a partition, and note where they are."""

        def note(error: object, message: Message) -> None:
            assert error is None
            self.sent.append((message.partition() or 0, message.offset() or 0))

        for value in values:
            self._producer.produce(
                self.name, value, key, partition, note, timestamp=milliseconds, headers=headers or {}
            )
        assert self._producer.flush(30) == 0

    def transact(self, *values: str, is_aborted: bool) -> None:
        """Send records to the first partition in one transaction."""
        producer = Producer({**_QUIET, "bootstrap.servers": self.address, "transactional.id": self.name})
        producer.init_transactions(30)
        producer.begin_transaction()
        for value in values:
            producer.produce(self.name, value, partition=0)
        producer.flush(30)
        producer.abort_transaction(30) if is_aborted else producer.commit_transaction(30)

    def widen(self, partitions: int) -> None:
        """Give the topic more partitions."""
        self._done(self._admin.create_partitions([NewPartitions(self.name, partitions)]))
        self._introduce()

    def expire(self, partition: int, before: int) -> None:
        """Let the records of a partition go that lie before an offset, as if their time were up."""
        self._done(self._admin.delete_records([TopicPartition(self.name, partition, before)]))

    def remake(self) -> None:
        """Make the topic anew."""
        self._done(self._admin.delete_topics([self.name]))
        self._make()

    def _make(self) -> None:
        self._done(self._admin.create_topics([NewTopic(self.name, self.partitions, 1)]))
        self._introduce()

    def _introduce(self) -> None:
        """Send from now on by a producer that has asked for the partitions that there are."""
        self._producer = Producer({**_QUIET, "bootstrap.servers": self.address})

    @staticmethod
    def _done(asked: Mapping[Any, Future[Any]]) -> None:
        for answer in asked.values():
            answer.result(30)


def _brokers(address: str) -> bytes:
    """Return something once a broker answers."""
    try:
        AdminClient({**_QUIET, "bootstrap.servers": address}).list_topics(timeout=1)
    except KafkaException:
        return b""
    return b"there"
