"""The life of a run: plan, read, transform, stage, gate, quarantine, publish, report."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tidegate.job.failures import describe_failure
from tidegate.job.frame import announce, take_through
from tidegate.job.life import live
from tidegate.job.plan import plan_job
from tidegate.job.quarantine.replay import plan_replay, replay
from tidegate.job.rehearsal import plan_as_of
from tidegate.job.slicing import plan_slice
from tidegate.job.steps import Steps
from tidegate.job.work import Facts
from tidegate.model.maintenance import Maintenance
from tidegate.model.reports import RunReport

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidegate.job.base import SparkJob
    from tidegate.job.context import RunContext
    from tidegate.job.plan import JobPlan
    from tidegate.model.events import RunStarted
    from tidegate.model.reports import RunStatus

_log = logging.getLogger("tidegate.job")


def run_job(job: SparkJob, context: RunContext) -> RunReport:
    """Take a job through the life of a run and return its record; errors of the run are in the record."""
    contract = context.contracts.find(job.output.name)
    nominal = context.part.span if context.part else None
    started = announce(job, context, owner=contract.owner if contract else None, nominal=nominal)
    run = _Run(job, context, started, Steps(context, started.run_id, job.name()))
    return take_through(run, context, job)


@dataclass(frozen=True)
class _Run:
    """One run and what it knows so far."""

    job: SparkJob
    context: RunContext
    started: RunStarted
    steps: Steps
    facts: Facts = field(default_factory=Facts)

    def live(self) -> RunStatus:
        """Run the steps; return how it ended, unless it failed."""
        job, context, facts = self.job, self.context, self.facts
        with self.steps.step("plan"):
            facts.plan = _plan(type(job), context)
        if not facts.plan.is_due:
            return "nothing_new"
        take = replay if facts.plan.is_replay else live
        if not take(job, context, self.started.run_id, self.steps, facts):
            return "nothing_new"
        if context.maintain is not None and not facts.plan.is_rehearsal:
            with self.steps.step("maintain"):
                facts.maintenance = _maintained(context.maintain, job.output.table)
        return "succeeded"

    def report(self, status: RunStatus, error: Exception | None) -> RunReport:
        """Return the record of the run."""
        context, facts, step = self.context, self.facts, self.steps.current
        return RunReport(
            run_id=self.started.run_id,
            job=self.started.name,
            status=status,
            started_at=self.started.started_at,
            ended_at=context.clock().isoformat(),
            counts=facts.counts,
            rules=facts.rules,
            score=facts.score,
            inputs=facts.inputs_read(context),
            output=facts.output(self.job, context),
            seconds=self.steps.seconds,
            batch=facts.plan.token.batch if facts.plan and facts.plan.is_due else None,
            late=facts.late,
            quarantined_by=facts.quarantined_by,
            contract_version=facts.contract_version,
            parent_run_id=context.parent_run_id,
            pipeline=context.pipeline,
            error=describe_failure(error, step, is_debugging=context.is_debugging) if error else None,
            error_type=type(error).__name__ if error else None,
            scope=context.scope,
            interval=str(context.part.span) if context.part and context.part.span else None,
            maintenance=facts.maintenance,
        )


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
