"""What observers are told: that a run started, and how it ended. Lineage, alerts, progress and logs are observers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tidegate.model.slices import Span  # noqa: TC001 - tests make values from the annotations

if TYPE_CHECKING:
    from tidegate.model.reports import PipelineReport, RunReport


@dataclass(frozen=True)
class RunStarted:
    """A run of a job, or of a pipeline, has started.

    Attributes:
        run_id: The run (UUID).
        name: The job or the pipeline.
        started_at: ISO 8601, UTC.
        is_pipeline: Whether it is a pipeline's run.
        parent_run_id: The pipeline's run, for a job within one.
        pipeline: The pipeline's name, for a job within one.
        description: What the job does, in one line.
        owner: Who answers for the table it writes.
        nominal: The days that a run of a backfill is about; None for any other.
    """

    run_id: str
    name: str
    started_at: str
    is_pipeline: bool = False
    parent_run_id: str | None = None
    pipeline: str | None = None
    description: str = ""
    owner: str | None = None
    nominal: Span | None = None


@dataclass(frozen=True)
class RunRefused:
    """A run could not begin: nothing was read, and there is no record of it.

    Attributes:
        name: The job or the pipeline.
        what: One sentence that says why.
        advice: What is allowed, or what to do next; empty where nothing is known.
        is_pipeline: Whether it is a pipeline.
        is_busy: Whether another run of it was under way.
    """

    name: str
    what: str
    advice: str = ""
    is_pipeline: bool = False
    is_busy: bool = False


@dataclass(frozen=True)
class StepStarted:
    """A run has entered a step of its life.

    Attributes:
        run_id: The run (UUID).
        job: The job.
        step: `plan`, `read`, `transform`, `stage`, `gate`, `quarantine` or `publish`.
        rows: Rows that the step is about, where the run knows them; None otherwise.
    """

    run_id: str
    job: str
    step: str
    rows: int | None = None


class Observer(Protocol):
    """Something that is told about runs. Whatever it raises is logged and never reaches the run.

    Those that inherit from it need only the methods for what they want to know; the others do nothing.
    """

    def started(self, event: RunStarted) -> None:
        """Take note that a run has started."""
        del event

    def refused(self, event: RunRefused) -> None:
        """Take note that a run could not begin."""
        del event

    def step(self, event: StepStarted) -> None:
        """Take note that a run has entered a step."""
        del event

    def ended(self, report: RunReport) -> None:
        """Take note of how a job's run ended."""
        del report

    def pipeline_ended(self, report: PipelineReport) -> None:
        """Take note of how a pipeline's run ended."""
        del report

    def close(self) -> None:
        """Deliver what is still waiting, within a bounded time."""
        return
