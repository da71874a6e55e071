"""The port behind which every platform lives."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyspark.sql import SparkSession

    from tidegate.platforms.conf import Advice

S3Scheme: TypeAlias = Literal["s3", "s3a"]


@dataclass(frozen=True)
class SessionRequest:
    """The session that a run asks for.

    Attributes:
        application: Name shown in Spark's own pages and logs.
        conf: Spark settings from the configuration; they win over the platform's defaults.
        formats: Formats that the session must know: of tables, such as `delta`, and `kafka` where jobs read it.
        secret_keys: The settings whose values are secrets, which no message repeats.
        has_agent: Whether OpenLineage's agent is to listen in Spark; what it is told is in `conf`.
    """

    application: str
    conf: Mapping[str, str] = field(default_factory=dict)
    formats: frozenset[str] = frozenset()
    secret_keys: frozenset[str] = frozenset()
    has_agent: bool = False


@dataclass(frozen=True)
class Machine:
    """What the machine shows of itself, whichever platform it belongs to.

    Attributes:
        environ: Environment variables.
        has_file: Tells whether there is a file under an absolute path.
    """

    environ: Mapping[str, str]
    has_file: Callable[[str], bool] = os.path.exists

    def variables(self, *names: str) -> tuple[str, ...]:
        """Return those of the variables that are set and not empty, as they are told to a user."""
        return tuple(f"the variable {name}" for name in names if self.environ.get(name))

    def files(self, *paths: str) -> tuple[str, ...]:
        """Return those of the files that are there, as they are told to a user."""
        return tuple(f"the file {path}" for path in paths if self.has_file(path))


class Platform(Protocol):
    """Where tidegate runs, and what it may touch there; everything else is the same everywhere."""

    @property
    def name(self) -> str:
        """Name for `--platform` and `TIDEGATE_PLATFORM`."""

    @property
    def is_managed(self) -> bool:
        """Whether its signs are of one service alone, so that no other platform can be meant where they are seen."""

    @property
    def s3_scheme(self) -> S3Scheme:
        """How Spark there wants addresses in S3 to begin."""

    @property
    def advice(self) -> Advice:
        """How it is told what a session lacks."""

    @property
    def own_formats(self) -> frozenset[str]:
        """Table formats that it sets up itself, and for which nothing has to be asked of it."""

    def signs(self, machine: Machine) -> tuple[str, ...]:
        """Return what shows that the process runs on this platform, in words for a message; empty if nothing does."""

    def arguments(self, argv: Sequence[str]) -> list[str]:
        """Return the arguments meant for the job, without those that the platform adds of its own.

        Raises:
            PlatformError: They are more than the platform takes.
        """

    def session(self, request: SessionRequest) -> SparkSession:
        """Return the session: a new one where the platform leaves that to us, its own otherwise.

        Raises:
            PlatformError: A static setting that the run needs is missing from a session that exists already; the
                message has the exact parameter to add there.
        """

    def stop(self, session: SparkSession) -> None:
        """Stop the session where it is ours to stop."""

    def finish(self, code: int) -> int:
        """Tell the platform how the run ended: return the exit code, or raise where the platform wants an exception.

        Raises:
            RunFailedError: The code is not 0, and the platform takes an exception for failure and an exit for a crash.
        """
