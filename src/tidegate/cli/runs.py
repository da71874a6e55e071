"""`tidegate runs`, and `tidegate runs show`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tidegate.cli.groups import LazyGroup
from tidegate.cli.options import Where, arguments, json_option, with_configuration

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from tidegate.model.reports import PipelineReport, RunReport


_MODULES = {"show": ("runs_show", "Show one run: its record, and how it compares with the runs before it.")}


class _Commands(LazyGroup):
    """The commands below `runs`."""

    modules = _MODULES


@click.group("runs", cls=_Commands, invoke_without_command=True)
@click.option("--job", default=None, help="Only runs of this job or pipeline.")
@click.option("--table", default=None, help="Only runs that read or wrote this table.")
@click.option("--failed", "is_failed", is_flag=True, help="Only runs that did not end well.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="How many, newest first.")
@with_configuration
@json_option
@click.pass_context
def command(  # noqa: PLR0913 - one per option
    context: click.Context,
    *,
    job: str | None,
    table: str | None,
    is_failed: bool,
    limit: int,
    is_json: bool,
    **where: Unpack[Where],
) -> None:
    """List the runs that were, newest first, or show one. Spark is not started."""
    if context.invoked_subcommand is not None:
        return
    from tidegate.factory.lakehouse import Lakehouse  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.render import table as text_table  # noqa: PLC0415
    from tidegate.lineage.records import read_runs  # noqa: PLC0415

    with Lakehouse.open(arguments(where)) as lakehouse:
        root = lakehouse.settings.storage.root
        found = read_runs(root, limit=limit, job=job, table=table, failed=is_failed)
    if is_json:
        click.echo(json.dumps({"runs": [asdict(report) for report in found]}))
        return
    if not found:
        click.echo("no runs")
        return
    headings = ["started", "name", "status", "published", "seconds", "run"]
    click.echo("\n".join(text_table(headings, map(_row, found), left=3)))


def _row(report: RunReport | PipelineReport) -> list[str]:
    from tidegate.factory.render import status_text  # noqa: PLC0415
    from tidegate.model.reports import PipelineReport  # noqa: PLC0415

    name = f"{report.pipeline} (pipeline)" if isinstance(report, PipelineReport) else report.job
    published = sum(run.counts.published for run in report.runs)
    seconds = f"{report.seconds.get('total', 0.0):.1f}"
    return [report.started_at[:19], name, status_text(report.status), f"{published:,}", seconds, report.run_id]
