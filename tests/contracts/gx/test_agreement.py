"""The gate decides as Great Expectations' own Spark engine does, expectation by expectation, on whatever rows.

What differs on purpose: uniqueness is asked of rows that would be published, so of those that fail no other rule of
severity error, and one per primary key. Here no contract has either.
"""

from __future__ import annotations

import json
import math
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contracts.documents import document, read

from tidegate.contracts.gx.package import load
from tidegate.contracts.gx.results import validation_result
from tidegate.contracts.rules.kinds import GREAT_EXPECTATIONS
from tidegate.contracts.schemas import spark_schema
from tidegate.contracts.validation import validate

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult
    from pyspark.sql import DataFrame, SparkSession

    from tidegate.model.contracts import Contract

pytestmark = [pytest.mark.spark, pytest.mark.slow]

COLUMNS = {
    "n": "int",
    "k": "bigint",
    "d": "double",
    "m": "decimal(10,2)",
    "s": "string",
    "f": "boolean",
    "day": "date",
    "odd name.é": "int",
}
NOW = datetime(2024, 1, 1, tzinfo=timezone.utc)
COUNTED = ("element_count", "unexpected_count", "missing_count", "observed_value")


class Row(NamedTuple):
    n: int | None
    k: int | None
    d: float | None
    m: Decimal | None
    s: str | None
    f: bool | None
    day: date | None
    odd: int | None


small = st.integers(-2, 4)
texts = st.sampled_from(["", "a", "b", "ab", "abc", "é", "😀", "😀😀", "A\n", "it's", "1.0", "null", "\\", "{"])
row = st.builds(
    Row,
    n=st.none() | small,
    k=st.none() | small | st.just(2**53 + 1),
    d=st.none() | st.sampled_from([math.nan, math.inf, -math.inf, -0.0, 0.0, 0.5, 1.0, 3.0]),
    m=st.none() | st.sampled_from([Decimal("-0.01"), Decimal("0.00"), Decimal("1.00"), Decimal("3.01")]),
    s=st.none() | texts,
    f=st.none() | st.booleans(),
    day=st.none() | st.dates(date(1999, 12, 30), date(2000, 1, 3)),
    odd=st.none() | small,
)
numbers = st.sampled_from(["n", "k", "m", "d", "odd name.é"])
words = st.sampled_from(["", "a", "^a", "b$", r"\d", "it's", r"\\", "[é😀]", "^.{2}$", r"\{", "(?i)A"])
sets = {"n": st.lists(small, min_size=1), "s": st.lists(texts, min_size=1), "f": st.lists(st.booleans(), min_size=1)}


@st.composite
def between(draw: st.DrawFn) -> dict[str, Any]:
    column = draw(numbers | st.just("day"))
    values = st.dates(date(1999, 12, 30), date(2000, 1, 3)).map(str) if column == "day" else small
    values = values | st.sampled_from([0.5, 2.5]) if column == "d" else values
    low, high = sorted(draw(st.tuples(values, values)))
    bounds = draw(st.sampled_from([{"max_value": high}, {"min_value": low, "max_value": high}, {"min_value": low}]))
    return {"column": column, **bounds, **draw(strictness)}


@st.composite
def in_set(draw: st.DrawFn) -> dict[str, Any]:
    column = draw(st.sampled_from(sorted(sets)))
    return {"column": column, "value_set": draw(sets[column])}


strictness = st.fixed_dictionaries({}, optional={"strict_min": st.booleans(), "strict_max": st.booleans()})
counts = st.fixed_dictionaries({"min_value": st.integers(0, 2), "max_value": st.integers(2, 8)})
any_column = st.sampled_from(sorted(COLUMNS))
pairs = st.fixed_dictionaries(
    {
        "column_A": st.sampled_from(["n", "odd name.é"]),
        "column_B": st.just("n"),
        "ignore_row_if": st.just("either_value_is_missing"),
    }
)
compound = st.fixed_dictionaries(
    {
        "column_list": st.lists(any_column, min_size=2, max_size=3, unique=True),
        "ignore_row_if": st.just("any_value_is_missing"),
    }
)
ARGUMENTS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "expect_column_pair_values_a_to_be_greater_than_b": pairs.flatmap(
        lambda kwargs: st.sampled_from([kwargs, {**kwargs, "or_equal": True}])
    ),
    "expect_column_pair_values_to_be_equal": pairs,
    "expect_column_value_lengths_to_be_between": st.tuples(counts, strictness).map(
        lambda given: {"column": "s", **given[0], **given[1]}
    ),
    "expect_column_value_lengths_to_equal": st.fixed_dictionaries({"column": st.just("s"), "value": st.integers(0, 3)}),
    "expect_column_values_to_be_between": between(),
    "expect_column_values_to_be_in_set": in_set(),
    "expect_column_values_to_be_unique": st.fixed_dictionaries({"column": any_column}),
    "expect_column_values_to_match_regex": st.fixed_dictionaries({"column": st.just("s"), "regex": words}),
    "expect_column_values_to_not_be_in_set": in_set(),
    "expect_column_values_to_not_be_null": st.fixed_dictionaries({"column": any_column}),
    "expect_column_values_to_not_match_regex": st.fixed_dictionaries({"column": st.just("s"), "regex": words}),
    "expect_compound_columns_to_be_unique": compound,
    "expect_table_row_count_to_be_between": st.tuples(counts, strictness).map(lambda given: {**given[0], **given[1]}),
    "expect_table_row_count_to_equal": st.fixed_dictionaries({"value": st.integers(0, 8)}),
    "unexpected_rows_expectation": st.sampled_from(["n > 1", "s rlike '^a{{2}}$' or f", "d > 0.5 and not isnan(d)"]).map(
        lambda fails: {"unexpected_rows_query": f"SELECT * FROM {{batch}} WHERE {fails}"}
    ),
}
TAKE_MOSTLY = tuple(name for name in ARGUMENTS if name.startswith(("expect_column", "expect_compound")))


