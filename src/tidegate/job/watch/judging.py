"""Whether numbers meet expectations. Pure: no Spark, no clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from tidegate.contracts.divergence import deviations
from tidegate.model.watching import CheckResult

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidegate.job.watch.expectations import Expectation
    from tidegate.model.reports import RuleStatus
    from tidegate.model.watching import CheckKind, Measure, Point

Past: TypeAlias = "Mapping[tuple[str, str], Sequence[float]]"

FEWEST = 5
RUNS = 30
_METRICS: Mapping[CheckKind, tuple[str, str]] = {
    "freshness": ("age_hours", "{0:.1f} h old, allowed {1:.1f} h"),
    "completeness": ("null_share", "{0:.2%} nulls, allowed {1:.2%}"),
    "row_count": ("difference_share", "{0:.2%} away from the source's rows, allowed {1:.2%}"),
    "consistency": ("orphan_share", "{0:.2%} of the rows have no partner, allowed {1:.2%}"),
}
_DRIFTING = ("mean", "distinct_count")
_REFUSING = frozenset({"error", "fatal"})


def judge(
    expected: Expectation, measures: Sequence[Measure], past: Past, fails_on: frozenset[CheckKind] = frozenset()
) -> CheckResult:
    """Return how an expectation fared.

    A number that is missing fails where it was to be measured: a table without any time is not fresh. Shares of no rows
    pass. Drift passes as long as fewer than five earlier numbers are known.

    Args:
        expected: The expectation.
        measures: The numbers about its table.
        past: Per metric and column, the numbers of earlier runs, oldest first.
        fails_on: Kinds whose failure ends the run, whatever their severity.
    """
    known = {(measure.metric, measure.column): measure.value for measure in measures}
    if expected.kind == "drift":
        is_met, found = _drift(expected, known, past)
    else:
        is_met, found = _within(expected, known)
    severity = "error" if expected.kind in fails_on and expected.severity not in _REFUSING else expected.severity
    broken: RuleStatus = "failed" if severity in _REFUSING else "warned"
    return CheckResult(expected.kind, expected.subject, severity, "passed" if is_met else broken, found)


def _within(expected: Expectation, known: Mapping[tuple[str, str], float | None]) -> tuple[bool, str]:
    metric, words = _METRICS[expected.kind]
    value = known.get((metric, expected.subject))
    if value is not None:
        return value <= expected.limit, words.format(value, expected.limit)
    is_of_nothing = expected.kind != "freshness" and (metric, expected.subject) in known
    return is_of_nothing, "there are no rows to look at" if is_of_nothing else "it could not be measured"


def _drift(expected: Expectation, known: Mapping[tuple[str, str], float | None], past: Past) -> tuple[bool, str]:
    metrics = _DRIFTING if expected.subject else ("row_count",)
    moved = {metric: _deviations(metric, expected.subject, known, past) for metric in metrics}
    told = {metric: deviations for metric, deviations in moved.items() if deviations is not None}
    if not told:
        return True, f"fewer than {FEWEST} earlier runs to compare with"
    metric, worst = max(told.items(), key=lambda item: item[1])
    allowed = f"allowed {expected.limit:.1f}"
    return worst <= expected.limit, f"{metric} moved by {worst:.1f} standard deviations, {allowed}"


def _deviations(metric: str, column: str, known: Mapping[tuple[str, str], float | None], past: Past) -> float | None:
    value, before = known.get((metric, column)), past.get((metric, column), ())
    if value is None or len(before) < FEWEST:
        return None
    return deviations(value, before)


def series(points: Sequence[Point]) -> dict[tuple[str, str], list[float]]:
    """Return numbers by metric and column, oldest first, the last 30 of each."""
    found: dict[tuple[str, str], list[float]] = {}
    for point in points:
        found.setdefault((point.metric, point.column), []).append(point.value)
    return {key: values[-RUNS:] for key, values in found.items()}
