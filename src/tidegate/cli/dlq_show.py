"""`tidegate dlq show`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tidegate.cli.options import Where, arguments, json_option, with_configuration

if TYPE_CHECKING:
    from typing_extensions import Unpack


@click.command("show")
@click.argument("letter", metavar="ID")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(min=1), help="How many records at most.")
@with_configuration
@json_option
def command(letter: str, *, limit: int, is_json: bool, **where: Unpack[Where]) -> None:
    """Show a dead letter: its records with personal data masked, its runs and their error, or the message."""
    from tidegate.factory.dead_letters import details  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.lakehouse import Lakehouse  # noqa: PLC0415
    from tidegate.factory.render_dead_letters import render_details  # noqa: PLC0415

    with Lakehouse.open(arguments(where)) as lakehouse:
        one, found = details(lakehouse, letter, limit)
    if not is_json:
        click.echo(render_details(one, found))
        return
    told: object = found
    if not isinstance(found, str):
        told = [asdict(run) for run in found] if isinstance(found, tuple) else asdict(found)
    click.echo(json.dumps({"id": one.id, **asdict(one), "details": told}, default=str))
