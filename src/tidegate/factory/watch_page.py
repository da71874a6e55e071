"""A page about a watch: which checks passed, and how the numbers went. Drawn by hand in SVG, without scripts."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tidegate.model.watching import Point, WatchedTable, WatchReport

MOST_PLOTS = 24
_WIDTH, _HEIGHT, _MARGIN = 240, 60, 4
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1c2733}"
    "h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse}td{padding:.15rem .8rem "
    ".15rem 0}.passed{color:#1b7f4d}.warned{color:#a86200}.failed{color:#b3261e}figure{display:inline-block;margin:"
    ".6rem 1.2rem .6rem 0}figcaption{font-size:.8rem;color:#56636f}polyline{fill:none;stroke:#2f6fab;stroke-width:2}"
    "circle{fill:#2f6fab}"
)


def watch_page(report: WatchReport, past: Mapping[str, Sequence[Point]]) -> str:
    """Return the page in HTML.

    Args:
        report: What the watch found.
        past: Per table the numbers that are kept, oldest first, those of this run among them.
    """
    checks = [check for table in report.watched for check in table.checks]
    broken = sum(check.status != "passed" for check in checks)
    summary = f"{len(report.watched)} tables, {len(checks)} checks, {broken} did not pass"
    parts = [_table(table, past.get(table.table, ())) for table in report.watched]
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Watch</title>'
        f"<style>{_STYLE}</style><h1>Watch: {escape(summary)}</h1>"
        f"<p>Run {escape(report.run_id)}, {escape(report.started_at[:19])} UTC</p>{''.join(parts)}</html>\n"
    )


def _table(table: WatchedTable, points: Sequence[Point]) -> str:
    rows = "".join(
        f'<tr><td class="{check.status}">{check.status}</td>'
        f"<td>{escape(check.name)}</td><td>{escape(check.found)}</td></tr>"
        for check in table.checks
    )
    series: dict[tuple[str, str], list[Point]] = {}
    for point in points:
        series.setdefault((point.metric, point.column), []).append(point)
    plots = [_plot(*key, series[key]) for key in _shown(table, series)]
    return f"<h2>{escape(table.table)} <small>version {table.version}</small></h2><table>{rows}</table>{''.join(plots)}"


def _shown(table: WatchedTable, series: Mapping[tuple[str, str], Sequence[Point]]) -> list[tuple[str, str]]:
    """Return what is drawn: the row count, the columns that are checked, and then what has changed, up to a number."""
    checked = {check.column for check in table.checks if check.column}

    def rank(key: tuple[str, str]) -> int:
        if key == ("row_count", ""):
            return 0
        return 1 if key[1] in checked else 2

    moved = [key for key in series if rank(key) < 2 or len({point.value for point in series[key]}) > 1]  # noqa: PLR2004
    return sorted(moved, key=lambda key: (rank(key), key[1], key[0]))[:MOST_PLOTS]


def _plot(metric: str, column: str, points: Sequence[Point]) -> str:
    values = [point.value for point in points]
    places = [*_places(points)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    x, y = places[-1]
    title = f"{metric} of {column}" if column else metric
    told = f"{title}: {values[-1]:,.4g} (from {min(values):,.4g} to {max(values):,.4g}, {len(values)} runs)"
    return (
        f'<figure><svg width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="{escape(told)}">'
        f'<polyline points="{line}"/><circle cx="{x:.1f}" cy="{y:.1f}" r="3"/></svg>'
        f"<figcaption>{escape(told)}</figcaption></figure>"
    )


def _places(points: Sequence[Point]) -> Iterator[tuple[float, float]]:
    """Give the place of each point: time goes to the right, value up; what does not move is a line in the middle."""
    times = [point.measured_at.timestamp() for point in points]
    values = [point.value for point in points]
    for time, value in zip(times, values, strict=True):
        along = (time - times[0]) / (times[-1] - times[0]) if times[-1] > times[0] else 1.0
        up = (value - min(values)) / (max(values) - min(values)) if max(values) > min(values) else 0.5
        yield _MARGIN + along * (_WIDTH - 2 * _MARGIN), _HEIGHT - _MARGIN - up * (_HEIGHT - 2 * _MARGIN)
