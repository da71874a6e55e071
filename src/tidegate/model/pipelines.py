"""Pipelines as they are declared, in Python or in a file: jobs that run together, and what a failure of each means."""

from __future__ import annotations

from collections.abc import Sequence  # noqa: TC003 - tests make values from the annotations
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from tidegate.errors import JobDefinitionError
from tidegate.model.standard import Standard

OnFailure: TypeAlias = Literal["stop", "skip_dependents", "roll_back"]


class JobClass(Protocol):
    """A job class."""

    @classmethod
    def name(cls) -> str:
        """Return the job's name."""


@dataclass(frozen=True)
class Step:
    """A job of a pipeline, and how it is run there.

    Attributes:
        job: Its class, its name, or its declaration.
        on_failure: What happens when it does not end well: `stop` starts no further job, `skip_dependents` leaves out
            those that need it, `roll_back` starts no further job and takes every table that the run has written back to
            the version before the run. None takes what `run.keep_going` says: `skip_dependents`, or `stop`.
        timeout_seconds: How long it may take, all attempts together; None for any time.
        retries: How many more times it is run after an error that may go away by itself.
        retry_wait_seconds: The longest wait before the second attempt; it doubles with each, up to five minutes.
        where: The file and line that say so; empty for Python.
    """

    job: str | type[JobClass] | Standard
    on_failure: OnFailure | None = None
    timeout_seconds: float | None = None
    retries: int = 0
    retry_wait_seconds: float = 5.0
    where: str = ""

    def __post_init__(self) -> None:
        """Refuse numbers that mean nothing.

        Raises:
            JobDefinitionError: A time or a number is below what is possible.
        """
        if self.timeout_seconds is not None and self.timeout_seconds <= 0:
            raise JobDefinitionError(
                "a job needs some time", where=self.where or self.name, hint="timeout_seconds=1800, or leave it out"
            )
        if self.retries < 0 or self.retry_wait_seconds < 0:
            raise JobDefinitionError(
                "retries and waits are not below zero", where=self.where or self.name, hint="retries=3"
            )

    @property
    def name(self) -> str:
        """The job's name."""
        if isinstance(self.job, str):
            return self.job
        return self.job.table if isinstance(self.job, Standard) else self.job.name()


@dataclass(frozen=True)
class Pipeline:
    """Jobs that run together, in the order that what they read and write gives.

    A module of the jobs folder offers one as `PIPELINE = Pipeline([Orders, Step("gold", on_failure="roll_back")])`.

    Attributes:
        jobs: The jobs: classes, names, declarations, or steps; in any order.
        name: Its name; empty takes the module's.
        description: What it brings about, in one sentence.
        where: The file that says so.
    """

    jobs: Sequence[str | type[JobClass] | Standard | Step]
    name: str = ""
    description: str = ""
    where: str = ""

    def __post_init__(self) -> None:
        """Refuse a pipeline of nothing, and one that names a job twice.

        Raises:
            JobDefinitionError: It is.
        """
        names = [step.name for step in self.steps]
        twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
        where = self.where or f"pipeline {self.name or '(without a name)'}"
        if twice:
            raise JobDefinitionError(f"names a job twice: {', '.join(twice)}", where=where, hint="name it once")
        if not names:
            raise JobDefinitionError("a pipeline has at least one job", where=where, hint="Pipeline([Orders])")

    @property
    def steps(self) -> tuple[Step, ...]:
        """The jobs as steps, in the order in which they are listed."""
        return tuple(job if isinstance(job, Step) else Step(job) for job in self.jobs)
