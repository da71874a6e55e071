"""The convention by which a module offers a job: `JOB = (entrypoint, description)`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidegate.job.port import Job


class Entry(Protocol):
    """What stands first in a module's `JOB`: takes arguments, returns an exit code."""

    def __call__(self, argv: Sequence[str]) -> int:
        """Run with these arguments and return the exit code."""


@dataclass(frozen=True)
class JobEntry:
    """The entry of a job class: `spark-submit` of its module and `tidegate run` of its name do the same through it.

    Attributes:
        job: The job class.
    """

    job: type[Job]

    def __call__(self, argv: Sequence[str]) -> int:
        """Run the job with arguments such as `--env prod --config s3://bucket/config`, and return the exit code."""
        from tidegate.factory.arguments import run_with_arguments  # noqa: PLC0415 - importing a job must stay cheap

        return run_with_arguments(self.job.name(), argv)


def entrypoint(job: type[Job]) -> tuple[Entry, str]:
    """Return what a job's module assigns to `JOB`.

    Args:
        job: The job class.

    Returns:
        The entry and the first line of the class's documentation.
    """
    return JobEntry(job), job.description()