@st.composite
def suite(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return two expectations of each kind, so that few examples, and few Spark jobs, show much."""
    made = []
    for name, arguments in [*ARGUMENTS.items()] * 2:
        kwargs = draw(arguments)
        if name in TAKE_MOSTLY and draw(st.booleans()):
            kwargs = {**kwargs, "mostly": draw(st.sampled_from([0, 0.1, 0.25, 1 / 3, 0.5, 2 / 3, 0.7, 0.75, 0.9, 1]))}
        made.append({"type": name, "kwargs": kwargs, "severity": "warning"})
    return made


def contract_of(expectations: list[dict[str, Any]]) -> Contract:
    columns = "".join(f'\n- {{name: "{name}", physicalType: "{type_}"}}' for name, type_ in COLUMNS.items())
    given = json.dumps({"expectations": expectations})
    item = f"- {{type: custom, engine: greatExpectations, implementation: {given}}}"
    return read(document(f"properties:{columns}\nquality:\n{item}"))


def judged_by_its_own_engine(rows: DataFrame, suite_: list[dict[str, Any]]) -> list[ExpectationValidationResult]:
    load("a test")
    from great_expectations.execution_engine import SparkDFExecutionEngine  # noqa: PLC0415 - takes seconds
    from great_expectations.expectations.expectation_configuration import (  # noqa: PLC0415
        ExpectationConfiguration,
    )
    from great_expectations.validator.validator import Validator  # noqa: PLC0415

    engine = SparkDFExecutionEngine(persist=False, spark=rows.sparkSession)
    engine.load_batch_data("rows", rows)
    validator = Validator(execution_engine=engine)
    validator.metrics_calculator.show_progress_bars = False
    asked = [
        ExpectationConfiguration(type=entry["type"], kwargs=entry["kwargs"], meta={"number": number})
        for number, entry in enumerate(suite_)
    ]
    shown = {"result_format": "BASIC", "exclude_unexpected_values": True}
    found = validator.graph_validate(configurations=asked, runtime_configuration={"result_format": shown})
    return sorted(found, key=lambda result: int((result.expectation_config.meta or {})["number"]))


@given(st.lists(row, max_size=8), suite())
@settings(max_examples=6)
def test_the_gate_and_great_expectations_agree(spark: SparkSession, rows: list[Row], suite_: list[dict[str, Any]]) -> None:
    contract = contract_of(suite_)
    frame = spark.createDataFrame(rows, spark_schema(contract)).repartition(1).localCheckpoint()  # type: ignore[arg-type]
    verdict = validate(frame, contract, references={}, now=NOW)
    compiled = [rule.kind != GREAT_EXPECTATIONS for rule in contract.rules]
    handed = validation_result(contract, verdict.results).results[1:]
    theirs = judged_by_its_own_engine(frame, suite_)
    assert [shown(result, is_ours) for result, is_ours in zip(handed, compiled, strict=True)] == [
        shown(result, is_ours) for result, is_ours in zip(theirs, compiled, strict=True)
    ]


def shown(result: ExpectationValidationResult, is_counted: bool) -> tuple[str, bool | None, list[object]]:
    """Return what is compared: the decision, and the counts where the gate made them."""
    config = result.expectation_config
    counts_ = [result.result.get(name) for name in COUNTED] if is_counted else []
    return f"{config.type} {json.dumps(config.kwargs, default=float)}", result.success, counts_
