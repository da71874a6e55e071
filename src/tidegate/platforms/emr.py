"""The platform `emr`: a step, or a shell, on a cluster of EMR on EC2."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tidegate.errors import PlatformError
from tidegate.platforms.conf import Advice, submit_settings
from tidegate.platforms.joining import PySpark, SparkSource, join_driver

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import SparkSession

    from tidegate.platforms.port import Machine, S3Scheme, SessionRequest

SIGN = "/mnt/var/lib/info/job-flow.json"  # every node of a cluster has it
MOST_CHARACTERS = 10_240  # of all arguments of a step
JARS = {
    "delta": "/usr/share/aws/delta/lib/delta-spark.jar,/usr/share/aws/delta/lib/delta-storage.jar",
    "iceberg": "/usr/share/aws/iceberg/lib/iceberg-spark3-runtime.jar",
}


def _settings(missing: Mapping[str, str]) -> str:
    return f"{submit_settings(missing)} in the step's spark-submit"


def _jars(name: str, package: str) -> str:
    return f"add --jars {JARS[name]} to the step's spark-submit" if name in JARS else f"add --packages {package}"


_ADVICE = Advice(_settings, _jars)


@dataclass(frozen=True)
class EmrPlatform:
    """Uses the driver of the step: YARN, dynamic allocation and Spark's own logs are the cluster's business."""

    source: SparkSource = field(default_factory=PySpark)
    name: str = "emr"
    advice: Advice = _ADVICE
    own_formats: frozenset[str] = frozenset()
    is_managed: bool = True
    s3_scheme: S3Scheme = "s3"  # EMRFS; s3a is not what Amazon supports there

    def signs(self, machine: Machine) -> tuple[str, ...]:
        """Return the file in which a node finds the description of its cluster."""
        return machine.files(SIGN)

    def arguments(self, argv: Sequence[str]) -> list[str]:
        """Return the arguments as they are.

        Raises:
            PlatformError: They are longer than a step may have.
        """
        check_step(argv)
        return list(argv)

    def session(self, request: SessionRequest) -> SparkSession:
        """Return the session of this driver, with what the formats need."""
        return join_driver(request, self.source, self.advice)

    def stop(self, session: SparkSession) -> None:
        """Stop the session: this driver was started for this run."""
        session.stop()

    def finish(self, code: int) -> int:
        """Return the exit code: a step fails with any but 0."""
        return code


def check_step(arguments: Sequence[str]) -> None:
    """Refuse arguments that EMR would not take: at most 10,240 characters for all of a step.

    Raises:
        PlatformError: They are too long.
    """
    length = sum(map(len, arguments)) + max(len(arguments) - 1, 0)
    if length > MOST_CHARACTERS:
        raise PlatformError(
            f"the arguments have {length} characters, and a step of EMR takes {MOST_CHARACTERS}",
            where="the arguments of the step",
            hint="put the settings into a configuration in S3, and pass its address: --config s3://bucket/config",
        )
