"""Observers and hooks are told how runs end, and never break one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.job.shop import Orders, contracts, frame, record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import DataFrame, SparkSession

    from tidegate.model.events import RunStarted, StepStarted
    from tidegate.model.reports import PipelineReport, RunReport
    from tidegate.testing import Sandbox

pytestmark = pytest.mark.spark


class Noisy:
    """An observer of which every call fails."""

    def started(self, event: RunStarted) -> None:
        raise RuntimeError

    def step(self, event: StepStarted) -> None:
        raise RuntimeError

    def ended(self, report: RunReport) -> None:
        raise RuntimeError

    def pipeline_ended(self, report: PipelineReport) -> None:
        raise RuntimeError

    def close(self) -> None:
        raise RuntimeError


def test_observers_and_hooks_never_break_a_run(spark: SparkSession, new_sandbox: Callable[..., Sandbox]) -> None:
    class Hooked(Orders):
        """Orders with a hook that fails."""

        def on_success(self, report: RunReport) -> None:
            raise RuntimeError

    sandbox = new_sandbox(observers=(Noisy(),))
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 1)]))
    assert sandbox.run(Hooked()).status == "succeeded"


def test_hooks_are_told_how_the_run_ended(spark: SparkSession, new_sandbox: Callable[..., Sandbox]) -> None:
    told: list[str] = []

    class Hooked(Orders):
        """Orders with hooks."""

        def on_success(self, report: RunReport) -> None:
            told.append(report.status)

        def on_failure(self, error: Exception, report: RunReport) -> None:
            told.append(f"{report.status} {type(error).__name__}")

        def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
            return inputs["orders"].select("order_id", "no_such_column")

    sandbox = new_sandbox()
    assert Hooked().execute(sandbox.context).status == "nothing_new"
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 1)]))
    report = Hooked().execute(sandbox.context)
    assert told == ["nothing_new", "failed AnalysisException"]
    assert "no_such_column" in (report.error or "")


def test_observers_are_told_who_answers_for_the_table(spark: SparkSession, new_sandbox: Callable[..., Sandbox]) -> None:
    class Listener(Noisy):
        def started(self, event: RunStarted) -> None:
            owners.append(event.owner)

    owners: list[str | None] = []
    sandbox = new_sandbox(observers=(Listener(),), contracts=(replace(contracts()[0], owner="shop team"),))
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 1)]))
    sandbox.run(Orders())
    assert owners == ["shop team"]
