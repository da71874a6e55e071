"""`tidegate dlq replay`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tidegate.cli.options import Where, arguments, json_option, with_configuration

if TYPE_CHECKING:
    from typing_extensions import Unpack


@click.command("replay")
@click.argument("letter", metavar="ID")
@with_configuration
@json_option
def command(letter: str, *, is_json: bool, **where: Unpack[Where]) -> None:
    """Try a dead letter again.

    Records go through the gate again, and those that pass are published once. A batch is run: what is new since then
    comes with it. A message waits with the others, and the next run sends it.
    """
    from tidegate.factory.console import open_for_command  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.dead_letters import replay  # noqa: PLC0415
    from tidegate.factory.render import render  # noqa: PLC0415
    from tidegate.model.dead_letters import DeadLetter  # noqa: PLC0415

    with open_for_command(arguments(where)) as lakehouse:
        done = replay(lakehouse, letter)
    if isinstance(done, DeadLetter):
        click.echo(json.dumps({"id": done.id, **asdict(done)}) if is_json else f"{done.id}: the next run sends it")
        return
    click.echo(done.to_json() if is_json else render(done))
    sys.exit(done.exit_code)
