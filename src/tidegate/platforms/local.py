"""The platform `local`: a laptop or a CI machine, where tidegate starts Spark itself."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tidegate.platforms.conf import SUBMIT
from tidegate.platforms.own_spark import start_spark

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import SparkSession

    from tidegate.platforms.port import Machine, S3Scheme, SessionRequest


class LocalPlatform:
    """Starts Spark in this process with settings for small machines; the configuration wins over them."""

    name = "local"
    own_formats: frozenset[str] = frozenset()
    is_managed = False
    advice = SUBMIT
    s3_scheme: S3Scheme = "s3a"

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Keep the environment variables that say where Java and the cache are."""
        self._environ = environ

    def signs(self, machine: Machine) -> tuple[str, ...]:  # noqa: ARG002 - the port names it
        """Return one sign always: any machine that nothing else claims is a local one."""
        return ("no other platform",)

    def arguments(self, argv: Sequence[str]) -> list[str]:
        """Return the arguments as they are."""
        return list(argv)

    def session(self, request: SessionRequest) -> SparkSession:
        """Return the running session after checking it, or start one on all cores."""
        return start_spark(request, self._environ, cores=os.cpu_count() or 2)

    def stop(self, session: SparkSession) -> None:
        """Stop the session."""
        session.stop()

    def finish(self, code: int) -> int:
        """Return the exit code."""
        return code
