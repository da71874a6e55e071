"""What a transform's plan says of its columns is what they are made from, whatever the transform."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import functions as F
from tests.lineage.columns import algebra
from tests.lineage.columns.facts import facts

from tidegate.job.derivation import recognisable
from tidegate.lineage.columns.spark_plan import spark_column_lineage, unchanged
from tidegate.platforms.gateway import analysed_plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import DataFrame, SparkSession

    from tidegate.model.column_lineage import ColumnLineage

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def inputs(spark: SparkSession) -> dict[str, DataFrame]:
    frames = {
        name: spark.createDataFrame([], ", ".join(f"{column} bigint" for column in columns))
        for name, columns in algebra.INPUTS.items()
    }
    # The plan of an input may be anything; only what comes after it is the transform's.
    return recognisable({name: frame.filter("id > 0").select(*frame.columns) for name, frame in frames.items()})


def lineage_of(frame: DataFrame) -> ColumnLineage:
    write = analysed_plan(frame)
    assert write is not None
    return spark_column_lineage(write())


@given(data=st.data())
@settings(max_examples=40)
def test_lineage_of_any_transform_is_what_a_plain_model_says(data: st.DataObject, inputs: dict[str, DataFrame]) -> None:
    stage = algebra.Stage(algebra.source("orders"))
    for _ in range(data.draw(st.integers(1, 7))):
        algebra.apply(stage, data.draw)
    rows = stage.frame(inputs["orders"], inputs["rates"])
    found = lineage_of(rows)
    assert {name: facts(made) for name, made in found.columns.items()} == stage.known.columns
    assert facts(found.rows) == stage.known.rows
    assert list(found.columns) == rows.columns


def test_rows_of_an_input_are_what_their_plan_says(inputs: dict[str, DataFrame]) -> None:
    for name, rows in inputs.items():
        assert unchanged(name, rows.columns) == lineage_of(rows)


def _keep(batches: Iterator[object]) -> Iterator[object]:
    yield from batches


def test_what_python_does_is_said_to_be_unknown(inputs: dict[str, DataFrame]) -> None:
    orders = inputs["orders"]
    own = F.udf(lambda amount: amount, "bigint")  # noqa: TID251 - what a user's own transform may have
    found = lineage_of(orders.select("id", own("amount").alias("amount")))
    assert facts(found.columns["id"]) == {("orders", "id", "IDENTITY", False)}
    assert [one.column for one in found.columns["amount"].influences] == ["amount"]
    assert found.columns["amount"].unknown == ("a Python function, <lambda>",)
    assert found.rows.unknown == ()

    mapped = lineage_of(orders.mapInArrow(_keep, "id bigint, twice bigint"))  # type: ignore[arg-type]
    for made in (*mapped.columns.values(), mapped.rows):
        assert {one.column for one in made.influences} == {"id", "amount", "day"}
        assert made.unknown
    assert set(mapped.columns) == {"id", "twice"}


def test_rows_that_are_no_input_are_said_to_be_unknown(spark: SparkSession, inputs: dict[str, DataFrame]) -> None:
    made_up = spark.range(3).withColumnRenamed("id", "number")
    found = lineage_of(inputs["orders"].crossJoin(made_up))
    assert facts(found.columns["id"]) == {("orders", "id", "IDENTITY", False)}
    assert found.columns["number"].unknown == ("rows that are no input of the job (Range)",)


def test_queries_within_expressions_bear_on_them(spark: SparkSession, inputs: dict[str, DataFrame]) -> None:
    for name, frame in inputs.items():
        frame.createOrReplaceTempView(name)
    try:
        found = lineage_of(
            spark.sql(
                "with big as (select id, amount from orders where day > 1) "
                "select a.id, (select max(rate) from rates r where r.id = a.id) as top, "
                "a.id in (select id from rates) as has "
                "from big a join big b on a.id = b.amount "
                "where exists (select 1 from rates x where x.rate = a.amount)"
            )
        )
    finally:
        for name in inputs:
            spark.catalog.dropTempView(name)
    top = {(one.source, one.column, one.subtype) for one in found.columns["top"].influences}
    assert {("rates", "rate", "AGGREGATION"), ("rates", "id", "FILTER"), ("orders", "id", "FILTER")} <= top
    assert found.columns["top"].unknown == ()
    assert {(one.source, one.column) for one in found.columns["has"].influences} == {("orders", "id"), ("rates", "id")}
    assert {(one.source, one.column, one.subtype) for one in found.rows.influences} >= {
        ("orders", "day", "FILTER"),
        ("orders", "id", "JOIN"),
        ("orders", "amount", "JOIN"),
        ("rates", "rate", "FILTER"),
        ("orders", "amount", "FILTER"),
    }


def test_groups_of_several_kinds_are_groups(inputs: dict[str, DataFrame]) -> None:
    found = lineage_of(inputs["orders"].cube("id", "day").agg(F.sum("amount").alias("amount")))
    assert facts(found.columns["id"]) == {("orders", "id", "IDENTITY", False)}
    assert facts(found.columns["amount"]) == {("orders", "amount", "AGGREGATION", False)}
    assert facts(found.rows) == {("orders", "id", "GROUP_BY", False), ("orders", "day", "GROUP_BY", False)}
