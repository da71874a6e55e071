"""Weights of rules and the least score of a table, as documents give them."""

from __future__ import annotations

import pytest
from tests.contracts.documents import document, problems, read


def test_a_table_has_a_least_score_and_its_rules_have_weights() -> None:
    item = "{metric: rowCount, mustBeGreaterThan: 0, customProperties: [{property: weight, value: 2.5}]}"
    text = f"properties: [{{name: a, physicalType: int}}]\nquality: [{item}]"
    contract = read(
        document(f"{text}\ncustomProperties: [{{property: minScore, value: 0.9}}, {{property: sla, value: 1}}]")
    )
    assert contract.min_score == 0.9
    assert contract.rules[0].weight == 2.5


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("minScore", "1.5", "minScore is a score from 0 to 1, not 1.5"),
        ("minScore", "high", "minScore is a score from 0 to 1, not 'high'"),
        ("minscore", "1", "'minscore' is not a property of a table; did you mean minScore?"),
    ],
)
def test_a_least_score_that_cannot_be_used_is_told(name: str, value: str, said: str) -> None:
    text = "properties: [{name: a, physicalType: int, required: true}]"
    found = problems(document(f"{text}\ncustomProperties: [{{property: {name}, value: {value}}}]"))
    assert [problem for _, problem in found] == [said]
