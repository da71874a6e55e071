"""A backfill that would spoil its table, or that no column could tell apart, is refused before anything is read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.job.shop import Orders, contracts, frame, record
from tests.job.test_backfill import asked

from tidegate.errors import JobDefinitionError, TableError
from tidegate.job.base import SparkJob
from tidegate.job.rehearsal import plan_as_of
from tidegate.job.slicing import plan_slice
from tidegate.model.declarations import Cursor, Database, Files, Output, Whole
from tidegate.model.modes import Append, ApplyChanges, Replace, ReplaceWindow, Upsert
from tidegate.model.names import TableName
from tidegate.model.pins import Pin
from tidegate.model.slices import REBUILD
from tidegate.pipeline.backfill import plan_backfill, weigh

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

    from tidegate.testing import Sandbox

pytestmark = [pytest.mark.spark, pytest.mark.default_line]


class Bare(SparkJob):
    """Orders without a key."""

    inputs = {"orders": "bronze.orders"}
    output = Output("silver.bare", Append())


class Anew(SparkJob):
    """All orders, anew."""

    inputs = {"orders": "bronze.orders"}
    output = Output("silver.bare", Replace())


class FromWhole(SparkJob):
    """Orders from all there is."""

    inputs = {"orders": Whole("bronze.orders")}
    output = Output("silver.orders", Upsert(("order_id",), "updated_at"))


class Days(SparkJob):
    """Days of orders."""

    inputs = {"orders": "bronze.orders"}
    output = Output("silver.bare", ReplaceWindow("ordered_at"))


class Timeless(SparkJob):
    """Orders without an event time."""

    inputs = {"orders": "bronze.orders"}
    output = Output("silver.orders", Upsert(("order_id",), "updated_at"))


class Changes(SparkJob):
    """Changes of orders."""

    inputs = {"orders": "bronze.orders"}
    output = Output("silver.orders", ApplyChanges(("order_id",), "updated_at", apply_as_deletes="amount < 0"))


class FromDatabase(SparkJob):
    """Orders of a database."""

    inputs = {"orders": Database("shop", Cursor("updated_at"), table="orders")}
    output = Output("silver.orders", Upsert(("order_id",), "updated_at"))


class FromFiles(SparkJob):
    """Orders of files."""

    inputs = {"orders": Files("orders", "jsonl")}
    output = Output("silver.orders", Append())


@pytest.mark.parametrize("job", [FromDatabase, FromFiles])
def test_what_has_no_versions_is_not_run_as_of_one(new_sandbox: Callable[..., Sandbox], job: type[SparkJob]) -> None:
    sandbox = new_sandbox(contracts=contracts())
    with pytest.raises(JobDefinitionError, match="only tables have versions, and input 'orders' is none"):
        plan_as_of(job, sandbox.context, Pin(version=1))


@pytest.mark.parametrize(
    ("job", "fields", "told"),
    [
        (Changes, {"column": "ordered_at"}, "change nothing when they come again"),
        (FromDatabase, {"column": "ordered_at"}, "has no past"),
        (Bare, {"column": "ordered_at"}, "a second time"),
        (Anew, {"column": "ordered_at"}, "the whole table"),
        (FromWhole, {"column": "ordered_at"}, "nothing to slice"),
        (Days, {"by": "arrival"}, "arrived later"),
        (Days, {"column": "updated_at"}, "part of their rows"),
        (Timeless, {}, "names no event-time column"),
    ],
)
def test_what_would_spoil_the_table_is_refused_before_anything_is_read(
    new_sandbox: Callable[..., Sandbox], job: type[SparkJob], fields: dict[str, str], told: str
) -> None:
    base = contracts()[0]
    bare = replace(base, table=TableName.parse("silver.bare"), primary_key=())
    sandbox = new_sandbox(contracts=(base, bare))
    with pytest.raises(JobDefinitionError, match=told):
        plan_backfill(job, asked(3, **fields), sandbox.context)


@pytest.mark.parametrize(("job", "told"), [(Changes, "change nothing"), (FromDatabase, "has no past")])
def test_a_table_that_cannot_be_made_anew_in_one_commit_is_refused(
    new_sandbox: Callable[..., Sandbox], job: type[SparkJob], told: str
) -> None:
    with pytest.raises(JobDefinitionError, match=told):
        plan_slice(job, new_sandbox().context, REBUILD)


@pytest.mark.parametrize(("column", "told"), [("nowhere", "no column 'nowhere'"), ("amount", "says no time")])
def test_a_column_that_tells_no_time_is_named(
    spark: SparkSession, new_sandbox: Callable[..., Sandbox], column: str, told: str
) -> None:
    sandbox = new_sandbox()
    sandbox.arrive("bronze.orders", frame(spark, [record(1, 1)]))
    with pytest.raises(TableError, match=told):
        weigh(Orders, plan_backfill(Orders, asked(1, column=column), sandbox.context), sandbox.context)
