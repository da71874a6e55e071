"""A run as of a version or a time says what the run then did, and writes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from tests.job.shop import FILES, Orders, frame, record

from tidegate.errors import JobDefinitionError, TableError
from tidegate.job.base import SparkJob
from tidegate.job.rehearsal import plan_as_of
from tidegate.model.declarations import New, Output, Whole
from tidegate.model.modes import Append
from tidegate.model.pins import Pin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import DataFrame, SparkSession

    from tidegate.model.reports import RunReport
    from tidegate.testing import Sandbox

pytestmark = [pytest.mark.spark, pytest.mark.default_line]

BATCHES = (
    [record(1, 1), record(2, 2), record(3, -1)],
    [record(1, 5, version=1), record(2, 2), record(4, 4)],
    [record(5, -5), record(6, 6, day=1)],
)


class Joined(SparkJob):
    """Orders beside all orders."""

    inputs = {"orders": New("bronze.orders"), "all": Whole("bronze.others")}
    output = Output("silver.orders", Append())

    def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
        return inputs["orders"].join(inputs["all"].select("order_id"), "order_id", "left_semi")


def test_a_run_is_told_again_from_the_versions_that_it_read(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    def told(report: RunReport) -> tuple[object, ...]:
        return (report.status, report.counts, report.rules, [read.version_to for read in report.inputs])

    hooked: list[str] = []

    class Hooked(Orders):
        """Orders that tell of their success."""

        def on_success(self, report: RunReport) -> None:
            hooked.append(report.run_id)

    sandbox = new_sandbox({**FILES, "bronze": "memory"})
    reports = []
    for rows in BATCHES:
        sandbox.arrive("bronze.orders", frame(spark, rows))
        reports.append(sandbox.run(Hooked()))
    tables = ("silver.orders", "quarantine.silver_orders")
    stood = [(sandbox.version(table), sandbox.rows(table)) for table in tables]
    for version, report in enumerate(reports, start=1):
        again = sandbox.run(Hooked(), pin=Pin(version=version), scope="as-of")
        assert told(again) == told(report)
        assert again.output is not None
        assert report.output is not None
        assert again.output.version_after == again.output.version_before
        assert again.output.version_before == report.output.version_before
    now = datetime.now(tz=timezone.utc) + timedelta(minutes=1)
    assert sandbox.run(Hooked(), pin=Pin(moment=now), scope="as-of").status == "nothing_new"
    assert [(sandbox.version(table), sandbox.rows(table)) for table in tables] == stood
    assert hooked == [report.run_id for report in reports]


def test_what_is_not_known_of_the_past_is_refused(spark: SparkSession, new_sandbox: Callable[..., Sandbox]) -> None:
    sandbox = new_sandbox()
    sandbox.arrive("bronze.orders", frame(spark, BATCHES[0]))
    sandbox.arrive("bronze.others", frame(spark, BATCHES[0]))
    with pytest.raises(TableError, match="did not exist"):
        plan_as_of(Orders, sandbox.context, Pin.parse("2020-01-01"))
    with pytest.raises(JobDefinitionError, match="name a time instead"):
        plan_as_of(Joined, replace(sandbox.context, scope="as-of"), Pin(version=1))
    sandbox.run(Orders())
    sandbox.arrive("bronze.orders", frame(spark, BATCHES[1]))
    sandbox.run(Orders())
    sandbox.context.tables.store(Orders.output.name).restore(Orders.output.name, 1)
    with pytest.raises(TableError, match="was restored by version 3"):
        plan_as_of(Orders, sandbox.context, Pin(version=1))
