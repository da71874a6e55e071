"""What lies at the edge of what can be compared, told or counted."""

from __future__ import annotations

import json
import math

import pytest
from tests.contracts.documents import document, read, rule
from tests.contracts.frames import contract

from tidegate.contracts.divergence import chi_square_chance
from tidegate.contracts.histories import with_rows
from tidegate.contracts.marks.checks import lay_out
from tidegate.contracts.outputs.gx import suite
from tidegate.contracts.rules.others import is_beyond
from tidegate.contracts.samples.outcomes import Around, Unknown, outcome
from tidegate.contracts.types import parse_type
from tidegate.model.contracts import Rule


@pytest.mark.parametrize(
    ("found", "wanted", "is_apart"),
    [
        (math.nan, 1, True),
        (1, math.nan, True),
        (1, math.inf, True),
        (math.inf, 1, True),
        (11, 10, False),
        (12, 10, True),
        (0, 0, False),
    ],
)
def test_what_is_no_number_is_beyond_every_tolerance(found: float, wanted: float, is_apart: bool) -> None:
    assert is_beyond(Rule("r", "row_count_history", (), (("max_difference", 1),)), found, wanted) is is_apart


@pytest.mark.parametrize(
    ("about", "why"),
    [
        ("outlier, by: mad, max: 3", "what is usual stands in the baseline"),
        (
            "balance, columns: [b], table: silver.x, references: [y], sum: z, max_difference: 0",
            "it depends on more than the columns of a row",
        ),
    ],
)
def test_what_a_row_does_not_tell_alone_is_left_open(about: str, why: str) -> None:
    types = dict.fromkeys("ab", parse_type("int"))
    found = outcome(rule(f"{{rule: {about}}}"), Around(types, frozenset(), {}))
    assert isinstance(found, Unknown)
    assert found.reason == why


def test_the_rows_of_runs_are_kept_for_rules_about_them_alone() -> None:
    checks = lay_out([Rule("n", "row_count", (), (("min", 1),), scope="batch")])
    assert with_rows({"n": (3,)}, checks, [{"gate_rows": 10}], []) == {}


@pytest.mark.parametrize("statistic", [1.0, 1e6, 2e6, 2e6 + 4, 1e9])
def test_a_chance_is_a_share_however_many_bins_there_are(statistic: float) -> None:
    assert 0 <= chi_square_chance(statistic, 2_000_000) <= 1


def test_a_rule_about_each_window_is_no_expectation() -> None:
    found = contract({"d": "double"}, [Rule("d", "one_type", ("d",), scope="window")])
    told = json.loads(suite(found))
    assert told["meta"]["rules_not_in_the_suite"] == ["d"]
    assert [entry["type"] for entry in told["expectations"]] == ["expect_table_columns_to_match_set"]


def test_a_total_of_a_column_or_of_rows_is_compared() -> None:
    about = "{rule: total_balance, table: silver.x, max_difference: 0, sum: y}"
    assert rule(about).columns == ("a",)
    item = "{type: custom, engine: tidegate, implementation: {rule: total_balance, table: silver.x, max_difference: 0}}"
    (found,) = read(document(f"properties: [{{name: a, physicalType: int}}]\nquality: [{item}]")).rules
    assert found.columns == ()
