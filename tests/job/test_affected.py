"""A job that sums by day makes every day anew that differs: also one that a row left, or of which nothing is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from tests.tables.batches import commit, rows_batch

from tidegate.job.base import SparkJob
from tidegate.job.dbt import DbtJob, DbtPlace
from tidegate.job.dbt.plan import plan_dbt_job
from tidegate.job.dbt.reading import request_build
from tidegate.job.plan import plan_job
from tidegate.job.reading import MAX_LISTED_DAYS, read_input
from tidegate.model.commits import Commit, Token
from tidegate.model.contracts import Column, Contract, Rule
from tidegate.model.declarations import Affected, New, Output
from tidegate.model.modes import ApplyChanges, ReplaceWindow
from tidegate.model.names import TableName
from tidegate.tables.change_data import CHANGE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import DataFrame, SparkSession

    from tidegate.testing import Sandbox

pytestmark = [pytest.mark.spark, pytest.mark.default_line]

SALES, DAILY = TableName.parse("silver.sales"), TableName.parse("gold.daily")
CONTRACT = Contract(
    DAILY,
    "1.0.0",
    (Column("day", "date", required=True), Column("amount", "bigint")),
    (Rule("day_is_not_null", "not_null", ("day",)),),
    primary_key=("day",),
)
Change = tuple[str, int | None, int | None, int, str | None]
SOLD: list[Change] = [("a", 1, 10, 1, None), ("b", 1, 5, 1, None), ("c", 2, 7, 1, None), ("d", 3, 1, 1, None)]
MOVED: list[Change] = [("a", 2, 10, 2, None)]
DELETED: list[Change] = [("c", 2, None, 3, "delete"), ("d", 3, None, 3, "delete")]


class Daily(SparkJob):
    """Sales per day."""

    inputs = {"sales": Affected("silver.sales", keys=("day",))}
    output = Output("gold.daily", ReplaceWindow("day"))
    changes_grain = True

    def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
        return inputs["sales"].groupBy("day").agg({"amount": "sum"}).toDF("day", "amount")


class Marts(DbtJob):
    """Marts by day."""

    inputs = {"sales": New("silver.sales")}
    tables = ("gold.daily",)
    affected = {"days": ("sales", "day")}


def publish(spark: SparkSession, sandbox: Sandbox, batch: list[Change], number: int) -> int:
    rows = [(one, day and date(2024, 1, day), amount, at, change) for one, day, amount, at, change in batch]
    changes = spark.createDataFrame(rows, f"id string, day date, amount int, at int, {CHANGE} string")
    batched = rows_batch(changes, SALES, ApplyChanges(("id",), "at"))
    return sandbox.context.tables.store(SALES).publish(batched, commit(number)).version_after


@pytest.mark.parametrize("kind", ["delta", "iceberg", "parquet", "memory"])
def test_sums_by_day_are_right_after_a_row_moved_and_others_were_deleted(
    kind: str, spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = new_sandbox({"silver": kind, "gold": kind}, contracts=(CONTRACT,))
    found = []
    for number, batch in enumerate((SOLD, MOVED, DELETED), start=1):
        publish(spark, sandbox, batch, number)
        assert sandbox.run(Daily()).status == "succeeded"
        found.append({row[1].day: row[0] for row in sandbox.rows("gold.daily")})  # type: ignore[attr-defined]
    assert found == [{1: 15, 2: 7, 3: 1}, {1: 5, 2: 17, 3: 1}, {1: 5, 2: 10}]
    assert sandbox.run(Daily()).status == "nothing_new"


def test_dbt_is_handed_the_days_that_rows_left(spark: SparkSession, new_sandbox: Callable[..., Sandbox]) -> None:
    sandbox, job = new_sandbox({"silver": "delta", "gold": "delta"}, contracts=()), Marts(DbtPlace("dbt", "target"))
    for number, batch in enumerate((SOLD, MOVED, DELETED), start=1):
        version = publish(spark, sandbox, batch, number)
        if number > 1:
            plan = plan_dbt_job(Marts, sandbox.context)
            assert plan.is_due
            days = request_build(job, sandbox.context, plan, "run").variables["days"]
            assert days == {2: ("2024-01-01", "2024-01-02"), 3: ("2024-01-02", "2024-01-03")}[number]
        built = rows_batch(spark.createDataFrame([(1,)], "amount int"), DAILY)
        sandbox.context.tables.store(DAILY).publish(built, Commit(Token("gold", number), "run", {"sales": version}))
    gone = spark.createDataFrame([], "id string, day date, amount int, at int")
    window = replace(rows_batch(gone, SALES, ReplaceWindow("day")), days=(date(2024, 1, 1),))
    sandbox.context.tables.store(SALES).publish(window, commit(4))
    plan = plan_dbt_job(Marts, sandbox.context)
    assert plan.inputs[0].has_news is False  # rows that only went are no news, and yet a reason to build
    assert plan.is_due
    assert request_build(job, sandbox.context, plan, "run").variables["days"] == ("2024-01-01",)


def test_a_row_without_a_day_is_not_published_into_windows_of_days(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    """Where a rule does not set it aside, nothing says which window it replaces."""
    positive = Rule("amount_is_positive", "between", ("amount",), (("min", 0),))
    columns = (Column("day", "date"), Column("amount", "bigint"))
    for rules, status in (((positive,), "refused"), (CONTRACT.rules, "succeeded")):
        sandbox = new_sandbox(contracts=(Contract(DAILY, "1.0.0", columns, rules),))
        publish(spark, sandbox, [("a", 1, 10, 1, None), ("b", None, 5, 1, None), ("c", None, 6, 1, None)], 1)
        report = Daily().execute(sandbox.context)
        assert report.status == status
        if status == "refused":
            assert "1 rows have no day, which says the window they replace" in str(report.error)
            assert sandbox.version("gold.daily") is None
        else:
            assert (report.counts.published, report.counts.quarantined) == (1, 1)


@pytest.mark.parametrize(("day", "listed"), [(1, MAX_LISTED_DAYS), (1, 3), (1, 1), (None, MAX_LISTED_DAYS)])
def test_all_rows_of_the_touched_groups_are_read_also_of_very_many_and_of_those_without_a_day(
    spark: SparkSession,
    new_sandbox: Callable[..., Sandbox],
    monkeypatch: pytest.MonkeyPatch,
    day: int | None,
    listed: int,
) -> None:
    """A list of days spares files, and must not cost rows."""
    monkeypatch.setattr("tidegate.job.reading.MAX_LISTED_DAYS", listed)
    sandbox = new_sandbox(contracts=(CONTRACT,))
    sold: list[Change] = [("a", day, 10, 1, None), ("b", day, 5, 1, None), ("c", 2, 7, 1, None), ("d", 3, 1, 1, None)]
    publish(spark, sandbox, [*sold, ("e", 4, 2, 1, None)], 1)
    publish(spark, sandbox, [("a", day, 20, 2, None), ("c", 2, 8, 2, None), ("d", 3, 3, 2, None)], 2)
    (read,) = plan_job(Daily, sandbox.context).inputs
    rows = read_input(replace(read, since=1), CONTRACT, sandbox.context)
    assert sorted((row.id, row.amount) for row in rows.collect()) == [("a", 20), ("b", 5), ("c", 8), ("d", 3)]
