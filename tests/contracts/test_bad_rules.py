"""A rule that cannot be enforced is told when its document is read, with what is allowed."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest
from tests.contracts.documents import document, problems, rule, rules

from tidegate.contracts.rules.functions import load_function
from tidegate.errors import GateError
from tidegate.model.contracts import Rule


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("{rule: not_null, min: 3}", "not_null takes no argument 'min'; allowed are where"),
        ("{rule: between, mim: 3}", "takes no argument 'mim'; did you mean min?"),
        ("{rule: between}", "min or max is needed"),
        ("{rule: between, min: x}", "min: 'x' cannot be compared with a int"),
        ("{rule: between, min: [1]}", "min must be a single value, not a list"),
        ("{rule: between, min: 1, exclusive_min: 1}", "exclusive_min must be true or false, not 1"),
        ("{rule: between, min: .nan}", "nan is not a number to compare with"),
        ("{rule: accepted_values}", "values is missing"),
        ("{rule: accepted_values, values: []}", "values must be a list with at least one value"),
        ("{rule: accepted_values, values: 3}", "values must be a list"),
        ("{rule: accepted_values, values: [x]}", "values: 'x' cannot be compared with a int"),
        ("{rule: accepted_values, values: [1, null]}", "null is not a value"),
        ("{rule: not_missing, values: [null, x]}", "values: 'x' cannot be compared"),
        ("{rule: email}", "email reads columns that are a string, and a is a int"),
        ("{rule: pattern, pattern: 3}", "pattern must be a text, not 3"),
        ("{rule: length, min: 1.5}", "min must be a whole number, not 1.5"),
        ("{rule: row_count, min: true}", "min must be a whole number, not True"),
        ("{rule: row_count, min: -1}", "a count is never less than 0"),
        ("{rule: row_count}", "min or max is needed"),
        ("{rule: row_count, min: 3, max: 2}", "min is greater than max"),
        ("{rule: row_count, min_share: 0.1}", "a share of all rows needs a where"),
        ("{rule: row_count, min_share: 1.5, where: b > 1}", "min_share is a share from 0 to 1, not 1.5"),
        ("{rule: row_count, max_share: -0.5, where: b > 1}", "max_share is a share from 0 to 1, not -0.5"),
        ("{rule: row_count, min_share: 0.5, max_share: 0.1, where: b > 1}", "min is greater than max"),
        ("{rule: row_count, min: -1, min_share: 0.5, where: b > 1}", "a count is never less than 0"),
        ("{rule: row_count, max: -1, min_share: 0.5, where: b > 1}", "a count is never less than 0"),
        ("{rule: completeness}", "max_nulls or max_null_share is needed"),
        ("{rule: completeness, max_nulls: -1}", "a count is never less than 0"),
        ("{rule: completeness, max_null_share: 1.5}", "max_null_share is a share from 0 to 1, not 1.5"),
        ("{rule: quantile, quantile: 2, min: 1}", "quantile is a share from 0 to 1, not 2"),
        ("{rule: quantile, quantile: 0.5}", "min or max is needed"),
        ("{rule: date_order, columns: [b]}", "date_order reads columns that are a date or timestamp"),
        ("{rule: date_order}", "date_order reads 2 columns, not 1"),
        ("{rule: compare, operator: '<'}", "two columns are compared, or one column with a value"),
        ("{rule: compare, operator: '<', columns: [b], value: 3}", "two columns are compared"),
        ("{rule: compare, operator: '~', columns: [b]}", "operator must be one of < <= > >= = !=, not '~'"),
        ("{rule: compare, operator: '<', columns: [s]}", "a (int) and s (string) cannot be compared"),
        ("{rule: compare, operator: '<', value: x}", "value: 'x' cannot be compared with a int"),
        ("{rule: compare, operator: '<', columns: [a]}", "a column is named twice"),
        ("{rule: compare, operator: '<', columns: [B]}", "no column 'B'; did you mean b?"),
        ("{rule: unique, columns: [zzz]}", "there is no column 'zzz'"),
        ("{rule: castable, type: int}", "castable reads columns that are a string"),
        ("{rule: foreign_key, table: x, references: [y]}", "'x' is not a table name"),
        ("{rule: foreign_key, table: x.y, references: [y, z]}", "1 columns cannot refer to 2"),
        ("{rule: foreign_key, table: x.y, references: [1]}", "references must be a list of texts"),
        ("{rule: freshness, max_age_days: 1}", "freshness reads columns that are a date or timestamp"),
        ("{rule: sql, expression: 'a >'}", "the expression cannot be used: 'the end' stands where"),
        ("{rule: sql}", "expression is missing"),
        ("{rule: readable, min: 1}", "readable takes no argument 'min'; allowed are none"),
        ("{rule: forbidden_values, values: [null]}", "null is not a value"),
        ("{rule: forbidden_values, values: [x]}", "values: 'x' cannot be compared with a int"),
        ("{rule: custom}", "function is missing"),
        ("{rule: custom, function: 'os:system'}", "function is one of the project's own, jobs.<module>:<name>, not"),
        ("{rule: custom, function: 'jobs.rules.is_even'}", "function is one of the project's own"),
        ("{rule: custom, function: 'jobs.rules:a.b'}", "function is one of the project's own"),
        ("{rule: uuid}", "uuid reads columns that are a string"),
        ("{rule: not_null, where: 3}", "where must be a text, not 3"),
        ("{rule: not_null, where: 'b'}", "where: the expression cannot be used: it is a number where true or false"),
        ("{rule: not_null, where: 'c > 1'}", "where: the expression cannot be used: there is no column"),
        ("{rule: readable, where: 'b > 1'}", "readable takes no argument 'where'"),
        ("{rule: outlier, by: z, max: 3}", "by must be one of iqr mad z_score, not 'z'"),
        ("{rule: outlier, by: mad}", "max is missing"),
        ("{rule: outlier, by: mad, max: 0}", "max is more than 0, not 0"),
        ("{rule: outlier, by: mad, max: 3, mad: 1}", "mad needs median and mad, or none of both"),
        ("{rule: outlier, by: mad, max: 3, mean: 1, deviation: 2}", "mad needs median and mad"),
        ("{rule: outlier, by: mad, max: 3, mad: -1, median: 2}", "mad is less than 0"),
        ("{rule: outlier, by: z_score, max: 3, mean: .nan, deviation: 2}", "mean and deviation are finite numbers"),
        ("{rule: outlier, by: z_score, max: 3, mean: 1, deviation: 1.0e+308}", "are too great to be of use"),
        ("{rule: outlier, by: iqr, max: 1, low_quartile: 2, high_quartile: 1}", "high_quartile is less than low_q"),
        ("{rule: drift, by: psi}", "one of max and min_p_value is needed"),
        ("{rule: drift, by: psi, max: 1, min_p_value: 0.5}", "one of max and min_p_value is needed"),
        ("{rule: drift, by: psi, min_p_value: 0.5}", "psi has no p-value; give max"),
        ("{rule: drift, by: psi, max: -1}", "max is a number from 0, not -1"),
        ("{rule: drift, by: chi_square, min_p_value: 2}", "min_p_value is a number from 0 to 1, not 2"),
        ("{rule: drift, by: psi, max: 1, min_values: 0}", "min_values is a number from 1, not 0"),
        ("{rule: drift, by: psi, max: 1, edges: [1]}", "edges or values stand beside shares"),
        ("{rule: drift, by: psi, max: 1, shares: [1]}", "edges or values stand beside shares"),
        ("{rule: drift, by: psi, max: 1, edges: [1], values: [1], shares: [1, 0]}", "edges or values stand beside"),
        ("{rule: drift, by: psi, max: 1, edges: [1], shares: [1]}", "1 edges or values need 2 shares"),
        ("{rule: drift, by: psi, max: 1, edges: [2, 1], shares: [1, 0, 0]}", "edges rise"),
        ("{rule: drift, by: psi, max: 1, edges: [x], shares: [1, 0]}", "edges: 'x' cannot be compared with a int"),
        ("{rule: drift, by: psi, max: 1, values: [1, 1], shares: [1, 0, 0]}", "a value is there twice"),
        ("{rule: drift, by: psi, max: 1, edges: [1], shares: [2, -1]}", "shares are numbers from 0 to 1"),
        ("{rule: drift, by: psi, max: 1, edges: [1], shares: [true, 0]}", "shares are numbers from 0 to 1"),
        ("{rule: drift, by: psi, max: 1, edges: [1], shares: [0.5, 0.4]}", "the shares do not add up to 1"),
        (f"{{rule: drift, by: psi, max: 1, edges: {[*range(101)]}, shares: [1]}}", "at most 100 edges"),
        ("{rule: near_unique}", "none of its columns is a text; take unique"),
        ("{rule: near_unique, columns: [s], normalize: [trimm]}", "not by 'trimm'; did you mean trim?"),
        ("{rule: row_count_history}", "max_difference or max_difference_share is needed"),
        ("{rule: row_count_history, max_difference: 1, runs: 0}", "runs is a number from 1 to 365, not 0"),
        ("{rule: row_count_history, max_difference: 1, runs: 2, min_runs: 3}", "min_runs is greater than runs"),
        ("{rule: row_count_source, max_difference: -1, table: a.b}", "max_difference is a number from 0, not -1"),
        ("{rule: row_count_source, max_difference: 1, table: x}", "'x' is not a table name"),
        ("{rule: total_balance, max_difference: 1, table: a.b}", "a column stands beside sum"),
        ("{rule: balance, max_difference: 1, table: a.b, references: [c], columns: [s]}", "the last column is the num"),
        ("{rule: balance, max_difference: 1, table: a.b, references: [c, d], columns: [b]}", "cannot refer to 2"),
        ("{rule: balance, max_difference: 1, table: a, references: [c], columns: [b]}", "is not a table name"),
        ("{rule: lag, max_lag_days: 1, table: a.b, references: [c]}", "lag reads columns that are a date or timest"),
        ("{rule: known_fields, where: 'b > 1'}", "known_fields takes no argument 'where'"),
    ],
)
def test_a_rule_that_cannot_be_used_is_told(item: str, said: str) -> None:
    assert any(said in problem for _, problem in at_columns(item)), at_columns(item)


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("{rule: pattern, pattern: '('}", "the pattern cannot be read"),
        ("{rule: castable, type: strin}", "'strin' is not a Spark SQL type"),
        ("{rule: date_format}", "format is missing"),
        ("{rule: date_format, format: ''}", "the format '' has no field"),
        ("{rule: date_format, format: yy}", "'yy' is no field of a format; known are yyyy, MM or M"),
        ("{rule: date_format, format: \"'day' dd 'oh\"}", "a quote of the format"),
        ("{rule: date_format, format: MM/M}", "has a field twice"),
        ("{rule: castable, type: string}", "a text cannot be cast to string"),
        ("{rule: castable, type: array<int>}", "a text cannot be cast to array<int>"),
        ("{rule: between, min: 1}", "between reads columns that are a number, and a is a string"),
        ("{rule: drift, by: kolmogorov_smirnov, max: 1}", "kolmogorov_smirnov reads numbers, and a is a string"),
        ("{rule: drift, by: psi, max: 1, edges: [1], shares: [1, 0]}", "edges are of numbers, and a is a string"),
        ("{rule: one_type, max_other_share: 2}", "max_other_share is a share from 0 to 1, not 2"),
    ],
)
def test_a_rule_about_texts_that_cannot_be_used_is_told(item: str, said: str) -> None:
    assert any(said in problem for _, problem in at_columns(item, type_="string"))


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("{rule: date_between, min: 31.1.2024}", "is not a timestamp such as"),
        ("{rule: freshness}", "one of max_age_hours and max_age_days is needed"),
        ("{rule: freshness, max_age_hours: 1, max_age_days: 1}", "one of max_age_hours and max_age_days is needed"),
        ("{rule: freshness, max_age_hours: 0}", "an age is more than 0"),
        ("{rule: freshness, max_age_days: .inf}", "an age is more than 0"),
        ("{rule: lag, table: a.b, references: [c]}", "one of max_lag_hours and max_lag_days is needed"),
        ("{rule: lag, table: a.b, references: [c], max_lag_days: -1}", "a lag is a number from 0"),
        ("{rule: lag, table: a.b, references: [c, d], max_lag_days: 1}", "1 columns cannot refer to 2"),
    ],
)
def test_a_rule_about_time_that_cannot_be_used_is_told(item: str, said: str) -> None:
    assert any(said in problem for _, problem in at_columns(item, type_="timestamp"))


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ("severity: eror", "the severity 'eror' is not one of"),
        ("customProperties: [{property: severity, value: 3}]", "severity must be a text, not 3"),
        ("customProperties: [{property: scope, value: galaxy}]", "the scope 'galaxy' is not one of row, batch"),
        (
            "customProperties: [{property: scope, value: window}]",
            "the scope of not_null is not 'window'; allowed are row",
        ),
        ("customProperties: [{property: maxFailed, value: many}]", "maxFailed must be a whole number, not 'many'"),
        ("customProperties: [{property: maxFailed, value: true}]", "maxFailed must be a whole number, not True"),
        ("customProperties: [{property: maxFailed, value: -1}]", "maxFailed is a number of rows, not -1"),
        ("customProperties: [{property: maxFailedShare, value: 1.5}]", "a share from 0 to 1, not 1.5"),
        (
            "customProperties: [{property: maxfailed, value: 1}]",
            "'maxfailed' is not a property of a rule; did you mean maxFailed?",
        ),
        ("customProperties: [{property: weight, value: -1}]", "weight is a number from 0, not -1"),
        ("customProperties: [{property: weight, value: .inf}]", "weight is a number from 0, not inf"),
        ("customProperties: [{property: weight, value: heavy}]", "weight must be a number, not 'heavy'"),
        ("customProperties: [{property: where, value: 3}]", "where must be a text, not 3"),
        ("customProperties: [{property: were, value: a}]", "'were' is not a property of a rule; did you mean where?"),
        ("severity: fatal, customProperties: [{property: maxFailed, value: 1}]", "a fatal rule lets no row fail"),
    ],
)
def test_handling_that_cannot_be_used_is_told(about: str, said: str) -> None:
    assert any(said in problem for _, problem in at_columns("{rule: not_null}", about=f", {about}"))


@pytest.mark.parametrize("name", ["os:system", "jobs.rules.is_even", "jobs:is_even; x", "jobs.a-b:c", "jobsx:f"])
def test_no_function_is_imported_but_one_of_the_project(name: str) -> None:
    with pytest.raises(GateError) as refused:
        load_function(Rule("x", "custom", ("a",), (("function", name),)))
    assert refused.value.what == f"function is one of the project's own, jobs.<module>:<name>, not {name!r}"


def test_a_function_is_the_one_of_its_name_in_its_module(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("jobs.rules_of_a_test")
    module.__dict__.update(is_even=max, number=3)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    wanted = {
        "jobs.rules_of_a_test:is_odd": "jobs.rules_of_a_test has no function is_odd",
        "jobs.rules_of_a_test:number": "jobs.rules_of_a_test has no function number",
        "jobs.no_such_module:f": "jobs.no_such_module cannot be imported: ModuleNotFoundError",
    }
    assert load_function(Rule("x", "custom", ("a",), (("function", "jobs.rules_of_a_test:is_even"),))) is max
    for name, said in wanted.items():
        with pytest.raises(GateError) as refused:
            load_function(Rule("x", "custom", ("a",), (("function", name),)))
        assert refused.value.what == said


@pytest.mark.parametrize(
    "item",
    [
        "{rule: completeness, max_null_share: 1}",
        "{rule: completeness, max_nulls: 0}",
        "{rule: row_count, max_share: 0, where: b > 1}",
        "{rule: row_count, min: 0, min_share: 1, where: b > 1}",
        "{rule: quantile, quantile: 0, max: 1}",
        "{rule: between, min: 1, max: 1}",
    ],
)
def test_the_edges_of_what_is_allowed_are_allowed(item: str) -> None:
    assert rule(item).kind == item.split()[1].rstrip(",")


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("{rule: completeness}", "max_nulls or max_null_share is needed"),
        ("{rule: completeness, max_nulls: -1}", "a count is never less than 0"),
        ("{rule: row_count, max: -1}", "a count is never less than 0"),
        ("{rule: row_count}", "min or max is needed"),
        ("{rule: between}", "min or max is needed"),
        ("{rule: between, min: 2, max: 1}", "min is greater than max, so nothing passes"),
        ("{rule: row_count, max_share: 1}", "a share of all rows needs a where, which says the share of what"),
        ("{rule: compare, operator: '<'}", "two columns are compared, or one column with a value"),
        (
            "{rule: accepted_values, values: [null]}",
            "null is not a value; it passes anyway unless the column is required",
        ),
        ("{rule: not_null, columns: [a]}", "a column is named twice"),
    ],
)
def test_a_mistake_is_told_in_full(item: str, said: str) -> None:
    assert said in [text.partition(": ")[2] for _, text in at_columns(item)]


@pytest.mark.parametrize("about", ["date_order", "compare, operator: '<'"])
def test_a_day_stands_beside_a_moment(about: str) -> None:
    item = f"{{type: custom, engine: tidegate, implementation: {{rule: {about}, columns: [at]}}}}"
    day = f"{{name: day, physicalType: date, quality: [{item}]}}"
    (found,) = rules(f"properties: [{day}, {{name: at, physicalType: timestamp}}]").values()
    assert found.columns == ("day", "at")


def test_a_condition_is_given_once() -> None:
    found = at_columns("{rule: not_null, where: b > 1}", about=", customProperties: [{property: where, value: b > 2}]")
    assert any("where is given twice" in problem for _, problem in found)


def test_a_rule_about_the_batch_has_no_threshold() -> None:
    found = at_columns("{rule: row_count, min: 1}", about=", customProperties: [{property: maxFailed, value: 1}]")
    assert any("no rows that could fail" in problem for _, problem in found)


def at_columns(item: str, *, about: str = "", type_: str = "int") -> list[tuple[int, str]]:
    """Return what is wrong with a rule that stands at a column `a`, beside `b` of the same type and a text `s`."""
    quality = f"{{type: custom, engine: tidegate, implementation: {item}{about}}}"
    return problems(
        document(
            f"""
            properties:
            - {{name: a, physicalType: {type_}, quality: [{quality}]}}
            - {{name: b, physicalType: {type_}}}
            - {{name: s, physicalType: string}}
            """
        )
    )
