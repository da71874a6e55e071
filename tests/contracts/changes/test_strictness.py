"""A rule is stricter exactly if it refuses more, and looser exactly if it lets more through."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.contracts.changes.comparing import contract_changes
from tidegate.contracts.changes.rules import rule_changes
from tidegate.contracts.changes.strictness import directions, handling_directions
from tidegate.model.contracts import Column, Contract, Rule
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from tidegate.model.contracts import Argument

ENDS = st.fixed_dictionaries(
    {},
    optional={
        "min": st.integers(0, 3),
        "max": st.integers(0, 3),
        "exclusive_min": st.booleans(),
        "exclusive_max": st.booleans(),
    },
)
PROBES = [number / 2 for number in range(-2, 9)]


def rule(kind: str, **arguments: Argument) -> Rule:
    return Rule("r", kind, ("a",), tuple(sorted(arguments.items())))


def passes(ends: dict[str, int | bool], number: float) -> bool:
    low, high = ends.get("min"), ends.get("max")
    return (low is None or number > low or (number == low and not ends.get("exclusive_min"))) and (
        high is None or number < high or (number == high and not ends.get("exclusive_max"))
    )


@given(ENDS, ENDS)
def test_an_interval_that_lets_more_through_is_looser(old: dict[str, int | bool], new: dict[str, int | bool]) -> None:
    found = directions(rule("between", **old), rule("between", **new))
    if any(passes(new, probe) and not passes(old, probe) for probe in PROBES):
        assert "looser" in found
    if any(passes(old, probe) and not passes(new, probe) for probe in PROBES):
        assert "stricter" in found


@given(ENDS, ENDS)
def test_there_is_the_opposite_of_back(old: dict[str, int | bool], new: dict[str, int | bool]) -> None:
    opposite = {"stricter": "looser", "looser": "stricter", "other": "other"}
    there, back = (directions(rule("between", **a), rule("between", **b)) for a, b in ((old, new), (new, old)))
    assert {opposite[direction] for direction in there} == set(back)


def test_bounds_that_cannot_be_compared_are_neither() -> None:
    assert directions(rule("between", min=0), rule("between", min="0")) == {"other"}


def test_ages_are_compared_in_one_unit() -> None:
    assert not directions(rule("freshness", max_age_days=2), rule("freshness", max_age_hours=48))
    assert directions(rule("freshness", max_age_days=2), rule("freshness", max_age_hours=49)) == {"looser"}


NEAR: dict[str, Argument] = {"table": "a.b", "sum": "n"}


@pytest.mark.parametrize(
    ("kind", "old", "new", "found"),
    [
        ("balance", {"max_difference": 2, **NEAR}, {"max_difference": 1, **NEAR}, {"stricter"}),
        ("balance", {"max_difference": 2, **NEAR}, {"max_difference": 2, "table": "a.c", "sum": "n"}, {"other"}),
        ("total_balance", {"max_difference": 2}, {"max_difference": 2, "max_difference_share": 0}, {"stricter"}),
        ("total_balance", {"max_difference": 2}, {"max_difference_share": 0}, {"stricter", "looser"}),
        ("row_count_history", {"max_difference": 2}, {"max_difference": 3}, {"looser"}),
        ("row_count_history", {"max_difference": 2}, {"max_difference": 2, "runs": 3}, {"other"}),
        ("row_count_source", {"max_difference_share": 0.5}, {"max_difference_share": 0.25}, {"stricter"}),
        ("drift", {"by": "psi", "max": 1}, {"by": "psi", "max": 1.5}, {"looser"}),
        ("drift", {"by": "chi_square", "min_p_value": 0.1}, {"by": "chi_square", "min_p_value": 0.2}, {"stricter"}),
        ("outlier", {"by": "mad", "max": 3}, {"by": "iqr", "max": 3}, {"other"}),
        ("outlier", {"by": "mad", "max": 3, "where": "x"}, {"by": "mad", "max": 2, "where": "x"}, {"stricter"}),
        ("one_type", {}, {"max_other_share": 0.1}, {"looser"}),
        ("one_type", {"max_other_share": 0}, {}, set()),
        ("lag", {"max_lag_days": 1, **NEAR}, {"max_lag_hours": 24, **NEAR}, set()),
        ("lag", {"max_lag_days": 1, **NEAR}, {"max_lag_hours": 23, **NEAR}, {"stricter"}),
        ("lag", {"max_lag_days": 1}, {"max_lag_days": 1, **NEAR}, {"other"}),
        ("near_unique", {}, {"normalize": ("lower",)}, {"other"}),
    ],
)
def test_what_may_be_further_away_is_looser(
    kind: str, old: dict[str, Argument], new: dict[str, Argument], found: set[str]
) -> None:
    assert directions(rule(kind, **old), rule(kind, **new)) == found


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ({}, {"where": "x"}, {"looser"}),
        ({"where": "x"}, {}, {"stricter"}),
        ({"where": "x"}, {"where": "y"}, {"other"}),
        ({"where": "x"}, {"where": "x"}, set()),
        ({"min": 1}, {"min": 2, "where": "x"}, {"looser", "stricter"}),
    ],
)
def test_a_rule_that_concerns_fewer_rows_is_looser(
    old: dict[str, Argument], new: dict[str, Argument], found: set[str]
) -> None:
    assert directions(rule("between", **old), rule("between", **new)) == found


@pytest.mark.parametrize(
    ("kind", "old", "new", "found"),
    [
        ("sum", {"min": 1}, {"min": 2}, {"stricter"}),
        ("completeness", {"max_null_share": 0.1}, {"max_null_share": 0.2}, {"looser"}),
        ("completeness", {"max_nulls": 3}, {}, {"looser"}),
        ("row_count", {"where": "x", "max_share": 0.5}, {"where": "x", "max_share": 0.4}, {"stricter"}),
        ("row_count", {"min": 1}, {"min": 1, "where": "x"}, {"other"}),
        ("quantile", {"quantile": 0.5, "min": 1}, {"quantile": 0.6, "min": 1}, {"other"}),
        ("quantile", {"quantile": 0.5, "min": 1}, {"quantile": 0.5, "min": 0}, {"looser"}),
    ],
)
def test_a_rule_about_a_batch_is_compared_by_its_bounds(
    kind: str, old: dict[str, Argument], new: dict[str, Argument], found: set[str]
) -> None:
    assert directions(rule(kind, **old), rule(kind, **new)) == found


def test_a_weight_changes_no_rule_and_is_told() -> None:
    one = rule("unique")
    (change,) = rule_changes(contract(one), contract(replace(one, weight=3)))
    assert (change.kind, change.level) == ("rule_changed", "compatible")
    assert "weight 1 → 3" in change.text


@pytest.mark.parametrize(
    ("old", "new", "level"), [(None, 0.5, "additive"), (0.5, 0.4, "compatible"), (0.5, None, "compatible")]
)
def test_a_higher_score_is_news_to_writers(old: float | None, new: float | None, level: str) -> None:
    before, after = (replace(contract(rule("unique")), min_score=score) for score in (old, new))
    (change,) = contract_changes(before, after)
    assert (change.level, bool(change.warning)) == (level, level == "additive")


def test_fewer_forbidden_values_let_more_through() -> None:
    assert directions(rule("forbidden_values", values=(1, 2)), rule("forbidden_values", values=(1,))) == {"looser"}


def contract(*rules: Rule) -> Contract:
    return Contract(TableName("silver", "x"), "1", (Column("a", "int"),), rules)


def test_of_twins_the_first_by_name_is_the_one_that_was_renamed() -> None:
    twins = [replace(rule("unique"), id=name) for name in "pq"]
    changes = [set(rule_changes(contract(*old), contract(rule("unique")))) for old in (twins, twins[::-1])]
    assert changes[0] == changes[1]
    assert {change.kind for change in changes[0]} == {"rule_renamed", "rule_removed"}


def test_rules_that_cannot_be_enforced_are_known_by_what_they_ask() -> None:
    one, other = (rule("unenforced", reason=reason) for reason in "xy")
    assert {change.kind for change in rule_changes(contract(one), contract(other))} == {"rule_added", "rule_removed"}
    assert not [*rule_changes(contract(one), contract(replace(one, id="elsewhere")))]


@pytest.mark.parametrize(
    ("severity", "level"),
    [("info", "breaking"), ("warn", "breaking"), ("error", "compatible"), ("fatal", "compatible")],
)
def test_a_higher_limit_matters_to_readers_where_rows_that_fail_are_published(severity: str, level: str) -> None:
    limited = [Rule("r", "unique", ("a",), severity=severity, max_failed=limit) for limit in (1, 2)]  # type: ignore[arg-type]
    assert handling_directions(*limited) == {"looser"}
    old, new = map(contract, limited)
    assert [change.level for change in rule_changes(old, new)] == [level]
    assert [change.level for change in rule_changes(new, old)] == ["additive"]
