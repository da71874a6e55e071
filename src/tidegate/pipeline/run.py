"""Run a pipeline: each job as soon as those it depends on are done, and one record of it all."""

from __future__ import annotations

import heapq
import queue
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tidegate.job.context import Observers, new_run_id
from tidegate.model.events import RunStarted
from tidegate.model.pipelines import Step
from tidegate.model.reports import PipelineReport, RunReport
from tidegate.pipeline.rollback import Written, roll_back
from tidegate.pipeline.worker import Worker, without_run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidegate.job.context import RunContext
    from tidegate.job.port import Job
    from tidegate.model.pipelines import OnFailure
    from tidegate.model.reports import RunStatus
    from tidegate.model.rollbacks import RolledBack
    from tidegate.pipeline.graph import Graph
    from tidegate.pipeline.journal import Journal

_GOOD = ("succeeded", "nothing_new")
_LOOK_SECONDS = 1.0  # how often jobs with a time limit are looked at, at most


@dataclass(frozen=True)
class Plan:
    """A pipeline that is ready to run.

    Attributes:
        name: Its name.
        graph: Its order.
        jobs: Per name, the job.
        description: What it is for, in one line.
        steps: Per name, how the job is to be run; one that is not named is run once, for as long as it takes.
        on_failure: What a failure means where a step does not say.
    """

    name: str
    graph: Graph
    jobs: Mapping[str, Job]
    description: str = ""
    steps: Mapping[str, Step] = field(default_factory=dict)
    on_failure: OnFailure = "skip_dependents"

    def step(self, job: str) -> Step:
        """Return how a job is to be run."""
        return self.steps.get(job) or Step(job)

    def consequence(self, job: str) -> OnFailure:
        """Return what it means when a job does not end well."""
        return self.step(job).on_failure or self.on_failure


def run_pipeline(
    plan: Plan,
    context: RunContext,
    *,
    parallel_jobs: int = 1,
    run_id: str | None = None,
    journal: Journal | None = None,
) -> PipelineReport:
    """Run the jobs and return the record, in the graph's order; the dependents of a job that failed are skipped.

    A job starts when all it depends on have ended, and fewer than `parallel_jobs` are running; of several that could
    start, the first in the graph's order does. What else a failure brings about, the job's step says.

    Args:
        plan: What to run.
        context: The run's context.
        parallel_jobs: How many jobs run at the same time, at most.
        run_id: The run; a new one when left out.
        journal: Takes note of how far the run has come, so that it can be resumed; None for nobody.
    """
    run_id, started_at, start = run_id or new_run_id(), context.clock().isoformat(), time.perf_counter()
    context.observers.started(RunStarted(run_id, plan.name, started_at, is_pipeline=True, description=plan.description))
    written = Written(run_id)
    observers = Observers((written, *context.observers.members))
    inner = replace(context, observers=observers).within(pipeline=plan.name, run_id=run_id)
    run = _Run(plan, inner, parallel_jobs, journal)
    reports = run.to_the_end()
    rolled_back = roll_back(written, plan.jobs, context.tables) if run.is_to_be_undone else ()
    report = PipelineReport(
        run_id=run_id,
        pipeline=plan.name,
        status=_status(reports, rolled_back, is_undone=run.is_to_be_undone),
        started_at=started_at,
        ended_at=context.clock().isoformat(),
        jobs=tuple(reports[job] for job in plan.graph.order),
        seconds={"total": round(time.perf_counter() - start, 4)},
        logical_at=journal.beginning.logical_at if journal else started_at,
        resumes=journal.beginning.resumes if journal else None,
        done_before=journal.beginning.done if journal else (),
        rolled_back=rolled_back,
    )
    if journal:
        journal.end(report)
    context.observers.pipeline_ended(report)
    return report


