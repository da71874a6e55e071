"""A client of Spark Connect sets what may be set, names what the server lacks, and never shows the server's token."""

from __future__ import annotations

import sys

import pytest
from tests.platforms.recorded import ENVIRONMENTS, RecordedSource, machine, source

from tidegate.errors import MissingExtraError, PlatformError
from tidegate.platforms.conf import DELTA_CATALOG, DELTA_EXTENSION
from tidegate.platforms.port import SessionRequest
from tidegate.platforms.spark_connect import SparkConnectPlatform

ENVIRON = ENVIRONMENTS["spark-connect"][0]
DELTA = frozenset({"delta"})
READY = {"spark.sql.extensions": DELTA_EXTENSION, "spark.sql.catalog.spark_catalog": DELTA_CATALOG}


def platform(spark: RecordedSource) -> SparkConnectPlatform:
    return SparkConnectPlatform(ENVIRON, spark)


def test_a_session_of_the_server_is_joined_and_closed() -> None:
    spark = source(READY)
    ours = {"spark.master": "local[*]", "spark.driver.memory": "9g", "spark.sql.shuffle.partitions": "9"}
    session = platform(spark).session(SessionRequest("retail", ours, DELTA))
    assert (spark.conf, spark.application) == ({}, None)
    assert spark.session.conf.was_set == {"spark.sql.session.timeZone": "UTC", "spark.sql.shuffle.partitions": "9"}
    platform(spark).stop(session)
    assert spark.session.is_stopped


def test_what_the_server_was_not_started_with_is_named() -> None:
    with pytest.raises(PlatformError) as error:
        platform(source()).session(SessionRequest("retail", {}, DELTA))
    assert f'--conf "spark.sql.extensions={DELTA_EXTENSION}"' in (error.value.hint or "")
    assert "the server of Spark Connect" in (error.value.hint or "")


def test_a_server_of_another_line_is_refused() -> None:
    spark = source(READY)
    spark.session.version = "3.4.1"
    with pytest.raises(PlatformError, match=r"Spark 3\.4\.1 is not supported"):
        platform(spark).session(SessionRequest("retail", {}, DELTA))


def test_without_an_address_the_variable_is_named() -> None:
    with pytest.raises(PlatformError, match="no server of Spark Connect") as error:
        SparkConnectPlatform({}, source(READY)).session(SessionRequest("retail"))
    assert "SPARK_REMOTE=sc://" in (error.value.hint or "")


def test_without_the_client_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "grpc", raising=False)
    with pytest.raises(MissingExtraError, match="grpcio"):
        platform(source(READY)).session(SessionRequest("retail"))


def test_the_address_is_not_shown_as_it_may_have_a_token() -> None:
    (sign,) = platform(source()).signs(machine("spark-connect"))
    assert sign == "the variable SPARK_REMOTE"
