"""Metrics of the standard's library as rules about rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from tests.contracts.documents import document, read, rules

from tidegate.errors import ContractError

if TYPE_CHECKING:
    from tidegate.model.contracts import Rule


def metric(item: str, *, at_table: bool = False) -> Rule:
    """Return the rule of a metric that stands at the text column `a`, or at the table."""
    quality = f"quality: [{{{item}}}]"
    column = f"{{name: a, physicalType: string{'' if at_table else f', {quality}'}}}"
    text = f"properties: [{column}]\n{quality if at_table else ''}"
    (found,) = read(document(text)).rules
    return found


@pytest.mark.parametrize(
    ("item", "kind", "arguments"),
    [
        ("metric: nullValues, mustBe: 0", "not_null", {}),
        ("type: library, rule: nullCheck", "not_null", {}),
        ("metric: duplicateValues, mustBe: 0", "unique", {}),
        ("rule: duplicateCount, mustBe: 0", "unique", {}),
        (
            "metric: missingValues, arguments: {missingValues: [null, '']}, mustBe: 0",
            "not_missing",
            {"values": (None, "")},
        ),
        (
            "metric: invalidValues, arguments: {validValues: [a, b]}, mustBe: 0",
            "accepted_values",
            {"values": ("a", "b")},
        ),
        ("metric: invalidValues, arguments: {pattern: '^a'}, mustBe: 0", "pattern", {"pattern": "^a"}),
    ],
)
def test_a_metric_is_a_kind(item: str, kind: str, arguments: dict[str, object]) -> None:
    found = metric(item)
    assert (found.kind, dict(found.arguments), found.columns) == (kind, arguments, ("a",))
    assert (found.severity, found.max_failed, found.max_failed_share) == ("error", None, None)


def test_a_metric_of_the_table_names_its_columns() -> None:
    found = metric("metric: duplicateValues, arguments: {properties: [a]}, mustBe: 0", at_table=True)
    assert (found.kind, found.columns) == ("unique", ("a",))


@pytest.mark.parametrize(
    ("operator", "severity", "rows", "share"),
    [
        ("mustBeLessThan: 1", "error", None, None),
        ("mustBeLessThan: 5", "warn", 4, None),
        ("mustBeLessThan: 4.5", "warn", 4, None),
        ("mustBeLessOrEqualTo: 5", "warn", 5, None),
        ("mustBeBetween: [0, 5]", "warn", 5, None),
        ("mustBeLessOrEqualTo: 5, severity: error", "error", 5, None),
        ("mustBeLessOrEqualTo: 5, severity: warn", "warn", None, None),
        ("mustBeLessOrEqualTo: 5, unit: rows", "warn", 5, None),
        ("mustBeLessOrEqualTo: 5, unit: percent", "warn", None, 0.05),
        ("mustBeLessOrEqualTo: 500, unit: percent", "warn", None, 1),
        ("mustBe: 0, unit: percent", "error", None, None),
        ("mustBe: 0, customProperties: [{property: maxFailed, value: 7}]", "error", 7, None),
    ],
)
def test_what_a_metric_tolerates_is_when_the_run_fails(
    operator: str, severity: str, rows: int | None, share: float | None
) -> None:
    found = metric(f"metric: nullValues, {operator}")
    assert (found.severity, found.max_failed, found.max_failed_share) == (severity, rows, share)


def test_less_than_a_share_is_less_than_it() -> None:
    share = metric("metric: nullValues, mustBeLessThan: 5, unit: percent").max_failed_share
    assert share is not None
    assert 0.04999 < share < 0.05


@pytest.mark.parametrize(
    ("operator", "bounds"),
    [
        ("mustBe: 3", {"min": 3, "max": 3}),
        ("mustBeGreaterThan: 3", {"min": 4}),
        ("mustBeGreaterThan: 2.5", {"min": 3}),
        ("mustBeGreaterOrEqualTo: 3", {"min": 3}),
        ("mustBeLessThan: 3", {"max": 2}),
        ("mustBeLessThan: 2.5", {"max": 2}),
        ("mustBeLessOrEqualTo: 3", {"max": 3}),
        ("mustBeBetween: [1, 3]", {"min": 1, "max": 3}),
        ("mustNotBe: 0", {"min": 1}),
        ("mustBeGreaterThan: 1, mustBeLessThan: 9, unit: rows", {"min": 2, "max": 8}),
    ],
)
def test_a_row_count_is_a_range(operator: str, bounds: dict[str, int]) -> None:
    found = metric(f"metric: rowCount, {operator}", at_table=True)
    assert (found.kind, found.scope, dict(found.arguments)) == ("row_count", "batch", bounds)


@pytest.mark.parametrize(
    ("item", "where", "bounds"),
    [
        ("metric: nullValues, mustNotBe: 0", "`a` is null", {"min": 1}),
        ("metric: nullValues, mustBe: 3", "`a` is null", {"min": 3, "max": 3}),
        ("metric: nullValues, mustBeBetween: [1, 3]", "`a` is null", {"min": 1, "max": 3}),
        ("metric: nullValues, mustBeLessThan: 3, mustBeGreaterThan: 1", "`a` is null", {"min": 2, "max": 2}),
        (
            "metric: nullValues, mustBeBetween: [10, 50], unit: percent",
            "`a` is null",
            {"min_share": 0.1, "max_share": 0.5},
        ),
        ("metric: nullValues, mustBeGreaterOrEqualTo: 5, unit: percent", "`a` is null", {"min_share": 0.05}),
        (
            "metric: nullValues, mustBeGreaterThan: 5, mustBeLessThan: 100, unit: percent",
            "`a` is null",
            {"min_share": math.nextafter(0.05, 1), "max_share": math.nextafter(1, 0)},
        ),
        (
            "metric: missingValues, arguments: {missingValues: [null, 'it''s']}, mustBe: 1",
            "`a` is null or `a` in ('it''s')",
            {"min": 1, "max": 1},
        ),
        ("metric: invalidValues, arguments: {validValues: [a, b]}, mustNotBe: 0", "`a` not in ('a', 'b')", {"min": 1}),
        ("metric: invalidValues, arguments: {pattern: '^\\d'}, mustNotBe: 0", "not `a` rlike '^\\\\d'", {"min": 1}),
    ],
)
def test_a_metric_that_may_not_be_nought_counts_rows(item: str, where: str, bounds: dict[str, object]) -> None:
    found = metric(item)
    assert (found.kind, found.scope, found.columns) == ("row_count", "batch", ())
    assert dict(found.arguments) == {"where": where, **bounds}


@pytest.mark.parametrize(
    "item",
    [
        "metric: rowCount",
        "metric: rowCount, mustNotBe: 3",
        "metric: rowCount, mustBe: many",
        "metric: rowCount, mustBe: true",
        "metric: rowCount, mustNotBeBetween: [1, 2]",
        "metric: rowCount, mustBe: 3, unit: percent",
        "metric: nullValues, mustBe: none",
        "metric: nullValues, mustBeLessThan: 0",
        "metric: nullValues, mustNotBe: 3",
        "metric: nullValues, mustBeGreaterThan: 100, unit: percent",
        "metric: nullValues, mustBeGreaterThan: 200, unit: percent",
        "metric: nullValues, mustBe: 3, customProperties: [{property: where, value: a = 'x'}]",
        "metric: duplicateValues, mustBe: 3",
        "metric: nullValues, mustBe: 0, unit: bananas",
        "metric: missingValues, mustBe: 0",
        "metric: invalidValues, mustBe: 0",
        "metric: invalidValues, mustBe: 0, arguments: {validValues: [[a]]}",
        "metric: invalidValues, mustBe: 0, arguments: {validValues: [a], pattern: b}",
        "metric: meanValue, mustBe: 0",
    ],
)
def test_a_metric_that_is_no_range_of_rows_cannot_be_enforced(item: str) -> None:
    assert metric(item).kind == "unenforced"


@pytest.mark.parametrize(
    "given",
    [
        "mustBeGreaterThan: true",
        "mustBeGreaterOrEqualTo: false",
        "mustBeLessThan: true",
        "mustBeLessOrEqualTo: true",
        "mustBeBetween: [false, 5]",
        "mustNotBeBetween: [0, true]",
    ],
)
def test_a_truth_value_is_no_number_to_compare_with(given: str) -> None:
    with pytest.raises(ContractError, match=r":\d+: must\w+ compares with a number, not with true or false"):
        metric(f"metric: rowCount, {given}")


def test_a_query_that_counts_is_a_number_of_rows() -> None:
    item = "{type: sql, query: 'SELECT count(*) FROM t WHERE a > 0', mustBeGreaterThan: 1}"
    found = rules(f"properties: [{{name: a, physicalType: int, quality: [{item}]}}]")["a_row_count"]
    assert (found.kind, dict(found.arguments)) == ("row_count", {"min": 2, "where": "a > 0"})


@pytest.mark.parametrize(
    ("type_", "values", "listed"),
    [
        ("int", "[1, -2]", "1, -2"),
        ("decimal(3,1)", "[1.5]", "1.5"),
        ("boolean", "[true]", "true"),
        ("date", "['2024-01-31']", "date '2024-01-31'"),
        ("timestamp", "['2024-01-31T00:00:00Z']", "timestamp '2024-01-31T00:00:00Z'"),
    ],
)
def test_values_are_counted_as_what_their_column_holds(type_: str, values: str, listed: str) -> None:
    item = f"{{metric: invalidValues, arguments: {{validValues: {values}}}, mustNotBe: 0}}"
    (found,) = rules(f"properties: [{{name: a, physicalType: '{type_}', quality: [{item}]}}]").values()
    assert (found.kind, dict(found.arguments)) == ("row_count", {"min": 1, "where": f"`a` not in ({listed})"})
