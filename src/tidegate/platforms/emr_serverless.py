"""The platform `emr-serverless`: a job run of an EMR Serverless application."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tidegate.platforms.conf import Advice
from tidegate.platforms.joining import PySpark, SparkSource, join_driver

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import SparkSession

    from tidegate.platforms.port import Machine, S3Scheme, SessionRequest

JARS = {
    "delta": "/usr/share/aws/delta/lib/delta-spark.jar,/usr/share/aws/delta/lib/delta-storage.jar",
    "iceberg": "/usr/share/aws/iceberg/lib/iceberg-spark3-runtime.jar",
}


def _settings(missing: Mapping[str, str]) -> str:
    options = " ".join(f"--conf {key}={value}" for key, value in missing.items())
    return f"add to sparkSubmitParameters of the job run: {options}"


def _jars(name: str, package: str) -> str:
    if name in JARS:
        jars, why = JARS[name], "Maven cannot be reached from there"
    else:
        jars, why = "s3://bucket/path/of/the.jar", f"{package} and what it needs; Maven cannot be reached from there"
    return f"add to sparkSubmitParameters of the job run: --conf spark.jars={jars} ({why})"


_ADVICE = Advice(_settings, _jars)


@dataclass(frozen=True)
class EmrServerlessPlatform:
    """Uses the driver of the job run; the application owns workers, network and logs."""

    source: SparkSource = field(default_factory=PySpark)
    name: str = "emr-serverless"
    advice: Advice = _ADVICE
    own_formats: frozenset[str] = frozenset()
    is_managed: bool = True
    s3_scheme: S3Scheme = "s3"

    def signs(self, machine: Machine) -> tuple[str, ...]:
        """Return the variables that name the job run and its application."""
        return machine.variables("SERVERLESS_EMR_JOB_ID", "SERVERLESS_EMR_VIRTUAL_CLUSTER_ID")

    def arguments(self, argv: Sequence[str]) -> list[str]:
        """Return the arguments as they are."""
        return list(argv)

    def session(self, request: SessionRequest) -> SparkSession:
        """Return the session of this driver, with what the formats need."""
        return join_driver(request, self.source, self.advice)

    def stop(self, session: SparkSession) -> None:
        """Stop the session: this driver was started for this run, and is paid for as long as it lives."""
        session.stop()

    def finish(self, code: int) -> int:
        """Return the exit code: a job run fails with any but 0."""
        return code
