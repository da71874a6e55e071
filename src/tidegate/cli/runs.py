"""`tidegate runs`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tidegate.cli.options import Where, arguments, json_option, with_configuration

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from tidegate.model.reports import PipelineReport, RunReport


@click.command("runs")
@click.option("--job", default=None, help="Only runs of this job or pipeline.")
@click.option("--failed", "is_failed", is_flag=True, help="Only runs that did not end well.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="How many, newest first.")
@with_configuration
@json_option
def command(*, job: str | None, is_failed: bool, limit: int, is_json: bool, **where: Unpack[Where]) -> None:
    """List the runs that were, newest first. Spark is not started."""
    from tidegate.factory.lakehouse import Lakehouse  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.render import table  # noqa: PLC0415
    from tidegate.lineage.records import read_runs  # noqa: PLC0415

    with Lakehouse.open(arguments(where)) as lakehouse:
        found = read_runs(lakehouse.settings.storage.root, limit=limit, job=job, failed=is_failed)
    if is_json:
        click.echo(json.dumps({"runs": [asdict(report) for report in found]}))
        return
    if not found:
        click.echo("no runs")
        return
    click.echo("\n".join(table(["started", "name", "status", "published", "seconds", "run"], map(_row, found), left=3)))


def _row(report: RunReport | PipelineReport) -> list[str]:
    from tidegate.factory.render import status_text  # noqa: PLC0415
    from tidegate.model.reports import PipelineReport  # noqa: PLC0415

    jobs = report.jobs if isinstance(report, PipelineReport) else (report,)
    name = f"{report.pipeline} (pipeline)" if isinstance(report, PipelineReport) else report.job
    published = sum(run.counts.published for run in jobs)
    seconds = f"{report.seconds.get('total', 0.0):.1f}"
    return [report.started_at[:19], name, status_text(report.status), f"{published:,}", seconds, report.run_id]
