"""What becomes of the rows of a batch: their account, quarantine, closed gates, lateness, changes of grain, modes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from pyspark.sql import functions as F
from tests.job.shop import FILES, Orders, contracts, frame, record

from tidegate.job.base import SparkJob
from tidegate.model.contracts import Contract, Rule
from tidegate.model.declarations import Output, Whole
from tidegate.model.modes import Append, LateWindow, Replace, Upsert
from tidegate.testing import Sandbox, check_conservation, check_replay

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark


def test_every_row_has_one_outcome(spark: SparkSession, new_sandbox: Callable[..., Sandbox]) -> None:
    sandbox = new_sandbox(FILES)
    arrived = [record(1, 10), record(1, 10), record(1, 11, version=1), record(2, -1), record(None, 1), record(3, 950)]
    sandbox.arrive("bronze.orders", frame(spark, arrived))
    check_conservation(Orders(), sandbox)
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 11, version=1), record(1, 9), record(4, 1)]))
    counts = sandbox.run(Orders()).counts
    assert (counts.read, counts.published, counts.unchanged, counts.deduplicated) == (3, 1, 1, 1)


def test_quarantined_rows_keep_every_reason_and_their_run(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = new_sandbox(FILES)
    sandbox.arrive("bronze.orders", frame(spark, [record(None, -1)]))
    report = sandbox.run(Orders())
    name = replace(Orders.output.name, layer="quarantine", dataset="silver_orders")
    (row,) = sandbox.context.tables.store(name).read(name).collect()
    assert {reason["rule"] for reason in row["_reasons"]} == {"order_id_is_not_null", "amount_is_positive"}
    assert {reason["severity"] for reason in row["_reasons"]} == {"error"}
    assert row["_run_id"] == report.run_id
    assert row["_contract_version"] == "1.0.0"
    assert all("-1" not in reason["message"] for reason in row["_reasons"]), "a reason holds no data value"


@pytest.mark.parametrize(
    "rule",
    [
        Rule("amount_is_positive", "between", ("amount",), (("min", 0),), severity="fatal"),
        Rule("amount_is_positive", "between", ("amount",), (("min", 0),), max_failed=0),
        Rule("amount_is_positive", "between", ("amount",), (("min", 0),), max_failed_share=0.4),
        Rule("enough_rows", "row_count", (), (("min", 10),), scope="batch"),
        Rule("amounts", "sum", ("amount",), (("max", 0),), scope="batch"),
        Rule("orders", "distinct_count", ("order_id",), (("min", 2),), scope="batch"),
    ],
)
def test_a_refused_batch_leaves_the_table_as_it_was(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox], rule: Rule
) -> None:
    (contract,) = contracts()
    strict = replace(contract, rules=(*(r for r in contract.rules if r.id != rule.id), rule))
    sandbox = new_sandbox(contracts=(strict,))
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 1), record(2, -1)]))
    report = Orders().execute(sandbox.context)
    assert (report.status, report.exit_code) == ("refused", 3)
    assert rule.id in (report.error or "")
    assert sandbox.version("silver.orders") is None
    assert sandbox.rows("quarantine.silver_orders") == []


def orders_unique_by_amount(severity: str) -> tuple[Contract, ...]:
    (contract,) = contracts()
    unique = Rule("amount_is_unique", "unique", ("amount",), severity=severity, scope="table")  # type: ignore[arg-type]
    return (replace(contract, rules=(*(r for r in contract.rules if r.severity != "warn"), unique)),)


@pytest.mark.parametrize("silver", ["delta", "iceberg"])
def test_uniqueness_of_other_columns_is_held_against_the_table_where_rows_are_merged(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox], silver: str
) -> None:
    sandbox = new_sandbox({**FILES, "silver": silver}, contracts=orders_unique_by_amount("error"))
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 10), record(2, 20)]))
    sandbox.run(Orders())
    sandbox.arrive("bronze.orders", frame(spark, [record(3, 10), record(2, 20, version=1), record(4, 40)]))
    report = sandbox.run(Orders())
    assert dict(report.quarantined_by) == {"amount_is_unique": 1}, "10 is the amount of another order"
    rows = sandbox.context.tables.store(Orders.output.name).read(Orders.output.name)
    held = {row["order_id"]: row["amount"] for row in rows.collect()}
    assert held == {"o1": 10, "o2": 20, "o4": 40}


def test_a_warning_about_uniqueness_marks_the_rows(spark: SparkSession, new_sandbox: Callable[..., Sandbox]) -> None:
    sandbox = new_sandbox(contracts=orders_unique_by_amount("warn"))
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 10), record(2, 10), record(3, 30)]))
    assert sandbox.run(Orders()).counts.published == 3
    rows = sandbox.context.tables.store(Orders.output.name).read(Orders.output.name)
    marks = {row["order_id"]: row["_warnings"] for row in rows.collect()}
    assert marks == {"o1": ["amount_is_unique"], "o2": ["amount_is_unique"], "o3": None}


def test_a_batch_below_its_score_is_refused(spark: SparkSession, new_sandbox: Callable[..., Sandbox]) -> None:
    (contract,) = contracts()
    sandbox = new_sandbox(contracts=(contract,))
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 1), record(2, -1)]))
    report = Orders().execute(replace(sandbox.context, min_score=0.95))
    assert (report.status, report.score) == ("refused", 0.9), "one of five rules was kept by half of the rows"
    assert report.rules[-1].id == "score"
    assert sandbox.run(Orders(), min_score=0.9).status == "succeeded"


def test_too_large_a_share_in_quarantine_refuses_the_batch(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = new_sandbox()
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 1), record(2, -1)]))
    assert Orders().execute(replace(sandbox.context, max_quarantined_share=0.4)).status == "refused"
    assert sandbox.run(Orders(), max_quarantined_share=0.5).status == "succeeded"


def orders_with(beyond: str) -> SparkJob:
    class LateOrders(Orders):
        """Orders with a late policy."""

        output = Output("silver.orders", Upsert(("order_id",), "updated_at", late=LateWindow("ordered_at", 3, beyond)))  # type: ignore[arg-type]

    return LateOrders()


@pytest.mark.parametrize(("beyond", "published", "late"), [("merge", 3, 0), ("quarantine", 2, 1)])
def test_rows_beyond_the_late_window_follow_the_policy_and_are_counted(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox], beyond: str, published: int, late: int
) -> None:
    sandbox, job = new_sandbox(), orders_with(beyond)
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 1, day=10), record(9, 9, day=0)]))
    first = sandbox.run(job)
    assert first.late is not None
    assert (first.counts.published, first.late.rows) == (2, 0), "what comes first cannot be late"
    sandbox.arrive("bronze.orders", frame(spark, [record(2, 2, day=11), record(3, 3, day=7), record(4, 4, day=6)]))
    report = sandbox.run(job)
    assert (report.counts.published, report.counts.late) == (published, late)
    assert report.late is not None
    assert (report.late.rows, dict(report.late.by_age_days)) == (1, {4: 1})
    held = {row[1] for row in sandbox.rows("silver.orders")} | {
        row[1] for row in sandbox.rows("quarantine.silver_orders")
    }
    assert len(held) == 5, "no late row is lost"


def test_the_policy_fail_refuses_a_batch_with_late_rows(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox, job = new_sandbox(), orders_with("fail")
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 1, day=10)]))
    sandbox.run(job)
    sandbox.arrive("bronze.orders", frame(spark, [record(2, 2, day=1)]))
    report = job.execute(sandbox.context)
    assert report.status == "refused"
    assert report.late is not None
    assert report.late.rows == 1


def test_a_transform_that_drops_rows_accounts_for_them(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    class Large(Orders):
        """Large orders only."""

        def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
            return inputs["orders"].filter(F.col("amount") > 5)

    sandbox = new_sandbox()
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 1), record(2, 20), record(3, None)]))
    counts = sandbox.run(Large()).counts
    assert (counts.read, counts.published, counts.dropped) == (3, 1, 2)


def test_a_transform_that_multiplies_rows_must_say_so(spark: SparkSession, new_sandbox: Callable[..., Sandbox]) -> None:
    class Twice(Orders):
        """Every order twice."""

        def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
            return inputs["orders"].unionByName(
                inputs["orders"].withColumn("order_id", F.concat("order_id", F.lit("b")))
            )

    sandbox = new_sandbox()
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 1)]))
    report = Twice().execute(sandbox.context)
    assert report.status == "failed"
    assert "changes_grain" in (report.error or "")


def test_keyed_appends_take_a_row_once(spark: SparkSession, new_sandbox: Callable[..., Sandbox]) -> None:
    class Once(SparkJob):
        """Orders, appended."""

        inputs = {"orders": "bronze.orders"}
        output = Output("silver.orders", Append())

    sandbox = new_sandbox(FILES)
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 1), record(1, 1), record(2, 2)]))
    first = sandbox.run(Once()).counts
    assert (first.published, first.deduplicated) == (2, 1)
    sandbox.arrive("bronze.orders", frame(spark, [record(2, 2), record(3, 3), record(1, 5)]))
    second = sandbox.run(Once()).counts
    assert (second.published, second.unchanged, second.quarantined) == (1, 1, 1), "same again: known; another: refused"


def test_a_whole_table_is_replaced_when_its_input_changes(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    class Copy(SparkJob):
        """All orders."""

        inputs = {"orders": Whole("bronze.orders")}
        output = Output("silver.orders", Replace())
        changes_grain = True

    sandbox = new_sandbox(FILES)
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 1)]))
    check_replay(Copy(), sandbox)
    sandbox.arrive("bronze.orders", frame(spark, [record(2, 2)]))
    assert sandbox.run(Copy()).counts.published == 2
    assert len(sandbox.rows("silver.orders")) == 2
