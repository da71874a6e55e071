"""Rules as SQL say what the gate does; that they agree on rows is asked in `samples/test_samples.py`."""

from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from tests.contracts.documents import rule, rules

from tidegate.contracts.rules.kinds import KINDS
from tidegate.contracts.rules.patterns import UUID
from tidegate.contracts.sql.conditions import condition, sql_literal
from tidegate.contracts.sql.tokens import sql_text
from tidegate.contracts.types import parse_type
from tidegate.model.contracts import Rule

if TYPE_CHECKING:
    from tidegate.model.contracts import Scalar

YEAR = sql_text(r"\A((?!0000)\d{4})\z")
IN_YEAR = f"regexp_replace(`a`, {YEAR}, '$1-01-01 00:00:00.0')"


@pytest.mark.parametrize(
    ("about", "kind", "holds"),
    [
        ("not_null", "int", "`a` IS NOT NULL"),
        ("not_missing, values: [null, 1]", "int", "`a` NOT IN (1) AND `a` IS NOT NULL"),
        ("not_missing, values: [null]", "int", "`a` IS NOT NULL"),
        ("not_missing, values: [1]", "int", "`a` NOT IN (1)"),
        (
            "date_format, format: yyyy",
            "string",
            f"(`a` IS NULL OR (`a` RLIKE {YEAR} AND try_cast({IN_YEAR} AS TIMESTAMP) IS NOT NULL))",
        ),
        ("accepted_values, values: [1.5]", "float", "`a` IN (1.5D)"),
        ("accepted_values, values: [true]", "boolean", "`a` IN (TRUE)"),
        ('accepted_values, values: ["it\'s"]', "string", "`a` IN (CAST(X'69742773' AS STRING))"),
        ("between, min: 1.5, exclusive_min: true", "decimal(3,1)", "`a` > 1.5"),
        ("between, max: 1", "double", "`a` <= 1.0D AND NOT isnan(`a`)"),
        ("date_between, min: '2024-01-31'", "date", "`a` >= DATE '2024-01-31'"),
        ("date_between, min: '2024-01-31'", "timestamp", "`a` >= TIMESTAMP '2024-01-31 00:00:00+00:00'"),
        ("length, max: 3", "string", "char_length(`a`) <= 3"),
        ("pattern, pattern: '^x{2}$'", "string", "`a` RLIKE '^x{2}$'"),
        ("castable, type: date", "string", "(`a` IS NULL OR try_cast(`a` AS date) IS NOT NULL)"),
        ("compare, operator: '!=', value: 0", "int", "`a` != 0"),
        ("compare, operator: '<', columns: [b]", "float", "`a` < `b` AND NOT isnan(`a`) AND NOT isnan(`b`)"),
        ("date_order, columns: [b]", "date", "`a` <= `b`"),
        ("sql, expression: 'a / b < 1'", "int", "(try_divide(`a`, `b`) < 1)"),
        ("forbidden_values, values: [0]", "int", "`a` NOT IN (0)"),
        ("uuid, where: 'b = s'", "string", f"(NOT coalesce((`b` = `s`), FALSE) OR (`a` RLIKE {sql_text(UUID)}))"),
        ("not_null, where: 'b > 1'", "int", "(NOT coalesce((`b` > 1), FALSE) OR (`a` IS NOT NULL))"),
        (
            "outlier, by: iqr, max: 0.5, low_quartile: 1, high_quartile: 3",
            "int",
            "CAST(`a` AS DOUBLE) >= 0.0D AND CAST(`a` AS DOUBLE) <= 4.0D",
        ),
        (
            "outlier, by: z_score, max: 2, mean: 1, deviation: 0.5",
            "double",
            "CAST(`a` AS DOUBLE) >= 0.0D AND CAST(`a` AS DOUBLE) <= 2.0D AND NOT isnan(`a`)",
        ),
        ("outlier, by: mad, max: 2", "int", None),
        ("unique", "int", None),
        ("unique, where: 'b > 1'", "int", None),
    ],
)
def test_a_rule_about_a_row_is_a_condition(about: str, kind: str, holds: str | None) -> None:
    types = {"a": parse_type(kind), "b": parse_type(kind), "s": parse_type("string")}
    assert condition(rule(f"{{rule: {about}}}", type_=kind), types) == holds


def test_rules_about_more_than_a_row_are_none() -> None:
    without = {"custom", "unique", "primary_key", "foreign_key", "freshness", "row_count", "readable", "unenforced"}
    assert {name for name in without if condition(Rule("x", name, ("a",)), {"a": parse_type("date")})} == set()
    assert without < KINDS.keys()


def test_a_rule_about_some_rows_stands_beside_the_one_about_all() -> None:
    item = "{type: custom, engine: tidegate, severity: warn, id: paid, implementation: {rule: not_null, where: b > 1}}"
    column = f"{{name: a, physicalType: int, required: true, quality: [{item}]}}"
    found = rules(f"properties: [{column}, {{name: b, physicalType: int}}]")
    assert {name: one.severity for name, one in found.items()} == {"a_is_not_null": "error", "paid": "warn"}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "NULL"),
        (True, "TRUE"),
        (-1, "-1"),
        (0.1, "0.1D"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1.50"), "1.50"),
        (date(2024, 1, 31), "DATE '2024-01-31'"),
        (datetime(2024, 1, 31, 1, 2, 3, tzinfo=timezone.utc), "TIMESTAMP '2024-01-31 01:02:03+00:00'"),
        ("a", "'a'"),
        ("it's", "CAST(X'69742773' AS STRING)"),
    ],
)
def test_a_literal_says_its_value_exactly(value: Scalar | date | Decimal, written: str) -> None:
    assert sql_literal(value) == written
