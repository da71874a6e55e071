from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.contracts.documents import document, read

from tidegate.contracts import load_contracts
from tidegate.contracts.outputs.gx import suite

if TYPE_CHECKING:
    from tidegate.model.contracts import Contract

BOOK = load_contracts(str(Path(__file__).parents[3] / "contracts"))
ALL = read(
    document(
        """
        description: All kinds.
        properties:
        - {name: id, physicalType: int, primaryKey: true, required: true}
        - {name: line, physicalType: int, primaryKey: true}
        - {name: code, physicalType: string, unique: true, logicalTypeOptions: {minLength: 1, pattern: "^x{2}$"}}
        - {name: shop, physicalType: string, relationships: [{to: shops.id}]}
        - name: amount
          physicalType: int
          quality:
          - type: custom
            engine: tidegate
            severity: warn
            customProperties: [{property: maxFailedShare, value: 0.25}]
            implementation: {rule: between, min: 0, max: 9, exclusive_min: true}
        - {name: price, physicalType: double, logicalTypeOptions: {minimum: 0}}
        - {name: day, physicalType: date, logicalTypeOptions: {minimum: "2024-01-01"}}
        - name: word
          physicalType: string
          quality:
          - {type: custom, engine: tidegate, implementation: {rule: accepted_values, values: [a, b]}}
          - {type: custom, engine: tidegate, severity: fatal, implementation: {rule: not_missing, values: [null, "?"]}}
          - {type: custom, engine: tidegate, severity: info, implementation: {rule: email}}
          - {id: odd, type: custom, engine: tidegate, implementation: {rule: sql, expression: "word rlike '^x{2}$'"}}
        quality: [{metric: rowCount, mustBeBetween: [1, 5]}]
        """
    )
)


def expectations(contract: Contract) -> dict[str, list[tuple[str, dict[str, object], str]]]:
    """Return per rule the kinds, arguments and severities of its expectations."""
    listed: dict[str, list[tuple[str, dict[str, object], str]]] = {}
    for entry in json.loads(suite(contract))["expectations"]:
        told = (entry["type"], entry["kwargs"], entry["severity"])
        listed.setdefault(entry["meta"].get("rule", ""), []).append(told)
    return listed


def test_every_rule_becomes_an_expectation_or_is_named_as_one_that_is_none() -> None:
    for contract in (ALL, *(BOOK.get(table) for table in BOOK.tables)):
        untold = json.loads(suite(contract))["meta"].get("rules_not_in_the_suite", [])
        kinds = {rule.id: rule.kind for rule in contract.rules}
        assert set(kinds) == set(untold) | (expectations(contract).keys() - {""})
        assert {kinds[name] for name in untold} <= {"foreign_key", "freshness"}


def test_a_rule_is_what_gx_calls_it_or_a_query_where_gx_compares_otherwise() -> None:
    found = expectations(ALL)
    columns = {"column_list": ["id", "line"], "ignore_row_if": "any_value_is_missing"}
    price, day = "`price` >= 0.0D AND NOT isnan(`price`)", "`day` >= DATE '2024-01-01'"
    query = "SELECT * FROM {{batch}} WHERE NOT coalesce({}, true)"
    asked = {name: {"unexpected_rows_query": query.format(holds)} for name, holds in (("price", price), ("day", day))}
    odd = {"unexpected_rows_query": query.format("(`word` RLIKE '^x{{2}}$')")}
    domain = {"column": "amount", "min_value": 0, "max_value": 9, "strict_min": True, "mostly": 0.75}
    assert found["id_line_is_primary_key"] == [("expect_compound_columns_to_be_unique", columns, "critical")]
    assert found["id_is_not_null"] == [("expect_column_values_to_not_be_null", {"column": "id"}, "critical")]
    assert found["code_is_unique"] == [("expect_column_values_to_be_unique", {"column": "code"}, "critical")]
    assert found["amount_is_in_range"] == [("expect_column_values_to_be_between", domain, "warning")]
    assert found["price_is_in_range"] == [("unexpected_rows_expectation", asked["price"], "critical")]
    assert found["day_is_in_range"] == [("unexpected_rows_expectation", asked["day"], "critical")]
    assert found["odd"] == [("unexpected_rows_expectation", odd, "critical")]
    assert found["row_count"] == [
        ("expect_table_row_count_to_be_between", {"min_value": 1, "max_value": 5}, "critical")
    ]
    assert [name for name, _, _ in found["word_is_not_missing"]] == [
        "expect_column_values_to_not_be_in_set",
        "expect_column_values_to_not_be_null",
    ]
    assert found["word_is_email"][0][2] == "info"


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ('["?"]', ["expect_column_values_to_not_be_in_set"]),
        ("[null]", ["expect_column_values_to_not_be_null"]),
        ('[null, "?"]', ["expect_column_values_to_not_be_in_set", "expect_column_values_to_not_be_null"]),
    ],
)
def test_values_that_stand_for_nothing_are_two_expectations(values: str, wanted: list[str]) -> None:
    limit = "customProperties: [{property: maxFailed, value: 7}]"
    item = f"{{type: custom, engine: tidegate, {limit}, implementation: {{rule: not_missing, values: {values}}}}}"
    entries = json.loads(suite(read(document(f"properties: [{{name: a, physicalType: string, quality: [{item}]}}]"))))[
        "expectations"
    ]
    told = [entry for entry in entries if "rule" in entry["meta"]]
    assert [entry["type"] for entry in told] == wanted
    assert {entry["meta"]["max_failed"] for entry in told} == {7}


def test_a_suite_is_always_the_same() -> None:
    ids = [entry["id"] for entry in json.loads(suite(ALL))["expectations"]]
    assert len(set(ids)) == len(ids)
    assert suite(ALL) == suite(ALL)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.slow
def test_great_expectations_reads_a_suite_as_it_is_written() -> None:
    read_suite = import_module("great_expectations").ExpectationSuite  # takes 5 s
    for contract in (ALL, *(BOOK.get(table) for table in BOOK.tables)):
        written = json.loads(suite(contract))
        back = read_suite(**written).to_json_dict()
        for given, kept in zip(written["expectations"], back["expectations"], strict=True):
            assert {name: kept[name] for name in given} == given


FENCES = "{rule: outlier, by: iqr, max: 1, low_quartile: 0, high_quartile: 2}"


def test_what_is_asked_of_each_day_or_of_a_baseline_is_no_expectation() -> None:
    scope = "customProperties: [{property: scope, value: window}]"
    items = [
        f"{{type: custom, engine: tidegate, id: daily, {scope}, implementation: {{rule: sum, max: 9}}}}",
        "{type: custom, engine: tidegate, id: usual, implementation: {rule: outlier, by: mad, max: 3}}",
        "{type: custom, engine: tidegate, id: drift, implementation: {rule: drift, by: psi, max: 3}}",
        f"{{type: custom, engine: tidegate, id: odd, implementation: {FENCES}}}",
    ]
    made = read(document(f"properties: [{{name: a, physicalType: int, quality: [{', '.join(items)}]}}]"))
    assert json.loads(suite(made))["meta"]["rules_not_in_the_suite"] == ["daily", "usual", "drift"]
    ((name, asked, _),) = expectations(made)["odd"]
    assert name == "unexpected_rows_expectation"
    assert "coalesce(CAST(`a` AS DOUBLE) >= -2.0D AND CAST(`a` AS DOUBLE) <= 4.0D, true)" in str(asked)
