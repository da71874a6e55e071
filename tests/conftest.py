"""One Spark session for all tests that need a JVM, and the order that puts those tests last."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from tests.connector import connector
from tests.s3a import s3a_jars

from tidegate.platforms.connect_server import ADDRESS
from tidegate.platforms.jars import iceberg_package, spark_version
from tidegate.platforms.port import SessionRequest
from tidegate.platforms.spark_connect import SparkConnectPlatform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

POSTGRES = "org.postgresql:postgresql:42.7.14"

# Examples may start Spark jobs, whose time says nothing about a law: no deadline.
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("default"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")

# Plans that run once over a few rows are walked through, not made into Java code first: that costs more than all else.
# The other line makes code, as a lakehouse does.
WITHOUT_CODE = {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}

# Databases: for Iceberg's JDBC catalog, and to read from.
DRIVERS = f"org.xerial:sqlite-jdbc:3.50.3.0,{POSTGRES}"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests that need the JVM after all others, each group in its shuffled order."""
    items.sort(key=lambda item: item.get_closest_marker("spark") is not None)


def pytest_collection_finish() -> None:
    """Search for circles seldom, and never among the million objects of what is imported.

    It took a tenth of the tests' time, in pauses of up to two seconds, which are no fault of what was measured then.
    """
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Let Ctrl-C do what it does in a process of one's own; what was started in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True)
def _loggers() -> Iterator[None]:
    """Leave the loggers as they were: commands set them up for their process."""
    own, root = logging.getLogger("tidegate"), logging.getLogger()
    before = [(logger, logger.handlers[:], logger.level, logger.propagate) for logger in (own, root)]
    yield
    for logger, handlers, level, propagate in before:
        logger.handlers[:], logger.propagate = handlers, propagate
        logger.setLevel(level)


def _remote() -> Iterator[SparkSession]:
    platform = SparkConnectPlatform(os.environ)
    session = platform.session(SessionRequest("tests", formats=frozenset({"delta"})))
    yield session
    platform.stop(session)


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """Return the one local session: Delta, Iceberg, UTC, two cores, sized for tables of a few rows.

    Where a server of Spark Connect is named, it is a session of that: Delta and UTC.
    """
    from tidegate.testing.session import local_session  # noqa: PLC0415 - tests without the marker must not load Spark

    if ADDRESS in os.environ:
        yield from _remote()
        return
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"  # a machine's own name does not resolve everywhere
    os.environ["PYARROW_IGNORE_TIMEZONE"] = "1"  # else comparing frames warns
    iceberg = iceberg_package(spark_version()).rpartition(":")[2]
    jars = f"{DRIVERS},org.apache.iceberg:iceberg-aws-bundle:{iceberg}"  # the clients of Iceberg's Glue catalog
    conf = {"spark.jars.packages": jars}
    if spark_version().startswith("3."):
        conf |= {**WITHOUT_CODE, "spark.jars": s3a_jars()}
    conf["spark.jars"] = ",".join(filter(None, (conf.get("spark.jars"), connector())))
    with local_session(conf, formats=frozenset({"delta", "iceberg"})) as session:
        session.sparkContext.setLogLevel("ERROR")
        yield session
