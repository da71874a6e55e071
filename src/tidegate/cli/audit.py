"""`tidegate audit`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tidegate.cli.options import Where, arguments, json_option, with_configuration

if TYPE_CHECKING:
    from datetime import datetime

    from typing_extensions import Unpack

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("audit")
@click.argument("table")
@click.option("--from", "since", type=_DAY, default=None, metavar="DAY", help="The first day (UTC).")
@click.option("--to", "until", type=_DAY, default=None, metavar="DAY", help="The last day (UTC).")
@with_configuration
@json_option
def command(
    table: str, *, since: datetime | None, until: datetime | None, is_json: bool, **where: Unpack[Where]
) -> None:
    """Tell the history of TABLE (such as silver.orders), without Spark.

    Every version with the run that made it, the versions and files it was made of, the contract its rows passed, and
    every change in how its columns are made.
    """
    from tidegate.factory.auditing import audit, render_audit  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.lakehouse import Lakehouse  # noqa: PLC0415

    with Lakehouse.open(arguments(where)) as lakehouse:
        versions = audit(lakehouse, table, since=since.date() if since else None, until=until.date() if until else None)
    if is_json:
        click.echo(json.dumps({"table": table, "versions": [asdict(one) for one in versions]}))
    else:
        click.echo(render_audit(table, versions))
