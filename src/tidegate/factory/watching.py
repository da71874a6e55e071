"""Run the project's watch, for some tables or all, and show what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.errors import JobDefinitionError
from tidegate.factory.render import table as as_table
from tidegate.factory.watch_page import watch_page
from tidegate.job.watch import WatchJob
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidegate.factory.lakehouse import Lakehouse
    from tidegate.model.watching import WatchReport


def watch(lakehouse: Lakehouse, tables: Sequence[str] = ()) -> WatchReport:
    """Run the project's watch and return its record.

    Args:
        lakehouse: The project.
        tables: The tables; none for those that the job declares.

    Raises:
        JobDefinitionError: The project has no watch or several, or a name is none of a table.
    """
    job = watch_job(lakehouse)
    for name in tables:
        TableName.parse(name)
    return job(tables).execute(lakehouse.context)


def watch_job(lakehouse: Lakehouse) -> type[WatchJob]:
    """Return the project's watch.

    Raises:
        JobDefinitionError: There is none, or several.
    """
    found = [job for job in lakehouse.registry.classes if issubclass(job, WatchJob)]
    if len(found) != 1:
        raise JobDefinitionError(
            f"the project has {len(found) or 'no'} watch jobs" if found else "the project has no watch",
            where=lakehouse.settings.jobs.path,
            hint=f"run one of them by its name: {', '.join(job.name() for job in found)}"
            if found
            else "write jobs/watch.py: class Watch(WatchJob), JOB = entrypoint(Watch)",
        )
    return found[0]


def trend_page(lakehouse: Lakehouse, report: WatchReport) -> str:
    """Return a page that shows what a watch found and how its numbers went, in HTML without scripts."""
    from tidegate.job.watch.history import Metrics  # noqa: PLC0415 - needs Spark

    job, context = watch_job(lakehouse), lakehouse.context
    past = Metrics(job.outputs()[0], job.name(), context).past(
        context.clock(), {table.table for table in report.watched}
    )
    return watch_page(report, past)


def render_watch(report: WatchReport) -> str:
    """Return what a watch found, for people."""
    rows = [
        [table.table, check.name, "ok" if check.status == "passed" else check.status, check.found]
        for table in report.watched
        for check in table.checks
    ]
    broken = sum(len(table.broken) for table in report.watched)
    silent = [table.table for table in report.watched if not table.checks]
    lines = as_table(["table", "check", "", "found"], rows, left=4) if rows else []
    lines += [f"measured only (no expectations): {', '.join(silent)}"] if silent else []
    lines += [f"{len(report.watched)} tables, {len(rows)} checks, {broken} did not pass; run {report.run_id}"]
    return "\n".join([*lines, *([f"error: {report.error}"] if report.error and report.status == "failed" else [])])
