"""`tidegate plan`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from tidegate.cli.options import Where, arguments, json_option, with_configuration

if TYPE_CHECKING:
    from typing_extensions import Unpack


@click.command("plan")
@click.argument("name")
@with_configuration
@json_option
def command(name: str, *, is_json: bool, **where: Unpack[Where]) -> None:
    """Show what a run of the job or the pipeline NAME would do. Spark is not started, unless a database is asked.

    Per job, in the order of running: what is new, the event days that it reaches over, how many files of the table may
    be written anew, what the contract changes, and what is blocked and why. What a job writes is new for the next one
    only once it has run: such a job `may follow`, and does more than is shown.
    """
    from tidegate.factory.lakehouse import Lakehouse  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.render_plan import plan_document, render_plan  # noqa: PLC0415

    with Lakehouse.open(arguments(where)) as lakehouse:
        found = lakehouse.plan(name)
    click.echo(json.dumps(plan_document(found)) if is_json else render_plan(found))
