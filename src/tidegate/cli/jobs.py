"""`tidegate jobs`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from tidegate.cli.options import Where, arguments, json_option, with_configuration

if TYPE_CHECKING:
    from typing_extensions import Unpack


@click.command("jobs")
@with_configuration
@json_option
def command(*, is_json: bool, **where: Unpack[Where]) -> None:
    """List the jobs and pipelines of the project."""
    from tidegate.factory.lakehouse import Lakehouse  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.render import table  # noqa: PLC0415

    with Lakehouse.open(arguments(where)) as lakehouse:
        jobs = lakehouse.registry.jobs
        pipelines = lakehouse.registry.pipelines
        if is_json:
            document = {
                "jobs": [
                    {"name": job.name, "description": job.description, "file": str(job.file)} for job in jobs.values()
                ],
                "pipelines": [
                    {"name": name, "description": pipeline.description, "jobs": [step.name for step in pipeline.steps]}
                    for name, pipeline in pipelines.items()
                ],
            }
            click.echo(json.dumps(document))
            return
        rows = [[name, "job", jobs[name].description] for name in sorted(jobs)]
        rows += [[name, "pipeline", pipelines[name].description] for name in sorted(pipelines)]
        click.echo("\n".join(table(["name", "kind", "description"], rows, left=3)))
