"""`tidegate plan`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tidegate.cli.options import Where, arguments, json_option, with_configuration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Unpack

    from tidegate.job.planning import AnyPlan


@click.command("plan")
@click.argument("name")
@with_configuration
@json_option
def command(name: str, *, is_json: bool, **where: Unpack[Where]) -> None:
    """Show what a run of the job or the pipeline NAME would read. Spark is not started, unless a database is asked.

    What a job writes is new for the next one only once it has run, so a pipeline's later jobs may read more than is
    shown.
    """
    from tidegate.factory.lakehouse import Lakehouse  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.render import table  # noqa: PLC0415

    with Lakehouse.open(arguments(where)) as lakehouse:
        plans = lakehouse.plan(name)
    if is_json:
        click.echo(json.dumps({"jobs": [_document(job, plan) for job, plan in plans.items()]}))
        return
    click.echo("\n".join(table(["job", "input", "reads", "versions", "rows", "files", "bytes"], _rows(plans), left=4)))
    waits = [(job, found) for job, plan in plans.items() for read in plan.inputs for found in read.waiting]
    for job, found in waits:
        click.echo(f"  {job}: {found}")


def _rows(plans: Mapping[str, AnyPlan]) -> list[list[str]]:
    rows = []
    for job, plan in plans.items():
        for number, read in enumerate(plan.inputs):
            new = "new" if read.has_news else "nothing new"
            rows.append(
                [
                    f"{job} (batch {plan.token.batch})" if number == 0 and plan.is_due else job if number == 0 else "",
                    read.name,
                    new if read.is_driving else "whole",
                    read.reads,
                    _number(read.rows),
                    _number(read.file_count),
                    _number(read.bytes),
                ]
            )
    return rows


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _document(job: str, plan: AnyPlan) -> dict[str, object]:
    return {
        "job": job,
        "is_due": plan.is_due,
        "batch": plan.token.batch,
        "inputs": [
            {
                "name": read.name,
                "has_news": read.has_news,
                "version_from": read.since,
                "version_to": read.until,
                "rows": read.rows,
                "files": read.file_count,
                "bytes": read.bytes,
                "cursor_from": read.span.known.value if read.span and read.span.known else None,
                "waiting": [asdict(found) for found in read.waiting],
                "cursor_to": read.span.mark().value if read.span else None,
            }
            for read in plan.inputs
        ],
    }
