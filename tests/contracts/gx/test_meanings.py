"""Which expectations are rules of tidegate's own, and which are left to Great Expectations or refused."""

from __future__ import annotations

from typing import Any

import pytest

from tidegate.contracts.gx.meanings import meaning
from tidegate.contracts.types import parse_type

TYPES = {
    "n": parse_type("int"),
    "o": parse_type("int"),
    "d": parse_type("double"),
    "m": parse_type("decimal(10,2)"),
    "s": parse_type("string"),
    "day": parse_type("date"),
    "at": parse_type("timestamp"),
    "map": parse_type("map<string,int>"),
}
BETWEEN, IN_SET = "expect_column_values_to_be_between", "expect_column_values_to_be_in_set"
LENGTHS, REGEX = "expect_column_value_lengths_to_be_between", "expect_column_values_to_match_regex"
GREATER, QUERY = "expect_column_pair_values_a_to_be_greater_than_b", "unexpected_rows_expectation"
ROWS, UNIQUE = "expect_table_row_count_to_be_between", "expect_column_values_to_be_unique"
PAIR = {"column_A": "n", "column_B": "o", "ignore_row_if": "either_value_is_missing"}
SELECT = "SELECT * FROM {batch} WHERE "


@pytest.mark.parametrize(
    ("type_", "kwargs", "kind", "arguments"),
    [
        (BETWEEN, {"column": "n", "min_value": 0}, "between", {"min": 0}),
        (BETWEEN, {"column": "m", "max_value": 9, "strict_max": True}, "between", {"max": 9, "exclusive_max": True}),
        (BETWEEN, {"column": "d", "max_value": 0.5}, "between", {"max": 0.5}),
        (BETWEEN, {"column": "day", "min_value": "2024-01-01"}, "date_between", {"min": "2024-01-01"}),
        (BETWEEN, {"column": "n", "min_value": 0, "strict_max": True, "mostly": 0.5}, "between", {"min": 0}),
        (LENGTHS, {"column": "s", "min_value": 1, "strict_min": True}, "length", {"min": 2}),
        (LENGTHS, {"column": "s", "max_value": 5.0, "strict_max": True}, "length", {"max": 4}),
        ("expect_column_value_lengths_to_equal", {"column": "s", "value": 3}, "length", {"min": 3, "max": 3}),
        (IN_SET, {"column": "s", "value_set": ["a", ""]}, "accepted_values", {"values": ("a", "")}),
        ("expect_column_values_to_not_be_in_set", {"column": "n", "value_set": [1]}, "not_missing", {"values": (1,)}),
        (REGEX, {"column": "s", "regex": "^a"}, "pattern", {"pattern": "^a"}),
        (
            "expect_column_values_to_not_match_regex",
            {"column": "s", "regex": r"it's \d"},
            "sql",
            {"expression": r"NOT `s` RLIKE 'it''s \\d'"},
        ),
        (
            "expect_compound_columns_to_be_unique",
            {"column_list": ["n", "o"], "ignore_row_if": "any_value_is_missing"},
            "unique",
            {},
        ),
        ("expect_column_pair_values_to_be_equal", {**PAIR, "mostly": 1}, "compare", {"operator": "="}),
        (GREATER, PAIR, "compare", {"operator": ">"}),
        (GREATER, {**PAIR, "or_equal": True}, "compare", {"operator": ">="}),
        (ROWS, {"min_value": 1, "max_value": 3, "strict_max": True}, "row_count", {"min": 1, "max": 2}),
        ("expect_table_row_count_to_equal", {"value": 3}, "row_count", {"min": 3, "max": 3}),
        (QUERY, {"unexpected_rows_query": f"{SELECT}n > 1;"}, "sql", {"expression": "NOT (n > 1)"}),
        (
            QUERY,
            {"unexpected_rows_query": f"{SELECT}NOT coalesce(`s` rlike 'x{{{{2}}}}', true)"},
            "sql",
            {"expression": "`s` rlike 'x{2}'"},
        ),
        (
            QUERY,
            {"unexpected_rows_query": f"{SELECT}not coalesce(n > 1, true) or coalesce(o > 1, true)"},
            "sql",
            {"expression": "NOT (not coalesce(n > 1, true) or coalesce(o > 1, true))"},
        ),
    ],
)
def test_what_means_the_same_is_a_rule(
    type_: str, kwargs: dict[str, Any], kind: str, arguments: dict[str, Any]
) -> None:
    found = meaning(type_, kwargs, TYPES)
    assert found is not None
    assert (found.kind, dict(found.arguments)) == (kind, arguments)


