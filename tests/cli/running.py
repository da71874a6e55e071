"""Commands as they are typed into a new process, on the Spark that the tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.testing import CliRunner
from pyspark import SparkContext

from tidegate.platforms.local import LocalPlatform

if TYPE_CHECKING:
    from click.testing import Result
    from pyspark.sql import SparkSession

    from tidegate.platforms.port import SessionRequest


class NewProcess(CliRunner):
    """Types a command where Spark is only once the platform has been asked for it: until then no column can be made."""

    def invoke(self, *command: object, **how: object) -> Result:
        context = SparkContext._active_spark_context
        _show(None)
        try:
            return super().invoke(*command, **how)  # type: ignore[arg-type]
        finally:
            _show(context)


class Running(LocalPlatform):
    """The platform `local` whose session runs already, and goes on."""

    def __init__(self, running: SparkSession) -> None:
        super().__init__({})
        self.running = running

    def session(self, request: SessionRequest) -> SparkSession:
        _show(self.running.sparkContext)
        return self.running

    def stop(self, session: SparkSession) -> None:
        """Leave it to the tests."""


def _show(context: SparkContext | None) -> None:
    SparkContext._active_spark_context = context
