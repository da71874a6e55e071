"""The life of a run of a dbt job: plan, read, build, report."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tidegate.job.dbt.checks import require_kept
from tidegate.job.dbt.lineage import lineage_of
from tidegate.job.dbt.plan import plan_dbt_job
from tidegate.job.failures import describe_failure
from tidegate.job.frame import announce, take_through
from tidegate.job.steps import Steps
from tidegate.model.declarations import table_of
from tidegate.model.reports import Counts, RunReport
from tidegate.model.transfers import InputRead, OutputWritten

if TYPE_CHECKING:
    from tidegate.job.context import RunContext
    from tidegate.job.dbt.job import DbtJob
    from tidegate.job.dbt.plan import DbtPlan
    from tidegate.job.dbt.result import DbtResult
    from tidegate.job.plan import InputPlan
    from tidegate.model.events import RunStarted
    from tidegate.model.reports import RunStatus


def run_dbt_job(job: DbtJob, context: RunContext) -> RunReport:
    """Take a dbt job through the life of a run and return its record; errors of the run are in the record."""
    started = announce(job, context)
    return take_through(_Run(job, context, started, Steps(context, started.run_id, job.name())), context, job)


@dataclass
class _Run:
    """One run and what it knows so far; a failed run reports what it knew."""

    job: DbtJob
    context: RunContext
    started: RunStarted
    steps: Steps
    plan: DbtPlan | None = None
    result: DbtResult | None = None

    def live(self) -> RunStatus:
        """Run the steps; return how it ended, unless it failed."""
        with self.steps.step("plan"):
            self.plan = plan_dbt_job(type(self.job), self.context)
        if not self.plan.is_due:
            return "nothing_new"
        self.plan.check(self.context)
        require_kept(self.job.outputs(), self.context.contracts)
        from tidegate.job.dbt.build import build_gold  # noqa: PLC0415 - needs Spark; a run with nothing new does not
        from tidegate.job.dbt.reading import request_build  # noqa: PLC0415

        with self.steps.step("read"):
            request = request_build(self.job, self.context, self.plan, self.started.run_id)
        with self.steps.step("build"):
            self.result = build_gold(self.context.session(), request)
        if self.result.error is not None:
            raise self.result.error
        return "succeeded"

    def report(self, status: RunStatus, error: Exception | None) -> RunReport:
        """Return the record of the run."""
        result, plan, context = self.result, self.plan, self.context
        written = sum(model.output().rows or 0 for model in result.models) if result and not result.error else 0
        parts = {f"build.{name}": seconds for name, seconds in result.seconds.items()} if result else {}
        step, is_debugging = self.steps.current, context.is_debugging
        return RunReport(
            run_id=self.started.run_id,
            job=self.started.name,
            status=status,
            started_at=self.started.started_at,
            ended_at=context.clock().isoformat(),
            counts=Counts(read=written, published=written),
            rules=result.tests if result else (),
            inputs=tuple(_input_read(read, context) for read in plan.inputs) if plan else (),
            output=_output(self.job, context, result),
            seconds={**self.steps.seconds, **parts},
            batch=plan.token.batch if plan and plan.is_due else None,
            parent_run_id=context.parent_run_id,
            pipeline=context.pipeline,
            error=describe_failure(error, step, is_debugging=is_debugging) if error else None,
            error_type=type(error).__name__ if error else None,
        )


def _input_read(read: InputPlan, context: RunContext) -> InputRead:
    table = table_of(read.declared)
    store = context.tables.store(table) if table else None
    return InputRead(
        name=read.name,
        table=str(table),
        kind="new" if read.is_driving else "whole",
        format=store.format if store else "",
        location=store.location(table) if store and table else "",
        version_from=read.since,
        version_to=read.until,
        rows=read.rows,
        files=read.file_count,
        bytes=read.bytes,
    )


def _output(job: DbtJob, context: RunContext, result: DbtResult | None) -> OutputWritten:
    first = job.outputs()[0]
    store = context.tables.store(first)
    return OutputWritten(
        table=job.name(),
        format=store.format,
        location=store.location(first).rpartition("/")[0],
        tables=_tables(result, context) if result else (),
    )


def _tables(result: DbtResult, context: RunContext) -> tuple[OutputWritten, ...]:
    written = tuple(model.output() for model in result.models)
    if context.look_into is None:
        return written
    lineages = lineage_of(result.models)
    return tuple(replace(one, lineage=lineages.get(one.table)) for one in written)
