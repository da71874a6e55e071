"""Run a pipeline: each job as soon as those it depends on are done, and one record of it all."""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.job.context import new_run_id
from tidegate.model.events import RunStarted
from tidegate.model.reports import PipelineReport, RunReport

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from concurrent.futures import Future

    from tidegate.job.context import RunContext
    from tidegate.job.port import Job
    from tidegate.model.reports import RunStatus
    from tidegate.pipeline.graph import Graph

_GOOD = ("succeeded", "nothing_new")


@dataclass(frozen=True)
class Plan:
    """A pipeline that is ready to run.

    Attributes:
        name: Its name.
        graph: Its order.
        jobs: Per name, the job.
        description: What it is for, in one line.
    """

    name: str
    graph: Graph
    jobs: Mapping[str, Job]
    description: str = ""


def run_pipeline(plan: Plan, context: RunContext, *, keep_going: bool = True, parallel_jobs: int = 1) -> PipelineReport:
    """Run the jobs and return the record, in the graph's order; the dependents of a job that failed are skipped.

    A job starts when all it depends on have ended, and fewer than `parallel_jobs` are running; of several that could
    start, the first in the graph's order does.

    Args:
        plan: What to run.
        context: The run's context.
        keep_going: Whether the jobs that do not depend on a failed one still run; otherwise none starts any more.
        parallel_jobs: How many jobs run at the same time, at most.
    """
    run_id, started_at, start = new_run_id(), context.clock().isoformat(), time.perf_counter()
    context.observers.started(RunStarted(run_id, plan.name, started_at, is_pipeline=True, description=plan.description))
    inner = context.within(pipeline=plan.name, run_id=run_id)
    reports = _run_jobs(plan, inner, keep_going=keep_going, parallel_jobs=parallel_jobs)
    report = PipelineReport(
        run_id=run_id,
        pipeline=plan.name,
        status=overall([report.status for report in reports.values()]),
        started_at=started_at,
        ended_at=context.clock().isoformat(),
        jobs=tuple(reports[job] for job in plan.graph.order),
        seconds={"total": round(time.perf_counter() - start, 4)},
    )
    context.observers.pipeline_ended(report)
    return report


def _run_jobs(plan: Plan, context: RunContext, *, keep_going: bool, parallel_jobs: int) -> dict[str, RunReport]:
    """Return the report of every job."""
    reports: dict[str, RunReport] = {}
    running: dict[Future[RunReport], str] = {}
    with ThreadPoolExecutor(parallel_jobs, thread_name_prefix=plan.name) as threads:
        while len(reports) < len(plan.graph.order):
            job = _next(plan.graph, {*reports, *running.values()}, reports)
            blocked = _blocking(job, plan.graph, reports, keep_going=keep_going) if job else []
            if job and blocked:
                reports[job] = _skipped(job, blocked, context)
                context.observers.ended(reports[job])
            elif job and len(running) < parallel_jobs:
                running[threads.submit(plan.jobs[job].execute, context)] = job
            else:
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                reports |= {running.pop(ended): ended.result() for ended in done}
    return reports


def _next(graph: Graph, begun: Collection[str], ended: Collection[str]) -> str | None:
    """Return the first job in the graph's order that could begin, or None."""
    return next((job for job in graph.order if job not in begun and graph.upstream[job] <= set(ended)), None)


def _blocking(job: str, graph: Graph, reports: Mapping[str, RunReport], *, keep_going: bool) -> list[str]:
    """Return the failed jobs because of which a job does not run, sorted."""
    failed = [name for name, report in reports.items() if report.status not in _GOOD]
    return sorted(name for name in failed if not keep_going or name in graph.upstream[job])


def overall(statuses: Sequence[RunStatus]) -> RunStatus:
    """Return the status of a whole from those of its parts.

    All good: `succeeded`, or `nothing_new` where no part had anything to do. Some good: `partial`. None good: `refused`
    where a gate was what refused, else `failed`.
    """
    bad = [status for status in statuses if status not in _GOOD]
    if not bad:
        return "succeeded" if "succeeded" in statuses else "nothing_new"
    if len(bad) < len(statuses):
        return "partial"
    return "refused" if "refused" in bad and "failed" not in bad else "failed"


def _skipped(job: str, blocked: list[str], context: RunContext) -> RunReport:
    now = context.clock().isoformat()
    return RunReport(
        run_id=new_run_id(),
        job=job,
        status="skipped",
        started_at=now,
        ended_at=now,
        parent_run_id=context.parent_run_id,
        pipeline=context.pipeline,
        error=f"not run, because of {', '.join(blocked)}\n  hint:  mend that first, and run the pipeline again",
        error_type="Skipped",
    )
