"""What a topic of Kafka holds now, asked through Kafka's own client in Spark's Java: what Spark reaches, it reaches."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tidegate.errors import PlatformError, SourceError
from tidegate.model.topics import TopicExtent
from tidegate.platforms.gateway import java_classes
from tidegate.platforms.jars import kafka_package

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pyspark.sql import SparkSession

    from tidegate.model.connections import KafkaConnection

# Databricks has it under a name of its own.
_CLIENTS = ("org.apache.kafka", "kafkashaded.org.apache.kafka")
_NO_ID = "AAAAAAAAAAAAAAAAAAAAAA"
# What Kafka's client calls what went wrong, and what to do; its messages may repeat settings, so only names are shown.
_HINTS = {
    "UnknownTopicOrPartitionException": "there is no such topic, or nobody may see it: check its name and its ACLs",
    "InvalidTopicException": "the brokers take no topic of that name",
    "TopicAuthorizationException": "let the connection's user describe and read the topic (ACLs)",
    "ClusterAuthorizationException": "let the connection's user describe and read the topic (ACLs)",
    "SaslAuthenticationException": "check user, password and sasl.mechanism of the connection",
    "SslAuthenticationException": "check the certificates and security.protocol of the connection",
    "UnsupportedVersionException": "the brokers are too old for Spark's client of Kafka",
    "ConfigException": "check bootstrap_servers, whose names have to resolve, and the options of the connection",
    "KafkaException": "check bootstrap_servers, and the options of the connection: those of Kafka's Java client",
    "TimeoutException": "check bootstrap_servers, the network and security.protocol of the connection",
}
_PASSING = frozenset({"TimeoutException", "NotLeaderOrFollowerException", "LeaderNotAvailableException"})


def topic_extent(
    session: SparkSession, connection: KafkaConnection, topic: str, since: datetime | None = None
) -> TopicExtent:
    """Return what a topic holds now.

    Args:
        session: The session, whose Java has Kafka's client.
        connection: The brokers.
        topic: The topic.
        since: A moment of which is asked which offset is the first since; None where it does not matter.

    Raises:
        PlatformError: The session is one of Spark Connect, or its class path lacks Spark's connector of Kafka.
        SourceError: The brokers cannot be asked, or there is no such topic.
    """
    from py4j.protocol import Py4JJavaError  # type: ignore[import-untyped] # noqa: PLC0415 - PySpark's own, an extra

    kafka = _client(session)
    try:
        with closing(_admin(session, kafka, connection)) as admin:
            return _Asked(java_classes(session), kafka, admin, topic, connection.properties).extent(since)
    except Py4JJavaError as error:
        raise _failure(error, f"{connection.name}/{topic}") from None


def _client(session: SparkSession) -> Any:  # noqa: ANN401 - py4j has no types
    """Return the package of Kafka's client."""
    jvm = java_classes(session)
    if jvm is None:
        raise PlatformError(
            "what a topic holds is asked through Spark's Java, which a session of Spark Connect keeps to itself",
            where="a job that reads Kafka",
            hint="run the job where Spark runs in its own process (local, spark-submit, EMR, Glue, Kubernetes)",
        )
    for name in _CLIENTS:
        package = jvm
        for part in name.split("."):
            package = getattr(package, part)
        if type(package.clients.admin.Admin).__name__ == "JavaClass":  # else it is given as a package
            return package
    raise PlatformError(
        "this Spark session does not know Kafka",
        where="the class path of the driver",
        hint=f"add --packages {kafka_package(session.version)}, or the platform's own connector",
    )


def _admin(session: SparkSession, kafka: Any, connection: KafkaConnection) -> Any:  # noqa: ANN401 - as above
    milliseconds = str(int(connection.timeout_seconds * 1000))
    limits = {"default.api.timeout.ms": milliseconds, "request.timeout.ms": milliseconds}
    properties = java_classes(session).java.util.HashMap()  # type: ignore[union-attr] # `_client` has looked
    for key, value in {**limits, **connection.properties, "bootstrap.servers": connection.servers}.items():
        properties.put(key, value)
    return kafka.clients.admin.Admin.create(properties)


@dataclass(frozen=True)
class _Asked:
    """A topic, and whom to ask about it: the Java, Kafka's package in it, its client."""

    jvm: Any
    kafka: Any
    admin: Any
    topic: str
    properties: Mapping[str, str]

    def extent(self, since: datetime | None) -> TopicExtent:
        names, specs = self.jvm.java.util.ArrayList(), self.kafka.clients.admin.OffsetSpec
        names.add(self.topic)
        described = self.admin.describeTopics(names).allTopicNames().get().get(self.topic)
        partitions = [one.partition() for one in described.partitions()]
        first, end = self._offsets(partitions, specs.earliest()), self._offsets(partitions, specs.latest())
        moment = specs.forTimestamp(int(since.timestamp() * 1000)) if since else None
        known = str(described.topicId())
        return TopicExtent(
            "" if known == _NO_ID else known, first, end, self._offsets(partitions, moment) if moment else {}
        )

    def _offsets(self, partitions: list[int], spec: Any) -> dict[int, int]:  # noqa: ANN401 - as above
        """Return, per partition, the offset that is asked for; those that have none are left out."""
        wanted, levels = self.jvm.java.util.HashMap(), self.kafka.common.IsolationLevel
        places = {number: self.kafka.common.TopicPartition(self.topic, number) for number in partitions}
        for place in places.values():
            wanted.put(place, spec)
        level = levels.READ_UNCOMMITTED if _is_uncommitted(self.properties) else levels.READ_COMMITTED
        told = self.admin.listOffsets(wanted, self.kafka.clients.admin.ListOffsetsOptions(level)).all().get()
        found = {number: int(told.get(place).offset()) for number, place in places.items()}
        return {number: offset for number, offset in found.items() if offset >= 0}


def _is_uncommitted(properties: Mapping[str, str]) -> bool:
    return properties.get("isolation.level", "").lower() == "read_uncommitted"


def _failure(error: Any, where: str) -> SourceError:  # noqa: ANN401 - as above
    """Return what a failure of Kafka's client says, by the names of its classes alone."""
    thrown = error.java_exception
    names: list[str] = []
    while thrown is not None and len(names) < len(_HINTS):
        names.append(thrown.getClass().getSimpleName())
        thrown = thrown.getCause()
    told = next((name for name in reversed(names) if name in _HINTS), names[-1])
    return SourceError(
        f"Kafka cannot be asked ({told})",
        where=where,
        hint=_HINTS.get(told, "check the connection's settings"),
        retryable=not _PASSING.isdisjoint(names),
    )
