"""`tidegate quarantine ls`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tidegate.cli.options import Where, arguments, json_option, with_configuration

if TYPE_CHECKING:
    from typing_extensions import Unpack


@click.command("ls")
@click.argument("table", required=False)
@click.option("--rule", default=None, help="Only rows that failed this rule.")
@with_configuration
@json_option
def command(table: str | None, *, rule: str | None, is_json: bool, **where: Unpack[Where]) -> None:
    """Count the rows that were set aside, of TABLE or of all tables: per rule, day (UTC) and state.

    States: open, fixed (mended, and not replayed yet), replayed, expired. A row that came twice is one row.
    """
    from tidegate.factory.lakehouse import Lakehouse  # noqa: PLC0415 - not needed for --help
    from tidegate.factory.quarantine import summaries  # noqa: PLC0415
    from tidegate.factory.render_quarantine import render_summaries  # noqa: PLC0415

    with Lakehouse.open(arguments(where)) as lakehouse:
        found = summaries(lakehouse, table, rule)
    click.echo(json.dumps({"tables": [asdict(one) for one in found]}) if is_json else render_summaries(found))
