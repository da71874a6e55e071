"""One job of a pipeline in a thread of its own: its attempts, and the end of its time."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tenacity import Retrying, retry_if_result, stop_after_attempt, wait_random_exponential

from tidegate.errors import RunStoppedError, TidegateError
from tidegate.job.context import new_run_id
from tidegate.model.reports import RunReport

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenacity import RetryCallState

    from tidegate.job.context import RunContext
    from tidegate.job.port import Job
    from tidegate.model.pipelines import Step
    from tidegate.model.reports import RunStatus

LONGEST_WAIT_SECONDS = 300.0
GRACE_SECONDS = 30.0  # how long a job whose time is up may take to notice


class Permit:
    """Says whether a job may go on. Once it may not, that is final."""

    def __init__(self, outer: Callable[[], TidegateError | None]) -> None:
        """Allow the job to go on as long as the run may.

        Args:
            outer: Why the run may not go on; None where it may.
        """
        self._outer = outer
        self._error: TidegateError | None = None
        self._changed = threading.Event()

    def stopped(self) -> TidegateError | None:
        """Return why the job may not go on; None where it may."""
        return self._error or self._outer()

    def withdraw(self, error: TidegateError) -> None:
        """Let the job go no further than the step that it is in."""
        self._error = self._error or error
        self._changed.set()

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than the job may go on."""
        self._changed.wait(seconds)


@dataclass
class Worker:
    """A job that is running.

    Attributes:
        step: How it is to be run.
        job: The job.
        context: The context of the pipeline's runs.
        ended: Is told the job's name and its report when it has ended.
    """

    step: Step
    job: Job
    context: RunContext
    ended: Callable[[str, RunReport], object]
    permit: Permit = field(init=False)
    deadline: float | None = field(init=False, default=None)
    is_out_of_time: bool = field(init=False, default=False)
    started_at: str = field(init=False, default="")

    def __post_init__(self) -> None:
        """Begin; the job's time runs from now on."""
        self.permit = Permit(self.context.stopped)
        self.started_at = self.context.clock().isoformat()
        if self.step.timeout_seconds is not None:
            self.deadline = time.monotonic() + self.step.timeout_seconds
        self._thread = threading.Thread(
            target=self._work, name=f"{self.context.pipeline}/{self.step.name}", daemon=True
        )
        self._thread.start()

    def remind(self) -> RunReport | None:
        """Stop the job where its time is up; return its report where it does not even notice that, else None.

        A job notices when its next step begins, or when its work in Spark is cancelled. One that does neither within a
        while is left to itself: it can go no further than the step that it is in.
        """
        if self.deadline is None:
            return None
        if time.monotonic() < self.deadline:
            if self.is_out_of_time:
                self.context.interrupt(self._thread.ident or 0)
            return None
        if self.is_out_of_time:
            return self._lost()
        self.is_out_of_time, self.deadline = True, time.monotonic() + GRACE_SECONDS
        self.permit.withdraw(self._late())
        self.context.interrupt(self._thread.ident or 0)
        return None

    def _work(self) -> None:
        try:
            report = self._attempts()
        except Exception as error:  # noqa: BLE001 - whoever waits for the job must hear of its end
            report = failure(self.step.name, self.context, error)
        self.ended(self.step.name, report)

    def _attempts(self) -> RunReport:
        attempts = Retrying(
            stop=stop_after_attempt(self.step.retries + 1),
            wait=wait_random_exponential(multiplier=self.step.retry_wait_seconds, max=LONGEST_WAIT_SECONDS),
            retry=retry_if_result(self._is_worth_another),
            sleep=self.permit.pause,
            retry_error_callback=_last,
        )
        numbers = iter(range(1, self.step.retries + 2))
        report: RunReport = attempts(lambda: self._attempt(next(numbers)))
        return report

    def _attempt(self, number: int) -> RunReport:
        left = self.step.retries + 1 - number
        return self.job.execute(replace(self.context, stopped=self.permit.stopped, attempt=number, retries_left=left))

    def _is_worth_another(self, report: RunReport) -> bool:
        return report.is_retried and self.permit.stopped() is None

    def _late(self) -> TidegateError:
        return RunStoppedError(
            f"the job did not end within {self.step.timeout_seconds:g} s",
            where=self.step.where or self.step.name,
            hint="give it more time (timeout_seconds), or look at which step took it in the report",
        )

    def _lost(self) -> RunReport:
        error = self._late()
        error.what += f", and has not stopped {GRACE_SECONDS:g} s later; it can go no further than the step it is in"
        return replace(failure(self.step.name, self.context, error), started_at=self.started_at)


def _last(state: RetryCallState) -> object:
    return state.outcome.result() if state.outcome else None


def failure(job: str, context: RunContext, error: Exception) -> RunReport:
    """Return the report of a job that has none of its own.

    Args:
        job: The job.
        context: The context of the pipeline's runs.
        error: What went wrong; the text of an error that is not tidegate's is left out, as it may hold anything.
    """
    text = str(error) if isinstance(error, TidegateError) else f"the job ended with {type(error).__name__}"
    return without_run(job, "failed", context, text, type(error).__name__)


def without_run(job: str, status: RunStatus, context: RunContext, text: str, kind: str) -> RunReport:
    """Return the report of a job that was not run, or whose run is not known.

    Args:
        job: The job.
        status: How it ended.
        context: The context of the pipeline's runs.
        text: Why.
        kind: Why, in a word.
    """
    now = context.clock().isoformat()
    return RunReport(
        run_id=new_run_id(),
        job=job,
        status=status,
        started_at=now,
        ended_at=now,
        parent_run_id=context.parent_run_id,
        pipeline=context.pipeline,
        error=text,
        error_type=kind,
    )
