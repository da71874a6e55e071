"""A restore says beforehand what goes with it and who has read what goes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.job.shop import Orders, frame, history_contracts, record

from tidegate.errors import TableError
from tidegate.job.base import SparkJob
from tidegate.model.declarations import Output
from tidegate.model.modes import Replace
from tidegate.model.names import TableName
from tidegate.pipeline.restoring import plan_restore
from tidegate.testing import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark, pytest.mark.default_line]

ORDERS = TableName.parse("silver.orders")


class Copy(SparkJob):
    """What orders there are."""

    inputs = {"orders": "silver.orders"}
    output = Output("gold.orders", Replace())


def test_a_restore_names_what_goes_and_the_next_run_reads_it_again(spark: SparkSession, tmp_path: Path) -> None:
    (contract,) = history_contracts()
    gold = replace(contract, table=TableName.parse("gold.orders"))
    kinds = {"bronze": "memory", "silver": "delta", "gold": "memory"}
    sandbox = Sandbox(spark, tmp_path, (contract, gold), kinds)
    for number in (1, 2, 3):
        sandbox.arrive("bronze.orders", frame(spark, [record(number, number)]))
        report = sandbox.run(Orders())
        if number == 2:
            sandbox.run(Copy())
    tables = sandbox.context.tables
    plan = plan_restore(ORDERS, 0, tables, [Orders, Copy])
    assert (plan.version, plan.target, plan.rows_before, plan.rows_after) == (2, 0, 3, 1)
    assert [(one.version, one.by) for one in plan.withdrawn] == [
        (1, "silver.orders, batch 2 of live"),
        (2, "silver.orders, batch 3 of live"),
    ]
    assert plan.withdrawn[-1].run_id == report.run_id
    (dependant,) = plan.dependants
    assert (dependant.job, dependant.read_to) == ("gold.orders", 1)
    assert dependant.remedy == "tidegate backfill gold.orders --full-refresh"
    assert plan_restore(ORDERS, 1, tables, [Orders, Copy]).dependants == ()
    assert sandbox.version("silver.orders") == 2
    assert tables.store(ORDERS).restore(ORDERS, 0) == 3
    assert sandbox.run(Orders()).counts.published == 2
    with pytest.raises(TableError, match="no version 9"):
        plan_restore(ORDERS, 9, tables, [])
