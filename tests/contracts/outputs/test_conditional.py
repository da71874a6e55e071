"""Rules that concern some rows, and rules about a whole batch, in what is made of a contract for other engines."""

from __future__ import annotations

import json

import yaml
from tests.contracts.documents import document, read

from tidegate.contracts.outputs.dbt import dbt_models
from tidegate.contracts.outputs.ddl import create_table
from tidegate.contracts.outputs.dictionary import layer_page
from tidegate.contracts.outputs.gx import suite


def item(rule: str) -> str:
    return f"{{type: custom, engine: tidegate, implementation: {{{rule}}}}}"


PAID = read(
    document(
        f"""
        customProperties: [{{property: minScore, value: 0.9}}]
        properties:
        - {{name: id, physicalType: int, primaryKey: true, required: true}}
        - {{name: state, physicalType: string}}
        - name: paid_at
          physicalType: timestamp
          quality: [{item("rule: not_null, where: state = 'paid'")}]
        - {{name: code, physicalType: string, quality: [{item("rule: unique, where: state = 'paid'")}]}}
        - name: amount
          physicalType: int
          quality: [{item("rule: sum, min: 0, exclusive_min: true")}, {item("rule: distinct_count, min: 3")}]
        - {{name: price, physicalType: double, quality: [{item("rule: mean, max: 9")}]}}
        - {{name: kind, physicalType: string, quality: [{item("rule: custom, function: 'jobs.rules:f'")}]}}
        - {{name: nick, physicalType: string, quality: [{item("rule: forbidden_values, values: [x]")}]}}
        quality: [{item("rule: row_count, where: state = 'paid', max_share: 0.5")}]
        """
    )
)
CONCERNED = "(NOT coalesce((`state` = 'paid'), FALSE) OR (`paid_at` IS NOT NULL))"


def test_a_condition_keeps_no_null_out_of_a_table() -> None:
    text = create_table(PAID, "delta")
    assert text.count("NOT NULL,") == 1, "of the key alone"
    assert f"ADD CONSTRAINT `paid_at_is_not_null` CHECK (coalesce({CONCERNED}, true));" in text
    assert "-- code_is_unique (error): UNIQUE (`code`) WHERE state = 'paid'" in text
    assert "-- amount_sum (error): sum `amount` (exclusive_min=True, min=0)" in text


def test_dbt_asks_of_rows_what_the_condition_says_and_nothing_of_batches() -> None:
    (model,) = yaml.safe_load(dbt_models([PAID], {PAID.table}))["models"]
    tests = {kind: details for test in model["data_tests"] for kind, details in test.items()}
    names = {details["name"]: kind for test in model["data_tests"] for kind, details in test.items()}
    assert names["orders_paid_at_is_not_null"] == "is_always"
    assert "is_complete" not in tests
    keys = [test["is_key"] for test in model["data_tests"] if "is_key" in test]
    assert keys[1]["config"] == {"where": "`code` is not null and coalesce((`state` = 'paid'), FALSE)"}
    assert set(model["config"]["meta"]["rules_without_a_test"]) == {
        "amount_sum",
        "amount_distinct_count",
        "price_mean",
        "kind_custom",
        "row_count",
    }


def test_a_suite_has_what_means_the_same() -> None:
    written = json.loads(suite(PAID))
    found = {entry["meta"].get("rule", ""): (entry["type"], entry["kwargs"]) for entry in written["expectations"]}
    bounds = {"column": "amount", "min_value": 0, "strict_min": True}
    assert found["amount_sum"] == ("expect_column_sum_to_be_between", bounds)
    assert found["amount_distinct_count"][0] == "expect_column_unique_value_count_to_be_between"
    assert found["paid_at_is_not_null"][0] == "unexpected_rows_expectation"
    assert found["nick_is_not_forbidden"][0] == "expect_column_values_to_not_be_in_set"
    assert written["meta"]["rules_not_in_the_suite"] == ["code_is_unique", "price_mean", "kind_custom", "row_count"]


def test_people_are_told_of_conditions_and_of_the_least_score() -> None:
    page = layer_page("silver", [PAID])
    assert "paid_at is null, where state = 'paid'" in page.replace("\\", "")
    assert "| least score | 90.00% |" in page
