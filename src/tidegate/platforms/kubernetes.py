"""The platform `kubernetes`: a container in a pod, of a Job or as the driver that spark-submit put there."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tidegate.platforms.conf import SUBMIT, Advice
from tidegate.platforms.joining import SUBMITTED, PySpark, SparkSource, join_driver
from tidegate.platforms.own_spark import start_spark

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import SparkSession

    from tidegate.platforms.port import Machine, S3Scheme, SessionRequest

_GROUP = Path("/sys/fs/cgroup")
_HEAP_SHARE = 0.6  # of the container's memory; Python and what Java needs beside its heap take the rest
_MOST_HEAP = 4096
_MEGABYTE = 1 << 20


@dataclass(frozen=True)
class KubernetesPlatform:
    """Starts Spark within what the container may use, or uses the driver that spark-submit started in the pod.

    Attributes:
        environ: Environment variables.
        source: Gives the session of a driver that was submitted.
        group: Folder in which Linux says what the container may use (cgroup 2).
    """

    environ: Mapping[str, str]
    source: SparkSource = field(default_factory=PySpark)
    group: Path = _GROUP
    name: str = "kubernetes"
    advice: Advice = SUBMIT
    own_formats: frozenset[str] = frozenset()
    is_managed: bool = False
    s3_scheme: S3Scheme = "s3a"

    def signs(self, machine: Machine) -> tuple[str, ...]:
        """Return the variable that every pod is given."""
        return machine.variables("KUBERNETES_SERVICE_HOST")

    def arguments(self, argv: Sequence[str]) -> list[str]:
        """Return the arguments as they are."""
        return list(argv)

    def session(self, request: SessionRequest) -> SparkSession:
        """Return the driver's session where there is a driver, else a new one, as large as the container allows."""
        if self.environ.get("PYSPARK_GATEWAY_PORT"):
            return join_driver(request, self.source, owned=SUBMITTED)
        return start_spark(request, self.environ, cores=cores(self.group), defaults=memory(self.group))

    def stop(self, session: SparkSession) -> None:
        """Stop the session, so that the container ends."""
        session.stop()

    def finish(self, code: int) -> int:
        """Return the exit code: the Job's `podFailurePolicy` may tell them apart."""
        return code


def cores(group: Path) -> int:
    """Return how many cores a container may use; Python and Java count those of the whole node."""
    with suppress(OSError, ValueError, ZeroDivisionError):
        quota, period = (group / "cpu.max").read_text(encoding="ascii").split()
        return max(1, round(int(quota) / int(period)))
    return os.cpu_count() or 2


def memory(group: Path) -> dict[str, str]:
    """Return the driver's memory where the container's is limited: a share of it, so that it is not killed."""
    with suppress(OSError, ValueError):
        limit = int((group / "memory.max").read_text(encoding="ascii"))
        return {"spark.driver.memory": f"{min(_MOST_HEAP, int(limit * _HEAP_SHARE) // _MEGABYTE)}m"}
    return {}
