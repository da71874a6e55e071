"""`tidegate run`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tidegate.cli.options import Where, arguments, json_option, with_configuration

if TYPE_CHECKING:
    from typing_extensions import Unpack


@click.command("run", context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("rest", nargs=-1, type=click.UNPROCESSED)
@with_configuration
@json_option
def command(name: str, rest: tuple[str, ...], *, is_json: bool, **where: Unpack[Where]) -> None:
    """Run the job or the pipeline NAME; what follows -- goes to the job.

    Progress goes to standard error, the summary (or the JSON document) to standard output.
    """
    from tidegate.factory.running import run_named  # noqa: PLC0415 - not needed for --help

    sys.exit(run_named(name, arguments(where, is_json=is_json, rest=rest)))
