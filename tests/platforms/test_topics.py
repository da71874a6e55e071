"""Where nobody can be asked what a topic holds, it is said, with what to do. Real brokers are asked in `tests/job`."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from tidegate.errors import PlatformError
from tidegate.model.connections import KafkaConnection
from tidegate.platforms.topics import topic_extent

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytest.importorskip("py4j")

SHOP = KafkaConnection("shop", "127.0.0.1:1")


class Package:
    """What py4j gives for a class that is not there: a package, whatever it is asked for."""

    def __getattr__(self, name: str) -> Package:
        return Package()


def test_a_session_of_spark_connect_cannot_be_asked() -> None:
    with pytest.raises(PlatformError, match="Spark Connect") as caught:
        topic_extent(cast("SparkSession", SimpleNamespace()), SHOP, "orders")
    assert "local, spark-submit, EMR" in str(caught.value)


def test_a_session_without_the_connector_is_told_its_package() -> None:
    session = SimpleNamespace(_sc=SimpleNamespace(_jvm=Package()), version="4.1.1")
    with pytest.raises(PlatformError, match="does not know Kafka") as caught:
        topic_extent(cast("SparkSession", session), SHOP, "orders")
    assert "--packages org.apache.spark:spark-sql-kafka-0-10_2.13:4.1.1" in str(caught.value)
