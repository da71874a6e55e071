"""Expressions for the values of a column, and the columns whose values are masked."""

from __future__ import annotations

import pytest

from tidegate.contracts.personal import personal_columns
from tidegate.contracts.sql.expressions import ExpressionError, parse_value
from tidegate.contracts.types import parse_type
from tidegate.model.contracts import Column, Contract
from tidegate.model.names import TableName

TYPES = {
    name: parse_type(kind)
    for name, kind in {
        "name": "string",
        "amount": "decimal(12,2)",
        "day": "date",
        "at": "timestamp",
        "tags": "array<string>",
        "others": "array<string>",
        "numbers": "array<int>",
    }.items()
}


@pytest.mark.parametrize(
    ("column", "text", "columns"),
    [
        ("amount", "abs(amount) * 100", ("amount",)),
        ("amount", "0", ()),
        ("amount", "NULL", ()),
        ("amount", "CAST(name AS int)", ("name",)),
        ("at", "day", ("day",)),
        ("at", "to_timestamp(name)", ("name",)),
        ("name", "CASE WHEN amount < 0 THEN 'x' ELSE upper(name) END", ("amount", "name")),
        ("tags", "others", ("others",)),
        ("tags", "NULL", ()),
    ],
)
def test_a_value_of_the_columns_kind_is_taken(column: str, text: str, columns: tuple[str, ...]) -> None:
    assert parse_value(text, TYPES[column], TYPES).columns == columns


def test_a_value_is_written_anew_as_any_expression_is() -> None:
    assert parse_value("upper(name)||'x'", TYPES["name"], TYPES).sql == "(upper(`name`) || 'x')"


@pytest.mark.parametrize(
    ("column", "text", "why"),
    [
        ("amount", "name", r"is a string where a decimal\(12,2\) is wanted; use CAST"),
        ("day", "at", "is a timestamp where a date is wanted"),
        ("amount", "amount > 0", "is a boolean where"),
        ("tags", "numbers", "is a array<int> where a array<string> is wanted"),
        ("tags", "name", "is a string where a array<string>"),
        ("amount", "(SELECT 1)", "column 'SELECT'"),
        ("amount", "amount; 1", "cannot be read"),
        ("amount", "amount 1", "not expected there"),
        ("amount", "java_method('a', 'b')", "not allowed"),
        ("amount", "amuont", "did you mean amount"),
    ],
)
def test_any_other_is_refused(column: str, text: str, why: str) -> None:
    with pytest.raises(ExpressionError, match=why):
        parse_value(text, TYPES[column], TYPES)


def test_a_class_that_is_not_known_to_be_harmless_is_masked() -> None:
    classes = {"a": None, "b": "public", "c": " Internal", "d": "pii", "e": "confidential", "f": "whatever", "g": ""}
    columns = tuple(Column(name, "string", classification=kind) for name, kind in classes.items())
    assert personal_columns(Contract(TableName("silver", "people"), "1.0.0", columns, ())) == ("d", "e", "f")
