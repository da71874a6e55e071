"""Upserts whose rows delete by a condition of their own, as rows that go or as a mark; and batches with ties."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.job.shop import FILES, Orders, contracts, frame, record

from tidegate.errors import JobDefinitionError
from tidegate.job.changes import with_changes
from tidegate.model.contracts import Column, Rule
from tidegate.model.declarations import Output
from tidegate.model.modes import LateWindow, Upsert
from tidegate.testing import check_replay

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyspark.sql import SparkSession

    from tidegate.testing import Sandbox

pytestmark = pytest.mark.spark

BASE = Upsert(("order_id",), "updated_at", late=LateWindow("ordered_at", days=3), apply_as_deletes="amount = 0")
TIMED = replace(
    contracts()[0], rules=(*contracts()[0].rules, Rule("updated_at_is_not_null", "not_null", ("updated_at",)))
)
MARKED = replace(TIMED, columns=(*TIMED.columns, Column("is_deleted", "boolean")))
CREATED, OTHER = record(1, 5, version=1), record(2, 7, day=9)
DELETED, OLDER = record(1, 0, version=3), record(1, 6, version=2)


class Deleting(Orders):
    """Orders; an amount of nothing deletes one."""

    output = Output("silver.orders", BASE)


class Marking(Orders):
    """Orders; an amount of nothing marks one as deleted."""

    output = Output("silver.orders", replace(BASE, mark_deletes_in="is_deleted"))


class Refusing(Orders):
    """Orders of a source that never says two things at once."""

    output = Output("silver.orders", replace(Orders.output.mode, tie_break="refuse"))  # type: ignore[arg-type]


def arrive(spark: SparkSession, sandbox: Sandbox, *batches: Sequence[object], job: Orders) -> None:
    for batch in batches:
        sandbox.arrive("bronze.orders", frame(spark, batch))  # type: ignore[arg-type]
        sandbox.run(job)


def test_an_older_row_that_comes_after_the_delete_does_not_bring_its_key_back(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = new_sandbox(FILES, contracts=(TIMED,))
    arrive(spark, sandbox, [CREATED, OTHER], [DELETED], [OLDER], job=Deleting())
    assert [row[1] for row in sandbox.rows("silver.orders")] == ["o2"]
    assert sandbox.run(Deleting()).status == "nothing_new"
    check_replay(Deleting(), sandbox)


def test_a_delete_is_counted_as_one(spark: SparkSession, new_sandbox: Callable[..., Sandbox]) -> None:
    sandbox = new_sandbox(contracts=(TIMED,))
    sandbox.arrive("bronze.orders", frame(spark, [CREATED, OTHER, DELETED]))
    counts = sandbox.run(Deleting()).counts
    assert (counts.read, counts.published, counts.deleted, counts.deduplicated) == (3, 1, 1, 1)


def test_a_mark_stays_for_readers_to_see(spark: SparkSession, new_sandbox: Callable[..., Sandbox]) -> None:
    sandbox = new_sandbox(contracts=(MARKED,))
    arrive(spark, sandbox, [CREATED, OTHER], [DELETED], [OLDER], job=Marking())
    assert [(row[1], row[0]) for row in sandbox.rows("silver.orders")] == [(True, 0), (False, 7)]


def test_a_transform_does_not_fill_the_mark_itself(spark: SparkSession) -> None:
    with pytest.raises(JobDefinitionError, match="returns is_deleted already"):
        with_changes(spark.sql("SELECT 1 amount, true is_deleted"), Marking.output.mode, "silver.orders")


def test_a_batch_with_two_rows_as_new_as_each_other_that_differ_is_refused(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = new_sandbox()
    harmless = [record(1, 1), record(1, 2), record(1, 3, version=1), record(2, 7), record(2, 7), record(2, -1)]
    arrive(spark, sandbox, harmless, job=Refusing())
    sandbox.arrive("bronze.orders", frame(spark, [record(3, 1), record(3, 2), record(4, 1)]))
    report = Refusing().execute(sandbox.context)
    assert (report.exit_code, "1 keys have rows with the same sequence" in str(report.error)) == (3, True)
    assert len(sandbox.rows("silver.orders")) == 2
