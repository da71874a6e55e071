"""`tidegate report`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tidegate.cli.data_options import write_report
from tidegate.cli.options import Where, arguments, with_configuration

if TYPE_CHECKING:
    from typing_extensions import Unpack

_PAST = 20


@click.command("report")
@click.argument("run")
@click.option("--out", "file", default=None, metavar="FILE", help="Write the page here; left out, to standard output.")
@with_configuration
def command(run: str, *, file: str | None, **where: Unpack[Where]) -> None:
    """Make a page about a RUN: its id, the beginning of one, or a job or pipeline, whose newest run is meant.

    The page holds the timeline, the graph, what became of the rows, the rules that rows failed, the versions that were
    read and written, and the trends of the last 20 runs. It needs nothing but itself and holds no value of the data.
    Spark is not started.
    """
    from tidegate.factory.lakehouse import Lakehouse  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.run_page import run_page  # noqa: PLC0415
    from tidegate.lineage.records import find_run, read_runs  # noqa: PLC0415

    with Lakehouse.open(arguments(where)) as lakehouse:
        root = lakehouse.settings.storage.root
        report = find_run(root, run)
        past = read_runs(root, limit=_PAST, job=report.name)
    write_report(run_page(report, [one for one in past if one.run_id != report.run_id]), file)