class _Run:
    """One run of a pipeline, as far as it has come."""

    def __init__(self, plan: Plan, context: RunContext, parallel_jobs: int, journal: Journal | None) -> None:
        self._plan, self._context, self._parallel, self._journal = plan, context, parallel_jobs, journal
        self._place = {job: number for number, job in enumerate(plan.graph.order)}
        self._missing = {job: len(plan.graph.upstream[job]) for job in plan.graph.order}
        self._below: dict[str, list[str]] = {job: [] for job in plan.graph.order}
        for job in plan.graph.order:
            for above in plan.graph.upstream[job]:
                self._below[above].append(job)
        self._ready = [self._place[job] for job, missing in self._missing.items() if not missing]
        self._ended: queue.SimpleQueue[tuple[str, RunReport]] = queue.SimpleQueue()
        self._running: dict[str, Worker] = {}
        self._reports: dict[str, RunReport] = {}
        self._stopped_by: list[str] = []
        self.is_to_be_undone = False

    def to_the_end(self) -> dict[str, RunReport]:
        """Return the report of every job."""
        while len(self._reports) < len(self._place):
            if self._ready and (why := self._why_not(self._plan.graph.order[self._ready[0]])):
                self._skip(self._plan.graph.order[heapq.heappop(self._ready)], why)
            elif self._ready and len(self._running) < self._parallel:
                self._begin(self._plan.graph.order[heapq.heappop(self._ready)])
            else:
                self._await_one()
        return self._reports

    def _begin(self, job: str) -> None:
        step, ended = self._plan.step(job), self._ended
        self._running[job] = Worker(
            step, self._plan.jobs[job], self._context, lambda name, report: ended.put((name, report))
        )

    def _await_one(self) -> None:
        """Wait until a job has ended, reminding those whose time is up."""
        while True:
            limits = [worker.deadline for worker in self._running.values() if worker.deadline is not None]
            wait = min(max(min(limits) - time.monotonic(), 0.0), _LOOK_SECONDS) if limits else None
            try:
                job, report = self._ended.get(timeout=wait)
            except queue.Empty:
                lost = [(job, found) for job, worker in self._running.items() if (found := worker.remind())]
                for job, report in lost:
                    self._context.observers.ended(report)
                    self._end(job, report)
                if lost:
                    return
                continue
            if job in self._running:  # else it was given up
                self._end(job, report)
                return

    def _end(self, job: str, report: RunReport) -> None:
        self._running.pop(job, None)
        self._reports[job] = report
        if self._journal:
            self._journal.note(report)
        if report.status not in _GOOD and report.status != "skipped":
            consequence = self._plan.consequence(job)
            self.is_to_be_undone = self.is_to_be_undone or consequence == "roll_back"
            if consequence != "skip_dependents":
                self._stopped_by.append(job)
        for below in self._below[job]:
            self._missing[below] -= 1
            if not self._missing[below]:
                heapq.heappush(self._ready, self._place[below])

    def _why_not(self, job: str) -> str | None:
        """Return why a job does not run: jobs that did not end well, or that the run may not go on; None if it does."""
        above = [name for name in self._plan.graph.upstream[job] if self._reports[name].status not in _GOOD]
        if others := sorted({*above, *self._stopped_by}):
            return f"because of {', '.join(others)}\n  hint:  mend that first, and run the pipeline again (--resume)"
        stopped = self._context.stopped()
        return f"because {stopped.what}" + (f"\n  hint:  {stopped.hint}" if stopped.hint else "") if stopped else None

    def _skip(self, job: str, why: str) -> None:
        report = without_run(job, "skipped", self._context, f"not run, {why}", "Skipped")
        self._context.observers.ended(report)
        self._end(job, report)


def _status(reports: Mapping[str, RunReport], rolled_back: Sequence[RolledBack], *, is_undone: bool) -> RunStatus:
    """Return the status of a run; one that was rolled back as a whole went well nowhere."""
    statuses = [report.status for report in reports.values()]
    if is_undone and all(table.error is None for table in rolled_back):
        return overall([status for status in statuses if status not in _GOOD])
    return overall(statuses)


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
