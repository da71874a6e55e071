"""`tidegate alerts schema`."""

from __future__ import annotations

import click


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of the message that alerts travel as."""
    from tidegate.alerts.message import schema  # noqa: PLC0415 - not needed for --help

    click.echo(schema(), nl=False)
