"""Replays of records that could not be read, of change data, and of rows that wait beside their table."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.job.quarantine.orders import loosened, replayed
from tests.job.shop import LateOrders, as_rows, contracts, frame, history_contracts, record

from tidegate.job.base import SparkJob
from tidegate.job.quarantine import fixing
from tidegate.job.quarantine.summary import show
from tidegate.model.declarations import Files, Output
from tidegate.model.modes import Append, ApplyChanges
from tidegate.model.names import TableName
from tidegate.model.replays import Selection

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

    from tidegate.testing import Sandbox

pytestmark = [pytest.mark.spark, pytest.mark.default_line]


class Landed(SparkJob):
    """Orders as they were sent."""

    inputs = {"orders": Files("orders", "jsonl")}
    output = Output("bronze.landed", Append())


class Changed(SparkJob):
    """Latest state of every order, of which some are deleted."""

    inputs = {"orders": "bronze.orders"}
    output = Output("silver.orders", ApplyChanges(("order_id",), "updated_at", apply_as_deletes="_operation = 'd'"))


def test_a_record_that_could_not_be_read_passes_once_its_columns_are_set(
    new_sandbox: Callable[..., Sandbox],
) -> None:
    """What was not set still cannot be read; where the record came from and when stays known."""
    (base,) = contracts()
    landed = replace(base, table=TableName("bronze", "landed"), primary_key=())
    sandbox = new_sandbox({"bronze": "parquet"}, contracts=(landed,))
    folder = sandbox.root / "landing" / "orders"
    folder.mkdir(parents=True)
    good = {"order_id": "o1", "amount": 1, "ordered_at": "2024-01-01T00:00:00Z", "updated_at": "2024-01-01T00:00:00Z"}
    lines = [good, {**good, "order_id": "o2", "amount": "many"}, {**good, "order_id": "o3", "amount": "some"}]
    (folder / "a.jsonl").write_text("\n".join(map(json.dumps, lines)))
    assert sandbox.run(Landed()).counts.quarantined == 2
    done = fixing.fix(
        Landed, sandbox.context, Selection("order_id = 'o2'"), [("updated_at", "ordered_at + interval 1 day")]
    )
    assert done.would_pass == 0, "another column could not be read"
    fixing.fix(Landed, sandbox.context, Selection("order_id = 'o2'"), [("amount", "2")])
    assert replayed(sandbox, Landed()).counts.published == 1
    table = TableName("bronze", "landed")
    rows = {row["order_id"]: row for row in sandbox.context.tables.store(table).read(table).collect()}
    assert {key: (row["amount"], row["_source_line"], row["_batch_id"]) for key, row in rows.items()} == {
        "o1": (1, 1, 1),
        "o2": (2, 2, 1),
    }
    assert rows["o1"]["_arrived_at"] == rows["o2"]["_arrived_at"]
    assert rows["o1"]["_run_id"] != rows["o2"]["_run_id"]
    (row,) = show(Landed, sandbox.context, Selection("_state = 'open'"), limit=5).rows
    assert row["origin"]["source_line"] == 3  # type: ignore[index]


def test_a_replayed_change_that_is_older_than_a_delete_brings_nothing_back(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = new_sandbox(contracts=history_contracts())
    sent = [(record(1, -1), "u"), (record(1, 1, version=2), "d"), (record(2, -2), "u"), (record(3, -3, version=1), "u")]
    schema = "order_id string, amount int, ordered_at timestamp, updated_at timestamp, _operation string"
    sandbox.arrive("bronze.orders", spark.createDataFrame([(*one, operation) for one, operation in sent], schema))
    assert sandbox.run(Changed()).counts.quarantined == 3
    sandbox.contracts = loosened(sandbox.contracts)  # type: ignore[arg-type]
    assert replayed(sandbox, Changed()).counts.read == 3
    assert sandbox.rows("silver.orders") == as_rows([record(2, -2), record(3, -3, version=1)])
    assert replayed(sandbox, Changed()).status == "nothing_new"


def test_a_late_row_waits_beside_its_table_as_any_late_row_does(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = new_sandbox()
    sandbox.arrive("bronze.orders", frame(spark, [record(1, -1), record(2, 2, day=9)]))
    sandbox.run(LateOrders())
    sandbox.contracts = loosened(sandbox.contracts)  # type: ignore[arg-type]
    assert replayed(sandbox, LateOrders()).counts.late == 1
    assert sandbox.rows("silver.orders") == as_rows([record(1, -1), record(2, 2, day=9)])
    assert replayed(sandbox, LateOrders()).status == "nothing_new"
