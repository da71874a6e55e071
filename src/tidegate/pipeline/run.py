"""Run a pipeline: its jobs in order, and one record of it all."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.job.context import new_run_id
from tidegate.model.events import RunStarted
from tidegate.model.reports import PipelineReport, RunReport

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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


def run_pipeline(plan: Plan, context: RunContext, *, keep_going: bool = True) -> PipelineReport:
    """Run the jobs in the graph's order and return the record; the dependents of a job that failed are skipped.

    Args:
        plan: What to run.
        context: The run's context.
        keep_going: Whether the jobs that do not depend on a failed one still run; otherwise all that come after it are
            skipped.
    """
    run_id, started_at, start = new_run_id(), context.clock().isoformat(), time.perf_counter()
    context.observers.started(RunStarted(run_id, plan.name, started_at, is_pipeline=True, description=plan.description))
    inner = context.within(pipeline=plan.name, run_id=run_id)
    reports: dict[str, RunReport] = {}
    for job in plan.graph.order:
        failed = [name for name, report in reports.items() if report.status not in _GOOD]
        blocked = sorted(name for name in failed if not keep_going or name in plan.graph.upstream[job])
        if blocked:
            reports[job] = _skipped(job, blocked, inner)
            inner.observers.ended(reports[job])
        else:
            reports[job] = plan.jobs[job].execute(inner)
    report = PipelineReport(
        run_id=run_id,
        pipeline=plan.name,
        status=overall([report.status for report in reports.values()]),
        started_at=started_at,
        ended_at=context.clock().isoformat(),
        jobs=tuple(reports.values()),
        seconds={"total": round(time.perf_counter() - start, 4)},
    )
    context.observers.pipeline_ended(report)
    return report


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
