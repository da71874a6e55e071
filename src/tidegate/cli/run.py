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
@click.option(
    "--as-of", "as_of", metavar="WHEN", help="A version or a time: say what a run would publish; write nothing."
)
@with_configuration
@json_option
def command(name: str, rest: tuple[str, ...], *, as_of: str | None, is_json: bool, **where: Unpack[Where]) -> None:
    """Run the job or the pipeline NAME; what follows -- goes to the job.

    Progress goes to standard error, the summary (or the JSON document) to standard output. With --as-of the inputs of
    the job NAME are read as they were, and the table as it was is what they are held against; nothing is written, and
    no observer but the progress is told.
    """
    if as_of is not None:
        from tidegate.factory.rehearsing import rehearse_named  # noqa: PLC0415 - not needed for --help

        text, exit_code = rehearse_named(name, as_of, arguments(where, is_json=is_json))
        click.echo(text)
        sys.exit(exit_code)
    from tidegate.factory.running import run_named  # noqa: PLC0415 - not needed for --help

    sys.exit(run_named(name, arguments(where, is_json=is_json, rest=rest)))
