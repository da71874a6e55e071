"""A run whose contract asks what only Great Expectations can tell: its own engine looks at the staged batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.contracts.gx.test_results import MEAN, contract
from tests.contracts.gx.test_suites import NOT_NULL

from tidegate.contracts.gx.results import validation_result
from tidegate.errors import GateError
from tidegate.job.base import SparkJob
from tidegate.model.declarations import Output
from tidegate.model.modes import Append
from tidegate.platforms.sessions import session_beside
from tidegate.testing import Sandbox

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession

pytestmark = [pytest.mark.spark, pytest.mark.slow]

SCHEMA = "a int, b int, s string, d double"
LONG = {"type": "expect_column_values_to_be_in_type_list", "kwargs": {"column": "a", "type_list": ["IntegerType"]}}
ODD = {
    "type": "expect_column_values_to_be_between",
    "kwargs": {
        "column": "a",
        "min_value": 3,
        "row_condition": {"type": "comparison", "column": {"name": "b"}, "operator": "==", "parameter": 2},
    },
}
LIKE = {"type": "expect_column_values_to_match_like_pattern", "kwargs": {"column": "s", "like_pattern": "x%"}}


class Orders(SparkJob):
    """Orders as they came."""

    inputs = {"orders": "bronze.orders"}
    output = Output("silver.orders", Append())

    def transform(self, inputs: Mapping[str, DataFrame]) -> DataFrame:
        return inputs["orders"]


def test_the_report_says_who_evaluated_and_what_is_refused_is_not_published(
    spark: SparkSession, tmp_path: Path
) -> None:
    made = contract(NOT_NULL, MEAN, LONG, ODD)
    sandbox = Sandbox(session_beside(spark), tmp_path, [made])
    rows = sandbox.spark.createDataFrame([(5, 2, "x", 0.5), (None, 1, None, None)], SCHEMA)
    sandbox.arrive("bronze.orders", rows)
    report = sandbox.run(Orders())
    assert [(rule.kind, rule.engine, rule.failed, rule.status) for rule in report.rules] == [
        ("not_null", "tidegate", 1, "warned"),
        ("great_expectations", "great_expectations", 0, "passed"),
        ("great_expectations", "great_expectations", 0, "passed"),
        ("great_expectations", "great_expectations", 0, "passed"),
    ]
    assert [result.success for result in validation_result(made, report.rules).results] == [
        True,
        False,
        True,
        True,
        True,
    ]
    sandbox.arrive("bronze.orders", sandbox.spark.createDataFrame([(-9, 2, "x", 0.5), (1, 2, "y", 0.5)], SCHEMA))
    report = Orders().execute(sandbox.context)
    assert report.exit_code == 3
    assert [(rule.failed, rule.status) for rule in report.rules] == [
        (0, "passed"),
        (1, "failed"),
        (0, "passed"),
        (2, "failed"),
    ]
    assert len(sandbox.rows("silver.orders")) == 1


def test_what_its_engine_cannot_evaluate_refuses_the_batch_whatever_the_severity(
    spark: SparkSession, tmp_path: Path
) -> None:
    made = contract(NOT_NULL, {**LIKE, "severity": "info"})
    sandbox = Sandbox(session_beside(spark), tmp_path, [made])
    sandbox.arrive("bronze.orders", sandbox.spark.createDataFrame([(5, 2, "x", 0.5)], SCHEMA))
    report = Orders().execute(sandbox.context)
    assert report.error_type == GateError.__name__
    assert "could not evaluate gx_s_column_values_to_match_like_pattern" in str(report.error)
    assert not sandbox.rows("silver.orders")
