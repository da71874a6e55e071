"""`tidegate quarantine expire`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tidegate.cli.options import Where, arguments, json_option, with_configuration

if TYPE_CHECKING:
    from typing_extensions import Unpack


@click.command("expire")
@click.argument("table")
@click.option("--older-than", "older", default=None, metavar="30d", help="How long rows are kept; d, w, m or y.")
@click.option("--dry-run", "is_dry_run", is_flag=True, help="Say what would go; remove nothing.")
@with_configuration
@json_option
def command(table: str, *, older: str | None, is_dry_run: bool, is_json: bool, **where: Unpack[Where]) -> None:
    """Remove what was set aside of TABLE longer ago, in whole days (UTC), and say how many rows of each state went.

    Without --older-than the service level `retention` of TABLE's contract says how long.
    """
    from tidegate.factory.lakehouse import Lakehouse  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.quarantine import expire  # noqa: PLC0415
    from tidegate.factory.render_quarantine import render_expired  # noqa: PLC0415

    with Lakehouse.open(arguments(where)) as lakehouse:
        done = expire(lakehouse, table, older, is_dry_run=is_dry_run)
    click.echo(json.dumps(asdict(done)) if is_json else render_expired(done))
