"""What a scheduler is told of a pipeline: values that no scheduler is part of."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from tidegate.errors import JobDefinitionError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tidegate.config.sections.export import ExportSettings
    from tidegate.model.pipelines import OnFailure, Step

Platform: TypeAlias = Literal["local", "emr", "emr-serverless", "glue", "kubernetes"]

Fact: TypeAlias = Literal[
    "config",
    "entry_point",
    "emr_cluster_id",
    "emr_serverless_application_id",
    "emr_serverless_role_arn",
    "glue_job_name",
    "topic_arn",
]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")

WHOLE_HINT = "export it with --whole: one task that runs the pipeline, which does that itself"


@dataclass(frozen=True)
class Task:
    """A task of a scheduler: one run of a job, or of the whole pipeline.

    Attributes:
        job: What is run.
        step: How the pipeline runs it.
        after: The tasks that must have ended well, sorted.
        consequence: What it means when it does not end well.
    """

    job: str
    step: Step
    after: tuple[str, ...] = ()
    consequence: OnFailure = "skip_dependents"

    @property
    def timeout(self) -> int | None:
        """Whole seconds that it may take; None for any time."""
        return math.ceil(self.step.timeout_seconds) if self.step.timeout_seconds else None

    @property
    def wait(self) -> int:
        """Whole seconds before the second attempt, at least one."""
        return max(math.ceil(self.step.retry_wait_seconds), 1)


@dataclass(frozen=True)
class Flow:
    """A pipeline as a scheduler is told of it.

    Attributes:
        name: The pipeline.
        description: What it is for, in one line.
        tasks: Its tasks, each after those that it needs.
        environment: The environment of the runs.
        config: Where the configuration is from where the export is made. Runs find it there where that is an object
            store address, or a folder of their image.
        settings: What else schedulers are told.
        platform: Where the jobs run.
        at_once: How many tasks may run at the same time; None for any number.
        is_whole: Whether it is one task for the whole pipeline.
    """

    name: str
    description: str
    tasks: tuple[Task, ...]
    environment: str
    config: str
    settings: ExportSettings
    platform: Platform
    at_once: int | None = None
    is_whole: bool = False

    def __post_init__(self) -> None:
        """Refuse names that would have to be written otherwise in one scheduler or another.

        Raises:
            JobDefinitionError: A name has other characters than letters, digits, `.`, `_` and `-`.
        """
        strange = [name for name in (self.name, *(task.job for task in self.tasks)) if not _NAME.fullmatch(name)]
        if strange:
            raise JobDefinitionError(
                f"the name {strange[0]!r} is none that schedulers take",
                where=f"pipeline {self.name!r}",
                hint="letters, digits, ., _ and -; the first one a letter",
            )

    def levels(self) -> tuple[tuple[Task, ...], ...]:
        """Return the tasks in levels: each needs only tasks of levels before its own."""
        depth: dict[str, int] = {}
        for task in self.tasks:
            depth[task.job] = 1 + max((depth[above] for above in task.after), default=-1)
        return tuple(
            tuple(task for task in self.tasks if depth[task.job] == level)
            for level in range(max(depth.values(), default=-1) + 1)
        )

    def facts(self, unknown: Callable[[str], str], known: Callable[[str], str] = str) -> Callable[[Fact], str]:
        """Return what gives a name or an address: the settings' own, or how the scheduler is asked for it.

        Args:
            unknown: Returns the scheduler's expression for a name, such as a variable of Airflow.
            known: Returns how a text is written so that the scheduler takes it as it is.
        """

        def fact(name: Fact) -> str:
            given: str | None = getattr(self.settings, name)
            is_found_there = self.platform == "kubernetes" or "://" in self.config
            if given is None and name == "config" and is_found_there:
                given = self.config
            return known(given) if given is not None else unknown(f"tidegate_{name}")

        return fact

    def options(self, task: Task, config: str, known: Callable[[str], str] = str) -> Mapping[str, str]:
        """Return what `tidegate_run.py` is told of a task, by option.

        Args:
            task: The task.
            config: Where the run finds its configuration.
            known: Returns how a text is written so that the scheduler takes it as it is.
        """
        return {"--run": known(task.job), "--env": known(self.environment), "--config": config}


class Scheduler(Protocol):
    """What writes a flow for one scheduler.

    Attributes:
        platforms: Where it starts jobs; the first one unless another is asked for.
        is_whole: Whether it always has one task for the whole pipeline.
    """

    platforms: tuple[Platform, ...]
    is_whole: bool

    def text(self, flow: Flow) -> str:
        """Return the file for the scheduler; equal flows give equal bytes.

        Raises:
            JobDefinitionError: The scheduler cannot do what the pipeline asks for.
        """


def step_command(submit: Sequence[str], entry_point: str) -> list[str]:
    """Return what a step of EMR runs, up to what `tidegate_run.py` is told.

    Args:
        submit: Arguments for spark-submit.
        entry_point: Address of `tidegate_run.py`.
    """
    return ["spark-submit", "--deploy-mode", "cluster", *submit, entry_point]


def refuse_rollback(flow: Flow) -> None:
    """Refuse a pipeline that takes back what it wrote: its tasks are runs of their own, and none knows the others.

    Raises:
        JobDefinitionError: A job is to be rolled back.
    """
    taken_back = [task for task in flow.tasks if task.consequence == "roll_back" and not flow.is_whole]
    if taken_back:
        first = taken_back[0]
        raise JobDefinitionError(
            f"{first.job} rolls back the whole run when it fails, which no scheduler can do",
            where=first.step.where or f"pipeline {flow.name}",
            hint=WHOLE_HINT,
        )


def generated_by(flow: Flow, scheduler: str) -> str:
    """Return the line that says where a file comes from; it holds for every environment that is exported alike."""
    return f"Generated by `tidegate export {flow.name} --to {scheduler}`: change the pipeline or its settings instead."
