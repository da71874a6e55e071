"""The platform `databricks`: a task of a job, or a notebook, on a cluster or on serverless compute."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tidegate.platforms.conf import Advice
from tidegate.platforms.endings import fail_by_exception
from tidegate.platforms.joining import PySpark, SparkSource, join_session

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import SparkSession

    from tidegate.platforms.port import Machine, S3Scheme, SessionRequest


def _settings(missing: Mapping[str, str]) -> str:
    return f'add to the cluster (new_cluster of the job): "spark_conf": {json.dumps(dict(missing))}'


def _jars(name: str, package: str) -> str:
    return f'add a library to the task for {name.capitalize()}: {{"maven": {{"coordinates": "{package}"}}}}'


_ADVICE = Advice(_settings, _jars)


@dataclass(frozen=True)
class DatabricksPlatform:
    """Uses the session of the cluster; master, catalogs, extensions and Delta itself are Databricks' own."""

    source: SparkSource = field(default_factory=PySpark)
    name: str = "databricks"
    advice: Advice = _ADVICE
    own_formats: frozenset[str] = frozenset({"delta", "kafka"})
    is_managed: bool = True
    s3_scheme: S3Scheme = "s3"

    def signs(self, machine: Machine) -> tuple[str, ...]:
        """Return the variable that names the runtime's release."""
        return machine.variables("DATABRICKS_RUNTIME_VERSION")

    def arguments(self, argv: Sequence[str]) -> list[str]:
        """Return the arguments as they are."""
        return list(argv)

    def session(self, request: SessionRequest) -> SparkSession:
        """Return the cluster's session."""
        return join_session(request, self.source, self.advice, own_formats=self.own_formats)

    def stop(self, session: SparkSession) -> None:
        """Leave the session alone: others work on the same cluster."""

    def finish(self, code: int) -> int:
        """Return 0, or raise: Databricks takes an exception for failure, and any SystemExit for one, too."""
        return fail_by_exception(code)
