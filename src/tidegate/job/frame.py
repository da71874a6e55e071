"""What every run goes through, whatever kind of job it is of: announced, lived, timed, recorded, told."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from tidegate.errors import GateError, TidegateError, TurnLostError
from tidegate.job.context import new_run_id
from tidegate.job.failures import told_failure
from tidegate.model.events import RunStarted
from tidegate.model.log_fields import logged_with
from tidegate.model.reports import RunReport

if TYPE_CHECKING:
    from tidegate.job.context import RunContext
    from tidegate.job.port import Job
    from tidegate.job.steps import Steps
    from tidegate.model.reports import RunStatus
    from tidegate.model.resources import Resources
    from tidegate.model.slices import Span

_log = logging.getLogger("tidegate.job")

AnyReport = TypeVar("AnyReport", bound=RunReport)
_Report_co = TypeVar("_Report_co", bound=RunReport, covariant=True)


class Run(Protocol[_Report_co]):
    """One run: its steps, and what it knows so far. A failed run reports what it knew."""

    @property
    def steps(self) -> Steps:
        """The steps."""

    def live(self) -> RunStatus:
        """Run the steps; return how it ended, unless it failed."""

    def report(self, status: RunStatus, error: Exception | None) -> _Report_co:
        """Return the record of the run."""


class Hooks(Protocol):
    """A job that takes note of how its runs end."""

    def on_success(self, report: RunReport) -> None:
        """Take note that a run succeeded."""

    def on_failure(self, error: Exception, report: RunReport) -> None:
        """Take note that a run failed."""


def announce(job: Job, context: RunContext, *, owner: str | None = None, nominal: Span | None = None) -> RunStarted:
    """Tell the observers that a run of a job starts.

    Args:
        job: The job.
        context: What the run needs.
        owner: Who answers for its table; None where nobody is named.
        nominal: The span that the run is about; None for a live one.
    """
    started = RunStarted(
        new_run_id(),
        job.name(),
        context.clock().isoformat(),
        parent_run_id=context.parent_run_id,
        pipeline=context.pipeline,
        description=job.description(),
        owner=owner,
        nominal=nominal,
    )
    context.observers.started(started)
    return started


def take_through(run: Run[AnyReport], context: RunContext, hooks: Hooks | None = None) -> AnyReport:
    """Take a run through its life and return its record; errors of the run are in the record.

    Args:
        run: The run, which was announced.
        context: What it needs.
        hooks: Who takes note of its end before the observers do; None for nobody.
    """
    with logged_with(run_id=run.steps.run_id, job=run.steps.job, pipeline=context.pipeline):
        return _live(run, context, hooks)


def _live(run: Run[AnyReport], context: RunContext, hooks: Hooks | None) -> AnyReport:
    before, start, error = _used(context), time.perf_counter(), None
    try:
        status = run.live()
    except Exception as caught:  # noqa: BLE001 - the record says what happened, whatever it was
        error = context.stopped() or told_failure(caught, run.steps.current) or caught
        status = _ending(error)
    run.steps.seconds["total"] = round(time.perf_counter() - start, 4)
    used = _used(context)
    report = replace(
        run.report(status, error),
        attempt=context.attempt,
        is_retried=_is_retried(error, context),
        resources=used.since(before) if before is not None and used is not None else None,
    )
    if error is not None and (context.is_debugging or not isinstance(error, TidegateError)):
        _log.debug("run %s of %s failed", report.run_id, report.job, exc_info=error)
    if context.is_rehearsing:
        _log.debug("run %s of %s has written nothing: its hooks are not told", report.run_id, report.job)
    elif hooks is not None:
        _tell(hooks, report, error)
    context.observers.ended(report)
    return report


def _ending(error: Exception) -> RunStatus:
    """Return how a run ended that an error ended."""
    if isinstance(error, TurnLostError):
        return "skipped"
    return "refused" if isinstance(error, GateError) else "failed"


def _used(context: RunContext) -> Resources | None:
    """Return what has been used of the machine so far; None where nobody counts, or counting fails."""
    try:
        return context.usage() if context.usage else None
    except Exception as error:  # noqa: BLE001 - a number that is missing changes no run
        _log.debug("what runs use cannot be counted: %s", type(error).__name__)
        return None


def _is_retried(error: Exception | None, context: RunContext) -> bool:
    may_go_away = isinstance(error, TidegateError) and error.retryable
    return may_go_away and context.retries_left > 0 and context.stopped() is None


def _tell(hooks: Hooks, report: RunReport, error: Exception | None) -> None:
    try:
        if error is None:
            hooks.on_success(report)
        else:
            hooks.on_failure(error, report)
    except Exception as failure:  # noqa: BLE001 - a hook does not change what the run did
        _log.warning("hook of %s failed: %s", report.job, type(failure).__name__)
