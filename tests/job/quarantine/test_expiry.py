"""Rows that were set aside go when they are old enough, and what was done about them goes with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from tests.job.shop import Orders, contracts, frame, record

from tidegate.errors import SelectionError
from tidegate.job.quarantine import fixing
from tidegate.job.quarantine.expiry import Expired, expire
from tidegate.job.quarantine.summary import summarise
from tidegate.model.contracts import Details, ServiceLevel
from tidegate.model.replays import Selection
from tidegate.model.retention import Retention

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

    from tidegate.job.context import RunContext
    from tidegate.testing import Sandbox

pytestmark = pytest.mark.spark

NEW_YEAR = datetime(2024, 1, 1, 23, tzinfo=timezone.utc)


def on_day(sandbox: Sandbox, day: int) -> RunContext:
    return replace(sandbox.context, clock=lambda: NEW_YEAR + timedelta(days=day))


def days(count: int) -> Retention:
    return Retention(count, "day")


@pytest.mark.parametrize("kind", ["memory", "parquet", "delta", "iceberg"])
def test_what_is_older_than_wanted_goes_and_is_counted(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox], kind: str
) -> None:
    sandbox = new_sandbox({"quarantine": kind})
    sandbox.arrive("bronze.orders", frame(spark, [record(1, -1), record(2, -2)]))
    Orders().execute(on_day(sandbox, 0))
    fixing.fix(Orders, on_day(sandbox, 0), Selection(), [("amount", "-amount")])
    sandbox.arrive("bronze.orders", frame(spark, [record(2, -2), record(3, -3)]))
    Orders().execute(on_day(sandbox, 4))
    assert expire(Orders, on_day(sandbox, 5), days(3)) == Expired("silver.orders", "2024-01-03", {"fixed": 1}, 2)
    left = summarise(Orders, sandbox.context)
    assert (left.rows, left.arrivals, left.states) == (2, 2, {"open": 2, "expired": 1}), "the fix of a row went, too"


@pytest.mark.default_line
def test_what_is_gone_is_counted_once_and_a_day_that_is_not_over_stays(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = new_sandbox()
    for day in (0, 4):
        sandbox.arrive("bronze.orders", frame(spark, [record(day, -1)]))
        Orders().execute(on_day(sandbox, day))
    told = expire(Orders, on_day(sandbox, 5), days(3), is_dry_run=True)
    assert expire(Orders, on_day(sandbox, 5), days(3)) == replace(told, is_dry_run=False)
    assert expire(Orders, on_day(sandbox, 5), days(3)).arrivals == 0
    assert expire(Orders, on_day(sandbox, 4), days(0)).arrivals == 0
    assert expire(Orders, on_day(sandbox, 5), days(0)).rows == {"open": 1}
    assert summarise(Orders, sandbox.context).states == {"expired": 2}


@pytest.mark.default_line
def test_the_contract_says_how_long(spark: SparkSession, new_sandbox: Callable[..., Sandbox]) -> None:
    (contract,) = contracts()
    levels = ServiceLevel("retention", 10, "y"), ServiceLevel("retention", 1, "d", element="quarantine")
    sandbox = new_sandbox()
    with pytest.raises(SelectionError, match="how long"):
        expire(Orders, sandbox.context, None)
    sandbox.contracts = (replace(contract, details=Details(service_levels=levels)),)
    sandbox.arrive("bronze.orders", frame(spark, [record(1, -1)]))
    Orders().execute(on_day(sandbox, 0))
    assert expire(Orders, on_day(sandbox, 1), None).arrivals == 0
    assert expire(Orders, on_day(sandbox, 2), None).rows == {"open": 1}
