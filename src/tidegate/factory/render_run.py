"""One run as text for people, and how it compares with those before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.factory.render import render_job, render_pipeline
from tidegate.model.reports import PipelineReport

if TYPE_CHECKING:
    from tidegate.lineage.records import Report
    from tidegate.lineage.trends import Trend
    from tidegate.model.reports import RunReport
    from tidegate.model.resources import Resources

_MIB = 1024**2


def render_run(report: Report, trend: Trend | None) -> str:
    """Return the summary of a run, what it read and wrote, and the trend of its job."""
    if isinstance(report, PipelineReport):
        return render_pipeline(report)
    lines = [render_job(report), "", f"started {report.started_at[:19]}, ended {report.ended_at[:19]} (UTC)"]
    lines += _versions(report)
    total = report.seconds.get("total", 0.0)
    if report.counts.read and total:
        lines.append(f"rate: {report.counts.read / total:,.1f} rows/s")
    lines += _used(report.resources) if report.resources else []
    return "\n".join([*lines, *(_trend(trend) if trend else [])])


def _versions(report: RunReport) -> list[str]:
    lines = []
    for read in report.inputs:
        span = "" if read.version_to is None else f" from {read.version_from or 0} to {read.version_to}"
        lines.append(f"read {read.table} ({read.kind}){span}")
    written = (report.output.tables or (report.output,)) if report.output else ()
    made = [one for one in written if one.version_after is not None and one.version_after != one.version_before]
    return [*lines, *(f"wrote {one.table} version {one.version_after}" for one in made)]


def _used(resources: Resources) -> list[str]:
    shown = [
        ("CPU", None if resources.cpu_seconds is None else f"{resources.cpu_seconds:.1f} s"),
        ("peak memory", _size(resources.peak_memory_bytes)),
        ("tasks", None if resources.task_seconds is None else f"{resources.task_seconds:.1f} s"),
        ("shuffle read", _size(resources.shuffle_read_bytes)),
        ("shuffle written", _size(resources.shuffle_write_bytes)),
        ("spilled from memory", _size(resources.spill_memory_bytes or None)),
        ("to disk", _size(resources.spill_disk_bytes or None)),
        ("executor's peak memory", _size(resources.executor_peak_memory_bytes)),
    ]
    known = [f"{name} {value}" for name, value in shown if value is not None]
    return [f"used: {', '.join(known)}"] if known else []


def _size(number: int | None) -> str | None:
    return None if number is None else f"{number / _MIB:,.1f} MiB"


def _trend(trend: Trend) -> list[str]:
    share = f"{trend.good / trend.runs:.0%}" if trend.runs else "-"
    lines = ["", f"of its last runs {trend.good} of {trend.runs} ended well ({share})"]
    if trend.seconds is not None:
        rate = "" if trend.rows_per_second is None else f", {trend.rows_per_second:,.1f} rows/s"
        lines.append(f"median of those with news: {trend.seconds:.1f} s{rate}")
    if trend.older_seconds and trend.newer_seconds:
        change = trend.newer_seconds / trend.older_seconds - 1
        lines.append(f"trend: {trend.older_seconds:.1f} s, then {trend.newer_seconds:.1f} s ({change:+.0%})")
    return lines
