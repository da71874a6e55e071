"""The platform `spark-submit`: the driver was started by spark-submit, which owns master, memory and jars."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tidegate.platforms.conf import SUBMIT, Advice
from tidegate.platforms.joining import SUBMITTED, PySpark, SparkSource, join_driver

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import SparkSession

    from tidegate.platforms.port import Machine, S3Scheme, SessionRequest

GATEWAY = "PYSPARK_GATEWAY_PORT"


@dataclass(frozen=True)
class SparkSubmitPlatform:
    """Uses the driver that spark-submit started: master untouched, jars as submitted."""

    source: SparkSource = field(default_factory=PySpark)
    name: str = "spark-submit"
    advice: Advice = SUBMIT
    own_formats: frozenset[str] = frozenset()
    is_managed: bool = False
    s3_scheme: S3Scheme = "s3a"

    def signs(self, machine: Machine) -> tuple[str, ...]:
        """Return the port of the JVM that spark-submit hands to its Python driver."""
        return machine.variables(GATEWAY)

    def arguments(self, argv: Sequence[str]) -> list[str]:
        """Return the arguments as they are."""
        return list(argv)

    def session(self, request: SessionRequest) -> SparkSession:
        """Return the session of this driver, with what the formats need."""
        return join_driver(request, self.source, owned=SUBMITTED)

    def stop(self, session: SparkSession) -> None:
        """Stop the session: this driver was started for this run."""
        session.stop()

    def finish(self, code: int) -> int:
        """Return the exit code, which spark-submit passes on."""
        return code
