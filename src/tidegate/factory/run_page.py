"""A page about a run: how it ended, when each job was at work, what became of the rows, and how that used to be."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from tidegate.factory.html import Markup, element, facts, joined, page, table
from tidegate.factory.plots import plot
from tidegate.factory.render import FAILURE_HEAD, failure_rows, outcome_cells, status_text
from tidegate.factory.run_graph import KINDS, draw_graph, graph_of
from tidegate.factory.timeline import timeline
from tidegate.model.reports import PipelineReport, RunReport

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidegate.model.transfers import InputRead

MOST_TRENDS = 24


def run_page(report: RunReport | PipelineReport, past: Sequence[RunReport | PipelineReport]) -> str:
    """Return the page in HTML. No value of the data is on it.

    Args:
        report: The run's record.
        past: Records of earlier runs of the same name, newest first.
    """
    name, jobs = report.name, report.runs
    earlier = [job for one in past for job in one.runs]
    return page(
        f"{name}: {status_text(report.status)}",
        element("h1", f"{name}: ", element("span", status_text(report.status), kind=f"status {KINDS[report.status]}")),
        facts(_told(report)),
        *_errors(jobs),
        element("h2", "When"),
        timeline(jobs),
        element("h2", "From where to where"),
        draw_graph(graph_of(jobs, earlier)),
        element("h2", "Rows"),
        _rows(jobs),
        *_failures(jobs),
        element("h2", "Read and written"),
        _lineage(jobs),
        *_trends(jobs, earlier),
    )


def _told(report: RunReport | PipelineReport) -> list[tuple[str, str]]:
    told = [
        ("Run", element("code", report.run_id)),
        ("Started", f"{report.started_at[:19].replace('T', ' ')} UTC"),
        ("Took", f"{report.seconds.get('total', 0.0):,.1f} s"),
    ]
    if isinstance(report, RunReport) and report.pipeline:
        told.append(("Part of", f"{report.pipeline}, run {report.parent_run_id}"))
    if isinstance(report, RunReport) and report.interval:
        told.append(("Days", report.interval))
    return told


def _errors(jobs: Sequence[RunReport]) -> list[Markup]:
    """Return what went wrong, first of all: it is what the page was opened for."""
    found = [
        joined([element("h3", job.job), element("pre", job.error, style="white-space:pre-wrap")])
        for job in jobs
        if job.error
    ]
    return [element("h2", "What went wrong"), *found] if found else []


def _rows(jobs: Sequence[RunReport]) -> Markup:
    head, rows = outcome_cells([(job.job, job) for job in jobs], heading="table")
    coloured = [
        [row[0], element("span", row[1], kind=f"status {KINDS[job.status]}"), *row[2:]]
        for job, row in zip(jobs, rows, strict=True)
    ]
    return table(head, coloured, numbers=range(2, len(head)))


def _failures(jobs: Sequence[RunReport]) -> list[Markup]:
    rows = failure_rows(jobs)
    kept = sum(not rule.failed for job in jobs for rule in job.rules)
    told = element("p", f"{kept} rules were kept by every row.", kind="soft")
    if not rows:
        return [element("h2", "Rules"), told]
    return [element("h2", "Rules that rows failed"), table(FAILURE_HEAD, rows, numbers=(3, 4)), told]


def _lineage(jobs: Sequence[RunReport]) -> Markup:
    rows = [
        [job.job, joined([element("div", _read(one)) for one in job.inputs]), _written(job)]
        for job in jobs
        if job.inputs or job.output
    ]
    return table(["job", "read", "wrote"], rows)


def _read(one: InputRead) -> str:
    parts = [one.table]
    if one.version_to is not None:
        since = "" if one.version_from is None else f"after {one.version_from} "
        parts.append(f"{since}up to version {one.version_to}")
    if one.cursor_to is not None:
        parts.append("what was new by its cursor")
    if one.files is not None:
        parts.append(f"{one.files:,} file{'' if one.files == 1 else 's'}")
    if one.rows is not None:
        parts.append(f"{one.rows:,} row{'' if one.rows == 1 else 's'}")
    return ", ".join(parts)


def _written(job: RunReport) -> str:
    output = job.output
    if output is None:
        return "nothing"
    if output.tables:
        return ", ".join(one.table for one in output.tables)
    if output.version_after == output.version_before:
        return f"{output.table}, as it was"
    return f"{output.table}, version {output.version_after}"


def _trends(jobs: Sequence[RunReport], earlier: Sequence[RunReport]) -> list[Markup]:
    """Return how long each job took and how many rows it published, in this run and those before it."""
    drawn = []
    for job in jobs:
        runs = [one for one in reversed(earlier) if one.job == job.job and one.started_at < job.started_at]
        runs = [one for one in [*runs, job] if one.status != "skipped"]
        if len(runs) < 2:  # noqa: PLR2004 - a trend needs two points
            continue
        times = [datetime.fromisoformat(one.started_at).timestamp() for one in runs]
        drawn.append(plot(f"{job.job}, seconds", times, [one.seconds.get("total", 0.0) for one in runs]))
        drawn.append(plot(f"{job.job}, rows published", times, [float(one.counts.published) for one in runs]))
    return [element("h2", "How it used to be"), *drawn[:MOST_TRENDS]] if drawn else []
