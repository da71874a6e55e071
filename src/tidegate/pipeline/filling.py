"""Backfills side by side: slices of a job that need not wait for each other, and jobs that do not either."""

from __future__ import annotations

import queue
import time
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from tidegate.errors import TidegateError
from tidegate.model.backfills import BackfillReport
from tidegate.model.pipelines import Step
from tidegate.pipeline.graph import Graph
from tidegate.pipeline.turns import Turns
from tidegate.pipeline.worker import Worker, failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidegate.job.base import SparkJob
    from tidegate.job.context import RunContext
    from tidegate.model.reports import RunReport
    from tidegate.pipeline.backfill import BackfillPlan

    Ended = Callable[[int, RunReport], object]


@dataclass
class Filling:
    """The backfill of one job, as far as it has come.

    Attributes:
        job: The job.
        plan: Its slices.
        context: The context of runs.
        step: How often a slice is tried; its time limit is for live runs, and is passed over.
        in_order: Why a slice begins only when the one before it has ended; None where it need not wait.
    """

    job: SparkJob
    plan: BackfillPlan
    context: RunContext
    step: Step | None = None
    in_order: str | None = None
    running: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Begin to count the time."""
        self._waiting = list(reversed(self.plan.waiting))
        self._turns = Turns(self.plan.done + 1)
        self._runs: dict[int, RunReport] = {}
        self._started_at, self._start = self.context.clock().isoformat(), time.perf_counter()
        self._has_table = False

    @property
    def may_begin(self) -> bool:
        """Whether a slice waits that can begin now."""
        if not self._waiting or self._turns.failed is not None:
            return False
        return not self.running or (self.in_order is None and self._is_there())

    @property
    def is_over(self) -> bool:
        """Whether nothing runs, and nothing will."""
        return not self.running and (not self._waiting or self._turns.failed is not None)

    def begin(self, ended: Ended) -> None:
        """Begin the next slice, in a thread of its own.

        Args:
            ended: Is told the slice's number and its report when it has ended.
        """
        part = self._waiting.pop()
        self.running += 1
        turn = partial(self._turns.wait, part.number)
        context = replace(self.context, scope=self.plan.scope, part=part, turn=turn)
        step = replace(self.step or Step(self.job.name()), job=self.job.name(), timeout_seconds=None)
        Worker(step, self.job, context, lambda _, report: ended(part.number, report))

    def end(self, number: int, report: RunReport) -> None:
        """Take note of how a slice has ended.

        Args:
            number: The slice.
            report: Its record.
        """
        self.running -= 1
        self._runs[number] = report
        self._turns.end(number, is_good=not report.exit_code)

    def report(self) -> BackfillReport:
        """Return the record of the backfill."""
        runs = tuple(self._runs[number] for number in sorted(self._runs))
        failed = self._turns.failed
        told = runs[-1] if runs and failed is None else self._runs.get(failed or 0)
        return BackfillReport(
            job=self.job.name(),
            scope=self.plan.scope,
            status=told.status if told else "nothing_new",
            started_at=self._started_at,
            ended_at=self.context.clock().isoformat(),
            slices=len(self.plan.slices),
            done_before=self.plan.done,
            runs=runs,
            seconds={"total": round(time.perf_counter() - self._start, 4)},
            in_order=self.in_order,
        )

    def _is_there(self) -> bool:
        """Return whether the table exists: the first slice makes it, with its columns, and the others find it."""
        table = self.job.output.name
        self._has_table = self._has_table or self.context.tables.store(table).version(table) is not None
        return self._has_table


def run_backfill(
    job: SparkJob, plan: BackfillPlan, context: RunContext, *, at_once: int = 1, in_order: str | None = None
) -> BackfillReport:
    """Run the slices that wait and return the record; once one does not succeed, no other begins.

    Slices are read, transformed and judged side by side, and write in their order: what is published is always the
    first so many, and the tables are those of one slice after the other.

    Args:
        job: The job.
        plan: The slices.
        context: The context of runs.
        at_once: How many slices are under way at the same time, at most.
        in_order: Why each slice has to wait for the one before it; None where it need not.
    """
    filling = Filling(job, plan, context, in_order=in_order)
    graph = Graph((job.name(),), {job.name(): frozenset()})
    return fill(graph, lambda _: filling, context, at_once=at_once)[job.name()]


def fill(
    graph: Graph, opened: Callable[[str], Filling], context: RunContext, *, at_once: int
) -> dict[str, BackfillReport]:
    """Return the records of the backfills of several jobs, each begun when those that it depends on have ended.

    Those that depend on one that did not succeed have no record. Of several slices that could begin, the one of the job
    with the fewest under way does.

    Args:
        graph: The jobs and their order.
        opened: Returns the backfill of a job, once what it reads has been filled.
        context: The context of runs.
        at_once: How many slices are under way at the same time, at most, of all jobs together.
    """
    return _Course(graph, opened, context, at_once).to_the_end()


class _Course:
    """Backfills of jobs that are under way."""

    def __init__(self, graph: Graph, opened: Callable[[str], Filling], context: RunContext, at_once: int) -> None:
        self._graph, self._opened, self._context, self._at_once = graph, opened, context, at_once
        self._open: dict[str, Filling] = {}
        self._reports: dict[str, BackfillReport] = {}
        self._ended: queue.SimpleQueue[tuple[str, int, RunReport]] = queue.SimpleQueue()
        self._left = list(graph.order)

    def to_the_end(self) -> dict[str, BackfillReport]:
        """Return the record of every job that was filled."""
        while True:
            self._look()
            running = sum(filling.running for filling in self._open.values())
            job = self._next() if running < self._at_once else None
            if job is not None:
                self._open[job].begin(partial(self._note, job))
            elif running:
                job, number, report = self._ended.get()
                self._open[job].end(number, report)
            else:
                return self._reports

    def _note(self, job: str, number: int, report: RunReport) -> None:
        self._ended.put((job, number, report))

    def _look(self) -> None:
        """Close what is over, and open what can begin then."""
        for job in [job for job, filling in self._open.items() if filling.is_over]:
            self._reports[job] = self._open.pop(job).report()
        ready = [job for job in self._left if all(self._is_good(above) for above in self._graph.upstream[job])]
        for job in ready:
            self._left.remove(job)
            try:
                self._open[job] = self._opened(job)
            except TidegateError as error:
                self._reports[job] = _unopened(failure(job, self._context, error))
        if any(filling.is_over for filling in self._open.values()):
            self._look()

    def _next(self) -> str | None:
        able = [job for job, filling in self._open.items() if filling.may_begin]
        return min(able, key=lambda job: self._open[job].running) if able else None

    def _is_good(self, job: str) -> bool:
        return job in self._reports and not self._reports[job].exit_code


def _unopened(run: RunReport) -> BackfillReport:
    """Return the record of a backfill that could not even be planned."""
    return BackfillReport(run.job, "", run.status, run.started_at, run.ended_at, 0, 0, (run,), {"total": 0.0})
