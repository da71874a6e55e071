"""The platform `spark-connect`: Spark is a server elsewhere, and this process a client of it without any Java."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING

from tidegate.errors import MissingExtraError, PlatformError
from tidegate.platforms.conf import SUBMIT, Advice
from tidegate.platforms.connect_frames import remember_schemas
from tidegate.platforms.connect_server import ADDRESS, check_server
from tidegate.platforms.joining import PySpark, SparkSource, join_session
from tidegate.platforms.support import line_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import SparkSession

    from tidegate.platforms.port import Machine, S3Scheme, SessionRequest

_ADVICE = Advice(lambda missing: f"{SUBMIT.settings(missing)} (the server of Spark Connect)", SUBMIT.jars)


class Server(PySpark):
    """The session of the server that PySpark's own variable names, once it answers."""

    def get(self, conf: Mapping[str, str], application: str | None = None) -> SparkSession:
        """Return the session that there is, or a new one.

        Raises:
            PlatformError: The server does not answer.
        """
        check_server(os.environ)
        return super().get(conf, application)


@dataclass(frozen=True)
class SparkConnectPlatform:
    """Uses a session of a server of Spark Connect, to which master, memory, jars and static settings belong.

    Attributes:
        environ: Environment variables; one of them has the server's address.
        source: Gives the session.
    """

    environ: Mapping[str, str]
    source: SparkSource = field(default_factory=Server)
    name: str = "spark-connect"
    advice: Advice = _ADVICE
    own_formats: frozenset[str] = frozenset()
    is_managed: bool = False
    s3_scheme: S3Scheme = "s3a"

    def signs(self, machine: Machine) -> tuple[str, ...]:
        """Return the variable that has the server's address."""
        return machine.variables(ADDRESS)

    def arguments(self, argv: Sequence[str]) -> list[str]:
        """Return the arguments as they are."""
        return list(argv)

    def session(self, request: SessionRequest) -> SparkSession:
        """Return a session of the server.

        Raises:
            PlatformError: No server is named, it does not answer, it runs a Spark that is not supported, or it was
                started without a setting or a format that the run needs.
            MissingExtraError: What Spark's client is made of is not installed.
        """
        if not self.environ.get(ADDRESS):
            raise PlatformError(
                "no server of Spark Connect is named", where=ADDRESS, hint=f"set {ADDRESS}=sc://host:15002"
            )
        if find_spec("grpc") is None:
            raise MissingExtraError("grpcio", extra="connect", purpose="using Spark Connect")
        session = join_session(request, self.source, self.advice)
        line_of(session.version)
        remember_schemas(session)
        return session

    def stop(self, session: SparkSession) -> None:
        """Close the session; the server goes on for others."""
        session.stop()

    def finish(self, code: int) -> int:
        """Return the exit code."""
        return code
