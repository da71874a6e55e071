"""Jobs that do nothing but say so, and a context without Spark."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

from tidegate.contracts.book import ContractBook
from tidegate.job.context import Observers, RunContext, new_run_id
from tidegate.job.steps import Steps
from tidegate.model.events import RunStarted
from tidegate.model.names import TableName
from tidegate.model.reports import RunReport
from tidegate.model.transfers import OutputWritten
from tidegate.pipeline.graph import Graph
from tidegate.pipeline.run import Plan, run_pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tidegate.job.port import Job
    from tidegate.model.declarations import Input
    from tidegate.model.pipelines import OnFailure, Step
    from tidegate.model.reports import PipelineReport, RunStatus
    from tidegate.tables.catalog import Catalog


@dataclass
class Diary:
    """What jobs did, in the order in which they did it."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    running: int = 0
    most: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, job: str) -> None:
        with self.lock:
            self.lines.append(("begin", job))
            self.running += 1
            self.most = max(self.most, self.running)

    def end(self, job: str) -> None:
        with self.lock:
            self.lines.append(("end", job))
            self.running -= 1

    def begun(self) -> list[str]:
        return [job for what, job in self.lines if what == "begin"]


@dataclass
class FakeJob:
    """A job that writes its diary: each time it is run it ends as the next of its statuses says, or the last."""

    label: str
    diary: Diary
    status: RunStatus = "succeeded"
    meet: Callable[[], object] = lambda: None
    statuses: Sequence[RunStatus] = ()
    is_retryable: bool = False
    steps: int = 1
    seen: list[RunContext] = field(default_factory=list)

    def execute(self, context: RunContext) -> RunReport:
        run_id = new_run_id()
        started = RunStarted(run_id, self.label, "2024-01-01", parent_run_id=context.parent_run_id)
        context.observers.started(started)
        self.seen.append(context)
        self.diary.begin(self.label)
        status: RunStatus = ([*self.statuses, self.status])[min(len(self.seen) - 1, len(self.statuses))]
        error = None
        try:
            steps = Steps(context, run_id, self.label)
            for number in range(self.steps):
                with steps.step(f"step {number}"):
                    self.meet()
        except Exception as caught:  # noqa: BLE001 - as the frame of real jobs does
            status, error = "failed", caught
        self.diary.end(self.label)
        report = RunReport(
            run_id,
            self.label,
            status,
            "2024-01-01",
            "2024-01-01",
            pipeline=context.pipeline,
            attempt=context.attempt,
            is_retried=self.is_retryable and status == "failed" and context.retries_left > 0,
            error=str(error) if error else None,
            error_type=type(error).__name__ if error else None,
            output=OutputWritten(f"silver.{self.label}", version_after=len(self.seen)),
        )
        context.observers.ended(report)
        return report

    def outputs(self) -> tuple[TableName, ...]:
        return (TableName("silver", self.label),)

    def declared_inputs(self) -> dict[str, Input]:
        return {}


def context(tables: Catalog | None = None, **changes: object) -> RunContext:
    """Return a context that has nothing, or only tables."""
    nothing = cast("Catalog", None)
    made = RunContext(
        session=lambda: cast("object", nothing),  # type: ignore[arg-type, return-value]
        tables=tables or nothing,
        contracts=ContractBook.of(()),
        staging=nothing,  # type: ignore[arg-type]
        observers=Observers(),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def plan(
    upstream: Mapping[str, frozenset[str]],
    jobs: Mapping[str, FakeJob],
    steps: Sequence[Step] = (),
    on_failure: OnFailure = "skip_dependents",
) -> Plan:
    """Return a pipeline of fake jobs."""
    graph = Graph(tuple(upstream), upstream)
    return Plan("p", graph, cast("Mapping[str, Job]", jobs), "", {step.name: step for step in steps}, on_failure)


def run(made: Plan, parallel: int = 1, **changes: object) -> PipelineReport:
    """Run a pipeline of fake jobs."""
    return run_pipeline(made, context(**changes), parallel_jobs=parallel)  # type: ignore[arg-type]
