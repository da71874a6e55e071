"""`tidegate run`."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from tidegate.cli.options import Where, arguments, json_option, with_configuration

if TYPE_CHECKING:
    from typing_extensions import Unpack


class Asked(Where):
    """What the options say."""

    rest: tuple[str, ...]
    as_of: str | None
    is_resuming: bool
    only: tuple[str, ...]
    from_job: str | None
    skip: tuple[str, ...]
    logical_at: str | None
    parent_run: str | None
    trigger: str | None
    is_json: bool


@click.command("run", context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("rest", nargs=-1, type=click.UNPROCESSED)
@click.option(
    "--as-of", "as_of", metavar="WHEN", help="A version or a time: say what a run would publish; write nothing."
)
@click.option("--resume", "is_resuming", is_flag=True, help="Go on with the pipeline's last run, which failed.")
@click.option("--only", "only", multiple=True, metavar="JOB", help="Run only this job of a pipeline; may be repeated.")
@click.option("--from-job", "from_job", metavar="JOB", help="Run this job of a pipeline and all that depend on it.")
@click.option("--skip", "skip", multiple=True, metavar="JOB", help="Leave this job of a pipeline out; may be repeated.")
@click.option("--logical-at", metavar="TIME", help="The moment that the run is about; files that landed later wait.")
@click.option("--parent-run", metavar="ID", help="The scheduler's run, for lineage: namespace/job/run id.")
@click.option("--trigger", metavar="WHEN", help="Run the job as a stream: available-now, or such as '30 seconds'.")
@with_configuration
@json_option
def command(name: str, **asked: Unpack[Asked]) -> None:
    """Run the job or the pipeline NAME; what follows -- goes to the job.

    Progress goes to standard error, the summary (or the JSON document) to standard output. With --as-of the inputs of
    the job NAME are read as they were, and the table as it was is what they are held against; nothing is written, and
    no observer but the progress is told. With --resume a pipeline's run that failed or was killed goes on after what it
    had done, with the inputs that it had when it began. With --logical-at a run that is repeated later is about the
    moment for which it was meant. With --trigger the job NAME runs as a stream, a run per micro-batch, until all is
    taken that is there, or until it is told to stop (SIGTERM, Ctrl-C), when it ends the run that is under way.
    """
    given = replace(arguments(asked, is_json=asked["is_json"], rest=asked["rest"]), trigger=asked["trigger"])
    if asked["as_of"] is not None and asked["trigger"] is not None:
        raise click.UsageError("--as-of takes inputs as they were, --trigger as they come: leave one of them out")
    if asked["as_of"] is not None:
        from tidegate.factory.rehearsing import rehearse_named  # noqa: PLC0415 - not needed for --help

        text, exit_code = rehearse_named(name, asked["as_of"], replace(given, rest=()))
        click.echo(text)
        sys.exit(exit_code)
    from tidegate.factory.pipelines import HowToRun  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.running import run_named  # noqa: PLC0415
    from tidegate.model.pins import parse_moment  # noqa: PLC0415
    from tidegate.pipeline.selection import Selection  # noqa: PLC0415

    how = HowToRun(
        Selection(asked["only"], asked["from_job"], asked["skip"]),
        is_resuming=asked["is_resuming"],
        logical_at=parse_moment(asked["logical_at"]) if asked["logical_at"] else None,
        parent_run=asked["parent_run"],
    )
    sys.exit(run_named(name, given, how))
