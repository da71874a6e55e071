"""The nineteen rules by tidegate and by other tools: each counts the rows that fail."""

from __future__ import annotations

import json
import os
from datetime import datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from pyspark.sql import functions as F

from bench.quality.contracts import KEY, LINES, MODES, ORDERS, lines, orders
from tidegate.contracts.outputs.gx import suite
from tidegate.contracts.validation import validate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pyspark.sql import DataFrame, SparkSession

    from tidegate.model.contracts import Contract

Tables: TypeAlias = "Mapping[str, DataFrame]"
Check: TypeAlias = "Callable[[SparkSession, Tables], int]"

PARTS = ("orders", "lineitem")


def by_tidegate(spark: SparkSession, tables: Tables) -> int:  # noqa: ARG001 - all tools are called alike
    """Return how many of the rules fail, by the gate."""
    references = {ORDERS: tables["orders"]}
    now = datetime.now(timezone.utc)
    verdicts = [
        validate(tables["orders"], orders(), references={}, now=now),
        validate(tables["lineitem"], lines(), references=references, now=now),
    ]
    return sum(bool(result.failed) for verdict in verdicts for result in verdict.results)


def by_gx(spark: SparkSession, tables: Tables) -> int:
    """Return how many expectations fail, by Great Expectations on its own Spark engine, without keeping the frame."""
    import great_expectations as gx  # noqa: PLC0415 - of the group `bench`

    tables["orders"].createOrReplaceTempView("bench_orders")
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    source = context.data_sources.add_spark("tpch", persist=False)
    failed = 0
    for name, contract in (("orders", orders()), ("lineitem", lines())):
        asset = source.add_dataframe_asset(name)
        batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": tables[name]})
        result = batch.validate(_suite(gx, contract), result_format="BOOLEAN_ONLY")
        if any(one.exception_info.get("raised_exception") for one in result.results):
            raise RuntimeError(str([one.exception_info for one in result.results if not one.success])[:2000])
        failed += sum(not one.success for one in result.results)
    spark.catalog.dropTempView("bench_orders")
    return failed


def _suite(gx: Any, contract: Contract) -> Any:  # noqa: ANN401 - GX has no types of its own
    """Return the contract as a suite: as it is exported, and the orders that lines belong to as a query."""
    # What the gate holds by its schema alone, every engine here is spared.
    asked = [
        {name: one[name] for name in ("type", "kwargs")}
        for one in json.loads(suite(contract))["expectations"]
        if one["type"] != "expect_table_columns_to_match_set"
    ]
    found = gx.ExpectationSuite(name=str(contract.table), expectations=asked)
    keys = gx.expectations.ExpectColumnValuesToBeUnique, gx.expectations.ExpectCompoundColumnsToBeUnique
    if len(contract.primary_key) == 1:
        found.add_expectation(keys[0](column=contract.primary_key[0]))
    else:
        found.add_expectation(keys[1](column_list=[*contract.primary_key]))
    if contract.table == LINES:
        query = "SELECT l_orderkey FROM {batch} LEFT ANTI JOIN bench_orders ON l_orderkey = o_orderkey"
        found.add_expectation(gx.expectations.UnexpectedRowsExpectation(unexpected_rows_query=query))
    return found


def by_pydeequ(spark: SparkSession, tables: Tables) -> int:
    """Return how many constraints fail, by Deequ; it has none for the orders that lines belong to."""
    os.environ["SPARK_VERSION"] = "3.5"  # PyDeequ will be told
    from pydeequ.checks import Check as DeequCheck  # noqa: PLC0415 - of the group `bench`
    from pydeequ.checks import CheckLevel  # noqa: PLC0415
    from pydeequ.verification import VerificationResult, VerificationSuite  # noqa: PLC0415

    check = DeequCheck(spark, CheckLevel.Error, "orders")
    check = check.hasUniqueness(["o_orderkey"], lambda share: share == 1).isComplete("o_orderkey")
    check = check.isComplete("o_custkey").isContainedIn("o_orderstatus", ["F", "O", "P"])
    check = check.isNonNegative("o_totalprice").hasPattern("o_clerk", "^Clerk#[0-9]{9}$")
    other = DeequCheck(spark, CheckLevel.Error, "lines").hasUniqueness([*KEY], lambda share: share == 1)
    for name in (*KEY, "l_partkey", "l_quantity", "l_shipdate"):
        other = other.isComplete(name)
    for name, condition in _CONDITIONS.items():
        other = other.satisfies(condition, name)
    other = other.isContainedIn("l_returnflag", ["A", "N", "R"]).isContainedIn("l_linestatus", ["F", "O"])
    other = other.isContainedIn("l_shipmode", [*MODES]).hasPattern("l_shipinstruct", "^[A-Z ]+$")
    failed = 0
    for name, constraints in (("orders", check), ("lineitem", other)):
        result = VerificationSuite(spark).onData(tables[name]).addCheck(constraints).run()
        told: Iterable[Any] = VerificationResult.checkResultsAsDataFrame(spark, result).collect()
        failed += sum(row.constraint_status != "Success" for row in told)
    return failed


