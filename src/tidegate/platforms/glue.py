"""The platform `glue`: a Spark job of Glue 5."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tidegate.platforms.conf import Advice
from tidegate.platforms.endings import fail_by_exception
from tidegate.platforms.glue_arguments import script_arguments
from tidegate.platforms.jars import KAFKA
from tidegate.platforms.joining import PySpark, SparkSource, join_session

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import SparkSession

    from tidegate.platforms.port import Machine, S3Scheme, SessionRequest


def chained(missing: Mapping[str, str]) -> str:
    """Return how Glue is given settings: one parameter `--conf`, whose value has the further ones in a chain."""
    value = " --conf ".join(f"{key}={value}" for key, value in missing.items())
    return f"set the job parameter --conf to this one value, after what it has: {value}"


def _jars(name: str, package: str) -> str:
    if name == KAFKA:
        return (
            f"put the jars of {package}, and those it needs, into S3, and name them in the job parameter --extra-jars"
        )
    return f"set the job parameter --datalake-formats to {name}; more than one are separated by commas"


_ADVICE = Advice(chained, _jars)


@dataclass(frozen=True)
class GluePlatform:
    """Uses the context that Glue's launcher set up: static settings come from the job's parameters alone."""

    source: SparkSource = field(default_factory=PySpark)
    name: str = "glue"
    advice: Advice = _ADVICE
    own_formats: frozenset[str] = frozenset()
    is_managed: bool = True
    s3_scheme: S3Scheme = "s3"

    def signs(self, machine: Machine) -> tuple[str, ...]:
        """Return the variable that names Glue's release."""
        return machine.variables("GLUE_VERSION")

    def arguments(self, argv: Sequence[str]) -> list[str]:
        """Return the script's arguments, out of those that Glue mixes with its own."""
        return script_arguments(argv)

    def session(self, request: SessionRequest) -> SparkSession:
        """Return the session of Glue's own context."""
        return join_session(request, self.source, self.advice)

    def stop(self, session: SparkSession) -> None:
        """Leave the session alone: Glue ends it after the script."""

    def finish(self, code: int) -> int:
        """Return 0, or raise: Glue takes an exception for failure, and any exit, also one with 0, for a crash."""
        return fail_by_exception(code)
