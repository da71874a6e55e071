"""`tidegate dlq ls`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tidegate.cli.options import Where, arguments, json_option, with_configuration
from tidegate.model.dead_letters import KINDS

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from tidegate.model.dead_letters import DeadKind


@click.command("ls")
@click.option("--kind", "kinds", type=click.Choice(KINDS), multiple=True, help="Only these; may be repeated.")
@with_configuration
@json_option
def command(kinds: tuple[DeadKind, ...], *, is_json: bool, **where: Unpack[Where]) -> None:
    """List what failed for good: records that cannot be read, batches whose runs fail, messages that nobody takes.

    Spark starts only where records were set aside; --kind batch --kind message never starts it.
    """
    from tidegate.factory.dead_letters import dead_letters  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.lakehouse import Lakehouse  # noqa: PLC0415
    from tidegate.factory.render_dead_letters import render_dead_letters  # noqa: PLC0415

    with Lakehouse.open(arguments(where)) as lakehouse:
        found = dead_letters(lakehouse, kinds or KINDS)
    told = {"dead_letters": [{"id": one.id, **asdict(one)} for one in found]}
    click.echo(json.dumps(told) if is_json else render_dead_letters(found))
