"""`tidegate quarantine replay`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tidegate.cli.options import Where, arguments, json_option, with_configuration

if TYPE_CHECKING:
    from typing_extensions import Unpack


class Asked(Where):
    """What the options say."""

    condition: str | None
    rule: str | None
    is_dry_run: bool
    is_json: bool


@click.command("replay")
@click.argument("table")
@click.option("--where", "condition", default=None, metavar="SQL", help="Only rows for which the expression holds.")
@click.option("--rule", default=None, help="Only rows that failed this rule.")
@click.option("--dry-run", "is_dry_run", is_flag=True, help="Say what would become of the rows; write nothing.")
@with_configuration
@json_option
def command(table: str, **asked: Unpack[Asked]) -> None:
    """Take TABLE's rows that were set aside through the gate again, and publish those that pass, once.

    Rows are merged as the table's job merges them: a stale one does not overwrite a newer one, and what is late is
    treated as late. Rows that fail again stay, with their new reasons. Prints the record of the run.
    """
    from tidegate.factory.console import open_for_command  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.quarantine import replay  # noqa: PLC0415
    from tidegate.factory.render import render  # noqa: PLC0415
    from tidegate.model.replays import Replay, Selection  # noqa: PLC0415

    request = Replay(Selection(asked["condition"], asked["rule"]), is_dry_run=asked["is_dry_run"])
    with open_for_command(arguments(asked)) as lakehouse:
        report = replay(lakehouse, table, request)
    shown = report.to_json() if asked["is_json"] else render(report)
    click.echo(shown)
    if asked["is_dry_run"] and not asked["is_json"]:
        click.echo("\n  nothing was written")
    sys.exit(report.exit_code)
