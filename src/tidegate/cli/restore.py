"""`tidegate restore`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tidegate.cli.options import Where, arguments, json_option, with_configuration

if TYPE_CHECKING:
    from typing_extensions import Unpack


@click.command("restore")
@click.argument("table")
@click.option("--to", "target", required=True, type=int, metavar="VERSION", help="The version to go back to.")
@click.option("--yes", "is_sure", is_flag=True, help="Do it without asking.")
@with_configuration
@json_option
def command(table: str, target: int, *, is_sure: bool, is_json: bool, **where: Unpack[Where]) -> None:
    """Take TABLE (such as silver.orders) back to an earlier version, in a new commit.

    Shows the rows and commits that go, and the jobs that have read them; then asks. With --json and without --yes it
    only shows. Exit code 1 when the answer is no.
    """
    from tidegate.factory.lakehouse import Lakehouse  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.versions import planned_restore, render_restoration, restore  # noqa: PLC0415

    with Lakehouse.open(arguments(where)) as lakehouse:
        plan = planned_restore(lakehouse, table, target)
        if is_json:
            click.echo(json.dumps(asdict(restore(lakehouse, plan) if is_sure else plan)))
            return
        click.echo(render_restoration(plan))
        if not is_sure and not click.confirm("\nGo back?", default=False):
            click.echo("nothing was changed")
            sys.exit(1)
        done = restore(lakehouse, plan)
    click.echo(f"\n{table} is as it was at version {target}; that is version {done.version_after}")
