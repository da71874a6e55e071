"""`tidegate export`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypedDict

import click

from tidegate.cli.options import with_environment
from tidegate.factory.arguments import Arguments

if TYPE_CHECKING:
    from typing_extensions import Unpack

_SCHEDULERS = ("airflow", "step-functions", "kubernetes", "request")


class Asked(TypedDict):
    """What the options say."""

    config: str
    env: str
    is_debugging: bool
    scheduler: str
    platform: str | None
    is_whole: bool
    out: str | None
    is_check: bool


@click.command("export")
@click.argument("name")
@click.option("--to", "scheduler", type=click.Choice(_SCHEDULERS), required=True, help="What it is written for.")
@click.option("--platform", help="Where jobs run: local, emr, emr-serverless or glue; as the scheduler can.")
@click.option("--whole", "is_whole", is_flag=True, help="One task that runs the pipeline, instead of one per job.")
@click.option("--out", metavar="FILE", help="Where the file goes; standard output when left out.")
@click.option("--check", "is_check", is_flag=True, help="Write nothing; end with 2 where FILE is not current.")
@with_environment
def command(name: str, **asked: Unpack[Asked]) -> None:
    """Write the pipeline NAME for Airflow, Step Functions or Kubernetes, or as a request that starts it on AWS.

    A request starts one run of the whole pipeline on EMR Serverless, EMR or Glue. Elsewhere each task runs one job as
    `tidegate run` does, in the order, with the time limits and the retries that the pipeline says. Nothing is run, and
    Spark is not started. The file holds no secret. Exit code 2 where --check finds it stale.
    """
    from tidegate.factory.exporting import Target, export  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.lakehouse import Lakehouse  # noqa: PLC0415

    if asked["is_check"] and asked["out"] is None:
        raise click.UsageError("--check compares with a file: name it with --out")
    target = Target(asked["scheduler"], asked["platform"], asked["is_whole"], asked["config"])
    with Lakehouse.open(Arguments(asked["config"], asked["env"], is_debugging=asked["is_debugging"])) as lakehouse:
        text = export(lakehouse, name, target)
    if asked["out"] is None:
        click.echo(text, nl=False)
        return
    _put(asked["out"], text, is_check=asked["is_check"])


def _put(file: str, text: str, *, is_check: bool) -> None:
    from tidegate.contracts.outputs.artefacts import Artefact  # noqa: PLC0415 - not needed for --help
    from tidegate.storage import replace  # noqa: PLC0415

    state = Artefact(file, text).state()
    if is_check or state == "current":
        click.echo(f"{state:<9} {file}")
        sys.exit(0 if state == "current" else 2)
    replace(file, text.encode())
    click.echo(f"written   {file}")
