"""A platform on which Spark runs already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.platforms.local import LocalPlatform

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from tidegate.platforms.port import SessionRequest


class Running(LocalPlatform):
    """The platform `local` whose session runs already, and goes on."""

    def __init__(self, running: SparkSession) -> None:
        super().__init__({})
        self.running = running

    def session(self, request: SessionRequest) -> SparkSession:
        return self.running

    def stop(self, session: SparkSession) -> None:
        """Leave it to the tests."""
