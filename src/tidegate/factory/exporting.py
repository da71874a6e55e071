"""Write a pipeline of a project for another scheduler. Nothing is run, and Spark is not needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.errors import ConfigError
from tidegate.export.airflow import Airflow
from tidegate.export.flow import Flow, Task
from tidegate.export.kubernetes import Kubernetes
from tidegate.export.requests import Requests
from tidegate.export.step_functions import StepFunctions
from tidegate.factory.pipelines import graph_of, known_pipeline
from tidegate.model.pipelines import Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.export.flow import Platform, Scheduler
    from tidegate.factory.lakehouse import Lakehouse
    from tidegate.model.pipelines import OnFailure

SCHEDULERS: Mapping[str, Scheduler] = {
    "airflow": Airflow(),
    "step-functions": StepFunctions(),
    "kubernetes": Kubernetes(),
    "request": Requests(),
}


@dataclass(frozen=True)
class Target:
    """What a pipeline is written for.

    Attributes:
        scheduler: One of `SCHEDULERS`.
        platform: Where the jobs run; None for the first that the scheduler has.
        is_whole: Whether one task runs the whole pipeline.
        config: Where the configuration is, as it is given.
    """

    scheduler: str
    platform: str | None = None
    is_whole: bool = False
    config: str = "config"

    def chosen(self) -> Platform:
        """Return where the jobs run.

        Raises:
            ConfigError: The scheduler starts nothing there.
        """
        platforms = SCHEDULERS[self.scheduler].platforms
        found = [platform for platform in platforms if platform == (self.platform or platforms[0])]
        if not found:
            raise ConfigError(
                f"{self.scheduler} starts no jobs on {self.platform!r}",
                where="--platform",
                hint=f"allowed: {', '.join(platforms)}",
            )
        return found[0]


def export(lakehouse: Lakehouse, name: str, target: Target) -> str:
    """Return a pipeline as the file of a scheduler; the same bytes for the same pipeline and settings.

    Args:
        lakehouse: The project, opened with the environment of the runs.
        name: The pipeline.
        target: What it is written for.

    Raises:
        JobDefinitionError: There is no such pipeline, it cannot run, or the scheduler cannot do what it asks for.
        ConfigError: The scheduler starts nothing on the platform.
    """
    return SCHEDULERS[target.scheduler].text(flow_of(lakehouse, name, target))


def flow_of(lakehouse: Lakehouse, name: str, target: Target) -> Flow:
    """Return what a scheduler is told of a pipeline.

    Args:
        lakehouse: The project.
        name: The pipeline.
        target: What it is written for.

    Raises:
        JobDefinitionError: There is no such pipeline, or it cannot run.
        ConfigError: The scheduler starts nothing on the platform.
    """
    platform, pipeline = target.chosen(), known_pipeline(lakehouse, name)
    graph, _ = graph_of(lakehouse, name)
    settings = lakehouse.settings
    usual: OnFailure = "skip_dependents" if settings.run.keep_going else "stop"
    steps = {lakehouse.registry.find(step.name).name: step for step in pipeline.steps}
    is_whole = target.is_whole or SCHEDULERS[target.scheduler].is_whole
    tasks = tuple(
        Task(job, steps[job], tuple(sorted(graph.upstream[job])), steps[job].on_failure or usual) for job in graph.order
    )
    return Flow(
        name=name,
        description=pipeline.description,
        tasks=(Task(name, Step(name, timeout_seconds=settings.export.timeout_seconds)),) if is_whole else tasks,
        environment=settings.environment,
        config=target.config,
        settings=settings.export,
        platform=platform,
        at_once=None if is_whole else settings.run.parallel_jobs,
        is_whole=is_whole,
    )
