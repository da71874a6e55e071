"""Run backfills of a project: of a job, or of all jobs of a pipeline that can be run on slices."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tidegate.errors import JobDefinitionError
from tidegate.factory.pipelines import graph_of
from tidegate.job.base import SparkJob
from tidegate.job.context import may_go_on
from tidegate.model.backfills import PipelineBackfillReport
from tidegate.pipeline.backfill import check_backfill
from tidegate.pipeline.filling import Filling, fill, run_backfill
from tidegate.pipeline.gaps import check_missing, plan_wanted
from tidegate.pipeline.independence import why_in_order
from tidegate.pipeline.run import overall

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tidegate.errors import TidegateError
    from tidegate.factory.lakehouse import Lakehouse
    from tidegate.job.context import RunContext
    from tidegate.job.port import Job
    from tidegate.model.backfills import BackfillReport
    from tidegate.model.pipelines import Step
    from tidegate.model.reports import RunStatus
    from tidegate.model.slices import Backfill
    from tidegate.pipeline.backfill import BackfillPlan
    from tidegate.pipeline.graph import Graph


@dataclass(frozen=True)
class HowToFill:
    """How a backfill is to be run.

    Attributes:
        is_restarting: Whether to begin anew, even where the request was finished.
        only_missing: Whether to run only the slices with days that were never processed.
        parallel: How many slices are under way at the same time, at most; None takes `run.parallel_jobs`.
        stopped: Returns why no run may go on, asked before each step; None where they may.
    """

    is_restarting: bool = False
    only_missing: bool = False
    parallel: int | None = None
    stopped: Callable[[], TidegateError | None] = may_go_on

    def plan(self, job: type[SparkJob], request: Backfill, context: RunContext) -> BackfillPlan:
        """Return what the backfill of a job would run.

        Raises:
            JobDefinitionError: Running the job on slices would spoil its table.
        """
        return plan_wanted(job, request, context, is_restarting=self.is_restarting, only_missing=self.only_missing)

    def at_once(self, lakehouse: Lakehouse) -> int:
        """Return how many slices are under way at the same time, at most."""
        return self.parallel or lakehouse.settings.run.jobs_at_once

    def context(self, lakehouse: Lakehouse) -> RunContext:
        """Return the context of the runs: each has a session of its own where several are under way."""
        context = replace(lakehouse.context, stopped=self.stopped)
        if self.at_once(lakehouse) == 1:
            return context
        return replace(context, own_session=lakehouse.sessions.own, interrupt=lakehouse.sessions.interrupt)


@dataclass(frozen=True)
class Fillable:
    """The jobs of a pipeline that can be run on the slices of a request.

    Attributes:
        graph: Their order.
        jobs: Per name, the job.
        left_out: Per job that cannot, why.
        steps: Per name, how the pipeline runs the job.
    """

    graph: Graph
    jobs: Mapping[str, type[SparkJob]]
    left_out: Mapping[str, str]
    steps: Mapping[str, Step] = field(default_factory=dict)


def backfill_job(lakehouse: Lakehouse, name: str, request: Backfill, how: HowToFill) -> BackfillReport:
    """Run a job again over days that are past, and return the record.

    Args:
        lakehouse: The project.
        name: The job.
        request: The days, and how to cut them.
        how: How.

    Raises:
        JobDefinitionError: There is no such job, or running it on slices would spoil its table.
        ContractError: The contract of the table is missing or broken.
    """
    job = sliceable(lakehouse, name)
    context = how.context(lakehouse)
    plan = how.plan(job, request, context)
    reason = why_in_order(job, context)
    return run_backfill(job(), plan, context, at_once=how.at_once(lakehouse), in_order=reason)


def backfill_pipeline(lakehouse: Lakehouse, name: str, request: Backfill, how: HowToFill) -> PipelineBackfillReport:
    """Run the jobs of a pipeline again over days that are past, each when those it depends on are done.

    Args:
        lakehouse: The project.
        name: The pipeline.
        request: The days, and how to cut them.
        how: How.

    Raises:
        JobDefinitionError: No job of the pipeline can be run on such slices.
        ContractError: The contract of a table is missing or broken.
    """
    context = how.context(lakehouse)
    started_at, start = context.clock().isoformat(), time.perf_counter()
    found = fillable(lakehouse, name, request, how)

    def opened(job: str) -> Filling:
        kind = found.jobs[job]
        plan = how.plan(kind, request, context)
        return Filling(kind(), plan, context, found.steps.get(job), why_in_order(kind, context))

    reports = fill(found.graph, opened, context, at_once=how.at_once(lakehouse))
    skipped = tuple(job for job in found.graph.order if job not in reports)
    statuses: list[RunStatus] = [report.status for report in reports.values()]
    statuses += ["skipped"] * len(skipped)
    return PipelineBackfillReport(
        name,
        overall(statuses),
        started_at,
        context.clock().isoformat(),
        tuple(reports[job] for job in found.graph.order if job in reports),
        found.left_out,
        skipped,
        {"total": round(time.perf_counter() - start, 4)},
    )


def sliceable(lakehouse: Lakehouse, name: str) -> type[SparkJob]:
    """Return the job of that name, whose contract is there, for running it on slices of its inputs.

    Args:
        lakehouse: The project.
        name: A job, or a dataset that only one layer has.

    Raises:
        JobDefinitionError: There is no such job, or it is not a `SparkJob`.
        ContractError: The contract of the table is missing or broken.
    """
    pipelines = lakehouse.registry.pipelines
    if name in pipelines:
        raise JobDefinitionError(
            f"{name} is a pipeline, and this is done for one job at a time",
            hint=f"its jobs: {', '.join(step.name for step in pipelines[name].steps)}",
        )
    job = lakehouse.job(name)
    if not issubclass(job, SparkJob):
        raise JobDefinitionError(
            f"{job.name()} is built by dbt, which decides itself what it reads",
            hint="backfill the tables that it reads; the days that change are handed to it by its next run",
        )
    lakehouse.check_declarations([job])
    return job


def fillable(lakehouse: Lakehouse, name: str, request: Backfill, how: HowToFill) -> Fillable:
    """Return the jobs of a pipeline that can be run on the slices of a request, and why the others cannot. No Spark.

    Args:
        lakehouse: The project.
        name: The pipeline.
        request: The days, and how to cut them.
        how: How.

    Raises:
        JobDefinitionError: None can.
        ContractError: The contract of a table is missing or broken.
    """
    graph, classes = graph_of(lakehouse, name)
    lakehouse.check_declarations(classes.values())
    left_out = {job: why for job in graph.order if (why := _why_not(classes[job], request, how, lakehouse.context))}
    jobs = {job: kind for job, kind in classes.items() if job not in left_out and issubclass(kind, SparkJob)}
    if not jobs:
        told = "; ".join(f"{job}: {why}" for job, why in left_out.items())
        raise JobDefinitionError(
            f"no job of {name} can be run on these slices", where=told, hint="ask for other slices, or for one job"
        )
    steps = lakehouse.registry.pipelines[name].steps
    return Fillable(
        graph.among(jobs), jobs, left_out, {lakehouse.registry.find(step.name).name: step for step in steps}
    )


def _why_not(job: type[Job], request: Backfill, how: HowToFill, context: RunContext) -> str | None:
    """Return why a job cannot be run on the slices of a request; None where it can."""
    if not issubclass(job, SparkJob):
        return "built by dbt, whose next run is told the days that changed"
    try:
        check_backfill(job, request, context)
        if how.only_missing:
            check_missing(job, request)
    except JobDefinitionError as error:
        return error.what
    return None
