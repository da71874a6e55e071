"""`tidegate runs show`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tidegate.cli.options import Where, arguments, json_option, with_configuration

if TYPE_CHECKING:
    from typing_extensions import Unpack


@click.command("show")
@click.argument("run_id", metavar="RUN")
@click.option("--last", default=20, show_default=True, type=click.IntRange(1), help="With how many runs to compare it.")
@with_configuration
@json_option
def command(run_id: str, *, last: int, is_json: bool, **where: Unpack[Where]) -> None:
    """Show a RUN, or the newest run of a job or pipeline, and how it compares with the runs of its job before it."""
    from tidegate.factory.lakehouse import Lakehouse  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.render_run import render_run  # noqa: PLC0415
    from tidegate.lineage.records import find_run  # noqa: PLC0415
    from tidegate.lineage.trends import trend_of  # noqa: PLC0415

    with Lakehouse.open(arguments(where)) as lakehouse:
        root = lakehouse.settings.storage.root
        report = find_run(root, run_id)
        trend = trend_of(root, report, last=last)
    if is_json:
        click.echo(json.dumps({"run": asdict(report), "trend": asdict(trend) if trend else None}))
    else:
        click.echo(render_run(report, trend))
