"""A contract that changes between two runs: its table and its readers follow, or the run names the line at fault."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.job.shop import Orders, contracts, frame, record

from tidegate.job.base import SparkJob
from tidegate.model.contracts import Column
from tidegate.model.declarations import Output
from tidegate.model.modes import Append
from tidegate.model.names import TableName
from tidegate.testing import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from tidegate.model.contracts import Contract
    from tidegate.model.evolution import Policy

pytestmark = [pytest.mark.spark, pytest.mark.default_line]

FILE = "contracts/silver/orders.odcs.yaml"
FORMATS = {"bronze": "memory", "silver": "memory", "gold": "memory", "quarantine": "memory"}


class Notes(SparkJob):
    """What is noted of orders."""

    inputs = {"orders": "silver.orders"}
    output = Output("gold.notes", Append())


def first() -> Contract:
    (contract,) = contracts()
    columns = tuple(replace(column, line=10 * place) for place, column in enumerate(contract.columns, start=1))
    return replace(contract, columns=columns, location=FILE)


def later() -> Contract:
    """Return the contract with a wider amount and a note."""
    order, amount, *times = first().columns
    columns = (order, replace(amount, type="bigint"), *times, Column("note", "string", line=50))
    return replace(first(), version="2.0.0", columns=columns)


def notes(contract: Contract) -> Contract:
    return replace(contract, table=TableName.parse("gold.notes"), rules=contract.rules[:1], primary_key=())


def sandbox(spark: SparkSession, root: Path, evolution: Policy = "permissive") -> Sandbox:
    return Sandbox(spark, root, (first(), notes(first())), FORMATS, evolution=evolution)


def test_between_two_batches_of_a_pipeline_every_table_follows_its_contract(
    spark: SparkSession, tmp_path: Path
) -> None:
    shop = sandbox(spark, tmp_path)
    shop.arrive("bronze.orders", frame(spark, [record(1, 1), record(9, -1)]))
    shop.run(Orders())
    shop.run(Notes())
    shop.arrive("bronze.orders", frame(spark, [record(2, 2)]))
    shop.run(Orders())  # gold has not read it when the contracts change
    shop.contracts = (later(), notes(later()))
    assert shop.run(Notes()).counts.published == 1, "silver has no note yet, and gold reads it as null"
    wider = frame(spark, [record(3, 3), record(8, -1)]).selectExpr("*", "'hello' AS note")
    large = wider.withColumn("amount", (wider["amount"] + 2**40).cast("bigint"))
    shop.arrive("bronze.orders", large.filter("order_id = 'o3'"))
    assert shop.run(Orders()).counts.published == 1
    assert shop.run(Notes()).counts.published == 1
    for table in ("silver.orders", "gold.notes"):
        found = [(row[0], row[1]) for row in shop.rows(table)]
        assert sorted(found) == [(1, None), (2, None), (2**40 + 3, "hello")]
    assert shop.run(Orders()).status == shop.run(Notes()).status == "nothing_new"


@pytest.mark.parametrize(
    ("change", "evolution", "told"),
    [
        ("narrow", "permissive", f"{FILE}:20: amount is smallint, the table has int"),
        ("drop", "permissive", f"{FILE}:10: amount is missing"),
        ("widen", "additive", f"{FILE}:20: amount becomes bigint from int: evolution is additive"),
        ("add", "strict", f"{FILE}:50: note (string) is new: evolution is strict"),
    ],
)
def test_what_a_table_cannot_become_is_refused_with_the_line_of_the_contract(
    spark: SparkSession, tmp_path: Path, change: str, evolution: Policy, told: str
) -> None:
    shop = sandbox(spark, tmp_path, evolution)
    shop.arrive("bronze.orders", frame(spark, [record(1, 1)]))
    shop.run(Orders())
    order, amount, *times = first().columns
    kinds = {
        "narrow": (order, replace(amount, type="smallint"), *times),
        "drop": (order, *times),
        "widen": (order, replace(amount, type="bigint"), *times),
        "add": (*first().columns, Column("note", "string", line=50)),
    }
    rules = tuple(rule for rule in first().rules if change != "drop" or amount.name not in rule.columns)
    shop.contracts = (replace(first(), columns=kinds[change], rules=rules),)
    shop.arrive("bronze.orders", frame(spark, [record(2, 2)]))
    version, rows = shop.version("silver.orders"), shop.rows("silver.orders")
    report = Orders().execute(shop.context)
    assert report.status == "failed"
    assert report.error is not None
    assert told in report.error
    assert (shop.version("silver.orders"), shop.rows("silver.orders")) == (version, rows)
    assert shop.version("quarantine.silver_orders") is None
