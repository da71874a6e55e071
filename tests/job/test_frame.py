"""A run says that it is tried again where what went wrong may go away, attempts are left and it may go on. No Spark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from tests.pipeline.fakes import context

from tidegate.errors import GateError, RunStoppedError, SourceError, StorageError
from tidegate.job.frame import take_through
from tidegate.job.steps import Steps
from tidegate.model.reports import RunReport

if TYPE_CHECKING:
    from tidegate.model.reports import RunStatus


@dataclass(frozen=True)
class Failing:
    """A run that fails in its first step."""

    steps: Steps
    error: Exception

    def live(self) -> RunStatus:
        with self.steps.step("read"):
            raise self.error

    def report(self, status: RunStatus, error: Exception | None) -> RunReport:
        kind = type(error).__name__
        return RunReport("r", "silver.orders", status, "a", "b", seconds=self.steps.seconds, error_type=kind)


AWAY = StorageError("the store does not answer", retryable=True)


@pytest.mark.parametrize(
    ("error", "left", "is_retried"),
    [
        (AWAY, 1, True),
        (AWAY, 0, False),
        (SourceError("the database is starting up", retryable=True), 2, True),
        (StorageError("there is no such bucket"), 1, False),
        (GateError("the gate refused"), 1, False),
        (ValueError("what it is nobody knows"), 1, False),
    ],
)
def test_what_may_go_away_is_tried_again_while_attempts_are_left(
    error: Exception, left: int, *, is_retried: bool
) -> None:
    given = context(retries_left=left, attempt=3)
    report = take_through(Failing(Steps(given, "r", "silver.orders"), error), given)
    assert (report.is_retried, report.attempt) == (is_retried, 3)


def test_a_run_that_may_not_go_on_says_why_and_is_not_tried_again() -> None:
    stopped = RunStoppedError("its time is up")
    given = context(retries_left=2, stopped=lambda: stopped)
    report = take_through(Failing(Steps(given, "r", "silver.orders"), AWAY), given)
    assert (report.error_type, report.is_retried) == ("RunStoppedError", False)
