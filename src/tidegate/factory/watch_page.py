"""A page about a watch: which checks passed, and how the numbers went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.factory.html import Markup, element, joined, page, table
from tidegate.factory.plots import plot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidegate.model.watching import Point, WatchedTable, WatchReport

MOST_PLOTS = 24
_KINDS = {"passed": "good", "warned": "odd", "failed": "bad", "unchecked": "odd"}


def watch_page(report: WatchReport, past: Mapping[str, Sequence[Point]]) -> str:
    """Return the page in HTML.

    Args:
        report: What the watch found.
        past: Per table the numbers that are kept, oldest first, those of this run among them.
    """
    checks = [check for table in report.watched for check in table.checks]
    broken = sum(check.status != "passed" for check in checks)
    summary = f"{len(report.watched)} tables, {len(checks)} checks, {broken} did not pass"
    return page(
        "Watch",
        element("h1", f"Watch: {summary}"),
        element("p", f"Run {report.run_id}, {report.started_at[:19]} UTC", kind="soft"),
        *(_table(table, past.get(table.table, ())) for table in report.watched),
    )


def _table(watched: WatchedTable, points: Sequence[Point]) -> Markup:
    rows = [
        (element("span", check.status, kind=f"status {_KINDS[check.status]}"), check.name, check.found)
        for check in watched.checks
    ]
    series: dict[tuple[str, str], list[Point]] = {}
    for point in points:
        series.setdefault((point.metric, point.column), []).append(point)
    return joined(
        [
            element("h2", watched.table, element("small", f" version {watched.version}", kind="soft")),
            table(["status", "check", "found"], rows),
            *(_plot(*key, series[key]) for key in _shown(watched, series)),
        ]
    )


def _shown(table: WatchedTable, series: Mapping[tuple[str, str], Sequence[Point]]) -> list[tuple[str, str]]:
    """Return what is drawn: the row count, the columns that are checked, and then what has changed, up to a number."""
    checked = {check.column for check in table.checks if check.column}

    def rank(key: tuple[str, str]) -> int:
        if key == ("row_count", ""):
            return 0
        return 1 if key[1] in checked else 2

    moved = [key for key in series if rank(key) < 2 or len({point.value for point in series[key]}) > 1]  # noqa: PLR2004
    return sorted(moved, key=lambda key: (rank(key), key[1], key[0]))[:MOST_PLOTS]


def _plot(metric: str, column: str, points: Sequence[Point]) -> Markup:
    title = f"{metric} of {column}" if column else metric
    return plot(title, [point.measured_at.timestamp() for point in points], [point.value for point in points])
