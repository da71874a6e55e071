"""The port behind which every platform lives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import SparkSession


@dataclass(frozen=True)
class SessionRequest:
    """The session that a run asks for.

    Attributes:
        application: Name shown in Spark's own pages and logs.
        conf: Spark settings from the configuration; they win over the platform's defaults.
        formats: Table formats that the session must know, such as `delta`.
    """

    application: str
    conf: Mapping[str, str] = field(default_factory=dict)
    formats: frozenset[str] = frozenset()


class Platform(Protocol):
    """Where tidegate runs, and what it may touch there.

    EMR, EMR Serverless, Glue and Databricks differ in exactly these five things; everything else is the same
    everywhere.
    """

    @property
    def name(self) -> str:
        """Name for `--platform` and `TIDEGATE_PLATFORM`."""

    def is_here(self, environ: Mapping[str, str]) -> bool:
        """Return whether the environment shows that the process runs on this platform."""

    def arguments(self, argv: Sequence[str]) -> list[str]:
        """Return the arguments meant for the job, without those that the platform adds of its own."""

    def session(self, request: SessionRequest) -> SparkSession:
        """Return the session: a new one where the platform leaves that to us, its own otherwise.

        Raises:
            PlatformError: A static setting that the run needs is missing from a session that exists already; the
                message has the exact `--conf` to add.
        """

    def stop(self, session: SparkSession) -> None:
        """Stop the session where it is ours to stop."""

    def finish(self, code: int) -> int:
        """Tell the platform how the run ended: return the exit code, or raise where the platform wants an exception."""
