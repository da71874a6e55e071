"""Slices wait for each other where the job, or a rule, looks at the table that they write; the reason is said."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.job.shop import Orders, contracts
from tests.pipeline.fakes import context

from tidegate.contracts.book import ContractBook
from tidegate.job.base import SparkJob
from tidegate.model.contracts import Rule
from tidegate.model.declarations import Output
from tidegate.model.modes import Append
from tidegate.pipeline.independence import why_in_order
from tidegate.tables.catalog import Catalog, Place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyspark.sql import SparkSession


class Log(SparkJob):
    """Orders that are added once."""

    inputs = {"orders": "bronze.orders"}
    output = Output("silver.orders", Append())


def _no_spark() -> SparkSession:
    raise AssertionError


@pytest.fixture
def why(tmp_path: Path) -> Callable[..., str | None]:
    def ask(job: type[SparkJob] = Orders, *rules: Rule, kind: str = "delta") -> str | None:
        (base,) = contracts()
        book = ContractBook.of([replace(base, rules=(*base.rules, *rules))])
        tables = Catalog({"silver": Place(kind, str(tmp_path))}, _no_spark)
        return why_in_order(job, context(tables, contracts=book))

    return ask


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (Rule("u", "unique", ("amount",), scope="table"), "values are unique in the whole of silver.orders"),
        (Rule("u", "unique", ("amount", "order_id"), scope="table"), None),
        (Rule("u", "unique", ("amount",), scope="batch"), None),
        (Rule("h", "row_count_history", (), (("max_difference", 0),), scope="batch"), "compares each slice"),
        (
            Rule("s", "total_balance", (), (("max_difference", 0), ("table", "silver.orders")), scope="batch"),
            "rule s looks at silver.orders itself",
        ),
        (
            Rule("s", "total_balance", (), (("max_difference", 0), ("table", "silver.other")), scope="batch"),
            None,
        ),
        (
            Rule(
                "b",
                "balance",
                ("order_id", "amount"),
                (("max_difference", 0), ("references", ("order_id",)), ("sum", "amount"), ("table", "silver.orders")),
                scope="row",
            ),
            "refers to rows of silver.orders itself",
        ),
    ],
)
def test_a_rule_about_more_than_the_slice_keeps_slices_in_order(
    why: Callable[..., str | None], rule: Rule, told: str | None
) -> None:
    reason = why(Orders, rule)
    assert (reason is None) == (told is None)
    assert (told or "") in (reason or "")


def test_keys_of_files_that_wait_in_the_table_keep_slices_in_order(
    why: Callable[..., str | None],
) -> None:
    assert "keys are checked" in str(why(Log, kind="parquet"))
    assert why(Log) is None
    assert why() is None
