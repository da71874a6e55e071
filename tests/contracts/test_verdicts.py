"""The decision about a batch, from its tallies."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.contracts.marks.checks import lay_out
from tidegate.contracts.verdicts import Verdict, judge
from tidegate.model.contracts import Rule, Severity

if TYPE_CHECKING:
    from tidegate.model.reports import RuleStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = datetime(2024, 1, 10, tzinfo=timezone.utc)
NOT_NULL = Rule("a_is_not_null", "not_null", ("a",), description="There is an a.")
COUNTED = {"gate_rows": 10, "gate_publishable": 4, "gate_quarantined": 3, "gate_duplicates": 2, "gate_known": 1}


def verdict(rule: Rule, *groups: Mapping[str, object], share: float | None = None) -> Verdict:
    """Return the verdict on groups of rows."""
    filled = [{**dict.fromkeys(COUNTED, 0), "gate_failed_0": 0, "gate_newest_0": None, **group} for group in groups]
    return judge(lay_out([rule]), filled, now=NOW, max_quarantined_share=share)


def test_groups_are_summed() -> None:
    found = verdict(NOT_NULL, {**COUNTED, "gate_failed_0": 3}, {**COUNTED, "gate_failed_0": 1})
    (result,) = found.results
    assert (found.rows, found.publishable, found.quarantined, found.duplicates, found.known) == (20, 8, 6, 4, 2)
    assert (result.id, result.kind, result.columns, result.scope) == ("a_is_not_null", "not_null", ("a",), "row")
    assert (result.checked, result.failed, result.status) == (20, 4, "warned")
    assert result.description == "There is an a."
    assert not found.is_refused


@pytest.mark.parametrize(
    ("severity", "failed", "status"),
    [
        ("info", 0, "passed"),
        ("info", 1, "warned"),
        ("warn", 1, "warned"),
        ("error", 1, "warned"),
        ("fatal", 0, "passed"),
        ("fatal", 1, "failed"),
    ],
)
def test_only_fatal_failures_refuse_a_batch_by_themselves(severity: Severity, failed: int, status: RuleStatus) -> None:
    found = verdict(replace(NOT_NULL, severity=severity), {"gate_rows": 10, "gate_failed_0": failed})
    assert found.results[0].status == status
    assert found.is_refused is (status == "failed")


@given(st.integers(0, 20), st.integers(0, 20), st.sampled_from(["info", "warn", "error"]))
def test_more_failures_than_allowed_refuse_the_batch(failed: int, limit: int, severity: Severity) -> None:
    rule = replace(NOT_NULL, severity=severity, max_failed=limit)
    assert verdict(rule, {"gate_rows": 20, "gate_failed_0": failed}).is_refused is (failed > limit)


@given(st.integers(0, 20), st.integers(0, 100))
def test_a_greater_share_of_failures_than_allowed_refuses_the_batch(failed: int, percent: int) -> None:
    rule = replace(NOT_NULL, max_failed_share=percent / 100)
    is_refused = verdict(rule, {"gate_rows": 20, "gate_failed_0": failed}).is_refused
    assert is_refused is (failed / 20 > percent / 100)


def test_too_large_a_share_in_quarantine_refuses_the_batch() -> None:
    assert not verdict(NOT_NULL, COUNTED, share=0.3).is_refused
    found = verdict(NOT_NULL, COUNTED, share=0.29)
    assert found.is_refused
    assert (found.results[-1].id, found.results[-1].failed, found.results[-1].status) == (
        "quarantined_share",
        3,
        "failed",
    )
    assert "29.00%" in found.results[-1].description


@given(
    st.lists(st.tuples(st.integers(0, 20), st.sampled_from([0, 0.5, 1, 3])), min_size=1, max_size=6),
    st.booleans(),
    st.integers(0, 100),
)
def test_the_score_is_the_mean_of_what_passed_by_weight(
    failed: list[tuple[int, float]], has_rows: bool, percent: int
) -> None:
    """The last rule is about the whole batch: it was kept or was not."""
    rules = [replace(NOT_NULL, id=str(number), weight=weight) for number, (_, weight) in enumerate(failed)]
    whole = Rule("n", "row_count", arguments=(("min", 1),), scope="batch")
    tallies = {f"gate_failed_{number}": count if has_rows else 0 for number, (count, _) in enumerate(failed)}
    group = {**COUNTED, **tallies, "gate_rows": 20 if has_rows else 0}
    found = judge(lay_out([*rules, whole]), [group], now=NOW, max_quarantined_share=None, min_score=percent / 100)
    weights = [weight for _, weight in failed]
    shares = [1 - count / 20 if has_rows else 1 for count, _ in failed]
    expected = sum(weight * share for weight, share in zip([*weights, 1], [*shares, has_rows], strict=True))
    assert found.score == pytest.approx(expected / sum([*weights, 1]))
    is_short = found.score < percent / 100
    if not math.isclose(found.score, percent / 100):
        assert [result.id for result in found.results if result.kind == "score"] == ["score"] * is_short
        assert found.is_refused is (is_short or not has_rows)


def test_a_score_at_its_floor_is_enough() -> None:
    group = {**COUNTED, "gate_failed_0": 1}
    for floor, is_refused in ((0.9, False), (0.9000001, True)):
        found = judge(lay_out([NOT_NULL]), [group], now=NOW, max_quarantined_share=None, min_score=floor)
        assert (found.score, found.is_refused) == (0.9, is_refused)


def test_rules_without_weight_have_nothing_to_say_about_the_score() -> None:
    assert verdict(replace(NOT_NULL, weight=0), {"gate_rows": 10, "gate_failed_0": 10}).score == 1


def test_of_the_rows_that_a_rule_concerns_a_share_may_fail() -> None:
    rule = replace(NOT_NULL, arguments=(("where", "a > 1"),), max_failed_share=0.5)
    found = verdict(rule, {"gate_rows": 100, "gate_failed_0": 2, "gate_checked_0": 3})
    assert (found.results[0].checked, found.results[0].failed, found.is_refused) == (3, 2, True)
    assert found.score == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("bounds", "rows", "is_fine"),
    [((3, None), 2, False), ((3, None), 3, True), ((None, 3), 4, False), ((None, 3), 3, True), ((1, 2), 0, False)],
)
def test_the_rows_of_a_batch_are_counted(bounds: tuple[int | None, int | None], rows: int, is_fine: bool) -> None:
    rule = Rule("n", "row_count", arguments=(("max", bounds[1]), ("min", bounds[0])), scope="batch")
    found = verdict(rule, {"gate_rows": rows})
    assert found.results[0].failed == (not is_fine)
    assert found.is_refused is not is_fine
    assert not verdict(replace(rule, severity="warn"), {"gate_rows": rows}).is_refused


@pytest.mark.parametrize("limit", [("max_age_hours", 36), ("max_age_days", 1.5)])
@pytest.mark.parametrize(("hours", "is_fine"), [(0, True), (36, True), (36.01, False), (-1, True)])
def test_the_newest_row_is_not_too_old(limit: tuple[str, float], hours: float, is_fine: bool) -> None:
    rule = Rule("fresh", "freshness", ("at",), arguments=(limit,), scope="batch")
    newest = int((NOW - timedelta(hours=hours)).timestamp() * 1_000_000)
    found = verdict(rule, {"gate_rows": 1, "gate_newest_0": newest}, {"gate_rows": 1, "gate_newest_0": 0}, {})
    assert found.is_refused is not is_fine


def test_rows_without_a_time_are_not_fresh_and_no_rows_are_not_stale() -> None:
    rule = Rule("fresh", "freshness", ("at",), arguments=(("max_age_days", 1),), scope="batch")
    assert verdict(rule, {"gate_rows": 1}).is_refused
    assert not verdict(rule).is_refused
    assert not verdict(rule, {}).is_refused


def test_a_time_beyond_the_calendar_is_no_crash() -> None:
    rule = Rule("fresh", "freshness", ("at",), arguments=(("max_age_days", 1),), scope="batch")
    assert not verdict(rule, {"gate_rows": 1, "gate_newest_0": 2**62}).is_refused
    assert verdict(rule, {"gate_rows": 1, "gate_newest_0": -(2**62)}).is_refused
