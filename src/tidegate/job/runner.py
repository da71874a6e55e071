"""The life of a run: plan, read, transform, stage, gate, quarantine, publish, report."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from tidegate.errors import GateError, TidegateError
from tidegate.job.context import new_run_id
from tidegate.job.failures import describe_failure, full_disk
from tidegate.job.life import live
from tidegate.job.plan import plan_job
from tidegate.job.quarantine.replay import plan_replay, replay
from tidegate.job.rehearsal import plan_as_of
from tidegate.job.slicing import plan_slice
from tidegate.job.steps import Steps
from tidegate.job.work import Facts
from tidegate.model.events import RunStarted
from tidegate.model.maintenance import Maintenance
from tidegate.model.reports import RunReport
from tidegate.sources.failures import source_failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidegate.job.base import SparkJob
    from tidegate.job.context import RunContext
    from tidegate.job.plan import JobPlan
    from tidegate.model.reports import RunStatus

_log = logging.getLogger("tidegate.job")


def run_job(job: SparkJob, context: RunContext) -> RunReport:
    """Take a job through the life of a run and return its record; errors of the run are in the record."""
    run_id, started_at, start = new_run_id(), context.clock().isoformat(), time.perf_counter()
    steps = Steps(context, run_id, job.name())
    facts, contract = Facts(), context.contracts.find(job.output.name)
    announced = RunStarted(
        run_id,
        job.name(),
        started_at,
        parent_run_id=context.parent_run_id,
        pipeline=context.pipeline,
        description=job.description(),
        owner=contract.owner if contract else None,
        nominal=context.part.span if context.part else None,
    )
    context.observers.started(announced)
    error: Exception | None = None
    try:
        status = _live(job, context, run_id, steps, facts)
    except Exception as caught:  # noqa: BLE001 - the record says what happened, whatever it was
        error = source_failure(caught) or full_disk(caught, steps.current) or caught
        status = "refused" if isinstance(error, GateError) else "failed"
    steps.seconds["total"] = round(time.perf_counter() - start, 4)
    report = _report(job, context, announced, status=status, steps=steps, facts=facts, error=error)
    _finish(job, context, report, error)
    return report


def _live(job: SparkJob, context: RunContext, run_id: str, steps: Steps, facts: Facts) -> RunStatus:
    with steps.step("plan"):
        facts.plan = _plan(type(job), context)
    if not facts.plan.is_due:
        return "nothing_new"
    run = replay if facts.plan.is_replay else live
    if not run(job, context, run_id, steps, facts):
        return "nothing_new"
    if context.maintain is not None and not facts.plan.is_rehearsal:
        with steps.step("maintain"):
            facts.maintenance = _maintained(context.maintain, job.output.table)
    return "succeeded"


def _maintained(maintain: Callable[[str], Maintenance | None], table: str) -> Maintenance | None:
    """Keep a table in order after its run has published; what fails is told and does not change what the run did."""
    try:
        return maintain(table)
    except Exception as error:  # noqa: BLE001 - the run has published, whatever becomes of its upkeep
        _log.warning("upkeep of %s failed: %s", table, type(error).__name__)
        return Maintenance(error=describe_failure(error, "maintain"))


def _plan(job: type[SparkJob], context: RunContext) -> JobPlan:
    if context.pin is not None:
        return plan_as_of(job, context, context.pin)
    if context.replay is not None:
        return plan_replay(job, context, context.replay)
    return plan_slice(job, context, context.part) if context.part else plan_job(job, context)


def _report(  # noqa: PLR0913 - all but three are keyword-only
    job: SparkJob,
    context: RunContext,
    announced: RunStarted,
    *,
    status: RunStatus,
    steps: Steps,
    facts: Facts,
    error: Exception | None,
) -> RunReport:
    return RunReport(
        run_id=announced.run_id,
        job=job.name(),
        status=status,
        started_at=announced.started_at,
        ended_at=context.clock().isoformat(),
        counts=facts.counts,
        rules=facts.rules,
        score=facts.score,
        inputs=facts.inputs_read(context),
        output=facts.output(job, context),
        seconds=steps.seconds,
        batch=facts.plan.token.batch if facts.plan and facts.plan.is_due else None,
        late=facts.late,
        quarantined_by=facts.quarantined_by,
        contract_version=facts.contract_version,
        parent_run_id=context.parent_run_id,
        pipeline=context.pipeline,
        error=describe_failure(error, steps.current, is_debugging=context.is_debugging) if error else None,
        error_type=type(error).__name__ if error else None,
        scope=context.scope,
        interval=str(context.part.span) if context.part and context.part.span else None,
        maintenance=facts.maintenance,
    )


def _finish(job: SparkJob, context: RunContext, report: RunReport, error: Exception | None) -> None:
    try:
        if context.is_rehearsing:
            _log.debug("run %s of %s has written nothing: its hooks are not told", report.run_id, report.job)
        elif error is None:
            job.on_success(report)
        else:
            if context.is_debugging or not isinstance(error, TidegateError):
                _log.debug("run %s of %s failed", report.run_id, report.job, exc_info=error)
            job.on_failure(error, report)
    except Exception as hook:  # noqa: BLE001 - a hook does not change what the run did
        _log.warning("hook of %s failed: %s", report.job, type(hook).__name__)
    context.observers.ended(report)
    counts = report.counts
    _log.info(
        "run_id=%s job=%s status=%s version=%s read=%d published=%d unchanged=%d quarantined=%d late=%d seconds=%.2f",
        report.run_id,
        report.job,
        report.status,
        report.output.version_after if report.output else None,
        counts.read,
        counts.published,
        counts.unchanged,
        counts.quarantined,
        counts.late,
        report.seconds["total"],
    )
