"""A rule says what is wrong as the end of a sentence: its own bounds and values, never those of a row."""

from __future__ import annotations

import pytest
from tests.contracts.documents import rule

from tidegate.contracts.rules.kinds import KINDS


@pytest.mark.parametrize(
    ("about", "kind", "said"),
    [
        ("accepted_values, values: [a, b]", "string", "is not one of a, b"),
        (f"accepted_values, values: {[*range(11)]}", "int", "is not one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …"),
        (f"accepted_values, values: {[*range(10)]}", "int", "is not one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"),
        ("forbidden_values, values: [0]", "int", "is one of 0"),
        ("between, min: 0", "int", "is not in [0, …)"),
        ("between, max: 9", "int", "is not in (…, 9]"),
        ("between, min: 0, exclusive_min: true, max: 9, exclusive_max: true", "int", "is not in (0, 9)"),
        ("between, min: 0, max: 0", "int", "is not in [0, 0]"),
        ("date_between, min: '2024-01-31'", "date", "is not in [2024-01-31, …)"),
        ("length, min: 0, max: 3", "string", "has a length that is not in [0, 3]"),
        ("castable, type: date", "string", "cannot be read as date"),
        ("compare, operator: '<', columns: [b]", "int", "is not < b"),
        ("compare, operator: '!=', value: 0", "int", "is not != 0"),
        ("date_order, columns: [b]", "date", "is after b"),
        ("date_format, format: yyyy", "string", "is not a date or time like yyyy"),
        ("foreign_key, table: silver.x, references: [y]", "int", "is not in silver.x (y)"),
        ("custom, function: 'jobs.rules:is_even'", "int", "does not hold by jobs.rules:is_even"),
        ("sum, min: 1", "int", "has a sum that is not in [1, …)"),
        ("row_count, max: 1", "int", "has a number of rows that is not in (…, 1]"),
        ("completeness, max_nulls: 0", "int", "is null too often"),
        ("freshness, max_age_days: 1", "date", "is too old"),
        ("not_null", "int", "is null"),
        ("unique", "int", "occurs more than once"),
        ("email", "string", "is not an e-mail address"),
    ],
)
def test_a_rule_says_what_it_wants(about: str, kind: str, said: str) -> None:
    found = rule(f"{{rule: {about}}}", type_=kind)
    assert KINDS[found.kind].says(found) == said
