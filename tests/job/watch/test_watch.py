"""A watch measures what is there, keeps it once, and says which promises are broken; its tables stay as they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, NamedTuple

import pytest
from tests.job.shop import FILES

from tidegate.alerts.conditions import run_alerts
from tidegate.job.retries import Retries
from tidegate.job.watch import WatchJob
from tidegate.model.commits import Token
from tidegate.model.contracts import Column, Contract, Details, ForeignKey, Rule, ServiceLevel
from tidegate.model.events import Observer
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame, SparkSession

    from tidegate.model.commits import Commit
    from tidegate.model.reports import RunReport
    from tidegate.model.watching import WatchReport
    from tidegate.testing import Sandbox

pytestmark = pytest.mark.spark

NOON = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)
SCHEMA = "order_id string, customer_id string, amount double, `a.b` array<int>, updated_at timestamp"
ORDERS, CUSTOMERS = TableName("silver", "orders"), TableName("silver", "customers")
COLUMNS = (
    Column("order_id", "string"),
    Column("customer_id", "string", classification="pii"),
    Column("amount", "double"),
    Column("a.b", "array<int>"),
    Column("updated_at", "timestamp"),
)
FRESH = Rule("fresh", "freshness", ("updated_at",), (("max_age_hours", 26),))


class Order(NamedTuple):
    """A row."""

    order_id: str
    customer_id: str | None
    amount: float | None
    ab: list[int]
    updated_at: datetime | None


class Watch(WatchJob):
    """Checks of all tables."""


class StrictWatch(WatchJob):
    """Checks that end the run."""

    tables = ("silver.orders",)
    fails_on = frozenset({"completeness"})


class Told(Observer):
    """Keeps what it is told of the end of runs."""

    def __init__(self) -> None:
        self.reports: list[RunReport] = []

    def ended(self, report: RunReport) -> None:
        self.reports.append(report)


def contract(*levels: ServiceLevel) -> Contract:
    key = ForeignKey(("customer_id",), CUSTOMERS, ("customer_id",))
    return Contract(ORDERS, "1", COLUMNS, (FRESH,), foreign_keys=(key,), details=Details(service_levels=levels))


def order(number: int, customer: str | None = "c1", amount: float | None = 1.0, hours: int = 1) -> Order:
    return Order(f"o{number}", customer, amount, [1], (NOON - timedelta(hours=hours)).replace(tzinfo=None))


def rows(spark: SparkSession, *orders: Order) -> DataFrame:
    return spark.createDataFrame(list(orders), SCHEMA)


def watch(sandbox: Sandbox, job: type[WatchJob] = Watch, days: int = 0) -> WatchReport:
    return job().execute(replace(sandbox.context, clock=lambda: NOON + timedelta(days=days)))


def measured(report: WatchReport) -> dict[tuple[str, str], float | None]:
    (table,) = (table for table in report.watched if table.table == "silver.orders")
    return {(one.metric, one.column): one.value for one in table.measures}


def statuses(report: WatchReport) -> dict[str, str]:
    return {check.name: check.status for table in report.watched for check in table.checks}


def test_the_numbers_are_those_of_the_rows_and_are_kept_once_per_run(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    customers = Contract(CUSTOMERS, "1", (Column("customer_id", "string"),), ())
    levels = ServiceLevel("consistency", 0), ServiceLevel("rowCount", 0, "", "bronze.orders")
    told = Told()
    sandbox = new_sandbox(FILES, contracts=(contract(*levels), customers), observers=(told,))
    batch = rows(spark, order(1), order(2, None, None, 5), order(3, "c2", 4.0, 30), order(4, "c9", float("nan")))
    sandbox.arrive("silver.orders", batch.limit(3))
    sandbox.arrive("bronze.orders", batch)
    sandbox.arrive("silver.customers", spark.createDataFrame([("c1",), ("c1",), (None,)], "customer_id string"))
    before = sandbox.version("silver.orders")
    first = watch(sandbox)
    numbers = measured(first)
    assert numbers["row_count", ""] == 3
    assert numbers["null_share", "customer_id"] == pytest.approx(1 / 3)
    assert (numbers["distinct_count", "order_id"], numbers["mean", "amount"]) == (3, 2.5)
    assert ("mean", "customer_id") not in numbers
    assert ("distinct_count", "a.b") not in numbers
    assert (numbers["age_hours", "updated_at"], numbers["null_share", "a.b"]) == (1.0, 0.0)
    assert (numbers["orphan_share", "customer_id"], numbers["difference_share", "bronze.orders"]) == (0.5, 0.25)
    assert statuses(first) == {
        "freshness of updated_at": "passed",
        "consistency of customer_id": "warned",
        "row_count of bronze.orders": "warned",
    }
    assert (first.status, first.exit_code, told.reports) == ("succeeded", 0, [first])
    watch(sandbox)
    kept = sandbox.rows("gold.table_metrics")
    total = sum(len(table.measures) for table in first.watched)
    keys = {(column, metric, run_id, table) for column, _, metric, run_id, table, _, _ in kept}
    assert len(kept) == len(keys) == 2 * total
    assert sandbox.version("silver.orders") == before
    (alert,) = run_alerts(first)
    assert (alert.kind, alert.severity, alert.table) == ("watch", "warn", "silver.orders")
    assert "50.00% of the rows have no partner, allowed 0.00%" in alert.title


def test_a_table_that_moved_drifts_and_one_that_breaks_a_strict_promise_ends_the_run(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    levels = ServiceLevel("drift", 3), ServiceLevel("completeness", 100, "%", "amount")
    sandbox = new_sandbox(contracts=(contract(*levels),))
    sandbox.arrive("silver.orders", rows(spark, order(1)))
    reports = [watch(sandbox, StrictWatch, days) for days in range(5)]
    assert {statuses(report)["drift"] for report in reports} == {"passed"}
    assert [statuses(report)["freshness of updated_at"] for report in reports[:3]] == ["passed", "passed", "failed"]
    sandbox.arrive("silver.orders", rows(spark, order(2), order(3, amount=None)))
    moved = watch(sandbox, StrictWatch, 5)
    assert statuses(moved)["drift"] == "warned"
    assert statuses(moved)["completeness of amount"] == "failed"
    assert (moved.status, moved.exit_code) == ("refused", 3)
    assert moved.error == (
        "3 checks did not pass: silver.orders: freshness of updated_at, silver.orders: drift, "
        "silver.orders: completeness of amount"
    )
    assert {row[3] for row in sandbox.rows("gold.table_metrics")} >= {moved.run_id}
    (alert,) = run_alerts(moved)
    assert alert.severity == "error"


def test_a_watch_whose_number_another_one_took_takes_the_next(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = new_sandbox(contracts=(contract(),))
    sandbox.arrive("silver.orders", rows(spark, order(1)))
    context, table = sandbox.context, TableName.parse("gold.table_metrics")
    store = context.tables.store(table)
    known = store.last_commit
    rivals = iter([lambda: watch(sandbox)])

    def last_commit(name: TableName, application: str) -> Commit | None:
        found = known(name, application)
        next(rivals, lambda: None)()  # another watch writes between the look and the write
        return found

    first = watch(sandbox)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "last_commit", last_commit)
        second = Watch().execute(replace(context, retries=Retries(pause=lambda _: None)))
    assert (first.status, second.status) == ("succeeded", "succeeded")
    assert len({row[3] for row in sandbox.rows("gold.table_metrics")}) == 3
    commit = known(table, Token("watch", 0).application)
    assert commit is not None
    assert commit.token.batch == 3


def test_what_is_not_there_is_skipped_unless_it_is_named(new_sandbox: Callable[..., Sandbox]) -> None:
    sandbox = new_sandbox(contracts=(contract(),))
    nothing = watch(sandbox)
    assert (nothing.status, nothing.watched, sandbox.version("gold.table_metrics")) == ("nothing_new", (), None)
    named = watch(sandbox, StrictWatch)
    assert named.status == "failed"
    assert named.error is not None
    assert "does not exist" in named.error
    unknown = Watch(("silver.unknown",)).execute(sandbox.context)
    assert unknown.error is not None
    assert "silver.unknown" in unknown.error


def test_a_promise_that_cannot_be_understood_stops_the_watch_before_it_measures(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = new_sandbox(contracts=(contract(ServiceLevel("completeness", "all")),))
    sandbox.arrive("silver.orders", rows(spark, order(1)))
    report = watch(sandbox)
    assert (report.status, report.watched, sandbox.version("gold.table_metrics")) == ("failed", (), None)