@pytest.mark.parametrize(
    ("type_", "kwargs"),
    [
        ("expect_column_mean_to_be_between", {"column": "n", "min_value": 0}),  # no row of its own
        ("expect_something", {}),
        ("expect_column_value_z_scores_to_be_less_than", {"column": "n", "threshold": 3}),  # of the batch itself
        ("expect_column_kl_divergence_to_be_less_than", {"column": "n", "threshold": 0.1}),  # measures something else
        (BETWEEN, {"column": "d", "min_value": 0}),  # NaN is greater than all numbers there, and fails here
        (BETWEEN, {"column": "n", "min_value": 0.5}),  # a double cannot hold every whole number
        (BETWEEN, {"column": "m", "min_value": 2**70}),
        (BETWEEN, {"column": "s", "min_value": "a"}),
        (BETWEEN, {"column": "n", "min_value": "0"}),
        (BETWEEN, {"column": "n", "min_value": True}),
        (BETWEEN, {"column": "day", "min_value": "2024-1-1"}),
        (BETWEEN, {"column": "at", "min_value": "2024-01-01"}),  # the session's time zone decides there
        (BETWEEN, {"column": "n"}),
        (BETWEEN, {"column": "zz", "min_value": 0}),
        (BETWEEN, {"min_value": 0}),
        (BETWEEN, {"column": "n", "min_value": 0, "more": 1}),
        (BETWEEN, {"column": "n", "min_value": 0, "row_condition": "o > 1", "condition_parser": "spark"}),
        (
            BETWEEN,
            {
                "column": "n",
                "min_value": 0,
                "row_condition": {"type": "or", "conditions": [{"type": "nullity", "column": {"name": "o"}}]},
            },
        ),
        (LENGTHS, {"column": "n", "min_value": 1}),
        (LENGTHS, {"column": "s", "min_value": 1.5}),
        (LENGTHS, {"column": "s", "min_value": float("inf")}),
        (LENGTHS, {"column": "s", "min_value": float("nan")}),
        (LENGTHS, {"column": "s", "max_value": -1}),
        (LENGTHS, {"column": "s", "max_value": True}),
        (LENGTHS, {"column": "s"}),
        (IN_SET, {"column": "s", "value_set": ["a", None]}),
        (IN_SET, {"column": "s", "value_set": ["a", 1]}),
        (IN_SET, {"column": "s", "value_set": []}),
        (IN_SET, {"column": "n", "value_set": [2**70]}),
        (IN_SET, {"column": "n", "value_set": [True]}),
        (IN_SET, {"column": "d", "value_set": [1.0]}),
        (REGEX, {"column": "s", "regex": ""}),
        (REGEX, {"column": "s", "regex": "(?P<a>x)"}),
        (REGEX, {"column": "s", "regex": 3}),
        (UNIQUE, {"column": "map"}),
        (UNIQUE, {"column": 3}),
        (LENGTHS, {"column": "s", "min_value": 2, "max_value": 2, "strict_min": True}),
        (GREATER, {**PAIR, "column_B": "n"}),
        ("expect_compound_columns_to_be_unique", {"column_list": ["n", "n"], "ignore_row_if": "any_value_is_missing"}),
        ("expect_compound_columns_to_be_unique", {"column_list": "n", "ignore_row_if": "any_value_is_missing"}),
        ("expect_compound_columns_to_be_unique", {"column_list": ["n", "o"]}),  # nulls count there
        (
            "expect_compound_columns_to_be_unique",
            {"column_list": ["n", "zz"], "ignore_row_if": "any_value_is_missing"},
        ),
        (GREATER, {"column_A": "n", "column_B": "o"}),
        (GREATER, {"column_A": "n", "column_B": "m", "ignore_row_if": "either_value_is_missing"}),
        (GREATER, {"column_A": "d", "column_B": "d", "ignore_row_if": "either_value_is_missing"}),
    ],
)
def test_what_could_mean_something_else_is_left_to_great_expectations(type_: str, kwargs: dict[str, Any]) -> None:
    assert meaning(type_, kwargs, TYPES) is None


@pytest.mark.parametrize(
    ("type_", "kwargs"),
    [
        (QUERY, {"unexpected_rows_query": "SELECT * FROM csv.`/etc/passwd`"}),
        (QUERY, {"unexpected_rows_query": "SELECT * FROM {batch} WHERE n IN (SELECT id FROM other)"}),
        (QUERY, {"unexpected_rows_query": f"{SELECT}java_method('java.lang.System', 'exit', 1) > 0"}),
        (QUERY, {"unexpected_rows_query": "SELECT * FROM {batch} WHERE n > 1 UNION SELECT * FROM x"}),
        (QUERY, {}),
        ("expect_query_results_to_match_comparison", {"base_query": "SELECT 1"}),
        (
            BETWEEN,
            {"column": "n", "min_value": 0, "row_condition": "reflect('x', 'y') = 1", "condition_parser": "spark"},
        ),
        (BETWEEN, {"column": "n", "min_value": 0, "row_condition": "o > 1", "condition_parser": "pandas"}),
        (
            BETWEEN,
            {"column": "n", "min_value": 0, "row_condition": {"type": "pass_through", "pass_through_filter": "x"}},
        ),
        (
            BETWEEN,
            {
                "column": "n",
                "min_value": 0,
                "row_condition": {"type": "and", "conditions": [{"type": "pass_through", "pass_through_filter": "x"}]},
            },
        ),
    ],
)
def test_free_sql_runs_nowhere(type_: str, kwargs: dict[str, Any]) -> None:
    found = meaning(type_, kwargs, TYPES)
    assert found is not None
    assert found.kind == "unenforced"
