"""Rules that compare a batch with earlier runs, its source and other tables, in whole runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.job.shop import Orders, contracts, frame, record

from tidegate.model.baselines import Baseline, Usual
from tidegate.model.commits import LIVE, Token
from tidegate.model.contracts import Rule
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

    from tidegate.model.reports import RunReport
    from tidegate.testing import Sandbox

pytestmark = pytest.mark.spark

SOURCE = ("table", "bronze.orders")
HISTORY = (("max_difference_share", 0.5), ("min_runs", 2))
RULES = (
    Rule("usual", "row_count_history", (), HISTORY, severity="warn", scope="batch"),
    Rule("all", "row_count_source", (), (("max_difference", 0), SOURCE), scope="batch"),
    Rule("sum", "total_balance", ("amount",), (("max_difference", 0), ("sum", "amount"), SOURCE), "warn", "batch"),
    Rule("lag", "lag", ("updated_at",), (("max_lag_hours", 1), ("references", ("updated_at",)), SOURCE), scope="batch"),
    Rule("odd", "outlier", ("amount",), (("by", "z_score"), ("max", 3)), severity="warn"),
)
USUAL = Usual("odd", "outlier", ("amount",), "z_score", None, 9, (("deviation", 2.0), ("mean", 4.0)))
ORDERS = TableName("silver", "orders")


def shop(*rules: Rule, baseline: Baseline | None = None) -> tuple[Any, ...]:
    (base,) = contracts()
    return (replace(base, rules=(*base.rules, *rules), baseline=baseline),)


def statuses(report: RunReport) -> dict[str, str]:
    return {rule.id: rule.note or rule.status for rule in report.rules if rule.id in {one.id for one in RULES}}


@pytest.mark.parametrize("silver", ["delta", "iceberg", "memory"])
def test_a_batch_is_held_against_those_before_it(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox], silver: str
) -> None:
    sandbox = new_sandbox({"silver": silver}, contracts=shop(*RULES))
    found, kept = [], []
    numbers = iter(range(100))
    for amounts in ([1, 2], [3], [7] * 9, [4, 5]):
        sandbox.arrive("bronze.orders", frame(spark, [record(next(numbers), amount) for amount in amounts]))
        found.append(statuses(sandbox.run(Orders())))
        last = sandbox.context.tables.store(ORDERS).last_commit(ORDERS, Token("silver.orders", 0, LIVE).application)
        kept.append(last.row_counts if last else None)
    same = {"all": "passed", "sum": "passed", "lag": "passed", "odd": "no baseline"}
    assert found[0] == found[1] == {**same, "usual": "no earlier runs"}
    assert found[2] == {**same, "usual": "warned"}
    assert found[3] == {**same, "usual": "passed"}
    assert [one and one["usual"] for one in kept] == [(2,), (2, 1), (2, 1), (2, 1, 2)]


def test_a_batch_that_falls_behind_its_source_is_refused(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = new_sandbox(contracts=shop(*RULES[1:]))
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 5), record(2, -5, day=3)]))
    report = Orders().execute(sandbox.context)
    assert (report.status, statuses(report)["lag"]) == ("refused", "failed")
    assert statuses(report)["sum"] == "warned"
    assert sandbox.version("silver.orders") is None


def test_what_is_usual_is_that_of_the_baseline(spark: SparkSession, new_sandbox: Callable[..., Sandbox]) -> None:
    made = Baseline("silver.orders", 3, "1.0.0", (USUAL,))
    sandbox = new_sandbox(contracts=shop(RULES[-1], baseline=made))
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 10), record(2, 11), record(3, None)]))
    report = sandbox.run(Orders())
    (odd,) = [rule for rule in report.rules if rule.id == "odd"]
    assert (odd.checked, odd.failed, odd.status) == (3, 1, "warned")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (
            replace(RULES[1], arguments=(("max_difference", 0), ("table", "bronze.order"))),
            "did you mean bronze.orders?",
        ),
        (replace(RULES[2], arguments=(*RULES[2].arguments[:1], ("sum", "amont"), SOURCE)), "did you mean amount?"),
        (replace(RULES[2], arguments=(*RULES[2].arguments[:2], ("table", "silver.payments"))), "does not exist yet"),
    ],
)
def test_a_rule_that_leads_nowhere_refuses_the_run(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox], rule: Rule, said: str
) -> None:
    sandbox = new_sandbox(contracts=shop(rule))
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 10)]))
    report = Orders().execute(sandbox.context)
    assert report.status == "refused"
    assert said in (report.error or "")
    assert sandbox.version("silver.orders") is None


def test_another_table_is_summed_whole_or_not_at_all(spark: SparkSession, new_sandbox: Callable[..., Sandbox]) -> None:
    there = (("max_difference", 0), ("sum", "paid"), ("table", "bronze.payments"))
    rule = Rule("paid", "total_balance", ("amount",), there, scope="batch")
    counted = Rule("rows", "total_balance", (), (("max_difference", 0), there[2]), scope="batch")
    sandbox = new_sandbox(contracts=shop(rule, counted))
    sandbox.arrive("bronze.payments", spark.createDataFrame([(3,), (4,), (None,)], "paid int"))
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 5), record(2, 2), record(3, None)]))
    report = sandbox.run(Orders())
    assert {rule.id: rule.status for rule in report.rules if rule.kind == "total_balance"} == dict.fromkeys(
        ("paid", "rows"), "passed"
    )


def test_each_event_day_is_judged_by_itself(spark: SparkSession, new_sandbox: Callable[..., Sandbox]) -> None:
    daily = (
        Rule("most", "row_count", (), (("max", 2),), severity="warn", scope="window"),
        Rule("different", "distinct_count", ("amount",), (("min", 2),), severity="warn", scope="window"),
        Rule("total", "sum", ("amount",), (("max", 7),), severity="warn", scope="window"),
        Rule("whole", "sum", ("amount",), (("max", 7),), severity="warn", scope="batch"),
    )
    sandbox = new_sandbox(contracts=shop(*daily))
    rows = [record(1, 1), record(2, 2), record(3, 3), record(4, 4, day=1), record(5, 4, day=1), record(6, None, day=2)]
    sandbox.arrive("bronze.orders", frame(spark, rows))
    report = sandbox.run(Orders())
    found = {rule.id: (rule.failed, rule.status) for rule in report.rules if rule.id in {one.id for one in daily}}
    # Of the last day there is no amount at all, so that nothing can be measured.
    assert found == {
        "most": (1, "warned"),
        "different": (2, "warned"),
        "total": (2, "warned"),
        "whole": (1, "warned"),
    }
