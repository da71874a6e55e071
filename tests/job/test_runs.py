"""Whole runs keep the laws: replay, order, a full report, clear failures, hooks and silent observers."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import functions as F
from tests.job.shop import (
    FILES,
    MEMORY,
    SCHEMA,
    START,
    Orders,
    Record,
    as_rows,
    contracts,
    frame,
    is_good,
    latest,
    record,
)

from tidegate.errors import TableError
from tidegate.job.base import SparkJob
from tidegate.model.declarations import Files, Output
from tidegate.model.events import Observer
from tidegate.model.maintenance import Maintenance
from tidegate.model.modes import Append
from tidegate.model.reports import RunReport
from tidegate.tables.staging import MemoryStaging
from tidegate.testing import Sandbox, check_order, check_replay

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession

    from tidegate.model.events import StepStarted

pytestmark = pytest.mark.spark

records = st.builds(
    record,
    st.one_of(st.none(), st.integers(1, 5)),
    st.one_of(st.none(), st.integers(-2, 1000)),
    version=st.integers(0, 3),
)


def test_a_second_run_finds_nothing_new_and_changes_nothing(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = new_sandbox(FILES)
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 10), record(2, -1)]))
    check_replay(Orders(), sandbox)


@settings(max_examples=4)
@given(st.lists(records, max_size=12), st.randoms())
def test_batches_may_be_cut_and_ordered_at_will(
    spark: SparkSession, tmp_path_factory: pytest.TempPathFactory, given_records: list[Record], random: object
) -> None:
    shuffled = list(given_records)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    cut = len(shuffled) // 2
    numbers = itertools.count()
    folder = tmp_path_factory.mktemp("order")
    made = []

    def make() -> Sandbox:
        made.append(Sandbox(spark, folder / str(next(numbers)), contracts(), MEMORY))
        return made[-1]

    whole = [frame(spark, given_records)]
    check_order(Orders(), "bronze.orders", [whole, [frame(spark, shuffled[:cut]), frame(spark, shuffled[cut:])]], make)
    assert [sandbox.rows("silver.orders") for sandbox in made] == [as_rows(latest(given_records))] * 2
    bad = sum(not is_good(one) for one in given_records)
    assert [len(sandbox.rows("quarantine.silver_orders")) for sandbox in made] == [bad] * 2


def test_upkeep_follows_a_run_that_published_and_its_failure_does_not_touch_the_run(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox, kept = new_sandbox(), Maintenance("of 9 files, 8 could go", is_compacted=True, files_before=9)
    asked: list[str] = []

    def maintain(table: str) -> Maintenance:
        asked.append(table)
        if len(asked) > 1:
            raise TableError("the table is gone", where=table, hint="look for it")
        return kept

    sandbox.arrive("bronze.orders", frame(spark, [record(1, 10)]))
    report = sandbox.run(Orders(), maintain=maintain)
    assert (report.status, report.maintenance) == ("succeeded", kept)
    assert RunReport.from_json(report.to_json()) == report
    assert sandbox.run(Orders(), maintain=maintain).maintenance is None
    assert asked == ["silver.orders"]
    sandbox.arrive("bronze.orders", frame(spark, [record(2, 10)]))
    report = sandbox.run(Orders(), maintain=maintain)
    assert (report.status, report.error) == ("succeeded", None)
    assert report.maintenance is not None
    assert (report.maintenance.error or "").startswith("the table is gone")


def test_the_report_says_what_happened(spark: SparkSession, new_sandbox: Callable[..., Sandbox]) -> None:
    sandbox = new_sandbox(FILES)
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 10), record(2, -1), record(3, 950)]))
    report = sandbox.run(Orders())
    assert (report.counts.read, report.counts.published, report.counts.quarantined) == (3, 2, 1)
    rules = {rule.id: rule for rule in report.rules}
    assert (rules["amount_is_positive"].checked, rules["amount_is_positive"].failed) == (3, 1)
    assert (rules["amount_is_usual"].failed, rules["amount_is_usual"].status) == (1, "warned")
    assert rules["order_id_is_not_null"].status == "passed"
    assert report.quarantined_by == {"amount_is_positive": 1}
    assert report.output is not None
    assert report.output.version_before is None
    assert report.output.version_after == sandbox.version("silver.orders")
    assert report.output.quarantine == "quarantine.silver_orders"
    (read,) = report.inputs
    assert (read.table, read.version_from, read.version_to, read.rows) == ("bronze.orders", None, 1, 3)
    assert {"plan", "read", "transform", "stage", "gate", "quarantine", "publish", "total"} <= report.seconds.keys()
    store = sandbox.context.tables.store(Orders.output.name)
    warned = store.read(Orders.output.name).filter("_warnings is not null").select("order_id", "_warnings").collect()
    assert [(row[0], row[1]) for row in warned] == [("o3", ["amount_is_usual"])]


def test_nothing_new_starts_no_spark(spark: SparkSession, new_sandbox: Callable[..., Sandbox]) -> None:
    def no_session() -> SparkSession:
        raise AssertionError("a run with nothing new asked for a session")

    sandbox = new_sandbox(FILES)
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 1)]))
    sandbox.run(Orders())
    tracker = spark.sparkContext.statusTracker() if hasattr(spark, "sparkContext") else None
    report = sandbox.run(Orders(), session=no_session)
    assert report.status == "nothing_new"
    assert report.output is not None
    assert report.output.version_before == report.output.version_after
    assert tracker is None or list(tracker.getActiveJobsIds()) == []


@dataclass
class JobsOfTheGate(Observer):
    """An observer that counts the Spark jobs between the steps `gate` and `quarantine`."""

    spark: SparkSession
    jobs: int = -1

    def step(self, event: StepStarted) -> None:
        context = self.spark.sparkContext
        if event.step == "gate":
            context.setJobGroup(event.run_id, "gate")
        elif event.step == "quarantine":
            self.jobs = len(context.statusTracker().getJobIdsForGroup(event.run_id))
            context.setLocalProperty("spark.jobGroup.id", None)  # type: ignore[arg-type]


def test_no_row_of_a_small_batch_moves_before_it_is_weighed(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    counted = JobsOfTheGate(spark)
    sandbox = new_sandbox(FILES, observers=(counted,))
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 1), record(1, 2, version=1), record(2, -1, day=9)]))
    sandbox.run(Orders(), staging=MemoryStaging())
    assert counted.jobs <= 2  # one makes the rows and keeps them, one counts; each move of rows would be one more


def test_a_failure_shows_no_data_value_unless_debugging(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    class Leaky(Orders):
        """Orders whose transform fails with a value in its message."""

        def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
            return inputs["orders"].withColumn(
                "amount", F.raise_error(F.concat(F.lit("bad: "), "order_id")).cast("int")
            )

    sandbox = new_sandbox()
    sandbox.arrive("bronze.orders", frame(spark, [record(77, 1)]))
    report = Leaky().execute(sandbox.context)
    assert report.status == "failed"
    assert "o77" not in (report.error or "")
    assert "--debug" in (report.error or "")
    assert "o77" in (Leaky().execute(replace(sandbox.context, is_debugging=True)).error or "")
    assert sandbox.version("silver.orders") is None


@pytest.mark.parametrize("change", ["missing", "unknown", "type"])
def test_a_frame_that_is_not_what_the_contract_says_stops_the_run(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox], change: str
) -> None:
    class Other(Orders):
        """Orders of another shape."""

        def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
            rows = inputs["orders"]
            if change == "missing":
                return rows.drop("amount")
            return rows.withColumn("surprise" if change == "unknown" else "amount", F.lit("x"))

    sandbox = new_sandbox()
    sandbox.arrive("bronze.orders", spark.createDataFrame([("o1", 1, START, START + timedelta(1))], SCHEMA))
    report = Other().execute(sandbox.context)
    assert report.exit_code in (2, 3), report.error
    assert report.status in ("failed", "refused")
    assert ("surprise" if change == "unknown" else "amount") in (report.error or "")
    assert sandbox.version("silver.orders") is None


def test_a_landing_file_that_goes_during_a_run_is_named(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox], tmp_path: Path
) -> None:
    class Landed(SparkJob):
        """Orders from files, one of which goes once it has been listed."""

        inputs = {"orders": Files("orders", "jsonl")}
        output = Output("silver.orders", Append())

        def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
            (tmp_path / "orders" / "1.jsonl").unlink()
            return inputs["orders"]

    (tmp_path / "orders").mkdir()
    (tmp_path / "orders" / "1.jsonl").write_text("{}")
    report = Landed().execute(replace(new_sandbox().context, landing=str(tmp_path)))
    assert report.status == "failed"
    assert "has gone" in (report.error or "")
    assert "1.jsonl" in (report.error or "")
