"""Suites as rules: where they may lie, what they say about failures, and what is refused. No package is needed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.contracts.documents import HEAD, ORDERS, document, problems, rules

from tidegate.contracts.documents import load_contract
from tidegate.contracts.kept import kept_entries
from tidegate.errors import ContractError

if TYPE_CHECKING:
    from pathlib import Path

    from tidegate.model.contracts import Rule

LINE = HEAD.count("\n") + 8
NOT_NULL = {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "a"}}
SUITE = {"name": "orders", "expectations": [NOT_NULL], "meta": {"great_expectations_version": "1.24.1"}}
PROJECT = """\
stores:
  mine:
    class_name: ExpectationsStore
    store_backend: {class_name: TupleFilesystemStoreBackend, base_directory: suites/}
expectations_store_name: mine
"""


def schema(implementation: object, more: str = "") -> str:
    """Return a table with the columns a and b (int), s (string), d (double), and what a suite asks of it."""
    return f"""
properties:
- {{name: a, physicalType: int}}
- {{name: b, physicalType: int}}
- {{name: s, physicalType: string}}
- {{name: d, physicalType: double}}
quality:
- {{type: custom, engine: greatExpectations, implementation: {json.dumps(implementation)}{more}}}
"""


def read(implementation: object, more: str = "") -> list[Rule]:
    return list(rules(schema(implementation, more)).values())


def only(implementation: object, more: str = "") -> Rule:
    (rule,) = read(implementation, more)
    return rule


def refused(implementation: object) -> str:
    (said,) = (said for line, said in problems(document(schema(implementation))) if line == LINE)
    return said


@pytest.mark.parametrize(
    "given",
    [
        NOT_NULL,
        {"expectation_type": "expect_column_values_to_not_be_null", "kwargs": {"column": "a"}},
        SUITE,
        json.dumps(SUITE),
        json.dumps(NOT_NULL),
        json.dumps([NOT_NULL]),
        "type: expect_column_values_to_not_be_null\nkwargs: {column: a}",
    ],
)
def test_expectations_stand_in_the_contract_in_any_form(given: object) -> None:
    rule = only(given)
    assert (rule.id, rule.kind, rule.columns) == ("gx_a_is_not_null", "not_null", ("a",))
    assert (rule.severity, rule.scope, rule.max_failed_share) == ("error", "row", None)
    assert rule.expectation is not None
    assert json.loads(rule.expectation.kwargs) == {"column": "a"}


@pytest.mark.parametrize(
    "given",
    [
        {"suite": "../../gx/suites/silver/orders.json"},
        "../../gx/suites/silver/orders.json",
        {"project": "../../gx", "suite": "silver.orders"},
    ],
)
def test_a_suite_lies_in_a_file_or_a_project_named_from_the_contract(given: object, tmp_path: Path) -> None:
    place = tmp_path / "contracts" / "silver"
    place.mkdir(parents=True)
    (tmp_path / "gx" / "suites" / "silver").mkdir(parents=True)
    (tmp_path / "gx" / "great_expectations.yml").write_text(PROJECT)
    (tmp_path / "gx" / "suites" / "silver" / "orders.json").write_text(json.dumps(SUITE))
    (place / "orders.odcs.yaml").write_text(document(schema(given)))
    (rule,) = load_contract(str(place / "orders.odcs.yaml")).rules
    assert rule.id == "gx_a_is_not_null"
    absolute = document(schema({"suite": str(tmp_path / "gx" / "suites" / "silver" / "orders.json")}))
    (place / "orders.odcs.yaml").write_text(absolute)
    assert load_contract(str(place / "orders.odcs.yaml")).rules == (rule,)
    (place / "orders.odcs.yaml").write_text(document(schema(given)))
    (tmp_path / "gx" / "great_expectations.yml").write_text("{}")
    (tmp_path / "gx" / "suites").rename(tmp_path / "gx" / "expectations")
    if isinstance(given, dict) and "project" in given:
        assert load_contract(str(place / "orders.odcs.yaml")).rules == (rule,)


def test_a_file_that_is_no_suite_is_refused(tmp_path: Path) -> None:
    (tmp_path / "orders.json").write_text("[]")
    (tmp_path / "orders.odcs.yaml").write_text(document(schema("orders.json")))
    with pytest.raises(ContractError, match="is no suite of Great Expectations"):
        load_contract(str(tmp_path / "orders.odcs.yaml"))


def test_an_expectation_at_a_column_is_about_it() -> None:
    item = "{type: custom, engine: GreatExpectations, implementation: {type: %s}}"
    (rule,) = rules(
        f"""
        properties:
        - name: a
          physicalType: int
          quality: [{item % "expect_column_values_to_be_unique"}]
        """
    ).values()
    assert (rule.kind, rule.columns, rule.scope) == ("unique", ("a",), "batch")


def test_names_of_arguments_may_be_written_as_the_standard_shows_them() -> None:
    rule = only({"type": "expect_table_row_count_to_be_between", "kwargs": {"minValue": 1, "maxValue": 5}})
    assert (rule.kind, rule.arguments, rule.scope) == ("row_count", (("max", 5), ("min", 1)), "batch")


@pytest.mark.parametrize(
    ("told", "more", "expected"),
    [
        ({}, "", ("error", None)),
        ({"severity": "warning"}, "", ("warn", None)),
        ({"severity": "info"}, "", ("info", None)),
        ({"severity": "info"}, ", severity: fatal", ("fatal", None)),
        ({"mostly": 0.75}, "", ("warn", 0.25)),
        ({"mostly": 0.75, "severity": "warning"}, "", ("warn", None)),
        ({"mostly": 0.75}, ", severity: error", ("error", 0.25)),
        ({"mostly": 0.75}, ", severity: fatal", ("fatal", None)),
        ({"mostly": 1}, "", ("error", None)),
        ({"meta": {"rule": "x", "severity": "fatal"}}, "", ("fatal", None)),
        ({"meta": {"rule": "x", "severity": "error"}, "mostly": 0.5}, "", ("error", 0.5)),
    ],
)
def test_severities_and_shares_say_what_becomes_of_rows(
    told: dict[str, Any], more: str, expected: tuple[str, float | None]
) -> None:
    kwargs = {"column": "a", **({"mostly": told.pop("mostly")} if "mostly" in told else {})}
    rule = only({**NOT_NULL, "kwargs": kwargs, **told}, more)
    assert (rule.severity, rule.max_failed_share) == expected


def test_a_limit_of_the_contract_stands_in_place_of_the_share() -> None:
    given = {**NOT_NULL, "kwargs": {"column": "a", "mostly": 0.5}}
    rule = only(given, ", customProperties: [{property: maxFailed, value: 3}]")
    assert (rule.max_failed, rule.max_failed_share, rule.severity) == (3, None, "error")


def test_what_is_unique_is_so_in_the_batch_unless_the_contract_says_more() -> None:
    given = {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "a"}}
    assert only(given).scope == "batch"
    assert only(given, ", customProperties: [{property: scope, value: table}]").scope == "table"


def test_rules_of_a_suite_never_take_each_others_names_or_loosen_the_schema() -> None:
    mean = {"type": "expect_column_mean_to_be_between", "kwargs": {"column": "a", "min_value": 1}}
    listed = [{**NOT_NULL, "severity": "info"}, {**NOT_NULL, "severity": "warning"}, mean, mean]
    found = rules(
        schema({"expectations": listed}).replace("a, physicalType: int", "a, physicalType: int, required: true")
    )
    assert {name: rule.severity for name, rule in found.items()} == {
        "a_is_not_null": "error",
        "gx_a_is_not_null": "info",
        "gx_a_is_not_null_2": "warn",
        "gx_a_column_mean_to_be_between": "error",
        "gx_a_column_mean_to_be_between_2": "error",
    }


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "is no suite"),
        (3, "implementation is"),
        ({}, "an expectation is"),
        ({"expectations": []}, "nothing would be checked"),
        ({"expectations": {}}, "are a list"),
        ({"expectations": [NOT_NULL, {"type": 3}]}, "expectation 2: an expectation is"),
        ({"suite": "nowhere.json"}, "nowhere.json cannot be read"),
        ({"suite": "x.json", "more": 1}, "implementation is"),
        ({"project": "gx"}, "implementation is"),
        ("a: [", "implementation:1"),
        ({**NOT_NULL, "severity": "critcal"}, "did you mean critical?"),
        ({**NOT_NULL, "kwargs": {"column": "a", "mostly": 2}}, "mostly is a share"),
        ({**NOT_NULL, "kwargs": {"column": {"$PARAMETER": "x"}}}, "column is a suite parameter"),
        ({"type": "expect_column_to_exist", "kwargs": {"column": "z"}}, "do not meet expect_column_to_exist"),
    ],
)
def test_what_is_no_suite_is_refused_with_its_line(given: object, said: str) -> None:
    if given in ([], 3):  # the standard's own model refuses what is neither a text nor a mapping
        assert problems(document(schema(given)))
    else:
        assert said in refused(given)


@pytest.mark.parametrize(
    ("type_", "kwargs", "holds"),
    [
        ("expect_column_to_exist", {"column": "b"}, True),
        ("expect_column_to_exist", {"column": "b", "column_index": 1}, True),
        ("expect_column_to_exist", {"column": "b", "column_index": 0}, False),
        ("expect_table_column_count_to_equal", {"value": 4}, True),
        ("expect_table_column_count_to_equal", {"value": 3}, False),
        ("expect_table_column_count_to_be_between", {"min_value": 4, "max_value": 4}, True),
        ("expect_table_column_count_to_be_between", {"min_value": 5}, False),
        ("expect_table_column_count_to_be_between", {"max_value": 3}, False),
        ("expect_table_columns_to_match_ordered_list", {"column_list": ["a", "b", "s", "d"]}, True),
        ("expect_table_columns_to_match_ordered_list", {"column_list": ["b", "a", "s", "d"]}, False),
        ("expect_table_columns_to_match_set", {"column_set": ["b", "a", "s", "d"]}, True),
        ("expect_table_columns_to_match_set", {"column_set": ["a"]}, False),
        ("expect_table_columns_to_match_set", {"column_set": ["a"], "exact_match": False}, True),
        ("expect_table_columns_to_match_set", {"column_set": ["z"], "exact_match": False}, False),
    ],
)
def test_expectations_about_columns_are_held_by_the_schema(type_: str, kwargs: dict[str, Any], holds: bool) -> None:
    given = {"expectations": [NOT_NULL, {"type": type_, "kwargs": kwargs}]}
    if holds:
        assert only(given).kind == "not_null"
    else:
        assert type_ in refused(given)


def test_a_suite_is_not_listed_among_what_is_only_kept() -> None:
    data = document(schema(NOT_NULL)).encode()
    assert not [entry for entry in kept_entries(data, "x", ORDERS.dataset) if "quality" in entry.path]
