"""The session that tests run on: the one of the platform `local`, sized for tables of a few rows."""

from __future__ import annotations

import os
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tidegate.errors import PlatformError
from tidegate.platforms.gateway import remember_functions, send_rows_as_they_are
from tidegate.platforms.local import LocalPlatform
from tidegate.platforms.port import SessionRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyspark.sql import SparkSession

# Sorting and grouping take memory by the page, of 64 MB each as a rule; what Spark would show of every query that was
# run is text that has to be made and kept.
_SMALL = {
    "spark.buffer.pageSize": "1m",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.default.parallelism": "2",
    "spark.driver.memory": "2g",
    "spark.master": "local[2]",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.ui.explainMode": "simple",
    "spark.sql.ui.retainedExecutions": "10",
    "spark.ui.enabled": "false",
    "spark.ui.retainedJobs": "10",
    "spark.ui.retainedStages": "10",
    "spark.ui.retainedTasks": "100",
}

# A session of many small queries makes much code and many values that live for one query.
_JVM = "-XX:MetaspaceSize=256m -XX:ReservedCodeCacheSize=384m -XX:NewRatio=1"


@contextmanager
def local_session(
    conf: Mapping[str, str] | None = None, *, formats: frozenset[str] = frozenset({"delta"})
) -> Iterator[SparkSession]:
    """Yield a new local session with Delta, UTC and two cores, and stop it in the end.

    What Spark writes of its own accord, tables without a path among it, is in a temporary folder that goes with the
    session. Jars stay in tidegate's cache.

    Args:
        conf: Spark settings; they win over those made here.
        formats: Table formats that the session knows, such as `delta` and `iceberg`.

    Raises:
        PlatformError: A session runs in this process already, and its settings may be others; or there is no Java
            that Spark runs on.
        MissingExtraError: pyspark is not installed.
    """
    platform = LocalPlatform(os.environ)
    with TemporaryDirectory(prefix="tidegate-", ignore_cleanup_errors=True) as folder:
        request = SessionRequest("tests", {**_SMALL, **_places(folder), **(conf or {})}, formats)
        _check_none_runs()
        session = platform.session(request)
        remember_functions(session)
        send_rows_as_they_are(session)
        try:
            yield session
        finally:
            platform.stop(session)


def _places(folder: str) -> dict[str, str]:
    return {
        "spark.driver.defaultJavaOptions": f"{_JVM} -Dderby.system.home={folder}",
        "spark.local.dir": f"{folder}/scratch",
        "spark.sql.warehouse.dir": f"{folder}/warehouse",
    }


def _check_none_runs() -> None:
    from pyspark.sql import SparkSession  # noqa: PLC0415 - pyspark is an extra

    running = SparkSession.getActiveSession()
    if running is not None:
        raise PlatformError(
            "a Spark session is running already",
            where=f"this process, application {running.conf.get('spark.app.name', '?')}",
            hint="use that one, or stop it first; import the fixture `spark` in one conftest.py only",
        )
