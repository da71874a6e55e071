"""A check passes exactly where the number is within its limit; what never moved does not drift, what jumped does."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tidegate.job.watch.expectations import Expectation
from tidegate.job.watch.judging import FEWEST, RUNS, judge, series
from tidegate.model.watching import Measure, Point

if TYPE_CHECKING:
    from tidegate.model.contracts import Severity
    from tidegate.model.watching import CheckKind

NUMBERS = st.floats(0, 1e9, allow_nan=False)
METRICS: dict[CheckKind, str] = {
    "freshness": "age_hours",
    "completeness": "null_share",
    "row_count": "difference_share",
    "consistency": "orphan_share",
}


@given(st.sampled_from(sorted(METRICS)), NUMBERS, NUMBERS)
def test_a_number_passes_exactly_where_it_is_within_its_limit(kind: CheckKind, limit: float, value: float) -> None:
    result = judge(Expectation(kind, "c", limit), [Measure(METRICS[kind], "c", value)], {})
    assert (result.status == "passed") == (value <= limit)


@pytest.mark.parametrize("kind", sorted(METRICS))
def test_no_rows_are_fine_but_for_freshness_and_what_was_not_measured_never_is(kind: CheckKind) -> None:
    nothing = judge(Expectation(kind, "c", 1.0), [Measure(METRICS[kind], "c", None)], {})
    assert (nothing.status == "passed") == (kind != "freshness")
    assert judge(Expectation(kind, "c", 1.0), [], {}).status == "warned"


@pytest.mark.parametrize(
    ("severity", "fails_on", "status", "told"),
    [
        ("info", frozenset(), "warned", "info"),
        ("warn", frozenset(), "warned", "warn"),
        ("error", frozenset(), "failed", "error"),
        ("fatal", frozenset({"freshness"}), "failed", "fatal"),
        ("warn", frozenset({"freshness"}), "failed", "error"),
        ("warn", frozenset({"drift"}), "warned", "warn"),
    ],
)
def test_the_severity_says_what_becomes_of_a_check(
    severity: Severity, fails_on: frozenset[CheckKind], status: str, told: str
) -> None:
    result = judge(Expectation("freshness", "c", 1.0, severity), [Measure("age_hours", "c", 2.0)], {}, fails_on)
    assert (result.status, result.severity) == (status, told)
    assert result.found == "2.0 h old, allowed 1.0 h"


def drift(past: list[float], now: float, limit: float = 3.0) -> bool:
    result = judge(Expectation("drift", "c", limit), [Measure("mean", "c", now)], {("mean", "c"): past})
    return result.status != "passed"


@given(st.floats(-1e9, 1e9, allow_nan=False), st.integers(0, RUNS))
def test_what_never_moved_does_not_drift(value: float, runs: int) -> None:
    assert not drift([value] * runs, value)


@given(st.lists(st.floats(-1e6, 1e6, allow_nan=False), max_size=FEWEST - 1), st.floats(-1e9, 1e9, allow_nan=False))
def test_a_few_runs_are_no_history(past: list[float], value: float) -> None:
    assert not drift(past, value)


@given(st.lists(st.integers(-100, 100), min_size=FEWEST, max_size=RUNS), st.randoms())
def test_a_jump_beyond_all_that_was_is_a_drift_in_whatever_order_the_past_came(past: list[int], chance: object) -> None:
    values = [float(value) for value in past]
    far = max(values) + 1_000 * (max(values) - min(values) + 1)
    assume(abs(far) > abs(sum(values)) / len(values))
    shuffled = sorted(values, key=lambda _: chance.random())  # type: ignore[attr-defined]
    assert drift(values, far)
    assert drift(shuffled, far)


@given(st.lists(NUMBERS, min_size=FEWEST, max_size=RUNS), NUMBERS, st.floats(0, 10), st.floats(0, 10))
def test_what_drifts_at_a_limit_drifts_at_every_tighter_one(
    past: list[float], now: float, one: float, other: float
) -> None:
    assert drift(past, now, min(one, other)) or not drift(past, now, max(one, other))


def test_without_a_column_the_row_count_drifts() -> None:
    result = judge(
        Expectation("drift", "", 3.0), [Measure("row_count", "", 10.0)], {("row_count", ""): [100.0] * FEWEST}
    )
    assert result.status == "warned"
    assert result.found == "row_count moved by 90.0 standard deviations, allowed 3.0"
    assert result.name == "drift"


def test_of_the_past_the_newest_runs_count() -> None:
    points = [
        Point("mean", "c", datetime(2026, 1, 1, tzinfo=timezone.utc), float(number)) for number in range(RUNS + 5)
    ]
    assert series(points) == {("mean", "c"): [float(number) for number in range(5, RUNS + 5)]}
