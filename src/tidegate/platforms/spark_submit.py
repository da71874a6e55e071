"""The platform `spark-submit`: the driver was started by spark-submit, which owns master, memory and jars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.platforms.conf import check_formats, check_session, runtime_conf, static_conf
from tidegate.platforms.jars import format_packages, spark_version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import SparkSession

    from tidegate.platforms.port import SessionRequest

# Settings that the one who submits decides; the configuration does not override them.
_OWNED = (
    "spark.master",
    "spark.submit",
    "spark.driver",
    "spark.executor",
    "spark.dynamicAllocation",
    "spark.yarn",
    "spark.jars",
)


class SparkSubmitPlatform:
    """Uses the driver that spark-submit started: master untouched, jars as submitted."""

    name = "spark-submit"

    def is_here(self, environ: Mapping[str, str]) -> bool:
        """Return whether spark-submit started this process: it hands its Python driver the port of the JVM."""
        return "PYSPARK_GATEWAY_PORT" in environ

    def arguments(self, argv: Sequence[str]) -> list[str]:
        """Return the arguments as they are."""
        return list(argv)

    def session(self, request: SessionRequest) -> SparkSession:
        """Return the session of this driver, with what the formats need."""
        version = spark_version()
        from pyspark.sql import SparkSession  # noqa: PLC0415 - pyspark is an extra

        builder = SparkSession.builder.appName(request.application)
        wanted = {**runtime_conf(), **request.conf, **static_conf(request)}
        for key, value in wanted.items():
            if not key.startswith(_OWNED):
                builder = builder.config(key, value)
        session = builder.getOrCreate()
        check_session(session, request)
        check_formats(session, request, packages=format_packages(version))
        return session

    def stop(self, session: SparkSession) -> None:
        """Stop the session: this driver was started for this run."""
        session.stop()

    def finish(self, code: int) -> int:
        """Return the exit code, which spark-submit passes on."""
        return code
