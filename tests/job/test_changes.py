"""Change data through whole runs: deletes need no more than a key, are counted, and leave nothing that readers see."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import pytest
from pyspark.sql import functions as F
from tests.job.shop import FILES, START, contracts

from tidegate.errors import JobDefinitionError
from tidegate.job.base import SparkJob
from tidegate.job.changes import with_changes
from tidegate.model.contracts import Rule
from tidegate.model.declarations import New, Output
from tidegate.model.modes import Append, ApplyChanges, LateWindow
from tidegate.model.names import TableName
from tidegate.testing import Sandbox, check_replay

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

MODE = ApplyChanges(
    keys=("order_id",),
    sequence_by="updated_at",
    apply_as_deletes="_operation = 'd'",
    apply_as_truncates="_operation = 't'",
    late=LateWindow("updated_at", days=3, beyond="quarantine"),
)


CONTRACT = replace(
    contracts()[0], rules=(*contracts()[0].rules, Rule("updated_at_is_not_null", "not_null", ("updated_at",)))
)


class Change(NamedTuple):
    """A change of an order as a source tells it."""

    order_id: str | None
    amount: int | None
    ordered_at: datetime | None
    updated_at: datetime | None
    op: str


def change(order: int, amount: int, day: float) -> Change:
    return Change(f"o{order}", amount, START, START + timedelta(days=day), "u")


def delete(order: int | None, day: float) -> Change:
    return Change(None if order is None else f"o{order}", None, None, START + timedelta(days=day), "d")


def arrive(spark: SparkSession, sandbox: Sandbox, changes: Sequence[Change]) -> None:
    schema = "order_id string, amount int, ordered_at timestamp, updated_at timestamp, op string"
    sandbox.arrive("bronze.orders", spark.createDataFrame(list(changes), schema))


class Orders(SparkJob):
    """Orders as a change feed keeps them."""

    inputs = {"orders": New("bronze.orders")}
    output = Output("silver.orders", MODE)

    def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
        return inputs["orders"].withColumnRenamed("op", "_operation")


def held(sandbox: Sandbox) -> dict[object, object]:
    """Return the amount of every order that readers see."""
    return {row[1]: row[0] for row in sandbox.rows("silver.orders")}


def hidden(sandbox: Sandbox) -> int:
    """Return how many rows of the table no reader sees."""
    location = sandbox.context.tables.store(Orders.output.name).location(Orders.output.name)
    return sandbox.spark.read.format("delta").load(location).filter("_is_deleted IS NOT NULL").count()


def test_deletes_are_counted_and_judged_by_key_and_sequence_alone(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = new_sandbox(contracts=(CONTRACT,))
    arrive(spark, sandbox, [change(1, 10, 1), change(2, 20, 1), delete(3, 2), delete(None, 1), change(4, -1, 1)])
    counts = sandbox.run(Orders()).counts
    assert (counts.read, counts.published, counts.deleted, counts.quarantined) == (5, 2, 1, 2)
    arrive(spark, sandbox, [delete(1, 2), delete(1, 1.5), change(3, 30, 1), change(2, 19, 0)])
    counts = sandbox.run(Orders()).counts
    assert (counts.read, counts.deleted, counts.deduplicated, counts.unchanged) == (4, 1, 1, 2)
    assert held(sandbox) == {"o2": 20}
    check_replay(Orders(), sandbox)


def test_what_a_delete_does_not_say_is_no_null_and_meets_no_condition(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    """A delete has a key and nothing else: its nulls are not counted, nor does a rule concern it because of them."""
    named = Rule("named", "pattern", ("order_id",), (("pattern", "^x"), ("where", "amount is null")))
    rules = (
        Rule("complete", "completeness", ("amount",), (("max_nulls", 0),), scope="batch"),
        Rule("none_without", "row_count", (), (("max", 0), ("where", "amount is null")), scope="batch"),
        Rule("sum", "sum", ("amount",), (("max", 30), ("min", 30)), scope="batch"),
        Rule("once", "unique", ("amount",), scope="batch"),
        named,
    )
    sandbox = new_sandbox(contracts=(replace(CONTRACT, rules=(*CONTRACT.rules, *rules)),))
    arrive(spark, sandbox, [change(1, 10, 1), change(1, 99, 0), change(2, 20, 1), delete(3, 2)])
    counts = sandbox.run(Orders()).counts
    assert (counts.read, counts.published, counts.deleted, counts.quarantined) == (4, 2, 1, 0)


def test_a_truncate_needs_no_key(spark: SparkSession, new_sandbox: Callable[..., Sandbox]) -> None:
    sandbox = new_sandbox(contracts=(CONTRACT,))
    arrive(spark, sandbox, [change(1, 10, 1), change(2, 20, 2.5)])
    sandbox.run(Orders())
    arrive(spark, sandbox, [Change(None, None, None, START + timedelta(days=2), "t"), change(3, 30, 1)])
    counts = sandbox.run(Orders()).counts
    assert (counts.published, counts.deleted, counts.unchanged) == (0, 1, 1)
    assert held(sandbox) == {"o2": 20}


def test_what_a_delete_leaves_is_removed_when_nothing_older_can_come(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = new_sandbox(FILES, contracts=(CONTRACT,))
    arrive(spark, sandbox, [change(1, 10, 1), delete(2, 1), delete(3, 9)])
    sandbox.run(Orders())
    assert hidden(sandbox) == 2
    arrive(spark, sandbox, [change(5, 50, 10), change(2, 20, 0)])
    counts = sandbox.run(Orders()).counts
    assert (counts.published, counts.late) == (1, 1), "older than the window: it would have come back to life"
    assert hidden(sandbox) == 1
    assert held(sandbox) == {"o1": 10, "o5": 50}


def test_readers_of_a_table_see_no_deleted_row_and_account_for_what_they_see(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    class Copies(SparkJob):
        """Versions of orders."""

        inputs = {"orders": New("silver.orders")}
        output = Output("silver.copies", Append())

    copies = replace(CONTRACT, table=TableName.parse("silver.copies"), primary_key=())
    sandbox = new_sandbox(FILES, contracts=(CONTRACT, copies))
    arrive(spark, sandbox, [change(1, 10, 1), delete(2, 1)])
    sandbox.run(Orders())
    assert sandbox.run(Copies()).counts.read == 1
    arrive(spark, sandbox, [delete(1, 2), change(3, 30, 2)])
    sandbox.run(Orders())
    counts = sandbox.run(Copies()).counts
    assert (counts.read, counts.published, counts.dropped) == (1, 1, 0)


def test_a_condition_that_cannot_be_evaluated_is_named(spark: SparkSession) -> None:
    with pytest.raises(JobDefinitionError, match=r"nowhere(.|\n)*silver\.orders"):
        with_changes(spark.range(1), ApplyChanges(("id",), "at", apply_as_deletes="nowhere = 'd'"), "silver.orders")


def test_a_row_that_a_condition_says_nothing_about_is_a_row_to_be(spark: SparkSession) -> None:
    rows = spark.sql("SELECT 1 id, 'd' op UNION ALL SELECT 2, NULL UNION ALL SELECT 3, 't' UNION ALL SELECT 4, 'dt'")
    mode = ApplyChanges(("id",), "at", apply_as_deletes="op LIKE 'd%'", apply_as_truncates="op LIKE '%t'")
    told = with_changes(rows, mode, "silver.orders").select("id", F.col("_change")).collect()
    assert dict(map(tuple, told)) == {1: "delete", 2: None, 3: "truncate", 4: "truncate"}


def test_of_a_delete_and_a_change_of_one_moment_the_delete_stands_within_a_batch_of_a_history_too(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    class History(Orders):
        """Every state of every order."""

        output = Output(
            "silver.orders", ApplyChanges(("order_id",), "updated_at", "_operation = 'd'", stored_as_scd_type=2)
        )

    sandbox = new_sandbox(contracts=(CONTRACT,))
    arrive(spark, sandbox, [change(1, 10, 1), change(1, 20, 2), delete(1, 2), change(2, 5, 1)])
    counts = sandbox.run(History()).counts
    assert (counts.deleted, counts.deduplicated, counts.published) == (1, 1, 2)
    assert [row[0] for row in sandbox.rows("silver.orders") if row[1]] == [5]
