"""The gate decides as Great Expectations' own Spark engine does, expectation by expectation, on whatever rows.

What differs on purpose: uniqueness is asked of rows that would be published, so of those that fail no other rule of
severity error, and one per primary key. Here no contract has either.
"""

from __future__ import annotations

import json
import math
from datetime import date, datetime, timezone
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.contracts.documents import document, read

from tidegate.contracts.gx.meanings import meaning
from tidegate.contracts.gx.package import load
from tidegate.contracts.gx.results import validation_result
from tidegate.contracts.schemas import spark_schema
from tidegate.contracts.types import parse_type
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
    "odd name é": "int",
}
TYPES = {name: parse_type(text) for name, text in COLUMNS.items()}
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
numbers = st.sampled_from(["n", "k", "m", "d", "odd name é"])
words = st.sampled_from(["", "a", "^a", "b$", r"\d", "it's", r"\\", "[é😀]", "^.{2}$", r"\{", "(?i)A"])
sets = {"n": st.lists(small, min_size=1), "s": st.lists(texts, min_size=1), "f": st.lists(st.booleans(), min_size=1)}


@st.composite
def between(draw: st.DrawFn) -> dict[str, Any]:
    column = draw(numbers | st.just("day"))
    values = st.dates(date(1999, 12, 30), date(2000, 1, 3)).map(str) if column == "day" else small
    values = values | st.sampled_from([0.5, 2.5]) if column == "d" else values
    pair: tuple[Any, Any] = draw(st.tuples(values, values))
    low, high = sorted(pair)
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
        "column_A": st.sampled_from(["n", "odd name é"]),
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
QUERIES = (
    "SELECT * FROM {batch} WHERE n > 1",
    "select * from {batch} where s rlike '^a{{2}}$' or f;",
    "SELECT * FROM {batch} WHERE NOT coalesce(d <= 0.5 OR isnan(d), true)",
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
    "unexpected_rows_expectation": st.fixed_dictionaries({"unexpected_rows_query": st.sampled_from(QUERIES)}),
}
FIXED: dict[str, dict[str, Any]] = {
    "expect_column_values_to_be_between": {"column": "n", "min_value": 0},
    "expect_column_values_to_not_be_null": {"column": "s", "mostly": 0.5},
    "expect_compound_columns_to_be_unique": {"column_list": ["n", "k"], "ignore_row_if": "any_value_is_missing"},
    "expect_table_row_count_to_equal": {"value": 0},
}
TAKE_MOSTLY = tuple(name for name in ARGUMENTS if name.startswith(("expect_column", "expect_compound")))


@st.composite
def suite(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return an expectation of each kind that the gate has a word for, so that few Spark jobs show much."""
    made = []
    for name, arguments in ARGUMENTS.items():
        kwargs = draw(arguments.filter(partial(has_meaning, name)))
        if name in TAKE_MOSTLY and draw(st.booleans()):
            kwargs = {**kwargs, "mostly": draw(st.sampled_from([0, 0.1, 0.25, 1 / 3, 0.5, 2 / 3, 0.7, 0.75, 0.9, 1]))}
        made.append({"type": name, "kwargs": kwargs, "severity": "warning"})
    return made


def has_meaning(name: str, kwargs: dict[str, Any]) -> bool:
    return meaning(name, kwargs, TYPES) is not None


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
    shown = {"result_format": "BASIC", "exclude_unexpected_values": True, "partial_unexpected_count": 0}
    found = validator.graph_validate(configurations=asked, runtime_configuration={"result_format": shown})
    return sorted(found, key=number_of)


def number_of(result: ExpectationValidationResult) -> int:
    assert result.expectation_config
    return int((result.expectation_config.meta or {})["number"])


@given(st.lists(row, max_size=8), suite())
@example([], [{"type": name, "kwargs": kwargs} for name, kwargs in FIXED.items()])
@settings(max_examples=4)
def test_the_gate_and_great_expectations_agree(
    spark: SparkSession, rows: list[Row], suite_: list[dict[str, Any]]
) -> None:
    contract = contract_of(suite_)
    frame = spark.createDataFrame(rows, spark_schema(contract)).repartition(1).localCheckpoint()
    verdict = validate(frame, contract, references={}, now=NOW)
    handed = validation_result(contract, verdict.results).results[1:]
    assert [*map(shown, handed)] == [*map(shown, judged_by_its_own_engine(frame, suite_))]


def shown(result: ExpectationValidationResult) -> tuple[str, bool | None, list[object]]:
    """Return what is compared: the decision, and the counts. Of no rows its engine has sums that are null, not 0."""
    config = result.expectation_config
    assert config
    return config.type, result.success, [result.result.get(name) or 0 for name in COUNTED]