def by_pandera(spark: SparkSession, tables: Tables) -> int:  # noqa: ARG001 - all tools are called alike
    """Return how many checks fail, by pandera; it has none for the orders that lines belong to."""
    import pandera.pyspark as pa  # noqa: PLC0415 - of the group `bench`
    from pyspark.sql import types as T  # noqa: PLC0415

    number, text, amount, day = T.LongType(), T.StringType(), T.DecimalType(15, 2), T.DateType()
    of_orders = {
        "o_orderkey": pa.Column(number),
        "o_custkey": pa.Column(number),
        "o_orderstatus": pa.Column(text, pa.Check.isin(["F", "O", "P"]), nullable=True),
        "o_totalprice": pa.Column(amount, pa.Check.ge(0), nullable=True),
        "o_clerk": pa.Column(text, pa.Check.str_matches("^Clerk#[0-9]{9}$"), nullable=True),
    }
    of_lines = {
        **{name: pa.Column(number) for name in ("l_orderkey", "l_partkey")},
        "l_linenumber": pa.Column(T.IntegerType()),
        "l_shipdate": pa.Column(day),
        "l_quantity": pa.Column(amount, pa.Check.in_range(1, 50)),
        "l_extendedprice": pa.Column(amount, pa.Check.ge(0), nullable=True),
        "l_discount": pa.Column(amount, pa.Check.in_range(0, Decimal("0.1")), nullable=True),
        "l_tax": pa.Column(amount, pa.Check.in_range(0, Decimal("0.08")), nullable=True),
        "l_returnflag": pa.Column(text, pa.Check.isin(["A", "N", "R"]), nullable=True),
        "l_linestatus": pa.Column(text, pa.Check.isin(["F", "O"]), nullable=True),
        "l_shipmode": pa.Column(text, pa.Check.isin([*MODES]), nullable=True),
        "l_shipinstruct": pa.Column(text, pa.Check.str_matches("^[A-Z ]+$"), nullable=True),
        # Its checks see one column; the comparison of two is a column of its own.
        "in_order": pa.Column(T.BooleanType(), pa.Check.equal_to(True), nullable=True),  # noqa: FBT003
    }
    compared = tables["lineitem"].withColumn("in_order", F.col("l_shipdate") <= F.col("l_receiptdate"))
    schemas = (
        (tables["orders"], pa.DataFrameSchema(of_orders, unique=["o_orderkey"])),
        (compared, pa.DataFrameSchema(of_lines, unique=[*KEY])),
    )
    told = [schema.validate(rows.select(*schema.columns)).pandera.errors for rows, schema in schemas]
    return sum(len(errors) for kinds in told for group in kinds.values() for errors in group.values())


_CONDITIONS = {
    "quantity_is_sold": "l_quantity IS NULL OR l_quantity BETWEEN 1 AND 50",
    "price_is_positive": "l_extendedprice IS NULL OR l_extendedprice >= 0",
    "discount_is_small": "l_discount IS NULL OR l_discount BETWEEN 0 AND 0.1",
    "tax_is_small": "l_tax IS NULL OR l_tax BETWEEN 0 AND 0.08",
    "received_after_shipped": "l_shipdate IS NULL OR l_receiptdate IS NULL OR l_shipdate <= l_receiptdate",
}

CHECKS: Mapping[str, Check] = {"tidegate": by_tidegate, "gx": by_gx, "pandera": by_pandera, "pydeequ": by_pydeequ}
