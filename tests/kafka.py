"""A real broker of Kafka for tests: its own controller, one topic's worth of settings, whose log lies in a folder."""

from __future__ import annotations

import base64
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from tests.java_servers import fetched, free_port, run_java, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = "3.9.1"

_WANTED = f'<dependency org="org.apache.kafka" name="kafka_2.13" rev="{VERSION}"/>'
_QUIET = {"log_level": 0}
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
message.max.bytes=20000
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


def _brokers(address: str) -> bytes:
    """Return something once a broker answers."""
    try:
        AdminClient({**_QUIET, "bootstrap.servers": address}).list_topics(timeout=1)
    except KafkaException:
        return b""
    return b"there"
